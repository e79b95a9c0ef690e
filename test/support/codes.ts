import type { DataKey } from '../../src/base/sealing/data-keys.ts'
import { createHash } from 'node:crypto'
import type { CodeProofs } from '../../src/signin/factors/index.ts'
import { makeCodeProofs } from '../../src/signin/factors/index.ts'
import type { Hash, HashCost } from '../../src/signin/factors/password-hash.ts'
import { makeHash } from '../../src/signin/factors/password-hash.ts'

/** Of the hosts' houses (`house-host.ts`): the least that argon2id allows, a tenth of a millisecond. */
export const quickCost: HashCost = { memory: 8, passes: 1 }

/** Among the environment of a house of the hosts: it hashes as a deployment does. No process of `src` reads it. */
export const usualHashing = { TEST_HASHING: 'usual' }

export function isUsual(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['TEST_HASHING'] === usualHashing.TEST_HASHING
}

/** No secret is protected by this one: it takes microseconds. */
export const quickHash: Hash = (message, salt) =>
  Promise.resolve(createHash('sha256').update(salt).update(message).digest())

const noneKept = () => Promise.resolve([])

/** Recovery codes of which so many, the first of a set, open something at a house of the hosts; the others are there, and prove nothing. */
export function codesOfWhich(working: number, dataKeys: readonly DataKey[]): CodeProofs {
  const slow = makeHash(quickCost)
  let made = 0
  const hash: Hash = (message, salt) => (made++ < working ? slow : quickHash)(message, salt)
  return makeCodeProofs(dataKeys, { hash, openKept: noneKept })
}

/** Recovery codes for tests of functions that no house checks. */
export function quickCodes(dataKeys: readonly DataKey[], draw?: () => string): CodeProofs {
  return makeCodeProofs(dataKeys, { hash: quickHash, openKept: noneKept, ...(draw && { draw }) })
}
