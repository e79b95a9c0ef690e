import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PublishedKeys } from '../../base/keys/jws.ts'
import { writeOnce } from '../../base/keys/secret-files.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { readWhole, syncFolder, writeWhole } from '../../base/settings/atomic-file.ts'
import { hashOfDigest, readDigest, readOpenHour, readProgress } from './digest.ts'
import type { HourFile, HourRead } from './hours.ts'
import { endOfHour, fileOfHour, hourFiles, hourOf, readHour } from './hours.ts'
import type { DigestClaims, FolderFile, OpenClaims } from './shapes.ts'
import { folderFile, openFile } from './shapes.ts'

// The folder is all that an export remembers: which key it is of, and how far it has come. Whoever can write there has no key: an hour
// that is over has a digest, and of the hour that is not, `open.json` has the digest of what was written until now.

const named = 'export.json'
export const openNamed = 'open.json'
/** Until when all is written that there was, signed: an alarm reads it, and nothing else. */
const untilNamed = 'until'
const maxUntilBytes = 4000

/** Opens a folder of this house and this key, or begins one. @throws OperatorError where it is of others */
export async function openFolder(
  dir: string,
  own: Pick<FolderFile, 'issuer' | 'key'>,
  begin: { readonly since: Date | undefined; readonly now: Date },
): Promise<FolderFile> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, named)
  const since = hourOf(begin.since ?? begin.now).toISOString()
  const made = { type: 'accord.audit-export.v1', folder_id: randomUUID(), ...own, since } as const
  const isNew = await writeOnce(path, JSON.stringify(made, null, 2))
  if (isNew) await syncFolder(dir)
  const found = folderFile.safeParse(parsed(await readFile(path, 'utf8')))
  if (!found.success) throw new OperatorError(`${path} is not of an audit export.`)
  const { issuer, key, since: began } = found.data
  if (issuer !== own.issuer) throw new OperatorError(`${dir} is the export of ${issuer}.`)
  if (key !== own.key) throw new OperatorError(`${dir} was begun with another key of references.`)
  if (begin.since !== undefined && hourOf(begin.since).toISOString() !== began)
    throw new OperatorError(`${dir} was begun at ${began}: it goes on by itself, without --since.`)
  return found.data
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Where an export goes on: in an hour that is not over, after these lines. */
export type ExportPlace = {
  readonly hour: Date
  readonly read: HourRead
  readonly last: { readonly hash: string; readonly claims: DigestClaims } | undefined
  /** What is signed of these lines; undefined: nothing is yet, and there is none. */
  readonly open: OpenClaims | undefined
}

/** @throws OperatorError where what was written last is not as this house wrote it */
export async function placeIn(
  dir: string,
  folder: FolderFile,
  keys: PublishedKeys,
): Promise<ExportPlace> {
  const { since } = folder
  const files = await hourFiles(dir)
  const newest = files.at(-1)
  const open = await openHourIn(dir, folder, keys)
  const none = { read: emptyHour(), open: undefined }
  if (newest === undefined) {
    requireNothingLater(open, new Date(since))
    return { ...none, hour: new Date(since), last: undefined }
  }
  const { hour } = newest
  const next = endOfHour(hour)
  requireNothingLater(open, next)
  const whole = await readHour(newest)
  if (whole.jws !== undefined)
    return { ...none, hour: next, last: await signedIn(keys, await soundHour(newest), newest) }
  const read = await signedPart(newest, open)
  const last = hour.toISOString() === since ? undefined : await digestBefore(files, newest, keys)
  return { hour, read, last, open }
}

async function digestBefore(
  files: readonly HourFile[],
  { hour, name }: HourFile,
  keys: PublishedKeys,
) {
  const before = files.find((one) => endOfHour(one.hour).getTime() === hour.getTime())
  if (before === undefined)
    throw new OperatorError(`The file before ${name} is gone: the last two files must stay.`)
  const read = await soundHour(before)
  if (read.jws === undefined)
    throw new OperatorError(`${before.name} has no digest, and a later file is there.`)
  return signedIn(keys, read, before)
}

async function soundHour(file: HourFile): Promise<HourRead> {
  const read = await readHour(file)
  if (read.fault === undefined) return read
  throw new OperatorError(`${file.path} is not as it was written: ${read.fault}.`)
}

async function signedIn(keys: PublishedKeys, { jws = '', ...read }: HourRead, { name }: HourFile) {
  const claims = await readDigest(keys, jws)
  if (claims === undefined) throw new OperatorError(`The digest of ${name} is not of this house.`)
  requireAsSigned(name, read, claims)
  return { hash: hashOfDigest(jws), claims }
}

// What stands behind it was perhaps written by a run that was broken off, and perhaps by somebody else: it is written again.
async function signedPart(
  { path, name, hour }: HourFile,
  open: OpenClaims | undefined,
): Promise<HourRead> {
  if (open?.from !== hour.toISOString())
    throw new OperatorError(
      `Nothing is signed of the lines of ${name}: ${openNamed} is gone, or is of another hour. ${whatThen}`,
    )
  const read = await readHour({ path, hour }, open.bytes)
  if (read.fault !== undefined)
    throw new OperatorError(`${path} is not as it was written: ${read.fault}. ${whatThen}`)
  requireAsSigned(name, read, open)
  return read
}

const whatThen = 'Keep this folder for whoever asks what happened, and begin a new one.'

function requireAsSigned(
  name: string,
  { lines, hash }: Pick<HourRead, 'lines' | 'hash'>,
  claims: DigestClaims,
): void {
  if (claims.lines === lines && claims.sha256 === hash.copy().digest('hex')) return
  throw new OperatorError(`The lines of ${name} are not those that were signed. ${whatThen}`)
}

// A signed hour without its file.
function requireNothingLater(open: OpenClaims | undefined, next: Date): void {
  const isGone =
    open !== undefined &&
    (new Date(open.from) > next ||
      (new Date(open.from).getTime() === next.getTime() && open.bytes > 0))
  if (!isGone) return
  throw new OperatorError(`The file of ${open.from} is gone: lines of it were signed. ${whatThen}`)
}

/** undefined: nothing was signed yet. @throws OperatorError where it is of others */
async function openHourIn(
  dir: string,
  { issuer, key }: FolderFile,
  keys: PublishedKeys,
): Promise<OpenClaims | undefined> {
  const claims = await readOpenFile(dir, keys)
  if (claims === undefined) return undefined
  if (claims?.iss === issuer && claims.key === key) return claims
  throw new OperatorError(`${join(dir, openNamed)} is not of this export. ${whatThen}`)
}

/** What was signed of the hour that is not over; null: by none of these keys; undefined: nothing was signed yet. */
export async function readOpenFile(
  dir: string,
  keys: PublishedKeys,
): Promise<OpenClaims | null | undefined> {
  const bytes = await readWhole(join(dir, openNamed))
  if (bytes === undefined) return undefined
  const { jws } = openFile.safeParse(parsed(bytes.toString('utf8'))).data ?? {}
  const claims = jws === undefined ? undefined : await readOpenHour(keys, jws)
  return claims ?? null
}

/** Notes what was signed of the hour that is not over. */
export async function noteOpenHour(dir: string, jws: string): Promise<void> {
  await writeWhole(join(dir, openNamed), JSON.stringify({ jws }), { mode: 0o600 })
}

/** Notes what was signed of how far an export has come, though it wrote no line. */
export async function noteUntil(dir: string, jws: string): Promise<void> {
  await writeWhole(join(dir, untilNamed), `${jws}\n`, { mode: 0o600 })
}

/**
 * How far the export of a folder has come; undefined: nobody noted it, or none of these keys signed the note. Whoever can write in the folder
 * has no key: an earlier note put back says an earlier time, and no note says a later one.
 * @throws where the folder cannot be read
 */
export async function exportProgress(dir: string, keys: PublishedKeys): Promise<Date | undefined> {
  const note = await readWhole(join(dir, untilNamed), maxUntilBytes)
  return note === undefined ? undefined : readProgress(keys, note.toString('latin1').trim())
}

/** Of an hour that has no file yet. */
export function emptyHour(): HourRead {
  const read = { lines: 0, bytes: 0, isCut: false, idsAtLast: new Set<string>() }
  const absent = { lastAt: undefined, deeds: undefined, jws: undefined, fault: undefined }
  return { ...read, ...absent, hash: createHash('sha256') }
}

/** Writes behind the whole lines of a file: what a run that was broken off left behind them is cut off. */
export async function appendFrom(
  dir: string,
  hour: Date,
  bytes: number,
  pieces: AsyncIterable<string>,
): Promise<void> {
  const file = await open(join(dir, fileOfHour(hour)), 'a', 0o600)
  try {
    await file.truncate(bytes)
    for await (const piece of pieces) {
      await file.appendFile(piece)
      await file.sync()
    }
  } finally {
    await file.close()
  }
  await syncFolder(dir)
}
