import type {
  Cell,
  ErasedEvent,
  StoredRow,
  Projection,
  ToldEvent,
  ToldRow,
  ToldTable,
} from '../../ledger/fold/index.ts'
import {
  bytesIn,
  dateIn,
  idOf,
  isErasedAt,
  rowKey,
  textIn,
  InvalidEvent,
  uuidIn,
  uuidOrNullIn,
  valueIn,
} from '../../ledger/fold/index.ts'
import type { FoldedPermit } from '../decisions/index.ts'
import type { RecordTelling } from '../record/index.ts'
import { agreementIn, datasetIn, maskIn, organisationIn, purposeIn } from '../record/index.ts'
import type { EventKind } from '../../ledger/chain/index.ts'
import type { Dataset } from '../../registry/index.ts'
import { anomaliesOf } from './reconciliation.ts'
import type { AnomalyKind, DisclosureRow } from './rows.ts'
import { countIn, manifestIn } from './told-report.ts'

// The two bodies' reports about permits, and their contradictions, told by a person's events.

type SaidTold = ToldRow & {
  readonly decision_id: string
  readonly status: DisclosureRow['status']
  readonly recorded_at: Date
  readonly corrected_at: Date | null
  readonly corrections: number
  readonly categories_actual: bigint
  readonly record_count: number | null
  readonly use_returned: boolean | null
  readonly anomaly: boolean
  readonly manifest_sha256: Buffer | null
}
type ReceivedTold = ToldRow & {
  readonly decision_id: string | null
  readonly consent_id: string | null
  readonly query_id: Cell
  readonly recorded_at: Date
  readonly categories: bigint
  readonly record_count: number | null
  readonly manifest_sha256: Buffer | null
}
type AnomalyTold = ToldRow & {
  readonly about: string
  readonly decision_id: string | null
  readonly settled_at: Date | null
}

/** Tells the rows of this room. */
export type DisclosureTeller = Projection & {
  /** The time of the last report about each permit. */
  lastSaidOf(decisionId: string): Date | undefined
  /** Takes out what an erasure deletes. */
  forget(decisionIds: ReadonlySet<string>, consentIds: ReadonlySet<string>): void
  /** Takes out the declarations, and the days of introspections, of before an instant. */
  forgetDeclared(before: Date): void
}

export type DisclosureTelling = Pick<RecordTelling, 'personId' | 'register'> & {
  readonly permits: ReadonlyMap<string, FoldedPermit>
  readonly erased: readonly ErasedEvent[]
}
type Told = DisclosureTelling & {
  readonly said: Map<string, SaidTold>
  readonly received: Map<string, ReceivedTold>
  readonly declared: Map<string, ToldRow & { readonly recorded_at: Date }>
  readonly inquired: Map<string, ToldRow & { readonly recorded_at: Date }>
  /** The receptions of each permit, and those without one. */
  readonly receivedBy: Map<string, Set<string>>
  readonly unmatched: Set<string>
  /** Permits of an erased year, of which an event that can be read says something. */
  readonly unpermitted: Set<string>
  /** Anomalies, by the permit or reception that they are about, and by their kind. */
  readonly anomalies: Map<string, Map<string, AnomalyTold>>
}

/** @param telling with the permits as the room of decisions tells them, each event before this room */
export function disclosureTeller(telling: DisclosureTelling): DisclosureTeller {
  const told: Told = {
    ...telling,
    said: new Map(),
    received: new Map(),
    declared: new Map(),
    inquired: new Map(),
    receivedBy: new Map(),
    unmatched: new Set(),
    unpermitted: new Set(),
    anomalies: new Map(),
  }
  return {
    tell: (event) => tellings[event.kind]?.(told, event),
    tables: () => tablesOf(told),
    lastSaidOf(decisionId) {
      const { recorded_at, corrected_at } = told.said.get(decisionId) ?? {}
      const times = receivedOf(told, decisionId).map((row) => row.recorded_at)
      return latest([recorded_at, corrected_at, ...times])
    },
    forget: (decisionIds, consentIds) => forget(told, decisionIds, consentIds),
    forgetDeclared: (before) => forgetDeclared(told, before),
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'disclosure.recorded': (told, event) => say(told, event, 'recorded'),
  'disclosure.nil': (told, event) => say(told, event, 'nil'),
  'disclosure.corrected': correct,
  'disclosure.received': receive,
  'disclosure.declared': declare,
  'disclosure.inquired': inquire,
  'disclosure.unconfirmed': (told, { payload, recordedAt }) =>
    compareSaid(told, uuidIn(payload, 'dec', 'decision_id'), recordedAt, dateIn(payload, 'due_at')),
}

function datasetOf(
  { permits, register, erased, unpermitted }: Told,
  decisionId: string,
): Dataset | undefined {
  const dataset = register.datasetByNo(Number(permits.get(decisionId)?.['dataset']))
  if (dataset !== undefined) return dataset
  if (erased.length === 0) throw new InvalidEvent('it speaks of what was never permitted')
  // A body may still report about a permit of a year that is erased: the report has rows, and says too little to tell them.
  unpermitted.add(decisionId)
  return undefined
}

function say(
  told: Told,
  { payload, recordedAt, personSeq }: ToldEvent,
  status: SaidTold['status'],
) {
  const decision_id = uuidIn(payload, 'dec', 'decision_id')
  const dataset = datasetOf(told, decision_id)
  if (dataset === undefined) return
  told.said.set(decision_id, {
    disclosure_id: uuidIn(payload, 'dis', 'disclosure_id'),
    decision_id,
    person_id: told.personId,
    person_seq: personSeq,
    status,
    occurred_at: dateIn(payload, 'occurred_at'),
    recorded_at: recordedAt,
    categories_actual: maskIn(payload, 'categories_actual', dataset),
    record_count: countIn(payload['record_count']),
    result: valueIn(payload, 'result'),
    delivery: valueIn(payload, 'delivery'),
    query_id: valueIn(payload, 'query_id'),
    query_group_id: valueIn(payload, 'query_group_id'),
    initiator: valueIn(payload, 'initiator'),
    late: valueIn(payload, 'late'),
    in_flight: valueIn(payload, 'in_flight'),
    anomaly: payload['anomaly'] === true,
    report_sha256: bytesIn(payload, 'report_sha256'),
    corrections: 0,
    corrected_at: null,
    correction: null,
    use_returned: status === 'nil' ? payload['use_returned'] === true : null,
    manifest_sha256: manifestIn(payload),
  })
  match(
    told,
    decision_id,
    uuidOrNullIn(payload, 'con', 'consent_id'),
    valueIn(payload, 'query_id'),
    recordedAt,
  )
  compareSaid(told, decision_id, recordedAt)
}

function correct(told: Told, { payload, recordedAt, personSeq }: ToldEvent): void {
  const decision_id = uuidIn(payload, 'dec', 'decision_id')
  const dataset = datasetOf(told, decision_id)
  const before = told.said.get(decision_id)
  if (dataset === undefined || before === undefined) {
    if (told.erased.length > 0) return
    throw new InvalidEvent('it corrects what was never said')
  }
  const categories_actual = maskIn(payload, 'categories_actual', dataset)
  const status = categories_actual === 0n ? 'nil' : 'recorded'
  told.said.set(decision_id, {
    ...before,
    person_seq: personSeq,
    status,
    use_returned: status === 'nil' ? payload['use_returned'] === true : null,
    occurred_at: dateIn(payload, 'occurred_at'),
    categories_actual,
    record_count: countIn(payload['record_count']),
    result: valueIn(payload, 'result'),
    in_flight: valueIn(payload, 'in_flight'),
    anomaly: payload['anomaly'] === true,
    report_sha256: bytesIn(payload, 'report_sha256'),
    corrections: before.corrections + 1,
    corrected_at: recordedAt,
    correction: valueIn(payload, 'reason'),
    manifest_sha256: manifestIn(payload),
  })
  compareSaid(told, decision_id, recordedAt)
}

function receive(told: Told, { payload, recordedAt, personSeq }: ToldEvent): void {
  const received_id = uuidIn(payload, 'rcv', 'received_id')
  const decision_id = uuidOrNullIn(payload, 'dec', 'decision_id')
  const dataset = datasetIn(payload, told.register)
  const holder = organisationIn(payload, 'holder', told.register)
  const recipient = organisationIn(payload, 'recipient', told.register)
  const consent_id = uuidOrNullIn(payload, 'con', 'consent_id')
  told.received.set(received_id, {
    received_id,
    decision_id,
    consent_id,
    person_id: told.personId,
    person_seq: personSeq,
    holder,
    recipient,
    dataset: dataset.no,
    query_id: valueIn(payload, 'query_id'),
    occurred_at: dateIn(payload, 'occurred_at'),
    recorded_at: recordedAt,
    categories: maskIn(payload, 'categories_received', dataset),
    record_count: countIn(payload['record_count']),
    content_sha256: bytesIn(payload, 'content_sha256'),
    manifest_sha256: manifestIn(payload),
  })
  if (decision_id !== null) {
    assign(told, received_id, decision_id)
    return compareSaid(told, decision_id, recordedAt)
  }
  told.unmatched.add(received_id)
  const about = { about: received_id, decision_id, consent_id, holder, recipient }
  setAnomalies(told, about, ['received_without_permit'], recordedAt)
}

function declare(told: Told, { payload, recordedAt, personSeq }: ToldEvent): void {
  const { personId, register, declared } = told
  const declaration_id = uuidIn(payload, 'dcl', 'declaration_id')
  const dataset = datasetIn(payload, register)
  const holder = organisationIn(payload, 'holder', register)
  const recipient = organisationIn(payload, 'recipient', register)
  declared.set(declaration_id, {
    declaration_id,
    person_id: personId,
    person_seq: personSeq,
    holder,
    recipient,
    dataset: dataset.no,
    legal_basis_id: valueIn(payload, 'legal_basis'),
    law: valueIn(payload, 'law'),
    reference: valueIn(payload, 'reference'),
    occurred_at: dateIn(payload, 'occurred_at'),
    recorded_at: recordedAt,
    categories: maskIn(payload, 'categories', dataset),
    record_count: countIn(payload['record_count']),
  })
  const about = { about: declaration_id, decision_id: null, consent_id: null, holder, recipient }
  setAnomalies(told, about, ['declared'], recordedAt)
}

function inquire(told: Told, { payload, recordedAt, personSeq }: ToldEvent): void {
  const { personId, register, inquired } = told
  const inquiry_id = uuidIn(payload, 'inq', 'inquiry_id')
  const holder = organisationIn(payload, 'holder', register)
  const recipient = organisationIn(payload, 'recipient', register)
  const consent_id = uuidOrNullIn(payload, 'con', 'consent_id')
  const undecided = valueIn(payload, 'undecided')
  inquired.set(inquiry_id, {
    inquiry_id,
    person_id: personId,
    person_seq: personSeq,
    day: textIn(payload, 'day'),
    holder,
    recipient,
    dataset: datasetIn(payload, register).no,
    purpose: purposeIn(payload, register).no,
    agreement: agreementIn(payload, register).no,
    consent_id,
    introspected: valueIn(payload, 'introspected'),
    decided: valueIn(payload, 'decided'),
    excused: valueIn(payload, 'excused'),
    undecided,
    recorded_at: recordedAt,
  })
  const about = { about: inquiry_id, decision_id: null, consent_id, holder, recipient }
  setAnomalies(told, about, undecided === 0 ? [] : ['introspected_only'], recordedAt)
}

function forgetDeclared({ declared, inquired, anomalies }: Told, before: Date): void {
  for (const rows of [declared, inquired])
    for (const [id, { recorded_at }] of rows) {
      if (recorded_at >= before) continue
      rows.delete(id)
      anomalies.delete(id)
    }
}

// Once a report names the query, a reception without a permit belongs to the report's permit.
function match(
  told: Told,
  decision_id: string,
  consent: string | null,
  query: Cell,
  at: Date,
): void {
  if (consent === null || query === null) return
  for (const id of told.unmatched) {
    const row = told.received.get(id)
    if (row?.consent_id !== consent || row.query_id !== query) continue
    told.received.set(id, { ...row, decision_id })
    assign(told, id, decision_id)
    settleAnomalies(told, id, [], at)
  }
}

function assign({ receivedBy, unmatched }: Told, receivedId: string, decisionId: string): void {
  unmatched.delete(receivedId)
  receivedBy.set(decisionId, (receivedBy.get(decisionId) ?? new Set()).add(receivedId))
}

function compareSaid(told: Told, decisionId: string, now: Date, asOf = now): void {
  const permit = told.permits.get(decisionId)
  if (permit === undefined) return void told.unpermitted.add(decisionId)
  const { evaluated_at: evaluatedAt, decision_id, consent_id, holder, recipient } = permit
  const said = told.said.get(decisionId)
  const disclosure = said && {
    status: said.status,
    useReturned: said.use_returned,
    anomaly: said.anomaly,
    categoriesActual: said.categories_actual,
    recordCount: said.record_count,
    manifestSha256: said.manifest_sha256,
  }
  const received = receivedOf(told, decisionId).map(
    ({ categories, record_count, manifest_sha256 }) => ({
      categories,
      recordCount: record_count,
      manifestSha256: manifest_sha256,
    }),
  )
  const kinds = anomaliesOf({ decision: { evaluatedAt }, disclosure, received }, asOf)
  const about = { about: decision_id, decision_id, consent_id, holder, recipient }
  setAnomalies(told, about, kinds, now)
}

function receivedOf({ received, receivedBy }: Told, decisionId: string): ReceivedTold[] {
  return [...(receivedBy.get(decisionId) ?? [])].flatMap((id) => received.get(id) ?? [])
}

type About = Pick<AnomalyTold, 'about' | 'decision_id'> & {
  readonly consent_id: string | null
  readonly holder: number
  readonly recipient: number
}

// As src/consent/disclosures/anomaly-store.ts#setAnomalies writes them.
function setAnomalies(told: Told, about: About, kinds: readonly AnomalyKind[], now: Date): void {
  settleAnomalies(told, about.about, kinds, now)
  const rows = told.anomalies.get(about.about) ?? new Map<string, AnomalyTold>()
  for (const kind of kinds) {
    const known = rows.get(kind) ?? { ...about, kind, noted_at: now }
    rows.set(kind, { ...known, settled_at: null })
  }
  if (rows.size > 0) told.anomalies.set(about.about, rows)
}

function settleAnomalies(told: Told, about: string, but: readonly AnomalyKind[], now: Date): void {
  const rows = told.anomalies.get(about) ?? new Map<string, AnomalyTold>()
  for (const [kind, row] of rows)
    if (row.settled_at === null && !but.some((one) => one === kind))
      rows.set(kind, { ...row, settled_at: now })
}

function latest(times: readonly (Date | null | undefined)[]): Date | undefined {
  const known = times.filter((at) => at instanceof Date)
  return known.toSorted((one, other) => one.getTime() - other.getTime()).at(-1)
}

function forget(
  told: Told,
  decisionIds: ReadonlySet<string>,
  consentIds: ReadonlySet<string>,
): void {
  const { said, received, unmatched, anomalies } = told
  for (const id of decisionIds) said.delete(id)
  for (const [id, { decision_id, consent_id }] of received) {
    const isGone =
      decision_id === null
        ? consent_id !== null && consentIds.has(consent_id)
        : decisionIds.has(decision_id)
    if (!isGone) continue
    received.delete(id)
    unmatched.delete(id)
    anomalies.delete(id)
  }
  for (const [about, rows] of anomalies)
    for (const { decision_id } of rows.values())
      if (decisionIds.has(decision_id ?? '')) anomalies.delete(about)
}

function tablesOf({
  said,
  received,
  declared,
  inquired,
  anomalies,
  erased,
  unpermitted,
}: Told): ToldTable[] {
  const isErased = (column: string, kinds: readonly EventKind[]) => (row: StoredRow) =>
    isErasedAt(row[column], kinds, erased) ||
    (erased.length > 0 && unpermitted.has(idOf(row, 'decision_id')))
  return [
    {
      name: 'disclosure',
      rows: said,
      ...rowKey('dec', 'decision_id'),
      mayStand: isErased('recorded_at', ['disclosure.recorded', 'disclosure.nil']),
    },
    {
      name: 'disclosure_received',
      rows: received,
      ...rowKey('rcv', 'received_id'),
      mayStand: isErased('recorded_at', ['disclosure.received']),
    },
    { name: 'disclosure_declared', rows: declared, ...rowKey('dcl', 'declaration_id') },
    { name: 'inquiry_day', rows: inquired, ...rowKey('inq', 'inquiry_id') },
    {
      name: 'disclosure_anomaly',
      rows: new Map(
        [...anomalies].flatMap(([about, rows]) =>
          [...rows].map(([kind, row]) => [`${about} ${kind}`, row] as const),
        ),
      ),
      key: (row) => `${idOf(row, 'about')} ${idOf(row, 'kind')}`,
      called: rowKey('dec', 'about').called,
      mayStand: isErased('noted_at', Object.keys(tellings) as EventKind[]), // its own keys
    },
  ]
}
