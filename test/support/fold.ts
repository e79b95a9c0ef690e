import type { ConsentState, State } from '../../src/consent/record/index.ts'
import { currentWindow, maskOf } from '../../src/consent/record/index.ts'
import type { Database } from '../../src/base/platform/database.ts'
import { readId } from '../../src/base/platform/ids.ts'
import type { EventKind, Payload, TimelineEvent } from '../../src/ledger/chain/index.ts'
import type { Register } from '../../src/registry/index.ts'

// A person's consents told by her ledger alone: what `consent_current` must hold, every column of it (I1).

export type Row = Omit<ConsentState, 'categories'> & {
  readonly categories: string
  readonly stateSeq: number
  readonly suspendedReasons: readonly string[]
  readonly confirmedAt: Date | null
  readonly usesReturned: number
  readonly windowReturned: number
}

/** The rows of `consent_current` of a person, by their ids. */
export async function rowsOf(db: Database, personId: string): Promise<Map<string, Row>> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select c.*, lookback_from::text, lookback_to::text from consent_current c where person_id = ? order by consent_id`,
    [personId],
  )
  return new Map(rows.map((row) => [row.consentId, row]))
}

type Told = {
  readonly personId: string
  readonly register: Register
  readonly rows: Map<string, Row>
  readonly narrowedTo: Map<string, string>
  /** When each decision permitted. */
  readonly permits: Map<string, Date>
}
type Event = { readonly id: string; readonly payload: Payload; readonly recordedAt: Date }

/** @param register any that holds the versions that the events name */
export function fold(
  personId: string,
  events: readonly TimelineEvent[],
  register: Register,
): Map<string, Row> {
  const rows = new Map<string, Row>()
  const told: Told = { personId, register, rows, narrowedTo: new Map(), permits: new Map() }
  for (const { kind, payload = {}, recordedAt } of events) {
    const tell = tellings[kind]
    if (tell === undefined) throw new Error(`the fold does not know ${kind}`)
    if (tell !== nothing)
      tell(told, { id: uuidIn(payload, 'con', 'consent_id'), payload, recordedAt })
  }
  return rows
}

/** What is answered with no for her, by her events alone: ids of `silenced_question`, with what each is about. */
export function silencedBy(
  events: readonly TimelineEvent[],
  register: Register,
): ReadonlyMap<string, object> {
  const silenced = new Map<string, object>()
  for (const { kind, payload = {}, recordedAt } of events) {
    if (kind === 'question.reopened') silenced.delete(uuidIn(payload, 'sil', 'silence_id'))
    if (kind !== 'question.silenced') continue
    const dataset = known(register.dataset(textIn(payload, 'dataset')))
    const [recipient, holder] = ['recipient', 'holder'].map(
      (name) => register.organisation(textIn(payload, name))?.root,
    )
    silenced.set(uuidIn(payload, 'sil', 'silence_id'), {
      recipient,
      holder,
      dataset: dataset.no,
      categories: String(maskOf(dataset, payload['categories'] as string[])),
      silencedAt: recordedAt,
    })
  }
  return silenced
}

const nothing = () => undefined

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: Event) => void>>> = {
  'consent.presented': nothing, // it belongs to a request that nobody has answered yet
  'consent.granted': (told, event) => answer(told, event, 'active'),
  'consent.refused': (told, event) => answer(told, event, 'refused'),
  'consent.suspended': (told, { id, payload }) =>
    move(told, id, 'suspended', dateIn(payload, 'suspended_at'), reasonsIn(payload)),
  'consent.resumed': (told, { id, payload }) => {
    const left = reasonsIn(payload)
    move(told, id, left.length === 0 ? 'active' : 'suspended', dateIn(payload, 'resumed_at'), left)
  },
  'consent.confirmed': (told, { id, payload }) =>
    change(told, id, () => ({ confirmedAt: dateIn(payload, 'confirmed_at') })),
  'consent.revoked': (told, { id, payload }) =>
    move(told, id, 'revoked', dateIn(payload, 'revoked_at')),
  'consent.superseded': (told, { id, recordedAt }) => move(told, id, 'superseded', recordedAt),
  'consent.expired': (told, { id, payload }) =>
    move(told, id, 'expired', dateIn(payload, 'expired_at')),
  'question.silenced': nothing, // it changes no answer
  'question.reopened': nothing,
  'disclosure.authorised': use,
  'disclosure.recorded': nothing,
  'disclosure.nil': giveBack,
  'disclosure.corrected': (told, event) => {
    if ((event.payload['categories_actual'] as readonly string[]).length === 0)
      giveBack(told, event)
  },
  'disclosure.received': nothing,
  'disclosure.unconfirmed': nothing,
}

function change({ rows }: Told, id: string, by: (row: Row) => Partial<Row>): void {
  const row = rows.get(id)
  if (row === undefined) throw new Error(`an event of ${id}, which was never answered`)
  rows.set(id, { ...row, ...by(row) })
}

function move(
  told: Told,
  id: string,
  state: State,
  stateAt: Date,
  suspendedReasons: readonly string[] = [],
): void {
  change(told, id, (row) => ({ state, stateAt, stateSeq: row.stateSeq + 1, suspendedReasons }))
}

function answer(told: Told, { id, payload, recordedAt }: Event, state: State): void {
  const before = 'narrowed_from' in payload ? uuidIn(payload, 'con', 'narrowed_from') : undefined
  if (before !== undefined) told.narrowedTo.set(before, id)
  const used = usedOf(before === undefined ? undefined : told.rows.get(before))
  const born = { ...namesIn(payload, told.register), ...termsIn(payload), ...used }
  const standing = {
    state,
    stateAt: recordedAt,
    stateSeq: 1,
    suspendedReasons: [],
    confirmedAt: null,
  }
  told.rows.set(id, { personId: told.personId, consentId: id, ...born, ...standing })
}

function use(told: Told, { id, payload }: Event): void {
  const at = dateIn(payload, 'evaluated_at')
  told.permits.set(textIn(payload, 'decision_id'), at)
  change(told, id, (row) => {
    const window = currentWindow(stateOf(row), at)
    const isSame = window?.startedAt.getTime() === row.windowStartedAt?.getTime()
    const counted = window && {
      windowStartedAt: window.startedAt,
      windowUses: window.uses + 1,
      windowReturned: isSame ? row.windowReturned : 0,
    }
    return { uses: row.uses + 1, lastUseAt: at, ...counted }
  })
}

// In all records that the use was carried to, and in its own window only; as often as the newest of them allows.
function giveBack(told: Told, { id, payload }: Event): void {
  const evaluatedAt = known(told.permits.get(textIn(payload, 'decision_id')))
  const window = currentWindow(stateOf(known(told.rows.get(id))), evaluatedAt)
  const isIn = ({ windowStartedAt }: Row) =>
    window !== undefined && windowStartedAt?.getTime() === window.startedAt.getTime()
  const ids: string[] = []
  for (let next: string | undefined = id; next !== undefined; next = told.narrowedTo.get(next))
    ids.push(next)
  const newest = known(told.rows.get(ids.at(-1) ?? id))
  const isReturned = mayReturn(newest, isIn(newest))
  if (payload['use_returned'] !== isReturned) throw new Error('an event tells of another use')
  if (!isReturned) return
  for (const each of ids)
    change(told, each, (row) => ({
      uses: row.uses - 1,
      usesReturned: row.usesReturned + 1,
      windowUses: row.windowUses - Number(isIn(row)),
      windowReturned: row.windowReturned + Number(isIn(row)),
    }))
}

function mayReturn(
  { usesReturned, maxUses, windowReturned, frequencyCount }: Row,
  isInWindow: boolean,
): boolean {
  if (maxUses !== null && usesReturned >= maxUses) return false
  return !isInWindow || frequencyCount === null || windowReturned < frequencyCount
}

function namesIn(payload: Payload, register: Register) {
  const [holder, recipient] = ['holder', 'recipient'].map((name) =>
    known(register.organisation(textIn(payload, name))?.root),
  )
  const dataset = known(register.dataset(textIn(payload, 'dataset')))
  return {
    arrangementId: uuidIn(payload, 'arr', 'arrangement_id'),
    holder: known(holder),
    recipient: known(recipient),
    dataset: dataset.no,
    purpose: known(register.purpose(textIn(payload, 'purpose'))).no,
    agreement: known(register.agreement(textIn(payload, 'agreement'))).no,
    categories: String(maskOf(dataset, payload['categories_granted'] as string[])),
  }
}

function known<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('the register does not know what an event names')
  return found
}

function termsIn(payload: Payload) {
  const limit = payload['frequency_limit'] as { count: number; per: string } | null
  const lookback = payload['lookback'] as { from: string; to: string } | null
  return {
    validFrom: dateIn(payload, 'valid_from'),
    validUntil: dateIn(payload, 'valid_until'),
    maxUses: payload['max_uses'] as number | null,
    frequencyCount: limit?.count ?? null,
    frequencyPer: limit?.per ?? null,
    lookbackFrom: lookback?.from ?? null,
    lookbackTo: lookback?.to ?? null,
  }
}

function reasonsIn(payload: Payload): readonly string[] {
  return payload['suspended_reasons'] as readonly string[]
}

const unused = {
  uses: 0,
  windowStartedAt: null,
  windowUses: 0,
  usesReturned: 0,
  windowReturned: 0,
  lastUseAt: null,
}

function usedOf(row: Row | undefined) {
  const { uses, windowStartedAt, windowUses, usesReturned, windowReturned, lastUseAt } =
    row ?? unused
  return { uses, windowStartedAt, windowUses, usesReturned, windowReturned, lastUseAt }
}

function stateOf(row: Row): ConsentState {
  return { ...row, categories: BigInt(row.categories) }
}

function textIn(payload: Payload, name: string): string {
  const text = payload[name]
  if (typeof text !== 'string') throw new Error(`no ${name}`)
  return text
}

function dateIn(payload: Payload, name: string): Date {
  return new Date(textIn(payload, name))
}

function uuidIn(payload: Payload, prefix: string, name: string): string {
  const uuid = readId(prefix, textIn(payload, name))
  if (uuid === undefined) throw new Error(`${name} is no ${prefix}`)
  return uuid
}
