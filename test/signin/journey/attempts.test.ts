import { afterAll, beforeAll, expect, test } from 'vitest'
import { signinJobs } from '../../../src/signin/journey/index.ts'
import type { Browser } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { postAndFollow, startBroker } from '../../support/broker.ts'
import type { Service } from '../../support/service.ts'
import type { Typist } from '../../support/ways.ts'
import { passwordPage, typeUp } from '../../support/ways.ts'

// Who uses up the tries of an access is not told whose they were; its person is.

const tries = 10
const triesOfSet = 5
const days = (count: number) => count * 24 * 3600 * 1000

let broker: Broker
let library: Service
let typist: Typist
beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
  typist = await typeUp(broker, library)
})
afterAll(() => broker.stop())

type Queued = { readonly id: string; readonly payload: unknown }

/** What waits in the queue since the last look; these processes do not work it. */
async function queued(): Promise<unknown[]> {
  const { rows } = await broker.db.raw<{ rows: Queued[] }>(
    `delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
     where t.id = j.task_id and t.identifier = 'signin.attempts' returning j.payload`,
  )
  return rows.map(({ payload }) => payload)
}

async function work(payload: unknown, at = new Date()): Promise<void> {
  const context = { attempt: 1, maxAttempts: 1 }
  await signinJobs({ db: broker.db, clock: () => at })['signin.attempts']?.(payload, context)
}

async function told(): Promise<number> {
  return (await broker.db('notification').where({ kind: 'access.attempts' })).length
}

type Answered = { readonly statuses: readonly number[]; readonly jobs: readonly unknown[] }

async function wrongCodes(of: Pick<Typist, 'address' | 'password'>): Promise<Answered> {
  const browser = makeBrowser(broker)
  const form = formOf(await passwordPage(browser, (await library.begin()).url, of.address))
  const given = { ...form.fields, password: of.password }
  const page = formOf(await postAndFollow(browser, form.action, given))
  return usedUp(browser, page, '000000')
}

async function wrongRecoveryCodes(code: string): Promise<Answered> {
  const browser = makeBrowser(broker)
  const start = await browser.follow((await library.begin()).url)
  const form = formOf(await browser.get(`${start.url}/recuperation`))
  return usedUp(browser, form, code, triesOfSet)
}

async function usedUp(
  browser: Browser,
  { action, fields }: ReturnType<typeof formOf>,
  code: string,
  most = tries,
): Promise<Answered> {
  const statuses: number[] = []
  for (let n = 0; n < most; n++) {
    expect(await queued()).toEqual([])
    statuses.push((await browser.post(action, { ...fields, code })).status)
  }
  return { statuses, jobs: await queued() }
}

test('the last allowed try on an access is answered like one on an unknown access, and only its person is told, once a day', async () => {
  const hers = await wrongCodes(typist)
  const nobodys = await wrongCodes({ address: 'personne@exemple.test', password: typist.password })
  const [begun = ''] = typist.codes
  const recovery = await wrongRecoveryCodes(`${begun.slice(0, 7)}00-0000-0000`)
  const unknown = await wrongRecoveryCodes('ZZZZ-ZZ00-0000-0000')

  for (const { statuses } of [hers, nobodys]) expect(statuses).toEqual(Array(tries).fill(400))
  for (const { statuses } of [recovery, unknown])
    expect(statuses).toEqual(Array(triesOfSet).fill(400))
  for (const { jobs } of [hers, nobodys, recovery, unknown]) {
    expect(jobs).toHaveLength(1)
  }
  expect(Object.keys(hers.jobs[0] as object)).toEqual(Object.keys(nobodys.jobs[0] as object))
  for (const { jobs } of [nobodys, unknown]) await work(jobs[0])
  expect(await told()).toBe(0)
  await Promise.all([work(hers.jobs[0]), work(recovery.jobs[0]), work(hers.jobs[0])])
  expect(await told()).toBe(1)
  await work(hers.jobs[0], new Date(Date.now() + days(1) - 60_000))
  expect(await told()).toBe(1)
  await work(recovery.jobs[0], new Date(Date.now() + days(1) + 60_000))
  expect(await told()).toBe(2)
})

test('of tries at once on two processes one is reported as the last', async () => {
  const other = await typeUp(broker, library)
  const browser = makeBrowser(broker)
  const form = formOf(await passwordPage(browser, (await library.begin()).url, other.address))
  const given = { ...form.fields, password: other.password }
  const page = formOf(await postAndFollow(browser, form.action, given))

  await Promise.all(
    Array.from({ length: 2 * tries }, () =>
      browser.post(page.action, { ...page.fields, code: '000000' }),
    ),
  )

  expect(await queued()).toHaveLength(1)
})
