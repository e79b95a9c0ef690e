import { expect, test } from 'vitest'
import { deedActions } from '../../src/base/observing/operator-audit-store.ts'
import { commandsNoted } from '../../src/tool/audited-commands.ts'
import { allCommands } from '../../src/tool/commands.ts'
import { usages } from '../../src/tool/usage.ts'

// A command of the operator's tool leaves a row, or says why it leaves none (docs/decisions/0164-what-operators-do-is-noted.md).

const alone = new Set(['config', 'models'])

function commandsIn(text: string): string[] {
  return [...text.matchAll(/^ {2}accord ([a-z-]+)(?: ([a-z-]+(?:\|[a-z-]+)*))?/gm)].flatMap(
    ([, name = '', deeds = '']) =>
      alone.has(name) ? [name] : deeds.split('|').map((deed) => `${name} ${deed}`),
  )
}

const values = (await allCommands()).flat()

test('each command of the usage says whether it is noted', () => {
  const said = Object.values(usages).flatMap(commandsIn)
  expect(said.length).toBeGreaterThan(20)
  expect(Object.keys(commandsNoted).toSorted()).toEqual([...new Set(said)].toSorted())
  expect(values.length).toBeGreaterThan(4)
})

test('each action belongs to one command', () => {
  const noted = Object.values(commandsNoted).flatMap((one) => ('action' in one ? [one.action] : []))
  noted.push(...values.flatMap((one) => ('action' in one.noted ? [one.noted.action] : [])))
  expect(noted.toSorted()).toEqual([...deedActions].toSorted())
})
