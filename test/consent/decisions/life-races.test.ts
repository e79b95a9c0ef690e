import { expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { allow, dependants, propose } from '../record/living.ts'
import type { Answer } from '../../support/browser.ts'
import {
  against,
  dealOut,
  expectStrict,
  openGround,
  permitsAfter,
  timed,
} from '../../support/pairs.ts'
import type { Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  currentRow,
  currentRows,
  eventsOf,
  newSharer,
  newSharers,
  portOf,
  repeated,
  untilAnswered,
  uuidOf,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import { evaluation } from '../../support/sharing.ts'
import { inDays } from '../../support/time.ts'

// A pause, and a narrowing, against decisions: one process does the one, the other the other, and one clock says what was sent
// after what (I12, I18). As for a stop.

// `npm run drill -- races` deals many more.
const pairs = Number(process.env['DRILL_PAIRS'] ?? 40)
const limitMs = 120_000 + 1000 * pairs
const people = 6

const ground = openGround()

test(
  `in ${pairs} pairs on two processes no question asked after an acknowledged pause is permitted`,
  { timeout: limitMs },
  async () => {
    const sharers = await newSharers(ground.load, people)

    const history = await dealOut(sharers, pairs, async (sharer, turn) => {
      const consentId = await allowAgain(ground.load, sharer.personId)
      const body = evaluation(sharer.sub)
      await ground.renew()
      const pair = await against({ ...ground, turn }, body, (port) =>
        post(sharer, consentId, 'pause', {}, port),
      )
      // What was paused goes on when it is resumed, on either process.
      expect(
        (await post(sharer, consentId, 'reprise', {}, portOf(ground.stage, turn))).status,
      ).toBe(303)
      const askAgain = await timed(ground.stage, ground.token, body, portOf(ground.stage, turn + 1))
      expect(await askAgain()).toMatchObject({ isPermit: true })
      return pair
    })

    expectStrict(history, pairs, 'CONSENT_SUSPENDED')
    for (const { personId } of sharers) expect(await permitsInPauses(personId)).toEqual([])
    for (const { personId } of sharers)
      expect(await verifyTimeline(ground.load.db, ground.load.vault, personId)).toMatchObject({
        holds: true,
      })
  },
)

test(
  `in ${pairs} pairs no question asked after an acknowledged narrowing is permitted for a removed category`,
  { timeout: limitMs },
  async () => {
    const sharers = await newSharers(ground.load, people)

    const history = await dealOut(sharers, pairs, async ({ personId, ...sharer }, turn) => {
      const uuid = await allow(ground.load, personId, true)
      const choice = { lastDay: inDays(60), keep: [] }
      const presentation = writeId('pre', await propose(ground.load, personId, uuid, choice))
      const body = evaluation(sharer.sub, { categories: [dependants] })
      await ground.renew()
      return against({ ...ground, turn }, body, (port) =>
        post(
          { ...sharer, personId },
          writeId('con', uuid),
          'reduction/confirmation',
          { presentation },
          port,
        ),
      )
    })

    expectStrict(history, pairs, 'CATEGORY_NOT_COVERED')
    for (const { personId } of sharers) {
      const rows = await currentRows(ground.load, personId)
      expect(rows.filter(({ state }) => state === 'active')).toHaveLength(1)
      expect(await verifyTimeline(ground.load.db, ground.load.vault, personId)).toMatchObject({
        holds: true,
      })
    }
  },
)

test('uses counted during a narrowing are neither lost nor counted twice', async () => {
  const sharer = await newSharer(ground.load)
  for (let turn = 0; turn < 15; turn++) {
    const uuid = await allow(ground.load, sharer.personId, true)
    const choice = { lastDay: inDays(60), keep: [] }
    const presentation = writeId('pre', await propose(ground.load, sharer.personId, uuid, choice))
    const body = () => evaluation(sharer.sub)
    const ask = await Promise.all(
      repeated(6, 0).map((_, i) =>
        timed(ground.stage, ground.token, body(), portOf(ground.stage, i)),
      ),
    )
    const all = ask.map((send) => send())
    const place = 'reduction/confirmation'
    const done = post(
      sharer,
      writeId('con', uuid),
      place,
      { presentation },
      portOf(ground.stage, turn),
    )
    const asked = await Promise.all(all)
    const narrower = /con_\w{26}/.exec((await done).location ?? '')?.[0] ?? ''
    const permits = asked.filter(({ isPermit }) => isPermit).length
    expect(permits).toBeLessThanOrEqual(4)
    expect(await currentRow(ground.load, narrower)).toMatchObject({
      uses: permits,
      windowUses: permits,
    })
  }
})

test('the same press on two processes at once is one event; of two narrowings at once one counts', async () => {
  const sharer = await newSharer(ground.load)
  for (const [deed, kind] of [
    ['pause', 'consent.suspended'],
    ['reprise', 'consent.resumed'],
    ['confirmation', 'consent.confirmed'],
  ] as const) {
    const sent = [0, 1, 2, 3].map((i) =>
      post(sharer, sharer.consentId, deed, {}, portOf(ground.stage, i)),
    )
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([303, 303, 303, 303])
    expect(await eventsOf(ground.load, sharer.personId, kind)).toHaveLength(1)
  }
  const days = [inDays(60), inDays(90)]
  const shown = []
  for (const lastDay of days)
    shown.push(
      await propose(ground.load, sharer.personId, uuidOf(sharer.consentId), { lastDay, keep: [] }),
    )
  const answers = await Promise.all(
    shown.map((id, i) =>
      post(
        sharer,
        sharer.consentId,
        'reduction/confirmation',
        { presentation: writeId('pre', id) },
        portOf(ground.stage, i),
      ),
    ),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 409])
  const rows = await currentRows(ground.load, sharer.personId)
  expect(rows.map(({ state }) => state)).toEqual(['superseded', 'active'])
})

test('no process logged an error during these tests', () => {
  expect(ground.stage.output()).not.toContain('a request failed')
})

test('the check finds a permit after a pause in a planted history', () => {
  const early = { sentAt: 0, answeredAt: 9, isPermit: true, because: 'CONSENT_ACTIVE' }
  const late = { ...early, sentAt: 6 }

  expect(permitsAfter({ sentAt: 1, acknowledgedAt: 5, asked: [early, late] })).toEqual([late])
})

function post(
  { browser, csrf }: Sharer,
  consentId: string,
  place: string,
  fields: Readonly<Record<string, string>>,
  port: number,
): Promise<Answer> {
  const path = `/mes-partages/${consentId}/${place}`
  return untilAnswered(() => browser.post(path, { csrf, ...fields }, { port }))
}

/** Consents of which her ledger tells a permit between a pause and what ended it. */
async function permitsInPauses(personId: string): Promise<unknown[]> {
  const paused = new Set<unknown>()
  const wrong: unknown[] = []
  for (const { kind, payload = {} } of await wholeTimeline(ground.load, personId)) {
    const { consent_id: consentId } = payload
    if (kind === 'consent.suspended') paused.add(consentId)
    if (kind === 'consent.resumed') paused.delete(consentId)
    if (kind === 'disclosure.authorised' && paused.has(consentId)) wrong.push(consentId)
  }
  return wrong
}
