import { expect, test } from 'vitest'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { ProofNeeded, requireProof, sensitiveSeconds } from '../../../src/base/web/proof.ts'

const now = new Date('2026-11-26T15:00:00Z')
const [low, high] = ['urn:accord:aal:1', 'urn:accord:aal:2']

type Case = readonly [acr: string, secondsAgo: number, isOfThisVisit: boolean]

function neededFor([acr, secondsAgo, isOfThisVisit]: Case, isSensitive: boolean) {
  try {
    requireProof({ acr, provedAt: secondsAfter(now, -secondsAgo), isOfThisVisit }, isSensitive, now)
    return undefined
  } catch (error) {
    if (error instanceof ProofNeeded) return error.needed
    throw error
  }
}

test.each<[string, Case, boolean]>([
  ['an old proof, for what is ordinary', [high, 3600, false], false],
  ['five minutes ago', [high, sensitiveSeconds, false], true],
  ['an old proof of this visit', [high, 3600, true], true],
  ['a level above', ['urn:accord:aal:3', 0, false], true],
])('enough: %s', (_, proved, isSensitive) => {
  expect(neededFor(proved, isSensitive)).toBeUndefined()
})

test.each<[string, Case, boolean, number | undefined]>([
  ['one means, a moment ago', [low, 0, true], false, undefined],
  ['one means, for what is sensitive', [low, 0, true], true, sensitiveSeconds],
  ['a second too old, for what is sensitive', [high, sensitiveSeconds + 1, false], true, 300],
  ['no level of ours', ['gold', 0, true], false, undefined],
  ['no level at all', ['', 0, true], false, undefined],
])('not enough: %s', (_, proved, isSensitive, maxAgeSeconds) => {
  expect(neededFor(proved, isSensitive)).toEqual({ level: high, maxAgeSeconds })
})
