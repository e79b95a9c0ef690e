import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { check } from '../../../public/js/verifier.js'
import { publicKeys } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { keyRuleState, liftChallenge, tellLifted } from '../../../src/consent/record/index.ts'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'
import { makePairwise } from '../../../src/people/accounts/index.ts'
import { checkReceipt } from '../../../src/consent/record/receipts/receipt-check.ts'
import { transact } from '../../../src/base/database/database.ts'
import { waysToLift } from '../../../src/consent/asking/index.ts'
import type { EventKind, Payload, Vault } from '../../../src/ledger/chain/index.ts'
import { newestOfKinds, openBook } from '../../../src/ledger/chain/index.ts'
import type { Authenticator, Forgery } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { issuer, signIn } from '../../support/broker.ts'
import { addKey, endorsementOf, jwkOf } from '../../support/endorsing.ts'
import { differencesOf } from '../../support/fold.ts'
import { vaultOf } from '../../support/law.ts'
import type { NewPerson } from '../../support/person.ts'
import { newPerson } from '../../support/person.ts'
import { claimsIn, receiptProblems } from '../../support/receipts.ts'
import type { Stage } from '../../support/sharing.ts'
import { ask, startStage, stop } from '../../support/sharing.ts'
import type { Deed } from '../../support/signed-answers.ts'
import { answerBy, chainOf, lastReceipt, textIn } from '../../support/signed-answers.ts'
import { lines, signatureFor } from '../../support/signing.ts'
import { letTimeMove, pass, passUntil } from '../../support/time.ts'
import { askAll, decideAll, followed } from '../../support/together.ts'
import { recoverAt } from '../../support/ways.ts'
import { press } from '../../pages/my-sharing/living.ts'

// « Seulement avec ma clé » (decision 0110).

let stage: Stage
let vault: Vault
let keys: Keys
let person: NewPerson

letTimeMove()
beforeAll(async () => {
  stage = await startStage()
  vault = await vaultOf(stage)
  keys = await openKeys(stage.keysDir)
})
afterAll(() => stage.stop())
beforeEach(async () => {
  person = await newPerson(stage, { workingCodes: 1 })
})

test('after her first signed answer an unsigned yes is refused; a no, a pause and a stop are not', async () => {
  await answered('refus', person.authenticator)
  expect(await kindsOf()).toContain('signature.required')
  const asked = await ask(stage, person.browser)
  const refused = await answerBy(asked, 'autorisation')
  expect(refused.status).toBe(409)
  expect(refused.body).toContain('et rien n’est inscrit')
  expect(refused.body).toContain('href="/acces/signature"')
  expect(await kindsOf()).not.toContain('consent.granted')
  expect((await answerBy(asked, 'autorisation', person.authenticator)).status).toBe(303)
  const id = textIn((await chainOf(stage, vault, person.personId)).at(-1), 'consent_id')
  await press(person.browser, id, 'pause')
  await stop(person.browser, id)
  await answered('refus')
  expect((await kindsOf()).slice(-4)).toEqual([
    'consent.suspended',
    'consent.revoked',
    'consent.presented',
    'consent.refused',
  ])
  // It is written once, and her events alone tell the end of her chain.
  expect((await kindsOf()).filter((kind) => kind === 'signature.required')).toHaveLength(1)
  expect(await differencesOf({ db: stage.db, vault }, person.personId)).toEqual([])
  // Where the end of her chain is not as it was written, her newest event says it.
  const heads = stage.db('personHead').where({ personId: person.personId })
  await heads.clone().update({ live: Buffer.alloc(0) })
  const told = await keyRuleState(stage.db, vault.seals, person.personId)
  expect([told.rule, told.event?.kind]).toEqual(['required', 'signature.required'])
})

test('the page after her first signed answer says what began with it, and no later page does', async () => {
  const pages: string[] = []
  for (const deed of ['refus', 'autorisation'] as const) {
    const { location = '' } = await answerBy(
      await ask(stage, person.browser),
      deed,
      person.authenticator,
    )
    pages.push((await person.browser.follow(location)).body)
  }
  const began = 'Un oui demande maintenant votre clé'
  expect(pages.map((body) => body.includes(began))).toEqual([true, false])
  expect(pages[0]).toContain('href="/acces/signature"')
  // What nobody asked her is called no choice of hers.
  const rule = await person.browser.get('/acces/signature')
  expect(rule.body).toContain('Revenir comme avant')
  expect(rule.body).not.toMatch(/choi[sx]i/)
})

test('of several answers that are sent without her key her refusals are recorded, and each yes waits', async () => {
  await answered('refus', person.authenticator)
  const { browser, page } = await askAll(stage, person.browser)
  const check = await decideAll({ browser, page }, ['autorisation', 'refus'])
  expect(check.body).toContain('vos oui vous attendent')
  const before = (await kindsOf()).length
  const form = formOf(check)
  const sent = await followed(browser, await browser.post(form.action, form.fields))
  expect(sent.status).toBe(200)
  expect((await kindsOf()).slice(before)).toEqual(['consent.refused'])
  expect((await browser.get('/mes-partages')).body).toMatch(/\/partage\/demandes\/req_\w+\/1"/)
  // The same form again changes nothing.
  await browser.post(form.action, form.fields)
  expect((await kindsOf()).slice(before)).toEqual(['consent.refused'])
})

test('lifted by her key, it is told, a later unsigned yes names it, and the next signed answer ends it', async () => {
  await answered('refus', person.authenticator)
  const page = formsOf(await person.browser.get('/acces/signature'))
  const offered = page.find(({ action }) => action.endsWith('/levee'))
  const form = await liftForm(person.browser)
  expect(JSON.parse(offered?.options ?? '{}')).toMatchObject(JSON.parse(form.options) as object)
  expect((await lift(person.browser, person.authenticator)).location).toContain('signature-lifted')
  expect((await chainOf(stage, vault, person.personId)).at(-1)).toMatchObject({
    kind: 'signature.lifted',
    recovered: null,
  })
  // Another tab that lifts it finds it lifted.
  expect((await lift(person.browser, person.authenticator)).location).toContain('signature-lifted')
  expect((await kindsOf()).filter((kind) => kind === 'signature.lifted')).toHaveLength(1)
  const told = await stage.db('notification').where({ personId: person.personId })
  expect(told.map(({ kind }: { kind: string }) => kind)).toContain('signature.lifted')
  await answered('autorisation')
  const receipt = await lastReceipt(stage, vault, person)
  expect(receiptProblems(claimsIn(receipt.jwt))).toEqual([])
  expect(receipt.page).toContain('Vous aviez levé')
  const checked = await checkReceipt(receipt.jwt, publicKeys(keys))
  expect(checked.holds && checked.says.join(' ')).toContain('a passkey signed that')
  const steps = await check(receipt.jwt, '', { keys: publicKeys(keys).keys, policy: '' })
  expect(steps.at(-2)).toMatchObject({ step: 'lifted', holds: true, values: { by: 'key' } })
  expect(steps.at(-1)).toMatchObject({ step: 'key', values: { how: 'access.opened' } })
  expect(await differencesOf({ db: stage.db, vault }, person.personId)).toEqual([])
  await stop(person.browser, claimsIn(receipt.jwt).record_id)
  await answered('refus', person.authenticator)
  expect((await answerBy(await ask(stage, person.browser), 'autorisation')).status).toBe(409)
})

describe('it is not lifted by', () => {
  beforeEach(async () => {
    await answered('refus', person.authenticator)
  })

  test.each<[string, Forgery]>([
    ['a key that verified nobody', { isVerified: false }],
    ['another site', { origin: 'https://accord.example' }],
    ['another challenge', { challenge: Buffer.alloc(32, 1).toString('base64url') }],
  ])('%s', async (_, forgery) => {
    expect((await lift(person.browser, person.authenticator, forgery)).status).toBe(400)
    expect(await kindsOf()).not.toContain('signature.lifted')
  })

  test('what her key signed as an answer, of a new key, or to sign in; nor the reverse', async () => {
    const { browser, authenticator: own } = person
    const signIn = formOf(await makeBrowser(stage).follow((await stage.aid.begin()).url))
    const asked = await ask(stage, browser)
    const adding = await browser.get('/acces/cles/ajout')
    const made = jwkOf(key().create(formOf(adding).options))
    const lifting = await liftForm(browser)
    for (const credential of [
      signatureFor(asked.page, own, { choice: 'granted' }),
      endorsementOf(adding, made, { by: own }),
      own.get(signIn.options),
    ])
      expect((await send(browser, lifting, credential)).status).toBe(400)
    const instead = own.get(lifting.options)
    expect((await addKey(browser, key(), { by: own, instead })).status).toBe(400)
    const stranger = makeBrowser(stage)
    const other = formOf(await stranger.follow((await stage.aid.begin()).url))
    const credential = own.get(lifting.options)
    expect((await stranger.post(other.action, { ...other.fields, credential })).status).toBe(409)
    const answer = { ...formOf(asked.page).fields, credential: own.get(lifting.options) }
    const { pathname } = new URL(asked.page.url)
    expect((await browser.post(`${pathname}/autorisation`, answer)).status).toBe(400)
    expect(await kindsOf()).not.toContain('signature.lifted')
  })

  test('a signature of before: each lifting names what it lifts', async () => {
    const { browser, authenticator: own } = person
    const form = await liftForm(browser)
    expect((await send(browser, form, own.get(form.options))).status).toBe(303)
    await answered('refus', own)
    expect((await send(browser, form, own.get(form.options))).status).toBe(400)
    expect(await kindsOf()).toContain('signature.lifted')
    expect((await answerBy(await ask(stage, browser), 'autorisation')).status).toBe(409)
  })

  test('a key that is younger than a question that waits, or nothing', async () => {
    const { browser } = person
    await ask(stage, browser)
    const younger = key()
    await addKey(browser, younger)
    const form = await liftForm(browser)
    const credential = younger.get(form.options)
    expect((await send(browser, form, credential)).status).toBe(409)
    expect((await send(browser, form, '')).status).toBe(409)
    expect(await kindsOf()).not.toContain('signature.lifted')
  })
})

test('who has all keys of ours says yes without hers: the receipt says that it is unsigned, and her chain contradicts it', async () => {
  await answered('refus', person.authenticator)
  const asked = await ask(stage, person.browser)
  expect((await answerBy(asked, 'autorisation')).status).toBe(409)
  const notary = { issuer, pairwise: makePairwise(keys.pairwise) }
  const receiptAfter = async (recovered: string | null) => {
    await transact(stage.db, async (tx) => {
      const book = await openBook(tx, vault, person.personId)
      const rule = await newestOfKinds(tx, person.personId, ['signature.required'])
      const lifts = writeId('evt', rule?.eventId ?? '')
      const of = { acr: 'urn:accord:aal:2', lifts, signed: null, recovered }
      await tellLifted({ tx, book, notary, personId: person.personId }, of)
    })
    expect((await answerBy(await ask(stage, person.browser), 'autorisation')).status).toBe(303)
    const { jwt } = await lastReceipt(stage, vault, person)
    const steps = await check(jwt, '', { keys: publicKeys(keys).keys, policy: '' })
    return { steps, checked: await checkReceipt(jwt, publicKeys(keys)), claims: claimsIn(jwt) }
  }
  const bare = await receiptAfter(null)
  expect(bare.steps.at(-1)).toMatchObject({ step: 'lifted', holds: false })
  expect(bare.checked).toMatchObject({ because: 'its lifting is by no key, and after no recovery' })
  await stop(person.browser, bare.claims.record_id)
  await answered('refus', person.authenticator)
  const invented = await receiptAfter(writeId('evt', newUuid(new Date())))
  expect(invented.steps.map(({ step }) => step)).toContain('unsigned')
  const lifting = { step: 'lifted', holds: true, values: { by: 'recovery' } }
  expect(invented.steps.at(-1)).toMatchObject(lifting)
  expect(invented.checked.holds && invented.checked.says.join(' ')).toMatch(
    /no signature of a passkey.*after a recovery, without a key/,
  )
  // The comparison of the night, `ledger verify` and « Rien ne manque » name both liftings.
  const found = await differencesOf({ db: stage.db, vault }, person.personId)
  expect(found.map(({ table, because }) => [table, because])).toEqual([
    ['ledger_event', 'it lifts by no key, and after no recovery'],
    ['ledger_event', 'it is a yes without her key, which was needed'],
    ['ledger_event', 'it lifts after a recovery that was never written'],
    ['ledger_event', 'it is a yes without her key, which was needed'],
  ])
  // Nor does it help him to call one signed: by words that are none, or by a key that never became hers.
  const lifts = writeId('evt', newUuid(new Date()))
  const other = await newPerson(stage)
  await answerBy(await ask(stage, other.browser), 'refus', other.authenticator)
  const [theirs] = (await chainOf(stage, vault, other.personId)).filter(({ signed }) => signed)
  for (const [signed, because] of [
    [{ signature: 'x' }, 'it has no signature that can be read'],
    [theirs?.['signed'], 'its key signed something else'],
    [signedBy(other.authenticator, lifts, theirs), 'it is signed by a key that never became hers'],
  ] as const) {
    const undo = new Error('undone on purpose')
    const tried = transact(stage.db, async (tx) => {
      const book = await openBook(tx, vault, person.personId)
      const fields = { lifts, signed: signed ?? null, recovered: null }
      await book.append({ kind: 'signature.lifted', actor: { type: 'person', acr: '' }, fields })
      const differing = await differencesOf({ db: tx, vault }, person.personId)
      expect(differing.map((one) => one.because)).toContain(because)
      throw undo
    })
    await expect(tried).rejects.toBe(undo)
  }
  const told = ['signature.lifted', 'consent.granted']
  expect((await kindsOf()).filter((kind) => told.includes(kind))).toEqual([...told, ...told])
})

/** What a key signs to lift the rule. @param answer an event that the same key signed */
function signedBy(key: Authenticator, lifts: string, answer: Payload | undefined): Payload {
  const challenge = liftChallenge(issuer, lifts).toString('base64url')
  const rpId = new URL(issuer).hostname
  const { response } = JSON.parse(key.get(JSON.stringify({ challenge, rpId }))) as {
    response: Record<string, string>
  }
  return {
    ...(answer?.['signed'] as Payload),
    authenticator_data: response['authenticatorData'] ?? '',
    client_data_json: response['clientDataJSON'] ?? '',
    signature: response['signature'] ?? '',
  }
}

test('without a key it is lifted after a recovery alone that came since, is over, and was not undone', async () => {
  const { personId } = person
  const soon = new Date()
  const over = new Date(soon.getTime() + 73 * 3_600_000)
  const undo = new Error('undone on purpose')
  const tried = transact(stage.db, async (tx) => {
    const isRecovered = async (now: Date) =>
      (await waysToLift(tx, { vault, personId, now })).isRecovered
    const book = await openBook(tx, vault, personId)
    const append = (kind: EventKind, fields: Payload) =>
      book.append({ kind, actor: { type: 'person', acr: 'urn:accord:aal:2' }, fields })
    const recovered = () => append('access.recovered', { factors: [], code: 'own' })
    await tx('passkeys').where({ personId }).update({ suspendedAt: soon })
    expect(await isRecovered(over)).toBe(false)
    await recovered()
    await append('signature.required', {})
    expect(await isRecovered(over)).toBe(false)
    await recovered()
    expect([await isRecovered(soon), await isRecovered(over)]).toEqual([false, true])
    await append('access.factor-removed', { factors: [], because: 'removed' })
    expect(await isRecovered(over)).toBe(true)
    await append('access.factor-removed', { factors: [], because: 'recovery-undone' })
    expect(await isRecovered(over)).toBe(false)
    await recovered()
    expect(await isRecovered(over)).toBe(true)
    // Without the list of her ways nobody knows whether it can still be undone.
    await tx('waysIn').where({ personId }).delete()
    expect(await isRecovered(over)).toBe(false)
    throw undo
  })
  await expect(tried).rejects.toBe(undo)
})

test('twenty answers at once beside a lifting, by two processes: never an unsigned yes while it stands', async () => {
  await answered('refus', person.authenticator)
  const asked = await ask(stage, person.browser)
  const form = await liftForm(person.browser)
  const credential = person.authenticator.get(form.options)
  expect((await answerBy(asked, 'autorisation')).status).toBe(409)
  const tries = Array.from({ length: 20 }, () => answerBy(asked, 'autorisation'))
  const sent = await Promise.all([...tries, send(person.browser, form, credential)])
  // One that waits too long for its turn is not recorded: 503.
  for (const { status } of sent) expect([303, 409, 503]).toContain(status)
  const kinds = await kindsOf()
  const [lifted, granted] = ['signature.lifted', 'consent.granted'].map((kind) =>
    kinds.indexOf(kind),
  )
  if (granted !== -1) expect(granted).toBeGreaterThan(lifted ?? Infinity)
  expect(kinds.filter((kind) => kind === 'consent.granted').length).toBeLessThanOrEqual(1)
})

// The last ones: the clock of the house moves ahead of the test's own.
test('without an older key it is lifted 72 hours after a recovery, and not before', async () => {
  await answered('refus', person.authenticator)
  await ask(stage, person.browser)
  const recovered = await recoverAt(stage, stage.aid, person)
  const own = recovered.authenticator
  const { browser } = await signIn(stage, stage.aid, own)
  const page = await browser.get('/acces/signature')
  const lost = person.authenticator.credentialId.toString('base64url')
  expect(page.body).toContain(lost)
  expect(page.body).not.toContain(own.credentialId.toString('base64url'))
  expect((await lift(browser, own)).status).toBe(409)
  await pass(stage.db, { hours: 73 })
  const later = (await signIn(stage, stage.aid, own)).browser
  // Her lost key is still among hers: it would have to sign.
  await pressOn(await pageOfOldest(later), '/retrait', later)
  expect((await pressOn('/acces/signature', '/levee', later)).location).toContain('fait=')
  const told = (await chainOf(stage, vault, person.personId)).at(-1)
  expect(told).toMatchObject({ kind: 'signature.lifted', signed: null })
  expect(textIn(told, 'recovered')).toMatch(/^evt_/)
  expect((await answerBy(await ask(stage, later), 'autorisation')).status).toBe(303)
  const { jwt } = await lastReceipt(stage, vault, { browser: later, personId: person.personId })
  const checked = await checkReceipt(jwt, publicKeys(keys))
  expect(checked.holds && checked.says.join(' ')).toContain('after a recovery, without a key.')
})

test('where the event of her key is erased, her receipt says so, and holds', async () => {
  const { personId, authenticator } = person
  await answered('refus', authenticator)
  expect((await lift(person.browser, authenticator)).status).toBe(303)
  const [opened] = await chainOf(stage, vault, personId)
  const year = new Date(textIn(opened, 'recorded_at')).getUTCFullYear()
  await passUntil(stage.db, new Date(Date.UTC(year + 1, 0, 2)))
  const { browser } = await signIn(stage, stage.aid, authenticator)
  const destroyed = { wrappedKey: null, destroyedAt: new Date(), destroyEventId: randomUUID() }
  await stage.db('dek').where({ personId, year }).update(destroyed)
  // Nor is there anything left of the lifting: the receipt of an unsigned yes says nothing of it.
  expect((await answerBy(await ask(stage, browser), 'autorisation')).status).toBe(303)
  const unsigned = await lastReceipt(stage, vault, { browser, personId })
  expect(claimsIn(unsigned.jwt)).not.toHaveProperty('signature_lifted')
  expect(await checkReceipt(unsigned.jwt, publicKeys(keys))).toMatchObject({ holds: true })
  await stop(browser, claimsIn(unsigned.jwt).record_id)
  const asked = await ask(stage, browser)
  expect((await answerBy(asked, 'refus', authenticator)).status).toBe(303)
  const receipt = await lastReceipt(stage, vault, { browser, personId })
  expect(receipt.page).toContain('comment cette clé est devenue la vôtre est effacé')
  const claims = claimsIn(receipt.jwt)
  expect(claims).toMatchObject({ signing_key_erased: true })
  expect(claims.signing_key).toBeUndefined()
  expect(receiptProblems(claims)).toEqual([])
  const checked = await checkReceipt(receipt.jwt, publicKeys(keys))
  expect(checked.holds && checked.says.join(' ')).toContain('some of what told it was erased')
  const steps = await check(receipt.jwt, '', { keys: publicKeys(keys).keys, policy: '' })
  expect(steps.map(({ step }) => step)).toContain('origin-erased')
})

const key = () => makeAuthenticator({ origin: issuer, counter: 0 })

async function answered(deed: Deed, by?: Authenticator): Promise<void> {
  const sent = await answerBy(await ask(stage, person.browser), deed, by)
  expect(sent.status).toBe(303)
}

type Form = Pick<ReturnType<typeof formOf>, 'action' | 'fields' | 'options'>

/** What the page posts, and what a key signs for it: written from the description of the text (docs/receipts.en.md). */
async function liftForm(browser: Browser): Promise<Form> {
  const { fields } = formOf(await browser.get('/acces/cles/ajout'))
  const events = await chainOf(stage, vault, person.personId)
  const rule = events.findLast(({ kind }) => kind === 'signature.required')
  const text = lines('accord.lift.v1', issuer, textIn(rule, 'event_id'))
  const challenge = createHash('sha256').update(text).digest('base64url')
  const options = JSON.stringify({ challenge, rpId: new URL(issuer).hostname })
  return { action: '/acces/signature/levee', fields: { csrf: fields['csrf'] ?? '' }, options }
}

function send(browser: Browser, { action, fields }: Form, credential: string): Promise<Answer> {
  return browser.post(action, { ...fields, credential })
}

async function lift(browser: Browser, by: Authenticator, forgery?: Forgery): Promise<Answer> {
  const form = await liftForm(browser)
  return send(browser, form, by.get(form.options, forgery))
}

async function pressOn(
  path: string,
  ending: string,
  browser: Browser = person.browser,
): Promise<Answer> {
  const form = formsOf(await browser.get(path)).find(({ action }) => action.endsWith(ending))
  if (form === undefined) throw new Error(`no form to ${ending} on ${path}`)
  const sent = await browser.post(form.action, form.fields)
  expect(sent.status).toBe(303)
  return sent
}

async function pageOfOldest(browser: Browser): Promise<string> {
  const { body } = await browser.get('/acces/entrer')
  const found = [...body.matchAll(/href="(\/acces\/cles\/key_\w+)"/g)].map(([, path = '']) => path)
  return found.toSorted()[0] ?? ''
}

async function kindsOf(): Promise<string[]> {
  return (await chainOf(stage, vault, person.personId)).map((event) => textIn(event, 'kind'))
}
