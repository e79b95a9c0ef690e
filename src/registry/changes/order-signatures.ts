import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Bilingual } from '../../base/values/languages.ts'
import { claimedHand, readByHand } from '../../base/keys/jws.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { RegisterSigner } from '../objects/objects.ts'
import { order } from './order-shape.ts'
import type { Order } from './order-shape.ts'
import { signersOfDay, whyNoSigner } from './signers-of-day.ts'

// Who answers for an order: signatures of signers of the register, over all that it says.

export const orderTyp = 'operator-order+jwt'
export const maxSignatures = 4
const maxAgeMs = 3_600_000
// The clocks of those who sign are their own.
const skewMs = 5 * 60_000

export const orderFile = z.strictObject({
  order,
  signatures: z.array(z.string().max(2000)).max(maxSignatures),
})

export type OrderFile = z.infer<typeof orderFile>

/** An order that may be carried out: who answers for it. */
export type AuthorizedOrder = {
  readonly order: Order
  readonly sha256: string
  readonly signatures: readonly {
    /** `sig_x@1` */
    readonly signer: string
    readonly office: Bilingual
    readonly jws: string
  }[]
  /** Before the register has two signers: the name that was typed. */
  readonly operator: string | undefined
}

/** What a command would do, and what it knows of the register. */
export type OrderOfCommand = Pick<Order, 'issuer' | 'deed' | 'about' | 'details'> & {
  readonly signers: readonly RegisterSigner[]
  /** How many must sign. */
  readonly needed: 1 | 2
  readonly now: Date
}

/** Judges by the signers of `ordering.now` whether enough of them answer for an order. @throws OperatorError */
export async function judgeOrder(
  file: OrderFile,
  ordering: OrderOfCommand,
): Promise<AuthorizedOrder> {
  const { order: made, signatures } = file
  const { issuer, deed, about, details, signers, needed, now } = ordering
  if (made.issuer !== issuer) refuse(`it is for ${made.issuer}`)
  const asked = canonical({ deed, about, details })
  if (canonical({ deed: made.deed, about: made.about, details: made.details }) !== asked)
    refuse(`it is over something else: ${made.deed} ${made.about}`)
  requireRecent(new Date(made.made_at), now, 'it')
  const found: AuthorizedOrder['signatures'][number][] = []
  for (const jws of signatures) {
    const hand = claimedHand(jws)
    const signer = signersOfDay(signers, now).find(({ publicKey }) => publicKey === hand)
    if (signer === undefined) refuse(whyNoSigner(signers, hand, now))
    if (found.some((other) => other.signer === signer.ref)) refuse(`${signer.id} signed twice`)
    await requireSignature(signer, jws, made, now)
    found.push({ signer: signer.ref, office: signer.office, jws })
  }
  if (found.length < needed)
    refuse(needed === 2 ? `two signers must sign it, and ${found.length} did` : 'nobody signed it')
  return { order: made, sha256: hashOf(made), signatures: found, operator: undefined }
}

async function requireSignature(
  { id, publicKey }: RegisterSigner,
  jws: string,
  made: Order,
  now: Date,
): Promise<void> {
  const claims = await readByHand(publicKey, jws, orderTyp)
  if (claims?.['order'] !== hashOf(made)) refuse(`the signature of ${id} is not of this order`)
  const { iat } = claims
  if (typeof iat !== 'number') refuse(`the signature of ${id} has no date`)
  requireRecent(new Date(iat * 1000), now, `the signature of ${id}`)
}

function requireRecent(at: Date, now: Date, what: string): void {
  const age = now.getTime() - at.getTime()
  if (age > maxAgeMs) refuse(`${what} is older than an hour`)
  if (age < -skewMs) refuse(`${what} is dated in the future`)
}

function refuse(because: string): never {
  throw new OperatorError(`The order is not carried out: ${because}.`)
}

export function hashOf(made: Order): string {
  // The order was read from JSON, or by its schema.
  return createHash('sha256').update(canonical(made)).digest('hex')
}
