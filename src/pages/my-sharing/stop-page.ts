import { lastSent } from '../../consent/disclosures/index.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { sentencesOf } from './deed-outcome.ts'
import { inquiredTest } from './inquiries.ts'
import type { StopPage } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'
import { findSharing, isOpen } from './sharings.ts'

/** @throws Refusal sharing.not-found; sharing.not-live when there is nothing left to stop */
export async function stopPage(
  reading: SharingInput,
  id: string,
): Promise<Omit<StopPage, 'csrf' | 'action' | 'keepHref'>> {
  const { db, personId, register, language } = reading
  const { consent, sharing, contacts, others, answers } = await findSharing(reading, id)
  const purpose = register.purposeByNo(consent.purpose)
  if (!isOpen(sharing) || purpose === undefined) throw new Refusal('sharing.not-live', 409)
  return {
    contacts,
    sharing,
    sentences: await sentencesOf({ consent, answers }, reading, {
      tense: 'future',
      deed: { kind: 'stop', records: [consent.consentId] },
    }),
    consequence: purpose.refusalConsequence[language],
    otherWay: purpose.alternativePath[language],
    retention: `${purpose.retention.period[language]} ${purpose.retention.trigger[language]}`,
    lastSentAt: await lastSent(db, personId, consent.consentId),
    isInquired: (await inquiredTest(reading, others))(consent),
  }
}
