// A public terminal: without a step the page asks whether somebody is there, and then ends. Without this file a meta element
// leads to a page that asks the same.

const dialog = document.querySelector('dialog[data-ask-after]')
const form = document.querySelector('#terminal-end')
const [askAfterMs, endAfterMs] = [dialog.dataset.askAfter * 1000, dialog.dataset.endAfter * 1000]
// What is typed keeps the session, but not at each letter.
const toldAgainMs = 10_000

let timer
let told = performance.now()

for (const kind of ['pointerdown', 'keydown', 'input', 'wheel'])
  addEventListener(kind, noteStep, { passive: true })
dialog.querySelector('button[autofocus]').addEventListener('click', stay)
// Esc answers too: somebody is there.
dialog.addEventListener('cancel', () => void stay())
addEventListener('pageshow', wait)
wait()

function wait() {
  clearTimeout(timer)
  timer = setTimeout(ask, askAfterMs)
}

function ask() {
  dialog.showModal()
  timer = setTimeout(end, endAfterMs)
}

function end() {
  location.replace(dialog.dataset.over)
}

function noteStep({ isTrusted }) {
  if (!isTrusted || dialog.open) return
  wait()
  if (performance.now() - told >= toldAgainMs) void tell()
}

async function stay() {
  dialog.close()
  wait()
  await tell()
}

async function tell() {
  told = performance.now()
  try {
    await fetch(dialog.dataset.stay, {
      method: 'POST',
      body: new URLSearchParams(new FormData(form)),
    })
  } catch {
    // The network is away: the server's clock decides.
  }
}
