import { expect, test, vi } from 'vitest'
import { uuidBytes } from '../../../src/base/values/ids.ts'
import { makeKnownHeads } from '../../../src/ledger/chain/known-heads.ts'

// The ends of chains that a process knows without the database.

const [chainA = '', chainB = '', chainC = ''] = [1, 2, 3].map(() => crypto.randomUUID())
const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

test('an end that is older than what is known, or another one of its number, is told from the same and from a newer one', () => {
  const heads = makeKnownHeads()
  const compared = (nextSeq: number, commitment: Buffer | null) =>
    heads.compare(chainA, { nextSeq, commitment })
  expect(compared(1, null)).toBe('same')
  expect(compared(2, one)).toBe('newer')
  heads.note(chainA, { nextSeq: 5, commitment: one })
  expect(compared(4, one)).toBe('older')
  expect(compared(1, null)).toBe('older')
  expect(compared(5, other)).toBe('other')
  expect(compared(5, null)).toBe('other')
  expect(compared(5, one)).toBe('same')
  expect(compared(6, other)).toBe('newer')
  // Of two that are noted out of order the later one stays.
  heads.note(chainA, { nextSeq: 3, commitment: other })
  expect(compared(3, other)).toBe('older')
})

test('of the ends that were noted, those noted longest ago are forgotten', () => {
  const heads = makeKnownHeads(2)
  for (const chain of [chainA, chainB, chainA, chainC])
    heads.note(chain, { nextSeq: 9, commitment: one })
  expect(heads.compare(chainA, { nextSeq: 8, commitment: one })).toBe('older')
  expect(heads.compare(chainB, { nextSeq: 8, commitment: one })).toBe('newer')
})

test('an end that the feed should have is told, however often its chain is written to, and only while the feed goes on', () => {
  const heads = makeKnownHeads()
  const chain = chainA
  heads.fed.put(uuidBytes(chain), 2, one)
  vi.useFakeTimers()
  heads.follow(60_000)
  const write = (nextSeq: number) => heads.note(chain, { nextSeq, commitment: other })
  const compared = (nextSeq: number) => heads.compare(chain, { nextSeq, commitment: other }, 0)
  for (let nextSeq = 3; nextSeq < 6; nextSeq++) {
    heads.cameTo(Date.now())
    write(nextSeq)
    expect(compared(nextSeq)).toBe('same')
    vi.advanceTimersByTime(7000)
  }
  // The feed stands still for seven seconds, and could not have it.
  expect([heads.lateMs(), compared(5)]).toEqual([7000, 'same'])
  heads.cameTo(Date.now())
  expect(compared(5)).toBe('unfed')
  // The feed comes on with her chain.
  heads.reached(chain, { nextSeq: 4, commitment: other })
  expect(compared(5)).toBe('same')
  expect(heads.isBehind()).toBe(false)
  vi.advanceTimersByTime(60_001)
  expect([heads.isBehind(), heads.isHalted()]).toEqual([true, true])
  heads.cameTo(Date.now())
  expect([heads.isBehind(), heads.isHalted()]).toEqual([false, false])
  // Whoever saw that the database was put back knows it for all.
  heads.haltWhile(() => true)
  expect([heads.isBehind(), heads.isHalted()]).toEqual([false, true])
})

test('a process that never reads the feed permits nothing, from its start on', () => {
  vi.useFakeTimers()
  const heads = makeKnownHeads()
  heads.follow(60_000)
  expect(heads.isBehind()).toBe(true)
  vi.advanceTimersByTime(60_001)
  expect(heads.isBehind()).toBe(true)
  heads.cameTo(Date.now())
  expect(heads.isBehind()).toBe(false)
  // The demonstration goes on without.
  heads.follow(undefined)
  vi.advanceTimersByTime(600_000)
  expect(heads.isBehind()).toBe(false)
})
