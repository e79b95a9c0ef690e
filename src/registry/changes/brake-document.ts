import { createHash } from 'node:crypto'
import { z } from 'zod'
import { brakedKinds } from '../objects/brakes.ts'
import type { BrakeDeed } from '../objects/brakes.ts'
import { order } from './order-shape.ts'
import type { Order } from './order-shape.ts'
import { RegisterUntrusted } from './seal.ts'
import type { StoredBrake } from './store.ts'

// What is published of a deed about a brake: the whole order, with the signatures that anybody can check against the signers of the
// register. Of a name that was typed it says nothing. Officers of a desk have no key of the register: for them this broker signs which
// offices ordered it, with the key that signs receipts.

export const brakeDocument = z.strictObject({
  kind: z.literal('register-brake'),
  at: z.iso.datetime(),
  order: order.extend({ deed: z.enum(['brake', 'brake-confirm', 'brake-release']) }),
  order_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  signatures: z.array(z.strictObject({ signer: z.string().max(80), jws: z.string().max(2000) })),
  /** The broker’s own signature over an order of officers; `order.details` names their body and their offices. */
  witness: z.string().max(2000).optional(),
})
export type BrakeDocument = z.infer<typeof brakeDocument>

/** What an order of a brake is about. */
const about = z.tuple([z.enum(brakedKinds), z.string().min(1).max(64)])

/** What was published of it. @throws RegisterUntrusted where its document is not there, or another one */
export function brakeDocumentOf({ no, sha256, document }: StoredBrake): BrakeDocument {
  const isPublished =
    document !== null && createHash('sha256').update(document).digest().equals(sha256)
  const read = isPublished ? brakeDocument.safeParse(JSON.parse(document)) : undefined
  if (read?.data === undefined) throw new RegisterUntrusted(`brake ${no}`)
  return read.data
}

/** The deed that a row tells. @throws RegisterUntrusted */
export function brakeDeedOf(stored: StoredBrake): BrakeDeed {
  const document = brakeDocumentOf(stored)
  const { at, order: ordered, order_sha256: orderSha256, signatures } = document
  const { no, operator } = stored
  const of = about.safeParse(ordered.about.split(' '))
  if (of.data === undefined) throw new RegisterUntrusted(`brake ${no}`)
  const { deed, reason } = ordered
  const [kind, id] = of.data
  const common = { deed, kind, id, at: new Date(at), reason, orderSha256 }
  if (document.witness === undefined) return { ...common, by: byOf(signatures, operator) }
  const { organisation, offices } = deskOf(ordered)
  return { ...common, by: offices, desk: organisation }
}

/** Whose desk an order of officers is of, and their offices: the one who began or proposed it first. */
export function deskOf({ details }: Pick<Order, 'details'>): {
  readonly organisation: string | undefined
  readonly offices: readonly string[]
} {
  const { organisation, office, second } = details
  return { organisation, offices: [office, second].filter((one) => one !== undefined) }
}

/** Who answers for a deed: all versions of a signer are one, and so are all spellings of a name. */
export function byOf(
  signatures: readonly { readonly signer: string }[],
  operator: string | null | undefined,
): readonly string[] {
  if (operator === null || operator === undefined)
    return signatures.map(({ signer }) => signer.replace(/@.*$/, ''))
  return [operator.normalize('NFKC').replaceAll(/\s+/g, ' ').trim().toLowerCase()]
}
