import { paperKinds } from '../../base/values/paper-kinds.ts'
import { z } from 'zod'
import { dayAfter, isDay } from '../../base/values/calendar.ts'
import { isNetwork } from '../../base/values/networks.ts'

// Fields that several kinds of files share. Editors show their descriptions to the author of a file (docs/schemas/register/).

const maxVersion = 999_999
const maxBlock = 2000
const maxStatementWords = 25

// Invisible characters, and those that change the direction of writing, make one name look like another.
const isPlain = (value: string) => !/[\p{Cf}--\u00ad]/v.test(value)
const words = (most: number) =>
  z.string().max(most).regex(/\S/, 'must not be blank').refine(isPlain, 'has invisible characters')

export const line = words(255)
/** A line that fits beside a button, or in a row of a summary. */
export const shortLine = (most: number) =>
  words(most)
    .refine((text) => !/[<>{}*]/.test(text), 'must be plain text, without < > { } or *')
    .describe(`Plain text of at most ${most} characters.`)
/** A short line with places that the page fills. */
export const placedLine = (most: number) =>
  words(most)
    .refine((text) => !/[<>*\n]/.test(text), 'must be one line of plain text, without < > or *')
    .describe('{holder}, {recipient}, {data}, {why}, {until} and {times} are filled by the page.')
export const prose = words(maxBlock)
/** Lines of plain text without places. */
export const shortProse = (most: number) =>
  words(most).refine((text) => !/[<>{}*]/.test(text), 'must be plain text, without < > { } or *')
export const lineInBoth = z.strictObject({ fr: line, en: line })
export const proseInBoth = z.strictObject({ fr: prose, en: prose })
export const version = z
  .int()
  .min(1)
  .max(maxVersion)
  .describe('Goes up with every change of the file.')
/** The most redirect URIs and keys of one service, and networks of one desk. */
export const largest = { redirectUris: 50, keys: 10, networks: 50 }
// Only http and https, and no `javascript:`: pages may link to these addresses.
export const address = z.url({ protocol: /^https?$/ })
/** The law itself, as people read it. */
export const lawNamed = z.strictObject({
  act: lineInBoth,
  section: line,
  url: z.strictObject({ fr: address, en: address }).describe('Where people read the section.'),
})
const telephone = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, "must be an E.164 number in quotation marks, like '+14185550142'")
  .describe("E.164: '+', country, number; in quotation marks.")
const contact = z
  .strictObject({
    name: lineInBoth.describe('Which office or service answers.'),
    telephone,
    hours: lineInBoth,
    address: lineInBoth,
  })
  .describe('How a person reaches somebody: required of a body of an agreement in force.')
const desk = z
  .strictObject({
    networks: z
      .array(
        z
          .string()
          .refine(isNetwork, 'must be a network, like 203.0.113.0/24 or 2001:db8::/32')
          .describe('IPv4 or IPv6, with its length.'),
      )
      .max(largest.networks)
      .refine(isSet, 'names one twice')
      .describe(
        'From where its officers work; without it, or empty, from anywhere. Everybody reads it here.',
      )
      .optional(),
    hours: lineInBoth,
    telephone: telephone.optional(),
    address: lineInBoth.optional(),
    papers: z
      .array(z.enum(paperKinds))
      .min(2)
      .max(paperKinds.length)
      .refine(isSet, 'names one twice')
      .describe(
        'Which papers its officers accept: two of them say who somebody is. Without it the desk checks nobody’s identity.',
      )
      .optional(),
  })
  .describe('It keeps a desk, where officers help people. Without it nobody works for it here.')
/** Where people reach a body. */
export const reachMembers = { contact: contact.optional(), desk: desk.optional() }
export const status = z.enum(['active', 'suspended', 'closed'])
export const day = z.string().refine(isDay, 'must be a day, YYYY-MM-DD').meta({ format: 'date' })

export function id(prefix: string) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[a-z0-9-]{1,60}$`), `must be like ${prefix}_a-name`)
}

export function ref(prefix: string) {
  const pattern = new RegExp(`^${prefix}_[a-z0-9-]{1,60}@[1-9]\\d{0,5}$`)
  return z.string().regex(pattern, `must name a version, like ${prefix}_a-name@1`)
}

// Whole days, since a sharing ends at midnight. It aborts, so that later checks do not compute with an invalid duration.
export const duration = z
  .string()
  .regex(/^P(?=\d)([1-9]\d?Y)?([1-9]\d{0,2}M)?([1-9]\d{0,2}W)?([1-9]\d{0,3}D)?$/, {
    error: 'must be an ISO 8601 duration of days, weeks, months or years, like P9M',
    abort: true,
  })
  .describe('ISO 8601: days, weeks, months or years, like P9M.')

/** The one file of settings, which holds for the whole register. */
export const settingsId = 'set_register'

/** Between which spans, `spanFaults` says. */
export const shorterSpans = z
  .strictObject({ activity: duration.optional(), messages: duration.optional() })
  .describe('How long what is no proof is kept about a person, where it is less than usual.')

export const statement = line
  .refine(
    (text) => [...text.matchAll(/[\p{L}\p{N}]\S*/gu)].length <= maxStatementWords,
    `must be one sentence of at most ${maxStatementWords} words`,
  )
  .describe(`One sentence of at most ${maxStatementWords} words.`)

export function isSet(items: readonly string[]): boolean {
  return new Set(items).size === items.length
}

export function isNoLonger(one: string, other: string): boolean {
  return one === other || dayAfter('2026-01-01', one) <= dayAfter('2026-01-01', other)
}

/** A duration between two others. */
export function isBetween(span: string, { least, most }: { least: string; most: string }): boolean {
  return isNoLonger(least, span) && isNoLonger(span, most)
}

// A consent lasts for the time necessary (LAI 53.1): a longer one than this must say why.
export const usualDuration = 'P12M'
export const oneTimeDuration = 'P30D'

/** Topics of a purpose in a person's life: people search for these words, and not for a ministry. */
export const topics = [
  'money',
  'family',
  'health',
  'housing',
  'studies',
  'work',
  'transport',
  'identity',
] as const
export type Topic = (typeof topics)[number]

const mostPaths = 20

/** `agr_x@3` → `agr_x` */
export function idOf(ref: string): string {
  return ref.split('@', 1)[0] ?? ref
}

/** Paths below an API, as a proof of possession names them: no query, no escapes, no dot segments (RFC 3986 5.2.4). */
const apiPaths = z
  .array(
    z
      .string()
      .max(200)
      .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+$/, 'must be a path such as /permits'),
  )
  .min(1)
  .max(mostPaths)
  .refine(isSet, 'names a path twice')
  .describe(
    'Where the API gives this data, below resource_server: of these addresses alone a call may be presented for a decision.',
  )

/** Where a dataset is given. */
export const dataAddress = { resource_server: address, paths: apiPaths.optional() }
