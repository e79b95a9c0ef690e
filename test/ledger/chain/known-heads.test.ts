import { expect, test, vi } from 'vitest'
import { makeKnownHeads } from '../../../src/ledger/chain/known-heads.ts'

// The ends of chains that a process knows without the database.

const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

test('an end that is older than what is known, or another one of its number, is told from the same and from a newer one', () => {
  const heads = makeKnownHeads()
  const compared = (nextSeq: number, commitment: Buffer | null) =>
    heads.compare('a', { nextSeq, commitment })
  expect(compared(1, null)).toBe('same')
  expect(compared(2, one)).toBe('newer')
  heads.note('a', { nextSeq: 5, commitment: one })
  expect(compared(4, one)).toBe('older')
  expect(compared(1, null)).toBe('older')
  expect(compared(5, other)).toBe('other')
  expect(compared(5, null)).toBe('other')
  expect(compared(5, one)).toBe('same')
  expect(compared(6, other)).toBe('newer')
  // Of two that are noted out of order the later one stays.
  heads.note('a', { nextSeq: 3, commitment: other })
  expect(compared(3, other)).toBe('older')
})

test('of the ends that were noted, those noted longest ago are forgotten', () => {
  const heads = makeKnownHeads(2)
  for (const chain of ['a', 'b', 'a', 'c']) heads.note(chain, { nextSeq: 9, commitment: one })
  expect(heads.compare('a', { nextSeq: 8, commitment: one })).toBe('older')
  expect(heads.compare('b', { nextSeq: 8, commitment: one })).toBe('newer')
})

test('an end that the feed should have is told, however often its chain is written to, and only while the feed goes on', () => {
  const heads = makeKnownHeads()
  const fed = { nextSeq: 2, lateMs: 0 }
  const find = () => ({ nextSeq: fed.nextSeq, commitment: one.subarray(0, 16) })
  const lateMs = () => fed.lateMs
  heads.follow({ find, isThere: () => true, lateMs, mostLateMs: 60_000 })
  vi.useFakeTimers()
  const write = (nextSeq: number) => heads.note('a', { nextSeq, commitment: other })
  const compared = (nextSeq: number) => heads.compare('a', { nextSeq, commitment: other }, 0)
  for (let nextSeq = 3; nextSeq < 6; nextSeq++) {
    write(nextSeq)
    expect(compared(nextSeq)).toBe('same')
    vi.advanceTimersByTime(7000)
  }
  expect(compared(5)).toBe('unfed')
  fed.lateMs = 10_000
  expect(compared(5)).toBe('same')
  fed.lateMs = 0
  // The feed comes on with her chain.
  heads.reached('a', { nextSeq: 4, commitment: other })
  expect(compared(5)).toBe('same')
  expect(heads.isBehind()).toBe(false)
  fed.lateMs = 60_001
  expect(heads.isBehind()).toBe(true)
})
