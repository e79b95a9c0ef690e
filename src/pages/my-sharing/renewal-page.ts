import { dataOf } from '../../consent/standing/index.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ContactBlock } from '../../base/web/contact.ts'
import { readFlowsLeft } from './deed-outcome.ts'
import type { SharingView } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'
import { findSharing } from './sharings.ts'

/** « Continuer ce partage? »: to read the question again, or to let the sharing end; both weigh the same. */
export type RenewalPage = {
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  readonly sharing: SharingView
  /** What may be sent of these data once the sharing has ended. */
  readonly sentences: readonly string[]
  /** Where « Lire la question » posts, and where the other two lead. */
  readonly action: string
  readonly keepHref: string
  readonly stopHref: string
}

/** @throws Refusal sharing.not-found; renewal.impossible where the same cannot be asked again */
export async function renewalPage(
  reading: SharingInput,
  id: string,
): Promise<Pick<RenewalPage, 'contacts' | 'sharing' | 'sentences'>> {
  const { consent, sharing, contacts, answers } = await findSharing(reading, id)
  if (!sharing.isRenewable) throw new Refusal('renewal.impossible', 409)
  const { sentences } = await readFlowsLeft({ consent, answers }, reading, {
    data: dataOf(consent, reading.register),
    records: [consent.consentId],
    tense: 'future',
    at: consent.validUntil,
  })
  return { contacts, sharing, sentences }
}
