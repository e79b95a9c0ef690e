import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PublishedKeys } from '../../base/keys/jws.ts'
import { writeOnce } from '../../base/keys/secret-files.ts'
import { StartError } from '../../base/values/start-error.ts'
import { syncFolder } from '../../base/settings/atomic-file.ts'
import { hashOfDigest, readDigest } from './digest.ts'
import type { HourFile, HourRead } from './hours.ts'
import { fileOfHour, hourFiles, hourMs, hourOf, readHour } from './hours.ts'
import type { DigestClaims, FolderFile } from './shapes.ts'
import { folderFile } from './shapes.ts'

// The folder is all that an export remembers: which key it is of, and, in its last lines, how far it has come.

const named = 'export.json'

/** Opens a folder of this house and this key, or begins one. @throws StartError where it is of others */
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
  if (!found.success) throw new StartError(`${path} is not of an audit export.`)
  const { issuer, key, since: began } = found.data
  if (issuer !== own.issuer) throw new StartError(`${dir} is the export of ${issuer}.`)
  if (key !== own.key) throw new StartError(`${dir} was begun with another key of references.`)
  if (begin.since !== undefined && hourOf(begin.since).toISOString() !== began)
    throw new StartError(`${dir} was begun at ${began}: it goes on by itself, without --since.`)
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
}

/** @throws StartError where what was written last is not as this house wrote it */
export async function placeIn(
  dir: string,
  { since }: FolderFile,
  keys: PublishedKeys,
): Promise<ExportPlace> {
  const files = await hourFiles(dir)
  const newest = files.at(-1)
  if (newest === undefined) return { hour: new Date(since), read: emptyHour(), last: undefined }
  const { hour } = newest
  const read = await soundHour(newest)
  if (read.jws !== undefined) {
    const last = await signedIn(keys, read.jws, newest)
    return { hour: new Date(hour.getTime() + hourMs), read: emptyHour(), last }
  }
  if (hour.toISOString() === since) return { hour, read, last: undefined }
  const before = files.find((one) => one.hour.getTime() === hour.getTime() - hourMs)
  if (before === undefined)
    throw new StartError(`The file before ${newest.name} is gone: the last two files must stay.`)
  const { jws } = await soundHour(before)
  if (jws === undefined)
    throw new StartError(`${before.name} has no digest, and a later file is there.`)
  return { hour, read, last: await signedIn(keys, jws, before) }
}

async function soundHour({ path }: HourFile): Promise<HourRead> {
  const read = await readHour(path)
  if (read.fault === undefined) return read
  throw new StartError(`${path} is not as it was written: ${read.fault}.`)
}

async function signedIn(keys: PublishedKeys, jws: string, { name }: HourFile) {
  const claims = await readDigest(keys, jws)
  if (claims === undefined) throw new StartError(`The digest of ${name} is not of this house.`)
  return { hash: hashOfDigest(jws), claims }
}

/** Of an hour that has no file yet. */
export function emptyHour(): HourRead {
  const read = { lines: 0, bytes: 0, isCut: false, idsAtLast: new Set<string>() }
  const absent = { lastAt: undefined, jws: undefined, fault: undefined }
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
