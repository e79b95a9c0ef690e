import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { OperatorError } from '../../base/values/operator-error.ts'
import { digestIn, digestLine } from './lines.ts'
import { lineRead } from './shapes.ts'

// A folder has a file for each hour: its lines, and at last its digest.

export const hourMs = 3_600_000
const longestLine = 64 * 1024
const mostHours = 100_000
const fileName = /^accord-(\d{4}-\d{2}-\d{2}T\d{2})Z\.ndjson$/

export function hourOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / hourMs) * hourMs)
}

export function fileOfHour(hour: Date): string {
  return `accord-${hour.toISOString().slice(0, 13)}Z.ndjson`
}

/** A file, by its name the one of an hour. */
export type HourFile = { readonly path: string; readonly name: string; readonly hour: Date }

/** undefined: it is the file of no hour */
export function hourFileAt(path: string): HourFile | undefined {
  const name = basename(path)
  const [, digits] = fileName.exec(name) ?? []
  const hour = new Date(`${digits}:00:00Z`)
  return Number.isNaN(hour.getTime()) ? undefined : { path, name, hour }
}

/** The files of a folder, the oldest first. @throws OperatorError */
export async function hourFiles(dir: string): Promise<HourFile[]> {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw new OperatorError(`${dir} cannot be read.`, { cause })
  })
  return names
    .toSorted()
    .flatMap((name) => hourFileAt(join(dir, name)) ?? [])
    .slice(-mostHours)
}

/** What stands in the file of an hour. */
export type HourRead = {
  /** Without the digest. */
  readonly lines: number
  /** Of the lines, each with its line feed. Of a copy, the digest is taken. */
  readonly hash: Hash
  /** How long the file is up to the end of its last whole line. */
  readonly bytes: number
  /** A last line without an end follows: its writing was broken off. */
  readonly isCut: boolean
  /** When the last line happened, and the ids of the lines of that instant. */
  readonly lastAt: string | undefined
  readonly idsAtLast: ReadonlySet<string>
  /** The numbers of the first and the last deed; undefined: there is none. */
  readonly deeds: { readonly first: number; readonly last: number } | undefined
  /** The signature of the digest; absent: the hour is not over. */
  readonly jws: string | undefined
  /** A line that is none, or that stands where it may not. */
  readonly fault: string | undefined
}

/** When an hour is over: the time that its digest bears. */
export function endOfHour(hour: Date): Date {
  return new Date(hour.getTime() + hourMs)
}

/** Reads it a line at a time, or no more of it than so many bytes. */
export async function readHour(
  { path, hour }: Pick<HourFile, 'path' | 'hour'>,
  most = Infinity,
): Promise<HourRead> {
  const hash = createHash('sha256')
  let [lines, bytes, isCut] = [0, 0, false]
  let [jws, fault]: (string | undefined)[] = []
  const order = followOrder()
  for await (const line of linesIn(path, most)) {
    isCut = !line.isWhole
    if (isCut) break
    bytes += line.bytes.length
    const read = readLine(line.bytes)
    if (read === undefined || jws !== undefined) {
      fault = `line ${lines + 1} ${read === undefined ? 'is none of an export' : 'follows the digest'}`
      break
    }
    jws = read.jws
    if (jws !== undefined) {
      // The signature vouches for itself and for the lines before it: the rest of this line follows from these.
      const asWritten = `${digestLine(endOfHour(hour).toISOString(), jws, lines)}\n`
      if (!line.bytes.equals(Buffer.from(asWritten)))
        fault ??= `line ${lines + 1} is not the digest that was written behind these lines`
      continue
    }
    lines++
    hash.update(line.bytes)
    const odd = order.next(read)
    fault ??= odd && `line ${lines} ${odd}`
  }
  return { lines, hash, bytes, isCut, ...order.reached(), jws, fault }
}

type Reached = Pick<HourRead, 'lastAt' | 'idsAtLast' | 'deeds'>
type Placed = {
  readonly at: string
  readonly id: string
  readonly isLate: boolean
  readonly deedNo: number | undefined
}

/** Lines stand in the order of their instants, each once, but for a deed that came late; deeds, in the order of their numbers, without a gap. */
function followOrder() {
  let lastAt: string | undefined
  let idsAtLast = new Set<string>()
  let deeds: HourRead['deeds']
  function gapBefore(deedNo: number): string | undefined {
    const expected = deeds === undefined ? deedNo : deeds.last + 1
    deeds = { first: deeds?.first ?? deedNo, last: deedNo }
    return deedNo === expected ? undefined : `is deed ${deedNo}, and deed ${expected} follows here`
  }
  return {
    /** @returns what is wrong with a line */
    next({ at, id, isLate, deedNo }: Placed): string | undefined {
      const gap = deedNo === undefined ? undefined : gapBefore(deedNo)
      if (gap !== undefined || (isLate && deedNo !== undefined)) return gap
      const isEarly = lastAt !== undefined && at < lastAt
      if (at !== lastAt) idsAtLast = new Set()
      const isDouble = idsAtLast.has(id)
      idsAtLast.add(id)
      lastAt = at
      if (isEarly) return 'is out of order'
      return isDouble ? 'stands there twice' : undefined
    },
    reached: (): Reached => ({ lastAt, idsAtLast, deeds }),
  }
}

function readLine(bytes: Buffer) {
  const read = lineRead.safeParse(parsed(bytes))
  if (!read.success) return undefined
  const { '@timestamp': at, event, accord } = read.data
  return {
    at,
    id: event.id ?? '',
    isLate: accord?.late === true,
    deedNo: event.dataset === 'accord.deed' ? event.sequence : undefined,
    jws: digestIn(read.data),
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

type Line = { readonly bytes: Buffer; readonly isWhole: boolean }

/** With their line feeds. @throws OperatorError where the file cannot be read, or a line is longer than any of ours */
async function* linesIn(path: string, most: number): AsyncGenerator<Line> {
  if (most === 0) return
  let rest = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(path, { end: most - 1 })) {
      rest = Buffer.concat([rest, chunk as Buffer]) // of a stream without an encoding
      let from = 0
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, from)) {
        yield { bytes: rest.subarray(from, end + 1), isWhole: true }
        from = end + 1
      }
      rest = rest.subarray(from)
      if (rest.length > longestLine) throw new OperatorError(`${path} has a line that is too long.`)
    }
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw new OperatorError(`${path} cannot be read.`, { cause })
  }
  if (rest.length > 0) yield { bytes: rest, isWhole: false }
}
