import type {
  Cell,
  ErasedEvent,
  Projection,
  ToldEvent,
  ToldRow,
  ToldTable,
} from '../../ledger/fold/index.ts'
import {
  dateIn,
  isErasedAt,
  memberIn,
  rowKey,
  notInEvents,
  uuidOrNullIn,
  valueIn,
} from '../../ledger/fold/index.ts'
import type { AskingTeller } from '../asking/index.ts'
import type { DecisionTeller, FoldedPermit } from '../decisions/index.ts'
import type { DisclosureTeller } from '../disclosures/index.ts'
import type { DisputeTeller } from '../disputes/index.ts'
import type { RecordTeller } from '../record/index.ts'
import { isOver } from '../record/index.ts'
import type { StopTeller } from '../stops/index.ts'

// An erasure deletes rows of every room, and its event says by which rule. Its telling deletes by the same rule from the rows that the
// other rooms have told until then (migrations/functions/erasure.sql).

export type ErasureTelling = {
  readonly personId: string
  readonly erased: readonly ErasedEvent[]
  readonly record: RecordTeller
  readonly asking: AskingTeller
  readonly decisions: DecisionTeller
  readonly disclosures: DisclosureTeller
  readonly disputes: DisputeTeller
  readonly stops: StopTeller
  /** Of each erasure the time before which something had to be over to be deleted. */
  readonly befores: Date[]
}
type Told = ErasureTelling & {
  readonly erasures: Map<string, ToldRow>
  /** Of each consent that an event names, its sharing: the consent itself, until an event says which. */
  readonly sharingOf: Map<string, string>
}

/** @param telling with all rooms that lose rows, each event before this room */
export function erasureTeller(telling: ErasureTelling): Projection {
  const told: Told = { ...telling, erasures: new Map(), sharingOf: new Map() }
  return {
    tell(event) {
      hear(told, event)
      if (event.kind === 'content.erased') erase(told, event)
    },
    tables: () => tablesOf(told),
  }
}

function erase(told: Told, event: ToldEvent): void {
  const { payload, eventId, personSeq, recordedAt } = event
  const before = dateIn(payload, 'before')
  told.erasures.set(eventId, {
    certificate: notInEvents,
    rewritten_at: notInEvents,
    wal_lsn: notInEvents,
    person_id: told.personId,
    event_id: eventId,
    person_seq: personSeq,
    rule: valueIn(payload, 'rule'),
    from_year: memberIn(payload, 'years', 'from'),
    through_year: memberIn(payload, 'years', 'through'),
    from_seq: memberIn(payload, 'entries', 'from'),
    through_seq: memberIn(payload, 'entries', 'through'),
    before,
    erased_at: recordedAt,
  })
  told.befores.push(before)
  forget(told, sharingsOver(told, before), { before, erasedAt: recordedAt })
}

// Not its own events alone name a consent: a permit, a report, a question does.
function hear({ sharingOf }: Told, { payload }: ToldEvent): void {
  const consent = uuidOrNullIn(payload, 'con', 'consent_id')
  if (consent === null) return
  const sharing = uuidOrNullIn(payload, 'arr', 'arrangement_id')
  sharingOf.set(consent, sharing ?? sharingOf.get(consent) ?? consent)
}

/** The consents of the sharings that this erasure deletes. */
function sharingsOver(told: Told, before: Date): Set<string> {
  const sharings = Map.groupBy(told.sharingOf.keys(), (id) => told.sharingOf.get(id))
  return new Set([...sharings.values()].filter((ids) => isOverAt(told, ids, before)).flat())
}

// A year is erased after the sharings that began in it, and with them where somebody orders it: where a question cannot be read, its
// sharing is gone.
function isOverAt({ record, asking, disputes }: Told, ids: readonly string[], before: Date) {
  if (ids.some((id) => asking.askedAt(id) === undefined)) return true
  const rows = ids.flatMap((id) => record.current.get(id) ?? [])
  // A question that waits for its answer is no sharing.
  if (rows.length === 0) return false
  const questions = [...disputes.disputes.values()].filter(({ consent_id }) =>
    ids.some((id) => id === consent_id),
  )
  const ends = [
    ...rows.map((row) => (isOver(row.state) ? row.state_at : null)),
    ...questions.map(({ answered_at }) => answered_at),
  ]
  return areBefore(ends, before)
}

function areBefore(ends: readonly (Date | null)[], before: Date): boolean {
  return ends.every((end) => end !== null && end < before)
}

type When = { readonly before: Date; readonly erasedAt: Date }

function forget(told: Told, sharings: Set<string>, { before, erasedAt }: When): void {
  const { record, asking, decisions, disclosures, disputes, stops } = told
  const permits = [...decisions.permits.values()].filter((permit) =>
    permit.consent_id === null
      ? isLawfulOver(told, permit, before)
      : sharings.has(permit.consent_id),
  )
  const decisionIds = new Set(permits.map(({ decision_id }) => decision_id))
  disputes.forget(decisionIds, sharings)
  disclosures.forget(decisionIds, new Set())
  disclosures.forgetDeclared(before)
  decisions.forget(decisionIds, before, erasedAt)
  // A refused change is deleted with the consent that it would have changed.
  const beside = asking.pagesBeside(sharings)
  const isBeside = (page: Cell | undefined) => typeof page === 'string' && beside.has(page)
  const refused = [...record.current.keys()].filter((id) => isBeside(record.presentationOf(id)))
  const consentIds = new Set([...sharings, ...refused])
  disclosures.forget(new Set(), consentIds)
  stops.forget(consentIds)
  asking.forget({ consentIds, before, isAnswered: (id) => record.current.has(id) })
  record.forget(consentIds)
}

function isLawfulOver(told: Told, permit: FoldedPermit, before: Date): boolean {
  const { decision_id, evaluated_at, visible_from } = permit
  const questions = [...told.disputes.disputes.values()].filter(
    (row) => row.decision_id === decision_id,
  )
  const said = told.disclosures.lastSaidOf(decision_id) ?? evaluated_at
  const ends = [evaluated_at, visible_from ?? evaluated_at, said]
  return areBefore([...ends, ...questions.map(({ answered_at }) => answered_at)], before)
}

function tablesOf({ erasures, erased }: Told): ToldTable[] {
  return [
    {
      name: 'erasure',
      rows: erasures,
      ...rowKey('evt', 'event_id'),
      mayStand: (row) => isErasedAt(row['erased_at'], ['content.erased'], erased),
    },
  ]
}
