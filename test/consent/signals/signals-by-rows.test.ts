import { randomBytes, randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expireAll, revokeConsent } from '../../../src/consent/record/index.ts'
import { transact } from '../../../src/base/database/database.ts'
import type { Transaction } from '../../../src/base/database/database.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { signalKinds } from '../../../src/consent/signals/event-types.ts'
import { reopenAccount } from '../../../src/people/accounts/index.ts'
import {
  beginTotp,
  confirmTotp,
  deleteFactors,
  makePasswords,
  makeWayFor,
  restoreFactors,
  putPassword,
  swapBack,
} from '../../../src/signin/factors/index.ts'
import { deleteKeys } from '../../../src/webauthn/index.ts'
import { insertPasskey } from '../../../src/webauthn/store.ts'
import { closeAccess } from '../../../src/pages/my-access/close-account.ts'
import { orderAccess } from '../../../src/pages/my-access/commands.ts'
import { makeSessions } from '../../../src/provider/index.ts'
import { systemClock } from '../../../src/base/values/clock.ts'
import { recoverFrom } from '../../../src/base/values/expected-errors.ts'
import { Refusal } from '../../../src/base/values/refusal.ts'
import { acr } from '../record/living.ts'
import { seeded } from '../../support/property.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { at, newSharers, openLoad } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'
import { setStanding } from '../../support/resealed-access.ts'
import { watchRows } from '../../support/signals-by-rows.ts'
import { addStream } from '../../support/streams.ts'
import { letTimeMove } from '../../support/time.ts'
import { codeAt } from '../../support/totp.ts'
import { counted } from '../../support/tries.ts'
import type { Command, Model, Real } from '../record/life-model.ts'
import { commands, newTokens, oneOfEach, smallLimits } from '../record/life-model.ts'

// What bodies are told, by events and by the statements that write ways in and accesses, is what the moves of the rows say: over random
// lives of consents and of ways in, at bodies that have a stream each for all kinds.

const runs = Number(process.env['DRILL_RUNS'] ?? 8)
const limitMs = 100_000 + 3_000 * runs
const people = 3
const origin = { requestId: 'rows', network: undefined }

let stage: Stage
let load: Load
let keys: Keys
let sharers: Sharer[]
const tokens = { decide: '', report: '' }

beforeAll(async () => {
  letTimeMove()
  stage = await startStage(smallLimits)
  load = await openLoad(stage)
  keys = await openKeys(stage.keysDir)
  sharers = await newSharers(load, people)
  await newTokens(stage, tokens)
  await watchRows(load.db, load.vault.seals)
  for (const org of ['org_agence-revenu', 'org_aide-etudes'])
    await addStream(load.db, load.live, org)
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Row = { readonly at: string } & Readonly<Record<string, unknown>>

// Of ways in and of accesses each of the two ways reads the clock for itself.
async function told(table: 'signal_event' | 'by_rows.signal_event'): Promise<Row[]> {
  const { rows } = await load.db.raw<{ rows: Row[] }>(
    `select stream_id, person_id, kind, content,
       case when kind like 'consent-%' or kind = 'token-claims-change' then occurred_at::text else 'now' end as at,
       occurred_at = queued_at as "isQueuedThen"
     from ${table} where kind <> 'session-revoked' order by event_no`,
  )
  return rows
}

async function expectSame(): Promise<Row[]> {
  const byRows = await told('by_rows.signal_event')
  expect(await told('signal_event')).toEqual(byRows)
  const { rows } = await load.db.raw<{ rows: { apart: number }[] }>(
    `select coalesce(max(abs(extract(epoch from t.occurred_at - e.occurred_at))), 0)::float8 as apart
     from (select *, row_number() over (order by event_no) n from signal_event where kind <> 'session-revoked') t
     join (select *, row_number() over (order by event_no) n from by_rows.signal_event) e using (n)`,
  )
  expect(rows[0]?.apart).toBeLessThan(5)
  return byRows
}

/** Each arrangement of hers has a live token at the recipient. */
async function giveTokens({ personId }: Sharer): Promise<void> {
  await load.db.raw(
    `insert into oidc_artifacts (id, model, payload, version, expires_at, client_id, account_id)
     select decode(replace(gen_random_uuid()::text, '-', ''), 'hex') || decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), 'AccessToken',
       jsonb_build_object('rar', jsonb_build_array(jsonb_build_object('arrangement', 'arr_' || written(a.arrangement_id)))),
       0, now() + interval '20 years', 'aide-etudes', :personId
     from (select distinct arrangement_id from consent_current where person_id = :personId) a`,
    { personId },
  )
}

const deed = (name: string, does: (real: Real) => Promise<unknown>): Command => ({
  check: () => true,
  run: async (_, real) => void (await does(real)),
  toString: () => name,
})

function way(
  name: string,
  does: (tx: Transaction, real: Real, now: Date) => Promise<unknown>,
): Command {
  return deed(name, (real) => transact(load.db, (tx) => does(tx, real, new Date())))
}

const seals = () => load.vault.seals
const passwords = () =>
  makePasswords(keys.data, load.vault, {
    hash: () => Promise.resolve(randomBytes(32)),
    openKept: () => Promise.resolve([]),
  })

async function ids(table: string, personId: string): Promise<string[]> {
  const { rows } = await load.db.raw<{ rows: { id: string }[] }>(
    `select ${table === 'passkeys' ? 'passkey_id' : 'factor_id'} as id from ${table} where person_id = ? limit 50`,
    [personId],
  )
  return rows.map(({ id }) => id)
}

const addKey = (kind: 'passkey' | 'security-key', backupEligible: boolean) =>
  way(`addKey(${kind}, ${backupEligible})`, (tx, { sharer: { personId } }, now) =>
    insertPasskey(tx, seals(), {
      passkeyId: newUuid(now),
      personId,
      credentialId: randomBytes(16),
      publicKey: randomBytes(32),
      signCount: 0,
      transports: [],
      aaguid: randomUUID(),
      backupEligible,
      backupState: false,
      name: 'Clé',
      kind,
      createdAt: now,
    }),
  )
const removeKeys = (most: number) =>
  way(`removeKeys(${most})`, async (tx, { sharer: { personId } }) =>
    deleteKeys(tx, seals(), personId, (await ids('passkeys', personId)).slice(0, most)),
  )
const password = (aside: boolean) =>
  deed(`password(${aside})`, async ({ sharer: { personId } }) => {
    const now = new Date()
    const given = { address: `${randomUUID()}@exemple.test`, password: 'trois huards dorment' }
    const made = await passwords().make(counted, given)
    const row = await passwords().rowOf(personId, given, made, now)
    await transact(load.db, async (tx) => {
      if (aside) await setAside(tx, 'password', personId, now)
      await putPassword(tx, passwords(), { ...row, addressProvedAt: now }, origin, now)
    })
  })
const totp = (aside: boolean) =>
  deed(`totp(${aside})`, async ({ sharer: { personId } }) => {
    const now = new Date()
    const errand = randomUUID()
    const { seed } = await beginTotp(load.db, load.vault, { errand, personId, brand: 'A', now })
    const confirming = { errand, personId, code: codeAt(seed), origin, log: load.log }
    await transact(load.db, async (tx) => {
      if (aside) await setAside(tx, 'totp', personId, now)
      await confirmTotp(counted, tx, load.vault, confirming, now)
    })
  })

async function setAside(
  tx: Transaction,
  kind: 'password' | 'totp',
  personId: string,
  now: Date,
): Promise<void> {
  const { rows } = await tx.raw<{ rows: object[] }>(
    'select 1 from factors_set_aside where person_id = ? and kind = ?',
    [personId, kind],
  )
  if (rows.length < 2)
    await makeWayFor(tx, seals(), kind, { personId, added: [], because: 'recovered', by: [] }, now)
}

const removeFactors = way('removeFactors', async (tx, { sharer: { personId } }) =>
  deleteFactors(tx, seals(), personId, [
    ...(await ids('passwords', personId)),
    ...(await ids('totp_factors', personId)),
  ]),
)
const undone = way('restoreFactors', (tx, { sharer: { personId } }, now) =>
  restoreFactors(tx, seals(), personId, now),
)
const swapped = (kind: 'password' | 'totp') =>
  way(`swapBack(${kind})`, async (tx, { sharer: { personId } }, now) => {
    const { rows } = await tx.raw<{ rows: { id: string }[] }>(
      'select factor_id as id from factors_set_aside where person_id = ? and kind = ?',
      [personId, kind],
    )
    const [first] = rows
    if (first !== undefined)
      await swapBack(tx, seals(), { personId, factorId: first.id, kind, by: [] }, now)
  })

const parts = () => ({
  notary: load.notary,
  sessions: makeSessions({ db: load.db, clock: systemClock }, seals()),
  codeProofs: undefined as never,
})
const ordered = (word: 'suspend' | 'deceased' | 'restore') =>
  deed(word, async ({ sharer: { consentId } }) => {
    const words = { operator: 'Anna', reason: `Raison ${randomUUID()}`, 'reason-en': 'Reason' }
    const asked = { word, reference: consentId, isJson: false, words }
    await orderAccess(load.db, asked, new Date(), () => Promise.resolve(parts()))
  })
const closed = deed('close', async ({ sharer: { personId } }) => {
  const open = await load.db('accounts').where({ personId, closedAt: null })
  const leaving = { personId, by: { type: 'person' }, origin, now: new Date() } as const
  if (open.length > 0) await transact(load.db, (tx) => closeAccess(tx, parts(), leaving))
})
const reopened = way('reopen', (tx, { sharer: { personId } }, now) =>
  reopenAccount(tx, load.vault, personId, origin, now),
)
const expired = deed('expire', () => expireAll(load.db, load.vault, load.log))
const withToken = deed('tokens', ({ sharer }) => giveTokens(sharer))

const ways: readonly Command[] = [
  withToken,
  addKey('passkey', true),
  addKey('passkey', false),
  addKey('security-key', false),
  password(false),
  password(true),
  password(false),
  totp(false),
  totp(true),
  totp(false),
  swapped('password'),
  swapped('totp'),
  undone,
  removeKeys(2),
  removeFactors,
  ordered('suspend'),
  ordered('restore'),
  ordered('deceased'),
  ordered('restore'),
  closed,
  reopened,
  expired,
]

test(
  `each deed and ${runs} random lives tell bodies what their rows say`,
  { timeout: limitMs },
  async () => {
    let turn = 0
    const live = async (lifeOfConsent: Iterable<Command>, ofWays: readonly Command[]) => {
      const sharer = at(sharers, turn++ % people)
      await setStanding(stage, sharer.personId, {
        suspendedAt: null,
        closedAt: null,
        eraseAt: null,
        status: 'active',
      })
      await revokeAll(sharer)
      const model: Model = { records: [], permits: [], arrangements: 0 }
      const real: Real = { stage, load, tokens, sharer, ids: [], permits: [] }
      await giveTokens(sharer)
      const tokened = [...lifeOfConsent].flatMap((one) => [one, withToken])
      await fc.asyncModelRun(() => ({ model, real }), tokened)
      await fc.asyncModelRun(() => ({ model, real }), ofWays)
      await expectSame()
    }
    await live(oneOfEach, ways)
    const some = fc.array(fc.constantFrom(...ways), { maxLength: 12 })
    await fc.assert(fc.asyncProperty(commands, some, live), seeded({ numRuns: runs }))
    const all = await expectSame()
    const kinds = new Set(all.map(({ kind }) => kind))
    for (const kind of signalKinds.filter((one) => !untold.includes(one)))
      expect(kinds).toContain(kind)
  },
)

// That an access is open again is forgotten at its next end.
const untold: readonly string[] = [
  'agreement-status-changed',
  'session-revoked',
  'account-purged',
  'account-enabled',
]

async function revokeAll({ personId }: Sharer): Promise<void> {
  const { rows } = await load.db.raw<{ rows: { id: string }[] }>(
    `select consent_id as id from consent_current where person_id = ? and state in ('active', 'suspended')`,
    [personId],
  )
  for (const { id: consentId } of rows)
    await transact(load.db, (tx) =>
      revokeConsent(tx, load.notary, { personId, consentId, acr }),
    ).catch(recoverFrom(Refusal, () => undefined))
}
