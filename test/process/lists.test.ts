import { expect, test } from 'vitest'
import { forgets } from '../../src/house/forgets.ts'
import { mergeByName } from '../../src/house/schedule.ts'
import { firstSeals } from '../../src/house/sealed-tables.ts'

// What the house has of its rooms, as it follows from the one list of them.

test('what a person leaves behind is deleted in this order', () => {
  const inOrder = [
    'forgetMessages',
    'forgetReminders',
    'forgetSilenced',
    'forgetConnections',
    'forgetClaims',
    'forgetMatching',
    'forgetSubjects',
    'forgetArtifacts',
    'forgetSignInRequests',
    'forgetAttempts',
    'forgetFactors',
    'forgetIdentities',
    'forgetVouched',
    'forgetPasskeys',
  ]
  // A new one may stand between them.
  const found = forgets.map(({ name }) => name)
  expect(found.filter((name) => inOrder.includes(name))).toEqual(inOrder)
})

test('the ways in of people are sealed last: only those that were true then are listed', () => {
  expect(firstSeals.at(-1)?.table).toBe('ways_in')
})

test('two rooms have no job, time or sweep of one name: one of them would never run', () => {
  expect(mergeByName([{ 'stops.overdue': 1 }, { 'content.erase': 2 }])).toEqual({
    'stops.overdue': 1,
    'content.erase': 2,
  })
  expect(() => mergeByName([{ 'stops.overdue': 1 }, { 'stops.overdue': 2 }])).toThrow(
    new TypeError('two rooms have stops.overdue'),
  )
})
