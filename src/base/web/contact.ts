import type { Bilingual, Language } from '../values/languages.ts'

/** How to reach somebody who answers, in both languages. */
export type Contact = {
  readonly name: Bilingual
  /** E.164. */
  readonly telephone: string
  readonly hours: Bilingual
  readonly address: Bilingual
}

/** A contact as a page shows it: `partials/contact`. */
export type ContactBlock = {
  /** The body that the contact belongs to; undefined where the contact's name says it already. */
  readonly organisation: string | undefined
  readonly name: string
  readonly telephone: { readonly href: string; readonly text: string }
  readonly hours: string
  readonly address: string
  readonly email: string | undefined
  /** The path of the page that says what the body may receive and send, of a body of the register. */
  readonly bodyPath?: string | undefined
}

export function contactBlock(
  { name, telephone, hours, address }: Contact,
  language: Language,
  more: Partial<Pick<ContactBlock, 'organisation' | 'email' | 'bodyPath'>> = {},
): ContactBlock {
  return {
    organisation: more.organisation,
    name: name[language],
    telephone: { href: `tel:${telephone}`, text: sayTelephone(telephone) },
    hours: hours[language].replaceAll(withinTime, '\u00a0'),
    address: address[language],
    email: more.email,
    ...(more.bodyPath !== undefined && { bodyPath: more.bodyPath }),
  }
}

// « 8 h 30 », “8:30 a.m.”: people type these with a space at which a line would break.
const withinTime = /(?<=\d) (?=h\b|[ap]\.m\.)|(?<=\d\sh) (?=\d\d)/g

/** A number of North America as people dial it: 418 555-0142. Any other number stays as it is, and so does an e-mail address. */
export function sayTelephone(e164: string): string {
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164) ?? []
  return line === undefined ? e164 : `${area}\u00a0${exchange}-${line}`
}
