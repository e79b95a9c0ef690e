import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { check, headingOf } from '../../../public/js/verifier.js'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { readId, newPersonId } from '../../../src/base/values/ids.ts'
import { transact } from '../../../src/base/database/database.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { checkProof, checkReceipt } from '../../../src/consent/record/receipts/receipt-check.ts'
import type { ReceiptClaims } from '../../../src/consent/record/index.ts'
import type { NewEvent, Payload, Vault, WrittenEvent } from '../../../src/ledger/chain/index.ts'
import { canonical, commitmentTo, logEntry, openBook } from '../../../src/ledger/chain/index.ts'
import { proofOf } from '../../../src/ledger/transparency-log/index.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import { issuer } from '../../support/broker.ts'
import { addKey } from '../../support/endorsing.ts'
import { vaultOf } from '../../support/law.ts'
import type { NewPerson } from '../../support/person.ts'
import { newPerson } from '../../support/person.ts'
import { claimsIn, claimsTelling } from '../../support/receipts.ts'
import type { Stage } from '../../support/sharing.ts'
import { ask, startStage } from '../../support/sharing.ts'
import { answerBy, chainOf, lastReceipt } from '../../support/signed-answers.ts'
import { challengeOf, lines, textOfEvents } from '../../support/signing.ts'
import { signLog } from '../../support/sign-log.ts'
import { statementsBy } from '../../support/statements.ts'

// An operator who has every key of ours, writes to her chain and to the log, and signs receipts; and has not her device. No receipt of
// his passes as signed by a key that is older than the question which she was asked.

let stage: Stage
let vault: Vault
let keys: Keys
let her: NewPerson
/** The receipt of a no that she truly signed: its question is the one that he answers for her. */
let genuine: ReceiptClaims
let his: Authenticator
let hisJwk: Payload
/** Of an access of his own that is older than the question. */
let decoy: ReceiptClaims
let written: Awaited<ReturnType<typeof writeHis>>
let tools: { readonly keys: readonly object[]; readonly policy: string }

beforeAll(async () => {
  stage = await startStage()
  vault = await vaultOf(stage)
  keys = await openKeys(stage.keysDir)
  her = await newPerson(stage)
  const second = makeAuthenticator({ origin: issuer, counter: 0 })
  await addKey(her.browser, second, { by: her.authenticator })
  const own = await newPerson(stage)
  his = own.authenticator
  decoy = await answeredBy(own, his)
  genuine = await answeredBy(her, second)
  hisJwk = (JSON.parse(decoy.ledger.payload) as { signed: { jwk: Payload } }).signed.jwk
  written = await writeHis()
  await signLog(stage.db, stage.keysDir)
  const policy = (await her.browser.get('/log/policy')).body
  tools = { keys: publicKeys(keys).keys, policy }
})
afterAll(() => stage.stop())

// After the question: in her chain, or as the first event of a chain that is nobody's. The log has all of it.
async function writeHis() {
  const mine = { factor_id: factor, factor: 'passkey', jwk: hisJwk, backup_eligible: false }
  const whose = { pii_principal_id: genuine.pii_principal_id }
  const coming = { factors: [mine], by_recovered: false, ...whose }
  const added = await write(her.personId, { kind: 'access.factor-added', fields: coming })
  const personId = newPersonId()
  await stage.db('persons').insert({ personId, status: 'active', createdAt: new Date() })
  const fields = { factors: [mine], ...whose }
  const opened = await write(personId, { kind: 'access.opened', fields })
  const answer = await write(her.personId, answerOf(JSON.parse(genuine.ledger.payload) as Payload))
  return { added, opened, answer, coming }
}

test('her own receipt passes as signed by a key that is older than the question', async () => {
  expect(await passes(await proofsOf(genuine), genuine)).toBe(true)
})

test('none of his does, whatever he says of his key', async () => {
  const { added, opened, answer, coming } = written
  const chain = await chainOf(stage, vault, her.personId)
  const hers = chain.find(({ kind }) => kind === 'access.factor-added')?.['endorsed_by'] ?? null
  const lent = { ...coming, endorsed_by: hers }
  const claimed = {
    ...coming,
    endorsed_by: { ...(hers as object), ...partsBy(his, 'accord.key.v1') },
  }
  const base = { ...genuine, endorsing_keys: undefined, ledger: ledgerOf(answer) }
  const forgeries: readonly (readonly [string, object])[] = [
    ['the event of an access of his own', { signing_key: decoy.signing_key }],
    ['a key that he added now', { signing_key: ledgerOf(added) }],
    ['an access that he says was opened with it, now', { signing_key: ledgerOf(opened) }],
    ['the same, dated before the question', { signing_key: earlier(ledgerOf(opened)) }],
    ['the endorsement of her own second key', { signing_key: invented(added, lent) }],
    ['an endorsement by her key that he signed', { signing_key: invented(added, claimed) }],
    ['her key’s own event', { signing_key: genuine.signing_key }],
    ['no event', { signing_key: undefined }],
    ['the question of somebody else', { signing_key: ledgerOf(added), presented: decoy.presented }],
    ['no question', { signing_key: ledgerOf(added), presented: undefined }],
  ]
  for (const [name, change] of forgeries) {
    const claims = { ...base, ...change } as unknown as ReceiptClaims
    const proofs = await proofsOf(claims)
    expect([name, await passes(proofs, claims)]).toEqual([name, false])
    // Nor with fewer proofs, or in another order.
    expect([name, await passes(proofs.slice(0, 1), claims)]).toEqual([name, false])
    expect([
      name,
      await passes([...proofs.slice(0, 1), ...proofs.slice(1).toReversed()], claims),
    ]).toEqual([name, false])
  }
})

const factor = 'fac_01JD9ZK3Y8HT2V5E9M4C7A0QPD'

/** Whether both of our checks say: signed, whole in the log, and by a key that is older than the question. */
async function passes(proofs: readonly string[], claims: ReceiptClaims): Promise<boolean> {
  const jwt = await signStatement(statementsBy(keys), 'consent-receipt+jwt', {
    ...JSON.parse(JSON.stringify(claimsTelling(claims, claims.ledger.payload))),
  })
  const steps = await check(jwt, proofs.join(''), tools)
  const has = (name: string) => steps.some(({ step, holds }) => step === name && holds)
  const byPage = headingOf(steps) === 'all' && has('question') && has('key-proof')
  const receipt = await checkReceipt(jwt, publicKeys(keys))
  const proof = checkProof(jwt, proofs.join(''), readPolicy(tools.policy))
  const says = [receipt, proof].flatMap((one) => (one.holds ? one.says : ['wrong'])).join(' ')
  const byCommand =
    !says.includes('wrong') &&
    says.includes('older than the question') &&
    says.includes('Of its key:')
  expect(byPage).toBe(byCommand)
  return byPage
}

async function proofsOf(claims: ReceiptClaims): Promise<string[]> {
  const { ledger, presented, signing_key, endorsing_keys = [] } = claims
  const proofs: string[] = []
  for (const told of [ledger, presented, signing_key, ...endorsing_keys]) {
    if (told === undefined) continue
    const { event_id: id } = JSON.parse(told.payload) as { event_id: string }
    const eventId = readId('evt', id) ?? ''
    const row = await stage.db('ledgerEvent').where({ eventId }).first<{ personId: string }>()
    const found = await proofOf(stage.db, row.personId, eventId)
    if (found === undefined || found === 'waiting') throw new Error('the log has it not')
    proofs.push(found.proof)
  }
  return proofs
}

async function answeredBy(person: NewPerson, by: Authenticator): Promise<ReceiptClaims> {
  const asked = await ask(stage, person.browser)
  expect((await answerBy(asked, 'refus', by)).status).toBe(303)
  return claimsIn((await lastReceipt(stage, vault, person)).jwt)
}

function write(chain: string, event: Pick<NewEvent, 'kind' | 'fields'>): Promise<WrittenEvent> {
  return transact(stage.db, async (tx) => {
    const book = await openBook(tx, vault, chain)
    return book.append({ actor: { type: 'person' }, ...event })
  })
}

/** A yes to the same page, signed by his key. */
function answerOf(no: Payload): Pick<NewEvent, 'kind' | 'fields'> {
  const ours = ['v', 'kind', 'event_id', 'person_seq', 'prev_commitment', 'recorded_at', 'actor']
  const fields = Object.fromEntries(Object.entries(no).filter(([name]) => !ours.includes(name)))
  const granted = { categories_granted: ['cat_revenu-net'], categories_express: [] }
  const unsigned = { ...no, ...granted, kind: 'consent.granted', signed: { checkpoint: '' } }
  const page = JSON.parse(genuine.presented?.payload ?? '') as Payload
  const text = textOfEvents(unsigned, page, issuer)
  const challenge = challengeOf([text]).toString('base64url')
  const parts = { jwk: hisJwk, ...signedParts(his, challenge) }
  const signed = { ...parts, checkpoint: '', others: [], text: 2 }
  return { kind: 'consent.granted', fields: { ...fields, ...granted, signed } }
}

function partsBy(key: Authenticator, first: string): object {
  const challenge = createHash('sha256')
    .update(lines(first, issuer, 'x'))
    .digest('base64url')
  return signedParts(key, challenge)
}

function signedParts(key: Authenticator, challenge: string) {
  const credential = key.get(JSON.stringify({ challenge, rpId: new URL(issuer).hostname }))
  const { response } = JSON.parse(credential) as { response: Record<string, string> }
  return {
    authenticator_data: response['authenticatorData'] ?? '',
    client_data_json: response['clientDataJSON'] ?? '',
    signature: response['signature'] ?? '',
  }
}

type Ledger = ReceiptClaims['ledger']

function ledgerOf({ text, salt, commitment }: WrittenEvent): Ledger {
  return {
    ...genuine.ledger,
    payload: text,
    salt: salt.toString('base64'),
    entry: logEntry(commitment).toString('base64'),
    payload_jcs_sha256: createHash('sha256').update(text).digest('hex'),
  }
}

/** An event that the log does not have, in the place of one that it has. */
function invented({ text, salt }: WrittenEvent, fields: object): Ledger {
  const payload = canonical({ ...(JSON.parse(text) as Payload), ...fields })
  return ledgerOf({ text: payload, salt, commitment: commitmentTo(salt, payload) } as WrittenEvent)
}

function earlier({ payload, salt }: Ledger): Ledger {
  const text = canonical({
    ...(JSON.parse(payload) as Payload),
    recorded_at: '2026-01-01T00:00:00.000Z',
  })
  const bytes = Buffer.from(salt, 'base64')
  return ledgerOf({ text, salt: bytes, commitment: commitmentTo(bytes, text) } as WrittenEvent)
}
