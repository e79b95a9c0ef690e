import type {
  ErasedEvent,
  Projection,
  StoredRow,
  ToldEvent,
  ToldRow,
  ToldTable,
} from '../../ledger/fold/index.ts'
import {
  dateIn,
  memberIn,
  rowKey,
  textIn,
  InvalidEvent,
  uuidIn,
  uuidOrNullIn,
  valueIn,
} from '../../ledger/fold/index.ts'
import type { RecordTelling } from '../record/index.ts'
import { agreementIn, datasetIn, maskIn, organisationIn, purposeIn } from '../record/index.ts'
import type { EventKind } from '../../ledger/chain/index.ts'
import { dayOf } from '../../base/values/calendar.ts'
import type { RefusedDayClosing } from './fold-refusals.ts'
import { faultsOfDenies } from './fold-refusals.ts'
import type { DecisionRow } from './rows.ts'
import { tieOf } from './rows.ts'

// Permits as a person's events tell them.

/** A permit as events tell it. */
export type FoldedPermit = ToldRow & {
  readonly decision_id: string
  readonly consent_id: string | null
  readonly holder: number
  readonly recipient: number
  readonly evaluated_at: Date
  readonly visible_from: Date | null
  readonly status: NonNullable<DecisionRow['status']>
}

/** Tells the rows of this room. */
export type DecisionTeller = Projection & {
  readonly permits: ReadonlyMap<string, FoldedPermit>
  /** Takes out what an erasure deletes. */
  forget(decisionIds: ReadonlySet<string>, before: Date, erasedAt: Date): void
}

type Told = Pick<RecordTelling, 'personId' | 'register'> & {
  readonly permits: Map<string, FoldedPermit>
  readonly closings: Map<string, RefusedDayClosing>
  readonly erased: readonly ErasedEvent[]
  readonly now: Date
  /** Before when what was over went, of each erasure. */
  readonly befores: readonly Date[]
  /** When each erasure was. */
  readonly erasedAt: Date[]
}

export function decisionTeller(
  telling: Omit<Told, 'permits' | 'closings' | 'erasedAt'>,
): DecisionTeller {
  const told: Told = { ...telling, permits: new Map(), closings: new Map(), erasedAt: [] }
  return {
    permits: told.permits,
    tell: (event) => tellings[event.kind]?.(told, event),
    tables: () => tablesOf(told),
    forget(ids, before, erasedAt) {
      told.erasedAt.push(erasedAt)
      for (const id of ids) told.permits.delete(id)
      for (const [id, { day }] of told.closings) if (day < dayOf(before)) told.closings.delete(id)
    },
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'decisions.refused': close,
  'disclosure.authorised': permit,
  'disclosure.recorded': (told, event) => settle(told, event, 'recorded'),
  'disclosure.nil': (told, event) => settle(told, event, 'nil'),
  'disclosure.unconfirmed': (told, event) => settle(told, event, 'unconfirmed'),
  'disclosure.corrected': (told, event) => {
    const sent = valueIn(event.payload, 'categories_actual')
    if (Array.isArray(sent) && sent.length === 0) settle(told, event, 'nil')
  },
}

function permit(told: Told, event: ToldEvent): void {
  const row = permitIn(event, told)
  told.permits.set(row.decision_id, row)
}

/** A permit as the event tells it that was written with it. @throws Untellable */
export function permitIn(event: ToldEvent, whose: Whose): FoldedPermit {
  const { personId, register } = whose
  const { payload, personSeq, delayed } = event
  const decision_id = uuidIn(payload, 'dec', 'decision_id')
  requireHers(whose, event, decision_id)
  const dataset = datasetIn(payload, register)
  const evaluated_at = dateIn(payload, 'evaluated_at')
  return {
    decision_id,
    evaluated_at,
    person_id: personId,
    person_seq: personSeq,
    consent_id: uuidOrNullIn(payload, 'con', 'consent_id'),
    holder: organisationIn(payload, 'holder', register),
    recipient: organisationIn(payload, 'recipient', register),
    dataset: dataset.no,
    purpose: purposeIn(payload, register).no,
    agreement: agreementIn(payload, register).no,
    legal_basis_id: valueIn(payload, 'legal_basis'),
    asked: maskIn(payload, 'categories_asked', dataset),
    permitted: maskIn(payload, 'categories_permitted', dataset),
    outcome: 'permit',
    reason_code: valueIn(payload, 'reason_code'),
    policy_version: valueIn(payload, 'policy_version'),
    valid_until: dateIn(payload, 'valid_until'),
    status: 'authorised',
    query_id: valueIn(payload, 'query_id'),
    times: 1,
    last_at: evaluated_at,
    visible_from: delayed === undefined ? null : dateIn(payload, 'visible_from'),
    period_from: memberIn(payload, 'period', 'from'),
    period_to: memberIn(payload, 'period', 'to'),
  }
}

type Whose = Pick<Told, 'personId' | 'register'>

// A chain of its own is tied to her by a hash: her rows alone lead to it.
function requireHers(
  { personId }: Pick<Told, 'personId'>,
  { payload, delayed }: ToldEvent,
  id: string,
): void {
  const whose = payload['whose']
  if (delayed === undefined || whose === undefined) return
  if (whose !== tieOf({ decisionId: id, personId }))
    throw new InvalidEvent('it is about somebody else')
}

function close(told: Told, event: ToldEvent): void {
  const { eventId, payload, delayed, recordedAt } = event
  requireHers(told, event, eventId)
  const visibleFrom = delayed === undefined ? null : dateIn(payload, 'visible_from')
  const day = textIn(payload, 'day')
  told.closings.set(eventId, { eventId, day, visibleFrom, recordedAt, payload })
}

function settle(told: Told, { payload }: ToldEvent, status: FoldedPermit['status']): void {
  const id = uuidIn(payload, 'dec', 'decision_id')
  const known = told.permits.get(id)
  if (known !== undefined) told.permits.set(id, { ...known, status })
  else if (told.erased.length === 0) throw new InvalidEvent('it reports what was never permitted')
}

// By its number: it is decided an instant before its event is written.
function isErasedPermit(row: StoredRow, erased: readonly ErasedEvent[]): boolean {
  return erased.some(
    ({ kind, personSeq }) => kind === 'disclosure.authorised' && personSeq === row['person_seq'],
  )
}

function tablesOf(told: Told): ToldTable[] {
  const { personId, permits, closings, erased } = told
  const days = [...closings].map(([event_id, { day, visibleFrom }]): [string, ToldRow] => [
    event_id,
    { person_id: personId, day, visible_from: visibleFrom, event_id },
  ])
  return [
    {
      name: 'decision',
      rows: permits,
      ...rowKey('dec', 'decision_id'),
      // Denies are told by the day.
      mayStand: (row) => row['outcome'] === 'deny' || isErasedPermit(row, erased),
      faults: (rows) => faultsOfDenies([...closings.values()], rows, told),
    },
    { name: 'refused_day', rows: new Map(days), ...rowKey('evt', 'event_id') },
  ]
}
