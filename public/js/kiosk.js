// A public terminal: without a step the page asks whether somebody is there, and then ends. Without this file a meta element
// leads to a page that asks the same.

const dialog = document.querySelector('dialog[data-ask-after]')
const form = document.querySelector('#terminal-end')
const [askAfterMs, endAfterMs] = [dialog.dataset.askAfter * 1000, dialog.dataset.endAfter * 1000]
// What is typed keeps the session, but not at each letter.
const toldAgainMs = 10_000

// All tabs of the terminal: a step in one is a step for all, and the end of one is the end of all.
const tabs = new BroadcastChannel('terminal')
const [step, over] = ['step', 'over']

let timer
let told = performance.now()
let isEnding = false

for (const kind of ['pointerdown', 'keydown', 'input', 'wheel'])
  addEventListener(kind, noteStep, { passive: true })
dialog.querySelector('button[autofocus]').addEventListener('click', stay)
// Esc answers too: somebody is there.
dialog.addEventListener('cancel', () => void stay())
addEventListener('pageshow', wait)
// Who comes back to a tab, also to one that slept, sees what is so: its session may be over.
addEventListener('pageshow', ({ persisted }) => persisted && tell())
document.addEventListener('visibilitychange', () => document.hidden || tell())
tabs.addEventListener('message', ({ data }) => (data === over ? leave() : goOn()))
// The others are told once the session has ended, when the next page is there.
form.addEventListener('submit', () => (isEnding = true))
addEventListener('pagehide', () => isEnding && tabs.postMessage(over))
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
  isEnding = true
  leave()
}

function leave() {
  location.replace(dialog.dataset.over)
}

function goOn() {
  dialog.close()
  wait()
}

function noteStep({ isTrusted }) {
  if (!isTrusted || dialog.open) return
  wait()
  if (performance.now() - told >= toldAgainMs) void tell()
}

async function stay() {
  goOn()
  await tell()
}

async function tell() {
  told = performance.now()
  tabs.postMessage(step)
  try {
    const { status } = await fetch(dialog.dataset.stay, {
      method: 'POST',
      body: new URLSearchParams(new FormData(form)),
    })
    // The session is over, or of somebody else: what is shown here is no business of who is here now.
    if (status === 401 || status === 403) leave()
  } catch {
    // The network is away: the server's clock decides.
  }
}
