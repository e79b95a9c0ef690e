import { registerEpoch } from '../../consent/record/index.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { languagePrefixes } from '../../base/values/languages.ts'
import type { Database } from '../../base/database/database.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Values, Words } from '../../base/web/words.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Names, Register, SaidParties } from '../../registry/index.ts'
import { saidParties } from '../../registry/index.ts'
import type { DecisionOutcome } from '../../consent/disclosures/index.ts'
import { decisionOutcome } from '../../consent/disclosures/index.ts'
import type { LineRow, LineSource } from './rows.ts'
import { sources } from './rows.ts'

/** Whose lines are read, at which time, by which register, in which language. */
export type ActivityReading = {
  readonly db: Database
  readonly vault: Vault
  readonly words: Words
  readonly personId: string
  readonly register: Register
  readonly language: Language
  readonly now: Date
  /** Words in that language. */
  readonly t: (key: string, values?: Values) => string
}

/** What such a reading needs of the house. */
export type ActivitySource = {
  readonly foundation: Pick<Foundation, 'db' | 'clock' | 'words'>
  readonly live: LiveRegister
  readonly vault: Vault
}

/** Uses the register as it is now. @param language of the page */
export async function activityReadingOf(
  { foundation: { db, clock, words }, live, vault }: ActivitySource,
  { personId }: { readonly personId: string },
  language: Language,
): Promise<ActivityReading> {
  const register = await live.at(await registerEpoch(db))
  const t: ActivityReading['t'] = (key, values) => words.t(language, key, values)
  return { db, vault, words, t, personId, register, language, now: clock() }
}

export type LineOutcome =
  | DecisionOutcome
  | 'unpermitted'
  | 'declared'
  | 'inquired'
  | 'excused'
  | undefined

/** What became of a sending; undefined for a row that is no sending. */
export function outcomeOfLine({ source, kind, at }: LineRow, now: Date): LineOutcome {
  if (source === 'receptions') return 'unpermitted'
  if (source === 'declarations') return 'declared'
  if (source === 'inquiries') return kind === 'excused' ? 'excused' : 'inquired'
  if (source !== 'decisions') return undefined
  // In the view, the kind of a permit is its status.
  return decisionOutcome({ ...outcomeOf(kind), status: kind as 'authorised', evaluatedAt: at }, now)
}

export function outcomeOf(kind: string) {
  return { outcome: kind === 'refused' ? ('deny' as const) : ('permit' as const) }
}

/** The names with which a row is shown: those of its time, or, for a later change of a consent, those of her answer. */
export function namesFor({ at, answeredAt }: LineRow, register: Register): Names {
  return register.asOf(answeredAt ?? at)
}

/** The two bodies of a row, as they were then; for a row that rests on an agreement alone, the bodies of the agreement. */
export function partiesOf(row: LineRow, register: Register) {
  const agreed = register.agreementByNo(row.agreement ?? 0)
  const names = namesFor(row, register)
  return {
    holder: names.organisationByRoot(row.holder ?? 0) ?? names.organisation(agreed?.holder ?? ''),
    recipient:
      names.organisationByRoot(row.recipient ?? 0) ?? names.organisation(agreed?.recipient ?? ''),
  }
}

/** `2026`, « novembre 2026 » */
export function periodName(
  period: string,
  { words, language }: Pick<ActivityReading, 'words' | 'language'>,
): string {
  if (period.length === 4) return period
  return words.month(language, new Date(`${period}-15T12:00:00Z`))
}

/** The calendar year that the information is about; undefined where it is about other days, or nobody said which. */
export function yearOf({ periodFrom, periodTo }: LineRow): string | undefined {
  const year = periodFrom?.slice(0, 4)
  return periodFrom === `${year}-01-01` && periodTo === `${year}-12-31` ? year : undefined
}

/** Who receives, as a name that stands alone. */
export function recipientOf(row: LineRow, { register, language, t }: ActivityReading): string {
  return partiesOf(row, register).recipient?.name[language] ?? t('my-activity.line.unknown')
}

/** Both bodies of a row, in the words about it. */
export function partiesSaid(row: LineRow, { register, language, t }: ActivityReading): SaidParties {
  const { holder, recipient } = partiesOf(row, register)
  const unknown = t('my-activity.line.unknown')
  const nameOf = (body: typeof holder) => body?.nameInSentence[language] ?? unknown
  return saidParties(nameOf(holder), nameOf(recipient), language)
}

/** The name of a body or a category, with its names in her earlier lines; undefined: the register does not know it. */
export function nameOf(
  { register, language, t }: Pick<ActivityReading, 'register' | 'language' | 't'>,
  id: string,
): string | undefined {
  const body = register.organisation(id)
  const name = (body?.name ?? register.category(id)?.label)?.[language]
  const bodies = body === undefined ? [] : [body.root]
  const former = register
    .rewordings({ bodies, categories: [id] }, always)
    .filter(({ member }) => member === 'name' || member === 'label')
    .flatMap(({ before }) => (typeof before === 'object' ? before[language] : []))
    .filter((words) => words !== name)
  if (name === undefined || former.length === 0) return name
  return t('my-activity.formerly', { name, former: [...new Set(former)].join(', ') })
}

const always = new Date(0)

/** A question that was shown and may still be answered. */
export function isWaiting({ source, kind, otherAt }: LineRow, now: Date): boolean {
  return source === 'requests' && kind === 'requested' && otherAt !== null && otherAt > now
}

const prefixes: Readonly<Record<LineSource, string>> = {
  access: 'act',
  requests: 'con',
  consents: 'rcp',
  ends: 'con',
  notices: 'ntc',
  decisions: 'dec',
  receptions: 'rcv',
  declarations: 'dcl',
  inquiries: 'inq',
}

export function referenceOf({ source, id }: Pick<LineRow, 'source' | 'id'>): string {
  return writeId(prefixes[source], id)
}

/** Where our pages in that language begin. */
export function baseOf(language: Language): string {
  return languagePrefixes[language]
}

/** The page of a line. A question and the end of the sharing that it led to bear one number. */
export function pathOfLine(row: Pick<LineRow, 'source' | 'id'>): string {
  return `/activite/${referenceOf(row)}${row.source === 'ends' ? '/fin' : ''}`
}

/** Which line an address means; undefined: it is no number of a line. */
export function lineNamed(
  reference: string,
  isEnd: boolean,
): Pick<LineRow, 'source' | 'id'> | undefined {
  for (const source of sources) {
    const id = readId(prefixes[source], reference)
    if (id !== undefined && (source === 'ends') === isEnd) return { source, id }
  }
  return undefined
}
