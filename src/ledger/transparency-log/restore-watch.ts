import type { Config } from '../../base/settings/config.ts'
import type { Database } from '../../base/database/database.ts'
import type { Clock } from '../../base/values/clock.ts'
import type { Session } from '../../base/database/db-session.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { newUuid } from '../../base/values/ids.ts'
import { logSecretsOf } from '../../base/keys/log-keys.ts'
import type { Keys } from '../../base/keys/keys.ts'
import type { Log } from '../../base/logging/log.ts'
import type { RestoreWatch } from '../../base/values/restore-watch.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import type { Feed } from '../heads/index.ts'
import { treesInFeed } from './feed-turn.ts'
import { sayLateEntry } from './late-entries.ts'
import { heldSizeOfTree, treesKnownOutside, largest } from './compare-restored.ts'
import { RefusalToSign } from './record.ts'
import type { KnownTree, RestoreRow } from './restore.ts'
import { isExcused, isTrueRestore, lossOf, sealRestore, resumedAfterRestore } from './restore.ts'
import {
  insertRestore,
  restoreRows,
  restoreTime,
  updateRestore,
  watchStanding,
} from './restore-store.ts'
import { logRows } from './store.ts'

const lookMs = 1000
const compareMs = 60_000
/** However often the signer refuses. */
const soonMs = 10_000
/** Five comparisons: after so long without one nobody knows whether this database is the newest. */
const doubtMs = 300_000

type Watching = {
  readonly db: Database
  readonly config: Pick<Config, 'issuer' | 'ledgerDir' | 'outboundAllow'>
  readonly keys: Pick<Keys, 'log'> & Partial<Pick<Keys, 'logPq'>>
  readonly seals: RowSeals
  readonly log: Log
  readonly clock: Clock
  /** The feed of heads, as this process reads it; absent: it reads none. */
  readonly feed?: Pick<Feed, 'place'>
}

/**
 * Compares the database with what others know of the log: at once, each minute, and when it says that it was let go on. What is found
 * stands in a row, which every decision reads. This process remembers it beside: a row can be deleted without a key.
 */
export async function watchRestore(
  watching: Watching,
  everyMs: Readonly<Record<'lookMs' | 'compareMs', number>> & { readonly doubtMs?: number } = {
    lookMs,
    compareMs,
  },
): Promise<RestoreWatch> {
  const { db } = watching
  const memory: Memory = {
    known: new Map(),
    cosignedMs: new Map(),
    isFound: false,
    isSilent: false,
  }
  await compare(watching, memory)
  let comparedAt = performance.now()
  let isNoted = await watchStanding(db)
  let due = performance.now() + everyMs.compareMs
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const was = isNoted || memory.isFound
    isNoted = await watchStanding(db)
    // The row may go while a comparison runs: then this process alone remembers what was found.
    if (!(was && !isNoted) && performance.now() < due) return
    due = performance.now() + everyMs.compareMs
    await compare(watching, memory)
    comparedAt = performance.now()
    isNoted = await watchStanding(db)
  }

  const timer = setInterval(() => {
    // That the database is away is reported by the requests that need it.
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = undefined))
  }, everyMs.lookMs)
  return {
    isRestored: () => isNoted || memory.isFound,
    isInDoubt: () =>
      isNoted || memory.isFound || performance.now() - comparedAt > (everyMs.doubtMs ?? doubtMs),
    cosignedMs: () => newestCosignature(memory.cosignedMs),
    compareSoon() {
      if (!memory.isFound) due = Math.min(due, due - everyMs.compareMs + soonMs)
    },
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}

// By the clock of one witness alone nothing stops: of several, a second one has to have come as far.
function newestCosignature(cosignedMs: ReadonlyMap<string, number>): number | undefined {
  const [newest, second = newest] = [...cosignedMs.values()].toSorted((one, other) => other - one)
  return second
}

// Its statements say what they are for, so that statistics keep them apart from those of requests.
function comparingSession(db: Database): Session {
  const { rows } = readingSession(db)
  return { rows: (text, values) => rows(`${text} /* compared */`, values) }
}

type Memory = {
  /** The largest tree of each log that this process ever heard of: a witness may be away the next time. */
  known: ReadonlyMap<string, KnownTree>
  /** By witness, the newest time that this process ever heard. */
  cosignedMs: ReadonlyMap<string, number>
  isFound: boolean
  /** No witness answered the last time. */
  isSilent: boolean
}

async function compare(watching: Watching, memory: Memory): Promise<void> {
  const { db, config, keys, seals, log, clock } = watching
  const session = comparingSession(db)
  await sayLateEntry(session, clock(), log)
  const now = await restoreTime(session)
  const known = await elsewhere(
    { ...config, session, secrets: logSecretsOf(keys), now },
    watching,
    memory,
  )
  memory.known = new Map(known.map((tree) => [tree.origin, tree]))
  const rows = await restoreRows(session)
  const gone = resumedAfterRestore(seals, rows)
  const logs = await logRows(session)
  const missing: { readonly tree: KnownTree; readonly held: number }[] = []
  for (const tree of known) {
    const held = isExcused(tree, gone) ? undefined : await heldSizeOfTree(session, logs, tree)
    if (held !== undefined) missing.push({ tree, held })
  }
  // Before it is written: the database that was put back may refuse the row.
  memory.isFound = missing.length > 0
  const lost: RestoreRow[] = []
  for (const { tree, held } of missing) lost.push(await noted(watching, rows, tree, { held, now }))
  for (const row of lost)
    log.error(
      { code: 'LEDGER_RESTORED', why: `${row.origin}: ${lossOf(row)}` },
      'the database is older than its log: nothing is permitted',
    )
}

async function elsewhere(
  parts: Parameters<typeof treesKnownOutside>[0],
  { log, feed }: Watching,
  memory: Memory,
): Promise<KnownTree[]> {
  // The feed is behind the database, never before it: what it has is read first.
  const before = [...memory.known.values(), ...treesInFeed(parts.issuer, feed)]
  try {
    const { known, witnesses, answered, cosignedMs } = await treesKnownOutside(parts)
    memory.cosignedMs = new Map([...memory.cosignedMs, ...cosignedMs])
    const isSilent = witnesses > 0 && answered === 0
    if (isSilent)
      log.error({ code: 'WITNESSES_SILENT' }, 'no witness says whether this database is the newest')
    else if (memory.isSilent) log.info({}, 'a witness answers again')
    memory.isSilent = isSilent
    // Of two trees of one size the one that was signed says more.
    return largest([...known, ...before])
  } catch (error) {
    // The record of the signer, or the operator's file of witnesses, cannot be read: the signer says so, too.
    if (!(error instanceof RefusalToSign) && !(error instanceof NoteError)) throw error
    log.error({ code: 'LEDGER_UNKNOWN', why: error.message }, 'the database is not compared')
    return largest(before)
  }
}

async function noted(
  { db, seals }: Watching,
  rows: readonly RestoreRow[],
  tree: KnownTree,
  { held, now }: { readonly held: number; readonly now: Date },
): Promise<RestoreRow> {
  const { size: taken, ...known } = tree
  const { origin } = known
  const open = rows.find((row) => row.origin === origin && row.wentOnAt === null)
  if (open !== undefined && open.taken >= taken && isTrueRestore(seals, open)) return open
  const isTrue = open !== undefined && isTrueRestore(seals, open)
  const found = {
    restoreId: open?.restoreId ?? newUuid(now),
    foundAt: isTrue ? open.foundAt : now,
    ...known,
    held,
    taken,
    // Operators spoke of what was missing then: another find begins without their words.
    words: [],
    wentOnAt: null,
    takenUpAt: null,
  }
  const row = { ...found, seal: sealRestore(seals, found) }
  await (open === undefined ? insertRestore(db, row) : updateRestore(db, row))
  return row
}
