import { expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import type { KnownEnd } from '../../../src/ledger/chain/index.ts'
import { makeKnownHeads } from '../../../src/ledger/chain/known-heads.ts'
import { fallenEnds } from '../../../src/ledger/fold/fallen-ends.ts'
import type { PersonRead } from '../../../src/ledger/fold/fold.ts'

// Whose chain ends before what is known of it outside the database.

const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const eventId = crypto.randomUUID()

function readOf(personId: string, nextSeq: number, headCommitment: Buffer | null): PersonRead {
  const head = { nextSeq, headCommitment }
  return { personId, own: { rows: [{ eventId }], head } } as unknown as PersonRead // nothing else is read
}

const says = (which: string) =>
  `the feed of heads has ${which} end of this chain: its person was put back`

test('an end before what is known, or another one, is named by its last event; a later end is not, nor one that is later by now', async () => {
  const heads = makeKnownHeads()
  const [back, else_, on, unknown, writing, hasty] = Array.from({ length: 6 }, () =>
    crypto.randomUUID(),
  ) as [string, string, string, string, string, string]
  for (const id of [back, else_, on, writing, hasty])
    heads.note(id, { nextSeq: 5, commitment: one })
  const read = [
    readOf(back, 4, other),
    readOf(else_, 5, other),
    readOf(on, 6, other),
    readOf(unknown, 2, other),
    readOf(writing, 4, other),
    readOf(hasty, 4, other),
  ]
  let asked = 0
  const now = new Map<string, KnownEnd>([
    [back, { nextSeq: 4, commitment: other }],
    [writing, { nextSeq: 5, commitment: one }],
  ])
  // She writes each time before she is looked at again.
  const endNow = (id: string) => {
    asked++
    if (id !== hasty) return Promise.resolve(now.get(id))
    heads.note(hasty, { nextSeq: 5 + asked, commitment: one })
    return Promise.resolve({ nextSeq: 5 + asked, commitment: one })
  }
  const called = writeId('evt', eventId)
  expect(await fallenEnds(heads, read, endNow)).toEqual([
    { table: 'person_head', called, because: says('a later') },
    { table: 'person_head', called, because: says('another') },
  ])
  // Three looks at each of the two, one at each of the others.
  expect(asked).toBe(8)
  expect(await fallenEnds(heads, read.slice(0, 2), undefined)).toHaveLength(2)
})
