import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { holdSeconds } from '../../src/people/accounts/ways.ts'
import { msOf, retention } from '../../src/base/values/retention.ts'

// How long something is kept stands in one table. Who writes a span beside a word of keeping elsewhere writes it a second time.

const root = join(import.meta.dirname, '../..')
const spelled = {
  two: 2,
  deux: 2,
  three: 3,
  trois: 3,
  seven: 7,
  sept: 7,
  thirteen: 13,
  treize: 13,
  thirty: 30,
  trente: 30,
  ninety: 90,
  'quatre-vingt-dix': 90,
}
const numbers = Object.keys(spelled).join('|')
const span = new RegExp(
  `(?<![\\p{L}\\d-])(\\d+|${numbers})[\\s\\u00a0\\u202f]+(jours?|mois|ans?|années?|days?|months?|years?)(?!\\p{L})`,
  'giu',
)
const keeping =
  /(?<!\p{L})(?:gard|conserv|effac|effaç|dispara|suppr|détrui|sauvegard|kept|keep|eras|delet|swept|sweep|retain|retention|backup)/iu
const constant =
  /\b\w*(?:kept|keep|retention|backup|erase|sweep)\w*\b[^=\n]*=\s*[^=\n]*(?:\bday|\* 24\b|24 \*|86_?400|'PT?\d)/i

type Line = { readonly place: string; readonly text: string }

/** Lines that say, in words or as a constant, how long something is kept. */
function saying(lines: readonly Line[]): Line[] {
  return lines.filter(
    ({ text }) => constant.test(text) || (keeping.test(text) && spansIn(text).length > 0),
  )
}

/** `30 days`, « trente jours » → `P30D` */
function spansIn(text: string): string[] {
  return [...text.matchAll(span)].map(([, number = '', unit = '']) => {
    const letter = { j: 'D', d: 'D', m: 'M', a: 'Y', y: 'Y' }[unit.slice(0, 1).toLowerCase()]
    const known: Readonly<Record<string, number>> = spelled
    return `P${known[number.toLowerCase()] ?? number}${letter}`
  })
}

function linesOf(...patterns: readonly string[]): Line[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .map((text) => ({ place: path, text: text.trim() })),
    )
}

describe('the search', () => {
  test.each([
    'const keptSeconds = 90 * daySeconds',
    'const waitingKept = 30 * 24 * 3600',
    "const kept = 'P3Y'",
    '// Swept after thirteen months.',
    '"a.b": "Ces lignes sont effacées après 13\u00a0mois.",',
    'Backups are kept for 35 days.',
  ])('finds « %s »', (text) => {
    expect(saying([{ place: '', text }])).toHaveLength(1)
  })

  test.each([
    'const keptSeconds = 60',
    'An order is shown for 30 days.',
    'It keeps the first day.',
  ])('passes over « %s »', (text) => {
    expect(saying([{ place: '', text }])).toEqual([])
  })
})

test('no code and no SQL says how long something is kept, but for the table', () => {
  // Besides the table: words for any span, and a cookie of hers, in her browser.
  const own = ['retention.ts', 'calendar.ts', '../web/plain-face.ts'].map((file) =>
    join('src/base/values', file),
  )
  const lines = linesOf('src/**/*.ts', 'migrations/functions/*.sql', 'scripts/inventory.ts')
  expect(saying(lines.filter(({ place }) => !own.includes(place)))).toEqual([])
})

test('no sentence of a page says it but by the name of the span', () => {
  // How long a question may be answered, and a sign-in that was asked for elsewhere: nothing that is kept longer.
  const ofQuestions =
    /"(?:site\.help\.later-text|site\.unclear-question\.[^"]*|site\.privacy\.kept-requests)"/
  const lines = linesOf('views/locales/*.json', 'views/**/*.eta')
  expect(saying(lines.filter(({ text }) => !ofQuestions.test(text)))).toEqual([])
})

test('documents that say how long something is kept say a span of the table', () => {
  const known = new Set<string>(Object.values(retention))
  // Of a window of the recipe for backups, which is shorter than people are told, and of an example.
  const other = new Set(['docs/operate/begin P28D', 'docs/operate/backup P28D'])
  const said = linesOf('README*.md', 'docs/*.md', 'docs/{operate,integrate,design}/**/*.md')
    .flatMap(({ place, text }) =>
      text.split(/(?<=[.;|])\s+/).map((sentence) => ({ place, text: sentence })),
    )
    .filter(({ text }) => keeping.test(text))
    .flatMap(({ place, text }) =>
      spansIn(text).map((one) => `${place.replace(/(?:\.en)?\.md$/, '')} ${one}`),
    )
  expect(said.length).toBeGreaterThan(30)
  expect(said.filter((one) => !known.has(one.split(' ')[1] ?? '') && !other.has(one))).toEqual([])
})

test('a message says that a closed access is erased in about a month', () => {
  expect(retention.closing).toBe('P30D')
})

test('an address that was taken away is told what happens as long as a recovery waits', () => {
  expect(msOf(retention.removed)).toBe(holdSeconds * 1000)
})
