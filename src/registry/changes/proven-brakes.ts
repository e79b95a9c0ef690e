import type { Transaction } from '../../base/database/database.ts'
import type { RegisterSigner } from '../objects/objects.ts'
import { brakeDeedOf, brakeDocumentOf } from './brake-document.ts'
import { areOrdersSigned, judgeOrder } from './order-signatures.ts'
import { RegisterUntrusted } from './seal.ts'
import type { SealedRegister } from './store.ts'
import { brakesWithoutRow } from './store.ts'

/**
 * Where the seal of the register as a whole does not hold, its brakes are believed for what speaks for each: a public document for
 * every row, a row for every public document, and the signatures of its order, two where it lets a brake stand or ends it. A name that
 * was typed speaks for a beginning alone, of before the register had two signers: that only suspends.
 * @throws RegisterUntrusted, OperatorError
 */
export async function requireProvenBrakes(
  tx: Transaction,
  { brakes }: SealedRegister,
  signers: readonly RegisterSigner[],
): Promise<void> {
  if ((await brakesWithoutRow(tx)) > 0) throw new RegisterUntrusted('a brake that was published')
  for (const stored of brakes) {
    const { deed, at } = brakeDeedOf(stored)
    const { order, signatures } = brakeDocumentOf(stored)
    const isTyped = stored.operator !== null
    if (isTyped && signatures.length > 0) throw new RegisterUntrusted(`brake ${stored.no}`)
    if (isTyped && deed === 'brake' && !areOrdersSigned(signers, at)) continue
    const { issuer, about, details } = order
    const needed = deed === 'brake' ? 1 : 2
    const ordering = { issuer, deed, about, details, signers, needed, now: at } as const
    await judgeOrder({ order, signatures: signatures.map(({ jws }) => jws) }, ordering)
  }
}
