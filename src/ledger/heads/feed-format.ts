import { createHash } from 'node:crypto'
import type { FeedKeys } from '../../base/sealing/feed-keys.ts'
import type { Frontier } from '../../base/tlog/merkle.ts'
import { frontierFrom, isIndex } from '../../base/tlog/merkle.ts'
import { fromBase64 } from '../../base/values/base64.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { StandingWord } from '../chain/index.ts'
import { entryClasses, standingNumber, standingOfNumber } from '../chain/index.ts'

// The files of the feed of heads: lines of text that say what a file is, an empty line, and the sealed rest. Each file of the feed itself,
// an epoch, names the SHA-256 of the one before.
//
//   newest            where the feed is now, and when that was so
//   next              an epoch that is about to be taken into the log
//   epochs/<n>        what one turn of the sequencer took into one log
//   snapshots/<n>/…   the ends of all chains after epoch n: `head`, and its parts by number

/** The hash before the first epoch. */
export const noHash = '0'.repeat(64)

/** What a file is, whose it is, and when it was made. */
export type FeedLine = {
  /** When this feed began, in milliseconds of Unix time: a later one takes the place of an earlier one. */
  readonly generation: number
  readonly epoch: number
  readonly timeMs: number
}

export type EpochHeader = FeedLine & {
  readonly origin: string
  readonly first: number
  readonly end: number
  /** Of the tree at `end`, in base64. */
  readonly root: string
  /** SHA-256 of the epoch before, in hex. */
  readonly before: string
}

export type NewestHeader = FeedLine & {
  /** SHA-256 of the newest epoch. */
  readonly before: string
  /** The epoch after which the newest snapshot was made, and when that was. */
  readonly snapshot: number
  readonly snapshotMs: number
}

export type SnapshotHeader = FeedLine & {
  readonly before: string
  readonly people: number
  readonly parts: number
}

/** What a snapshot says under its seal. */
export type SnapshotBody = {
  readonly logs: readonly {
    readonly origin: string
    readonly size: number
    readonly frontier: string
  }[]
  /** Of all its parts, one after the other. */
  readonly sha256: string
}

/** By its origin, the tree of each log at a snapshot. */
export function treesIn(logs: SnapshotBody['logs']): ReadonlyMap<string, Frontier> {
  return new Map(
    logs.map(
      ({ origin, size, frontier }) =>
        [origin, frontierFrom(size, fromBase64(frontier) ?? Buffer.alloc(0))] as const,
    ),
  )
}

/** A piece of a snapshot. */
export type PartHeader = FeedLine & { readonly part: number }

type Kinds = {
  readonly epoch: EpochHeader
  readonly newest: NewestHeader
  readonly snapshot: SnapshotHeader
  readonly part: PartHeader
}
export type FeedFileKind = keyof Kinds

const version = 'accord.heads.v1'
const line = ['generation', 'epoch', 'timeMs'] as const
const members: { readonly [K in FeedFileKind]: readonly (keyof Kinds[K] & string)[] } = {
  epoch: [...line, 'origin', 'first', 'end', 'root', 'before'],
  newest: [...line, 'before', 'snapshot', 'snapshotMs'],
  snapshot: [...line, 'before', 'people', 'parts'],
  part: [...line, 'part'],
}
const texts: ReadonlySet<string> = new Set(['origin', 'root', 'before'])

/** What is wrong with the feed: a sentence for the operator. */
export class FeedFault extends Error {}

/** A fault says in which file it is. */
export function faultInFile<T>(name: string | undefined, read: () => T): T {
  return attempt(
    read,
    recoverFrom(FeedFault, ({ message }) => {
      throw new FeedFault(`${name}: ${message}`)
    }),
  )
}

export function writeFeedFile<K extends FeedFileKind>(
  keys: FeedKeys,
  kind: K,
  header: Kinds[K],
  plain: Buffer,
): Buffer {
  const values = header as Readonly<Record<string, string | number>>
  const lines = members[kind].map((name) => `${name} ${values[name]}`)
  const text = Buffer.from([version, kind, ...lines, `key ${keys.newestId}`, '', ''].join('\n'))
  return Buffer.concat([text, keys.seal(plain, text)])
}

/** @throws FeedFault for a file that the house did not write as this kind of file */
export function readFeedFile<K extends FeedFileKind>(
  keys: FeedKeys,
  kind: K,
  bytes: Buffer,
): { readonly header: Kinds[K]; readonly plain: Buffer; readonly keyId: string } {
  const end = bytes.indexOf('\n\n') + 2
  const text = bytes.subarray(0, end)
  const lines = text.toString().split('\n')
  const names = members[kind]
  const keyId = /^key ([0-9a-f]{16})$/.exec(lines[names.length + 2] ?? '')?.[1]
  const values = names.map((name, n) => {
    const [, value] = /^\S+ (\S+)$/.exec(lines[n + 2] ?? '') ?? []
    const isRight = lines[n + 2] === `${name} ${value}`
    return isRight && value !== undefined ? valueOf(name, value) : undefined
  })
  const isKind = lines[0] === version && lines[1] === kind && !values.includes(undefined)
  const plain = isKind && keyId ? keys.open(keyId, bytes.subarray(end), text) : undefined
  if (plain === undefined || keyId === undefined)
    throw new FeedFault(`a file is no ${kind} of this house`)
  const header = Object.fromEntries(names.map((name, n) => [name, values[n]]))
  return { header: header as unknown as Kinds[K], plain, keyId } // each value is of its member's kind
}

function valueOf(name: string, value: string): string | number | undefined {
  if (texts.has(name)) return value
  const number = Number(value)
  return isIndex(number) && String(number) === value ? number : undefined
}

export function hashOf(file: Buffer): string {
  return createHash('sha256').update(file).digest('hex')
}

// ---- what an epoch says of its entries, in the log's order

/** chain(16) ‖ number of the next event(4) ‖ standing of the access, or kind of an entry of the house(1) ‖ flags(1) ‖ commitment(32) */
const recordBytes = 54
const [kindAt, flagsAt, commitmentAt] = [20, 21, 22]
/** Of a person’s chain: none of these. */
const flags = {
  /** Its person sees it later. */
  delayed: 1,
  public: 2,
  /** It was written before the feed began: the first snapshot has the end of its chain. */
  earlier: 4,
  house: 8,
} as const

export type FeedRecord = {
  /** What the entry has behind its class. */
  readonly body: Buffer
  readonly entryClass: number
  /** Undefined: it is no end of a person's chain. */
  readonly end: FedEnd | undefined
}

type FedEnd = { readonly id: Buffer; readonly nextSeq: number; readonly standing: StandingWord }

export type NewRecord = {
  readonly body: Buffer
  readonly about: (FedEnd & { readonly isDelayed: boolean }) | 'public' | 'earlier' | 'house'
}

export function recordsAsBytes(records: readonly NewRecord[]): Buffer {
  const bytes = Buffer.alloc(records.length * recordBytes)
  for (const [n, { body, about }] of records.entries()) {
    const record = bytes.subarray(n * recordBytes, (n + 1) * recordBytes)
    // An entry of the house has a byte for its kind before its 32.
    if (about === 'house') record[kindAt] = body.readUInt8(0)
    body.copy(record, commitmentAt, about === 'house' ? 1 : 0)
    if (typeof about === 'string') record[flagsAt] = flags[about]
    else {
      about.id.copy(record)
      record.writeUInt32BE(about.nextSeq, 16)
      record[kindAt] = standingNumber(about.standing)
      record[flagsAt] = about.isDelayed ? flags.delayed : 0
    }
  }
  return bytes
}

/** @throws FeedFault */
export function recordsIn(bytes: Buffer): FeedRecord[] {
  if (bytes.length % recordBytes !== 0) throw new FeedFault('an epoch holds no whole records')
  return Array.from({ length: bytes.length / recordBytes }, (_, n) => {
    const record = bytes.subarray(n * recordBytes, (n + 1) * recordBytes)
    const flag = record.readUInt8(flagsAt)
    const end = flag === 0 ? endIn(record) : undefined
    const commitment = record.subarray(commitmentAt)
    if (flag !== flags.house) return { body: commitment, entryClass: classOf(flag), end }
    const body = Buffer.concat([record.subarray(kindAt, kindAt + 1), commitment])
    return { body, entryClass: entryClasses.house, end }
  })
}

function endIn(record: Buffer): FedEnd {
  const standing = standingOfNumber(record.readUInt8(kindAt))
  return { id: record.subarray(0, 16), nextSeq: record.readUInt32BE(16), standing }
}

function classOf(flag: number): number {
  return flag === flags.public ? entryClasses.register : entryClasses.personal
}
