import { createHash, timingSafeEqual } from 'node:crypto'
import type { Origin } from '../../base/web/request-log.ts'
import type { ProvenFactor, Reading } from '../../people/accounts/index.ts'
import { recordActivity, tellUntrusted } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { later } from '../../base/platform/clock.ts'
import { randomBase32, readBase32 } from '../../base/platform/ids.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import type { CountedTry } from '../../base/web/tries.ts'
import {
  deleteCodes,
  deleteCounterCodes,
  findCode,
  holderOfIndex,
  insertCodes,
  markUsed,
} from './code-store.ts'

// There is no user name here: the first part of a code finds the account, the second proves it. Base32, 5 bits a character.
const indexLength = 8
const secretLength = 16 // 80 bits
const setSize = 10
const counterSeconds = 15 * 60

/** Makes a new set and ends the old one. @returns the ten codes as they are shown, once */
export async function makeRecoveryCodes(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  origin: Origin,
  now: Date,
): Promise<string[]> {
  const codes = Array.from({ length: setSize }, newCode)
  await deleteCodes(tx, seals, personId)
  const rows = codes.map((code) => ({ ...kept(code), personId, createdAt: now }))
  await insertCodes(tx, seals, rows)
  await recordActivity(tx, { kind: 'recovery-codes.made', personId, result: 'done' }, origin, now)
  return codes.map(shown)
}

/**
 * Makes one code for a person whose identity an agent has verified; it replaces an earlier one. It opens what one of her own codes
 * opens, and her set stays as it is. @returns the code in the form that is shown, once, and until when it is good
 */
export async function makeCounterCode(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  origin: Origin,
  now: Date,
): Promise<{ readonly code: string; readonly expiresAt: Date }> {
  const code = newCode()
  const expiresAt = later(now, counterSeconds)
  await deleteCounterCodes(tx, seals, personId)
  await insertCodes(tx, seals, [{ ...kept(code), personId, createdAt: now, expiresAt }])
  await recordActivity(tx, { kind: 'counter-code.made', personId, result: 'done' }, origin, now)
  return { code: shown(code), expiresAt }
}

function newCode(): string {
  return randomBase32(indexLength + secretLength)
}

function kept(code: string) {
  return { codeIndex: indexOf(code), secretSha256: hashOf(code), expiresAt: null }
}

function shown(code: string): string {
  return code.match(/.{4}/g)?.join('-') ?? code
}

/** Normalises a code that a person typed; a text that is no code is not judged. @throws Refusal recovery.code-refused */
export function readRecoveryCode(typed: string): string {
  const code = readBase32(typed)
  if (code.length !== indexLength + secretLength) throw new Refusal('recovery.code-refused')
  return code
}

/** The person of a code, and the code's index. The code is not used up: `spendCode` does that. */
export type ProvenCode = Omit<ProvenFactor, 'factorId'> & { readonly codeIndex: string }

/**
 * @param code as `readRecoveryCode` gave it
 * @throws Refusal recovery.code-refused, the same for an unknown, wrong, used or expired code
 */
export async function provenByCode(
  _: CountedTry,
  tx: Transaction,
  code: string,
  at: Reading,
): Promise<ProvenCode> {
  const index = indexOf(code)
  const known = await findCode(tx, at.seals, index)
  if (known === undefined || !timingSafeEqual(known.secretSha256, hashOf(code)))
    throw new Refusal('recovery.code-refused')
  const isLate = known.expiresAt !== null && known.expiresAt <= at.now
  const { personId, sessionEpoch } = known
  if (known.isUntrusted && known.usedAt === null) {
    // The index itself would name the account.
    const ref = createHash('sha256').update(index).digest('hex')
    const what = { what: 'recovery-code', ref, personId } as const
    await tellUntrusted(at, what, { ...at.origin, now: at.now })
  }
  if (isLate || known.usedAt !== null || known.isUntrusted)
    throw new Refusal('recovery.code-refused')
  return { personId, sessionEpoch, codeIndex: indexOf(code) }
}

/** Uses a code up. One update decides between racing uses. @returns false when it is used already, or gone with its set */
export function spendCode(
  tx: Transaction,
  seals: RowSeals,
  code: { readonly codeIndex: string; readonly personId: string },
  now: Date,
): Promise<boolean> {
  return markUsed(tx, seals, code, now)
}

/** Whether this code was given at a counter: only those have an end. */
export async function isOfCounter(
  tx: Transaction,
  seals: RowSeals,
  codeIndex: string,
): Promise<boolean> {
  const known = await findCode(tx, seals, codeIndex)
  return known !== undefined && known.expiresAt !== null
}

/** The person of a code that begins so, used or not. */
export async function holderOfCode(
  tx: Database | Transaction,
  index: string,
): Promise<string | undefined> {
  return holderOfIndex(tx, index)
}

/** The part of a code that names its account: tries are counted by it. */
export function indexOf(code: string): string {
  return readBase32(code).slice(0, indexLength)
}

// A plain hash is enough: nobody can guess 80 random bits from it.
function hashOf(code: string): Buffer {
  return createHash('sha256').update(`recovery-code:${code}`).digest()
}
