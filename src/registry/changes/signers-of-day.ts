import { dayOf } from '../../base/values/calendar.ts'
import type { RegisterSigner } from '../objects/objects.ts'

/** Who of these signs on the day of an instant. Days are those of Québec. */
export function signersOfDay(signers: readonly RegisterSigner[], now: Date): RegisterSigner[] {
  const today = dayOf(now)
  return signers.filter(
    ({ from, until }) => from <= today && (until === undefined || today <= until),
  )
}

/** Whether two have ever been signers at once: from then on changes and orders are signed, even if a term was let run out. */
export function isSignedByTwo(signers: readonly RegisterSigner[], now: Date): boolean {
  const today = dayOf(now)
  return signers.filter(({ from }) => from <= today).length >= 2
}

/** Why a key signs nothing today: in a sentence for who has the file with its signature. */
export function whyNoSigner(
  signers: readonly RegisterSigner[],
  publicKey: string | undefined,
  now: Date,
): string {
  const today = dayOf(now)
  const signer = signers.find((one) => one.publicKey === publicKey)
  if (signer === undefined) return 'a signature is by no signer of the register of today'
  const { id, from, until } = signer
  const term = from > today ? `signs from ${from} on` : `signed until ${until ?? today}`
  return `${id} ${term}, and in Québec it is ${today}`
}
