import type { Session } from '../../base/database/db-session.ts'
import type { StatementSigner } from '../../base/keys/jws.ts'
import { publicKeys } from '../../base/keys/jws.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { deedFaultsAfter } from '../../base/observing/operator-audit-store.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { hashOfDigest, signDigest, signOpenHour, signProgress } from './digest.ts'
import type { ExportPlace } from './folder.ts'
import { appendFrom, emptyHour, noteOpenHour, noteUntil, placeIn } from './folder.ts'
import type { HourRead } from './hours.ts'
import { endOfHour } from './hours.ts'
import { digestLine, lineOf } from './lines.ts'
import type { References } from './references.ts'
import type { DigestClaims, FolderFile } from './shapes.ts'
import type { AuditedRow, LastDeed } from './store.ts'
import { auditedRows, auditHorizon, deedIn, hasDeed, lastDeedBefore, takeFolder } from './store.ts'

export type ExportInput = {
  /** Of this export alone: the right to the folder lives as long. */
  readonly session: Session
  readonly statements: StatementSigner
  /** Of the rows of deeds. */
  readonly seals: RowSeals
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
 * signed digest behind an hour that is over. A run that is broken off leaves lines of which nothing is signed: the next run writes them again.
 * Nothing is signed that no run wrote, nor of deeds that are not as they were noted.
 * @throws OperatorError where another run writes into the folder, or the database or the folder is not what was exported
 */
export async function exportUntil(
  exporting: ExportInput,
  until: Date | undefined,
): Promise<ExportedRange> {
  const { session, folder, dir, statements } = exporting
  if (!(await takeFolder(session, folder.folder_id)))
    throw new OperatorError(`Another export writes into ${dir}.`)
  const settled = await auditHorizon(session)
  const end = until !== undefined && until < settled ? until : settled
  let place = await placeIn(dir, folder, publicKeys(statements.keys))
  let deed = await heldDeed(exporting, place)
  let lines = 0
  while (place.hour < end) {
    const over = endOfHour(place.hour)
    const isOver = over <= end
    const step = await writeHour(exporting, { ...place, deed }, isOver ? over : end, isOver)
    lines += step.written
    deed = step.deed
    if (step.next === undefined) break
    exporting.tell(`${place.hour.toISOString()}: ${step.lines} lines\n`)
    place = step.next
  }
  const claims = { iss: exporting.issuer, until: end.toISOString() }
  await noteUntil(dir, await signProgress(statements, claims))
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

/**
 * The last deed that was exported: those behind it follow. What was taken away, written anew or added since is not exported over in silence.
 */
async function heldDeed(
  { session, seals, folder }: ExportInput,
  { last, open }: ExportPlace,
): Promise<LastDeed | null> {
  const signed = open ?? last?.claims
  const deed =
    signed === undefined ? await lastDeedBefore(session, new Date(folder.since)) : signed.deed
  if (deed !== null && !(await hasDeed(session, deed)))
    throw new OperatorError(
      `The deeds of operators are not those that were exported: number ${deed.number} is gone, or was changed. ${whatThen}`,
    )
  const held = deed === null ? undefined : { ...deed, sha256: Buffer.from(deed.sha256, 'hex') }
  const [fault] = await deedFaultsAfter(session, seals, held)
  if (fault === undefined) return deed
  throw new OperatorError(
    `The deeds of operators are not as they were noted: ${fault.called}: ${fault.because}. ${whatThen}`,
  )
}

const whatThen = 'Run « ledger verify »; after a restore, begin a new folder.'

type Step = {
  readonly written: number
  readonly lines: number
  readonly deed: LastDeed | null
  readonly next: ExportPlace | undefined
}
type Behind = ExportPlace & { readonly deed: LastDeed | null }

async function writeHour(
  exporting: ExportInput,
  { hour, read, last, open, deed: held }: Behind,
  before: Date,
  isOver: boolean,
): Promise<Step> {
  const { session, references, statements, issuer, dir } = exporting
  const hash = read.hash.copy()
  let [lines, written, bytes, deed] = [read.lines, 0, read.bytes, held]
  let closed: { jws: string; claims: DigestClaims } | undefined
  const claimsUntil = (until: Date) => ({
    iss: issuer,
    from: hour.toISOString(),
    until: until.toISOString(),
    lines,
    sha256: hash.copy().digest('hex'),
    previous: last?.hash ?? null,
    key: references.keyName,
    deed,
  })
  const note = async () =>
    noteOpenHour(dir, await signOpenHour(statements, { ...claimsUntil(hour), bytes }))
  async function* pieces() {
    const since = sinceOf(hour, read.lastAt)
    for await (const rows of auditedRows(session, since, before, held?.number ?? 0)) {
      const fresh = rows
        .map((row) => ({ row, line: lineOf(row, references, isLate(row, hour, read)) }))
        .filter(({ row, line }) => isFresh(row, line.id, read))
      if (fresh.length === 0) continue
      const piece = fresh.map(({ line }) => `${line.text}\n`).join('')
      hash.update(piece)
      ;[lines, written] = [lines + fresh.length, written + fresh.length]
      bytes += Buffer.byteLength(piece)
      deed = fresh.map(({ row }) => deedIn(row)).findLast((one) => one !== undefined) ?? deed
      yield piece
      // It is on the disk.
      await note()
    }
    if (!isOver) return
    const claims = claimsUntil(before)
    closed = { jws: await signDigest(statements, claims), claims }
    yield `${digestLine(claims.until, closed.jws, lines)}\n`
  }
  if (open === undefined) await note()
  await appendFrom(dir, hour, read.bytes, pieces())
  if (closed === undefined) return { written, lines, deed, next: undefined }
  const next = { hour: before, read: emptyHour(), last: lastOf(closed), open: undefined }
  return { written, lines, deed, next }
}

// A deed is there once, by its number.
function isFresh({ source, at }: AuditedRow, id: string, { lastAt, idsAtLast }: HourRead): boolean {
  if (source === 'deed' || lastAt === undefined || at > lastAt) return true
  return at === lastAt && !idsAtLast.has(id)
}

function isLate({ at }: AuditedRow, hour: Date, { lastAt }: HourRead): boolean {
  return at < (lastAt ?? hour.toISOString().replace('Z', '000Z'))
}

// The database compares with microseconds, and a `Date` has none: the instant of the last line is read again, and its lines are left out.
function sinceOf(hour: Date, lastAt: string | undefined): Date {
  return lastAt === undefined ? hour : new Date(lastAt)
}

function lastOf({ jws, claims }: { jws: string; claims: DigestClaims }): ExportPlace['last'] {
  return { hash: hashOfDigest(jws), claims }
}
