import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { makeWords } from '../../../src/base/web/words.ts'
import type { MessageKind } from '../../../src/people/notifications/kinds.ts'
import {
  composeEmail,
  composeText,
  hasSameWords,
  kinds,
  templateVersion,
} from '../../../src/people/notifications/kinds.ts'
import english from '../../../views/locales/en.json' with { type: 'json' }
import french from '../../../views/locales/fr.json' with { type: 'json' }

const words = makeWords()
const code = 'K3QF-7HX2'
const stamp = { brand: 'Accord', code }
const register = new URL('../../../demo/register/', import.meta.url)
const catalogues: Readonly<Record<'fr' | 'en', Readonly<Record<string, string>>>> = {
  fr: french,
  en: english,
}

// Of an address by which somebody signs in: it is no number.
const byEmailAlone: ReadonlySet<MessageKind> = new Set(['address.code', 'address.taken'])

const all = (Object.keys(kinds) as MessageKind[]).flatMap((kind) =>
  (['fr', 'en'] as const).flatMap((language) => {
    const { subject, text } = composeEmail(words, language, kind, stamp)
    const email = { kind, language, channel: 'email', message: `${subject}\n${text}` }
    if (byEmailAlone.has(kind)) return [email]
    const sms = composeText(words, language, kind, stamp)
    return [email, { kind, language, channel: 'sms', message: sms }]
  }),
)

// I24, and what a phisher's message needs: a place to go, somebody to name, something to ask for.
const forbidden: readonly [string, RegExp][] = [
  ['a link', /https?:|:\/\/|\bwww\.|<[^>]*>|\[[^\]]*\]\(/i],
  [
    'what a mail program makes a link of',
    /\b[\w-]+\.(?:ca|com|org|net|quebec|test|example)\b|\S@\S/i,
  ],
  ['any dotted name', /[\p{L}\d]\.[\p{L}\d]/u],
  ['a telephone number, an amount, a date: any digit', /\d/],
  [
    'a salutation, where a name would stand',
    /\b(?:bonjour|cher|chère|madame|monsieur|hello|dear|hi)\b/i,
  ],
]

test.each(all)('$kind by $channel in $language has no name and no link', ({ kind, message }) => {
  const rest = message.replaceAll(code, '')
  expect(message.split(code)).toHaveLength(kinds[kind] === 'codeless' ? 1 : 2)
  for (const [what, pattern] of forbidden) expect(rest, what).not.toMatch(pattern)
  for (const name of namesOfTheRegister()) expect(rest.toLowerCase()).not.toContain(name)
})

test.each(all)(
  '$kind by $channel in $language has only the brand and the code as values',
  ({ kind, language }) => {
    const own = [
      `notifications.message.${kind}.subject`,
      `notifications.message.${kind}.text`,
      'notifications.email.check',
      'notifications.email.care',
      'notifications.email.nothing-opens',
      'notifications.sms',
      'notifications.sms-change',
    ]
    const values = own.flatMap((key) =>
      [...(catalogues[language][key] ?? '').matchAll(/\{(\w+)/g)].map(([, name]) => name),
    )
    expect(new Set(values)).toEqual(new Set(['brand', 'code']))
  },
)

// GSM 03.38: one part of 160 septets. A letter beyond it would halve the room and double the price.
const gsm =
  /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà]{1,160}$/

test.each(all.filter(({ channel }) => channel === 'sms'))(
  '$kind fits into one text message in $language',
  ({ message }) => expect(message).toMatch(gsm),
)

// Somebody took her ways in: she cannot open her page as usual.
const ofChange = all.filter(
  ({ kind }) =>
    ['every', 'all'].includes(kinds[kind]) || ['consent.given', 'consent.stopped'].includes(kind),
)

test.each(ofChange)(
  '$kind by $channel in $language says where to go if nothing opens any more',
  ({ message }) => {
    expect(message).toMatch(/comptoir|counter/i)
    expect(message).toMatch(/téléphon|telephone/i)
    expect(message.replace('comme vous le faites d’habitude', '')).not.toMatch(
      /d['’]habitude|as usual/,
    )
  },
)

test('every kind has words of its own, in both languages', () => {
  for (const language of ['fr', 'en'] as const) {
    const own = all.filter((each) => each.language === language && each.channel === 'email')
    expect(new Set(own.map(({ message }) => message)).size).toBe(Object.keys(kinds).length)
  }
})

test('a message that was sent in other words is not shown in those of now', () => {
  expect([hasSameWords('address.taken', 1), hasSameWords('address.taken', 2)]).toEqual([
    false,
    true,
  ])
  const next = templateVersion + 1
  expect([4, 5, next].map((version) => hasSameWords('factor.added', version))).toEqual([
    false,
    true,
    false,
  ])
  expect([hasSameWords('question.waiting', 1), hasSameWords('question.waiting', next)]).toEqual([
    true,
    false,
  ])
  expect([2, 3].map((version) => hasSameWords('contact.confirm', version))).toEqual([false, true])
})

test('the check finds a planted link, number or name', () => {
  const planted = ['voyez accord.example', 'https://accord', 'le 514 555', 'Bonjour Marie', 'a@b']
  for (const text of planted)
    expect(
      forbidden.some(([, pattern]) => pattern.test(text)),
      text,
    ).toBe(true)
  expect(namesOfTheRegister()).toContain('agence du revenu (démo)')
  expect(namesOfTheRegister().length).toBeGreaterThan(30)
})

let found: readonly string[] | undefined

/** Labels and names of organisations, programmes and data, in small letters: read once, for a hundred messages. */
function namesOfTheRegister(): readonly string[] {
  return (found ??= readNames())
}

function readNames(): readonly string[] {
  const names = new Set<string>()
  for (const kind of ['organisations', 'categories', 'datasets', 'purposes', 'services'])
    for (const file of readdirSync(new URL(kind, register)))
      collect(parse(readFileSync(new URL(`${kind}/${file}`, register), 'utf8')), names)
  return [...names]
}

function collect(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && /^(?:name|label|title|client_name)/.test(key))
      names.add(inner.toLowerCase())
    else if (/^(?:name|label|title|client_name)$/.test(key) && typeof inner === 'object')
      for (const text of Object.values(inner as object))
        if (typeof text === 'string') names.add(text.toLowerCase())
    collect(inner, names)
  }
}
