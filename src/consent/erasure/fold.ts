import type { Cell, Teller, ToldEvent, ToldRow, ToldTable } from '../../ledger/fold/index.ts'
import { dateIn, isOfYears, memberIn, named, untold, valueIn } from '../../ledger/fold/index.ts'
import type { AskingTeller } from '../asking/index.ts'
import type { DecisionTeller, PermitTold } from '../decisions/index.ts'
import type { DisclosureTeller } from '../disclosures/index.ts'
import type { DisputeTeller } from '../disputes/index.ts'
import type { CurrentTold, RecordTeller } from '../record/index.ts'
import { isOver } from '../record/index.ts'
import type { StopTeller } from '../stops/index.ts'
import type { Plan } from './plan.ts'

// An erasure deletes rows of every room, and its event says by which rule. Its telling deletes by the same rule from the rows that the
// other rooms have told until then (migrations/functions/erasure.sql).

type Told = {
  readonly personId: string
  readonly erasedYears: ReadonlySet<number>
  readonly record: RecordTeller
  readonly asking: AskingTeller
  readonly decisions: DecisionTeller
  readonly disclosures: DisclosureTeller
  readonly disputes: DisputeTeller
  readonly stops: StopTeller
  readonly erasures: Map<string, ToldRow>
  /** Of each erasure the time before which something had to be over to be deleted. */
  readonly befores: Date[]
}

/** @param telling with all rooms that lose rows, each event before this room */
export function erasureTeller(telling: Omit<Told, 'erasures'>): Teller {
  const told: Told = { ...telling, erasures: new Map() }
  return {
    tell(event) {
      if (event.kind === 'content.erased') erase(told, event)
    },
    tables: () => tablesOf(told),
  }
}

type Rule = { readonly rule: Plan['rule']; readonly before: Date }

function erase(told: Told, event: ToldEvent): void {
  const { payload, eventId, personSeq, recordedAt } = event
  const before = dateIn(payload, 'before')
  const rule = valueIn(payload, 'rule') === 'order' ? 'order' : 'retention'
  told.erasures.set(eventId, {
    erasure_id: untold,
    certificate: untold,
    person_id: told.personId,
    event_id: eventId,
    person_seq: personSeq,
    rule,
    from_year: memberIn(payload, 'years', 'from'),
    through_year: memberIn(payload, 'years', 'through'),
    from_seq: memberIn(payload, 'entries', 'from'),
    through_seq: memberIn(payload, 'entries', 'through'),
    before,
    erased_at: recordedAt,
  })
  told.befores.push(before)
  forget(told, sharingsOver(told, { rule, before }), before)
}

/** The consents of the sharings that this erasure deletes. */
function sharingsOver({ record, asking, disputes }: Told, { rule, before }: Rule): Set<string> {
  const sharings = Map.groupBy(record.current.values(), (row) => row.arrangement_id)
  const gone = new Set<string>()
  for (const rows of sharings.values()) {
    const ids = rows.map((row) => row.consent_id)
    const questions = [...disputes.disputes.values()].filter(({ consent_id }) =>
      ids.includes(consent_id ?? ''),
    )
    const ends = [
      ...rows.map((row) => (isOver(row.state) ? row.state_at : null)),
      ...questions.map(({ answered_at }) => answered_at),
    ]
    const isDue = rule === 'order' ? beganBefore(asking, rows, before) : areBefore(ends, before)
    if (isDue && !ends.includes(null)) for (const id of ids) gone.add(id)
  }
  return gone
}

function beganBefore(asking: AskingTeller, rows: readonly CurrentTold[], before: Date): boolean {
  return rows.some(({ consent_id }) => (asking.askedAt(consent_id) ?? before) < before)
}

function areBefore(ends: readonly (Date | null)[], before: Date): boolean {
  return ends.every((end) => end !== null && end < before)
}

function forget(told: Told, sharings: Set<string>, before: Date): void {
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
  decisions.forget(decisionIds, before)
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

function isLawfulOver(told: Told, permit: PermitTold, before: Date): boolean {
  const { decision_id, evaluated_at, visible_from } = permit
  const question = [...told.disputes.disputes.values()].find(
    (row) => row.decision_id === decision_id,
  )
  const said = told.disclosures.lastSaidOf(decision_id) ?? evaluated_at
  const ends = [evaluated_at, visible_from ?? evaluated_at, said]
  return areBefore(question === undefined ? ends : [...ends, question.answered_at], before)
}

function tablesOf({ erasures, erasedYears }: Told): ToldTable[] {
  return [
    {
      name: 'erasure',
      rows: erasures,
      ...named('evt', 'event_id'),
      mayStand: (row) => isOfYears(row['erased_at'], erasedYears),
    },
  ]
}
