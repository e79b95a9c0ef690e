import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { PublishedKeys } from '../../base/keys/jws.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { hashOfDigest, readDigest } from './digest.ts'
import { openNamed, readOpenFile } from './folder.ts'
import type { HourFile, HourRead } from './hours.ts'
import { endOfHour, hourFileAt, hourFiles, readHour } from './hours.ts'
import type { DigestClaims, OpenClaims } from './shapes.ts'

/** What a check found, and what it says of what holds. */
export type CheckedExport = { readonly findings: readonly string[]; readonly says: string }

const mostFound = 100
// An hour is settled some minutes after its end.
const patienceSeconds = 3600

type Before = { readonly hour: Date; readonly jws: string; readonly claims: DigestClaims }

/** The files of hours that these words name: files, and folders of them, in the order of their hours. @throws OperatorError */
export async function filesNamed(words: readonly string[]): Promise<HourFile[]> {
  const found: HourFile[] = []
  for (const word of words) {
    const isFolder = await stat(word).then(
      (one) => one.isDirectory(),
      (cause: unknown) => {
        throw new OperatorError(`${word} is not there.`, { cause })
      },
    )
    found.push(...(isFolder ? await hourFiles(word) : [fileNamed(word)]))
  }
  return found.toSorted((one, other) => one.hour.getTime() - other.hour.getTime())
}

function fileNamed(path: string): HourFile {
  const file = hourFileAt(path)
  if (file === undefined) throw new OperatorError(`${path} is not named as a file of an export.`)
  return file
}

/**
 * Whether these files are as a house wrote them, one hour behind the other. The last may lack its digest, while its hour is not long over:
 * of it, what `open.json` beside it signs.
 * What the first follows is not known here, nor what was taken away behind the last: `until` says how far they must go.
 */
export async function checkFiles(
  files: readonly HourFile[],
  keys: PublishedKeys,
  { now, until }: { readonly now: Date; readonly until: Date | undefined },
): Promise<CheckedExport> {
  const findings: string[] = []
  let [hours, lines, isOpen] = [0, 0, false]
  let before: Before | undefined
  let signedLines: number | undefined
  for (const file of files) {
    if (findings.length >= mostFound) {
      findings.push(`${file.name}: it was not looked at any more, nor what is behind it`)
      break
    }
    const one = await checkHour(file, keys, before)
    hours++
    lines += one.lines
    isOpen =
      one.signed === undefined &&
      file === files.at(-1) &&
      now < secondsAfter(endOfHour(file.hour), patienceSeconds)
    findings.push(...(isOpen ? one.faults : [...one.faults, ...one.faultsOfDigest]))
    if (file === files.at(-1)) {
      const part = await checkOpenHour(file, one, keys, before)
      findings.push(...part.faults)
      signedLines = part.lines
    }
    before = one.signed ?? before
  }
  const signed = before && endOfHour(before.hour)
  const short = until === undefined ? undefined : shortOf(signed, until)
  if (short !== undefined) findings.push(short)
  const open = isOpen ? `; the last file is not over, and ${partOf(signedLines)}` : ''
  return {
    findings,
    says: `${hours} hours, ${lines} lines, ${reachOf(signed)}${open}`,
  }
}

function partOf(lines: number | undefined): string {
  return lines === undefined
    ? `no ${openNamed} beside it signs a line`
    : `${openNamed} signs its first ${lines} lines`
}

function shortOf(signed: Date | undefined, until: Date): string | undefined {
  if (signed !== undefined && signed >= until) return undefined
  return `${reachOf(signed)}, and must be until ${until.toISOString()}`
}

function reachOf(signed: Date | undefined): string {
  return signed === undefined ? 'no whole hour is signed' : `signed until ${signed.toISOString()}`
}

type CheckedHour = {
  readonly lines: number
  readonly faults: readonly string[]
  /** Of a last hour that is not over, none counts. */
  readonly faultsOfDigest: readonly string[]
  readonly signed: Before | undefined
}

async function checkHour(
  { path, name, hour }: HourFile,
  keys: PublishedKeys,
  before: Before | undefined,
): Promise<CheckedHour> {
  const read = await readHour({ path, hour })
  const { lines, jws } = read
  const faults = [read.fault, missingBefore(read.deeds, before)]
    .filter((one) => one !== undefined)
    .map((one) => `${name}: ${one}`)
  if (jws === undefined)
    return { lines, faults, faultsOfDigest: [`${name}: it has no digest`], signed: undefined }
  const claims = await readDigest(keys, jws)
  if (claims === undefined) {
    const unsigned = `${name}: its digest was signed by none of these keys`
    return { lines, faults: [...faults, unsigned], faultsOfDigest: [], signed: undefined }
  }
  if (!isAsSigned(read, hour, claims))
    faults.push(`${name}: its lines are not those that were signed`)
  const end = missingAtEnd(read.deeds, before, claims)
  if (end !== undefined) faults.push(`${name}: ${end}`)
  if (before !== undefined) faults.push(...gapBetween(name, before, hour, claims))
  return { lines, faults, faultsOfDigest: [], signed: { hour, jws, claims } }
}

type OpenPart = {
  /** How many lines are signed; absent: nothing is signed of them. */
  readonly lines?: number
  readonly faults: readonly string[]
}

/** What is signed of the last hour while it is not over, and of one behind it whose file is not here. */
async function checkOpenHour(
  { path, name, hour }: HourFile,
  { signed }: CheckedHour,
  keys: PublishedKeys,
  before: Before | undefined,
): Promise<OpenPart> {
  const open = await readOpenFile(dirname(path), keys)
  if (open === undefined) return { faults: [] }
  if (open === null) return { faults: [`${openNamed}: it was signed by none of these keys`] }
  const from = new Date(open.from)
  if (from > hour && open.bytes > 0)
    return { faults: [`the file of ${open.from} is gone: lines of it were signed`] }
  if (from.getTime() !== hour.getTime() || signed !== undefined) return { faults: [] }
  const read = await readHour({ path, hour }, open.bytes)
  const gaps = before === undefined ? [] : gapBetween(name, before, hour, open)
  if (isOfLines(read, open)) return { lines: open.lines, faults: gaps }
  return { faults: [...gaps, `${name}: its lines are not those that ${openNamed} signs`] }
}

function isOfLines({ lines, hash }: HourRead, claims: DigestClaims | OpenClaims): boolean {
  return claims.lines === lines && claims.sha256 === hash.digest('hex')
}

function isAsSigned(read: HourRead, hour: Date, claims: DigestClaims): boolean {
  const isOfHour =
    claims.from === hour.toISOString() && claims.until === endOfHour(hour).toISOString()
  return isOfHour && isOfLines(read, claims)
}

// Deeds have numbers without a gap, from one file to the next, too.
function missingBefore(deeds: HourRead['deeds'], before: Before | undefined): string | undefined {
  if (deeds === undefined || before === undefined) return undefined
  const expected = lastIn(before.claims) + 1
  if (deeds.first === expected) return undefined
  return `deed ${expected} is missing, and deed ${deeds.first} is there`
}

function missingAtEnd(
  deeds: HourRead['deeds'],
  before: Before | undefined,
  claims: DigestClaims,
): string | undefined {
  const signed = lastIn(claims)
  // Of a first file without deeds nobody knows here which was the last one before it.
  const last = deeds?.last ?? (before === undefined ? signed : lastIn(before.claims))
  return last === signed ? undefined : `deed ${signed} was signed as its last one, and is not there`
}

function lastIn({ deed }: DigestClaims): number {
  return deed?.number ?? 0
}

function gapBetween(name: string, before: Before, hour: Date, digest: DigestClaims): string[] {
  if (hour.getTime() === before.hour.getTime()) return [`${name}: it was given twice`]
  if (hour.getTime() !== endOfHour(before.hour).getTime())
    return [`${name}: an hour before it is missing`]
  if (digest.previous !== hashOfDigest(before.jws))
    return [`${name}: it does not follow the digest of the hour before`]
  const isOfOne = digest.key === before.claims.key && digest.iss === before.claims.iss
  return isOfOne ? [] : [`${name}: it is of another house, or another key of references`]
}
