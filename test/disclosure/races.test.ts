import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyTimeline } from '../../src/ledger/index.ts'
import type { Load, Sharer } from '../support/sharing-load.ts'
import {
  allowAgain,
  at,
  decideAtOnce,
  decisionIn,
  decisionRows,
  inFlight,
  newSharer,
  newSharers,
  openLoad,
  portOf,
  readyToCall,
  reasonOf,
  repeated,
  stopAt,
  wholeTimeline,
} from '../support/sharing-load.ts'
import type { Stage } from '../support/sharing.ts'
import { evaluation, holderToken, startStage } from '../support/sharing.ts'

// A stop against decisions (SECURITY R3; DOMAIN I12): one process stops, the other decides, and one clock says what was sent
// after what.

const pairs = 1000
const people = 12
const manyDenies = 50

let stage: Stage
let load: Load
let token: string

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  token = await holderToken(stage, 'decide')
}, 120_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Asked = {
  readonly sentAt: number
  readonly answeredAt: number
  readonly isPermit: boolean
  /** The reason; of what is no decision, its status. */
  readonly because: unknown
}

/** A stop, and the decisions that were asked for around it. */
type Pair = {
  readonly sentAt: number
  readonly acknowledgedAt: number
  readonly asked: readonly Asked[]
}

test(
  `in ${pairs} pairs over two processes nothing is permitted to who asks after the stop was acknowledged`,
  { timeout: 300_000 },
  async () => {
    const sharers = await newSharers(load, people)

    const lanes = await inFlight(sharers, people, async (sharer, lane) => {
      const done: Pair[] = []
      for (let turn = lane; turn < pairs; turn += people)
        done.push(await stopAgainstDecisions(sharer, turn))
      return done
    })

    const history = lanes.flat()
    expect(history).toHaveLength(pairs)
    expect(history.flatMap(permitsAfterStop)).toEqual([])
    expect(history.flatMap(afterStop).length).toBeGreaterThanOrEqual(pairs)
    // They did meet: with a stop under way some were permitted and some were not.
    const met = history.flatMap(duringStop)
    expect(met.some(({ isPermit }) => isPermit)).toBe(true)
    expect(met.some(({ because }) => because === 'CONSENT_REVOKED')).toBe(true)
    for (const { personId } of sharers) {
      expect(await permitsAfterRevocation(personId)).toEqual([])
      expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
    }
  },
)

test('in the history of a broker that permits after a stop, that permit is found', () => {
  const early = { sentAt: 0, answeredAt: 9, isPermit: true, because: 'CONSENT_ACTIVE' }
  const late = { ...early, sentAt: 6 }

  expect(permitsAfterStop({ sentAt: 1, acknowledgedAt: 5, asked: [early, late] })).toEqual([late])
})

test('equal denies at once are one row that counts them, and no event', async () => {
  const sharer = await newSharer(load)
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  const before = await wholeTimeline(load, sharer.personId)
  const send = await Promise.all(repeated(manyDenies, 0).map(ready))

  const answers = await Promise.all(
    send.map((ask, i) => ask(evaluation(sharer.sub), portOf(stage, i))),
  )

  const decisions = answers.filter(({ status }) => status === 200).map(decisionIn)
  expect(new Set(decisions.map(reasonOf))).toEqual(new Set(['CONSENT_REVOKED']))
  expect(new Set(decisions.map(({ context }) => context['decision_id'])).size).toBe(1)
  const rows = await decisionRows(load, sharer.personId)
  expect(rows).toHaveLength(1)
  // What a busy machine answered 503 may or may not have been counted; without any both bounds are the same.
  expect(at(rows, 0).times).toBeGreaterThanOrEqual(decisions.length)
  expect(at(rows, 0).times).toBeLessThanOrEqual(manyDenies)
  expect(await wholeTimeline(load, sharer.personId)).toEqual(before)
})

test('denies for another reason at the same time are another row', async () => {
  const sharer = await newSharer(load)
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  const before = await wholeTimeline(load, sharer.personId)
  const both = [evaluation(sharer.sub), evaluation(sharer.sub, { purpose: 'pur_inconnu@1' })]

  await decideAtOnce(stage, token, repeated(5, both).flat())

  const rows = await decisionRows(load, sharer.personId)
  expect(rows).toHaveLength(2)
  expect(new Set(rows.map(({ reasonCode }) => reasonCode))).toEqual(
    new Set(['CONSENT_REVOKED', 'PURPOSE_UNKNOWN']),
  )
  expect(await wholeTimeline(load, sharer.personId)).toEqual(before)
})

test('no process failed in all of this', () => {
  expect(stage.output()).not.toContain('a request failed')
})

async function stopAgainstDecisions(sharer: Sharer, turn: number): Promise<Pair> {
  const consentId = await allowAgain(load, sharer.personId)
  const decide = await Promise.all(repeated(3, 0).map(() => timed(sharer, portOf(stage, turn))))
  const asked = [at(decide, 0)()]
  const sentAt = performance.now()
  const stopped = stopAt(sharer, consentId, portOf(stage, turn + 1))
  asked.push(at(decide, 1)())
  expect((await stopped).status).toBe(303)
  const acknowledgedAt = performance.now()
  asked.push(at(decide, 2)())
  return { sentAt, acknowledgedAt, asked: await Promise.all(asked) }
}

async function timed(sharer: Sharer, port: number): Promise<() => Promise<Asked>> {
  const send = await ready()
  const body = evaluation(sharer.sub)
  return async () => {
    const sentAt = performance.now()
    const answer = await send(body, port)
    const answeredAt = performance.now()
    const decision = answer.status === 200 ? decisionIn(answer) : undefined
    const because = decision === undefined ? answer.status : reasonOf(decision)
    return { sentAt, answeredAt, isPermit: decision?.decision === true, because }
  }
}

/** Signed beforehand: nothing but the request itself is left to do. */
function ready() {
  return readyToCall(stage, '/access/v1/evaluation', token)
}

function afterStop({ asked, acknowledgedAt }: Pair): Asked[] {
  return asked.filter(({ sentAt }) => sentAt > acknowledgedAt)
}

function permitsAfterStop(pair: Pair): Asked[] {
  return afterStop(pair).filter(({ isPermit }) => isPermit)
}

function duringStop({ asked, sentAt, acknowledgedAt }: Pair): Asked[] {
  return asked.filter((one) => one.sentAt < acknowledgedAt && one.answeredAt > sentAt)
}

/** Consents of which her ledger tells a permit after it told the stop. */
async function permitsAfterRevocation(personId: string): Promise<unknown[]> {
  const stopped = new Set<unknown>()
  const wrong: unknown[] = []
  for (const { kind, payload = {} } of await wholeTimeline(load, personId)) {
    const { consent_id: consentId } = payload
    if (kind === 'consent.revoked') stopped.add(consentId)
    if (kind === 'disclosure.authorised' && stopped.has(consentId)) wrong.push(consentId)
  }
  return wrong
}
