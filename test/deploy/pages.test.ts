import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Measured } from '../../scripts/sizing.ts'
import { needOf, peak, places, readMeasured, tablesOf, withTables } from '../../scripts/sizing.ts'
import type { Block } from './guide.ts'
import { blocksOf, commandsIn } from './guide.ts'
import { textOf } from './recipe.ts'

// The pages for operators: their commands are the same in both languages, and their figures are those that were measured.

const root = join(import.meta.dirname, '../..')

describe.each(['begin', 'upgrades', 'backup', 'release', 'other-days', 'desk'])('%s', (page) => {
  const [french, english] = [`docs/operate/${page}.md`, `docs/operate/${page}.en.md`].map(blocksOf)

  test('has the same commands in French and in English, on the same machines', () => {
    const of = (blocks = french) => blocks?.map((block) => [block.where, commandsIn(block)])
    expect(english?.length).toBeGreaterThan(0)
    expect(of(french)).toEqual(of(english))
  })

  test('has commands that bash can read, of files that are here', () => {
    const text = english?.map((one) => one.text).join('\n') ?? ''
    execFileSync('bash', ['-n'], { input: text })
    const files = text.match(/\bdeploy\/[\w./@-]+\.\w+/g) ?? []
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })
})

test.each(['.md', '.en.md'])('what is read first is less than 4,000 words (%s)', (ending) => {
  const first = ['begin', 'backup', 'upgrades'].map((name) => `docs/operate/${name}${ending}`)
  const reference = textOf(`docs/operate${ending}`)
  for (const name of first) expect(reference).toContain(`](${name.replace('docs/', '')})`)
  const words = first.flatMap((name) => textOf(name).split(/\s+/))
  expect(words.length).toBeGreaterThan(1000)
  expect(words.length).toBeLessThan(4000)
})

test('who begins has the version of this code', () => {
  const { version } = JSON.parse(textOf('package.json')) as { readonly version: string }
  const [first] = blocksOf('docs/operate/begin.en.md')
  expect(commandsIn(first ?? block(''))).toContain(`\nTAG=v${version}\n`)
})

test('a comment is of its language, a command is not', () => {
  expect(commandsIn(block('a "#b"    # un\n'))).toBe(commandsIn(block('a "#b"    # one\n')))
  expect(commandsIn(block('a\n'))).not.toBe(commandsIn(block('b\n')))
})

describe('sizing', () => {
  test.each(['fr', 'en'] as const)(
    '%s has the figures that were measured: npm run sizing',
    (language) => {
      const page = textOf(places[language])
      expect(page).toBe(withTables(page, tablesOf(language, readMeasured())))
      expect(page).toContain(`${Math.round(peak())} `)
    },
  )

  test('cores follow from CPU, and nobody is alone', () => {
    const cost = { accord: { nodeCpu: 1, postgresCpu: 0.5 } }
    const measured: Measured = {
      peakMegabytes: { accord: 500 },
      cases: { fapi: cost, introspection: cost, 'permit, a million consents': cost },
    }
    // 12 × 2 + 8 + 8 = 40 ms a person and year, at 65.7 times the mean, on cores that are half taken.
    const need = needOf(10_000_000, measured)
    expect(need.nodeCores).toBeCloseTo((40e-3 * 1e7 * 65.7) / (365 * 24 * 3600) / 0.5, 6)
    expect(need.postgresCores).toBeCloseTo(need.nodeCores / 2, 6)
    expect(need.webProcesses).toBe(3)
    expect(needOf(1000, measured).webProcesses).toBe(2)
    expect(() => needOf(1, { ...measured, cases: {} })).toThrow('has no fapi')
  })
})

test.each([
  ['docs/operate.md', /^[^.]+\.md$/],
  ['docs/operate.en.md', /\.en\.md$/],
])('%s leads to each page for operators', (reference, ofLanguage) => {
  const pages = readdirSync(join(root, 'docs/operate')).filter((name) => ofLanguage.test(name))
  expect(pages.length).toBeGreaterThan(4)
  const text = textOf(reference)
  expect(pages.filter((name) => !text.includes(`](operate/${name}`))).toEqual([])
})

function block(text: string): Block {
  return { section: '', where: 'here', text }
}
