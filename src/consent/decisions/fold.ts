import type { StoredRow, Teller, ToldEvent, ToldRow, ToldTable } from '../../ledger/fold/index.ts'
import {
  dateIn,
  isOfYears,
  memberIn,
  named,
  sinceIn,
  Untellable,
  uuidIn,
  uuidOrNullIn,
  valueIn,
} from '../../ledger/fold/index.ts'
import type { RecordTelling } from '../record/index.ts'
import { agreementIn, datasetIn, maskIn, organisationIn, purposeIn } from '../record/index.ts'
import type { EventKind } from '../../ledger/chain/index.ts'
import type { DecisionRow } from './rows.ts'
import { tieOf } from './rows.ts'

// Permits as a person's events tell them.

/** A permit as events tell it. */
export type PermitTold = ToldRow & {
  readonly decision_id: string
  readonly consent_id: string | null
  readonly holder: number
  readonly recipient: number
  readonly evaluated_at: Date
  readonly visible_from: Date | null
  readonly status: NonNullable<DecisionRow['status']>
}

/** Tells the rows of this room. */
export type DecisionTeller = Teller & {
  readonly permits: ReadonlyMap<string, PermitTold>
  /** Takes out what an erasure deletes. */
  forget(decisionIds: ReadonlySet<string>): void
}

type Told = Pick<RecordTelling, 'personId' | 'register'> & {
  readonly permits: Map<string, PermitTold>
  readonly erasedYears: ReadonlySet<number>
}

export function decisionTeller(telling: Omit<Told, 'permits'>): DecisionTeller {
  const told: Told = { ...telling, permits: new Map() }
  return {
    permits: told.permits,
    tell: (event) => tellings[event.kind]?.(told, event),
    tables: () => tablesOf(told),
    forget(ids) {
      for (const id of ids) told.permits.delete(id)
    },
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'disclosure.authorised': permit,
  'disclosure.recorded': (told, event) => settle(told, event, 'recorded'),
  'disclosure.nil': (told, event) => settle(told, event, 'nil'),
  'disclosure.unconfirmed': (told, event) => settle(told, event, 'unconfirmed'),
  'disclosure.corrected': (told, event) => {
    const sent = valueIn(event.payload, 'categories_actual')
    if (Array.isArray(sent) && sent.length === 0) settle(told, event, 'nil')
  },
}

function permit({ personId, register, permits }: Told, event: ToldEvent): void {
  const { payload, personSeq, delayed } = event
  const decision_id = uuidIn(payload, 'dec', 'decision_id')
  const whose = payload['whose']
  if (
    delayed !== undefined &&
    whose !== undefined &&
    whose !== tieOf({ decisionId: decision_id, personId })
  )
    throw new Untellable('it is about somebody else')
  const dataset = datasetIn(payload, register)
  const asked = maskIn(payload, 'categories_asked', dataset)
  const evaluated_at = dateIn(payload, 'evaluated_at')
  permits.set(decision_id, {
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
    asked,
    permitted: maskIn(payload, 'categories_permitted', dataset),
    outcome: 'permit',
    reason_code: sinceIn(payload, 'reason_code', valueIn),
    policy_version: sinceIn(payload, 'policy_version', valueIn),
    valid_until: dateIn(payload, 'valid_until'),
    status: 'authorised',
    query_id: valueIn(payload, 'query_id'),
    times: 1,
    last_at: evaluated_at,
    visible_from: delayed === undefined ? null : dateIn(payload, 'visible_from'),
    period_from: memberIn(payload, 'period', 'from'),
    period_to: memberIn(payload, 'period', 'to'),
  })
}

function settle(told: Told, { payload }: ToldEvent, status: PermitTold['status']): void {
  const id = uuidIn(payload, 'dec', 'decision_id')
  const known = told.permits.get(id)
  if (known !== undefined) told.permits.set(id, { ...known, status })
  else if (told.erasedYears.size === 0) throw new Untellable('it reports what was never permitted')
}

function tablesOf({ permits, erasedYears }: Told): ToldTable[] {
  const mayStand = (row: StoredRow) =>
    // A deny is in no event of its own.
    row['outcome'] === 'deny' || isOfYears(row['evaluated_at'], erasedYears)
  return [{ name: 'decision', rows: permits, ...named('dec', 'decision_id'), mayStand }]
}
