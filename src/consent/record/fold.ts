import type { Cell, StoredRow, Projection, ToldEvent, ToldTable } from '../../ledger/fold/index.ts'
import {
  bytesIn,
  dateIn,
  idOf,
  listIn,
  memberIn,
  rowKey,
  textIn,
  UnknownReference,
  InvalidEvent,
  notInEvents,
  uuidIn,
  uuidOrNullIn,
  valueIn,
} from '../../ledger/fold/index.ts'
import type { SqlRow } from '../../base/sealing/sealed-table.ts'
import { writeId } from '../../base/values/ids.ts'
import type { EventKind, Live, Payload } from '../../ledger/chain/index.ts'
import { emptyLiveSet, withCount, withDoubt, setLive } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { agreementIn, datasetIn, maskIn, organisationIn, purposeIn } from './fold-register.ts'
import type { KeyRule } from './key-rule.ts'
import { ruleAfter, withKeyRule } from './key-rule.ts'
import { makeKeyRuleJudge } from './key-rule-fold.ts'
import { fingerprintOf } from './receipts/receipt-issue.ts'
import type { KnownConsent, State } from './tables.ts'
import { isLiving } from './seal.ts'
import { currentWindow } from './standing.ts'

// The rows of consent_current, consent_record and receipt, told by a person's events alone (docs/design/domain.md#i1).

export type RecordTelling = {
  readonly personId: string
  readonly register: Register
  /** Opens a text that is sealed beside her events; undefined where it does not open. */
  open(sealed: {
    readonly id: string
    readonly year: number
    readonly body: Buffer
  }): string | undefined
}

/** A row of `consent_current` as events tell it. */
export type FoldedConsent = SqlRow<'consent_current', Pick<KnownConsent, 'state'>> & {
  readonly seal: typeof notInEvents
}

type Told = RecordTelling & {
  readonly current: Map<string, FoldedConsent>
  readonly records: Map<string, Readonly<Record<string, Cell>>>
  readonly receipts: Map<string, Readonly<Record<string, Cell>>>
  /** Of each record the record that narrows it, to which its uses are carried over. */
  readonly narrowedTo: Map<string, string>
  /** When each decision permitted. */
  readonly permits: Map<string, Date>
}

/** Tells the rows of this room. */
export type RecordTeller = Projection & {
  readonly current: ReadonlyMap<string, FoldedConsent>
  /** The page on which each record was answered. */
  presentationOf(consentId: string): Cell | undefined
  /** Takes out what an erasure deletes. */
  forget(consentIds: ReadonlySet<string>): void
}

export function recordTeller(telling: RecordTelling): RecordTeller {
  const told: Told = {
    ...telling,
    current: new Map(),
    records: new Map(),
    receipts: new Map(),
    narrowedTo: new Map(),
    permits: new Map(),
  }
  const judgeKeyRule = makeKeyRuleJudge()
  let rule: KeyRule = 'none'
  let isDoubtful = false
  return {
    current: told.current,
    tell(event) {
      tellings[event.kind]?.(told, event)
      judgeKeyRule(event)
    },
    tables: () => tablesOf(told),
    tellKind(kind) {
      rule = ruleAfter(kind, rule)
      if (kind === 'rows.differed' || kind === 'rows.settled') isDoubtful = kind === 'rows.differed'
    },
    live: () => withDoubt(withKeyRule(liveOf([...told.current.values()]), rule), isDoubtful),
    presentationOf: (consentId) => told.records.get(consentId)?.['presentation_id'],
    forget(consentIds) {
      for (const id of consentIds) {
        told.current.delete(id)
        told.records.delete(id)
      }
      for (const [id, row] of told.receipts)
        if (consentIds.has(idOf(row, 'consent_id'))) told.receipts.delete(id)
    },
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'consent.granted': (told, event) => answer(told, event, 'active'),
  'consent.refused': (told, event) => answer(told, event, 'refused'),
  'consent.suspended': (told, event) =>
    move(told, event, 'suspended', dateIn(event.payload, 'suspended_at'), reasonsIn(event.payload)),
  'consent.resumed': (told, event) => {
    const left = reasonsIn(event.payload)
    const state = left.length === 0 ? 'active' : 'suspended'
    move(told, event, state, dateIn(event.payload, 'resumed_at'), left)
  },
  'consent.confirmed': (told, event) => {
    const confirmed_at = dateIn(event.payload, 'confirmed_at')
    change(told, uuidIn(event.payload, 'con', 'consent_id'), () => ({ confirmed_at }))
    give(told, event)
  },
  'consent.revoked': (told, event) =>
    move(told, event, 'revoked', dateIn(event.payload, 'revoked_at')),
  'consent.superseded': (told, event) => move(told, event, 'superseded', event.recordedAt),
  'consent.expired': (told, event) =>
    move(told, event, 'expired', dateIn(event.payload, 'expired_at')),
  'consent.voided': (told, event) => move(told, event, 'void', event.recordedAt),
  'disclosure.authorised': use,
  'disclosure.nil': giveBack,
  'disclosure.corrected': (told, event) => {
    if (listIn(event.payload, 'categories_actual').length === 0) giveBack(told, event)
  },
}

/** Each of these leaves a receipt with the person. */
const withReceipt: readonly EventKind[] = [
  'consent.granted',
  'consent.refused',
  'consent.revoked',
  'consent.suspended',
  'consent.resumed',
  'consent.confirmed',
  'consent.voided',
]

function change(told: Told, id: string, by: (row: FoldedConsent) => Partial<FoldedConsent>): void {
  const row = rowOf(told, id)
  // Each change of a row gives it the next number.
  told.current.set(id, { ...row, ...by(row), state_seq: row.state_seq + 1 })
}

function rowOf({ current }: Told, id: string): FoldedConsent {
  const row = current.get(id)
  if (row === undefined) throw new UnknownReference(`${writeId('con', id)} was never answered`)
  return row
}

function move(
  told: Told,
  event: ToldEvent,
  state: State,
  state_at: Date,
  suspended_reasons: readonly string[] = [],
): void {
  change(told, uuidIn(event.payload, 'con', 'consent_id'), () => ({
    state,
    state_at,
    suspended_reasons,
  }))
  give(told, event)
}

function give(told: Told, { kind, eventId, recordedAt, payload }: ToldEvent): void {
  if (!withReceipt.includes(kind)) return
  told.receipts.set(eventId, {
    event_id: eventId,
    receipt_id: notInEvents, // The sealed text opens for its own id alone.
    person_id: told.personId,
    consent_id: uuidIn(payload, 'con', 'consent_id'),
    kind,
    dek_year: recordedAt.getUTCFullYear(),
    body: notInEvents,
    jwt_sha256: notInEvents,
    issued_at: recordedAt,
  })
}

function answer(told: Told, event: ToldEvent, state: State): void {
  const { payload, recordedAt } = event
  const { personId, register } = told
  const consent_id = uuidIn(payload, 'con', 'consent_id')
  const before = uuidOrNullIn(payload, 'con', 'narrowed_from')
  // Whoever follows the narrowings of a record comes to an end.
  if (before === consent_id || told.current.has(consent_id))
    throw new InvalidEvent(`${writeId('con', consent_id)} was answered before`)
  if (before !== null) told.narrowedTo.set(before, consent_id)
  const names = namesIn(payload, register)
  const terms = termsIn(payload)
  const used = usedOf(before === null ? undefined : told.current.get(before))
  const born = { person_id: personId, consent_id, ...names, ...terms }
  told.current.set(consent_id, {
    ...born,
    categories: maskIn(payload, 'categories_granted', datasetIn(payload, register)),
    state,
    state_seq: 1,
    state_at: recordedAt,
    suspended_reasons: [],
    ...used,
    confirmed_at: null,
    seal: notInEvents, // Made of the other columns under a key, and checked wherever a row permits something.
  })
  told.records.set(consent_id, { ...born, ...recordIn(payload, register), created_at: recordedAt })
  give(told, event)
}

// The columns that the record alone holds.
function recordIn(payload: Payload, register: Register): Readonly<Record<string, Cell>> {
  const dataset = datasetIn(payload, register)
  return {
    version_in_arrangement: valueIn(payload, 'version_in_arrangement'),
    supersedes_consent_id: uuidOrNullIn(payload, 'con', 'supersedes'),
    request_id: uuidIn(payload, 'req', 'request_id'),
    legal_basis_id: valueIn(payload, 'legal_basis'),
    categories_granted: maskIn(payload, 'categories_granted', dataset),
    categories_declined: maskIn(payload, 'categories_declined', dataset),
    express: valueIn(payload, 'express'),
    one_time: valueIn(payload, 'one_time'),
    valid_until_local: valueIn(payload, 'valid_until_local'),
    tz: valueIn(payload, 'tz'),
    presentation_id: uuidIn(payload, 'pre', 'presentation_id'),
    text_pair_sha256: bytesIn(payload, 'text_pair_sha256'),
    channel: memberIn(payload, 'collected_by', 'channel'),
    acr: memberIn(payload, 'collected_by', 'acr'),
    amr: memberIn(payload, 'collected_by', 'amr'),
    agent_id: null,
    office_org: officeIn(payload, 'organisation'),
    office_role: officeIn(payload, 'role'),
  }
}

/** The desk that saw with her: an event of before there were desks names none. */
function officeIn(payload: Payload, member: 'organisation' | 'role'): string | null {
  const office = memberIn(payload, 'collected_by', 'office')
  return textOrNull(memberIn({ office }, 'office', member))
}

function namesIn(payload: Payload, register: Register) {
  return {
    arrangement_id: uuidIn(payload, 'arr', 'arrangement_id'),
    holder: organisationIn(payload, 'holder', register),
    recipient: organisationIn(payload, 'recipient', register),
    dataset: datasetIn(payload, register).no,
    purpose: purposeIn(payload, register).no,
    agreement: agreementIn(payload, register).no,
  }
}

function termsIn(payload: Payload) {
  return {
    valid_from: dateIn(payload, 'valid_from'),
    valid_until: dateIn(payload, 'valid_until'),
    ...limitsIn(payload),
  }
}

/** The limits of a record or of a request. */
export function limitsIn(payload: Payload) {
  return {
    max_uses: numberOrNull(valueIn(payload, 'max_uses')),
    frequency_count: numberOrNull(memberIn(payload, 'frequency_limit', 'count')),
    frequency_per: textOrNull(memberIn(payload, 'frequency_limit', 'per')),
    lookback_from: textOrNull(memberIn(payload, 'lookback', 'from')),
    lookback_to: textOrNull(memberIn(payload, 'lookback', 'to')),
  }
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function reasonsIn(payload: Payload): readonly string[] {
  return listIn(payload, 'suspended_reasons')
}

const unused = {
  uses: 0,
  window_started_at: null,
  window_uses: 0,
  uses_returned: 0,
  window_returned: 0,
  last_use_at: null,
}

function usedOf(row: FoldedConsent | undefined) {
  const { uses, window_started_at, window_uses, uses_returned, window_returned, last_use_at } =
    row ?? unused
  return { uses, window_started_at, window_uses, uses_returned, window_returned, last_use_at }
}

function use(told: Told, { payload }: ToldEvent): void {
  const id = uuidOrNullIn(payload, 'con', 'consent_id')
  if (id === null) return
  const at = dateIn(payload, 'evaluated_at')
  told.permits.set(textIn(payload, 'decision_id'), at)
  change(told, id, (row) => {
    const window = windowOf(row, at)
    const isSame = window?.startedAt.getTime() === row.window_started_at?.getTime()
    const counted = window && {
      window_started_at: window.startedAt,
      window_uses: window.uses + 1,
      window_returned: isSame ? row.window_returned : 0,
    }
    return { uses: row.uses + 1, last_use_at: at, ...counted }
  })
}

// A use comes back in all records to which it was carried, only in its own window, and as often as the newest record allows.
function giveBack(told: Told, { payload }: ToldEvent): void {
  const id = uuidOrNullIn(payload, 'con', 'consent_id')
  if (id === null) return
  const evaluatedAt = told.permits.get(textIn(payload, 'decision_id'))
  if (evaluatedAt === undefined) throw new UnknownReference('it reports what was never permitted')
  const row = rowOf(told, id)
  const window = windowOf(row, evaluatedAt)
  const isIn = ({ window_started_at }: FoldedConsent) =>
    window !== undefined && window_started_at?.getTime() === window.startedAt.getTime()
  const ids = [id]
  let newest = row
  for (let next = told.narrowedTo.get(id); next !== undefined; next = told.narrowedTo.get(next)) {
    ids.push(next)
    newest = rowOf(told, next)
  }
  const isReturned = mayReturn(newest, isIn(newest))
  if (payload['use_returned'] !== isReturned) throw new InvalidEvent('it tells of another use')
  if (!isReturned) return
  for (const each of ids)
    change(told, each, (one) => ({
      uses: one.uses - 1,
      uses_returned: one.uses_returned + 1,
      window_uses: one.window_uses - Number(isIn(one)),
      window_returned: one.window_returned + Number(isIn(one)),
    }))
}

function mayReturn(row: FoldedConsent, isInWindow: boolean): boolean {
  const { uses_returned, max_uses, window_returned, frequency_count } = row
  if (max_uses !== null && uses_returned >= max_uses) return false
  return !isInWindow || frequency_count === null || window_returned < frequency_count
}

function windowOf(row: FoldedConsent, at: Date) {
  const counted = {
    frequencyCount: row.frequency_count,
    frequencyPer: row.frequency_per,
    validFrom: row.valid_from,
    windowStartedAt: row.window_started_at,
    windowUses: row.window_uses,
  }
  return currentWindow(counted, at)
}

/** What the end of her chain says of these rows. */
export function liveOf(rows: readonly FoldedConsent[]): Live {
  const living = rows.filter(({ state }) => isLiving(state))
  const live = living.reduce<Live>(
    (list, row) => setLive(list, row.consent_id, row.state_seq),
    emptyLiveSet,
  )
  return withCount(live, rows.length)
}

function tablesOf(told: Told): ToldTable[] {
  return [
    { name: 'consent_current', rows: told.current, ...rowKey('con', 'consent_id') },
    { name: 'consent_record', rows: told.records, ...rowKey('con', 'consent_id') },
    {
      name: 'receipt',
      rows: told.receipts,
      ...rowKey('evt', 'event_id'),
      fault: (row) => faultOfReceipt(told, row),
    },
  ]
}

function faultOfReceipt({ open }: Told, row: StoredRow): string | undefined {
  const [id, year] = [idOf(row, 'receipt_id'), Number(row['dek_year'])]
  const jwt = open({ id, year, body: heldBytes(row['body']) })
  if (jwt === undefined) return 'its text does not open'
  return fingerprintOf(jwt).equals(heldBytes(row['jwt_sha256']))
    ? undefined
    : 'jwt_sha256 is not what was written'
}

function heldBytes(value: unknown): Buffer {
  return Buffer.from(String(value).slice(2), 'hex')
}
