import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import { newPersonId } from '../../../src/base/values/ids.ts'
import type { Live } from '../../../src/ledger/chain/index.ts'
import {
  countIn,
  isSameLive,
  emptyLiveSet,
  numberIn,
  sealedHead,
  withCount,
  setLive,
} from '../../../src/ledger/chain/index.ts'
import { isWhole } from '../../../src/consent/record/index.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { liveOf } from '../../../src/ledger/chain/head.ts'
import { seeded, seededBytes } from '../../support/property.ts'

const seals = makeRowSeals([seededBytes('seal')])
const ids = Array.from({ length: 5 }, newPersonId)

test('the list of living rows answers as a map of them would', () => {
  const change = fc.tuple(
    fc.constantFrom(...ids),
    fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { nil: undefined }),
  )
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const map = new Map<string, number>()
      let live: Live = emptyLiveSet
      for (const [id, seq] of changes) {
        live = setLive(live, id, seq)
        if (seq === undefined) map.delete(id)
        else map.set(id, seq)
      }
      expect(ids.map((id) => numberIn(live, id))).toEqual(ids.map((id) => map.get(id)))
      expect(live).toHaveLength(20 * map.size)
    }),
    seeded(),
  )
})

test('an id that spans two entries by chance is not found', () => {
  const [one, other] = [
    '00000000-0000-4000-8000-000000000001',
    '00000000-0000-4000-8000-000000000002',
  ]
  const live = setLive(setLive(emptyLiveSet, one, 7), other, 8)
  const across = (live as Buffer).subarray(4, 20).toString('hex')
  const id = across.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  expect(numberIn(live, id)).toBeUndefined()
  expect([numberIn(live, one), numberIn(live, other)]).toEqual([7, 8])
})

test('an untrusted list stays untrusted, names no row, and gets no seal', () => {
  const [id = ''] = ids
  expect(setLive('untrusted', id, 1)).toBe('untrusted')
  expect(numberIn('untrusted', id)).toBeUndefined()
  const end = { chainId: id, nextSeq: 2, headCommitment: seededBytes('end'), updatedAt: new Date() }
  expect(sealedHead(seals, end, 'untrusted')).toBeUndefined()
})

test('the number of all rows stands beside those that live, in any order', () => {
  const [id = '', other = ''] = ids
  const live = withCount(setLive(emptyLiveSet, id, 1), 3)
  expect([countIn(live), numberIn(live, id)]).toEqual([3, 1])
  expect(isSameLive(live, setLive(withCount(emptyLiveSet, 3), id, 1))).toBe(true)
  expect(isSameLive(live, setLive(live, other, 1))).toBe(false)
  expect(isSameLive(live, withCount(live, 4))).toBe(false)
  expect([countIn(withCount(live, 0)), countIn('untrusted')]).toEqual([0, undefined])
  expect(isSameLive('untrusted', 'untrusted')).toBe(false)
})

function rowOf(consentId: string, isUntrusted = false): ConsentState {
  return { consentId, isUntrusted } as ConsentState // no more is looked at
}

test('answers are whole if they are as many as the chain says, each once, each true', () => {
  const [one = '', other = ''] = ids
  const live = withCount(emptyLiveSet, 2)
  expect(isWhole({ live }, [rowOf(one), rowOf(other)])).toBe(true)
  expect(isWhole({ live }, [rowOf(one)])).toBe(false)
  expect(isWhole({ live }, [rowOf(one), rowOf(one)])).toBe(false)
  expect(isWhole({ live }, [rowOf(one), rowOf(other, true)])).toBe(false)
  expect(isWhole({ live: 'untrusted' }, [])).toBe(false)
  expect(isWhole({ live: emptyLiveSet }, [])).toBe(true)
})

test('an end that differs in any column is untrusted, and no row lives by a chain without an event', () => {
  const [id = '', other = ''] = ids
  const end = {
    chainId: id,
    nextSeq: 2,
    headCommitment: seededBytes('end'),
    updatedAt: new Date(1),
  }
  const { live, seal } = sealedHead(seals, end, setLive(emptyLiveSet, id, 1)) ?? {
    live: emptyLiveSet,
    seal: null,
  }
  const row = { ...end, live, headSeal: seal }
  expect(liveOf(seals, id, row)).toEqual(live)
  for (const change of [
    { nextSeq: 3 },
    { headCommitment: seededBytes('another') },
    { updatedAt: new Date(2) },
    { live: emptyLiveSet },
    { headSeal: null },
  ])
    expect(liveOf(seals, id, { ...row, ...change })).toBe('untrusted')
  expect(liveOf(seals, other, row)).toBe('untrusted')
  expect(liveOf(seals, id, { ...row, nextSeq: 1 })).toEqual(emptyLiveSet)
})
