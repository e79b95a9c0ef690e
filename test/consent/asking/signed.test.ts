import { execFileSync } from 'node:child_process'
import { createHash, webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeAttestationObject, parseAuthenticatorData } from '@simplewebauthn/server/helpers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { check } from '../../../public/js/verifier.js'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import type { PageEvent } from '../../../src/consent/asking/page-event.ts'
import type { SignedAnswers } from '../../../src/consent/asking/answer-signature.ts'
import { signedFields as fieldsOfSigned } from '../../../src/consent/asking/answer-signature.ts'
import type { ReceiptClaims } from '../../../src/consent/record/index.ts'
import { textHash, textOfAnswer } from '../../../src/consent/record/index.ts'
import {
  checkProof,
  checkReceipt,
  signedWords,
  unprovedSentences,
} from '../../../src/consent/record/receipts/receipt-check.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { publicJwkOf } from '../../../src/webauthn/public-jwk.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { canonical, commitmentTo, logEntry, readTimeline } from '../../../src/ledger/chain/index.ts'
import type { JsonValue, Payload, Vault } from '../../../src/ledger/chain/index.ts'
import type { Authenticator, Forgery } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { differencesOf } from '../../support/fold.ts'
import { vaultOf } from '../../support/law.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { counts } from '../../support/moving-stage.ts'
import type { Stage } from '../../support/sharing.ts'
import { signLog } from '../../support/sign-log.ts'
import { claimsIn, claimsTelling, receiptProblems, receiptsOn } from '../../support/receipts.ts'
import { ask, askNewcomer, startStage } from '../../support/sharing.ts'
import type { Said } from '../../support/signing.ts'
import {
  lines,
  signatureFor,
  signDataOf,
  signedFields,
  textOfEvents,
} from '../../support/signing.ts'
import { askNewcomerAll, decideAll } from '../../support/together.ts'
import { statementsBy } from '../../support/statements.ts'

// An answer that only she can give: her passkey signs what is recorded (decision 0105).

const optional = 'cat_personnes-a-charge'
const yes: Said = { choice: 'granted', optional: [optional] }

let stage: Stage
let vault: Vault
let keys: Keys
let trust: Parameters<typeof check>[2]
type Asked = Awaited<ReturnType<typeof askNewcomer>>
let asked: Asked

beforeAll(async () => {
  stage = await startStage()
  vault = await vaultOf(stage)
  keys = await openKeys(stage.keysDir)
  trust = { keys: publicKeys(keys).keys, policy: '' }
})
afterAll(() => stage.stop())
beforeEach(async () => {
  asked = await askNewcomer(stage)
})

test('a yes that her key signed is recorded with what anybody needs to check it', async () => {
  const fields = signedFields(asked.page, asked.authenticator, yes)
  const sent = await post(asked, 'autorisation', fields)
  expect(sent.status).toBe(303)
  expect((await asked.browser.follow(sent.location ?? '')).body).toContain('Elle est signée')
  const event = await lastEvent(asked.personId)
  expect(event).toMatchObject({ kind: 'consent.granted', signed: { others: [] } })
  expect(schemaProblems(event)).toEqual([])
  expect(await holds(event)).toBe(true)
  expect(await holds({ ...event, categories_granted: ['cat_revenu-net'] })).toBe(false)
  expect(await holds({ ...event, valid_until_local: '2999-12-31' })).toBe(false)
  expect(await differencesOf({ db: stage.db, vault }, asked.personId)).toEqual([])
  // The same answer sent again is the same answer.
  expect((await post(asked, 'autorisation', fields)).status).toBe(303)
})

test('a no that her key signed is a no, and needs no tick', async () => {
  const fields = signedFields(asked.page, asked.authenticator, { choice: 'refused' })
  expect((await post(asked, 'refus', fields)).status).toBe(303)
  const event = await lastEvent(asked.personId)
  expect(event).toMatchObject({ kind: 'consent.refused', categories_granted: [] })
  expect(await holds(event)).toBe(true)
})

test('a page that was shown before the log had a signed tree can still be answered with a key', async () => {
  const fields = signedFields(asked.page, asked.authenticator, yes)
  expect(fields['checkpoint']).toBe('')
  const [logId, note] = [1, 'accord.localhost/log\n1\nAAAA\n']
  const signed = { logId, treeSize: 1, root: Buffer.alloc(32), note, signedAt: new Date() }
  await stage.db('checkpoint').insert(signed)
  expect((await post(asked, 'autorisation', fields)).status).toBe(303)
  await stage.db('checkpoint').where({ logId }).delete()
  expect(await holds(await lastEvent(asked.personId))).toBe(true)
})

test('what is about to be recorded is what was signed, or nothing is', () => {
  const page = {
    presentation_id: 'pre_1',
    rendered_sha256: '00'.repeat(32),
    agreement: 'agr_1@1',
    bodies: ['org_1@1', 'org_2@1'],
    category_versions: [`${optional}@1`],
  }
  const recording = {
    ...page,
    kind: 'consent.granted',
    categories_granted: [optional],
    categories_express: [],
    valid_until_local: '2027-08-31',
  }
  const hash = textHash(textOfAnswer(recording, page, { issuer, checkpoint: 'tree' }, 2))
  const signed = { signature: { jwk: {} }, checkpoint: 'tree', hashes: ['0', hash] } as unknown
  const fieldsOf = (given: object) =>
    fieldsOfSigned(
      { ...recording, ...given },
      { said: page } as unknown as PageEvent,
      issuer,
      signed as SignedAnswers,
    )
  expect(fieldsOf({})).toMatchObject({ signed: { others: ['0'], text: 2 } })
  for (const other of [
    { valid_until_local: '2027-09-01' },
    { categories_granted: [] },
    { kind: 'consent.refused' },
    { agreement: 'agr_1@2' },
    { max_uses: 1000 },
  ])
    expect(() => fieldsOf(other)).toThrow('the record is not what was signed')
})

test('without a script the answer is recorded unsigned, and its page says so', async () => {
  expect(asked.page.body).toContain('sans la signature d’une clé d’accès')
  const sent = await post(asked, 'autorisation', formOf(asked.page).fields)
  expect((await asked.browser.follow(sent.location ?? '')).body).toContain('sans la signature')
  const event = await lastEvent(asked.personId)
  expect(event).toMatchObject({ signed: null })
  expect(schemaProblems(event)).toEqual([])
})

type Fields = Record<string, string | string[]>
type Forged = (asked: Asked) => Promise<Fields> | Fields
const forgedBy =
  (forgery: Forgery): Forged =>
  ({ page, authenticator }) =>
    signedFields(page, authenticator, yes, { forgery })
const signs =
  (said: Said): Forged =>
  ({ page, authenticator }) =>
    signedFields(page, authenticator, yes, { signs: said })

describe('nothing is recorded, and the question is asked again, for a signature', () => {
  test.each<[string, Forged]>([
    ['without user verification', forgedBy({ isVerified: false })],
    ['for another site', forgedBy({ origin: 'https://accord.example' })],
    ['for another RP ID', forgedBy({ rpId: 'example' })],
    ['made in a frame of another site', forgedBy({ clientData: { crossOrigin: true } })],
    ['of the making of a key', forgedBy({ ceremony: 'webauthn.create' })],
    ['for a no', signs({ choice: 'refused' })],
    ['without the category that the form has', signs({ choice: 'granted' })],
    ['for an earlier last day', signs({ ...yes, until: '2026-12-31' })],
    [
      'of another person’s key',
      ({ page }) => signedFields(page, makeAuthenticator({ origin: issuer, counter: 0 }), yes),
    ],
    [
      'for another person’s page',
      async ({ page, authenticator }) => {
        const other = await askNewcomer(stage)
        const credential = signatureFor(other.page, authenticator, yes)
        return { ...signedFields(page, authenticator, yes), credential }
      },
    ],
    [
      'for a tree of the log that was never signed',
      ({ page, authenticator }) => ({
        ...signedFields(page, authenticator, yes),
        checkpoint: 'accord.localhost/log 9 AAAA',
      }),
    ],
    [
      'of a sign-in',
      async ({ page, authenticator }) => {
        const { url } = await stage.services.library.begin()
        const { options } = formOf(await makeBrowser(stage).follow(url))
        return { ...signedFields(page, authenticator, yes), credential: authenticator.get(options) }
      },
    ],
  ])('%s', async (_, forge) => {
    const fields = await forge(asked)
    const had = await counts(stage, ['consentRecord', 'ledgerEvent'])
    const sent = await post(asked, 'autorisation', fields)
    expect(sent.status).toBe(400)
    expect(sent.body).toContain('Autorisez-vous l’Agence du revenu')
    expect(sent.body).toContain('et rien n’est inscrit')
    expect(await counts(stage, ['consentRecord', 'ledgerEvent'])).toEqual(had)
    // She can still answer.
    const honest = signedFields(asked.page, asked.authenticator, yes)
    expect((await post(asked, 'autorisation', honest)).status).toBe(303)
  })
})

test('what signed an answer signs nobody in', async () => {
  const credential = signatureFor(asked.page, asked.authenticator, yes)
  const browser = makeBrowser(stage)
  const { action, fields } = formOf(
    await browser.follow((await stage.services.library.begin()).url),
  )
  expect((await browser.post(action, { ...fields, credential })).status).toBe(409)
})

test('a key whose counter goes back is suspended, and its answer is not recorded', async () => {
  const copy = asked.authenticator.copy()
  await post(asked, 'refus', signedFields(asked.page, copy, { choice: 'refused' }))
  const again = await ask(stage, asked.browser)
  const before = await counts(stage, ['consentRecord'])
  const behind = signedFields(again.page, asked.authenticator, { choice: 'refused' })
  const sent = await post(again, 'refus', behind)
  expect(sent.status).toBe(403)
  expect(sent.body).toContain('sans la signature d’une clé d’accès')
  expect(await counts(stage, ['consentRecord'])).toEqual(before)
  const { personId } = asked
  const [key]: { suspendedAt: Date | null }[] = await stage.db('passkeys').where({ personId })
  expect(key?.suspendedAt).not.toBeNull()
})

test('of two answers with one challenge, sent to two processes at once, one is recorded', async () => {
  const fields = signedFields(asked.page, asked.authenticator, yes)
  const no = { ...fields, optional: [] }
  const answers = await Promise.all([
    post(asked, 'autorisation', fields),
    post(asked, 'autorisation', fields),
    post(asked, 'refus', no),
  ])
  expect(answers.slice(0, 2).map(({ status }) => status)).toEqual([303, 303])
  const { personId } = asked
  expect(await stage.db('consentRecord').where({ personId })).toHaveLength(1)
  const event = await lastEvent(personId)
  expect(event['kind']).toBe('consent.granted')
  expect(await holds(event)).toBe(true)
})

test('several answers have one signature, and each of them alone can be checked', async () => {
  const all = await askNewcomerAll(stage)
  const check = await decideAll(all, ['autorisation', 'refus'])
  const { action, fields } = formOf(check)
  expect(signDataOf(check)?.texts).toHaveLength(2)
  const credential = signatureFor(check, all.authenticator, { choice: 'granted' })
  const sent = await all.browser.post(action, { ...fields, credential })
  expect(sent.status).toBe(303)
  const personId = await personOf(all.authenticator)
  const events = (await chainOf(personId)).slice(-2)
  expect(events.map(({ kind }) => kind)).toEqual(['consent.granted', 'consent.refused'])
  const signatures = events.map(({ signed }) => (signed as unknown as Signed).signature)
  expect(new Set(signatures).size).toBe(1)
  for (const event of events) expect(await holds(event)).toBe(true)
})

describe('the receipt of a signed answer', () => {
  let shown: string
  let jwt: string
  let claims: ReceiptClaims
  beforeEach(async () => {
    await post(asked, 'autorisation', signedFields(asked.page, asked.authenticator, yes))
    const { consent_id: consentId } = await lastEvent(asked.personId)
    const [path = ''] = await receiptsOn(asked.browser, text(consentId))
    shown = path
    jwt = (await asked.browser.get(`${path}/jwt`)).body
    claims = claimsIn(jwt)
  })

  test('is checked by both of our checks, and tells how the key became hers', async () => {
    expect(receiptProblems(claims)).toEqual([])
    expect((await asked.browser.get(shown)).body).toContain('clé créée avec cet accès le')
    const checked = await checkReceipt(jwt, publicKeys(keys))
    expect(checked).toMatchObject({ holds: true })
    expect(checked.holds && checked.says.join(' ')).toContain('Her access was opened with this key')
    expect(unprovedSentences(jwt).join(' ')).toContain('and had the event of her key before it')
    // Each says in words what was signed, in both languages, and the file shows it.
    const said = signedWords(jwt)
    const file = (await asked.browser.get(`${shown}/fichier`)).body
    for (const line of ['Qui répond: La personne elle-même', 'Who answers: The person herself'])
      expect(said).toContain(`  ${line}`)
    expect(said.filter((line) => line.startsWith('  '))).toHaveLength(2 * 19)
    expect(file).toMatch(/Qui peut envoyer<\/dt> <dd><p>[^<]+ \(org_agence-revenu@1\)/)
    expect(file).toContain('<dt>Combien de fois</dt>')
    const byPython = judgedByPython(jwt)
    expect(byPython).toContain('holds\n')
    expect(byPython).toContain('Qui peut envoyer: org_agence-revenu@1')
    const steps = await check(jwt, '', trust)
    expect(steps.map(({ step, holds: isRight }) => [step, isRight])).toEqual(
      ['signature', 'entry', 'event', 'answer', 'page', 'key', 'question'].map((step) => [
        step,
        true,
      ]),
    )
  })

  test('is proved to be younger than its key by the log alone', async () => {
    await signLog(stage.db, stage.keysDir)
    const proof = (await asked.browser.get(`${shown}/preuve`)).body
    const policy = (await asked.browser.get('/log/policy')).body
    const steps = await check(jwt, proof, { ...trust, policy })
    expect(steps.filter(({ holds: isRight }) => !isRight)).toEqual([])
    expect(steps.at(-1)).toMatchObject({ step: 'key-proof', holds: true })
    expect(checkProof(jwt, proof, readPolicy(policy))).toMatchObject({ holds: true })
    const [own = '', ofKey = ''] = proof.split(/(?=^c2sp)/m)
    for (const wrong of [own + own, own + ofKey.replace(/^index \d+/m, 'index 0')]) {
      const last = (await check(jwt, wrong, { ...trust, policy })).at(-1)
      expect(last).toMatchObject({ step: 'key-proof', holds: false })
      expect(checkProof(jwt, wrong, readPolicy(policy))).toMatchObject({ holds: false })
    }
  })

  test('has the page that she read beside it, to the byte; nobody else gets it', async () => {
    const page = await asked.browser.get(`${shown}/page`)
    expect(hashOf(page.body).toString('hex')).toBe(claims.privacy_notice.rendered_sha256)
    expect(page.headers['content-disposition']).toContain('attachment')
    const other = await askNewcomer(stage)
    expect((await other.browser.get(`${shown}/page`)).status).toBe(404)
  })

  test('nobody who has every key of ours, and not her device, makes another one that holds', async () => {
    const written = JSON.parse(claims.ledger.payload) as Payload
    const own = makeAuthenticator({ origin: issuer, counter: 0 })
    const stranger = await askNewcomer(stage)
    const byHim = signatureFor(stranger.page, stranger.authenticator, yes)
    const forgeries: [string, object][] = [
      ['answer', { kind: 'consent.refused', categories_granted: [] }],
      ['answer', { categories_granted: ['cat_revenu-net'] }],
      ['answer', { valid_until_local: '2031-01-01' }],
      ['answer', { presentation_id: 'pre_01JD9ZK3Y8HT2V5E9M4C7A0QPF' }],
      ['answer', { rendered_sha256: 'ab'.repeat(32) }],
      ['answer', { signed: { ...(written['signed'] as object), ...partsOf(byHim) } }],
    ]
    for (const [step, change] of forgeries) {
      const forged = await forge({ ...written, ...change }, claims)
      expect(
        (await check(forged, '', trust)).filter(({ holds: isRight }) => !isRight),
      ).toMatchObject([{ step }])
      expect(await checkReceipt(forged, publicKeys(keys))).toMatchObject({ holds: false })
    }
    // Nor one that names more than her nineteen lines, also where he writes the event of its page anew.
    for (const change of [
      { agreement: 'agr_2026-001@9' },
      { purpose: 'pur_autre@1' },
      { dataset: 'dst_autre@1' },
      { holder: 'org_autre' },
      { max_uses: 1000 },
      { frequency_limit: { count: 1000, per: 'P1Y' } },
      { lookback: { from: '1990-01-01', to: '2090-01-01' } },
    ]) {
      const { presented } = claims
      const page = { ...(JSON.parse(presented?.payload ?? '') as Payload), ...change }
      const told = { ...claims, presented: ledgerOf(page, claims) }
      const forged = await forge({ ...written, ...change }, told)
      expect(await checkReceipt(forged, publicKeys(keys)), JSON.stringify(change)).toMatchObject({
        holds: false,
      })
      expect((await check(forged, '', trust)).at(-1)).toMatchObject({ holds: false })
    }
    // His own key signs his words, and her key’s event does not vouch for it.
    const his = signedBy(own, written, JSON.parse(claims.presented?.payload ?? '') as Payload)
    const forged = await forge(his, claims)
    expect((await check(forged, '', trust)).at(-1)).toMatchObject({ step: 'key', holds: false })
    expect(await checkReceipt(forged, publicKeys(keys))).toMatchObject({ holds: false })
    // What he can make says that it is unsigned.
    const unsigned = await forge({ ...written, signed: null }, claims)
    expect((await check(unsigned, '', trust)).map(({ step }) => step)).toContain('unsigned')
  })
})

/** What the judge in Python, which shares nothing with us, says of a receipt. */
function judgedByPython(jwt: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'accord-receipt-'))
  const file = join(dir, 'receipt.jwt')
  writeFileSync(file, jwt)
  const judge = join(import.meta.dirname, '../record/judge-answers.py')
  const said = execFileSync('python3', [judge, file, 'fr']).toString()
  rmSync(dir, { recursive: true })
  return said
}

/** A receipt of ours about this event, by somebody with our keys. */
function forge(event: Payload, claims: ReceiptClaims): Promise<string> {
  return signStatement(statementsBy(keys), 'consent-receipt+jwt', {
    ...claimsTelling(claims, canonical(event)),
    ledger: ledgerOf(event, claims),
  })
}

function ledgerOf(event: Payload, claims: ReceiptClaims): ReceiptClaims['ledger'] {
  const payload = canonical(event)
  const salt = Buffer.alloc(32, 7)
  const entry = logEntry(commitmentTo(salt, payload)).toString('base64')
  const hash = hashOf(payload).toString('hex')
  const ledger = { ...claims.ledger, payload, entry, salt: salt.toString('base64') }
  return { ...ledger, payload_jcs_sha256: hash }
}

function partsOf(credential: string): object {
  const { response } = JSON.parse(credential) as { response: Record<string, string> }
  return {
    authenticator_data: response['authenticatorData'],
    client_data_json: response['clientDataJSON'],
    signature: response['signature'],
  }
}

/** The same event, signed anew with a key of somebody else. */
function signedBy(key: Authenticator, event: Payload, page: Payload): Payload {
  const options = { user: { id: 'AAAA' }, rp: { id: new URL(issuer).hostname }, challenge: 'AAAA' }
  const made = JSON.parse(key.create(JSON.stringify(options))) as {
    response: { attestationObject: string }
  }
  const jwk = jwkIn(made.response.attestationObject)
  const challenge = challengeWith(textOfEvents(event, page, issuer), [])
  const credential = key.get(JSON.stringify({ challenge, rpId: new URL(issuer).hostname }))
  const signed = { ...(event['signed'] as object), ...partsOf(credential), jwk }
  return { ...event, signed } as Payload
}

function jwkIn(attestationObject: string): object {
  const { authData } = Object.fromEntries(
    decodeAttestationObject(new Uint8Array(bytes(attestationObject))) as unknown as Map<
      string,
      Uint8Array
    >,
  ) as { authData: Uint8Array<ArrayBuffer> }
  const { credentialPublicKey = new Uint8Array() } = parseAuthenticatorData(authData)
  return publicJwkOf(Buffer.from(credentialPublicKey))
}

async function post(
  { browser, page }: Pick<Asked, 'browser' | 'page'>,
  deed: string,
  fields: Readonly<Record<string, string | readonly string[]>>,
): Promise<Answer> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) body.append(name, one)
  return browser.post(`${new URL(page.url).pathname}/${deed}`, body.toString())
}

async function personOf({ credentialId }: Authenticator): Promise<string> {
  const row = await stage.db('passkeys').where({ credentialId }).first<{ personId: string }>()
  return row.personId
}

async function chainOf(personId: string): Promise<Payload[]> {
  const events = await readTimeline(stage.db, vault, personId, { after: 0, limit: 50 })
  return events.flatMap(({ payload }) => (payload === undefined ? [] : [payload]))
}

/** The event of the page that was answered. */
async function pageOf({ presentation_id: id }: Payload): Promise<Payload> {
  const presentationId = readId('pre', text(id))
  const request = stage.db('presentation').select('requestId').where({ presentationId })
  const row = await stage
    .db('consentRequest')
    .whereIn('requestId', request)
    .first<{ personId: string }>()
  const page = (await chainOf(row.personId)).find(
    (event) => event['kind'] === 'consent.presented' && event['presentation_id'] === id,
  )
  if (page === undefined) throw new Error('the page was never shown')
  return page
}

async function lastEvent(personId: string): Promise<Payload> {
  const last = (await chainOf(personId)).at(-1)
  if (last === undefined) throw new Error('nothing was written')
  return last
}

type Signed = {
  readonly jwk: webcrypto.JsonWebKey
  readonly authenticator_data: string
  readonly client_data_json: string
  readonly signature: string
  readonly checkpoint: string
  readonly others: readonly string[]
}

/** Checks an event as a stranger does, by it and by that of its page, with WebCrypto alone. */
async function holds(event: Payload): Promise<boolean> {
  const signed = event['signed'] as unknown as Signed
  const text = textOfEvents(event, await pageOf(event), issuer)
  const clientData = bytes(signed.client_data_json)
  const said = JSON.parse(clientData.toString()) as { challenge: string; origin: string }
  const challenge = challengeWith(text, signed.others)
  if (said.challenge !== challenge || said.origin !== issuer) return false
  const [data, signature] = [bytes(signed.authenticator_data), bytes(signed.signature)]
  const hash = Buffer.from(await webcrypto.subtle.digest('SHA-256', clientData))
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const key = await webcrypto.subtle.importKey('jwk', signed.jwk, algorithm, false, ['verify'])
  const isSigned = await webcrypto.subtle.verify(
    algorithm,
    key,
    halves(signature),
    Buffer.concat([data, hash]),
  )
  // Present and verified (WebAuthn Level 3, 6.1).
  return isSigned && ((data[32] ?? 0) & 5) === 5
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function challengeWith(text: string, others: readonly string[]): string {
  const all = [hashOf(text).toString('hex'), ...others].toSorted()
  return hashOf(lines('accord.answers.v1', ...all)).toString('base64url')
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}

/** A signature of WebAuthn is DER, one of WebCrypto r and s, 32 bytes each. */
function halves(der: Buffer): Buffer {
  let at = 2
  const half = () => {
    const length = der[at + 1] ?? 0
    const number = der.subarray(at + 2, at + 2 + length)
    at += 2 + length
    return Buffer.concat([Buffer.alloc(32), number]).subarray(-32)
  }
  return Buffer.concat([half(), half()])
}
