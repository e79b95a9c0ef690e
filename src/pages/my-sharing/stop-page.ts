import { readStandingFacts, whatStillFlows, whileChecked } from '../../consent/standing/index.ts'
import { dataOf, sayBeside, sayEnds, stopTitle, wordsOf } from '../../consent/standing/index.ts'
import { lastSent } from '../../consent/disclosures/index.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { inquiredTest } from './inquiries.ts'
import type { StopPage } from './pages.ts'
import { plainStop } from './plain-stop.ts'
import type { SharingInput } from './sharing-input.ts'
import { findSharing, isOpen } from './sharings.ts'
import { stillBox } from './still-box.ts'

/** @throws Refusal sharing.not-found; sharing.not-live when there is nothing left to stop */
export async function stopPage(
  reading: SharingInput,
  id: string,
): Promise<Omit<StopPage, 'csrf' | 'action' | 'keepHref' | 'otherFaceHref'>> {
  const { db, seals, vault, personId, register, language, now } = reading
  const { consent, sharing, contacts, others, answers } = await findSharing(reading, id)
  const purpose = register.purposeByNo(consent.purpose)
  if (!isOpen(sharing) || purpose === undefined) throw new Refusal('sharing.not-live', 409)
  const records = [consent.consentId]
  const { heads } = vault
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  const flows = whatStillFlows({ ...facts, deed: { kind: 'stop', records } }, register, now)
  const data = dataOf(consent, register)
  const ends = sayEnds(data, records, flows, purpose)
  const about = { data, records, others, flows, said: ends, tense: 'future' } as const
  const sent = {
    lastSentAt: await lastSent(db, personId, consent.consentId),
    isInquired: (await inquiredTest(reading, others))(consent),
  }
  return {
    ...sent,
    plain: plainStop({ data, records, flows, purpose }, sent, reading),
    title: stopTitle(consent.recipient, data, purpose, reading),
    contacts,
    sharing,
    ends: wordsOf(ends, 'future', reading),
    still: stillBox(about, reading),
    checked: whileChecked(flows, reading),
    beside: wordsOf(sayBeside(data, flows), 'present', reading),
    consequence: purpose.refusalConsequence[language],
    otherWay: purpose.alternativePath[language],
    retention: `${purpose.retention.period[language]} ${purpose.retention.trigger[language]}`,
  }
}
