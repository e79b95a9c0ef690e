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
  for (const text of document.querySelectorAll('[data-with-passkeys]')) text.hidden = false
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
      const credential = await asked[form.dataset.passkey](
        JSON.parse(form.dataset.options),
        prompt.signal,
      )
      const second = form.querySelector('[data-endorsing]')
      if (second === null) send(credential)
      else offerEndorsement(form, second, credential)
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

// A new key is made: an older one may sign that it is its person's too. Browsers give one prompt for one press, so this is a second one.
function offerEndorsement(form, part, made) {
  const { issuer, options } = JSON.parse(part.dataset.endorsing)
  const alert = form.querySelector('[role="alert"]')
  let prompt

  form.elements.credential.value = JSON.stringify(made.toJSON())
  form.querySelector('button[type="submit"]').hidden = true
  part.hidden = false
  part.querySelector('h2').focus()
  part.querySelector('[data-endorse]').addEventListener('click', () => {
    if (prompt === undefined) void endorse()
  })
  part.querySelector('[data-endorse-without]').addEventListener('click', () => form.submit())
  addEventListener('pagehide', () => prompt?.abort())

  async function endorse() {
    prompt = new AbortController()
    alert.textContent = ''
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
      const text = `accord.key.v1\n${issuer}\n${await thumbprintOf(made.response)}\n`
      publicKey.challenge = await sha256(text)
      const credential = await navigator.credentials.get({ publicKey, signal: prompt.signal })
      form.elements.endorsement.value = JSON.stringify(credential.toJSON())
      form.submit()
    } catch {
      if (!prompt.signal.aborted) alert.textContent = part.dataset.endorsingFailed
      prompt = undefined
    }
  }
}

// By the number of the algorithm in COSE.
const algorithms = {
  '-7': { name: 'ECDSA', namedCurve: 'P-256' },
  '-8': { name: 'Ed25519' },
  '-257': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
}

// RFC 7638: the members that every key of its kind has, in the order of their names.
async function thumbprintOf(response) {
  const algorithm = algorithms[response.getPublicKeyAlgorithm()]
  const spki = response.getPublicKey()
  const key = await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify'])
  const { crv, e, kty, n, x, y } = await crypto.subtle.exportKey('jwk', key)
  const digest = await sha256(JSON.stringify({ crv, e, kty, n, x, y }))
  const letters = btoa(String.fromCharCode(...new Uint8Array(digest)))
  return letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function sha256(text) {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
}
