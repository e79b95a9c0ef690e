import { join } from 'node:path'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import type { Session } from '../../base/database/db-session.ts'
import type { DayClosing, OverdueDays } from '../../base/jobs/day-closing.ts'
import { overdueDays } from '../../base/jobs/day-closing.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { present } from '../../base/values/present.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { frontierFrom, rootOf } from '../../base/tlog/merkle.ts'
import type { Signature } from '../../base/tlog/note.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { openNote, readVkey } from '../../base/tlog/note.ts'
import { entriesIn, tileWidth } from '../../base/tlog/tiles.ts'
import type { Finding, LogFault } from '../../base/tlog/verify-log.ts'
import { walkLog } from '../../base/tlog/verify-log.ts'
import type { Vault } from '../chain/index.ts'
import { isLogEntry, originOf } from '../chain/index.ts'
import { heldSizeOfTree, placeIn } from './compare-restored.ts'
import type { Difference, DoubtedPerson, FoldParts, WalkFigures } from '../fold/index.ts'
import { instantOf, noWalkFigures, walkEverybody } from '../fold/index.ts'
import { readToldDays } from '../monitor/index.ts'
import type { SealedFeed } from '../heads/index.ts'
import { checkFeed } from '../heads/index.ts'
import { treesOf } from './feed-turn.ts'
import { folderOf, tilesFromFiles } from './files.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import type { SignedRecord, SignedTree } from './record.ts'
import { readRecord, RefusalToSign } from './record.ts'
import { tilesFromRows } from './rows-source.ts'
import type { RestoreGone } from './restore.ts'
import type { KnownTree } from './restore.ts'
import { isExcused, lossOf, resumedAfterRestore } from './restore.ts'
import { restoreRows } from './restore-store.ts'
import type { PersonPlace } from './audit-store.ts'
import { checkpointsAfter, countPositions, findStrayPosition, placesAfter } from './audit-store.ts'
import type { DocumentLeaf } from './public.ts'
import { auditLeaves, countLeaves } from './public.ts'
import type { LogRow } from './store.ts'
import { keysOf, logRows, placeOf } from './store.ts'

export type Audit = {
  readonly session: Session
  readonly issuer: string
  /** Empty: no files to look at. */
  readonly ledgerDir: string
  /** Verifier keys that are known from another source than the database. */
  readonly vkeys: readonly string[]
  /** Opens the content of people's events; undefined: only checks that need no key are made. */
  readonly vault: Vault | undefined
  /** The rooms whose rows are held against people's events. */
  readonly parts?: FoldParts | undefined
  /** What is closed day by day. */
  readonly closings?: readonly DayClosing[] | undefined
  /** Hears of each person about whom something was found. */
  readonly doubt?: ((person: DoubtedPerson) => Promise<void>) | undefined
  /** Hears how far the walk over people has come. */
  readonly tell?: ((walked: WalkFigures) => void) | undefined
  /** The feed of heads, where this machine has it. */
  readonly feed?: SealedFeed | undefined
  /** What the feed knew of the logs before this instant. */
  readonly fed?: readonly KnownTree[]
  /** What is published, beside the entries of the log that are of it. */
  readonly publicLeaves: readonly DocumentLeaf[]
  /** The database is a copy beside files and trees that went on: what was signed since is told, and no finding. */
  readonly isCopy?: boolean | undefined
}

/** What an audit found, in the order found. */
export type AuditResult = {
  readonly findings: readonly Finding[]
  /** How much rows and events say differently: the findings name the first hundred. */
  readonly differences: number
  /** What should be closed by now and is not. */
  readonly notClosed: readonly OverdueDays[]
  readonly says: readonly string[]
}

const page = 1000
const maxPages = 100_000
const maxFindings = 20

/** Compares the rows of the database with each other, with the files, and with the signed trees. */
export async function auditDatabase(audit: Audit): Promise<AuditResult> {
  const { findings, says } = await lookAtLogs(audit)
  const { differences, named } = await auditPeople(audit)
  const { session, closings = [] } = audit
  const looked = await overdueDays(session, closings, await instantOf(session))
  if (audit.vault === undefined)
    says.push('Not looked at: what the events say (KEYS_DIR is not given).')
  const rows: Finding[] = []
  for (const difference of named) rows.push(await findingOf(audit, difference))
  return {
    findings: [...findings.slice(0, maxFindings), ...rows],
    differences,
    notClosed: looked.filter(({ days }) => days.length > 0),
    says,
  }
}

// After the trees of the database, which are held against the signed ones: the feed has come at least as far.
async function auditFeed({ feed }: Audit, logs: readonly LogRow[]): Promise<Finding[]> {
  const wrong = feed === undefined ? [] : await checkFeed(feed, treesOf(logs))
  return wrong.map((because) => ({ where: 'feed of heads', because }))
}

// What the feed had before this instant, the database has to have now, or to have lost by a restore that operators let go on.
async function notInRows(
  { session, fed = [] }: Audit,
  logs: readonly LogRow[],
  gone: readonly RestoreGone[],
): Promise<Finding[]> {
  const found: Finding[] = []
  for (const tree of fed) {
    const held = isExcused(tree, gone) ? undefined : await heldSizeOfTree(session, logs, tree)
    const loss = { held: held ?? 0, taken: tree.size, knownTo: tree.knownTo }
    if (held !== undefined) found.push({ where: tree.origin, because: lossOf(loss) })
  }
  return found
}

/** The same without what is said about people: logs, public documents, and the place of each event. */
export async function auditLogs(audit: Audit): Promise<readonly Finding[]> {
  return (await lookAtLogs(audit)).findings.slice(0, maxFindings)
}

async function lookAtLogs(audit: Audit) {
  const [findings, says]: [Finding[], string[]] = [[], []]
  const { restores, gone } = await restoresIn(audit)
  const logs = await logRows(audit.session)
  for (const log of logs) {
    const origin = originOf(audit.issuer, log.year, log.shard)
    const lost = Math.max(0, ...gone.filter((row) => row.origin === origin).map((row) => row.taken))
    const { faults, signed, since } = await auditLog(audit, log, origin, lost)
    findings.push(...faults.map((fault) => ({ where: origin, ...fault })))
    says.push(`${origin}: ${log.treeSize} entries, ${signed} checkpoints${since}`)
  }
  findings.push(
    ...(await goneLogs(audit, logs, gone)),
    ...restores,
    ...(await auditFeed(audit, logs)),
    ...(await notInRows(audit, logs, gone)),
  )
  says.push(...gone.map(saysRestored))
  findings.push(...(await auditLeaves(audit.session, audit.publicLeaves)))
  const places = await auditPlaces(audit)
  findings.push(...places.findings)
  const people = `${places.events} events of ${places.count} people`
  says.push([...countLeaves(audit.publicLeaves), people].join(', '))
  // A finding that names one entry comes before a finding that names a range.
  const exact = findings.toSorted(
    (one, other) => Number(one.isRange ?? 0) - Number(other.isRange ?? 0),
  )
  return { findings: exact, says }
}

/** Logs that the signer's record names, and the database does not. */
async function goneLogs(
  { issuer, ledgerDir, isCopy }: Audit,
  logs: readonly LogRow[],
  gone: readonly RestoreGone[],
): Promise<Finding[]> {
  // A log may have begun since the copy.
  if (isCopy === true && logs.length > 0) return []
  const record = ledgerDir === '' ? new Map<string, SignedTree>() : await recordIn(ledgerDir)
  // Each log that is there says so already.
  if (record instanceof RefusalToSign)
    return logs.length > 0 ? [] : [{ where: issuer, because: record.message }]
  const held = new Set(logs.map(({ year, shard }) => originOf(issuer, year, shard)))
  return [...record].flatMap(([origin, { size, root }]): Finding[] => {
    const place = placeIn(issuer, origin)
    if (place === undefined || held.has(origin)) return []
    const tree = { ...place, size, root, knownTo: 'signed.json' }
    const because = `${size} entries were signed, but the database has no such log`
    return isExcused(tree, gone) ? [] : [{ where: origin, because }]
  })
}

function recordIn(ledgerDir: string): Promise<SignedRecord | RefusalToSign> {
  return readRecord(ledgerDir).catch(recoverFrom(RefusalToSign, (error) => error))
}

/** @param lost how many entries had been taken into the log of which operators know that a restore lost some */
async function auditLog(audit: Audit, log: LogRow, origin: string, lost: number) {
  const { session, ledgerDir } = audit
  const { faults, trees } = await signedTrees(audit, log, origin)
  const rows = tilesFromRows(session, log.logId)
  const days = readToldDays(await instantOf(session))
  const tree = { size: log.treeSize, root: log.root }
  const found =
    (await gapIn(session, log)) ??
    (await walkLog(rows, [...trees.filter(({ size }) => size <= tree.size), tree], {
      isEntry: isLogEntry,
      onEntries(entries, from) {
        days.take(entries, from)
        return Promise.resolve(undefined)
      },
    }))
  if (found !== undefined) faults.push(found)
  faults.push(...days.faults())
  if (!isFrontier(log)) faults.push({ because: 'its frontier is not that of its tree' })
  const largest = trees.at(-1)
  const isShort = largest !== undefined && largest.size > Math.max(tree.size, lost)
  if (isShort && audit.isCopy !== true)
    faults.push({
      index: tree.size,
      because: `${largest.size} entries were signed, but the database holds ${tree.size}`,
    })
  if (ledgerDir !== '' && largest !== undefined) {
    const files = tilesFromFiles(folderOf(ledgerDir, log.year, log.shard))
    const inFiles = await walkLog(files, trees, {
      isEntry: isLogEntry,
      onEntries: sameAsRows(audit, log),
    })
    if (inFiles !== undefined)
      faults.push({ ...inFiles, because: `in the files: ${inFiles.because}` })
  }
  const byIndex = faults.toSorted(
    (one, other) => (one.index ?? Number.MAX_VALUE) - (other.index ?? Number.MAX_VALUE),
  )
  return {
    faults: byIndex,
    signed: trees.length,
    since:
      isShort && audit.isCopy === true
        ? `; ${largest.size - tree.size} more were signed since this copy`
        : '',
  }
}

// A restore that two operators let go on is told; any other one is a finding. Without keys nobody can tell the two apart.
async function restoresIn({ session, vault }: Audit) {
  const rows = await restoreRows(session)
  const gone = vault === undefined ? [] : resumedAfterRestore(vault.seals, rows)
  const restores = rows
    .filter((row) => gone.every((one) => one !== row))
    .map((row) => ({
      where: row.origin,
      because:
        row.wentOnAt === null
          ? `the database was put back: ${lossOf(row)}; no two operators let it go on`
          : 'that operators let a restored database go on is not as this broker wrote it, or cannot be checked without keys',
    }))
  return { restores, gone }
}

function saysRestored(row: RestoreGone): string {
  const { origin, held, taken, foundAt, wentOnAt, words } = row
  const by = words.map(({ operator, reason }) => `${operator} (${reason})`).join(' and ')
  return `${origin}: the database was found put back on ${foundAt.toISOString()}: ${lossOf(row)}. The entries ${held} to ${taken - 1} may belong to no row, or to a row that stands in a later log, too. ${by} let it go on on ${wentOnAt.toISOString()}`
}

async function gapIn(session: Session, { logId, treeSize }: LogRow): Promise<LogFault | undefined> {
  const { count, gap } = await countPositions(session, logId)
  if (gap !== null) return { index: gap, because: 'it is missing' }
  if (count < treeSize) return { index: count, because: 'it is missing' }
  return count > treeSize ? { index: treeSize, because: 'the tree does not know it' } : undefined
}

function isFrontier({ treeSize, root, frontier }: LogRow): boolean {
  try {
    return rootOf(frontierFrom(treeSize, frontier)).equals(root)
  } catch {
    return false
  }
}

/** All signed trees of a log, smallest first: from checkpoints of the database and of the files, and from the signer's record. */
async function signedTrees({ session, ledgerDir, vkeys }: Audit, log: LogRow, origin: string) {
  const faults: LogFault[] = []
  const keys = await keysOf(session, log.logId)
  const known = [...new Set([...vkeys, ...keys.map(({ vkey }) => vkey)])].map(readVkey)
  const ends = new Map(
    keys.map(({ vkey, lastSize }) => [vkey, lastSize ?? Number.MAX_SAFE_INTEGER]),
  )
  const trees = new Map<string, { size: number; root: Buffer }>()
  const read = (note: string, size: number | undefined) => {
    const { text, signatures } = openNote(note, known)
    const tree = readCheckpoint(text)
    const isByLiveKey = ({ verifier }: Signature) =>
      tree.size <= (ends.get(verifier.vkey) ?? tree.size)
    if (!signatures.some(isByLiveKey)) throw new NoteError('is signed only by keys that had ended')
    // Often the command was told another ISSUER than the processes, or in a demonstration another PORT.
    if (tree.origin !== origin)
      throw new NoteError(
        `is of ${tree.origin}: ISSUER here says ${origin} (a demonstration: PORT)`,
      )
    if (tree.size !== (size ?? tree.size)) throw new NoteError('is of another tree')
    trees.set(`${tree.size} ${tree.root.toString('hex')}`, tree)
  }
  const take = (note: string, size: number | undefined, where: string) =>
    attempt(
      () => read(note, size),
      recoverFrom(NoteError, ({ message }) => void faults.push({ because: `${where} ${message}` })),
    )
  let after = -1
  for (let n = 0; n < maxPages; n++) {
    const rows = await checkpointsAfter(session, log.logId, after, page)
    for (const { note, treeSize } of rows)
      take(note, treeSize, `the checkpoint of ${treeSize} entries`)
    after = rows.at(-1)?.treeSize ?? after
    if (rows.length < page) break
  }
  if (ledgerDir !== '') {
    const file = join(folderOf(ledgerDir, log.year, log.shard), 'checkpoint')
    const note = await readWhole(file)
    if (note !== undefined) take(note.toString(), undefined, file)
    else if (trees.size > 0) faults.push({ because: `${file} is missing` })
    const record = await recordIn(ledgerDir)
    if (record instanceof RefusalToSign) faults.push({ because: record.message })
    const last = record instanceof RefusalToSign ? undefined : record.get(origin)
    if (last !== undefined) trees.set(`${last.size} ${last.root.toString('hex')}`, last)
  }
  return { faults, trees: [...trees.values()].toSorted((one, other) => one.size - other.size) }
}

// Files and rows may each be consistent and still differ: here they must be the same.
function sameAsRows({ session }: Audit, log: LogRow) {
  const rows = tilesFromRows(session, log.logId)
  return async (entries: readonly Buffer[], from: number): Promise<LogFault | undefined> => {
    const width = Math.min(entries.length, log.treeSize - from)
    if (width <= 0) return undefined // Said of the rows already.
    const bundle = await rows({ level: 'entries', index: from / tileWidth, width }).catch(
      () => undefined,
    )
    if (bundle === undefined) return undefined // A gap, which is named.
    const inRows = present(entriesIn(bundle, width), 'the entries of a bundle of rows')
    const bad = entries.slice(0, width).findIndex((entry, i) => inRows[i]?.equals(entry) !== true)
    return bad < 0 ? undefined : { index: from + bad, because: 'the database holds another entry' }
  }
}

// An operator can name what it was by the public log alone, or by an older backup.
const strayEntry =
  'nothing here has this entry: an event, a register version, an announcement or a published file is gone'

async function auditPlaces({ session, issuer }: Audit) {
  const findings: Finding[] = []
  const people = new Set<string>()
  let [events, last, wrong]: [number, Place | undefined, string] = [0, undefined, '']
  let after = { personId: '00000000-0000-0000-0000-000000000000', personSeq: 0 }
  for (let n = 0; n < maxPages && findings.length < maxFindings; n++) {
    const rows = await placesAfter(session, after, page)
    for (const row of rows) {
      if (row.personId !== after.personId) last = undefined
      after = row
      events += 1
      people.add(row.personId)
      // What comes after a wrong place is compared with nothing.
      const because = row.personId === wrong ? undefined : placeFault(row, last)
      if (because !== undefined) {
        findings.push(ofEvent(row, because))
        wrong = row.personId
      }
      last = row.place ?? last
    }
    if (rows.length < page) break
  }
  const stray = await findStrayPosition(session)
  if (stray !== undefined)
    findings.push({
      where: originOf(issuer, stray.year, stray.shard),
      index: stray.leafIndex,
      because: strayEntry,
    })
  return { findings, count: people.size, events }
}

// Without the rooms' parts only the chains themselves are looked at.
const chainsAlone: FoldParts = {
  rows: [],
  strays: [],
  together: () => Promise.resolve([]),
  tellers: () => [],
}

async function auditPeople({ session, vault, parts = chainsAlone, tell, doubt }: Audit) {
  if (vault === undefined) return noWalkFigures
  return walkEverybody(session, vault, parts, tell, doubt)
}

async function findingOf(
  { session }: Audit,
  { table, called, because }: Difference,
): Promise<Finding> {
  const eventId = readId('evt', called)
  if (table !== 'ledger_event') return { where: `${table} ${called}`, because }
  const place = eventId === undefined ? undefined : await placeOf(session, eventId)
  return place === undefined
    ? { where: called, because }
    : { where: called, index: place.leafIndex, because }
}

type Place = NonNullable<PersonPlace['place']>

/** Why an event does not stand where it should, compared with the event before it. */
export function placeFault(row: PersonPlace, last: Place | undefined): string | undefined {
  const { place, commitment, isWaiting } = row
  if (place === null) return isWaiting ? undefined : 'it is in no log, and does not wait for one'
  if (place.commitment !== commitment.toString('hex')) return 'its entry is of something else'
  const isLater =
    last === undefined ||
    place.year > last.year ||
    (place.year === last.year && place.shard > last.shard) ||
    (place.logId === last.logId && place.leafIndex > last.leafIndex)
  return isLater ? undefined : 'it stands before an earlier event of its person'
}

function ofEvent({ eventId, place }: PersonPlace, because: string): Finding {
  const where = writeId('evt', eventId)
  return place === null ? { where, because } : { where, index: place.leafIndex, because }
}
