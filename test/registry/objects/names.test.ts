import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfusables, skeleton } from '../../../src/registry/objects/confusables.ts'
import { kinds } from '../../../src/registry/objects/object-schemas.ts'
import { shelvesOf } from '../../../src/registry/objects/object-index.ts'
import { referenceFaults } from '../../../src/registry/objects/references.ts'
import type { RegisterObject } from '../../../src/registry/changes/store.ts'
import { readRegister } from '../../../src/registry/index.ts'
import { another, everything } from '../whole-register.ts'

function problemsOf(files: readonly RegisterObject[]): string[] {
  const world = files.map((object, i) => ({ ...object, no: i, root: i, appliedAt: new Date(0) }))
  return referenceFaults(files, shelvesOf(world)).map(({ file, message }) => `${file}: ${message}`)
}

/** The whole register, and a third organisation of this name. */
function withName(fr: string, en = 'A body of its own'): RegisterObject[] {
  return [...everything, another('organisation', { org_id: 'org_third', name: { fr, en } })]
}

const third = 'organisations/org_third.yaml: name.fr'

test.each([
  ['Latin letters and marks', 'Société de l’assurance automobile — Œuvre n° 2 (Montréal)'],
  ['syllabics', 'ᓄᓇᕕᒃ ᑲᑎᕕᒃ'],
  ['syllabics beside Latin letters, in words of their own', 'Nunavik-ᓄᓇᕕᒃ'],
  ['Greek, in a word of its own', 'Centre Ωμέγα'],
  ['Vietnamese, which has two marks on a letter', 'Việt Nam, Nguyễn'],
  ['a symbol of a unit', 'Moins de 5 µg'],
])('a name may have %s', (_, name) => {
  expect(problemsOf(withName(name))).toEqual([])
})

test.each([
  ['a Cyrillic letter', 'Agenсe du revenu', 'Agenсe'],
  ['a Greek letter', 'Αgence du revenu', 'Αgence'],
  ['a syllabic', 'Agence du ᖇevenu', 'ᖇevenu'],
  ['a Cyrillic letter after a digit', 'Zone2а', 'Zone2а'],
])('a word of Latin letters with %s is refused', (_, name, word) => {
  expect(problemsOf(withName(name))).toContain(
    `${third} mixes letters of two scripts in one word: ${word}`,
  )
})

const unseen = `${third} has a control character, an invisible one, or one that turns the direction of writing`

test.each([
  ['a line feed', '\n'],
  ['a combining grapheme joiner', '\u{34f}'],
  ['a soft hyphen', '\u{ad}'],
  ['a variation selector', '\u{fe0f}'],
  ['a Hangul filler', '\u{3164}'],
  ['a line separator', '\u{2028}'],
  ['a private character', '\u{e000}'],
  ['a blank Braille pattern', '\u{2800}'],
])('a name with %s is refused', (_, character) => {
  expect(problemsOf(withName(`Agence${character} du loyer`))).toEqual([unseen])
})

// These are refused in every text of the register, by the schema.
test.each([
  ['a zero-width space', '\u{200b}'],
  ['a zero-width joiner', '\u{200d}'],
  ['a right-to-left override', '\u{202e}'],
  ['a direction isolate', '\u{2067}'],
])('a name with %s is refused by the register', (_, character) => {
  const name = { fr: `Agence${character} du loyer`, en: 'Rent agency' }
  const { content } = another('organisation', { org_id: 'org_third', name })
  const { error } = kinds.organisation.schema.safeParse(content)
  expect(error?.issues.map(({ path }) => path)).toEqual([['name', 'fr']])
})

test('a name with three marks on one letter is refused', () => {
  const piled = 'Agence du reve\u{302}\u{301}\u{323}nu'
  expect(problemsOf(withName(piled))).toEqual([`${third} has more than 2 marks on one letter`])
})

test.each([
  ['the same', 'Essai'],
  ['in capitals', 'ESSAI'],
  ['in full-width letters', 'Ｅｓｓａｉ'],
  ['in mathematical letters', '𝐄𝐬𝐬𝐚𝐢'],
  ['in letters of another script', 'Еѕѕаі'],
  ['wider spaced', ' Essai  '],
])('a name that is %s as another of its kind is refused', (_, name) => {
  expect(problemsOf(withName(name))).toEqual([
    'organisations/org_giver.yaml: name.fr may be taken for the name of org_third',
    `${third} may be taken for the name of org_giver`,
  ])
})

test('a capital I and a small l count as alike', () => {
  const [one, other] = ['org_third', 'org_fourth']
  const files = [
    ...everything,
    another('organisation', { org_id: one, name: { fr: 'Aide IA', en: 'One' } }),
    another('organisation', { org_id: other, name: { fr: 'Aide lA', en: 'Two' } }),
  ]
  expect(problemsOf(files)).toEqual([
    'organisations/org_third.yaml: name.fr may be taken for the name of org_fourth',
    'organisations/org_fourth.yaml: name.fr may be taken for the name of org_third',
  ])
})

test('a short name is not another body’s name', () => {
  const short_name = { fr: 'Essai', en: 'Short' }
  const file = another('organisation', { org_id: 'org_third', short_name })
  expect(problemsOf([...everything, file])).toContain(
    'organisations/org_third.yaml: short_name.fr may be taken for the name of org_giver',
  )
})

test('equal names in another language, of another kind, or of a retired purpose are allowed', () => {
  const files = [
    ...withName('Trial'),
    another('purpose', {
      purpose_id: 'pur_old',
      status: 'retired',
      label: { fr: 'Essai', en: 'Trial' },
    }),
  ]
  expect(problemsOf(files)).toEqual([])
})

test('the demonstration’s names are neither alike nor malformed', async () => {
  const { objects } = await readRegister(join(import.meta.dirname, '../../../demo/register'))
  expect(objects.length).toBeGreaterThan(20)
  expect(problemsOf(objects)).toEqual([])
})

// Pairs of section 4 of UTS #39 and of its data file.
test.each([
  ['paypal', 'раураӏ'],
  ['rn', 'm'],
  ['scope', 'ѕсоре'],
  ['Ⅳ', 'lV'],
])('%s and %s have one skeleton', (one, other) => {
  expect(skeleton(one)).toBe(skeleton(other))
})

test('a data file that lost an entry is refused', () => {
  const path = join(import.meta.dirname, '../../../src/registry/objects/confusables.txt')
  const data = readFileSync(path, 'utf8')
  expect(readConfusables(data).size).toBe(6565)
  const line = data.split('\n').find((entry) => entry.includes(';\tMA\t')) ?? ''
  expect(() => readConfusables(data.replace(`${line}\n`, ''))).toThrow('6564 entries and says 6565')
})
