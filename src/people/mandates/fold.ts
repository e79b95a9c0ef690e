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
  'office.ended': end,
}

function name(told: Told, { payload, recordedAt }: ToldEvent): void {
  const id = uuidIn(payload, 'man', 'mandate')
  if (told.mandates.has(id)) throw new InvalidEvent('it names the same office again')
  const organisation = textIn(payload, 'organisation')
  told.mandates.set(id, {
    mandate_id: id,
    principal_id: null,
    org_id: organisation,
    ground: 'office',
    holder_kind: 'person',
    acts: actsIn(listIn(payload, 'acts')),
    topics: [],
    organisations: [organisation],
    is_all: false,
    is_sensitive: false,
    needs: 'alone',
    above: null,
    depth: 0,
    signed: false,
    invited_at: recordedAt,
    accepted_at: recordedAt,
    confirmed_at: recordedAt,
    from_at: dateIn(payload, 'from'),
    until_at: dateIn(payload, 'until'),
    review_on: null,
    suspended: [],
    hidden_from: [],
    ended_at: null,
    ended_because: null,
    state_seq: 1,
  })
  told.held.set(id, {
    held_id: id,
    holder_id: told.personId,
    ground: 'office',
    ended_at: null,
    state_seq: 1,
  })
}

function actsIn(words: readonly string[]): number {
  if (!words.every(isAct)) throw new InvalidEvent('it names no act')
  return maskOf(words)
}

function end(told: Told, { payload, recordedAt }: ToldEvent): void {
  const id = uuidIn(payload, 'man', 'mandate')
  const ended = { ended_at: recordedAt, state_seq: 2 }
  const mandate = told.mandates.get(id)
  const held = told.held.get(id)
  if (mandate === undefined || held === undefined) {
    // Its naming may be erased with the content of its year.
    if (told.erased.length > 0) return
    throw new InvalidEvent('it ends what nobody was named to')
  }
  told.mandates.set(id, { ...mandate, ...ended, ended_because: textIn(payload, 'because') })
  told.held.set(id, { ...held, ...ended })
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
