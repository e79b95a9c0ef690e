import { expect, test } from 'vitest'
import { deedActions } from '../../src/base/observing/operator-audit-store.ts'
import { allCommands, firstWords } from '../../src/tool/commands.ts'

// A command of the operator's tool leaves a row, or says why it leaves none (docs/decisions/0164-what-operators-do-is-noted.md).

const byWord = await allCommands()
const commands = byWord.flat()

test('each command stands under its first word, and says whether it is noted', () => {
  expect(commands.length).toBeGreaterThan(39)
  expect(byWord.map((some) => [...new Set(some.map(({ words }) => words[0]))])).toEqual(
    firstWords.map((word) => [word]),
  )
  // The longer one would never be found, if a shorter one began it.
  const paths = commands.map(({ words }) => `${words.join(' ')} `)
  for (const path of paths) expect(paths.filter((one) => one.startsWith(path))).toEqual([path])
  for (const { noted } of commands) if ('because' in noted) expect(noted.because).toMatch(/\w{3}/)
})

test('each action belongs to one command', () => {
  const noted = commands.flatMap((one) => ('action' in one.noted ? [one.noted.action] : []))
  expect(noted.toSorted()).toEqual([...deedActions].toSorted())
})

test('each command says what it does, and each of its options what it is', () => {
  for (const { form, says, options } of commands) {
    expect(says, form).toMatch(/\w/)
    for (const [name, { says: of, type, what }] of Object.entries(options)) {
      expect(of, `${form} --${name}`).toMatch(/\w/)
      expect(what !== undefined, `${form} --${name}`).toBe(type === 'string')
    }
  }
})
