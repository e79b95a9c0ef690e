import type { EventKind, Live, ToldStanding } from '../../ledger/chain/index.ts'
import { isSameMark, markIn, markOf, withMark } from '../../ledger/chain/index.ts'
import type {
  ErasedEvent,
  StoredRow,
  Projection,
  ToldEvent,
  ToldRow,
  ToldTable,
} from '../../ledger/fold/index.ts'
import { idOf, InvalidEvent, notInEvents } from '../../ledger/fold/index.ts'
import { present } from '../../base/values/present.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { openStanding } from './person-standing.ts'
import { standingIn } from './standing-event.ts'

// How the access stands, told by her chain: the row has a seal, and an older row has one, too. And which ways in may stand, told by her chain: the list of ways bears a seal, and so does an older list. What is suspended
// is not listed and is told by no event: so each way that is listed must be one that came and did not go, and not the reverse.

type Told = {
  readonly personId: string
  readonly hasAccount: boolean
  /** Content that can no longer be read may have told of a way. */
  readonly isReadable: boolean
  isOpened: boolean
  lastEvent: string | undefined
  readonly came: Set<string>
  readonly gone: Set<string>
  /** The blocks that her last event about them told, as the list has them. */
  blocked: readonly string[]
  /** The newest event that tells how her access stands; undefined: none that can be read. */
  standing: { readonly eventId: string; readonly is: ToldStanding } | undefined
  /** Whether an event told it, readable or not. */
  isStandingTold: boolean
  readonly end: Live
}

type Telling = Pick<Told, 'personId' | 'hasAccount' | 'end'> & {
  readonly erased: readonly ErasedEvent[]
}

/** Tells the rows of this room. */
export function accessTeller({ personId, hasAccount, erased, end }: Telling): Projection {
  const isReadable = erased.length === 0
  const nothing = { isOpened: false, lastEvent: undefined, came: new Set<string>() }
  const left = { gone: new Set<string>(), blocked: [], standing: undefined, isStandingTold: false }
  const told: Told = { personId, hasAccount, isReadable, end, ...nothing, ...left }
  return {
    tell(event) {
      const telling = tellings[event.kind]
      if (telling === undefined) return
      told.lastEvent = event.eventId
      telling(told, event)
    },
    tellKind(kind) {
      told.isStandingTold ||= kind === 'access.standing'
    },
    tables: () => [standingOf(told), listOf(told)],
    marks: (live) => withStanding(told, live),
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'access.opened': (told, event) => {
    told.isOpened = true
    come(told, event)
  },
  'access.factor-added': (told, event) => {
    come(told, event)
    const { replaces } = event.payload
    if (replaces !== undefined) told.gone.add(factorIn(replaces))
  },
  'access.standing': (told, { eventId, payload }) => {
    told.standing = { eventId, is: standingIn(payload) }
  },
  'access.recovered': come,
  'access.factor-removed': (told, { payload }) => {
    for (const id of factorsIn(payload['factors'])) told.gone.add(id)
  },
  'identity.checked': ({ came, gone }, { payload: { check, replaces } }) => {
    came.add(factorIn(check))
    if (replaces !== null) gone.add(factorIn(replaces))
  },
  'card.made': ({ came }, { payload }) => void came.add(factorIn(payload['card'])),
  'card.ended': ({ gone }, { payload }) => void gone.add(factorIn(payload['card'])),
  'access.providers-blocked': (told, { payload: { issuers, all } }) => {
    if (!Array.isArray(issuers)) throw new InvalidEvent('it names no bodies')
    told.blocked = [...(all === true ? ['all'] : []), ...issuers.map(String)]
  },
}

function come({ came }: Told, { payload }: ToldEvent): void {
  for (const id of factorsIn(payload['factors'])) came.add(id)
}

function factorsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new InvalidEvent('it has no factors')
  return value.map((one: unknown) =>
    factorIn(typeof one === 'object' && one !== null && 'factor_id' in one ? one.factor_id : one),
  )
}

function factorIn(value: unknown): string {
  const id = typeof value === 'string' ? readId('fac', value) : undefined
  if (id === undefined) throw new InvalidEvent('it names no way in')
  return id
}

/** What told the standing was erased with the content of its year: the end of her chain alone says it still. */
function isUnreadable({ standing, isStandingTold }: Told): boolean {
  return standing === undefined && isStandingTold
}

function withStanding(told: Told, live: Live): Live {
  const { personId, standing, end } = told
  if (!isUnreadable(told)) return withMark(live, markOf(personId, standing?.is ?? openStanding))
  const held = markIn(end)
  // Nobody knows any more: a mark that no row has, so that nothing is permitted before somebody looks.
  return withMark(live, held === 'unknown' ? { word: 'closed', number: 0 } : held)
}

function standingOf(told: Told): ToldTable {
  const { personId, standing, hasAccount, lastEvent, end } = told
  const is = standing?.is ?? openStanding
  const row: ToldRow = {
    person_id: personId,
    status: is.status,
    closed_at: is.closedAt,
    erase_at: is.eraseAt,
    suspended_at: is.suspendedAt,
    use: is.use,
  }
  const unread: ToldRow = {
    status: notInEvents,
    closed_at: notInEvents,
    erase_at: notInEvents,
    suspended_at: notInEvents,
    use: notInEvents,
  }
  const isThere = hasAccount && is.status !== 'erased'
  const rows: [string, ToldRow][] = isThere
    ? [[personId, isUnreadable(told) ? { ...row, ...unread } : row]]
    : []
  const called = standing?.eventId ?? lastEvent
  return {
    name: 'accounts',
    rows: new Map(rows),
    key: (held) => idOf(held, 'person_id'),
    called: () => (called === undefined ? 'an access without events' : writeId('evt', called)),
    fault(held) {
      const mark = markIn(end)
      if (!isUnreadable(told) || mark === 'unknown') return undefined
      const isSame = isSameMark(mark, markOf(personId, standingIn(held)))
      return isSame ? undefined : 'it is not as the end of her chain says'
    },
  }
}

function listOf(told: Told): ToldTable {
  const { personId, lastEvent, hasAccount } = told
  // Of an access of before these events nothing is known.
  const isTold = hasAccount && lastEvent !== undefined
  const rows = isTold
    ? [
        [
          personId,
          { person_id: personId, ways: notInEvents, seal: notInEvents, ends_at: notInEvents },
        ],
      ]
    : []
  return {
    name: 'ways_in',
    rows: new Map(rows as [string, ToldRow][]),
    key: (row) => idOf(row, 'person_id'),
    called: () => writeId('evt', present(lastEvent, 'the event that told of a list')),
    mayStand: () => !isTold,
    fault: (row) => faultOf(told, row),
  }
}

// What waits is not gone yet: a session that replaced it, or a job that comes after this night, tells its end.
const named = /^(key|password|totp|identity|card|checked) ([\da-f-]{36})( \S+ \S+ \S+)?$/
const unnamed = /^(codes|counter-code|contact|hold|seen|block) \S/

function faultOf(told: Told, row: StoredRow): string | undefined {
  const { isReadable, blocked } = told
  const { ways } = row
  if (!Array.isArray(ways)) return 'it lists nothing'
  for (const way of ways.map(String)) {
    const fault = faultOfWay(told, way)
    if (fault !== undefined) return fault
  }
  const listed = blocksListed(ways)
  if (isReadable && listed.join('\n') !== blocked.toSorted().join('\n'))
    return 'it lists other blocks than she chose'
  return undefined
}

function faultOfWay({ isOpened, isReadable, came, gone }: Told, way: string): string | undefined {
  const [, , id, waits] = named.exec(way) ?? []
  if (id === undefined) return unnamed.test(way) ? undefined : 'it lists what is no way in'
  if (gone.has(id) && waits === undefined) return 'it lists a way in that is gone'
  if (isOpened && isReadable && !came.has(id)) return 'it lists a way in that never came'
  return undefined
}

function blocksListed(ways: readonly unknown[]): string[] {
  return ways
    .map(String)
    .filter((way) => way.startsWith('block '))
    .map((way) => way.slice('block '.length))
    .toSorted()
}
