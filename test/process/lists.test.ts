import { expect, test } from 'vitest'
import { forgets } from '../../src/house/forgets.ts'

// What the rooms give the house, in the orders that something depends on.

test('what a person leaves behind is deleted in this order', () => {
  // A later one may delete what a row of an earlier one names.
  expect(forgets.map(({ name }) => name)).toEqual([
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
  ])
})
