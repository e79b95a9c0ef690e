import { expect, test } from 'vitest'
import { inTurns } from './order.ts'

test('files of a browser and files that wait begin in turns, the long ones first; those that need no more end the run', () => {
  const files = [
    { name: 'small', need: 'no more', size: 900 },
    { name: 'page', need: 'a browser', size: 10 },
    { name: 'tour', need: 'a browser', size: 20 },
    { name: 'start', need: 'processes of its own', size: 5 },
    { name: 'stop', need: 'processes of its own', size: 9 },
    { name: 'day', need: 'a wait, or many things at once', size: 70 },
    { name: 'races', need: 'a wait, or many things at once', size: 80 },
    { name: 'large', need: 'no more', size: 1000 },
  ] as const
  expect(inTurns(files).map(({ name }) => name)).toEqual([
    'stop',
    'tour',
    'start',
    'races',
    'page',
    'day',
    'large',
    'small',
  ])
  expect(inTurns([])).toEqual([])
  expect(inTurns(files.slice(0, 3)).map(({ name }) => name)).toEqual(['tour', 'page', 'small'])
})
