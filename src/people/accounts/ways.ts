import { secondsAfter } from '../../base/values/clock.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'

// Each row of a way in bears a seal, and so does an older row of it. So the ways that stand are listed beside their person, under one
// seal, which each deed that adds or takes away a way makes anew: a row that is put back is not listed, and opens nothing.

export const waysTable = sealedTable('ways_in', {
  seal: ['ways in', 1],
  covers: ['person_id', 'ways'],
  unsealed: { ends_at: 'when the job of ended ways looks: what opens is said by the list alone' },
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-keys',
    change: 'list',
    afterClosing: 'forgotten',
    why: { fr: 'la liste scellée de ses façons d’entrer', en: 'the sealed list of her ways in' },
    columns: { pseudonym: 'person_id', opens: 'ways', technical: 'seal ends_at' },
  },
})

/** How long an older factor may undo a recovery, and how long a way in that was taken away waits. */
export const holdSeconds = 72 * 3600

/** What opens an access, or holds it, or where its person is written to. */
export type WayKind =
  | 'key'
  | 'password'
  | 'totp'
  | 'identity'
  | 'card'
  | 'checked'
  | 'codes'
  | 'counter-code'
  | 'contact'
  | 'hold'
  | 'seen'
  | 'block'

/** The name of a way in a list. Whatever must not be put back is a part of it. */
export type Way = `${WayKind} ${string}`

/**
 * Why a way in waits. `removed`, `replaced`, `recovered` (replaced by a recovery) and `denied` (« Ce n’était pas moi ») end after 72 hours;
 * `disputed`: two ways deny each other, and neither ends before a third one decides; `decided`: it decided against this one, which ends after
 * 72 hours too, and contradicts nothing any more.
 */
const causes = ['removed', 'replaced', 'recovered', 'denied', 'disputed', 'decided'] as const
export type WaitCause = (typeof causes)[number]

/** A way in that waits opens, and what it opens is held. */
export type Waits = {
  readonly since: Date
  /** Undefined: it is disputed. */
  readonly until: Date | undefined
  readonly because: WaitCause
  /** The ways in that made the session which took it away. */
  readonly by: readonly string[]
}

/** A way of a list that waits. `name`: the id of a factor or an address, or when a set of codes was made. */
export type WaitingWay = Waits & { readonly kind: WayKind; readonly name: string }

/** The list as it is read beside a row of a way in; null where there is none. */
export type ListedWays = {
  readonly ways: readonly string[] | null
  readonly waysSeal: Buffer | null
}

export function wayOf(kind: Exclude<WayKind, 'hold'>, name: string | Date): Way {
  return `${kind} ${name instanceof Date ? name.toISOString() : name}`
}

/** As the list says it of a way that waits: one entry, so that no list names a way twice. */
export function wayWaiting(way: Way, { since, because, by }: Omit<Waits, 'until'>): Way {
  return `${way} ${since.toISOString()} ${because} ${by.length === 0 ? '-' : by.join(',')}`
}

/** The ways of a list that wait, those whose time is over too. */
export function parseWaitingWays(ways: readonly string[]): readonly WaitingWay[] {
  return ways.flatMap((way) => {
    const [kind = '', name = '', ...rest] = way.split(' ')
    const waits = readWaits(rest)
    return waits === undefined ? [] : [{ kind: kind as WayKind, name, ...waits }] // as `wayOf` wrote it
  })
}

function readWaits([since, because, by]: readonly string[]): Waits | undefined {
  const cause = causes.find((one) => one === because)
  if (since === undefined || cause === undefined || by === undefined) return undefined
  const begun = new Date(since)
  const until = cause === 'disputed' ? undefined : secondsAfter(begun, holdSeconds)
  return { since: begun, until, because: cause, by: by === '-' ? [] : by.split(',') }
}

/** Whether a way was taken away already: a further removal changes nothing. */
export function isTaken(waits: Pick<Waits, 'because'> | undefined): boolean {
  return waits?.because === 'removed' || waits?.because === 'decided'
}

/** Whether a way that waited opens nothing any more. */
export function isOver({ until }: Pick<Waits, 'until'>, now: Date): boolean {
  return until !== undefined && until <= now
}

/** When the first of the ways that wait ends. */
export function firstEnd(ways: readonly string[]): Date | null {
  const ends = parseWaitingWays(ways).flatMap(({ until }) => (until === undefined ? [] : [until]))
  return ends.toSorted((one, other) => one.getTime() - other.getTime())[0] ?? null
}

/** A way that was made with a code from a counter, where somebody saw her papers: until then it takes others away at once. */
export function waySeen(factorId: string, until: Date): Way {
  return `seen ${factorId} ${until.toISOString()}`
}

/** Whether a session was made by a way that a counter has just given. */
export function isSeen(ways: readonly string[], factorIds: readonly string[], now: Date): boolean {
  return ways.some((way) => {
    const [kind, name = '', until = ''] = way.split(' ')
    return kind === 'seen' && factorIds.includes(name) && new Date(until) > now
  })
}

/** The ways that counters have given, while they decide and after. */
export function seenWays(ways: readonly string[]): readonly string[] {
  return ways.filter((way) => isAmong(way, ['seen'])).flatMap((way) => way.split(' ').slice(1, 2))
}

/** With how many factors the recovery has added: an older row of the same hold knew fewer. */
export function wayHeld({
  until,
  added,
}: {
  readonly until: Date
  readonly added: readonly string[]
}): Way {
  return `hold ${until.toISOString()} ${added.length}`
}

/** Until when the access is held, as the list says it. */
export function holdEndsAt(ways: readonly string[]): Date | undefined {
  const until = ways.find((way) => isAmong(way, ['hold']))?.split(' ')[1]
  return until === undefined ? undefined : new Date(until)
}

/** Whether a way is one of these, or of one of these kinds. */
export function isAmong(way: string, these: readonly (Way | WayKind)[]): boolean {
  return these.some((one) => way === one || way.startsWith(`${one} `))
}

export function sealOfWays(seals: RowSeals, personId: string, ways: readonly string[]): Buffer {
  return seals.seal(waysTable, { personId, ways })
}

/** The ways of a list; undefined: it is not as this broker wrote it, and none of them stands. */
export function trustedWays(
  seals: RowSeals,
  personId: string,
  { ways, waysSeal }: ListedWays,
): readonly string[] | undefined {
  return ways !== null && seals.holds(waysTable, { personId, ways }, waysSeal) ? ways : undefined
}

/** A way of this person as her list names it. */
export type ListedWay = {
  /** Undefined: it stands. */
  readonly waits: Waits | undefined
}

/** How the list of this person names a way; undefined: it does not, and the way opens nothing. The one truth of what opens an access. */
export function wayListing(
  seals: RowSeals,
  personId: string,
  listed: ListedWays,
  way: Way,
): ListedWay | undefined {
  const found = trustedWays(seals, personId, listed)?.find((one) => isAmong(one, [way]))
  if (found === undefined) return undefined
  return { waits: readWaits(found.slice(way.length).trim().split(' ')) }
}

/** Whether the list of this person names a way that opens something now. */
export function opensNow(listed: ListedWay | undefined, now: Date): boolean {
  return listed !== undefined && (listed.waits === undefined || !isOver(listed.waits, now))
}
