import { answerable, isAsTold, standingFromJson } from '../../people/accounts/index.ts'
import type { ConsentState, RawConsent } from '../record/index.ts'
import { columnsOf, isWhole, stateColumns, stateFrom } from '../record/index.ts'
import { dayOf, startOfDay } from '../../base/values/calendar.ts'
import type { BatchedCall } from '../../base/jobs/batches.ts'
import { makeBatches, usualBatches } from '../../base/jobs/batches.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { runPrepared, preparedRows } from '../../base/database/database.ts'
import { bytea, snakeKeys } from '../../base/database/column-names.ts'
import { columnNames, selectedColumns } from '../../base/database/stored-row.ts'
import { idAtTime } from '../../base/values/ids.ts'
import type { Meter } from '../../base/logging/meter.ts'
import { noMeter } from '../../base/logging/meter.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { stampText } from '../../base/migrating/code-stamp.ts'
import { present } from '../../base/values/present.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { HeadColumns, MarkRead } from '../../ledger/chain/index.ts'
import {
  headFrom,
  markIn,
  newEventOf,
  emptyLiveSet,
  trustedLive,
} from '../../ledger/chain/index.ts'
import type { StoredRow } from '../../ledger/fold/index.ts'
import type { Purpose } from '../../registry/index.ts'
import type { CodeGuard, CodeStamp } from './code-guard.ts'
import { windowByLaw } from './decide-by-law.ts'
import { chainOf } from './rows.ts'
import type {
  DecisionRow,
  Facts,
  FactsQuery,
  NewDeny,
  NewPermit,
  PermitRow,
  WriteOutcome,
} from './rows.ts'

// SQL of this room. Categories are masks, register objects numbers, as in consent_current.

const decisionColumns = selectedColumns(
  'decision',
  columnNames('decision').filter((name) => name !== 'policyVersion'),
  'd',
)

const maxConsents = 1000

type FactsRow = RawConsent<ConsentState> &
  HeadColumns & {
    readonly n: number
    readonly standing: Readonly<Record<string, unknown>> | null
    readonly usesByLaw: readonly Date[] | null
    readonly at: Date
    readonly epoch: number
    readonly isRestored: boolean
    readonly nextSeq: number | null
    readonly priorId: string | null
    readonly priorContent: Buffer | null
  }

// `outcome || ''` keeps the planner from the index of a body's permits (migrations/functions/decisions.sql).
export const factsText = /* sql */ `
select i.n::integer as n, (select to_jsonb(s) from standings s where s.person_id = i.person_id) as standing, now() + clock_offset() as at,
  (select epoch::integer from register_epoch) as epoch, h.next_seq, h.head_commitment, h.moment, h.wrapped_key, h.kek_id,
  h.updated_at, h.live, h.head_seal, h.restored,
  (select is_restored from log_standing) as is_restored, k.decision_id as prior_id, k.content_sha256 as prior_content, case when i.most > 0 then array(
    select d.evaluated_at from decision d
    where d.person_id = i.person_id and d.outcome || '' = 'permit' and d.consent_id is null
      and d.recipient = i.recipient and d.purpose = i.purpose
      and (d.status <> 'nil' or exists (select 1 from uses_returned u where u.decision_id = d.decision_id and not u.use_returned offset 0))
    order by d.evaluated_at desc limit i.most) end as uses_by_law, c.*
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::uuid[], $7::boolean[], $8::integer[])
  with ordinality i(person_id, recipient, dataset, purpose, request_key, by_law, most, n)
left join lateral (select * from ledger_heads o where o.person_id = i.person_id offset 0) h on true
left join lateral (select * from decision_key o where o.request_key = i.request_key offset 0) k on true
left join lateral (
  select * from (
    select ${columnsOf(stateColumns, 's')} from consent_states s
    where not i.by_law and s.person_id = i.person_id and s.recipient = i.recipient
      and s.dataset = i.dataset and s.purpose = i.purpose
    union all
    select ${columnsOf(stateColumns, 's')} from consent_states s where i.by_law and s.person_id = i.person_id
  ) s order by consent_id desc limit $6 offset 0
) c on true`

/**
 * Reads the facts about each person, all at one instant. Outside a transaction `now()` is not later than the snapshot, so that a stop
 * that returned before `at` is seen (docs/design/permit.md#time). In a transaction this reads after the person's lock, and the
 * caller's own `now` counts.
 */
export async function readFacts(
  db: Database | Transaction,
  seals: RowSeals,
  asked: readonly FactsQuery[],
): Promise<Facts[]> {
  const values = [
    asked.map(({ personId }) => personId),
    asked.map(({ recipient }) => recipient),
    asked.map(({ dataset }) => dataset),
    asked.map(({ purpose }) => purpose),
    asked.map(({ requestKey }) => requestKey),
    maxConsents,
    asked.map(({ byLaw }) => byLaw !== undefined),
    asked.map(({ byLaw }) => byLaw?.uses ?? 0),
  ]
  const rows = await preparedRows<FactsRow>(db, { name: 'facts', text: factsText, values })
  const rowsOf = Map.groupBy(rows, ({ n }) => n)
  return asked.map((query, i) =>
    factsFrom(seals, query, present(rowsOf.get(i + 1), 'the facts about a person')),
  )
}

function factsFrom(
  seals: RowSeals,
  { personId, recipient, byLaw }: FactsQuery,
  rows: readonly FactsRow[],
): Facts {
  const first = present(rows[0], 'the facts about a person')
  const { at, epoch, isRestored, priorId, priorContent } = first
  const head = first.nextSeq === null ? undefined : headFrom(seals, personId, first)
  const person = standingIn(seals, first, markIn(head?.live ?? emptyLiveSet))
  // Nothing lives by a chain that is not there.
  const live = trustedLive(head?.live ?? emptyLiveSet)
  const trust = { seals, live }
  const consents = rows
    .filter(({ consentId }) => consentId !== null)
    .map((row) => stateFrom(trust, row))
  return {
    standing: person.standing,
    at,
    epoch,
    isRestored,
    head,
    isUntrusted: person.isUntrusted || live === 'untrusted',
    usesByLaw: first.usesByLaw ?? [],
    isWhole: byLaw === undefined || isWhole(trust, consents),
    consents: consents.filter((consent) => consent.recipient === recipient),
    prior:
      priorId === null || priorContent === null
        ? undefined
        : { decisionId: priorId, contentSha256: priorContent },
  }
}

function standingIn(seals: RowSeals, { standing }: FactsRow, told: MarkRead) {
  const held = standing && standingFromJson(seals, standing)
  // A changed one, or an older one that was put back, may say anything: about its person nothing is permitted.
  if (held !== null && !(held.isTrusted && isAsTold(held, told)))
    return { standing: 'open', isUntrusted: true } as const
  return { standing: held && answerable(held), isUntrusted: false }
}

export const policyVersion = 1

// The condition is evaluated first: by other definitions than those of the stamp nothing is written.
export const permitsText = `select case when ${stampText} = $2 then public.write_permits($1::pg_catalog.json) end as outcomes`

/** A permit, and the stamp of what the database ran before its facts were read. */
export type StampedPermit = NewPermit & { readonly stamp: CodeStamp }

async function writePermits(
  db: Database,
  code: CodeGuard,
  permits: readonly StampedPermit[],
): Promise<WriteOutcome[]> {
  const { stamp } = code.now
  const mine = permits.filter((permit) => permit.stamp === stamp)
  const outcomes = stamp === undefined ? [] : await writeUnder(db, stamp, mine)
  const outcomeOf = new Map(mine.map((permit, at) => [permit, outcomes[at]]))
  return permits.map((permit) => outcomeOf.get(permit) ?? 'other code')
}

async function writeUnder(
  db: Database,
  stamp: CodeStamp,
  permits: readonly NewPermit[],
): Promise<readonly WriteOutcome[]> {
  if (permits.length === 0) return []
  const values = [JSON.stringify(permits.map(newPermitOf)), stamp.text]
  const [row] = await runPrepared<{ outcomes: WriteOutcome[] | null }>(db, {
    name: 'write-permits',
    text: permitsText,
    values,
  })
  return present(row, 'the outcomes of permits').outcomes ?? []
}

/** Whether the definitions are still those of the stamp, as this transaction sees them. */
export async function isStampOf(tx: Transaction, { text }: CodeStamp): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { holds: boolean }[] }>(
    `select ${stampText} = ? as holds`,
    [text],
  )
  return rows[0]?.holds === true
}

/** A permit as the SQL type `new_permit` has it. */
function newPermitOf(permit: NewPermit): Readonly<Record<string, unknown>> {
  const { chainId, draft, use } = permit
  const { asked, permitted, ...decision } = permit.decision
  const { entry, content: _content, newKey, ...rest } = draft
  return {
    epoch: permit.epoch,
    request: permit.requestKey,
    content: bytea(permit.contentSha256),
    decision: snakeKeys({
      ...decision,
      asked: String(asked),
      permitted: String(permitted),
      policyVersion,
    }),
    event: newEventOf(chainId, { ...entry, ...rest }, newKey),
    used: use && snakeKeys({ ...use, seal: use.seal && bytea(use.seal) }),
  }
}

async function recordDenies(db: Database, denies: readonly NewDeny[]): Promise<string[]> {
  const entries = denies.map(({ decisionId, at, personId, consentId, asked, ...deny }) => ({
    deny: decisionId,
    moment: at,
    person: personId,
    consent: consentId,
    holder: deny.holder,
    recipient: deny.recipient,
    dataset: deny.dataset,
    purpose: deny.purpose,
    asked: String(asked),
    reason: deny.reasonCode,
    policy: policyVersion,
    query: deny.queryId,
    basis: deny.later?.legalBasisId,
    visible: deny.later?.visibleFrom,
  }))
  const text = 'select record_denies($1::json) as ids'
  const statement = { name: 'record-denies', text, values: [JSON.stringify(entries)] }
  const [row] = await runPrepared<{ ids: string[] }>(db, statement)
  return present(row, 'the ids of denies').ids
}

/** The three statements of a decision, each the same one for all that arrive at once (docs/design/permit.md#steps). */
export type DecisionStore = {
  readonly facts: BatchedCall<FactsQuery, Facts>
  readonly permit: BatchedCall<StampedPermit, WriteOutcome>
  /** @returns the id of the row: an equal deny of the same day in Québec, or this one */
  readonly deny: BatchedCall<NewDeny, string>
}

export function makeDecisionStore(
  db: Database,
  seals: RowSeals,
  code: CodeGuard,
  meter: Meter = noMeter,
): DecisionStore {
  const sizeOf = (batch: 'facts' | 'permits' | 'denies') =>
    meter.isOn ? (items: number) => meter.observe('batchItems', { batch }, items) : undefined
  return {
    facts: makeBatches((asked) => readFacts(db, seals, asked), usualBatches, sizeOf('facts')),
    permit: makeBatches(
      (permits) => writePermits(db, code, permits),
      usualBatches,
      sizeOf('permits'),
    ),
    deny: makeBatches((denies) => recordDenies(db, denies), usualBatches, sizeOf('denies')),
  }
}

/** A permit with its row as JSON, for what compares every column: until then its columns may be anything. */
export async function permitRowForUpdate(
  tx: Transaction,
  decisionId: string,
): Promise<{ readonly decision: PermitRow; readonly row: StoredRow } | undefined> {
  const { rows } = await tx.raw<{ rows: (RawConsent<PermitRow> & { row: StoredRow })[] }>(
    `select ${decisionColumns}, to_jsonb(d) as row from decision d where decision_id = ? and outcome = 'permit' for update`,
    [decisionId],
  )
  const [found] = rows
  if (found === undefined) return undefined
  const { row, asked, permitted, ...decision } = found
  return { decision: { ...decision, asked: BigInt(asked), permitted: BigInt(permitted) }, row }
}

/** Where the events of permits stand. */
export async function permitPlaces(
  db: Database,
  decisionIds: readonly string[],
): Promise<Pick<PermitRow, 'decisionId' | 'personId' | 'personSeq' | 'visibleFrom'>[]> {
  return db('decision')
    .select('decisionId', 'personId', 'personSeq', 'visibleFrom')
    .whereIn('decisionId', [...decisionIds])
    .where({ outcome: 'permit' })
    .limit(decisionIds.length)
}

/** The chain of a permit's events, with the epoch of a register that knows what they name. */
export type ChainOfPermit = {
  readonly personId: string
  readonly chainId: string
  readonly holder: number
  readonly epoch: number
}

/** Undefined where the id is no permit's. */
export async function chainOfDecision(
  db: Database,
  decisionId: string,
): Promise<ChainOfPermit | undefined> {
  const row: (Omit<ChainOfPermit, 'chainId'> & { visibleFrom: Date | null }) | undefined = await db(
    'decision',
  )
    .select(
      'personId',
      'visibleFrom',
      'holder',
      db.raw('(select epoch::integer from register_epoch)'),
    )
    .where({ decisionId, outcome: 'permit' })
    .first()
  return row && { ...row, chainId: chainOf({ ...row, decisionId }) }
}

/** Sets the status of a permit after a report, or after none came. */
export async function settleDecision(
  tx: Transaction,
  decisionId: string,
  status: NonNullable<DecisionRow['status']>,
): Promise<void> {
  await tx('decision').where({ decisionId }).update({ status })
}

/**
 * Whether a use permitted by law comes back after the holder sent nothing: at most as often as the purpose's limits allow uses. It reads
 * in the transaction of the report, after the person's lock.
 */
export async function mayReturnLawfulUse(
  tx: Transaction,
  { personId, recipient, purpose: purposeNo, evaluatedAt }: PermitRow,
  { frequencyLimit, maxUses }: Pick<Purpose, 'frequencyLimit' | 'maxUses'>,
  now: Date,
): Promise<boolean> {
  const window = frequencyLimit && {
    since: windowByLaw(frequencyLimit.per, now),
    most: frequencyLimit.count,
  }
  const { rows } = await tx.raw<{ rows: { may: boolean }[] }>(
    'select may_return_lawful_use(?, ?, ?, ?, ?, ?) as may',
    [
      personId,
      recipient,
      purposeNo,
      window?.since ?? null,
      window && evaluatedAt >= window.since ? window.most : null,
      maxUses ?? null,
    ],
  )
  return rows[0]?.may === true
}

/** Deletes one batch of request keys older than their day. @returns how many rows went */
export function sweepKeys(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'decision_key', 'at', before)
}

const deniesAtOnce = 2000

/**
 * Deletes one batch of refusals from days before the one of this instant: whole days, as the ledger has their hash. A question about a
 * refusal keeps it. @returns how many went
 */
export async function sweepDenies(db: Database, before: Date): Promise<number> {
  const midnight = startOfDay(dayOf(before))
  const { rows } = await db.raw<{ rows: { swept: number }[] }>(
    'select sweep_denies(?, ?, ?) as swept',
    [midnight, idAtTime(midnight), deniesAtOnce],
  )
  return present(rows[0], 'the count of denies that went').swept
}

/** Notes that a question got its permit once more: its holder asked for a decision, which no row says (decision 0180). */
export async function noteRepeatedQuestion(
  tx: Transaction,
  { personId, holder, recipient, dataset, purpose, agreement, consentId }: PermitRow,
  day: string,
): Promise<void> {
  await tx.raw('select note_asked_again(?, ?::date, ?, ?, ?, ?, ?, ?)', [
    personId,
    day,
    holder,
    recipient,
    dataset,
    purpose,
    agreement,
    consentId,
  ])
}
