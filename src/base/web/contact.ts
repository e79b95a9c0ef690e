import type { InBoth, Language } from '../platform/languages.ts'

/** How to reach somebody who answers, in words of both languages. */
export type Contact = {
  readonly name: InBoth
  /** E.164. */
  readonly telephone: string
  readonly hours: InBoth
  readonly address: InBoth
}

/** The same as a page says it: `partials/contact`. */
export type ContactBlock = {
  /** The body whose it is; undefined where the name says it already. */
  readonly organisation: string | undefined
  readonly name: string
  readonly telephone: { readonly href: string; readonly text: string }
  readonly hours: string
  readonly address: string
  readonly email: string | undefined
}

export function contactBlock(
  { name, telephone, hours, address }: Contact,
  language: Language,
  more: { readonly organisation?: string; readonly email?: string } = {},
): ContactBlock {
  return {
    organisation: more.organisation,
    name: name[language],
    telephone: { href: `tel:${telephone}`, text: sayTelephone(telephone) },
    hours: hours[language],
    address: address[language],
    email: more.email,
  }
}

/** As it is dialled here: 418 555-0142. A number of elsewhere stays as it is. */
export function sayTelephone(e164: string): string {
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164) ?? []
  return line === undefined ? e164 : `${area}\u00a0${exchange}-${line}`
}
