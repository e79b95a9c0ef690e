import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { cutBytes, entryBytes, makeHeadMap } from '../../../src/ledger/chain/head-map.ts'

// The ends of all chains in memory: what a Map would say, in a fifth of its room.

function randomId(): Buffer {
  const id = randomBytes(16)
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80
  return id
}

test('it keeps the newest end of each chain while it grows, and its pieces, sorted, make another map', () => {
  const map = makeHeadMap()
  const told = new Map<string, { nextSeq: number; commitment: Buffer }>()
  const ids = Array.from({ length: 12_000 }, randomId)
  for (const [n, id] of [...ids, ...ids.slice(0, 4000)].entries()) {
    const [nextSeq, commitment] = [2 + (n % 7), randomBytes(32)]
    map.put(id, nextSeq, commitment)
    const before = told.get(id.toString('hex'))
    if (before === undefined || before.nextSeq < nextSeq)
      told.set(id.toString('hex'), { nextSeq, commitment: commitment.subarray(0, cutBytes) })
  }
  const pieces = [...map.pieces()]
  const other = makeHeadMap()
  for (const piece of pieces.toReversed()) other.take(piece)
  expect([map.people(), other.people()]).toEqual([12_000, 12_000])
  for (const held of [map, other])
    expect(
      ids.every((id) => held.find(id)?.nextSeq === told.get(id.toString('hex'))?.nextSeq),
    ).toBe(true)
  for (const id of ids.slice(0, 500)) expect(other.find(id)).toEqual(told.get(id.toString('hex')))
  expect(map.find(randomId())).toBeUndefined()
  const all = Buffer.concat(pieces)
  const entries = Array.from({ length: 12_000 }, (_, n) =>
    all.toString('hex', n * entryBytes, n * entryBytes + 10),
  )
  expect(entries.join() === entries.toSorted().join()).toBe(true)
  expect(Buffer.concat([...other.pieces()]).equals(all)).toBe(true)
  // Whom it forgets, nobody finds, and all others are found as before; so it is after the next reading, of those that were told again.
  const [gone, kept] = [ids.slice(0, 3000), ids.slice(3000)]
  for (const id of gone) map.drop(id)
  map.drop(randomId())
  const forgetOthers = other.readAnew()
  for (const piece of map.pieces()) other.take(piece)
  forgetOthers()
  for (const held of [map, other]) {
    expect([held.people(), gone.filter((id) => held.find(id)).length]).toEqual([9000, 0])
    expect(
      kept.every((id) => held.find(id)?.nextSeq === told.get(id.toString('hex'))?.nextSeq),
    ).toBe(true)
  }
  expect(() => other.take(all.subarray(1))).toThrow('no whole entries')
})
