import { createHash } from 'node:crypto'
import { z } from 'zod'
import { claimedHand, readByHand } from '../../base/keys/jws.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { JsonValue } from '../../ledger/chain/index.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { FileOf, Kind } from '../objects/object-schemas.ts'
import { fileKinds } from '../objects/object-schemas.ts'
import { leafOf } from './log-entries.ts'
import type { RegisterSigner } from '../objects/objects.ts'
import type { Shelves } from '../objects/object-index.ts'
import { shelvesOf } from '../objects/object-index.ts'
import { signersOfDay, whyNoSigner } from './signers-of-day.ts'
import { planMembers } from '../objects/signature-schemas.ts'
import type { RegisterObject, SealedRegister, StoredObject } from './store.ts'

// A change of the register as a file: a plan, and who signed it. A signature is over the hash of the whole plan, which names the register
// that it was made against. So it holds for no other plan, and for no other register.

/** The type of a signature over a plan: one over an operator's order is none. */
export const changeTyp = 'register-change+jwt'
/** The most signatures in the file of a change. */
export const maxSignatures = 20
const maxAgeSeconds = 7 * 24 * 3600
// The clocks of those who sign are their own.
const skewSeconds = 5 * 60

const plan = z.strictObject({
  ...planMembers,
  objects: z
    .array(
      z.strictObject({
        kind: z.enum(fileKinds),
        id: z.string().max(64),
        version: z.int().min(1),
        content: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1)
    .max(20_000),
})

const replacedVersion = plan.shape.objects.element

export const changeSet = z.strictObject({
  plan,
  /** The versions that the plan names as replaced, whole: who signs has no database. */
  replaced: z.array(replacedVersion).max(20_000),
  signatures: z.array(z.string().max(2000)).max(maxSignatures),
})

export type RegisterPlan = z.infer<typeof plan>
export type ChangeSet = z.infer<typeof changeSet>

/** SHA-256 of a plan, in hexadecimal. */
export function hashOfPlan(made: RegisterPlan): string {
  // The plan was read from JSON.
  return sha256(canonical(made as JsonValue))
}

/** SHA-256 over all versions of a register, whatever their seals: two registers of one hash are the same. */
export function hashOfRegister(objects: readonly StoredObject[]): string {
  const lines = objects.map((object) => `${refOf(object)} ${leafOf(object).toString('hex')}\n`)
  return sha256(lines.toSorted().join(''))
}

type Signed = { readonly signer: RegisterSigner; readonly signedAt: Date; readonly jws: string }

/** Refuses a change where the values that it replaces are not those of today. @throws OperatorError */
export function requireUnmoved({ plan: made }: ChangeSet, before: SealedRegister): void {
  // Not the epoch alone: a brake moves it, and one person who begins brakes must not undo what two have signed.
  if (made.register === hashOfRegister(before.objects)) return
  const isSameEpoch = BigInt(made.epoch) === before.epoch
  const epochs = isSameEpoch ? '' : ` (at epoch ${made.epoch}; it is at ${before.epoch} now)`
  refuse(
    `the register has changed since this plan${epochs}, and the old values that were signed are not those of today: plan again, and have it signed again`,
  )
}

/**
 * The signers of a change, each once. @throws OperatorError where a signature is none: of another plan, older than seven days, by nobody who
 * signs today, or by one key twice
 */
export async function signersOf(
  { plan: made, signatures }: ChangeSet,
  before: SealedRegister,
  now: Date,
): Promise<Signed[]> {
  const { current } = shelvesOf(before.objects).signer
  const signers = signersOfDay(current, now)
  const found: Signed[] = []
  for (const jws of signatures) {
    const hand = claimedHand(jws)
    const signer = signers.find(({ publicKey }) => publicKey === hand)
    if (signer === undefined) refuse(whyNoSigner(current, hand, now))
    if (found.some((other) => other.signer.id === signer.id)) refuse(`${signer.id} signed twice`)
    found.push({ signer, signedAt: await signedAt(signer, jws, made, now), jws })
  }
  return found
}

async function signedAt(
  { id, publicKey }: RegisterSigner,
  jws: string,
  made: RegisterPlan,
  now: Date,
): Promise<Date> {
  const claims = await readByHand(publicKey, jws, changeTyp)
  if (claims?.['plan'] !== hashOfPlan(made)) refuse(`the signature of ${id} is not of this plan`)
  const { iat } = claims
  if (typeof iat !== 'number') refuse(`the signature of ${id} has no date`)
  const age = now.getTime() / 1000 - iat
  if (age > maxAgeSeconds) refuse(`the signature of ${id} is older than seven days`)
  if (age < -skewSeconds) refuse(`the signature of ${id} is dated in the future`)
  return new Date(iat * 1000)
}

/** Who signs on the day of an instant. */
export function activeSigners({ signer }: Shelves, now: Date): RegisterSigner[] {
  return signersOfDay(signer.current, now)
}

/**
 * Refuses a change that too few signed: two sign, and where signers are taken out, two who stay. A term that is cut short takes its signer
 * out, on whichever day it ends: or two could sign today that nobody is left tomorrow. @throws OperatorError
 * @param objects the new versions of the change
 */
export function requireTwo(
  signed: readonly Signed[],
  before: readonly StoredObject[],
  objects: readonly RegisterObject[],
  now: Date,
): void {
  const [was, is] = [before, after(before, objects, now)].map((all) =>
    activeSigners(shelvesOf(all), now),
  )
  const stays = ({ id, publicKey, until }: RegisterSigner) =>
    is?.some(
      (one) => one.id === id && one.publicKey === publicKey && !isShorter(one.until, until),
    ) === true
  const isTakenOut = was?.some((one) => !stays(one)) === true
  const counted = isTakenOut ? signed.filter(({ signer }) => stays(signer)) : signed
  if (counted.length >= 2) return
  refuse(
    isTakenOut
      ? 'it takes signers out, and two who stay must sign it: where there are two, add a third one first'
      : `two signers must sign it, and ${signed.length} did`,
  )
}

/** Of two last days, whether the first one comes earlier; undefined: there is none. */
function isShorter(until: string | undefined, before: string | undefined): boolean {
  return until !== undefined && (before === undefined || until < before)
}

function after(
  before: readonly StoredObject[],
  objects: readonly RegisterObject[],
  now: Date,
): StoredObject[] {
  return [...before, ...objects.map((object) => ({ ...object, no: 0, root: 0, appliedAt: now }))]
}

/** The change as the register keeps it: all of the plan but the contents of the versions, which are published by themselves. */
export function changeObject({ plan: made }: ChangeSet, signed: readonly Signed[]): RegisterObject {
  const hash = hashOfPlan(made)
  const id = `chg_${hash.slice(0, 32)}`
  const { objects, ...members } = made
  const content: FileOf<'change'> = {
    change_id: id,
    version: 1,
    ...members,
    plan_sha256: hash,
    objects: objects.map((object) => ({
      kind: object.kind,
      id: object.id,
      version: object.version,
      sha256: leafOf(object).toString('hex'),
    })),
    signatures: signed.map(({ signer, signedAt: at, jws }) => ({
      signer: signer.ref,
      signed_at: at.toISOString(),
      jws,
    })),
  }
  return { kind: 'change', id, version: 1, content }
}

function refuse(because: string): never {
  throw new OperatorError(`The change is not applied: ${because}.`)
}

function refOf({ kind, id, version }: { kind: Kind; id: string; version: number }): string {
  return `${kind} ${id}@${version}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
