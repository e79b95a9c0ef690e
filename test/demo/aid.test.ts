import { expect, test } from 'vitest'
import { aidFor } from '../../demo/applications/recipient/aid.ts'

test.each([
  { income: 0, dependants: undefined, aid: 9240 },
  { income: 14_000, dependants: 0, aid: 9240 },
  { income: 18_240, dependants: undefined, aid: 7968 },
  { income: 18_240, dependants: 2, aid: 10_268 },
  { income: 1_000_000, dependants: 1, aid: 0 },
])('an income of $income $ and $dependants dependants give $aid $', ({ aid, ...notice }) => {
  expect(aidFor({ situation: 'celibataire', ...notice })).toBe(aid)
})
