// Makes or uses a passkey for the forms that ask for one; without this file, or without WebAuthn, they stay hidden.

// A challenge lives five minutes on our side. One that is about over is not put to the device: the page is asked for anew.
const goodForMs = 290_000
const openedAt = Date.now()

const messageOf = {
  NotAllowedError: 'cancelled',
  InvalidStateError: 'already',
  NotSupportedError: 'unsupported',
  SecurityError: 'unsupported',
}

const asked = {
  get: (options, signal, mediation) =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      signal,
      mediation,
    }),
  create: (options, signal) =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      signal,
    }),
}

if (knowsPasskeys()) {
  for (const form of document.querySelectorAll('form[data-passkey]')) offer(form)
  for (const text of document.querySelectorAll('[data-without-passkeys]')) text.hidden = true
}

function knowsPasskeys() {
  return (
    typeof PublicKeyCredential === 'function' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.prototype.toJSON === 'function'
  )
}

function offer(form) {
  const button = form.querySelector('button[type="submit"]')
  let prompt
  let autofill

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    // One prompt per click: two would cancel each other, and both would seem to fail.
    if (prompt === undefined) void answer()
  })
  // Left while the device asks: the prompt must not outlive its page.
  addEventListener('pagehide', () => {
    prompt?.abort()
    autofill?.abort()
  })
  // Shown again from the browser's memory, after a submission: the button must work again.
  addEventListener('pageshow', (event) => {
    if (event.persisted) ready()
  })
  // Firefox keeps a button disabled over a reload.
  ready()
  form.hidden = false
  if ('conditional' in form.dataset) void offerInField()

  // The browser lists the keys of this site in the field for the address (conditional mediation), and says nothing if it has none.
  async function offerInField() {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return
    autofill = new AbortController()
    setTimeout(() => autofill.abort(), goodForMs)
    try {
      send(await asked.get(JSON.parse(form.dataset.options), autofill.signal, 'conditional'))
    } catch {
      // Given up for the button, or not known: the button stays.
    }
  }

  function send(credential) {
    form.elements.credential.value = JSON.stringify(credential.toJSON())
    submit()
  }

  /** With what was typed in a field of the same name elsewhere on the page, which is shown again. */
  function submit() {
    for (const field of document.querySelectorAll('main form:not([data-passkey]) input[id]')) {
      const kept = form.elements[field.name]
      if (kept !== undefined && field.name !== 'csrf') kept.value = field.value
    }
    form.submit()
  }

  async function answer() {
    if (Date.now() - openedAt > goodForMs) return submit()
    prompt = new AbortController()
    // Two at once are refused by the browser.
    autofill?.abort()
    button.disabled = true
    say('')
    try {
      send(await asked[form.dataset.passkey](JSON.parse(form.dataset.options), prompt.signal))
    } catch (error) {
      if (!prompt.signal.aborted) say(form.dataset[messageOf[error.name]] ?? form.dataset.failed)
      ready()
      button.focus()
    }
  }

  function ready() {
    prompt = undefined
    button.disabled = false
  }

  function say(text) {
    form.querySelector('[role="alert"]').textContent = text
  }
}
