import { createHash } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'
import type { RowReader } from '../../people/accounts/index.ts'
import { logUntrusted, recordActivity, tellUntrusted } from '../../people/accounts/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { sealTotpStep } from './seal.ts'
import { openSecret, sealSecret } from './sealed-secret.ts'
import { noteStepOfSetAside, standingTotps } from './set-aside-store.ts'
import type { Enrolment } from './store.ts'
import { deleteEnrolment, findEnrolment, insertEnrolment, noteStep, putTotp } from './store.ts'

// RFC 6238 as every application knows it: SHA-1, six digits, thirty seconds. One step of drift on either side.
const periodSeconds = 30
const driftSteps = 1
const seedBytes = 20 // RFC 4226 R6: the length of the hash
const enrolmentSeconds = 15 * 60
const quietModules = 4 // the white border that ISO/IEC 18004 asks for

/** The seed for a person's application: as a picture, as a link and as text to type. */
export type ShownSeed = { readonly qr: string; readonly uri: string; readonly seed: string }

type Enrolling = {
  /** The session or visit in which the seed is shown: a code given in another one confirms nothing. */
  readonly errand: string
  readonly personId: string
  readonly brand: string
  readonly now: Date
}

/** Makes a seed and shows it. A seed that was shown before in this errand, and not confirmed, is deleted. */
export async function beginTotp(
  db: Database,
  vault: Vault,
  { errand, personId, brand, now }: Enrolling,
): Promise<ShownSeed> {
  const seed = new Secret({ size: seedBytes }).base32
  await insertEnrolment(db, vault.seals, {
    ...(await sealSecret(vault, personId, seed, now)),
    errandSha256: hashOf(errand),
    expiresAt: secondsAfter(now, enrolmentSeconds),
  })
  return shown(seed, brand, now)
}

/** The seed of an errand once more, for a page that says what was wrong. Undefined once it is over. */
export async function showTotpAgain(
  db: Database,
  vault: Vault,
  { errand, personId, brand, now }: Enrolling,
): Promise<ShownSeed | undefined> {
  const enrolment = await enrolmentOf(db, vault, { errand, personId }, now)
  return enrolment && shown(await openSecret(vault, enrolment), brand, now)
}

export type TotpConfirmation = {
  readonly errand: string
  readonly personId: string
  /** As `readTotp` gave it. */
  readonly code: string
  readonly origin: Origin
  readonly log: Log
}

/**
 * Takes the first code of the application: from now on it is the person's application, in place of an earlier one.
 * @returns its id. @throws Refusal totp.refused, challenge.unusable when the time of the shown seed is over
 */
export async function confirmTotp(
  counted: CountedTry,
  tx: Transaction,
  vault: Vault,
  { errand, personId, code, origin, log }: TotpConfirmation,
  now: Date,
): Promise<string> {
  const enrolment = await enrolmentOf(tx, vault, { errand, personId, log }, now)
  if (enrolment === undefined) throw new Refusal('challenge.unusable', 409)
  const step = stepOf(counted, await openSecret(vault, enrolment), code, now)
  if (step === undefined) throw new Refusal('totp.refused')
  // Of two confirmations at once the second finds the enrolment gone.
  if (!(await deleteEnrolment(tx, enrolment.factorId))) throw new Refusal('challenge.unusable', 409)
  const { expiresAt: _, ...sealed } = enrolment
  await putTotp(tx, vault.seals, { ...sealed, lastStep: step, createdAt: now })
  await recordActivity(tx, { kind: 'totp.added', personId, result: 'done' }, origin, now)
  return enrolment.factorId
}

/**
 * Whether this is a code of the person's application, as `readTotp` gave it, that was not taken before. One update decides between
 * racing tries (RFC 6238 5.2: a code is accepted once).
 * @returns the application's id, or undefined
 */
export async function takeTotp(
  counted: CountedTry,
  tx: Transaction,
  vault: Vault,
  { personId, code }: { readonly personId: string; readonly code: string },
  at: RowReader,
): Promise<string | undefined> {
  const { now } = at
  const standing = await standingTotps(tx, vault.seals, personId, now)
  for (const { factorId: ref, isUntrusted } of standing)
    if (isUntrusted) await tellUntrusted(at, { what: 'totp', ref, personId }, { ...at.origin, now })
  const trusted = standing.filter(({ isUntrusted }) => !isUntrusted)
  // Without an application, do the same work as for a wrong code.
  if (trusted.length === 0) stepOf(counted, new Secret({ size: seedBytes }).base32, code, now)
  for (const factor of trusted) {
    const step = stepOf(counted, await openSecret(vault, factor), code, now)
    const note = factor.standsUntil === null ? noteStep : noteStepOfSetAside
    if (step !== undefined && (await note(tx, sealTotpStep(vault.seals, factor, step), now)))
      return factor.factorId
  }
  return undefined
}

/** Reads six digits that a person typed, with or without spaces; no other text is judged. @throws Refusal totp.malformed */
export function readTotp(typed: string): string {
  const token = typed.normalize('NFKC').replaceAll(/[\s-]/g, '')
  if (!/^\d{6}$/.test(token)) throw new Refusal('totp.malformed')
  return token
}

/** @returns the step of a code that is right now or one step before or after now */
function stepOf(_: CountedTry, seed: string, token: string, now: Date): number | undefined {
  const totp = new TOTP({ secret: Secret.fromBase32(seed), period: periodSeconds })
  const delta = totp.validate({ token, timestamp: now.getTime(), window: driftSteps })
  if (delta === null) return undefined
  return Math.floor(now.getTime() / 1000 / periodSeconds) + delta
}

async function enrolmentOf(
  db: Database | Transaction,
  { seals }: Vault,
  { errand, personId, log }: Pick<TotpConfirmation, 'errand' | 'personId'> & { readonly log?: Log },
  now: Date,
): Promise<Enrolment | undefined> {
  const found = await findEnrolment(db, seals, hashOf(errand))
  if (found === undefined) return undefined
  const { isUntrusted, ...enrolment } = found
  if (isUntrusted && log !== undefined) logUntrusted(log, 'totp enrolment')
  const isHers = enrolment.personId === personId && enrolment.expiresAt > now
  return isHers && !isUntrusted ? enrolment : undefined
}

function shown(seed: string, brand: string, now: Date): ShownSeed {
  // No name is known here: the day tells several entries of one application apart.
  const label = now.toISOString().slice(0, 10)
  const secret = Secret.fromBase32(seed)
  const uri = new TOTP({ issuer: brand, label, secret, period: periodSeconds }).toString()
  const grouped = seed.replaceAll(/.{4}(?=.)/g, '$& ')
  return { qr: qrOf(uri), uri, seed: grouped }
}

/** A picture of a text, to stand in a page: an element of its own, without a namespace. */
export function qrOf(text: string): string {
  const svg = renderSVG(text, { border: quietModules, pixelSize: 1 })
  return svg.replace(/ xmlns="[^"]*"/, '')
}

// The browser's cookie holds the visit's id: the database holds only its hash.
function hashOf(errand: string): Buffer {
  return createHash('sha256').update(`totp:${errand}`).digest()
}
