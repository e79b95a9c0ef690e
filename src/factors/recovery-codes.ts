import { createHash, timingSafeEqual } from 'node:crypto'
import type { Origin } from '../foundation/request-log.ts'
import { recordActivity } from '../accounts/index.ts'
import type { Transaction } from '../foundation/database.ts'
import { randomBase32, readBase32 } from '../foundation/ids.ts'
import { Refusal } from '../foundation/refusal.ts'
import { deleteCodes, findCode, insertCodes, markUsed } from './store.ts'

// There is no user name here: the first part of a code finds the account, the second proves it. Base32, 5 bits a character.
const indexLength = 8
const secretLength = 16 // 80 bits
const setSize = 10

/** Makes a new set and ends the old one. @returns the ten codes as they are shown, once */
export async function makeRecoveryCodes(
  tx: Transaction,
  personId: string,
  origin: Origin,
  now: Date,
): Promise<string[]> {
  const codes = Array.from({ length: setSize }, () => randomBase32(indexLength + secretLength))
  await deleteCodes(tx, personId)
  const rows = codes.map((code) => ({ codeIndex: indexOf(code), secretSha256: hashOf(code) }))
  await insertCodes(tx, personId, rows, now)
  await recordActivity(tx, { kind: 'recovery-codes.made', personId, result: 'done' }, origin, now)
  return codes.map((code) => code.match(/.{4}/g)?.join('-') ?? code)
}

/**
 * Uses a code up. One update decides between racing tries.
 * @returns the person. @throws Refusal recovery.code-refused, the same for unknown, wrong and used
 */
export async function takeRecoveryCode(tx: Transaction, typed: string, now: Date): Promise<string> {
  const code = readBase32(typed)
  const known =
    code.length === indexLength + secretLength ? await findCode(tx, indexOf(code)) : undefined
  if (known === undefined || !timingSafeEqual(known.secretSha256, hashOf(code)))
    throw new Refusal('recovery.code-refused')
  if (!(await markUsed(tx, indexOf(code), now))) throw new Refusal('recovery.code-refused')
  return known.personId
}

/** Whose code begins so, used or not. */
export async function personOfCode(tx: Transaction, index: string): Promise<string | undefined> {
  return (await findCode(tx, index))?.personId
}

/** The part of a code that names its account: what tries are counted by. */
export function indexOf(code: string): string {
  return readBase32(code).slice(0, indexLength)
}

// 80 random bits need no slow hash: they cannot be guessed from it (LIBRARIES 1).
function hashOf(code: string): Buffer {
  return createHash('sha256').update(`recovery-code:${code}`).digest()
}
