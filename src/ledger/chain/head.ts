import { bytesOfJson } from '../../base/database/column-names.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import { uuidBytes } from '../../base/values/ids.ts'

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
    kept: 'law',
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

/** The same, of a head as JSON of its row in `ledger_heads`, for whoever judges by it; null: there is none. */
export function liveFromJson(
  seals: RowSeals,
  chainId: string,
  json: Readonly<Record<string, unknown>> | null,
): Live {
  if (json === null) return emptyLiveSet
  const read = (name: string) => json[name] as never // the view has this type
  const bytes = (name: string) => (json[name] === null ? null : bytesOfJson(read(name)))
  const live = liveOf(seals, chainId, {
    nextSeq: read('next_seq'),
    headCommitment: bytes('head_commitment'),
    updatedAt: json['updated_at'] === null ? null : new Date(read('updated_at')),
    live: bytesOfJson(read('live')),
    headSeal: bytes('head_seal'),
  })
  return trustedLive(live)
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
