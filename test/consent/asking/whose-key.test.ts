import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../../public/js/verifier.js'
import { publicKeys } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { checkProof, checkReceipt } from '../../../src/consent/record/receipts/receipt-check.ts'
import type { Vault } from '../../../src/ledger/chain/index.ts'
import type { Authenticator, Forgery } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Browser } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import { issuer, signIn } from '../../support/broker.ts'
import type { Endorsing } from '../../support/endorsing.ts'
import { addKey } from '../../support/endorsing.ts'
import { vaultOf } from '../../support/law.ts'
import type { NewPerson } from '../../support/person.ts'
import { newPerson } from '../../support/person.ts'
import { claimsIn, receiptProblems } from '../../support/receipts.ts'
import type { Stage } from '../../support/sharing.ts'
import { ask, startStage } from '../../support/sharing.ts'
import type { ReceiptHeld } from '../../support/signed-answers.ts'
import { answerBy, chainOf, lastReceipt, sendForm, textIn } from '../../support/signed-answers.ts'
import { signatureFor, signedFields } from '../../support/signing.ts'
import { signLog } from '../../support/sign-log.ts'
import { recoverAt } from '../../support/ways.ts'

// How a key became hers, as her chain and her receipts tell it (docs/design/proof.md#an-answer-of-hers).

let stage: Stage
let vault: Vault
let keys: Keys

beforeAll(async () => {
  stage = await startStage()
  vault = await vaultOf(stage)
  keys = await openKeys(stage.keysDir)
})
afterAll(() => stage.stop())

const key = () => makeAuthenticator({ origin: issuer, counter: 0 })

test('a key that an older one endorses reads so, and goes back to the opening of the access', async () => {
  const person = await newPerson(stage)
  const [second, third] = [key(), key()]
  await added(person.browser, second, { by: person.authenticator })
  await added(person.browser, third, { by: second })
  const receipt = await signedReceipt(person, third)
  expect(receiptProblems(claimsIn(receipt.jwt))).toEqual([])
  expect(receipt.page).toContain('Elle remonte à la clé créée avec cet accès le')
  expect(await englishOf(receipt.jwt)).toContain('it goes back through 2 of hers to the opening')
  expect(await stepsOf(receipt.jwt)).toContainEqual(['key', 'traced'])
  expect(await fileOf(person, receipt)).toContain('Elle remonte à la clé créée avec cet accès, le')
})

test('the log shows each key older than the one that it endorses, and than the question', async () => {
  const person = await newPerson(stage)
  const second = key()
  await added(person.browser, second, { by: person.authenticator })
  const receipt = await signedReceipt(person, second)
  await signLog(stage.db, stage.keysDir)
  const proof = (await person.browser.get(`${receipt.path}/preuve`)).body
  const policy = (await person.browser.get('/log/policy')).body
  const trust = { keys: publicKeys(keys).keys, policy }
  expect(proof.match(/^c2sp/gm)).toHaveLength(4)
  expect(await fileOf(person, receipt)).toContain(`<pre id="proof">${proof}</pre>`)
  const steps = await check(receipt.jwt, proof, trust)
  expect(steps.filter(({ holds }) => !holds)).toEqual([])
  expect(steps.map(({ step }) => step)).toContain('question')
  expect(steps.at(-1)).toMatchObject({ step: 'key-proof' })
  expect(checkProof(receipt.jwt, proof, readPolicy(policy))).toMatchObject({ holds: true })
  const [own = '', question = '', ofKey = '', older = ''] = proof.split(/(?=^c2sp)/m)
  for (const wrong of [
    own + question + older + ofKey,
    own + ofKey + ofKey + older,
    own + question + ofKey + ofKey,
    own + question + ofKey + older + older,
  ]) {
    const last = (await check(receipt.jwt, wrong, trust)).at(-1)
    expect(last).toMatchObject({ step: 'key-proof', holds: false })
    expect(checkProof(receipt.jwt, wrong, readPolicy(policy))).toMatchObject({ holds: false })
  }
  // Without the proofs of the keys nothing is wrong, and it is said.
  const bare = await check(receipt.jwt, own + question, trust)
  expect(bare.at(-1)).toMatchObject({ step: 'key-unproved', holds: true })
})

test('a key that came after the question reads so', async () => {
  const person = await newPerson(stage)
  const asked = await ask(stage, person.browser)
  const younger = key()
  await added(person.browser, younger)
  const page = await person.browser.get(new URL(asked.page.url).pathname)
  const receipt = await signedReceipt(person, younger, page)
  expect(receipt.page).toContain('Cette clé est venue après la question.')
  expect(receipt.page).toContain('qu’aucune clé plus ancienne n’a reconnue')
  expect(await englishOf(receipt.jwt)).toContain('the key came after the question')
  expect(await stepsOf(receipt.jwt)).toContainEqual(['key-younger', undefined])
  const file = await fileOf(person, receipt)
  expect(file).toContain('qu’aucune clé plus ancienne n’a reconnue')
  expect(file).toContain('Cette clé est venue après la question.')
})

test('after a recovery a key says that it came by it, and so does one that such a key endorses', async () => {
  const person = await newPerson(stage, { workingCodes: 1 })
  const recovered = await recoverAt(stage, stage.aid, person)
  const { browser } = await signIn(stage, stage.aid, recovered.authenticator)
  const more = key()
  await added(browser, more, { by: recovered.authenticator })
  const own = await signedReceipt({ ...person, browser }, recovered.authenticator)
  expect(own.page).toContain('après une récupération, qu’aucune clé plus ancienne')
  const endorsed = await signedReceipt({ ...person, browser }, more)
  expect(endorsed.page).toContain('La clé qui l’a reconnue vient d’une récupération')
  expect(await stepsOf(endorsed.jwt)).toContainEqual(['key', 'endorsed-recovered'])
  expect(await englishOf(endorsed.jwt)).toContain('goes back to one that came by a recovery')
})

describe('no key is added with', () => {
  test.each<[string, Forgery]>([
    ['nobody verified', { isVerified: false }],
    ['another site', { origin: 'https://accord.example' }],
    ['the ceremony of a making', { ceremony: 'webauthn.create' }],
    ['a challenge of its own', { challenge: Buffer.alloc(32, 1).toString('base64url') }],
  ])('an endorsement that has %s', async (_, forgery) => {
    const person = await newPerson(stage)
    const sent = await addKey(person.browser, key(), { by: person.authenticator, forgery })
    expect(sent.status).toBe(400)
    expect(await kindsOf(person)).toEqual(['access.opened'])
  })

  test('an endorsement by somebody else’s key', async () => {
    const [person, other] = [await newPerson(stage), await newPerson(stage)]
    expect((await addKey(person.browser, key(), { by: other.authenticator })).status).toBe(400)
    expect(await kindsOf(person)).toEqual(['access.opened'])
  })

  test('what the key signed of another new key, of an answer, or to sign in', async () => {
    const person = await newPerson(stage)
    const by = person.authenticator
    const { page } = await ask(stage, person.browser)
    for (const instead of [
      signatureFor(page, by, { choice: 'granted' }),
      by.get(formOf(await makeBrowser(stage).follow((await stage.aid.begin()).url)).options),
      await endorsementOfAnother(person),
    ]) {
      expect((await addKey(person.browser, key(), { by, instead })).status).toBe(400)
    }
    expect(await kindsOf(person)).toEqual(['access.opened', 'consent.presented'])
  })
})

test('an endorsement signs nobody in, and answers nothing', async () => {
  const person = await newPerson(stage)
  const credential = await endorsementOfAnother(person)
  const browser = makeBrowser(stage)
  const signing = formOf(await browser.follow((await stage.aid.begin()).url))
  expect((await browser.post(signing.action, { ...signing.fields, credential })).status).toBe(409)
  const { page } = await ask(stage, person.browser)
  const fields = { ...signedFields(page, key(), { choice: 'granted' }), credential }
  const path = new URL(page.url).pathname
  const sent = await sendForm(person.browser, `${path}/autorisation`, fields)
  expect(sent.status).toBe(400)
})

test('an older key whose counter goes back endorses nothing, and is suspended', async () => {
  const person = await newPerson(stage)
  const copy = person.authenticator.copy()
  await added(person.browser, key(), { by: copy })
  expect((await addKey(person.browser, key(), { by: person.authenticator })).status).toBe(403)
  const { credentialId } = person.authenticator
  const row = await stage.db('passkeys').where({ credentialId }).first<{ suspendedAt: Date }>()
  expect(row.suspendedAt).not.toBeNull()
  expect(await kindsOf(person)).toEqual(['access.opened', 'access.factor-added'])
})

async function added(browser: Browser, made: Authenticator, endorsing?: Endorsing): Promise<void> {
  expect((await addKey(browser, made, endorsing)).location).toContain('fait=passkey-added')
}

/** What an older key of hers signed of a new key that was not added then. */
async function endorsementOfAnother({ browser, authenticator }: NewPerson): Promise<string> {
  let kept = ''
  const by = {
    ...authenticator,
    get: (...given: Parameters<Authenticator['get']>) => (kept = authenticator.get(...given)),
  }
  // The form is refused: its new key signs for another site.
  const sent = await addKey(browser, makeAuthenticator({ origin: 'https://accord.example' }), {
    by,
  })
  expect(sent.status).toBe(400)
  return kept
}

async function signedReceipt(
  { browser, personId }: Pick<NewPerson, 'browser' | 'personId'>,
  by: Authenticator,
  given?: Awaited<ReturnType<typeof ask>>['page'],
): Promise<ReceiptHeld> {
  const page = given ?? (await ask(stage, browser)).page
  expect((await answerBy({ browser, page }, 'refus', by)).status).toBe(303)
  return lastReceipt(stage, vault, { browser, personId })
}

/** All of a receipt in one file, which says whose key signed. */
async function fileOf({ browser }: NewPerson, { path }: ReceiptHeld): Promise<string> {
  const { status, body } = await browser.get(`${path}/fichier`)
  expect(status).toBe(200)
  return body
}

async function englishOf(jwt: string): Promise<string> {
  const checked = await checkReceipt(jwt, publicKeys(keys))
  return checked.holds ? checked.says.join(' ') : checked.because
}

async function stepsOf(jwt: string): Promise<readonly (readonly [string, unknown])[]> {
  const steps = await check(jwt, '', { keys: publicKeys(keys).keys, policy: '' })
  expect(steps.filter(({ holds }) => !holds)).toEqual([])
  return steps.map(({ step, values }) => [step, values['how']])
}

async function kindsOf({ personId }: NewPerson): Promise<string[]> {
  return (await chainOf(stage, vault, personId)).map((event) => textIn(event, 'kind'))
}
