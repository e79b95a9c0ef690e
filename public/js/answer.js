// Signs an answer with a passkey: makes the text of the answer from the form, and the key signs its hash. Without this file, or
// without WebAuthn, the answer is sent unsigned, and the page says so.

const form = document.querySelector('form[data-sign]')
const isAble =
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.prototype.toJSON === 'function'
if (form !== null && isAble) offer()

function offer() {
  const sign = JSON.parse(form.dataset.sign)
  const alert = form.querySelector('[data-sign-alert]')
  const without = form.querySelector('[data-sign-without]')
  let prompt

  for (const part of form.querySelectorAll('[data-signed]')) part.hidden = false
  for (const part of form.querySelectorAll('[data-unsigned]')) part.hidden = true
  form.addEventListener('submit', (event) => {
    const choice = event.submitter?.dataset.choice
    if (choice === undefined || without?.checked === true) return
    event.preventDefault()
    // One prompt per press: two would cancel each other, and both would seem to fail.
    if (prompt === undefined) void answer(choice, event.submitter)
  })
  // Left while the device asks: the prompt must not outlive its page.
  addEventListener('pagehide', () => prompt?.abort())
  addEventListener('pageshow', (event) => {
    if (event.persisted) prompt = undefined
  })

  // The way to answer without the key may be folded.
  function say(fault) {
    alert.textContent = fault
    const fold = without?.closest('details')
    if (fold) fold.open = true
  }

  async function answer(choice, submitter) {
    prompt = new AbortController()
    alert.textContent = ''
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(sign.options)
      publicKey.challenge = await challengeOf(textsOf(sign, choice, new FormData(form)))
      const credential = await navigator.credentials.get({ publicKey, signal: prompt.signal })
      form.elements.credential.value = JSON.stringify(credential.toJSON())
      // `submit` knows no button, and so not its address.
      if (submitter.hasAttribute('formaction')) form.action = submitter.formAction
      HTMLFormElement.prototype.submit.call(form)
    } catch {
      if (!prompt.signal.aborted) say(form.dataset.signFailed)
      prompt = undefined
      submitter.focus()
    }
  }
}

/** The answers of this form: one that is being given, or several that were given before and are sent now. @param ticked a FormData */
export function textsOf(sign, choice, ticked) {
  if (sign.texts !== undefined) return sign.texts
  const isYes = choice === 'granted'
  const express = isYes ? ticked.getAll('express') : []
  const categories = isYes ? [...sign.required, ...ticked.getAll('optional'), ...express] : []
  const lastDay = (isYes && untilIn(ticked)) || sign.lastDay
  const own = [
    choice,
    `categories ${listed(categories, sign.versions)}`,
    `express ${listed(express, sign.versions)}`,
    `until ${lastDay}`,
  ]
  // The page gives all lines but these, in whose places it has null.
  const lines = sign.head === undefined ? sign.lines.map((line) => line ?? own.shift()) : first()
  return [`${lines.join('\n')}\n`]

  // Of a page that an older process of the site made.
  function first() {
    const said = [categories, express].map((ids) => ids.toSorted().join(' '))
    return [...sign.head, choice, ...said, lastDay, sign.checkpoint]
  }
}

// Each category in the version that the page names.
function listed(ids, versions = []) {
  const refs = ids.map((id) => versions.find((ref) => ref.startsWith(`${id}@`)))
  return refs.length === 0 ? '-' : refs.toSorted().join(' ')
}

// The three boxes as the server reads them (src/consent/asking/answer-form.ts): nothing where all are empty.
function untilIn(form) {
  const [year, month, day] = ['year', 'month', 'day'].map((part) =>
    (form.get(`until_${part}`) ?? '').trim(),
  )
  if (year + month + day === '') return ''
  return [year.padStart(4, '0'), month.padStart(2, '0'), day.padStart(2, '0')].join('-')
}

async function challengeOf(texts) {
  const hashes = await Promise.all(texts.map(async (text) => hex(await sha256(text))))
  return sha256(`accord.answers.v1\n${hashes.toSorted().join('\n')}\n`)
}

function sha256(text) {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
