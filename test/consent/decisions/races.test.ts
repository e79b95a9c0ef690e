import { expect, test } from 'vitest'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { against, dealOut, expectStrict, openGround, permitsAfter } from '../../support/pairs.ts'
import {
  allowAgain,
  at,
  decideAtOnce,
  decisionIn,
  decisionRows,
  newSharer,
  newSharers,
  portOf,
  readyToCall,
  reasonOf,
  repeated,
  stopAt,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import { evaluation } from '../../support/sharing.ts'

// A stop against decisions (I12): one process stops, the other decides, and one clock says what was sent
// after what.

// `npm run drill -- races` deals many more.
const pairs = Number(process.env['DRILL_PAIRS'] ?? 60)
const limitMs = 120_000 + 1000 * pairs
const people = 12
const manyDenies = 50

const ground = openGround()

test(
  `in ${pairs} pairs on two processes no question asked after an acknowledged stop is permitted`,
  { timeout: limitMs },
  async () => {
    const sharers = await newSharers(ground.load, people)

    const history = await dealOut(sharers, pairs, async (sharer, turn) => {
      const consentId = await allowAgain(ground.load, sharer.personId)
      const body = evaluation(sharer.sub)
      await ground.renew()
      return against({ ...ground, turn }, body, (port) => stopAt(sharer, consentId, port))
    })

    expectStrict(history, pairs, 'CONSENT_REVOKED')
    for (const { personId } of sharers) {
      expect(await permitsAfterRevocation(personId)).toEqual([])
      expect(await verifyTimeline(ground.load.db, ground.load.vault, personId)).toMatchObject({
        holds: true,
      })
    }
  },
)

test('the check finds a permit after a stop in a planted history', () => {
  const early = { sentAt: 0, answeredAt: 9, isPermit: true, because: 'CONSENT_ACTIVE' }
  const late = { ...early, sentAt: 6 }

  expect(permitsAfter({ sentAt: 1, acknowledgedAt: 5, asked: [early, late] })).toEqual([late])
})

test('equal denies at once are one row with a count, and no event', async () => {
  const sharer = await newSharer(ground.load)
  await stopAt(sharer, sharer.consentId, portOf(ground.stage, 0))
  const before = await wholeTimeline(ground.load, sharer.personId)
  const send = await Promise.all(repeated(manyDenies, 0).map(ready))

  const answers = await Promise.all(
    send.map((ask, i) => ask(evaluation(sharer.sub), portOf(ground.stage, i))),
  )

  const decisions = answers.filter(({ status }) => status === 200).map(decisionIn)
  expect(new Set(decisions.map(reasonOf))).toEqual(new Set(['CONSENT_REVOKED']))
  expect(new Set(decisions.map(({ context }) => context['decision_id'])).size).toBe(1)
  const rows = await decisionRows(ground.load, sharer.personId)
  expect(rows).toHaveLength(1)
  // What a busy machine answered 503 may or may not have been counted; without any both bounds are the same.
  expect(at(rows, 0).times).toBeGreaterThanOrEqual(decisions.length)
  expect(at(rows, 0).times).toBeLessThanOrEqual(manyDenies)
  expect(await wholeTimeline(ground.load, sharer.personId)).toEqual(before)
})

test('denies for another reason at the same time have another row', async () => {
  const sharer = await newSharer(ground.load)
  await stopAt(sharer, sharer.consentId, portOf(ground.stage, 0))
  const before = await wholeTimeline(ground.load, sharer.personId)
  const both = [evaluation(sharer.sub), evaluation(sharer.sub, { purpose: 'pur_inconnu@1' })]

  await decideAtOnce(ground.stage, ground.token, repeated(5, both).flat())

  const rows = await decisionRows(ground.load, sharer.personId)
  expect(rows).toHaveLength(2)
  expect(new Set(rows.map(({ reasonCode }) => reasonCode))).toEqual(
    new Set(['CONSENT_REVOKED', 'PURPOSE_UNKNOWN']),
  )
  expect(await wholeTimeline(ground.load, sharer.personId)).toEqual(before)
})

test('no process logged an error during these tests', () => {
  expect(ground.stage.output()).not.toContain('a request failed')
})

/** Signed beforehand: nothing but the request itself is left to do. */
function ready() {
  return readyToCall(ground.stage, '/access/v1/evaluation', ground.token)
}

/** Consents of which her ledger tells a permit after it told the stop. */
async function permitsAfterRevocation(personId: string): Promise<unknown[]> {
  const stopped = new Set<unknown>()
  const wrong: unknown[] = []
  for (const { kind, payload = {} } of await wholeTimeline(ground.load, personId)) {
    const { consent_id: consentId } = payload
    if (kind === 'consent.revoked') stopped.add(consentId)
    if (kind === 'disclosure.authorised' && stopped.has(consentId)) wrong.push(consentId)
  }
  return wrong
}
