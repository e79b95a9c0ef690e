import type { Database } from '../database/database.ts'
import type { Log, LogFields } from '../logging/log.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import type { CodePlace } from './catalogue.ts'
import {
  catalogueDifferences,
  nameDifferences,
  readCatalogue,
  releasedCatalogue,
} from './catalogue.ts'
import type { CodeMarks } from './code-marks.ts'
import { changeBetween, readMarks } from './code-marks.ts'
import { pruneDoubtful, tellPermits } from './doubtful-permits.ts'
import { believedRelease, laterReleases, wasMigratedSince } from './release-catalogue.ts'
import type { FirstLook } from './schema-version.ts'
import { refuseCode } from './schema-version.ts'

// What the database runs is what this version was released with, or what a later version said under the key of seals. Each process looks at
// its start and every five seconds. Where something differs nothing is permitted, and people go on to sign in and to stop.

const lookMs = 5000
/** While something differs: whoever puts it right need not wait. */
const soonMs = 1000
/** Of questions that come while something differs, one look serves all within this time. */
const restMs = 250
/** After so long without a look that ended nobody knows what the database runs. */
const doubtMs = 60_000
const mostRounds = 5
const mostNamed = 10

/** The row versions of definitions, as they stood beside a catalogue that was right. The same object as long as they do. */
export type CodeStamp = { readonly text: string }

/** What each permit needs to know, as values: it runs no function of ours for that. */
export type CodeNow = {
  /** What a permit is written under: taken before its facts are read. Undefined where nothing may be permitted. */
  stamp: CodeStamp | undefined
  /** The permits that are about to be written or were, by number, and when: they are named where what wrote them is in doubt. */
  readonly permits: Map<string, number>
}

export type CodeWatch = {
  readonly now: CodeNow
  /** Whether nothing may be permitted: something differs, or nobody could look for a minute. */
  isUntrusted(): boolean
  /** Looks now, once for all who wait. @returns whether the database runs what it should */
  settle(): Promise<boolean>
  stop(): Promise<void>
}

export type CodeLook = {
  readonly db: Database
  readonly place: CodePlace
  readonly seals: RowSeals
}

type Watching = CodeLook & {
  readonly log: Log
  /** Tests and the demonstration move the clock, which is a function. */
  readonly isMovable: boolean
}

/** What differs, by object; empty where nothing does. */
export async function codeDifferences({ db, place, seals }: CodeLook): Promise<string[]> {
  const release = releasedCatalogue()
  const held = await readCatalogue(db, place)
  const found = catalogueDifferences(release, held)
  if (found.length === 0) return found
  const later = believedRelease(seals, await laterReleases(db))
  return later === undefined ? found : catalogueDifferences(release, held, later.catalogue)
}

/**
 * Looks at once, or goes on from the look with which the process began, and every five seconds until it is stopped.
 * @throws OperatorError where something differs at the start
 */
export async function watchCode(
  watching: Watching,
  looked?: FirstLook,
  everyMs: number = lookMs,
): Promise<CodeWatch> {
  const state = makeLooks(watching, looked)
  if (looked === undefined) refuseCode(await state.look())
  let looking: Promise<unknown> | undefined
  const lookOnce = () => (looking ??= state.look().finally(() => (looking = undefined)))
  const timer = setInterval(
    () => {
      state.doubt()
      // That the database is away is reported by the requests that need it.
      if (state.age() >= (state.differs() ? 0 : everyMs - soonMs))
        void lookOnce().catch(() => undefined)
    },
    Math.min(soonMs, everyMs),
  )
  const isUntrusted = () => state.now.stamp === undefined
  return {
    now: state.now,
    isUntrusted,
    async settle() {
      // What was compared before this question came is no answer to it, unless it was a moment ago and said no.
      if (!state.differs() || state.age() > restMs) {
        await looking?.catch(() => undefined)
        await lookOnce()
      }
      return !isUntrusted()
    },
    async stop() {
      clearInterval(timer)
      await looking?.catch(() => undefined)
    },
  }
}

/** What the looks found, and what they tell. */
function makeLooks(watching: Watching, looked: FirstLook | undefined) {
  const { db, log, isMovable, seals } = watching
  const now: CodeNow = {
    stamp: looked === undefined ? undefined : { text: looked.seen.stamp },
    permits: new Map(),
  }
  let differences: readonly string[] = []
  let marks: CodeMarks | undefined = looked?.seen
  let lookedAt = looked?.lookedAt ?? performance.now()

  function tell(found: readonly string[], seen: CodeMarks): Promise<void> | void {
    if (found.length > 0) {
      if (differences.length === 0) tellDifferences(log, found)
      return tellPermits(log, now.permits, 'error', 'the database ran other code')
    }
    if (differences.length > 0)
      return log.info({}, 'the database runs the code of this version again')
    const moved = changeBetween(marks, seen, isMovable)
    if (marks !== undefined && moved !== undefined) return tellMoved(marks, moved)
  }

  // Nothing differs, and meanwhile it may have.
  async function tellMoved({ at }: CodeMarks, why: string): Promise<void> {
    const isOurs = await wasMigratedSince(db, seals, at)
    const level = isOurs ? 'warn' : 'error'
    const what = isOurs
      ? 'a migration changed what the database runs'
      : 'what the database runs was changed, and is as it was'
    log[level]({ code: 'CODE_UNTRUSTED', why }, what)
    tellPermits(log, now.permits, level, 'what the database runs was changed meanwhile')
  }

  return {
    now,
    differs: () => differences.length > 0,
    age: () => performance.now() - lookedAt,
    /** Nobody could look for long: nothing is permitted until somebody has. */
    doubt() {
      if (performance.now() - lookedAt > doubtMs) now.stamp = undefined
      pruneDoubtful(now.permits)
    },
    async look(): Promise<readonly string[]> {
      const { found, seen } = await compared(watching)
      lookedAt = performance.now()
      await tell(found, seen)
      differences = found
      if (found.length > 0) now.stamp = undefined
      else if (now.stamp?.text !== seen.stamp) now.stamp = { text: seen.stamp }
      marks = seen
      return found
    },
  }
}

/** Compares between two equal stamps: what is replaced meanwhile and put back has another one. */
async function compared(watching: Watching): Promise<{ found: string[]; seen: CodeMarks }> {
  let before = await readMarks(watching.db)
  for (let round = 0; ; round++) {
    const found = await codeDifferences(watching)
    const seen = await readMarks(watching.db)
    if (before.stamp === seen.stamp) return { found, seen }
    if (round === mostRounds)
      return { found: [...found, 'what the database runs changes all the time'], seen }
    before = seen
  }
}

/** Names what the database runs instead, in one line of level 50. */
export function tellDifferences(
  log: Pick<Log, 'error'>,
  found: readonly string[],
  fields: LogFields = {},
): void {
  const why = nameDifferences(found, mostNamed)
  log.error({ ...fields, code: 'CODE_UNTRUSTED', why }, otherCode)
}

const otherCode =
  'the database runs other code than this version: docs/operate/incidents/code-untrusted.md'
