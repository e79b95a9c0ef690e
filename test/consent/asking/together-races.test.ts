import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import type { Load } from '../../support/sharing-load.ts'
import {
  at,
  currentRows,
  idOf,
  openLoad,
  portOf,
  repeated,
  stopAt,
  untilAnswered,
  newSharer,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import type { Sharer } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'
import { askAll, decideAll } from '../../support/together.ts'

// The page that shows all the answers, sent from several tabs at once over two processes: all of what one page showed, or
// nothing (I4).

const clicks = 8
const rounds = 6

let stage: Stage
let load: Load
beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
}, 180_000)
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** She stops all that she had allowed: both are asked again. */
async function stopAll(sharer: Sharer): Promise<void> {
  for (const row of await currentRows(load, sharer.personId))
    if (row.state === 'active') await stopAt(sharer, idOf(row), portOf(stage, 0))
}

function send(browser: Browser, check: Answer, process: number): Promise<Answer> {
  const { action, fields } = formOf(check)
  const port = portOf(stage, process)
  return untilAnswered(() => browser.post(action, fields, { port }))
}

async function newRows({ personId }: Sharer, known: number) {
  return (await currentRows(load, personId)).slice(known)
}

test('many clicks on « Envoyer » at once record one set of answers, and every tab shows it', async () => {
  const sharer = await newSharer(load)
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  const known = (await currentRows(load, sharer.personId)).length
  const { browser, page } = await askAll(stage, sharer.browser)
  const check = await decideAll({ browser, page }, ['autorisation', 'refus'])
  const tabs = repeated(clicks, browser).map((tab) => tab.clone())

  const answers = await Promise.all(tabs.map((tab, i) => send(tab, check, i)))

  expect(answers.map(({ status }) => status)).toEqual(repeated(clicks, 303))
  const rows = await newRows(sharer, known)
  expect(rows.map(({ state }) => state).toSorted()).toEqual(['active', 'refused'])
  await expectOneEventEach(sharer)
})

test('if another tab changes an answer during the sending, the recorded answers are those of one of the pages', async () => {
  const sharer = await newSharer(load)
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  for (let round = 0; round < rounds; round++) {
    await stopAll(sharer)
    const known = (await currentRows(load, sharer.personId)).length
    const { browser, page } = await askAll(stage, sharer.browser)
    const check = await decideAll({ browser, page }, ['autorisation', 'autorisation'])
    const first = await browser.get(page.url)
    const other = browser.clone()

    const [sent] = await Promise.all([
      send(browser, check, round),
      untilAnswered(() =>
        other.post(`${first.url}/refus`, formOf(first).fields, { port: portOf(stage, round + 1) }),
      ),
    ])

    const rows = await newRows(sharer, known)
    // All that the page showed, or nothing: never one yes beside the other tab's no.
    if (sent.status === 303) expect(rows.map(({ state }) => state)).toEqual(['active', 'active'])
    else expect([sent.status, rows]).toEqual([409, []])
  }
  await expectOneEventEach(sharer)
})

test('two visits with the same items sent at once leave one live consent for each item', async () => {
  const sharer = await newSharer(load)
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  const tabs = [sharer.browser.clone(), sharer.browser.clone()]
  const checks: Answer[] = []
  for (const tab of tabs) {
    const { page } = await askAll(stage, tab)
    checks.push(await decideAll({ browser: tab, page }, ['autorisation', 'autorisation']))
  }

  const sent = await Promise.all(tabs.map((tab, i) => send(tab, at(checks, i), i)))

  expect(sent.map(({ status }) => status)).toEqual([303, 303])
  const rows = await currentRows(load, sharer.personId)
  expect(rows.map(({ state }) => state).toSorted()).toEqual([
    'active',
    'active',
    'revoked',
    'superseded',
    'superseded',
  ])
  await expectOneEventEach(sharer)
})

test('if a sharing is stopped while its change is sent, it does not go on without the person knowing', async () => {
  for (let round = 0; round < rounds; round++) {
    const sharer = await newSharer(load, { duration: { until: dayIn(30) } })
    const known = at(await currentRows(load, sharer.personId), 0)
    const arrangement = writeId('arr', known.arrangementId)
    const changed = { arrangement, duration: { until: dayIn(60) } }
    const { browser, page } = await askAll(stage, sharer.browser, [changed])
    const { fields } = formOf(page)
    const path = `${page.url}/autorisation`

    const [sent, stopped] = await Promise.all([
      untilAnswered(() => browser.clone().post(path, fields, { port: portOf(stage, round) })),
      stopAt(sharer, sharer.consentId, portOf(stage, round + 1)),
    ])

    const rows = await currentRows(load, sharer.personId)
    const live = rows.filter(({ state }) => state === 'active')
    // Whichever was first: after a stop the page is stale; after a yes the old one is not there to be stopped.
    if (sent.status === 409) expect([stopped.status, live]).toEqual([303, []])
    else {
      expect(sent.status).toBe(303)
      expect(live).toMatchObject([{ arrangementId: known.arrangementId }])
    }
    await expectOneEventEach(sharer)
  }
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).not.toContain('a request failed')
})

function dayIn(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

/** Each record has the one event of its answer, in a ledger that holds; of an arrangement one lives at most. */
async function expectOneEventEach({ personId }: Sharer): Promise<void> {
  const rows = await currentRows(load, personId)
  const answers = (await wholeTimeline(load, personId)).filter(
    ({ kind }) => kind === 'consent.granted' || kind === 'consent.refused',
  )
  expect(answers).toHaveLength(rows.length)
  const live = rows.filter(({ state }) => state === 'active')
  expect(new Set(live.map(({ arrangementId }) => arrangementId)).size).toBe(live.length)
  expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
}
