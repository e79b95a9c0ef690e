import { createHash } from 'node:crypto'
import { bytesOfJson } from '../../base/database/column-names.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import { uuidBytes, uuidText } from '../../base/values/ids.ts'

/**
 * The rows that live by a chain: their ids, 16 bytes each, with their sequence numbers, 4 bytes. The ledger does not know what they
 * are. Under an id that no row has, it may hold the number of all rows, also of those that live no more (`countIn`). `untrusted`: the
 * end of the chain is not as it was written.
 */
export type Live = Buffer | 'untrusted'

export const emptyLiveSet = Buffer.alloc(0)

export const headTable = sealedTable('person_head', {
  seal: ['head', 1],
  covers: ['person_id', 'next_seq', 'head_commitment', 'updated_at', 'live'],
  unsealed: { shard: 'in which queue the next entries wait; there is one' },
  otherwise: { delayed: 'the chain that is told by her events is hers' },
  called: { person_id: 'chainId' },
  inventory: {
    whose: 'person',
    kept: 'content',
    told: 'sharings-sealed',
    exported: 'timeline',
    change: 'events',
    afterClosing: { stays: 'the end of her chain; with the chain' },
    why: { fr: 'la fin de sa chaîne', en: 'the end of her chain' },
    columns: {
      pseudonym: 'person_id known',
      technical: 'updated_at next_seq shard head_commitment delayed live seal',
    },
  },
})

export type HeadRow = {
  readonly nextSeq: number
  readonly headCommitment: Buffer | null
  readonly updatedAt: Date | null
  readonly live: Buffer
  readonly headSeal: Buffer | null
}

export type SealedHead = { readonly live: Buffer; readonly seal: Buffer }

/** The rows that live by this chain, if its end is as it was sealed. Nothing lives by a chain without any event. */
export function liveOf(seals: RowSeals, chainId: string, row: HeadRow): Live {
  if (row.nextSeq === 1) return emptyLiveSet
  if (!seals.holds(headTable, { ...row, chainId }, row.headSeal)) return 'untrusted'
  return row.live
}

// No row has this id.
const doubtId = 'ffffffff-ffff-ffff-ffff-fffffffffffe'

/** Whether a check found that what is kept of her is not as her events tell, and nobody settled it yet: the end of her chain says so under its seal. */
export function isDoubted(live: Live): boolean {
  return numberIn(live, doubtId) !== undefined
}

export function withDoubt(live: Live, isDoubtful: boolean): Live {
  return setLive(live, doubtId, isDoubtful ? 1 : undefined)
}

/** What lives by this chain, for whoever judges by it: nothing can be said of it while it is in doubt. */
export function trustedLive(live: Live): Live {
  return isDoubted(live) ? 'untrusted' : live
}

export type HeadJson = Readonly<Record<string, unknown>> | null

/** The same, of a head as JSON of its row in `ledger_heads`, for whoever judges by it; null: there is none. */
export function liveFromJson(seals: RowSeals, chainId: string, json: HeadJson): Live {
  return trustedLive(endFromJson(seals, chainId, json))
}

/** The same, whatever a check found about its person. */
export function endFromJson(seals: RowSeals, chainId: string, json: HeadJson): Live {
  if (json === null) return emptyLiveSet
  const read = (name: string) => json[name] as never // the view has this type
  const bytes = (name: string) => (json[name] === null ? null : bytesOfJson(read(name)))
  return liveOf(seals, chainId, {
    nextSeq: read('next_seq'),
    headCommitment: bytes('head_commitment'),
    updatedAt: json['updated_at'] === null ? null : new Date(read('updated_at')),
    live: bytesOfJson(read('live')),
    headSeal: bytes('head_seal'),
  })
}

/** Seals the end of a chain. An end that was not as it was sealed gets no seal: a later event does not make it genuine. */
export function sealedHead(
  seals: RowSeals,
  head: {
    readonly chainId: string
    readonly nextSeq: number
    readonly headCommitment: Buffer
    readonly updatedAt: Date
  },
  live: Live,
): SealedHead | undefined {
  if (live === 'untrusted') return undefined
  return { live, seal: seals.seal(headTable, { ...head, live }) }
}

// No row has this id.
const ofAll = '00000000-0000-0000-0000-000000000000'

/** How many rows there are in all, by this chain; undefined: the chain cannot be trusted. */
export function countIn(live: Live): number | undefined {
  return live === 'untrusted' ? undefined : (numberIn(live, ofAll) ?? 0)
}

/** The same with so many rows in all. */
export function withCount(live: Live, count: number): Live {
  return setLive(live, ofAll, count === 0 ? undefined : count)
}

/** Whether two chains say the same of rows, in whatever order. */
export function isSameLive(one: Live, other: Live): boolean {
  if (one === 'untrusted' || other === 'untrusted') return false
  return entriesIn(one).join() === entriesIn(other).join()
}

function entriesIn(live: Buffer): string[] {
  const places = Array.from({ length: live.length / entryBytes }, (_, i) => i * entryBytes)
  return places.map((at) => live.toString('hex', at, at + entryBytes)).toSorted()
}

const idBytes = 16
const entryBytes = 20

/** The number under which this row lives; undefined: it does not. */
export function numberIn(live: Live, id: string): number | undefined {
  const at = placeOf(live, id)
  return live === 'untrusted' || at === undefined ? undefined : live.readUInt32BE(at + idBytes)
}

/** The same with this row under this number; undefined: without it. */
export function setLive(live: Live, id: string, seq: number | undefined): Live {
  if (live === 'untrusted') return live
  const at = placeOf(live, id)
  const others = at === undefined ? [live] : [live.subarray(0, at), live.subarray(at + entryBytes)]
  return Buffer.concat([...others, ...(seq === undefined ? [] : [entryOf(id, seq)])])
}

function entryOf(id: string, seq: number): Buffer {
  const entry = Buffer.alloc(entryBytes)
  entry.set(uuidBytes(id))
  entry.writeUInt32BE(seq, idBytes)
  return entry
}

function placeOf(live: Live, id: string): number | undefined {
  if (live === 'untrusted') return undefined
  const bytes = uuidBytes(id)
  // The bytes of an id may stand across two entries by chance.
  for (let at = live.indexOf(bytes); at !== -1; at = live.indexOf(bytes, at + 1))
    if (at % entryBytes === 0) return at
  return undefined
}

// How an access stands, as the end of its person's chain says it under its seal: an older row of the access that was put back has a good
// seal of its own, and another mark.

/**
 * In one word; `open`: no more and no less than an access of a person that was just opened; `work`: the same of a work access. `erased`: there
 * is no access any more.
 */
export const standingWords = [
  'open',
  'suspended',
  'closed',
  'deceased',
  'merged',
  'erased',
  'work',
] as const
export type StandingWord = (typeof standingWords)[number]

/** What an event of her chain told last of an access. */
export type ToldStanding = {
  readonly status: 'active' | 'deceased' | 'merged' | 'erased'
  readonly suspendedAt: Date | null
  readonly closedAt: Date | null
  readonly eraseAt: Date | null
  readonly use: AccessUse
}

/** Of a person, who decides about herself; or of somebody at a desk, about whom nothing is decided. An access never becomes the other. */
export type AccessUse = 'own' | 'work'

export type StandingMark = { readonly word: StandingWord; readonly number: number }

/** `unknown`: the end of the chain is not as it was written. */
export type MarkRead = StandingMark | 'unknown'

const openMark: StandingMark = { word: 'open', number: 0 }

/** Four bytes of the hash of whose access it is, its status and its instants, and that it is a work access. A person’s that is open has no mark. */
export function markOf(personId: string, standing: ToldStanding): StandingMark {
  const word = wordOf(standing)
  if (word === 'open') return openMark
  const { status, suspendedAt, closedAt, eraseAt, use } = standing
  const instants = [suspendedAt, closedAt, eraseAt].map((at) => at?.toISOString() ?? '')
  const text = [personId, status, ...instants, ...(use === 'work' ? [use] : [])].join('\n')
  return { word, number: createHash('sha256').update(text).digest().readUInt32BE() }
}

/** The word of a standing. What is noted of its person comes before what was done to her access. */
export function wordOf(standing: ToldStanding): StandingWord {
  const { status, suspendedAt, closedAt, eraseAt, use } = standing
  if (status !== 'active') return status
  if (suspendedAt !== null) return 'suspended'
  if (closedAt !== null || eraseAt !== null) return 'closed'
  return use === 'work' ? 'work' : 'open'
}

/** What the end of a chain says of the access of its person. */
export function markIn(live: Live): MarkRead {
  if (live === 'untrusted') return 'unknown'
  for (const word of standingWords) {
    const number = word === 'open' ? undefined : numberIn(live, idOf(word))
    if (number !== undefined) return { word, number }
  }
  return openMark
}

/** The same end of a chain, with this mark in the place of the one before. */
export function withMark(live: Live, { word, number }: StandingMark): Live {
  const without = standingWords.reduce<Live>(
    (list, one) => (one === 'open' ? list : setLive(list, idOf(one), undefined)),
    live,
  )
  return word === 'open' ? without : setLive(without, idOf(word), number)
}

export function isSameMark(one: StandingMark, other: StandingMark): boolean {
  return one.word === other.word && one.number === other.number
}

// No row has these ids. The one of zeros alone is that of the count of rows.
function idOf(word: StandingWord): string {
  return `00000000-0000-0000-0000-00000000000${standingWords.indexOf(word)}`
}

// Whose an entry of the log is: it waits beside the entry, under a seal that binds it to this entry alone, and goes into the feed of heads
// (src/ledger/heads). The public log never has it.

/** chain(16) ‖ number of the next event(4) ‖ standing of the access(1) ‖ flags(1) */
const recordBytes = 22
const delayedFlag = 1

export type EntryRecord = {
  readonly chainId: string
  /** The number of the chain's next event. */
  readonly nextSeq: number
  /** Whether its person sees the event later: then the chain is no person's. */
  readonly isDelayed: boolean
  /** How her access stands, as of this event. */
  readonly standing: StandingWord
}

/** The entry that a record belongs to. */
export type RecordedEntry = { readonly eventId: string; readonly commitment: Buffer }

const recordSeal = sealedRow('entry', 1, { eventId: 'uuid', commitment: 'bytes', record: 'bytes' })

/** The record with its seal, as `ledger_pending` has it. */
export function sealRecord(
  seals: RowSeals,
  { eventId, commitment }: RecordedEntry,
  { chainId, nextSeq, isDelayed, standing }: EntryRecord,
): Buffer {
  const record = Buffer.alloc(recordBytes)
  record.set(uuidBytes(chainId))
  record.writeUInt32BE(nextSeq, 16)
  record.writeUInt8(standingNumber(standing), 20)
  record.writeUInt8(isDelayed ? delayedFlag : 0, 21)
  return Buffer.concat([record, seals.seal(recordSeal, { eventId, commitment, record })])
}

/** @returns undefined unless its seal is of this entry */
export function openRecord(
  seals: RowSeals,
  { eventId, commitment }: RecordedEntry,
  sealed: Buffer,
): EntryRecord | undefined {
  const record = sealed.subarray(0, recordBytes)
  const seal = sealed.subarray(recordBytes)
  if (!seals.holds(recordSeal, { eventId, commitment, record }, seal)) return undefined
  return {
    chainId: uuidText(record.subarray(0, 16)),
    nextSeq: record.readUInt32BE(16),
    isDelayed: record.readUInt8(21) === delayedFlag,
    standing: standingOfNumber(record.readUInt8(20)),
  }
}

/** A standing in one byte. */
export function standingNumber(word: StandingWord): number {
  return standingWords.indexOf(word)
}

export function standingOfNumber(number: number): StandingWord {
  return standingWords[number] ?? 'open'
}

/** How an access stands by the end of a chain; one that is not as it was written says nothing else than `open`. */
export function standingIn(live: Live): StandingWord {
  const mark = markIn(live)
  return mark === 'unknown' ? 'open' : mark.word
}
