import type {
  ErasedEvent,
  Projection,
  ToldEvent,
  ToldRow,
  ToldTable,
} from '../../ledger/fold/index.ts'
import {
  bytesIn,
  dateIn,
  isErasedAt,
  rowKey,
  InvalidEvent,
  uuidIn,
  uuidOrNullIn,
  valueIn,
} from '../../ledger/fold/index.ts'
import type { RecordTelling } from '../record/index.ts'
import { organisationIn } from '../record/index.ts'
import type { EventKind } from '../../ledger/chain/index.ts'

// A person's questions about lines of hers, and their answers, told by her events.

/** A question as events tell it. */
export type FoldedDispute = ToldRow & {
  readonly decision_id: string
  readonly consent_id: string | null
  readonly answered_at: Date | null
}

/** Tells the rows of this room. */
export type DisputeTeller = Projection & {
  readonly disputes: ReadonlyMap<string, FoldedDispute>
  /** Takes out what an erasure deletes: the questions about these decisions, and those about these sharings. */
  forget(decisionIds: ReadonlySet<string>, consentIds: ReadonlySet<string>): void
}

export type DisputeTelling = Pick<RecordTelling, 'personId' | 'register'> & {
  readonly erased: readonly ErasedEvent[]
  /** Whether the line that a question is about was erased, for a line of which she can read no event. */
  isGone(dispute: FoldedDispute): boolean
}
type Told = DisputeTelling & { readonly disputes: Map<string, FoldedDispute> }

export function disputeTeller(telling: DisputeTelling): DisputeTeller {
  const told: Told = { ...telling, disputes: new Map() }
  return {
    disputes: told.disputes,
    tell: (event) => tellings[event.kind]?.(told, event),
    tables: () => tablesOf(told),
    forget(decisionIds, consentIds) {
      for (const [id, { decision_id, consent_id }] of told.disputes)
        if (decisionIds.has(decision_id) || consentIds.has(consent_id ?? ''))
          told.disputes.delete(id)
    },
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'disclosure.disputed': open,
  'disclosure.answered': answer,
}

function open(told: Told, { payload, recordedAt }: ToldEvent): void {
  const dispute_id = uuidIn(payload, 'dsp', 'dispute_id')
  told.disputes.set(dispute_id, {
    dispute_id,
    person_id: told.personId,
    decision_id: uuidIn(payload, 'dec', 'decision_id'),
    consent_id: uuidOrNullIn(payload, 'con', 'consent_id'),
    routed_to: organisationIn(payload, 'routed_to', told.register),
    opened_at: recordedAt,
    due_at: dateIn(payload, 'due_at'),
    dek_year: recordedAt.getUTCFullYear(),
    body_sha256: bytesIn(payload, 'text_sha256'),
    answered_at: null,
    outcome: null,
    answer_id: null,
    answer_year: null,
    answer_body_sha256: null,
  })
}

function answer(told: Told, { payload, recordedAt }: ToldEvent): void {
  const id = uuidIn(payload, 'dsp', 'dispute_id')
  const known = told.disputes.get(id)
  if (known === undefined) {
    if (told.erased.length > 0) return
    throw new InvalidEvent('it answers what was never asked')
  }
  told.disputes.set(id, {
    ...known,
    answered_at: recordedAt,
    outcome: valueIn(payload, 'outcome'),
    answer_id: uuidIn(payload, 'ans', 'answer_id'),
    answer_year: recordedAt.getUTCFullYear(),
    answer_body_sha256: bytesIn(payload, 'text_sha256'),
  })
}

function tablesOf({ disputes, erased, isGone }: Told): ToldTable[] {
  return [
    {
      name: 'dispute',
      rows: disputes,
      ...rowKey('dsp', 'dispute_id'),
      mayStand: (row) => isErasedAt(row['opened_at'], ['disclosure.disputed'], erased),
      mayLack: (row) => isGone(row as FoldedDispute), // the rows above
    },
  ]
}
