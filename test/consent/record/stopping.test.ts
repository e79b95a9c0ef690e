import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import { signUp } from '../../support/broker.ts'
import { counts } from '../../support/moving-stage.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import { press, askNewcomer, shareAsNewcomer, startStage, stop } from '../../support/sharing.ts'

// « Arrêter ce partage »: hers alone, once, at once (I10, I12).

const states = ['consentCurrent', 'ledgerEvent']

let stage: Stage
let shared: Shared

beforeAll(async () => {
  stage = await startStage()
  shared = await shareAsNewcomer(stage)
})

afterAll(() => stage.stop())

function pathTo(consentId: string): string {
  return `/mes-partages/${consentId}/arret`
}

async function stateOf({ accessToken }: Shared): Promise<boolean> {
  return (await stage.revenue.introspect(accessToken)).body.startsWith('{"active":true')
}

async function expectStands(sent: Answer, status: number): Promise<void> {
  expect(sent.status).toBe(status)
  expect(await stateOf(shared)).toBe(true)
}

describe('another person’s sharing cannot be stopped', () => {
  test('by a stranger, who does not even find its page, with any form token', async () => {
    const stranger = await signUp(stage, stage.services.library)
    const other = await shareAsNewcomer(stage)
    const own = formOf(await other.browser.get(pathTo(other.consentId))).fields
    const hers = formOf(await shared.browser.get(pathTo(shared.consentId))).fields
    const before = await counts(stage, states)
    for (const { browser } of [stranger, other]) {
      for (const path of [`/mes-partages/${shared.consentId}`, pathTo(shared.consentId)])
        expect((await browser.get(path)).status).toBe(404)
      await expectStands(await browser.post(pathTo(shared.consentId), hers), 403)
    }
    await expectStands(await other.browser.post(pathTo(shared.consentId), own), 404)
    expect(await counts(stage, states)).toEqual(before)
  })

  test('by a visitor who is not signed in, who is led to the sign-in', async () => {
    const browser = makeBrowser(stage)
    const fields = formOf(await shared.browser.get(pathTo(shared.consentId))).fields
    await expectStands(await browser.post(pathTo(shared.consentId), fields), 303)
    expect((await browser.get(pathTo(shared.consentId))).status).toBe(403)
  })
})

test.each([
  'con_01ARZ3NDEKTSV4RRFFQ69G5FAV',
  `con_${'0'.repeat(26)}`,
  `con_8${'0'.repeat(25)}`,
  'con_',
  'con_%00',
  "con_' or 1=1",
  'dec_01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '1',
  '..%2Facces',
])('%j names no sharing', async (id) => {
  const { fields } = formOf(await shared.browser.get(pathTo(shared.consentId)))
  for (const path of [`/mes-partages/${id}`, pathTo(id)]) {
    expect([404, 400]).toContain((await shared.browser.get(path)).status)
  }
  const sent = await shared.browser.post(pathTo(id), fields)
  expect([404, 400]).toContain(sent.status)
  expect(await stateOf(shared)).toBe(true)
})

test.each<[string, Record<string, string>, Record<string, string>, number]>([
  ['without the page’s token', { csrf: '' }, {}, 403],
  ['from another site', {}, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, 403],
  ['from a frame without origin', {}, { 'sec-fetch-site': 'cross-site', origin: 'null' }, 403],
  ['as JSON', {}, { 'content-type': 'application/json' }, 415],
  ['as text', {}, { 'content-type': 'text/plain' }, 415],
])('a stop sent %s stops nothing', async (_, change, headers, status) => {
  const { fields } = formOf(await shared.browser.get(pathTo(shared.consentId)))
  const sent = shared.browser.post(pathTo(shared.consentId), { ...fields, ...change }, { headers })
  await expectStands(await sent, status)
})

test('looking at the page stops nothing', async () => {
  for (const method of ['GET', 'HEAD'])
    await expectStands(await shared.browser.get(pathTo(shared.consentId), { method }), 200)
  await expectStands(await shared.browser.get(pathTo(shared.consentId), { method: 'PUT' }), 405)
})

test('a second press on stop changes nothing, and the page is gone', async () => {
  const own = await shareAsNewcomer(stage)
  const page = await own.browser.get(pathTo(own.consentId))
  const { action, fields } = formOf(page)
  expect((await stop(own.browser, own.consentId)).status).toBe(200)
  const after = await counts(stage, states)

  const again = await own.browser.post(action, fields)

  expect([again.status, again.location]).toEqual([
    303,
    `${stage.issuer}/mes-partages/${own.consentId}?fait=arret`,
  ])
  expect((await own.browser.get(pathTo(own.consentId))).status).toBe(409)
  expect(await counts(stage, states)).toEqual(after)
  expect(await stateOf(own)).toBe(false)
})

test('a refused sharing cannot be stopped', async () => {
  const asked = await askNewcomer(stage)
  await press(asked, 'refus')
  const list = await asked.browser.get('/mes-partages')
  const consentId = /con_[0-9A-Z]{26}/.exec(list.body)?.[0] ?? ''
  expect((await asked.browser.get(pathTo(consentId))).status).toBe(409)
})

test('a stop needs no reason and one press', async () => {
  const page = await shared.browser.get(pathTo(shared.consentId))
  expect(Object.keys(formOf(page).fields)).toEqual(['csrf'])
  expect(page.body).not.toMatch(/<(select|textarea)|required/)
})
