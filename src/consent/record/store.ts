import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import { bytea, snake, snakeKeys } from '../../base/database/column-names.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { FlowGate } from '../../base/values/gate.ts'
import { requireGateFor } from '../../base/values/gate.ts'
import type { Book, EndComparison, Live, Vault } from '../../ledger/chain/index.ts'
import { liveFromJson, newestFromJson } from '../../ledger/chain/index.ts'
import type { RawConsent, UseCounts } from './columns.ts'
import {
  columnsOf,
  withVerdict,
  livesOfPerson,
  recordColumnsOf,
  stateColumns,
  stateFrom,
  newColumns,
  noUses,
  useCountsOf,
} from './columns.ts'
import type { Narrower } from './narrower.ts'
import { requireNarrowed } from './narrower.ts'
import type {
  ConsentLife,
  OwnConsent,
  ConsentListed,
  ConsentRecord,
  ConsentRow,
  ConsentState,
  State,
  SuspensionCause,
} from './rows.ts'
import type { RowTrust } from './seal.ts'
import { isLiving, isWhole, sealNext, sealOf } from './seal.ts'

type Key = { readonly personId: string; readonly consentId: string }

// Twice as many as may live: consents whose end is not written yet are read too.
const maxOfPerson = 1000
/** Of a person who was written about while she was read. */
const moreReadings = 2

const lifeList = `${columnsOf(stateColumns, 'consent_current')},
  (select categories_declined from consent_record r where r.consent_id = consent_current.consent_id) as declined,
  (select created_at from consent_record r where r.consent_id = consent_current.consent_id) as granted_at`

// Named again outside: a star would have the statement parsed and planned at each use (src/base/database/named-statements.ts).
const lifeNames = [...Object.keys(stateColumns), 'declined', 'grantedAt'].map(snake)
const livesRead = lifeNames.map((name) => `s.${name}`).join(', ')

/** The end of her chain as JSON, for a statement that reads her consents: a row is judged by the end of the same reading. */
export const headOfPerson = /* sql */ `(select to_jsonb(h) from (
  select next_seq, head_commitment, updated_at, live, head_seal from ledger_heads where person_id = ?) h)`

/** The first row bears the end of the chain; the others do not, because it may name hundreds of consents. */
type Headed = { readonly head: Readonly<Record<string, unknown>> | null }

/** Consents that may still be used now, with the epoch of the register that judges them. One autocommit statement. */
export async function activeConsents(
  db: Database,
  vault: Pick<Vault, 'seals' | 'heads'>,
  personId: string,
): Promise<ActiveConsents> {
  for (let again = 0; ; again++) {
    const { compared, ...read } = await readActive(db, vault, personId)
    // Whoever wrote meanwhile knows more than a reading that began before. One that is older again and again was put back.
    if (compared !== 'older' || again === moreReadings) return read
  }
}

type ActiveConsents = {
  readonly consents: ConsentLife[]
  readonly at: Date
  readonly epoch: number
  readonly isRestored: boolean
}

async function readActive(
  db: Database,
  vault: Pick<Vault, 'seals' | 'heads'>,
  personId: string,
): Promise<ActiveConsents & { readonly compared: EndComparison }> {
  const { rows } = await db.raw<{
    rows: (RawConsent<ConsentLife> & Standing & { isRestored: boolean })[]
  }>(
    `select ${livesRead}, e.epoch::integer as epoch, now() + clock_offset() as at, (select is_restored from log_standing) as is_restored,
       case when coalesce(s.n, 1) = 1 then ${headOfPerson} end as head
     from register_epoch e left join lateral (
       select ${lifeList}, row_number() over () as n from consent_current
       where person_id = ? and ${livesOfPerson} limit ?
     ) s on true`,
    [personId, personId, maxOfPerson],
  )
  const first = present(rows[0], 'the epoch of the register')
  const { compared, live } = newestFromJson(vault, personId, first.head, first.at)
  const trust = { seals: vault.seals, live }
  const consents = rows
    .filter((row) => row.consentId !== null)
    .map((row) => asState<ConsentLife>(trust, row))
  const { at, epoch, isRestored } = first
  return { consents, at, epoch, isRestored, compared }
}

/** The end of her chain, without her lock. */
export async function headLive(db: Database, seals: RowSeals, personId: string): Promise<Live> {
  const { rows } = await db.raw<{ rows: Headed[] }>(`select ${headOfPerson} as head`, [personId])
  return liveFromJson(seals, personId, present(rows[0], 'a row without a table').head)
}

/** What the rows of one reading are checked against. @param first the row that bears the end of her chain */
export function trustBy(seals: RowSeals, personId: string, { head }: Headed): RowTrust {
  return { seals, live: liveFromJson(seals, personId, head) }
}

type Standing = Headed & { readonly at: Date; readonly epoch: number }

/** The same in the caller's transaction, after the person's lock. */
export async function lockedConsents(
  tx: Transaction,
  book: Book,
  personId: string,
): Promise<ConsentLife[]> {
  const { rows } = await tx.raw<{ rows: RawConsent<ConsentLife>[] }>(
    `select ${lifeList} from consent_current where person_id = ? and ${livesOfPerson} limit ?`,
    [personId, maxOfPerson],
  )
  return rows.map((row) => asState(book, row))
}

export async function registerEpoch(db: Database | Transaction): Promise<number> {
  const row: { epoch: string } | undefined = await db('registerEpoch').select('epoch').first()
  return Number(present(row, 'the epoch of the register').epoch)
}

/**
 * The same for a deed that writes what a person is shown or answers: no register is applied until the deed is over, so that the
 * versions that she saw are those in force at the deed's time (`src/registry/changes/store.ts#stampApply`).
 */
export async function heldRegisterEpoch(tx: Transaction): Promise<number> {
  const { rows } = await tx.raw<{ rows: { epoch: string }[] }>(
    'select epoch from register_epoch for share',
  )
  return Number(present(rows[0], 'the epoch of the register').epoch)
}

/** A person's consents; `isWhole`: these are all her answers, and each is as this broker wrote it. */
export type OwnConsents = { readonly consents: readonly OwnConsent[]; readonly isWhole: boolean }

/** A person's consents, newest first. Those that may live come before all others: within any limit she must be able to stop them. */
export async function consentsOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<OwnConsents> {
  const { rows } = await db.raw<{ rows: (RawConsent<OwnConsent> & Headed)[] }>(
    `select ${livesRead}, s.is_change, case when coalesce(s.n, 1) = 1 then ${headOfPerson} end as head from (values (1)) one left join lateral (
       select ${lifeList},
         exists (select from changes_asked a where a.consent_id = consent_current.consent_id offset 0) as is_change,
         row_number() over (order by ${livingFirst}) as n
       from consent_current where person_id = ? order by ${livingFirst} limit ?) s on true
     order by s.n`,
    [personId, personId, maxOfPerson],
  )
  const first = present(rows[0], 'the row that bears the end of her chain')
  const trust = trustBy(seals, personId, first)
  const consents = rows
    .filter(({ consentId }) => consentId !== null)
    .map((row) => asState<OwnConsent>(trust, row))
  return { consents, isWhole: isWhole(trust, consents) }
}

const livingFirst = "state in ('active', 'suspended') desc, consent_id desc"

function asState<T extends ConsentListed>(trust: RowTrust, row: RawConsent<T>): T {
  // The other columns of T stay as they are.
  const { categories, declined, ...rest } = row as unknown as RawConsent<ConsentListed>
  const masks = { categories: BigInt(categories), declined: BigInt(declined) }
  return withVerdict(trust, { ...rest, ...masks }) as ConsentListed as T
}

/** The columns of a record that `consent_current` lacks: a narrower record takes them over. */
export async function recordTermsOf(tx: Transaction, consentId: string): Promise<RecordTerms> {
  const said: RecordTerms | undefined = await tx('consentRecord')
    .select('legalBasisId', 'express', 'oneTime', 'tz', 'textPairSha256')
    .where({ consentId })
    .first()
  return present(said, 'the record of a consent')
}
type RecordTerms = Pick<
  ConsentRecord,
  'legalBasisId' | 'express' | 'oneTime' | 'tz' | 'textPairSha256'
>

/**
 * Inserts the record and the row of its state.
 * @param by what it comes by: a no, which lets nothing flow; the gate, for a yes; or that it is narrower than the one that it replaces
 * @returns that row
 */
export async function insertConsent(
  tx: Transaction,
  book: Book,
  record: ConsentRecord,
  by: 'no' | FlowGate | Narrower,
  used: UseCounts = noUses,
): Promise<ConsentState> {
  const state = by === 'no' ? 'refused' : 'active'
  if (by !== 'no' && 'personId' in by) requireGateFor(by, record.personId)
  else if (by !== 'no') requireNarrowed(by, record)
  await tx('consentRecord').insert({
    ...record,
    categoriesGranted: String(record.categoriesGranted),
    categoriesDeclined: String(record.categoriesDeclined),
    amr: [...record.amr],
  })
  const row: ConsentRow = {
    ...newColumns,
    ...recordColumnsOf(record),
    ...useCountsOf(used),
    categories: record.categoriesGranted,
    state,
    stateAt: record.createdAt,
  }
  const seal = sealOf(book.seals, row)
  await tx('consentCurrent').insert({ ...row, categories: String(row.categories), seal })
  if (isLiving(state)) book.note(row.consentId, row.stateSeq)
  book.count(1)
  return { ...row, isUntrusted: false }
}

/** @returns the version of an arrangement's newest record */
export async function newestVersion(tx: Transaction, arrangementId: string): Promise<number> {
  const row: { max?: number } | undefined = await tx('consentRecord')
    .max({ max: 'versionInArrangement' })
    .where({ arrangementId })
    .first()
  return row?.max ?? 0
}

/** Ends a consent, under the person's lock. */
export async function endConsent(
  tx: Transaction,
  book: Book,
  consent: ConsentState,
  state: 'revoked' | 'superseded' | 'expired' | 'void',
  stateAt = book.now,
): Promise<void> {
  await change(tx, book, consent, { state, stateAt, suspendedReasons: [] })
}

/** Suspends a consent, under the person's lock. @returns the row as it is then */
export function suspendFor(
  tx: Transaction,
  book: Book,
  consent: ConsentState,
  reasons: readonly SuspensionCause[],
): Promise<ConsentState> {
  return change(tx, book, consent, {
    state: 'suspended',
    stateAt: book.now,
    suspendedReasons: reasons,
  })
}

/** Ends a cause of suspension; where none is left, information flows again. @returns the row as it is then */
export function resumeFor(
  tx: Transaction,
  book: Book,
  gate: FlowGate,
  { consent, state, left }: Resuming,
): Promise<ConsentState> {
  requireGateFor(gate, consent.personId)
  return change(tx, book, consent, { state, stateAt: book.now, suspendedReasons: left })
}

type Resuming = {
  readonly consent: ConsentState
  readonly state: State
  /** The causes that are left. */
  readonly left: readonly SuspensionCause[]
}

/** Her « it is still right » keeps the next reminder away for a year. */
export async function noteConfirmed(
  tx: Transaction,
  book: Book,
  gate: FlowGate,
  consent: ConsentState,
): Promise<void> {
  requireGateFor(gate, consent.personId)
  await change(tx, book, consent, { confirmedAt: book.now })
}

type Change = Partial<Pick<ConsentRow, 'state' | 'stateAt' | 'suspendedReasons' | 'confirmedAt'>>

// Writes only over the row that was read. State and seal are one statement: between two, a forged row could be sealed.
async function change(
  tx: Transaction,
  book: Book,
  consent: ConsentState,
  columns: Change,
): Promise<ConsentState> {
  const { personId, consentId, stateSeq: known } = consent
  const next = sealNext(book.seals, consent, columns)
  const changed = await tx('consentCurrent')
    .where({ personId, consentId, stateSeq: known })
    .update({ ...columns, ...next })
  if (changed !== 1) throw new Error('a consent changed under its lock')
  const isLiveStill = isLiving(columns.state ?? consent.state) && !consent.isUntrusted
  book.note(consentId, isLiveStill ? next.stateSeq : undefined)
  return { ...consent, ...columns, stateSeq: next.stateSeq }
}

/** A consent and those to which it was narrowed since, one after the other: each took over the uses of the one before. */
export async function narrowingChain(
  tx: Transaction,
  book: Book,
  { personId, consentId }: Key,
): Promise<ConsentState[]> {
  const { rows } = await tx.raw<{ rows: RawConsent<ConsentState>[] }>(
    `with recursive counted as (
       select ?::uuid as consent_id, 0 as step
       union all
       select n.consent_id, c.step + 1 from counted c join narrowings n on n.narrows = c.consent_id where c.step < ?
     )
     select ${columnsOf(stateColumns, 's')} from counted c join consent_current s using (consent_id)
     where s.person_id = ? order by c.step`,
    [consentId, maxOfPerson, personId],
  )
  return rows.map((row) => stateFrom(book, row))
}

/** Writes a row anew as its person's events tell it: what somebody else wrote there is gone. */
export async function writeAsTold(tx: Transaction, row: ConsentRow, seal: Buffer): Promise<void> {
  const { personId, consentId } = row
  await tx('consentCurrent')
    .where({ personId, consentId })
    .update({ ...row, categories: String(row.categories), seal })
}

/** Gives a row the number and the seal that its person's events tell. */
export async function writeFirstSeal(
  tx: Transaction,
  { personId, consentId, stateSeq }: ConsentRow,
  seal: Buffer,
): Promise<void> {
  await tx('consentCurrent').where({ personId, consentId }).update({ stateSeq, seal })
}

/** The counts of a consent after a use came back. */
export type ReturnedUses = Pick<
  ConsentRow,
  'uses' | 'usesReturned' | 'windowUses' | 'windowReturned'
>

/** Writes the uses that are left after one came back. */
export async function writeReturned(
  tx: Transaction,
  book: Book,
  returned: readonly { readonly consent: ConsentState; readonly uses: ReturnedUses }[],
): Promise<void> {
  const rows = returned.map(({ consent, uses }) => {
    const { personId, consentId } = consent
    const { stateSeq, seal } = sealNext(book.seals, consent, uses)
    if (isLiving(consent.state)) book.note(consentId, stateSeq)
    return snakeKeys({ personId, consentId, ...uses, stateSeq, seal: seal && bytea(seal) })
  })
  const { rows: written } = await tx.raw<{ rows: object[] }>(
    `update consent_current s set uses = n.uses, uses_returned = n.uses_returned, window_uses = n.window_uses,
       window_returned = n.window_returned, state_seq = n.state_seq, seal = n.seal
     from json_populate_recordset(null::consent_current, ?::json) n
     where s.person_id = n.person_id and s.consent_id = n.consent_id and s.state_seq = n.state_seq - 1
     returning s.consent_id`,
    [JSON.stringify(rows)],
  )
  if (written.length !== rows.length) throw new Error('a consent changed under its lock')
}

/** The person and the bodies of a consent; undefined where there is none. */
export async function consentParties(
  db: Database | Transaction,
  consentId: string,
): Promise<Pick<ConsentRecord, 'personId' | 'holder' | 'recipient' | 'dataset'> | undefined> {
  return db('consentRecord')
    .select('personId', 'holder', 'recipient', 'dataset')
    .where({ consentId })
    .first<Pick<ConsentRecord, 'personId' | 'holder' | 'recipient' | 'dataset'> | undefined>()
}

/** The version of the purpose that a consent is for. */
export async function consentPurpose(
  tx: Transaction,
  consentId: string,
): Promise<number | undefined> {
  const row: { purpose: number } | undefined = await tx('consentRecord')
    .select('purpose')
    .where({ consentId })
    .first()
  return row?.purpose
}

/** A consent of this person, in the caller's transaction, after her lock. */
export async function consentState(
  tx: Transaction,
  book: Book,
  { personId, consentId }: Key,
): Promise<ConsentLife | undefined> {
  const { rows } = await tx.raw<{ rows: RawConsent<ConsentLife>[] }>(
    `select ${lifeList} from consent_current where person_id = ? and consent_id = ?`,
    [personId, consentId],
  )
  const [row] = rows
  return row && asState<ConsentLife>(book, row)
}

/** The same without a lock. */
export async function readConsentLife(
  db: Database,
  seals: RowSeals,
  { personId, consentId }: Key,
): Promise<ConsentLife | undefined> {
  const { rows } = await db.raw<{ rows: (RawConsent<ConsentLife> & Headed)[] }>(
    `select ${lifeList}, ${headOfPerson} as head from consent_current where person_id = ? and consent_id = ?`,
    [personId, personId, consentId],
  )
  const [row] = rows
  return row && asState<ConsentLife>(trustBy(seals, personId, row), row)
}
