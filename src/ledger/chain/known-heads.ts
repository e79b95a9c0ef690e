import { bytesOfJson } from '../../base/database/column-names.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { uuidBytes } from '../../base/values/ids.ts'
import type { HeadMap } from './head-map.ts'
import { makeHeadMap } from './head-map.ts'
import type { HeadJson, Live } from './head.ts'
import { liveFromJson } from './head.ts'

// The ends of people's chains as this process knows them without asking the database: who writes there may put a whole person back, rows
// and chain together, and each of them then bears a true seal. What was written after that is known to whoever wrote it or saw it, and to
// the feed of heads (src/ledger/heads), which the sequencer writes outside the database.

/** The end of a chain. */
export type KnownEnd = {
  /** The number of the next event. */
  readonly nextSeq: number
  /** The commitment of the last event, or its first bytes; null before the first. */
  readonly commitment: Buffer | null
}

/**
 * Of an end that was read: an older one, another one with that number, the one that is known, a later one; or one that the feed of heads
 * should have by its time, and has not.
 */
export type EndComparison = 'older' | 'other' | 'same' | 'newer' | 'unfed'

export type KnownHeads = {
  /** The ends that the feed of heads told: whoever reads the feed puts them there. */
  readonly fed: HeadMap
  /** Notes the end of a chain that this process wrote and the database confirmed, or that was read under its seal. */
  note(chainId: string, end: KnownEnd): void
  /** The feed of heads has come to this end: what was noted before it is no longer needed. */
  reached(chainId: string, end: KnownEnd): void
  /** @param ageMs how long ago the end that was read was written */
  compare(chainId: string, end: KnownEnd, ageMs?: number): EndComparison
  /** From now on a feed is expected, and nothing is permitted before it was read. @param mostLateMs how long it may stand still until nothing is permitted; undefined: for ever, as in the demonstration */
  follow(mostLateMs: number | undefined): void
  /** The feed was read, and is whole until this instant of the clock, in milliseconds of Unix time. */
  cameTo(timeMs: number): void
  /** Since how many milliseconds the feed stands still, or nobody read it. */
  lateMs(): number
  /** Whether the feed stands still for so long that nobody knows what is newest: nothing is permitted. */
  isBehind(): boolean
  /** Who else knows that the database is older than it was, or runs other code: while this is so, nothing is permitted either. */
  haltWhile(isInDoubt: () => boolean): void
  /** Whether nothing is permitted to anybody by what is read now. */
  isHalted(): boolean
}

/** Chains noted longest ago are forgotten. */
const mostNoteCharacters = 100_000
/** What was written is in the feed by then, unless the feed stands still. */
export const fedAfterMs = 15_000

/** With the moment at which the feed of heads was last known to come on with this chain, in milliseconds. */
type NotedEnd = KnownEnd & { readonly since: number }

export function makeKnownHeads(most = mostNoteCharacters): KnownHeads {
  const noted = new Map<string, NotedEnd>()
  const fed = makeHeadMap()
  let wholeUntilMs: number | undefined
  let steadyMs = performance.now()
  let mostLateMs: number | undefined
  let inDoubt: (() => boolean) | undefined

  // By the process's clock, and by one that nobody sets: neither may say that the feed is younger than it is.
  function lateMs(): number {
    const steadily = performance.now() - steadyMs
    if (wholeUntilMs === undefined) return steadily
    return Math.max(steadily, Math.abs(Date.now() - wholeUntilMs))
  }

  // Whoever has read nothing yet knows nothing: a process that starts where nobody gives it the feed permits nothing, and not for a minute.
  function isBehind(): boolean {
    return mostLateMs !== undefined && (wholeUntilMs === undefined || lateMs() > mostLateMs)
  }

  // While the feed stands still nobody can expect it to have anything.
  function isOverdue(ageMs: number): boolean {
    if (mostLateMs === undefined || wholeUntilMs === undefined) return false
    return ageMs > fedAfterMs + lateMs()
  }
  return {
    fed,
    note(chainId, end) {
      const known = noted.get(chainId)
      if (known !== undefined && known.nextSeq > end.nextSeq) return
      const isWaiting = known !== undefined && comparedWith(fedEnd(fed, chainId), known) === 'newer'
      noted.delete(chainId)
      noted.set(chainId, { ...end, since: isWaiting ? known.since : Date.now() })
      forgetOldest(noted, most)
    },
    reached(chainId, end) {
      const known = noted.get(chainId)
      if (known === undefined) return
      const compared = comparedWith(known, end)
      if (compared === 'newer' || compared === 'same') noted.delete(chainId)
      else if (compared === 'older') noted.set(chainId, { ...known, since: Date.now() })
    },
    compare(chainId, end, ageMs = 0) {
      const known = noted.get(chainId)
      const byNoted = comparedWith(known, end)
      if (byNoted === 'older' || byNoted === 'other') return byNoted
      const byFeed = comparedWith(fedEnd(fed, chainId), end)
      if (byFeed !== 'newer') return byFeed
      // What is written about her again and again is young: how long the feed has had nothing of it counts, too.
      const waitsMs = known === undefined ? 0 : Date.now() - known.since
      return isOverdue(Math.max(ageMs, waitsMs)) ? 'unfed' : byNoted
    },
    follow(limitMs) {
      mostLateMs = limitMs
      steadyMs = performance.now()
    },
    cameTo(timeMs) {
      if (wholeUntilMs !== undefined && timeMs <= wholeUntilMs) return
      wholeUntilMs = timeMs
      steadyMs = performance.now()
    },
    lateMs,
    isBehind,
    haltWhile: (test) => void (inDoubt = test),
    isHalted: () => isBehind() || inDoubt?.() === true,
  }
}

function forgetOldest(noted: Map<string, NotedEnd>, most: number): void {
  const oldest = noted.size > most ? noted.keys().next().value : undefined
  if (oldest !== undefined) noted.delete(oldest)
}

/** What the feed says of the end of a chain; its commitment is cut. */
export function fedEnd(fed: HeadMap, chainId: string): KnownEnd | undefined {
  return fed.find(uuidBytes(chainId))
}

/** What an end that is compared so says of the rows that live by it: nothing, where it is not the newest. */
export function isOvertaken(compared: EndComparison): boolean {
  return compared === 'older' || compared === 'other' || compared === 'unfed'
}

/** Of an end as JSON of its row in `ledger_heads`, read at this instant, for whoever judges by it: how it compares, and what lives by it. */
export function newestFromJson(
  { seals, heads }: { readonly seals: RowSeals; readonly heads: KnownHeads },
  chainId: string,
  json: HeadJson,
  at: Date,
): { readonly compared: EndComparison; readonly live: Live } {
  const compared = heads.compare(chainId, ...endOfJson(json, at))
  return {
    compared,
    live: isOvertaken(compared) ? 'untrusted' : liveFromJson(seals, chainId, json),
  }
}

function endOfJson(json: HeadJson, at: Date): [end: KnownEnd, ageMs: number] {
  const { next_seq: nextSeq, head_commitment: bytes, updated_at: time } = json ?? {}
  if (typeof nextSeq !== 'number' || typeof bytes !== 'string' || typeof time !== 'string')
    return [noEnd, 0]
  return [{ nextSeq, commitment: bytesOfJson(bytes) }, at.getTime() - new Date(time).getTime()]
}

const noEnd: KnownEnd = { nextSeq: 1, commitment: null }

function comparedWith(known: KnownEnd = noEnd, end: KnownEnd): EndComparison {
  if (end.nextSeq !== known.nextSeq) return end.nextSeq < known.nextSeq ? 'older' : 'newer'
  return isSame(known.commitment, end.commitment) ? 'same' : 'other'
}

// The feed in memory cuts commitments: sixteen bytes of a hash are enough to tell two of one chain apart.
function isSame(one: Buffer | null, other: Buffer | null): boolean {
  if (one === null || other === null) return one === other
  const bytes = Math.min(one.length, other.length)
  return one.subarray(0, bytes).equals(other.subarray(0, bytes))
}
