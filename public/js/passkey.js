// Makes or uses a passkey for the forms that ask for one; without this file, or without WebAuthn, they stay hidden.

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
    try {
      send(await asked.get(JSON.parse(form.dataset.options), autofill.signal, 'conditional'))
    } catch {
      // Given up for the button, or not known: the button stays.
    }
  }

  function send(credential) {
    form.elements.credential.value = JSON.stringify(credential.toJSON())
    form.submit()
  }

  async function answer() {
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
