import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stdout } from 'node:process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareIdentities, matchReasons } from '../../../src/people/comparison/compare.ts'
import type { IdentityText } from '../../../src/people/comparison/names.ts'
import { readName, spellName } from '../../../src/people/comparison/names.ts'
import { anyCharacter, seeded } from '../../support/property.ts'

type Pair = {
  readonly line: string
  readonly isOfOne: string
  readonly one: IdentityText
  readonly other: IdentityText
  readonly wanted: string
}

const pairs: readonly Pair[] = readFileSync(join(import.meta.dirname, 'pairs.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map(read)

function read(line: string): Pair {
  const [, isOfOne = '', records = '', wanted = ''] = /^([=x?]) (.*) → (.*)$/u.exec(line) ?? []
  const [first = '', second = ''] = records.split(' ~ ')
  const one = recordIn(first)
  const other = recordIn(second)
  const birthDate = other.birthDate === '' ? one.birthDate : other.birthDate
  return { line, isOfOne, one, other: { ...other, birthDate }, wanted }
}

function recordIn(text: string): IdentityText {
  const [givenName = '', familyName = '', birthDate = ''] = text
    .split('|')
    .map((part) => part.trim())
    .map((part) => part.replaceAll(/%x(\d+)%/g, (_, times) => 'x'.repeat(Number(times))))
    .map((part) =>
      part.replaceAll(/\\u([\dA-F]{4})/g, (_, hex: string) =>
        String.fromCharCode(parseInt(hex, 16)),
      ),
    )
  return { givenName, familyName, birthDate }
}

test('of two hundred pairs each gets its answer, and two people never match', () => {
  expect(pairs.length).toBeGreaterThanOrEqual(200)
  const compared = pairs.map((pair) => ({ ...pair, ...compareIdentities(pair.one, pair.other) }))
  const wrong = compared
    .filter(({ result, reason, wanted }) => `${result} ${reason}` !== wanted)
    .map(({ line, result, reason }) => `${line}, not ${result} ${reason}`)
  expect(wrong).toEqual([])
  expect(compared.filter((pair) => pair.isOfOne !== '=' && pair.result === 'match')).toEqual([
    expect.objectContaining({ line: expect.stringContaining('%x255% |') as unknown }),
  ])
  const doubts = compared.filter(({ result }) => result === 'not_sure')
  const [yes, no] = (['match', 'no_match'] as const).map(
    (one) => compared.filter(({ result }) => result === one).length,
  )
  const counted = `${pairs.length} pairs: ${yes} match, ${no} no match, ${doubts.length} not sure`
  stdout.write(`${[counted, ...doubts.map(({ line }) => line)].join('\n')}\n`)
})

test('each reason but that of nothing verified is the answer of a pair', () => {
  const said = new Set(pairs.map(({ wanted }) => wanted.split(' ')[1]))
  const all = Object.values(matchReasons).flat()
  expect(all.filter((reason) => !said.has(reason))).toEqual(['nothing_verified'])
})

test('whoever does not know her name learns nothing of her birth date', () => {
  const hers = { givenName: 'Camille', familyName: 'Ouellet', birthDate: '1980-01-02' }
  for (const [givenName, familyName] of [
    ['', 'Personne'],
    ['Personne', ''],
    ['Личность', 'Никто'],
    ['Ли', 'Nobody'],
    ['Personne 1', 'X'],
    ['', ''],
  ] as const) {
    const answers = ['1980-01-02', '1980-02-01', '1981-01-02'].map((birthDate) =>
      compareIdentities({ givenName, familyName, birthDate }, hers),
    )
    expect([...new Set(answers.map(({ result }) => result))]).toEqual(['not_sure'])
  }
})

const known = fc.constantFrom(
  ...'Marie,Anne-Marie,Marie Anne,J.,Dũng,Dụng,Dung,St-Onge,Saint Onge,,Müller,Mueller,O’Neil,ONeil,Li,Lin Gan,Ling An'.split(
    ',',
  ),
)
const name = fc.oneof(
  known,
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: anyCharacter, maxLength: 300 }),
)
const day = fc.constantFrom('1984-03-05', '1984-05-03', '1990-12-31', '1984', '')
const record = fc.record({ givenName: name, familyName: name, birthDate: day })
// Two of these are often alike.
const near = fc.record({ givenName: known, familyName: fc.constant('Roy'), birthDate: day })

test('two records get one answer, whichever comes first, and how often', () => {
  fc.assert(
    fc.property(record, record, (a, b) => {
      const answer = compareIdentities(a, b)
      expect(compareIdentities(b, a)).toEqual(answer)
      expect(compareIdentities({ ...a }, { ...b })).toEqual(answer)
      expect(matchReasons[answer.result]).toContain(answer.reason)
    }),
    seeded({ numRuns: 600 }),
  )
})

function lettersOf({ givenName, familyName }: IdentityText): string {
  return [givenName, familyName]
    .map(readName)
    .flatMap((read) => (typeof read === 'string' ? [] : read.words))
    .flat()
    .map(({ base }) => base)
    .join('')
}

test('a match has the same day and the same letters', () => {
  fc.assert(
    fc.property(near, near, (a, b) => {
      if (compareIdentities(a, b).result !== 'match') return
      expect(a.birthDate).toBe(b.birthDate)
      expect(lettersOf(a)).toBe(lettersOf(b))
    }),
    seeded({ numRuns: 1500 }),
  )
})

test('reading what was read changes nothing', () => {
  fc.assert(
    fc.property(name, (text) => {
      const once = readName(text)
      if (typeof once === 'string') return
      const again = readName(spellName(once))
      expect(typeof again === 'string' ? again : spellName(again)).toBe(spellName(once))
    }),
    seeded({ numRuns: 1500 }),
  )
})
