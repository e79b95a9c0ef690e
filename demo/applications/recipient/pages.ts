import { actionIn, addressIn, type Offer, type Pages, timeOf } from '../pages.ts'
import type { Locale } from '../words.ts'
import { aidFor } from './aid.ts'
import type { BursaryFile, Notice, Received, Sharing } from './bursary-file.ts'
import { bursaryWords } from './words.ts'

export const paths = {
  file: '/demande',
  calculation: '/demande/calcul',
  nextYear: '/demande/an-prochain',
  refused: '/demande/refus',
  otherWay: '/autre-moyen',
} as const

const { fr, en } = bursaryWords

export const bursaryOffer: Offer = {
  path: paths.file,
  label: { fr: fr.offer.label, en: en.offer.label },
  hint: { fr: fr.offer.hint, en: en.offer.hint },
  file: { fr: fr.offer.file, en: en.offer.file },
  isUnderWay: ({ file }) => file !== undefined,
}

type Setback = keyof (typeof bursaryWords)['fr']['setbacks']

export type BursaryPages = {
  /** @param toldAt when the broker told us of the stop */
  file(locale: Locale, file: BursaryFile, toldAt?: Date): string
  refused(locale: Locale): string
  otherWay(locale: Locale, isSent: boolean): string
}

export function bursaryPages({ page }: Pages, issuer: string): BursaryPages {
  return {
    file(locale, { reply, received, sharing }, toldAt) {
      if (reply.kind !== 'received') return setback(locale, reply.kind, { reply, received }, toldAt)
      return page('bursary', locale, paths.file, {
        text: bursaryWords[locale].file,
        ...(received && figures(received, locale)),
        calculation: actionIn(locale, paths.calculation),
        ...lasting(sharing, locale),
        sharings: issuer + addressIn(locale, '/mes-partages'),
      })
    },
    refused: (locale) => setback(locale, 'refused'),
    otherWay: (locale, isSent) =>
      page('other-way', locale, paths.otherWay, {
        text: bursaryWords[locale].otherWay,
        action: actionIn(locale, paths.otherWay),
        isSent,
      }),
  }

  function setback(
    locale: Locale,
    kind: Setback,
    file?: Pick<BursaryFile, 'reply' | 'received'>,
    toldAt?: Date,
  ) {
    const { setbacks, told, kept, otherWay } = bursaryWords[locale]
    const mustBeAsked = kind === 'refused' || kind === 'stopped'
    return page('setback', locale, kind === 'refused' ? paths.refused : paths.file, {
      text: setbacks[kind],
      reason: file?.reply.kind === 'denied' ? file.reply.reason?.[locale] : undefined,
      told: kind === 'stopped' && toldAt && told.join(timeOf(toldAt, locale)),
      kept: file?.received && `${kept} ${dollars(aidFor(file.received.notice), locale)}.`,
      retry: actionIn(locale, mustBeAsked ? paths.file : paths.calculation),
      otherWay: { label: otherWay.link, address: addressIn(locale, paths.otherWay) },
    })
  }
}

// Nothing to renew where the provider named nothing.
function lasting(sharing: Sharing | undefined, locale: Locale) {
  const { standing, hasLoan = false } = sharing ?? {}
  return {
    hasLoan,
    until: standing && dayOf(standing.until, locale),
    nextYear: standing && actionIn(locale, paths.nextYear),
  }
}

// It ends at midnight, in Québec: its last day is the one before.
function dayOf(end: Date, locale: Locale): string {
  const date = { dateStyle: 'long', timeZone: 'America/Toronto' } as const
  return new Intl.DateTimeFormat(`${locale}-CA`, date).format(new Date(end.getTime() - 1))
}

function figures({ notice, at }: Received, locale: Locale) {
  return {
    income: dollars(notice.income, locale),
    at: timeOf(at, locale),
    atIso: at.toISOString(),
    situation: situationOf(notice, locale),
    dependants: notice.dependants,
    aid: dollars(aidFor(notice), locale),
  }
}

function situationOf({ situation }: Notice, locale: Locale): string | undefined {
  const situations: Readonly<Record<string, string>> = bursaryWords[locale].situations
  return Object.hasOwn(situations, situation) ? situations[situation] : situations['unknown']
}

function dollars(amount: number, locale: Locale): string {
  const currency = { style: 'currency', currency: 'CAD', maximumFractionDigits: 0 } as const
  return new Intl.NumberFormat(`${locale}-CA`, currency).format(amount)
}
