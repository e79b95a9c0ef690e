import { actionIn, addressIn, type Offer, type Pages, timeOf } from '../pages.ts'
import type { Locale } from '../words.ts'
import type { Residence } from './residence-file.ts'
import { residenceWords } from './residence-words.ts'

export const residencePath = '/residence'

const { fr, en } = residenceWords

export const residenceOffer: Offer = {
  path: residencePath,
  label: { fr: fr.offer.label, en: en.offer.label },
  hint: { fr: fr.offer.hint, en: en.offer.hint },
  file: { fr: fr.offer.file, en: en.offer.file },
  isQuiet: true,
  isUnderWay: ({ residence }) => residence !== undefined,
}

export function residencePage(
  { page }: Pages,
  issuer: string,
  locale: Locale,
  residence: Residence,
): string {
  const text = residenceWords[locale]
  const again = actionIn(locale, residencePath)
  const sharings = issuer + addressIn(locale, '/mes-partages')
  if (residence.kind !== 'received')
    return page('residence-setback', locale, residencePath, {
      text: { ...text.setbacks[residence.kind], retry: text.again },
      reason: residence.kind === 'denied' ? residence.reason?.[locale] : undefined,
      again,
    })
  return page('residence', locale, residencePath, {
    text,
    years: residence.years.map(({ year, isResident }) => ({
      label: `${text.endOf} ${year}`,
      says: isResident ? text.yes : text.no,
    })),
    at: timeOf(residence.at, locale),
    atIso: residence.at.toISOString(),
    again,
    sharings,
  })
}
