import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { issuer } from '../../support/broker.ts'
import type { Answer } from '../../support/browser.ts'
import type { FaultProxy } from '../../support/fault-proxy.ts'
import { openFaultProxy } from '../../support/fault-proxy.ts'
import type { House } from '../../support/house.ts'
import { openHouse } from '../../support/house.ts'
import { usualPatience } from '../../support/patience.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  currentRow,
  decisionRows,
  eventsOf,
  newSharer,
  openLoad,
} from '../../support/sharing-load.ts'
import type { Decision, Json, Stage } from '../../support/sharing.ts'
import { evaluation, holderToken, reportOf, startStage } from '../../support/sharing.ts'

// A process whose way to the database fails (I15): whatever is no clear yes is a no, nothing is done by halves, and the same
// request again gets what was done. The other processes of the stage are whole, and tell what happened.

// The house promises two seconds (test/base/database/database.test.ts); it shares two cores with other tests.
const soonMs = 10_000

let stage: Stage
let load: Load
let proxy: FaultProxy
let house: House
let tokens: { readonly decide: string; readonly report: string }

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  proxy = await openFaultProxy(stage.databaseUrl)
  house = await openHouse(proxy.url, dirname(stage.keysDir), issuer, {
    TRUSTED_PROXIES: '1',
    ...usualPatience,
  })
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
  }
}, 180_000)
afterEach(() => proxy.pass())
afterAll(async () => {
  await house.stop()
  await proxy.close()
  await load.close()
  await stage.stop()
})

function call(path: string, token: string, body: Json, port = house.port): Promise<Answer> {
  return stage.revenue.api(path, token, body, { port })
}

const decide = (body: Json, port?: number) =>
  call('/access/v1/evaluation', tokens.decide, body, port)

function isPermit(answer: Answer): boolean {
  return answer.status === 200 && json(answer)['decision'] === true
}

/** Asked again, with the same `request_id`, until the process has its database back. */
async function untilPermit(body: Json): Promise<Decision> {
  for (let tries = 0; tries < 20; tries++) {
    const answer = await decide(body)
    if (isPermit(answer)) return json(answer) as unknown as Decision
  }
  throw new Error('no permit although nothing fails')
}

async function expectOne({ personId, consentId }: Sharer): Promise<void> {
  const permits = (await decisionRows(load, personId)).filter(({ outcome }) => outcome === 'permit')
  expect(permits).toHaveLength(1)
  expect(await eventsOf(load, personId, 'disclosure.authorised')).toHaveLength(1)
  expect(await currentRow(load, consentId)).toMatchObject({ uses: 1 })
}

test.each([
  ['nobody answers', () => proxy.refuse()],
  ['not one byte moves', () => proxy.freeze()],
  ['what is connected hears nothing any more', () => proxy.strand()],
  ['a statement stops on its way to read', () => void proxy.freezeAt('facts')],
  ['a statement stops on its way to write', () => void proxy.freezeAt('write-permits')],
])(
  'when %s a holder gets a timely answer without a permit, and the same request succeeds afterwards',
  async (_, fail) => {
    const sharer = await newSharer(load)
    const body = evaluation(sharer.sub)
    await Promise.resolve(fail())
    const sentAt = performance.now()
    const answer = await decide(body)
    expect(performance.now() - sentAt).toBeLessThan(soonMs)
    expect([answer.status, isPermit(answer)]).toEqual([503, false])
    await proxy.pass()
    await untilPermit(body)
    await expectOne(sharer)
  },
)

test('a permit whose answer was cut off after the commit is given again to the repeated request', async () => {
  const sharer = await newSharer(load)
  const body = evaluation(sharer.sub)
  await untilPermit(evaluation((await newSharer(load)).sub))
  const isCut = proxy.cutAnswerTo('write-permits')
  const answer = await decide(body)
  await isCut
  // Either the process has read what became of it, or it said that it does not know.
  if (!isPermit(answer)) expect(answer.status).toBe(503)
  const again = await untilPermit(body)
  expect(again.context['decision_id']).toMatch(/^dec_/)
  await expectOne(sharer)
})

test('a report whose answer was cut off is recorded once, whichever answer was lost', async () => {
  const sharer = await newSharer(load)
  const permit = await untilPermit(evaluation(sharer.sub))
  const body = reportOf(permit, { status: 'nil', categories: [], record_count: 0 })
  for (const word of ['insert into "disclosure"', 'COMMIT;']) {
    const isCut = proxy.cutAnswerTo(word)
    const answer = await call('/disclosures', tokens.report, body)
    if (answer.status === 200) break
    await isCut
    expect(answer.status).toBe(503)
  }
  await proxy.pass()
  let last: Answer | undefined
  for (let tries = 0; tries < 20 && (last === undefined || last.status === 503); tries++)
    last = await call('/disclosures', tokens.report, body)
  expect([200, 201]).toContain(last?.status)
  expect(await eventsOf(load, sharer.personId, 'disclosure.nil')).toHaveLength(1)
  expect(await currentRow(load, sharer.consentId)).toMatchObject({ uses: 0 })
})
