import type { EventKind } from '../../ledger/chain/index.ts'
import { setLive } from '../../ledger/chain/index.ts'
import type {
  ErasedEvent,
  Projection,
  ToldEvent,
  ToldRow,
  ToldTable,
} from '../../ledger/fold/index.ts'
import { dateIn, InvalidEvent, listIn, rowKey, textIn, uuidIn } from '../../ledger/fold/index.ts'
import { isAct, maskOf } from './acts.ts'
import { groundActs } from './grounds.ts'

// Mandates and their other side, told by the events of the chain in which each stands.

type Telling = {
  readonly personId: string
  readonly hasAccount: boolean
  readonly erased: readonly ErasedEvent[]
  /** Of each erasure the time before which something had to be over to be deleted. */
  readonly befores: readonly Date[]
}
type Told = Telling & {
  readonly mandates: Map<string, ToldRow>
  readonly held: Map<string, ToldRow>
}

/** Tells the rows of this room. */
export function mandatesTeller(telling: Telling): Projection {
  const told: Told = { ...telling, mandates: new Map(), held: new Map() }
  return {
    tell: (event) => tellings[event.kind]?.(told, event),
    tables: () => tablesOf(told),
    marks: (live) => livingOf(told).reduce((list, [id, seq]) => setLive(list, id, seq), live),
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'office.named': name,
  'office.ended': endOffice,
  'help.opened': openHelp,
  'help.closed': closeHelp,
}

function name(told: Told, { payload, recordedAt }: ToldEvent): void {
  const id = uuidIn(payload, 'man', 'mandate')
  if (told.mandates.has(id)) throw new InvalidEvent('it names the same office again')
  const organisation = textIn(payload, 'organisation')
  told.mandates.set(id, {
    ...begun(recordedAt),
    mandate_id: id,
    principal_id: null,
    org_id: organisation,
    ground: 'office',
    holder_kind: 'person',
    acts: actsIn(listIn(payload, 'acts')),
    organisations: [organisation],
    is_all: false,
    is_sensitive: false,
    from_at: dateIn(payload, 'from'),
    until_at: dateIn(payload, 'until'),
  })
  told.held.set(id, {
    held_id: id,
    holder_id: told.personId,
    ground: 'office',
    ended_at: null,
    state_seq: 1,
  })
}

/** What every mandate of a desk begins with. */
function begun(at: Date): ToldRow {
  return {
    topics: [],
    needs: 'alone',
    above: null,
    depth: 0,
    signed: false,
    invited_at: at,
    accepted_at: at,
    confirmed_at: at,
    review_on: null,
    suspended: [],
    hidden_from: [],
    ended_at: null,
    ended_because: null,
    state_seq: 1,
  }
}

/** A help has no other side: the desk of a body is no person. */
function openHelp(told: Told, { payload, recordedAt }: ToldEvent): void {
  const id = uuidIn(payload, 'man', 'mandate')
  if (told.mandates.has(id)) throw new InvalidEvent('it opens the same help again')
  told.mandates.set(id, {
    ...begun(recordedAt),
    mandate_id: id,
    principal_id: told.personId,
    org_id: textIn(payload, 'organisation'),
    ground: 'help',
    holder_kind: 'desk',
    acts: groundActs('help'),
    organisations: [],
    is_all: true,
    is_sensitive: true,
    from_at: recordedAt,
    until_at: dateIn(payload, 'until'),
  })
}

function actsIn(words: readonly string[]): number {
  if (!words.every(isAct)) throw new InvalidEvent('it names no act')
  return maskOf(words)
}

function endOffice(told: Told, event: ToldEvent): void {
  const id = end(told, event, 'it ends what nobody was named to')
  const held = told.held.get(id)
  if (held !== undefined) told.held.set(id, { ...held, ended_at: event.recordedAt, state_seq: 2 })
}

function closeHelp(told: Told, event: ToldEvent): void {
  end(told, event, 'it closes a help that nobody opened')
}

function end(told: Told, { payload, recordedAt }: ToldEvent, otherwise: string): string {
  const id = uuidIn(payload, 'man', 'mandate')
  const mandate = told.mandates.get(id)
  if (mandate === undefined) {
    // Its beginning may be erased with the content of its year.
    if (told.erased.length > 0) return id
    throw new InvalidEvent(otherwise)
  }
  const because = textIn(payload, 'because')
  told.mandates.set(id, { ...mandate, ended_at: recordedAt, ended_because: because, state_seq: 2 })
  return id
}

/** What lives by her chain. Content of hers is erased only after what it told has ended, so that nothing living is forgotten here. */
function livingOf({ mandates, held }: Told): [string, number][] {
  return [...living(mandates), ...living(held)]
}

function living(rows: ReadonlyMap<string, ToldRow>): [string, number][] {
  return [...rows].flatMap(([id, row]) =>
    row['ended_at'] === null ? [[id, Number(row['state_seq'])]] : [],
  )
}

function tablesOf({ mandates, held, hasAccount, befores }: Told): ToldTable[] {
  // With the access of a person who closed it the rows go, and with an erasure those that were over before it; her events stay.
  const mayLack = ({ ended_at: at }: ToldRow) =>
    !hasAccount || (at instanceof Date && befores.some((before) => at < before))
  return [
    { name: 'mandate', rows: mandates, ...rowKey('man', 'mandate_id'), mayLack },
    { name: 'mandate_held', rows: held, ...rowKey('man', 'held_id'), mayLack },
  ]
}
