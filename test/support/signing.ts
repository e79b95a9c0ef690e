import { createHash } from 'node:crypto'
import type { Payload } from '../../src/ledger/chain/index.ts'
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
  /** The lines that the page fixes; null in the places of her own. */
  readonly lines?: readonly (string | null)[]
  /** \`cat_x@2\` of each category. */
  readonly versions?: readonly string[]
  /** The first lines of a page that an older process showed. */
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
  const acts = isYes ? express : []
  const categories = isYes ? [...(sign.required ?? []), ...optional, ...express] : []
  const lastDay = (isYes ? until : undefined) ?? sign.lastDay ?? ''
  if (sign.lines === undefined) {
    const said = [categories, acts].map((ids) => ids.toSorted().join(' '))
    return lines(...(sign.head ?? []), choice, ...said, lastDay, sign.checkpoint)
  }
  const listed = (ids: readonly string[]) => {
    const refs = ids.map((id) => inVersion(id, sign.versions))
    return refs.length === 0 ? '-' : refs.toSorted().join(' ')
  }
  const own = [
    choice,
    `categories ${listed(categories)}`,
    `express ${listed(acts)}`,
    `until ${lastDay}`,
  ]
  return lines(...sign.lines.map((line) => line ?? own.shift() ?? ''))
}

/** What of the events of an answer and of its page its text names. */
type Named = Readonly<
  Record<
    | 'presentation_id'
    | 'rendered_sha256'
    | 'kind'
    | 'holder'
    | 'recipient'
    | 'agreement'
    | 'purpose'
    | 'dataset'
    | 'valid_until_local',
    string
  >
> & {
  readonly categories_granted: readonly string[]
  readonly categories_express: readonly string[]
  readonly max_uses: number | null
  readonly frequency_limit: { readonly count: number; readonly per: string } | null
  readonly lookback: { readonly from: string; readonly to: string } | null
  readonly signed: { readonly checkpoint: string }
}
type PageNamed = {
  readonly text: string
  readonly bodies: readonly string[]
  readonly category_versions: readonly string[]
  readonly narrows?: string
  readonly changes?: string
}

/** The text of an answer, from its event and that of its page. */
export function textOfEvents(answer: Payload, page: Payload, issuer: string): string {
  const said = answer as unknown as Named
  const shown = page as unknown as PageNamed
  const { frequency_limit: often, lookback: days, signed } = said
  const listed = (ids: readonly string[]) =>
    ids.length === 0
      ? '-'
      : ids
          .map((id) => inVersion(id, shown.category_versions))
          .toSorted()
          .join(' ')
  return lines(
    'accord.answer.v2',
    issuer,
    said.presentation_id,
    said.rendered_sha256,
    said.kind.replace('consent.', ''),
    'for -',
    `holder ${inVersion(said.holder, shown.bodies)}`,
    `recipient ${inVersion(said.recipient, shown.bodies)}`,
    `agreement ${said.agreement}`,
    `purpose ${said.purpose}`,
    `text ${shown.text}`,
    `dataset ${said.dataset}`,
    `categories ${listed(said.categories_granted)}`,
    `express ${listed(said.categories_express)}`,
    `limit uses ${said.max_uses ?? '-'} frequency ${often === null ? '-' : `${often.count}/${often.per}`}`,
    `about ${days === null ? '-' : `${days.from}/${days.to}`}`,
    `until ${said.valid_until_local}`,
    `replaces ${shown.narrows ?? shown.changes ?? '-'}`,
    `log ${signed.checkpoint === '' ? '-' : signed.checkpoint}`,
  )
}

function inVersion(id: string, refs: readonly string[] = []): string {
  return refs.find((ref) => ref.split('@')[0] === id) ?? '?'
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
