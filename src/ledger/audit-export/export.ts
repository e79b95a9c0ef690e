import type { Session } from '../../base/database/db-session.ts'
import type { StatementSigner } from '../../base/keys/jws.ts'
import { publicKeys } from '../../base/keys/jws.ts'
import { StartError } from '../../base/values/start-error.ts'
import { hashOfDigest, signDigest } from './digest.ts'
import type { ExportPlace } from './folder.ts'
import { appendFrom, emptyHour, placeIn } from './folder.ts'
import type { HourRead } from './hours.ts'
import { hourMs } from './hours.ts'
import type { AuditLine } from './lines.ts'
import { digestLine, lineOf } from './lines.ts'
import type { References } from './references.ts'
import type { DigestClaims, FolderFile } from './shapes.ts'
import { auditedRows, hasDeed, lastDeedBefore, auditHorizon, takeFolder } from './store.ts'

export type ExportInput = {
  /** Of this export alone: the right to the folder lives as long. */
  readonly session: Session
  readonly statements: StatementSigner
  readonly issuer: string
  readonly references: References
  readonly dir: string
  readonly folder: FolderFile
  /** Hears of each hour that is over. */
  readonly tell: (line: string) => void
}

const mostSteps = 1_000_000_000

/** How much one run wrote, and until when. */
export type ExportedRange = { readonly lines: number; readonly until: Date }

/**
 * Writes what happened since the last line and before `until`, as far as it is settled: each line once, in order, an hour a file, and a
 * signed digest behind an hour that is over. A run that is broken off leaves whole lines, and perhaps a part of one: the next run goes on.
 * @throws StartError where another run writes into the folder, or the database or the folder is not what was exported
 */
export async function exportUntil(
  exporting: ExportInput,
  until: Date | undefined,
): Promise<ExportedRange> {
  const { session, folder, dir, statements } = exporting
  if (!(await takeFolder(session, folder.folder_id)))
    throw new StartError(`Another export writes into ${dir}.`)
  const settled = await auditHorizon(session)
  const end = until !== undefined && until < settled ? until : settled
  let place = await placeIn(dir, folder, publicKeys(statements.keys))
  await requireSameDeeds(exporting, place)
  let lines = 0
  while (place.hour < end) {
    const over = new Date(place.hour.getTime() + hourMs)
    const isOver = over <= end
    const step = await writeHour(exporting, place, isOver ? over : end, isOver)
    lines += step.written
    if (step.next === undefined) break
    exporting.tell(`${place.hour.toISOString()}: ${step.lines} lines\n`)
    place = step.next
  }
  return { lines, until: end }
}

/**
 * Writes what there is, and after each wait what came meanwhile. Once it is told to stop, what is being written is written to its end.
 * @param stopped waits a while. Its answer: whether this process was told to stop
 */
export async function exportFollowing(
  exporting: ExportInput,
  stopped: () => Promise<boolean>,
): Promise<ExportedRange> {
  let { lines, until } = await exportUntil(exporting, undefined)
  for (let n = 0; n < mostSteps && !(await stopped()); n++) {
    const step = await exportUntil(exporting, undefined)
    ;[lines, until] = [lines + step.lines, step.until]
  }
  return { lines, until }
}

/** What was taken away or written anew since the last digest is not exported over in silence. */
async function requireSameDeeds({ session }: ExportInput, { last }: ExportPlace): Promise<void> {
  const deed = last?.claims.deed ?? null
  if (deed === null || (await hasDeed(session, deed))) return
  throw new StartError(
    `The deeds of operators are not those that were exported: number ${deed.number} is gone, or was changed. Run « ledger verify »; after a restore, begin a new folder.`,
  )
}

type Step = {
  readonly written: number
  readonly lines: number
  readonly next: ExportPlace | undefined
}

async function writeHour(
  exporting: ExportInput,
  { hour, read, last }: ExportPlace,
  before: Date,
  isOver: boolean,
): Promise<Step> {
  const { session, references, statements, issuer, dir } = exporting
  const hash = read.hash.copy()
  let [lines, written] = [read.lines, 0]
  let closed: { jws: string; claims: DigestClaims } | undefined
  async function* pieces() {
    for await (const rows of auditedRows(session, sinceOf(hour, read.lastAt), before)) {
      const fresh = rows.map((row) => lineOf(row, references)).filter((line) => isFresh(line, read))
      if (fresh.length === 0) continue
      const piece = fresh.map(({ text }) => `${text}\n`).join('')
      hash.update(piece)
      ;[lines, written] = [lines + fresh.length, written + fresh.length]
      yield piece
    }
    if (!isOver) return
    const claims = {
      iss: issuer,
      from: hour.toISOString(),
      until: before.toISOString(),
      lines,
      sha256: hash.digest('hex'),
      previous: last?.hash ?? null,
      key: references.keyName,
      deed: await lastDeedBefore(session, before),
    }
    closed = { jws: await signDigest(statements, claims), claims }
    yield `${digestLine(claims.until, closed.jws, lines)}\n`
  }
  await appendFrom(dir, hour, read.bytes, pieces())
  if (closed === undefined) return { written, lines, next: undefined }
  const next = { hour: before, read: emptyHour(), last: lastOf(closed) }
  return { written, lines, next }
}

function isFresh({ at, id }: AuditLine, { lastAt, idsAtLast }: HourRead): boolean {
  if (lastAt === undefined || at > lastAt) return true
  return at === lastAt && !idsAtLast.has(id)
}

// The database compares with microseconds, and a `Date` has none: the instant of the last line is read again, and its lines are left out.
function sinceOf(hour: Date, lastAt: string | undefined): Date {
  return lastAt === undefined ? hour : new Date(lastAt)
}

function lastOf({ jws, claims }: { jws: string; claims: DigestClaims }): ExportPlace['last'] {
  return { hash: hashOfDigest(jws), claims }
}
