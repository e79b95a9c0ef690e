// The ends of all people's chains in memory: an open-addressed table in buffers, 32 bytes a slot. A Map of the same would take five times as
// much. People's ids are random, so they are their own hash.

/** tag(10) ‖ number of the next event(4) ‖ commitment, cut(16) ‖ reading(2) */
const slotBytes = 32
const tagBytes = 10
const numberAt = 10
const commitmentAt = 14
export const cutBytes = 16
const readingAt = 30
const mostReadings = 2 ** 16
/** As a snapshot has an end: tag ‖ number ‖ commitment, cut. */
export const entryBytes = 30
/** Of a chain that was put back and written on: later than any end. */
export const forkedNumber = 2 ** 32 - 1

/** Each cell grows for itself, so that growing needs no second copy of all. */
const cellCount = 256
const firstSlots = 32
const fullest = 0.75
/** Of what is reserved: cells are of unequal size. */
const reserved = 0.7
const growth = 1.3
/** Slots behind the last hash: a run of taken slots there does not begin again at the front, so that a cell keeps its order. */
const overflow = 256
/** More people than any house has. */
const mostPeople = 100_000_000

export type FoundEnd = { readonly nextSeq: number; readonly commitment: Buffer }

export type HeadMap = {
  readonly people: () => number
  /** Makes room for so many people at once, where there is nobody yet. */
  reserve(people: number): void
  /** Notes an end, unless a later one is known. @param id 16 bytes */
  put(id: Buffer, nextSeq: number, commitment: Buffer): void
  /**
   * The same of an end that follows all that is noted. Where another one of its number is, the chain was put back and written on: from now
   * on every end of it is an older one.
   */
  putNext(id: Buffer, nextSeq: number, commitment: Buffer): void
  /** Forgets an end. */
  drop(id: Buffer): void
  /** From now on all ends are told anew. @returns how to forget those that were not */
  readAnew(): () => void
  /** The commitment is cut to `cutBytes`. */
  find(id: Buffer): FoundEnd | undefined
  /** All ends, sorted by their tags: `entryBytes` each, in pieces of many. */
  pieces(): Generator<Buffer>
  /** Takes such a piece. @throws RangeError for other bytes */
  take(piece: Buffer): void
}

type Cell = { bytes: Buffer; slots: number; used: number }

export function makeHeadMap(): HeadMap {
  const cells = Array.from({ length: cellCount }, () => newCell(firstSlots))
  const tag = Buffer.alloc(tagBytes)
  let reading = 0

  function put(cell: Cell, nextSeq: number, commitment: Buffer, from = 0): void {
    const at = placeOf(cell, tag)
    const known = cell.bytes.readUInt32BE(at + numberAt)
    cell.bytes.writeUInt16BE(reading, at + readingAt)
    if (known >= nextSeq) return
    if (known === 0) tag.copy(cell.bytes, at)
    cell.bytes.writeUInt32BE(nextSeq, at + numberAt)
    commitment.copy(cell.bytes, at + commitmentAt, from, from + cutBytes)
    if (known === 0 && ++cell.used > cell.slots * fullest) grow(cell)
  }
  return {
    people: () => cells.reduce((sum, { used }) => sum + used, 0),
    reserve(people) {
      if (people > mostPeople) throw new RangeError('too many people')
      const slots = Math.ceil(people / cellCount / reserved)
      for (const cell of cells)
        if (cell.used === 0 && cell.slots < slots) Object.assign(cell, newCell(slots))
    },
    put(id, nextSeq, commitment) {
      put(cellFor(cells, id, tag), nextSeq, commitment)
    },
    putNext(id, nextSeq, commitment) {
      const cell = cellFor(cells, id, tag)
      const known = endAt(cell, tag)
      const isForked = known?.nextSeq === nextSeq && !isCutOf(known.commitment, commitment)
      put(cell, isForked ? forkedNumber : nextSeq, commitment)
    },
    drop(id) {
      const cell = cellFor(cells, id, tag)
      const at = placeOf(cell, tag)
      if (cell.bytes.readUInt32BE(at + numberAt) !== 0) takeOut(cell, at)
    },
    readAnew() {
      reading = (reading + 1) % mostReadings
      return () => {
        for (const cell of cells) keepOnly(cell, reading)
      }
    },
    find(id) {
      return endAt(cellFor(cells, id, tag), tag)
    },
    *pieces() {
      for (const cell of cells) if (cell.used > 0) yield sortedEntries(cell)
    },
    take(piece) {
      if (piece.length % entryBytes !== 0) throw new RangeError('no whole entries')
      const count = piece.length / entryBytes
      if (count > mostPeople) throw new RangeError('too many people')
      for (let at = 0; at < piece.length; at += entryBytes) {
        piece.copy(tag, 0, at, at + tagBytes)
        put(cellOf(cells, tag), piece.readUInt32BE(at + numberAt), piece, at + commitmentAt)
      }
    },
  }
}

function isCutOf(cut: Buffer, commitment: Buffer): boolean {
  return cut.compare(commitment, 0, cutBytes) === 0
}

// The last seven bytes of a uuid v4 are random; the three before them are so but for the bits of version and variant.
function readTag(id: Buffer, tag: Buffer): void {
  id.copy(tag, 0, 9, 16)
  id.copy(tag, 7, 6, 9)
}

function newCell(slots: number): Cell {
  return { bytes: Buffer.alloc((slots + overflow) * slotBytes), slots, used: 0 }
}

function cellOf(cells: readonly Cell[], tag: Buffer): Cell {
  return cells[tag[0] ?? 0] as Cell // there are as many as a byte has values
}

/** Of a person; writes her tag. */
function cellFor(cells: readonly Cell[], id: Buffer, tag: Buffer): Cell {
  readTag(id, tag)
  return cellOf(cells, tag)
}

/** Where the tag at this place is, or where it would be; the cell always has a free slot. */
function placeOf({ bytes, slots }: Cell, tags: Buffer, tagAt = 0): number {
  const hash = tags.readUInt32BE(tagAt + 1)
  const end = tagAt + tagBytes
  let at = Math.floor((hash / 2 ** 32) * slots) * slotBytes
  while (bytes.readUInt32BE(at + numberAt) !== 0) {
    const isMaybe = bytes.readUInt32BE(at + 1) === hash
    if (isMaybe && bytes.compare(tags, tagAt, end, at, at + tagBytes) === 0) return at
    at += slotBytes
    if (at === bytes.length) throw new RangeError('ids that are not random')
  }
  return at
}

function endAt(cell: Cell, tag: Buffer): FoundEnd | undefined {
  const { bytes } = cell
  const at = placeOf(cell, tag)
  const nextSeq = bytes.readUInt32BE(at + numberAt)
  if (nextSeq === 0) return undefined
  const commitment = bytes.subarray(at + commitmentAt, at + commitmentAt + cutBytes)
  return { nextSeq, commitment }
}

// Whatever stands behind it in the same run moves up, so that a search goes on to it.
function takeOut(cell: Cell, taken: number): void {
  const { bytes, slots } = cell
  let free = taken
  for (let at = taken + slotBytes; at < bytes.length; at += slotBytes) {
    if (bytes.readUInt32BE(at + numberAt) === 0) break
    const home = Math.floor((bytes.readUInt32BE(at + 1) / 2 ** 32) * slots) * slotBytes
    if (home > free) continue
    bytes.copy(bytes, free, at, at + slotBytes)
    free = at
  }
  bytes.fill(0, free, free + slotBytes)
  cell.used -= 1
}

function keepOnly(cell: Cell, reading: number): void {
  for (let at = 0; at < cell.bytes.length; at += slotBytes)
    while (
      cell.bytes.readUInt32BE(at + numberAt) !== 0 &&
      cell.bytes.readUInt16BE(at + readingAt) !== reading
    )
      takeOut(cell, at)
}

function grow(cell: Cell): void {
  const { bytes } = cell
  const larger = newCell(Math.ceil(cell.slots * growth))
  for (let at = 0; at < bytes.length; at += slotBytes)
    if (bytes.readUInt32BE(at + numberAt) !== 0)
      bytes.copy(larger.bytes, placeOf(larger, bytes, at), at, at + slotBytes)
  Object.assign(cell, { bytes: larger.bytes, slots: larger.slots })
}

// A slot lies near the place of its hash: each entry moves past a few others only.
function sortedEntries({ bytes, used }: Cell): Buffer {
  const places = new Uint32Array(used)
  let count = 0
  for (let at = 0; at < bytes.length; at += slotBytes) {
    if (bytes.readUInt32BE(at + numberAt) === 0) continue
    let to = count++
    for (; to > 0; to--) {
      const before = places[to - 1] ?? 0
      if (bytes.compare(bytes, at, at + tagBytes, before, before + tagBytes) < 0) break
      places[to] = before
    }
    places[to] = at
  }
  const entries = Buffer.alloc(used * entryBytes)
  for (const [n, at] of places.entries()) bytes.copy(entries, n * entryBytes, at, at + entryBytes)
  return entries
}
