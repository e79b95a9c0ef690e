import { createHash, timingSafeEqual } from 'node:crypto'
import type { Origin } from '../../base/web/request-log.ts'
import type { ProvenFactor, RowReader } from '../../people/accounts/index.ts'
import {
  letStand,
  letWait,
  maxWaitingWays,
  recordActivity,
  tellUntrusted,
  waitingWays,
  wayOf,
} from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { NewCode, TypedCode } from './code-proofs.ts'
import {
  deleteCounterCodes,
  deletePresentSet,
  deleteUnlisted,
  findCode,
  holderOfIndex,
  insertCodes,
  markUsed,
  presentSet,
} from './code-store.ts'

const counterSeconds = 15 * 60

type Made = { readonly personId: string; readonly origin: Origin; readonly now: Date }

/**
 * Keeps a new set in the place of one that was never noted: of a new access, or of the visit that made it. @returns the ten codes as they
 * are shown, once
 */
export async function putRecoveryCodes(
  tx: Transaction,
  seals: RowSeals,
  codes: readonly NewCode[],
  made: Made,
): Promise<string[]> {
  await deletePresentSet(tx, seals, made.personId)
  return keepSet(tx, seals, codes, made)
}

type Replacing = Made & {
  /** The ways in that made the session which replaces it. */
  readonly by: readonly string[]
}

/**
 * Keeps a new set. The one in its place waits: for 72 hours its codes open what they opened (decision 0177).
 * @returns as `putRecoveryCodes`. @throws Refusal recovery-codes.too-many (409)
 */
export async function replaceCodes(
  tx: Transaction,
  seals: RowSeals,
  codes: readonly NewCode[],
  { by, ...made }: Replacing,
): Promise<string[]> {
  await letPresentWait(tx, seals, { ...made, by })
  return keepSet(tx, seals, codes, made)
}

/** What a form says of the set in whose place it makes another one: so it makes one set, however often it is sent. */
export function nameOfSet(madeAt: Date | undefined): string {
  return madeAt?.toISOString() ?? ''
}

/** A set that waits is the present one again, and the one that came after it waits: as many as before. */
export async function restoreCodeSet(
  tx: Transaction,
  seals: RowSeals,
  { set: name, ...made }: Omit<Replacing, 'origin'> & { readonly set: string },
): Promise<void> {
  const { personId, by, now } = made
  const present = await presentSet(tx, seals, personId)
  await letStand(tx, seals, personId, { kind: 'codes', name }, now)
  const waits = { since: now, because: 'replaced', by } as const
  if (present !== undefined) await letWait(tx, seals, personId, [wayOf('codes', present)], waits)
}

async function letPresentWait(
  tx: Transaction,
  seals: RowSeals,
  { personId, by, now }: Omit<Replacing, 'origin'>,
): Promise<void> {
  const present = await presentSet(tx, seals, personId)
  if (present === undefined) return
  const waiting = await waitingWays(tx, seals, personId, now)
  if (waiting.filter(({ kind }) => kind === 'codes').length >= maxWaitingWays)
    throw new Refusal('recovery-codes.too-many', 409, { nextHref: '/acces' })
  const waits = { since: now, because: 'replaced', by } as const
  await letWait(tx, seals, personId, [wayOf('codes', present)], waits)
}

async function keepSet(
  tx: Transaction,
  seals: RowSeals,
  codes: readonly NewCode[],
  { personId, origin, now }: Made,
): Promise<string[]> {
  await deleteCounterCodes(tx, seals, personId)
  await deleteUnlisted(tx, seals, personId)
  const rows = codes.map(({ codeIndex, proof }) => ({
    codeIndex,
    proof,
    personId,
    createdAt: now,
    expiresAt: null,
  }))
  await insertCodes(tx, seals, rows)
  await recordActivity(tx, { kind: 'recovery-codes.made', personId, result: 'done' }, origin, now)
  return codes.map(({ shown }) => shown)
}

/**
 * Keeps one code for a person whose identity an agent has verified; it replaces an earlier one. It opens what one of her own codes
 * opens, and her set stays as it is. @returns the code in the form that is shown, once, and until when it is good
 */
export async function putCounterCode(
  tx: Transaction,
  seals: RowSeals,
  { shown, codeIndex, proof }: NewCode,
  { personId, origin, now }: Made,
): Promise<{ readonly code: string; readonly expiresAt: Date }> {
  const expiresAt = secondsAfter(now, counterSeconds)
  await deleteCounterCodes(tx, seals, personId)
  await insertCodes(tx, seals, [{ codeIndex, proof, personId, createdAt: now, expiresAt }])
  await recordActivity(tx, { kind: 'counter-code.made', personId, result: 'done' }, origin, now)
  return { code: shown, expiresAt }
}

/** The person of a code, and the code's index. The code is not used up: `spendCode` does that. */
export type ProvenCode = Omit<ProvenFactor, 'factorId'> & { readonly codeIndex: string }

/** @throws Refusal recovery.code-refused, the same for an unknown, wrong, used or expired code */
export async function provenByCode(
  _: CountedTry,
  tx: Transaction,
  { codeIndex, proofs }: TypedCode,
  at: RowReader,
): Promise<ProvenCode> {
  const known = await findCode(tx, at.seals, codeIndex, at.now)
  if (known === undefined || !proofs.some((proof) => timingSafeEqual(known.proof, proof)))
    throw new Refusal('recovery.code-refused')
  const isLate = known.expiresAt !== null && known.expiresAt <= at.now
  const { personId, sessionEpoch } = known
  if (known.isUntrusted && known.usedAt === null) {
    // The index itself would name the account.
    const ref = createHash('sha256').update(codeIndex).digest('hex')
    const what = { what: 'recovery-code', ref, personId } as const
    await tellUntrusted(at, what, { ...at.origin, now: at.now })
  }
  if (isLate || known.usedAt !== null || known.isUntrusted)
    throw new Refusal('recovery.code-refused')
  return { personId, sessionEpoch, codeIndex }
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
  now: Date,
): Promise<boolean> {
  const known = await findCode(tx, seals, codeIndex, now)
  return known !== undefined && known.expiresAt !== null
}

/** The person of a code that begins so, used or not. */
export async function holderOfCode(
  tx: Database | Transaction,
  index: string,
): Promise<string | undefined> {
  return holderOfIndex(tx, index)
}
