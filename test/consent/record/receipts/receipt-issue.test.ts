import { actorOfOwnAccess } from '../../../../src/people/accounts/index.ts'
import { createHash } from 'node:crypto'
import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerRequest } from '../../../../src/consent/asking/answer.ts'
import { issueReceipt, readReceipt, receiptsOf } from '../../../../src/consent/record/index.ts'
import { checkReceipt } from '../../../../src/consent/record/receipts/receipt-check.ts'
import { revokeConsent } from '../../../../src/consent/record/revocation.ts'
import type { Transaction } from '../../../../src/base/database/database.ts'
import { transact } from '../../../../src/base/database/database.ts'
import { openLog } from '../../../../src/base/logging/log.ts'
import { writeId } from '../../../../src/base/values/ids.ts'
import { publicKeys } from '../../../../src/base/keys/jws.ts'
import { openKeys } from '../../../../src/base/keys/keys.ts'
import type { Keys } from '../../../../src/base/keys/keys.ts'
import type { NewEvent } from '../../../../src/ledger/chain/index.ts'
import { commitmentTo, openBook } from '../../../../src/ledger/chain/index.ts'
import type { Browser } from '../../../support/browser.ts'
import { counts } from '../../../support/moving-stage.ts'
import { quietVault } from '../../../support/quiet-vault.ts'
import { claimsIn, newestReceipt, receiptProblems, receiptsOn } from '../../../support/receipts.ts'
import { json } from '../../../support/service.ts'
import type { Load, Sharer } from '../../../support/sharing-load.ts'
import {
  allowAgain,
  newSharer,
  openLoad,
  portOf,
  stopAt,
  uuidOf,
  wholeTimeline,
} from '../../../support/sharing-load.ts'
import type { Stage } from '../../../support/sharing.ts'
import { ask, press, startStage, stop } from '../../../support/sharing.ts'

// A receipt for each answer and each stop: signed, in the deed's own transaction, sealed at rest (docs/design/domain.md#receipts).

const acr = 'urn:accord:aal:2'

let stage: Stage
let load: Load
let keys: Keys
let sharer: Sharer

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  keys = await openKeys(stage.keysDir)
  sharer = await newSharer(load)
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Row = {
  readonly receiptId: string
  readonly consentId: string
  readonly eventId: string
  readonly kind: string
  readonly body: Buffer
  readonly jwtSha256: Buffer
}

function rowsOf(personId: string): Promise<Row[]> {
  return load.db('receipt').where({ personId }).orderBy('receiptId')
}

/** Whoever owns the database: no trigger stands in the way. */
function tamper(statement: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  return transact(load.db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(statement, values)
  })
}

test('a grant, a refusal, a change and a stop each have one receipt, for their own event', async () => {
  const own = await newSharer(load)
  await stop(own.browser, own.consentId)
  await stopAt(own, own.consentId, portOf(stage, 0))
  await press(await ask(stage, own.browser), 'refus')
  const changed = await allowAgain(load, own.personId)
  await allowAgain(load, own.personId)

  const rows = await rowsOf(own.personId)
  const answers = (await wholeTimeline(load, own.personId)).filter(({ kind }) =>
    ['consent.granted', 'consent.refused', 'consent.revoked'].includes(kind),
  )
  expect(rows.map(({ kind }) => kind)).toEqual([
    'consent.granted',
    'consent.revoked',
    'consent.refused',
    'consent.granted',
    'consent.granted',
  ])
  expect(rows.map(({ eventId }) => eventId)).toEqual(answers.map(({ eventId }) => eventId))
  expect(await receiptsOf(load.db, own.personId)).toHaveLength(5)
  expect(await receiptsOf(load.db, own.personId, { consentId: uuidOf(changed) })).toHaveLength(1)
})

test('a yes in one tab and a no in another give three receipts: allowed, stopped, refused', async () => {
  const own = await newSharer(load)
  await stop(own.browser, own.consentId)
  const [one, other] = [await ask(stage, own.browser), await ask(stage, own.browser)]
  await press(one, 'autorisation')
  await press(other, 'refus')
  const kinds = (await rowsOf(own.personId)).slice(2).map(({ kind }) => kind.slice(8))
  // The last two are of one instant.
  expect([kinds[0], ...kinds.slice(1).toSorted()]).toEqual(['granted', 'refused', 'revoked'])
})

test('a receipt is signed with a published key of receipts and has the form of the schema', async () => {
  const jwt = await newestReceipt(sharer.browser, sharer.consentId)
  const published = json(await sharer.browser.get('/keys')) as unknown as jose.JSONWebKeySet
  const { payload, protectedHeader } = await jose.jwtVerify(
    jwt,
    jose.createLocalJWKSet(published),
    { typ: 'consent-receipt+jwt', algorithms: ['Ed25519'] },
  )
  const signer = published.keys.find(({ kid }) => kid === protectedHeader.kid)
  expect(signer).toMatchObject({ purpose: 'receipt', crv: 'Ed25519' })
  expect(JSON.stringify(json(await sharer.browser.get('/jwks')))).not.toContain(signer?.kid)
  expect(receiptProblems(payload)).toEqual([])
  expect(payload).toMatchObject({
    iss: stage.issuer,
    record_id: sharer.consentId,
    language: 'fr-CA',
    purposes: [
      {
        pii_information: [
          { pii_type: 'cat_revenu-net', pii_optional: false, pii_consented: true },
          { pii_type: 'cat_situation-familiale', pii_optional: false, pii_consented: true },
          { pii_type: 'cat_personnes-a-charge', pii_optional: true, pii_consented: false },
        ],
      },
    ],
    event: [{ event_type: 'given', event_state: 'active', entity_id: 'org_aide-etudes' }],
  })
})

test('a receipt’s salt and payload give the commitment in the ledger', async () => {
  const { ledger, event } = claimsIn(await newestReceipt(sharer.browser, sharer.consentId))
  const written = await wholeTimeline(load, sharer.personId)
  const found = written.find(({ kind }) => kind === 'consent.granted')
  const commitment = commitmentTo(Buffer.from(ledger.salt, 'base64'), ledger.payload)
  expect(commitment).toEqual(found?.commitment)
  expect(Buffer.from(ledger.entry, 'base64').subarray(2)).toEqual(found?.commitment)
  expect(JSON.parse(ledger.payload)).toEqual(found?.payload)
  expect(event[0].event_time).toBe(found?.recordedAt.toISOString())
})

test('a receipt has no internal id, and no body’s identifier of the person', async () => {
  const jwt = await newestReceipt(sharer.browser, sharer.consentId)
  const text = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()
  expect(text).not.toContain(sharer.personId)
  expect(text).not.toContain(sharer.sub)
  const { pii_principal_id: principal } = claimsIn(jwt)
  const subject = principal.split('#')[1] ?? ''
  expect(load.pairwise.person(subject, 'org_accord')).toBe(sharer.personId)
})

test('a stored receipt is sealed: its row has no word of it, and the hash of the file', async () => {
  const jwt = await newestReceipt(sharer.browser, sharer.consentId)
  const [row] = await rowsOf(sharer.personId)
  const stored = `${JSON.stringify(row)}${row?.body.toString('latin1')}`
  for (const word of [...jwt.split('.'), 'aide-etudes', 'cat_revenu-net', 'consent-receipt'])
    expect(stored).not.toContain(word)
  expect(row?.jwtSha256).toEqual(createHash('sha256').update(jwt).digest())
})

test('a row moved to another person, to another receipt, or changed in one bit, does not open', async () => {
  const [one, other] = [await newSharer(load), await newSharer(load)]
  const again = await allowAgain(load, one.personId)
  const [first, second] = await rowsOf(one.personId)
  const id = (await receiptsOf(load.db, one.personId, { consentId: uuidOf(again) }))[0]?.id ?? ''
  expect(await readReceipt(load.db, load.vault, one.personId, id)).toMatch(/^ey/)
  if (first === undefined || second === undefined) throw new Error('two receipts were expected')
  const bit = Buffer.from(second.body)
  bit[40] = (bit[40] ?? 0) ^ 1
  const opened = (personId: string) => readReceipt(load.db, load.vault, personId, id)
  for (const body of [first.body, bit]) {
    await tamper('update receipt set body = :body where receipt_id = :id', {
      body,
      id: second.receiptId,
    })
    await expect(opened(one.personId)).rejects.toThrow('does not open')
  }
  await tamper('update receipt set body = :body, person_id = :person where receipt_id = :id', {
    body: second.body,
    person: other.personId,
    id: second.receiptId,
  })
  await expect(opened(other.personId)).rejects.toThrow('does not open')
  await expect(opened(one.personId)).rejects.toThrow('receipt.not-found')
})

test('without the data key of its year a receipt is answered with 410, and the page says so', async () => {
  const own = await newSharer(load)
  const [path = ''] = await receiptsOn(own.browser, own.consentId)
  expect((await own.browser.get(path)).status).toBe(200)
  await tamper(
    `update dek set wrapped_key = null, destroyed_at = now(), destroy_event_id = :event where person_id = :person`,
    { event: crypto.randomUUID(), person: own.personId },
  )
  for (const suffix of ['', '/jwt', '/dpv'])
    expect((await own.browser.get(`${path}${suffix}`)).status).toBe(410)
  expect((await own.browser.get(path)).body).toContain('Ce reçu a été effacé')
})

test('the database refuses to change a receipt', async () => {
  const [row] = await rowsOf(sharer.personId)
  const changed = load
    .db('receipt')
    .where({ receiptId: row?.receiptId })
    .update({ kind: 'consent.x' })
  await expect(changed).rejects.toThrow('never changes')
  await expect(load.db.raw('truncate receipt')).rejects.toThrow('never changes')
})

test('without a key of receipts no answer and no stop is recorded', async () => {
  const own = await newSharer(load)
  const tables = ['receipt', 'consentRecord', 'ledgerEvent']
  const before = await counts(stage, tables)
  const { statements } = load.notary
  const mute = {
    ...load.notary,
    statements: { ...statements, keys: { ...statements.keys, receipt: [] } },
  }
  const stopped = transact(load.db, (tx) =>
    revokeConsent(tx, mute, { personId: own.personId, consentId: uuidOf(own.consentId), acr }),
  )
  await expect(stopped).rejects.toThrow('no receipt key')
  await expect(allowAgain({ ...load, notary: mute }, own.personId)).rejects.toThrow('no receipt')
  const failing = transact(load.db, async (tx) => {
    const stop = { personId: own.personId, consentId: uuidOf(own.consentId), acr }
    await revokeConsent(tx, load.notary, stop)
    throw new Error('and then the deed fails')
  })
  await expect(failing).rejects.toThrow('fails')
  const after = await counts(stage, tables)
  // The question that was shown before the answer failed is an event of its own.
  expect(after).toEqual({ ...before, ledgerEvent: Number(before['ledgerEvent']) + 1 })
  expect((await stop(own.browser, own.consentId)).status).toBe(200)
})

test('a fault in telling what is left keeps no stop from being one, and is said', async () => {
  const own = await newSharer(load)
  const lines: string[] = []
  const faulty = {
    ...load.notary,
    log: openLog('error', { write: (line) => lines.push(line) }),
    readFlows: () =>
      Promise.resolve({
        consents: [],
        othersLike: () => [],
        stillAfter() {
          throw new TypeError('a fault of ours')
        },
      }),
  }
  await transact(load.db, (tx) =>
    revokeConsent(tx, faulty, { personId: own.personId, consentId: uuidOf(own.consentId), acr }),
  )
  const claims = claimsIn(await newestReceipt(own.browser, own.consentId))
  expect([claims.event[0].event_type, claims.still]).toEqual(['withdrawn', undefined])
  expect(lines.join('')).toContain('a receipt of a stop cannot say what is left')
})

test('a change has the receipt of the new consent', async () => {
  const own = await newSharer(load)
  const again = await allowAgain(load, own.personId)
  const claims = claimsIn(await newestReceipt(own.browser, again))
  expect(claims).toMatchObject({ record_id: again, supersedes_record_id: own.consentId })
  expect(receiptProblems(claims)).toEqual([])
})

test('the receipt of a stop also says what had been allowed', async () => {
  const own = await newSharer(load)
  const page = await stop(own.browser, own.consentId)
  expect(page.body).toContain('Vous avez arrêté ce partage le')
  const claims = claimsIn(await newestReceipt(own.browser, own.consentId))
  expect(claims.event[0]).toMatchObject({ event_type: 'withdrawn', event_state: 'revoked' })
  expect(claims.purposes[0].pii_information.map((item) => item.pii_consented)).toEqual([
    true,
    true,
    false,
  ])
  expect(receiptProblems(claims)).toEqual([])
})

test('a stop by a process that has not loaded the register of the consent still has its receipt', async () => {
  const own = await newSharer(load)
  const empty = { agreementByNo: () => undefined, purposeByNo: () => undefined }
  const behind = {
    ...load.live,
    current: () => ({ ...load.live.current(), ...empty, epoch: 0 }),
  }
  const consentId = uuidOf(own.consentId)
  await transact(load.db, (tx) =>
    revokeConsent(tx, { ...load.notary, live: behind }, { personId: own.personId, consentId, acr }),
  )
  expect(await receiptsOf(load.db, own.personId, { consentId })).toHaveLength(2)
})

/** What page, file and JSON-LD of a receipt answer. */
function found(browser: Browser, at: string): Promise<number[]> {
  const ends = ['', '/jwt', '/dpv']
  return Promise.all(ends.map(async (end) => (await browser.get(`${at}${end}`)).status))
}

test('a receipt is not found by another person, under another sharing, or by a wrong number', async () => {
  const [one, other] = [await newSharer(load), await newSharer(load)]
  const [path = ''] = await receiptsOn(one.browser, one.consentId)
  const again = await allowAgain(load, one.personId)
  const number = path.split('/').at(-1) ?? ''
  expect(await found(one.browser, path)).toEqual([200, 200, 200])
  expect(await found(other.browser, path)).toEqual([404, 404, 404])
  for (const at of [
    `/mes-partages/${again}/recus/${number}`,
    `/mes-partages/${one.consentId}/recus/rcp_01ARZ3NDEKTSV4RRFFQ69G5FAV`,
    `/mes-partages/${one.consentId}/recus/${one.consentId}`,
    `/mes-partages/${one.consentId}/recus/rcp_`,
    `/mes-partages/con_x/recus/${number}`,
  ])
    expect(await found(one.browser, at)).toEqual([404, 404, 404])
  await expect(readReceipt(load.db, load.vault, other.personId, number)).rejects.toThrow(
    'receipt.not-found',
  )
})

test.each([
  ['consent.suspended', 'paused', 'suspended'],
  ['consent.resumed', 'resumed', 'active'],
  ['consent.confirmed', 'confirmed', 'active'],
  ['consent.superseded', 'superseded', 'superseded'],
  ['consent.expired', 'expired', 'expired'],
  ['consent.voided', 'voided', 'void'],
] as const)('any event of a consent may have its receipt: %s', async (kind, type, state) => {
  const consent = { personId: sharer.personId, consentId: uuidOf(sharer.consentId) }
  await transact(load.db, (tx) => leaveReceipt(tx, kind, consent))
  const jwt = await newestReceipt(sharer.browser, sharer.consentId)
  const claims = claimsIn(jwt)
  expect(receiptProblems(claims)).toEqual([])
  expect(claims.event[0]).toMatchObject({ event_type: type, event_state: state, event_kind: kind })
  expect(await checkReceipt(jwt, publicKeys(keys))).toMatchObject({ holds: true })
  const [path = ''] = await receiptsOn(sharer.browser, sharer.consentId)
  expect((await sharer.browser.get(path)).status).toBe(200)
})

test('an event that is no answer has no receipt, and no event has two', async () => {
  const consent = { personId: sharer.personId, consentId: uuidOf(sharer.consentId) }
  const presented = transact(load.db, (tx) => leaveReceipt(tx, 'consent.presented', consent))
  await expect(presented).rejects.toThrow('no receipt says consent.presented')
  const twice = transact(load.db, (tx) => leaveReceipt(tx, 'consent.resumed', consent, 2))
  await expect(twice).rejects.toMatchObject({ code: '23505' })
})

async function leaveReceipt(
  tx: Transaction,
  kind: NewEvent['kind'],
  consent: { readonly personId: string; readonly consentId: string },
  times = 1,
): Promise<void> {
  const book = await openBook(tx, quietVault(load.vault), consent.personId)
  const fields = { consent_id: writeId('con', consent.consentId) }
  const written = await book.append({ kind, actor: { type: 'person', acr }, fields })
  for (let i = 0; i < times; i++) await issueReceipt(tx, book, load.notary, written, consent)
}

test('a visitor who is not signed in is led to the sign-in first', async () => {
  const [path = ''] = await receiptsOn(sharer.browser, sharer.consentId)
  const stranger = sharer.browser.clone()
  const bare = await stranger.get(path, { headers: { cookie: '' } })
  expect(bare.status).toBe(403)
  // Where she wanted to go, and nothing of what is there.
  expect(bare.body.replaceAll(path, '')).not.toContain('rcp_')
})

test('the same answer twice leaves one receipt', async () => {
  const own = await newSharer(load)
  const before = await rowsOf(own.personId)
  const row = await load
    .db('consentRequest')
    .where({ personId: own.personId })
    .first<{ visit: Buffer }>()
  const shown = await load
    .db('presentation')
    .join('consent_request as r', 'r.request_id', 'presentation.request_id')
    .where({ 'r.person_id': own.personId })
    .first<{ presentationId: string }>('presentationId')
  await transact(load.db, (tx) =>
    answerRequest(tx, load.notary, load.live.current(), {
      ...actorOfOwnAccess({ personId: own.personId, acr, provedAt: new Date(), factorIds: [] }),
      amr: ['pop'],
      visit: row?.visit ?? Buffer.alloc(32),
      presentationId: shown?.presentationId ?? '',
      granted: true,
      chosen: [],
    }),
  )
  expect(await rowsOf(own.personId)).toEqual(before)
})
