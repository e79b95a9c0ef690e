import { expect, test } from 'vitest'
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
