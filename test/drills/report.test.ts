import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { writeId } from '../../src/base/values/ids.ts'
import { chances } from '../support/chances.ts'
import { drills } from '../support/drills.ts'
import { chosenFiles } from '../support/files.ts'
import { dealt } from './chance.ts'
import { commandFor, passedOver } from './combined-alarms.ts'
import { combinedFaults, drawnFrom, pageOf } from './combined-faults.ts'
import { lostIn, nothing } from './report.ts'

const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
const told = {
  consents: [writeId('con', one), writeId('con', two)],
  stops: [writeId('con', one)],
  permits: [writeId('dec', two)],
  reports: [],
  wrong: [],
  askedAfterStop: 1,
  brokenLives: 0,
}

test('what was acknowledged and is not there is lost, and nothing else is', async () => {
  expect(await lostIn(holding([one, two]), told)).toEqual(nothing)
  expect(await lostIn(holding([one]), told)).toEqual({
    ...nothing,
    consents: [writeId('con', two)],
    permits: [writeId('dec', two)],
  })
})

test('each fault is dealt as often as any other, and a seed deals them in the same order', () => {
  const names = ['a', 'b', 'c']
  const order = dealt(names, 6, chances(3))
  expect(order.toSorted()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
  expect(order).toEqual(dealt(names, 6, chances(3)))
  expect(order).not.toEqual(dealt(names, 6, chances(4)))
})

test('a seed draws two or three faults at a time, and a command stands in the page of its alarm', () => {
  const draws = drawnFrom(chances(3), 80)
  expect(draws).toEqual(drawnFrom(chances(3), 80))
  expect(draws).not.toEqual(drawnFrom(chances(4), 80))
  for (const { names } of draws) {
    expect([2, 3]).toContain(names.length)
    expect(new Set(names).size).toBe(names.length)
  }
  expect(new Set(draws.flatMap(({ names }) => names))).toEqual(new Set(Object.keys(combinedFaults)))
  for (const { page, command } of Object.values(combinedFaults)) {
    if (page === undefined) continue
    const typed = command === 'migrate' ? 'accord-migrate' : `accord ${command ?? ''}`
    expect(readFileSync(pageOf(page), 'utf8')).toContain(command === undefined ? '**Do**' : typed)
  }
})

test('an alarm leads to its command once, and a file that may come back is waited for', () => {
  const said = 'LEDGER_RESTORED … not proved (accord ledger remember)'
  expect(commandFor('a process started', [], 'all')).toBeUndefined()
  expect(commandFor(said, [], 'lasting')).toBe('ledger restored')
  expect(commandFor(said, ['ledger restored'], 'lasting')).toBeUndefined()
  expect(commandFor(said, ['ledger restored'], 'all')).toBe('ledger remember')
  expect(commandFor('The database lacks 0002', [], 'lasting')).toBe('migrate')
})

test('a deployment that serves by a copy without what was signed, and rang for nobody, is a dead end', () => {
  expect(passedOver(true, ['ledger restored --keys'])).toContain('signed entries are lost')
  expect(passedOver(true, ['ledger restored'])).toBeUndefined()
  expect(passedOver(false, [])).toBeUndefined()
})

test('drills that take minutes are no part of the suite', () => {
  const own = Object.values(drills).flatMap(({ files }) =>
    files.filter((one) => one.endsWith('.drill.ts')),
  )
  expect(own.length).toBeGreaterThan(0)
  const isDrill = process.env['DRILL_SEED'] !== undefined
  for (const file of own) expect(chosenFiles().includes(file)).toBe(isDrill)
})

function holding(ids: readonly string[]) {
  return { ask: () => Promise.resolve(ids.map((id) => ({ id }))) }
}
