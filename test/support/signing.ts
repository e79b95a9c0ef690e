import { createHash } from 'node:crypto'
import type { Authenticator, Forgery } from './authenticator.ts'
import type { Answer } from './browser.ts'
import { formOf } from './browser.ts'

// What the script of a page does with a form (public/js/answer.js), and what anybody does with the answer's event years later: written
// from the description of the text alone (docs/receipts.en.md).

export type Said = {
  readonly choice: 'granted' | 'refused'
  readonly optional?: readonly string[]
  readonly express?: readonly string[]
  readonly until?: string
}

type SignData = {
  readonly options: object
  readonly checkpoint: string
  readonly head?: readonly string[]
  readonly required?: readonly string[]
  readonly lastDay?: string
  readonly texts?: readonly string[]
}

/** What a page gives its script; undefined where it says that nothing is signed. */
export function signDataOf({ body }: Answer): SignData | undefined {
  const [, data] = /data-sign="([^"]*)"/.exec(body) ?? []
  return data === undefined ? undefined : (JSON.parse(unescaped(data)) as SignData)
}

/** A last day as she types it, in three boxes. */
export function lastDayBoxes(until: string) {
  const [year = '', month = '', day = ''] = until.split('-')
  return { until_year: year, until_month: month, until_day: day }
}

/** The fields of the page's form, with her ticks, signed by this key. @param say what the key signs, where that is something else */
export function signedFields(
  page: Answer,
  key: Authenticator,
  said: Said,
  { forgery = {}, signs = said }: { readonly forgery?: Forgery; readonly signs?: Said } = {},
): Record<string, string | string[]> {
  const { fields } = formOf(page)
  const { optional = [], express = [], until } = said
  const credential = signatureFor(page, key, signs, forgery)
  const chosen = {
    optional: [...optional],
    express: [...express],
    ...(until && lastDayBoxes(until)),
  }
  return { ...fields, ...chosen, credential }
}

export function signatureFor(
  page: Answer,
  key: Authenticator,
  said: Said,
  forgery: Forgery = {},
): string {
  const sign = signDataOf(page)
  if (sign === undefined) throw new Error('the page asks for no signature')
  const challenge = challengeOf(sign.texts ?? [textOf(sign, said)]).toString('base64url')
  return key.get(JSON.stringify({ ...sign.options, challenge }), forgery)
}

function textOf(sign: SignData, { choice, optional = [], express = [], until }: Said): string {
  const isYes = choice === 'granted'
  const categories = isYes ? [...(sign.required ?? []), ...optional, ...express] : []
  return lines(
    ...(sign.head ?? []),
    choice,
    categories.toSorted().join(' '),
    (isYes ? [...express] : []).toSorted().join(' '),
    (isYes ? until : undefined) ?? sign.lastDay ?? '',
    sign.checkpoint,
  )
}

export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('')
}

export function challengeOf(texts: readonly string[]): Buffer {
  const hashes = texts.map((text) => createHash('sha256').update(text).digest('hex'))
  return createHash('sha256')
    .update(lines('accord.answers.v1', ...hashes.toSorted()))
    .digest()
}

export function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
