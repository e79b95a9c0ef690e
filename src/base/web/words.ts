import { createIntl } from '@formatjs/intl'
import english from '../../../views/locales/en.json' with { type: 'json' }
import french from '../../../views/locales/fr.json' with { type: 'json' }
import { inWords, timeZone } from '../values/calendar.ts'
import type { Language } from '../values/languages.ts'

export type Values = Readonly<Record<string, string | number>>

export type Words = {
  /** @throws Error when the language has no such key, or a value of the message is missing */
  t(language: Language, key: string, values?: Values): string
  date(language: Language, at: Date): string
  dateTime(language: Language, at: Date): string
  time(language: Language, at: Date): string
  /** `P4M` → « 4 mois » */
  duration(language: Language, iso: string): string
  /** « 30 novembre », « lundi 30 novembre »: a day of this year */
  dayOfYear(language: Language, at: Date): string
  weekday(language: Language, at: Date): string
  /** « novembre 2026 » */
  month(language: Language, at: Date): string
}

let made: Words | undefined

/** Reads both catalogues, once a process: a message that does not parse stops the start, not a page. */
export function makeWords(): Words {
  return (made ??= parseWords())
}

function parseWords(): Words {
  const tongues: Readonly<Record<Language, Tongue>> = {
    fr: openTongue('fr-CA', french),
    en: openTongue('en-CA', english),
  }
  return {
    t: (language, key, values) => tongues[language].say(key, values ?? {}),
    date: (language, at) => tongues[language].write(at, { dateStyle: 'long' }),
    dateTime: (language, at) =>
      tongues[language].write(at, { dateStyle: 'long', timeStyle: 'short' }),
    time: (language, at) => tongues[language].write(at, { timeStyle: 'short' }),
    duration: (language, iso) => glued(inWords(iso, tongues[language].locale)),
    dayOfYear: (language, at) => tongues[language].write(at, { day: 'numeric', month: 'long' }),
    weekday: (language, at) =>
      tongues[language].write(at, { weekday: 'long', day: 'numeric', month: 'long' }),
    month: (language, at) => tongues[language].write(at, { month: 'long', year: 'numeric' }),
  }
}

type Tongue = {
  readonly locale: string
  say(key: string, values: Values): string
  write(at: Date, style: Intl.DateTimeFormatOptions): string
}

// Text, and arguments without a type, `{name}`: a value stands there as it is (ICU). Of a hundred messages 96 have nothing else. Parsed,
// each with arguments took 2.7 kB and four times as long to say.
const plain = /^(?:[^{}']|\{\w+\})*$/
const argument = /\{(\w+)\}/

function openTongue(
  locale: 'fr-CA' | 'en-CA',
  catalogue: Readonly<Record<string, string>>,
): Tongue {
  const intl = createIntl({ locale, timeZone, onError: fail })
  // No tags: words hold no HTML, so that escaping is decided in one place, the template.
  const parsed = (text: string) =>
    intl.formatters.getMessageFormat(text, locale, undefined, { ignoreTag: true })
  const read = (text: string) => {
    if (!plain.test(text)) return parsed(text)
    return text.includes('{') ? text.split(argument) : text
  }
  const messages = new Map(Object.entries(catalogue).map(([key, text]) => [key, read(glued(text))]))
  return {
    locale,
    say(key, values) {
      const message = messages.get(key)
      if (message === undefined) throw new Error(`No words in ${locale} for the key ${key}`)
      if (typeof message === 'string') return message
      return Array.isArray(message) ? filled(message, values) : String(message.format(values))
    },
    write: (at, style) => typeset(locale, intl.formatDate(at, style)),
  }
}

// « 72 heures » does not break over two lines.
const numberAndUnit =
  /(?<=[\d#}]) (?=(?:seconde?|minute|heure|hour|jour|day|semaine|week|month|an|année|year)s?\b|mois\b)/g

function glued(text: string): string {
  return text.replaceAll(numberAndUnit, '\u00a0')
}

/** @param pieces text and names of values in turn. @throws Error when a value is missing */
function filled(pieces: readonly string[], values: Values): string {
  let said = pieces[0] ?? ''
  for (let i = 1; i < pieces.length; i += 2) {
    const [name = '', text = ''] = [pieces[i], pieces[i + 1]]
    if (!Object.hasOwn(values, name)) throw new Error(`No value for ${name} in: ${pieces.join('')}`)
    said += String(values[name] ?? '') + text
  }
  return said
}

// The default only prints the error: a date that cannot be written would be shown as it is.
function fail(error: Error): never {
  throw error
}

// Applies Québec's usage where Intl does not: « 1er » for the first day; « 8 h » without idle zeros; “noon”, because many read “12:00 p.m.” as
// the night. A line does not break within a time, nor between the day and its month.
function typeset(locale: 'fr-CA' | 'en-CA', text: string): string {
  if (locale === 'en-CA')
    return text
      .replace(/ (?=[ap]\.m\.)/, '\u00a0')
      .replace(/\b12:00\u00a0([ap])\.m\./, (_, half) => (half === 'a' ? 'midnight' : 'noon'))
      .replace(/(?<=\p{L}) (?=\d{1,2}(?:,|$))/u, '\u00a0')
  return text
    .replace(/^(?<weekday>\p{L}+ )?1 (?=\p{L})/u, '$<weekday>1er ')
    .replace(/(?<=\d|1er) (?=\p{L}{3})/u, '\u00a0')
    .replace(/0?(\d{1,2}) h (\d\d)/, '$1\u00a0h\u00a0$2')
    .replace(/\u00a0h\u00a000$/, '\u00a0h')
}
