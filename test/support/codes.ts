import { createHash } from 'node:crypto'
import type { CodeProofs } from '../../src/signin/factors/index.ts'
import { makeCodeProofs } from '../../src/signin/factors/index.ts'
import type { Hash } from '../../src/signin/factors/hashing.ts'
import { makeHash } from '../../src/signin/factors/hashing.ts'

/** No secret is protected by this one: it takes microseconds. */
export const quickHash: Hash = (message, salt) =>
  Promise.resolve(createHash('sha256').update(salt).update(message).digest())

const noneKept = () => Promise.resolve([])

/**
 * Recovery codes of which so many, the first of a set, open something at a house; the others are there, and prove nothing, because
 * each slow hash costs a test some thirty milliseconds.
 */
export function codesOfWhich(working: number, dataKeys: readonly Buffer[]): CodeProofs {
  const slow = makeHash()
  let made = 0
  const hash: Hash = (message, salt) => (made++ < working ? slow : quickHash)(message, salt)
  return makeCodeProofs(dataKeys, { hash, openKept: noneKept })
}

/** Recovery codes for tests of functions that no house checks. */
export function quickCodes(dataKeys: readonly Buffer[], draw?: () => string): CodeProofs {
  return makeCodeProofs(dataKeys, { hash: quickHash, openKept: noneKept, ...(draw && { draw }) })
}
