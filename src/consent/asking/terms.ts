import { isDeepStrictEqual } from 'node:util'
import type { ConsentListed } from '../record/index.ts'
import {
  categoriesIn,
  isWithin,
  lookbackOf,
  maskOf,
  otherMeanings,
  rewordingLines,
} from '../record/index.ts'
import { dayOf, noonOf } from '../../base/values/calendar.ts'
import type { Language } from '../../base/values/languages.ts'
import { present } from '../../base/values/present.ts'
import type { Words } from '../../base/web/words.ts'
import type { ConsentText, Register, ReliedObjects } from '../../registry/index.ts'
import { bodyNames, bodyNo, categoryLabels, contactsOf, objectsOf } from '../../registry/index.ts'
import type { Block, CategoryLine, TermsPage, TextRun } from './pages/pages.ts'
import type { RequestRow } from './rows.ts'

const fingerprintLength = 8

/** The sensitive ones of the categories asked for, as a mask. */
export function sensitiveOf(row: RequestRow, register: Register): bigint {
  const { dataset } = objectsOf(row, register)
  const asked = categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional)
  return maskOf(
    dataset,
    asked.filter((id) => register.category(id)?.sensitivity !== 'ordinary'),
  )
}

/** What the answer to a request relies on: the two bodies, and every category that is asked for. */
export function objectsReliedOn(row: RequestRow, register: Register): ReliedObjects {
  const { agreement, dataset } = objectsOf(row, register)
  const bodies = [agreement.recipient, agreement.holder]
  return {
    bodies: bodies.map((id) => bodyNo(register, id)),
    categories: categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional),
  }
}

/** The consent that a change is asked of, and the request that it answered. */
export type StandingConsent = { readonly consent: ConsentListed; readonly row: RequestRow }

/**
 * The terms of a request. They are the same each time for one request and language, since their HTML is hashed.
 * @param standing the consent that a yes would change; undefined for a new sharing
 */
export function termsPage(
  row: RequestRow,
  register: Register,
  language: Language,
  words: Words,
  standing?: StandingConsent,
): TermsPage {
  const { agreement, dataset, text } = objectsOf(row, register)
  const sensitive = sensitiveOf(row, register)
  const sent = standing && namesIn(standing.consent, register)
  const lines = (mask: bigint) =>
    categoriesIn(dataset, mask).map((id) => ({
      ...categoryLine(id, register, language),
      isNew: sent !== undefined && !sent.includes(id),
    }))
  const blocks = blocksOf(row, register, language, words)
  return {
    recipient: bodyNames(register, language)(agreement.recipient),
    holder: bodyNames(register, language)(agreement.holder),
    blocks,
    ...changesOf({ row, blocks }, standing, register, language, words),
    contacts: contactsOf(
      [register.organisation(agreement.recipient), register.organisation(agreement.holder)],
      language,
    ),
    required: lines(row.categoriesRequired),
    optional: lines(row.categoriesOptional & ~sensitive),
    sensitive: lines(sensitive).map((line) => ({
      ...line,
      isOptional: isWithin(maskOf(dataset, [line.categoryId]), row.categoriesOptional),
    })),
    lookback: daysIn(row, language, words),
    isPaused: false,
    lastDay: row.validUntilLocal,
    agreement: agreement.ref,
    text: text.ref,
    fingerprint: text.sha256[language].toString('base64url').slice(0, fingerprintLength),
  }
}

type Blocks = TermsPage['blocks']

function blocksOf(row: RequestRow, register: Register, language: Language, words: Words): Blocks {
  const { text } = objectsOf(row, register)
  const values = {
    until: dayIn(row, language, words),
    count: String(row.frequencyCount ?? ''),
    period: periodIn(row, language, words),
  }
  const block = (role: string): Block =>
    parseMarkedText(textOfBlock(text, role, language), (name) =>
      fill(name, values, register, language),
    )
  return {
    who_asks: block('who_asks'),
    who_gives: block('who_gives'),
    what: block('what'),
    optional_items: row.categoriesOptional === 0n ? undefined : block('optional_items'),
    why: block('why'),
    how_long: block('how_long'),
    how_often: row.frequencyCount === null ? undefined : block('how_often'),
    if_refuse: block('if_refuse'),
    if_accept: block('if_accept'),
    withdraw: block('withdraw'),
    rights_help: block('rights_help'),
    legal: block('legal'),
  }
}

/** « Ce qui change »: a summary, and the former words of each block that changes. */
function changesOf(
  { row, blocks }: { readonly row: RequestRow; readonly blocks: Blocks },
  standing: StandingConsent | undefined,
  register: Register,
  language: Language,
  words: Words,
): Pick<TermsPage, 'changes' | 'before'> {
  if (standing === undefined) return { changes: undefined, before: {} }
  const { consent } = standing
  const old = asItStands(standing)
  const said = blocksOf(old, register, language, words)
  const roles = Object.keys(blocks) as (keyof Blocks)[]
  const differing = roles.filter(
    (role) => said[role] !== undefined && !isDeepStrictEqual(said[role], blocks[role]),
  )
  const { dataset } = objectsOf(row, register)
  const asked = categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional)
  const sent = namesIn(consent, register)
  const labels = (ids: readonly string[]) => ids.map(categoryLabels(register, language))
  const values = (one: RequestRow) => ({
    until: dayIn(one, language, words),
    often: frequencyInWords(one, language, words),
    lookback: lookbackIn(one, language, words),
  })
  const [now, before] = [values(row), values(old)]
  return {
    changes: {
      until: now.until === before.until ? undefined : { now: now.until, before: before.until },
      often: now.often === before.often ? undefined : { now: now.often, before: before.often },
      lookback:
        now.lookback === before.lookback
          ? undefined
          : { now: now.lookback, before: before.lookback },
      added: labels(asked.filter((id) => !sent.includes(id))),
      removed: labels(sent.filter((id) => !asked.includes(id))),
      hasOtherWords: old.text !== row.text,
      meanings: rewordingLines(otherMeanings(consent, register), register, language),
      keptUntil: before.until,
    },
    before: Object.fromEntries(differing.map((role) => [role, said[role]])),
  }
}

// The earlier request with the terms of its consent today: she may have narrowed the consent since.
function asItStands({ consent, row }: StandingConsent): RequestRow {
  const { frequencyCount, frequencyPer, lookbackFrom, lookbackTo, validUntil } = consent
  const validUntilLocal = dayOf(new Date(validUntil.getTime() - 1))
  const limits = { frequencyCount, frequencyPer, lookbackFrom, lookbackTo }
  return { ...row, ...limits, validUntil, validUntilLocal }
}

/** The ids of categories that a row names as a mask: a category has the same id in every version of every dataset. */
export function namesIn(
  { dataset, categories }: Pick<ConsentListed, 'dataset' | 'categories'>,
  register: Register,
): string[] {
  return categoriesIn(present(register.datasetByNo(dataset), 'the dataset of a row'), categories)
}

export function dayIn({ validUntilLocal }: RequestRow, language: Language, words: Words): string {
  return words.date(language, noonOf(validUntilLocal))
}

function daysIn(row: RequestRow, language: Language, words: Words): TermsPage['lookback'] {
  const days = lookbackOf(row)
  const inWords = (day: string) => words.date(language, noonOf(day))
  return days && { from: inWords(days.from), to: inWords(days.to) }
}

function lookbackIn(row: RequestRow, language: Language, words: Words): string {
  const days = daysIn(row, language, words)
  return days === undefined
    ? words.t(language, 'consent.terms.no-limit')
    : words.t(language, 'consent.terms.days', days)
}

function periodIn({ frequencyPer: per }: RequestRow, language: Language, words: Words): string {
  if (per === null) return ''
  const length = words.duration(language, per)
  return words.t(language, 'consent.terms.period', { per, length })
}

export function frequencyInWords(row: RequestRow, language: Language, words: Words): string {
  const { frequencyCount: count } = row
  if (count === null) return words.t(language, 'consent.terms.no-limit')
  const period = periodIn(row, language, words)
  return words.t(language, 'consent.terms.times', { count, period })
}

function textOfBlock({ blocks, ref }: ConsentText, role: string, language: Language): string {
  const block = blocks.find((item) => item.role === role)
  return present(block, `the block ${role} of ${ref}`)[language]
}

const exampleOf = 'example.'

function fill(
  name: string,
  values: Readonly<Record<string, string>>,
  register: Register,
  language: Language,
): string {
  const found = name.startsWith(exampleOf)
    ? register.category(name.slice(exampleOf.length))?.example[language]
    : values[name]
  return present(found, `{${name}} of a text`)
}

function categoryLine(id: string, register: Register, language: Language): CategoryLine {
  const category = present(register.category(id), 'a category of a question')
  return {
    categoryId: id,
    label: category.label[language],
    description: category.description[language],
    example: category.example[language],
  }
}

/** `plain **strong** plain`, its `{placeholders}` filled. */
function parseMarkedText(text: string, valueOf: (name: string) => string): TextRun[] {
  return text
    .split('**')
    .map((part, i) => ({
      words: part.replaceAll(/\{([\w.-]+)\}/g, (_, name: string) => valueOf(name)),
      isStrong: i % 2 === 1,
    }))
    .filter(({ words }) => words !== '')
}
