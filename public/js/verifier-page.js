import { check, fingerprintOf, printsOf, signedClaims } from './verifier.js'
import { answerOf, bodyOf, partsOf, stepsOf, titleOf } from './receipt-said.js'

// Of two pages: the file of a receipt, which checks itself, and the page that checks what is dropped on it. Nothing leaves this browser.

// Of what is longer than the file of any receipt only as much is read.
const maxBytes = 2 * 1024 * 1024
const given = JSON.parse(document.querySelector('#given').textContent)
const dropped = document.querySelector('#file')

if (dropped === null) void tellOfOwn()
else listen()

/** The file of a receipt: whether it is as it was signed, by the keys in it. */
async function tellOfOwn() {
  const t = given.words[given.language]
  const box = document.querySelector('#verdict')
  const { steps, claims } = await whole(document, given.trust, async (signed) =>
    comparedWith(await mainOf(document, signed, given.language), (html) => {
      const made = new DOMParser().parseFromString(`<main>${html}</main>`, 'text/html')
      return readable(document) === readable(made)
    }),
  )
  const said = answerOf({ steps, claims, from: 'own', icons: false }, t)
  box.className = said.look
  box.innerHTML = `<h2></h2><p class="say"></p>${said.html}`
  box.querySelector('h2').textContent = said.title
  box.querySelector('.say').textContent = said.lead
}

function listen() {
  dropped.addEventListener('change', async () => {
    const files = await Promise.all(
      [...dropped.files].map((file) => file.slice(0, maxBytes).text()),
    )
    // The same file may be chosen again.
    dropped.value = ''
    if (files.length > 0) await tell(await checkOf(files))
  })
  document.querySelector('#typed')?.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { receipt, proof } = event.currentTarget
    await tell(await checkOf([receipt.value, proof.value].filter((one) => one.trim() !== '')))
  })
}

async function checkOf(files) {
  const page = files.find((one) => one.includes('<pre id="receipt">'))
  if (page !== undefined) return ofPage(page.replaceAll('\r\n', '\n'))
  const proof = files.find((one) => one.startsWith('c2sp.org/tlog-proof@v1')) ?? ''
  const receipt = files.find((one) => one !== proof) ?? ''
  if (receipt === '' && proof !== '') return nothing('proof-alone')
  return checked(receipt, proof, given.trust)
}

/** Of a dropped file: one that this version made is compared to the letter, as a style or a script could hide words; no other can be. */
async function ofPage(page) {
  const parts = await partsOf(page).catch(() => undefined)
  const language = Object.keys(given.versions).find((one) => given.versions[one] === parts?.version)
  const file = new DOMParser().parseFromString(page, 'text/html')
  return whole(file, given.trust, async (signed) => {
    if (language === undefined) return { step: 'uncompared', holds: true, values: {} }
    return comparedWith(await mainOf(file, signed, language), (html) => {
      return parts.main === html && parts.title === titleOf(html)
    })
  })
}

/** Of the file of a receipt: what was signed, then whether it shows nothing else. @param compare answers a step, where there is one to tell */
async function whole(file, trust, compare) {
  const [receipt, proof] = ['receipt', 'proof'].map(
    (id) => file.querySelector(`#${id}`)?.textContent ?? '',
  )
  const found = await checked(receipt, proof, trust)
  const { steps, claims } = found
  if (claims === undefined || steps.some(({ holds }) => !holds)) return found
  // What stands in a file of others may be anything.
  const step = await compare({ claims, receipt: receipt.trim(), proof }).catch(() => fault('words'))
  return step === undefined ? found : { claims, steps: [...steps, step] }
}

/** The main part of a file as its signed receipt makes it; undefined where the page in it is not the one that was answered. */
async function mainOf(file, { claims, receipt, proof }, language) {
  const { shown, trust } = JSON.parse(file.querySelector('#given').textContent)
  const isShown =
    shown === undefined || (await fingerprintOf(shown)) === claims.privacy_notice?.rendered_sha256
  if (!isShown) return undefined
  const print = await fingerprintOf(receipt)
  const keys = await printsOf(trust)
  return bodyOf({ claims, receipt, proof, shown, print, keys }, given.words[language])
}

function comparedWith(html, isSame) {
  if (html === undefined) return fault('shown')
  return isSame(html) ? undefined : fault('words')
}

async function checked(receipt, proof, trust) {
  // Mail may have changed the ends of its lines.
  const lines = proof.replaceAll('\r\n', '\n')
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(receipt.trim())) return nothing('none')
  try {
    const claims = await signedClaims(receipt, trust.keys)
    return { claims, steps: await check(receipt, lines, trust) }
  } catch {
    return nothing('broken')
  }
}

function nothing(step) {
  return { claims: undefined, steps: [fault(step)] }
}

function fault(step) {
  return { step, holds: false, values: {} }
}

// What stands in the main part, but for what a check has said there.
function readable(file) {
  const main = file.querySelector('main')?.cloneNode(true)
  main?.querySelector('#verdict')?.replaceChildren()
  return (main?.textContent ?? '').replaceAll(/\s+/g, ' ').trim()
}

async function tell({ steps, claims }) {
  const t = given.words[given.language]
  const said = answerOf({ steps, claims, from: 'any', icons: given.icons }, t)
  const at = (id) => document.querySelector(`#${id}`)
  at('head').className = `head ${said.look}`
  at('mark')?.setAttribute('src', `/icons/${said.look === 'done' ? 'done' : 'warning'}.svg`)
  at('kind').hidden = false
  at('kind-said').textContent = said.kind
  at('title').textContent = said.title
  at('lead').textContent = said.lead
  at('answer').innerHTML = said.html
  at('again').textContent = t.again
  at('steps').innerHTML = stepsOf(steps, t)
  at('title').focus()
}
