import { expect, test } from 'vitest'
import { writeId } from '../../src/base/values/ids.ts'
import { chances } from '../support/chances.ts'
import { drills } from '../support/drills.ts'
import { chosenFiles } from '../support/files.ts'
import { dealt } from './chance.ts'
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
