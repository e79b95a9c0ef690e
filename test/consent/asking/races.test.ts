import { actorOfOwnAccess } from '../../../src/people/accounts/index.ts'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { answerRequest, answerTogether } from '../../../src/consent/asking/answer.ts'
import { newRequest, recordPresentation } from '../../../src/consent/asking/ask.ts'
import { keepAnswer } from '../../../src/consent/asking/drafts.ts'
import { readDetail } from '../../../src/consent/asking/index.ts'
import { openBook, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { codeOf } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import { newKnown } from '../../support/law.ts'
import { json } from '../../support/service.ts'
import type { CurrentRow, Load, Sharer } from '../../support/sharing-load.ts'
import {
  at,
  currentRows,
  eventsOf,
  idOf,
  newSharer,
  openLoad,
  portOf,
  repeated,
  stopAt,
  untilAnswered,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import type { Asked, Stage } from '../../support/sharing.ts'
import { answer, ask, askNewcomer, detail, startStage } from '../../support/sharing.ts'

// A person's answers and stops from several tabs at once, over two processes (I4, I10).

const rounds = 8
const clicks = 10
const visits = 5
const yesAndNo = ['autorisation', 'refus'] as const
const noAndYes = ['refus', 'autorisation'] as const
const ended = { status: 400, error: 'invalid_grant' }

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

test('yes and no from two tabs at once are one answer, and both tabs show it', async () => {
  const sharer = await sharerWhoStopped()
  for (let round = 0; round < rounds; round++) {
    const { browser, page } = await ask(stage, sharer.browser)
    const before = await currentRows(load, sharer.personId)
    const tabs = [browser.clone(), browser.clone()]
    const deeds = at([yesAndNo, noAndYes], round % 2)

    const answers = await Promise.all(deeds.map((deed, i) => press(at(tabs, i), page, deed, i)))

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 409])
    const [row, ...more] = newRows(before, await currentRows(load, sharer.personId))
    expect(more).toEqual([])
    const winner = deeds[answers.findIndex(({ status }) => status === 303)]
    expect(row?.state).toBe(winner === 'refus' ? 'refused' : 'active')
    await expectSamePage(tabs, page.url)
    if (row?.state === 'active') await stopAt(sharer, idOf(row), portOf(stage, round))
  }
  await expectOneEventPerAnswer(sharer)
})

test('many clicks on yes at once are one consent', async () => {
  const sharer = await sharerWhoStopped()
  const { browser, page } = await ask(stage, sharer.browser)
  const before = await currentRows(load, sharer.personId)
  const tabs = repeated(clicks, browser).map((tab) => tab.clone())

  const answers = await Promise.all(tabs.map((tab, i) => press(tab, page, 'autorisation', i)))

  expect(answers.map(({ status }) => status)).toEqual(repeated(clicks, 303))
  expect(newRows(before, await currentRows(load, sharer.personId))).toMatchObject([
    { state: 'active', stateSeq: 1 },
  ])
  await expectSamePage(tabs, page.url)
  await expectOneEventPerAnswer(sharer)
})

test('the same sharing allowed in several visits at once leaves one live consent, and a record for each visit', async () => {
  const sharer = await sharerWhoStopped()
  const before = await currentRows(load, sharer.personId)
  const tabs: Asked[] = []
  for (const _ of repeated(visits, 0)) tabs.push(await ask(stage, sharer.browser.clone()))

  const answers = await Promise.all(
    tabs.map(({ browser, page }, i) => press(browser, page, 'autorisation', i)),
  )

  expect(answers.map(({ status }) => status)).toEqual(repeated(visits, 303))
  const rows = newRows(before, await currentRows(load, sharer.personId))
  expect(rows.map(({ state }) => state).toSorted(byText)).toEqual([
    'active',
    ...repeated(visits - 1, 'superseded'),
  ])
  expect(new Set(rows.map(({ arrangementId }) => arrangementId)).size).toBe(1)
  await expectOneEventPerAnswer(sharer)
  const granted = (await eventsOf(load, sharer.personId, 'consent.granted')).slice(-visits)
  expect(granted.map(({ version_in_arrangement: version }) => version)).toEqual(
    granted.map((_, i) => i + 1),
  )
  const chain = granted.map(({ consent_id: id }) => id)
  const superseded = await eventsOf(load, sharer.personId, 'consent.superseded')
  expect(superseded.map(({ consent_id: id }) => id)).toEqual(chain.slice(0, -1))
  expect(superseded.map(({ superseded_by: id }) => id)).toEqual(chain.slice(1))
})

test('a stop from two tabs at once is one event, and both tabs show the same page', async () => {
  const sharer = await newSharer(load)
  const tabs = [sharer.browser.clone(), sharer.browser.clone()]

  const answers = await Promise.all(
    tabs.map((browser, i) => stopAt({ ...sharer, browser }, sharer.consentId, portOf(stage, i))),
  )

  expect(answers.map(({ status }) => status)).toEqual([303, 303])
  expect(at(answers, 0).location).toBe(at(answers, 1).location)
  await expectSamePage(tabs, at(answers, 0).location ?? '')
  const stops = await eventsOf(load, sharer.personId, 'consent.revoked')
  expect(stops.map(({ consent_id: id }) => id)).toEqual([sharer.consentId])
  expect(await currentRows(load, sharer.personId)).toMatchObject([
    { state: 'revoked', stateSeq: 2 },
  ])
})

test('a code that is redeemed while its sharing is stopped leaves nothing usable, also after a new yes', async () => {
  const sharer = await sharerWhoStopped()
  const issued: Answer[] = []
  for (let round = 0; round < rounds; round++) {
    const asked = await ask(stage, sharer.browser)
    const code = codeOf(await answer(asked, 'autorisation'))
    const consentId = await liveConsentOf(sharer)

    const [redeemed, stopped] = await Promise.all([
      untilAnswered(() => stage.aid.redeem(code, asked.errand, { port: portOf(stage, round) })),
      stopAt(sharer, consentId, portOf(stage, round + 1)),
    ])

    expect(stopped.status).toBe(303)
    await expectUseless(redeemed)
    issued.push(redeemed)
  }
  await answer(await ask(stage, sharer.browser), 'autorisation')
  for (const redeemed of issued) await expectUseless(redeemed)
})

test('a refresh token that is used while its sharing is stopped leaves nothing usable', async () => {
  const sharer = await sharerWhoStopped()
  for (let round = 0; round < rounds; round++) {
    const asked = await ask(stage, sharer.browser)
    const code = codeOf(await answer(asked, 'autorisation'))
    const { refresh_token: token } = json(await stage.aid.redeem(code, asked.errand))
    const consentId = await liveConsentOf(sharer)

    const [stopped, ...refreshed] = await Promise.all([
      stopAt(sharer, consentId, portOf(stage, round)),
      ...repeated(4, 0).map((_, i) =>
        untilAnswered(() => stage.aid.refresh(String(token), { port: portOf(stage, i) })),
      ),
    ])

    expect(stopped.status).toBe(303)
    for (const answered of refreshed) await expectUseless(answered)
    await expectEnded(String(token))
  }
})

test('a page that is made while another tab answers leads to that answer', async () => {
  const { browser, page, personId } = await askNewcomer(stage)
  const shown = idIn('pre', formOf(page).fields['presentation'])
  const { visit } = await load.db('consentRequest').where({ personId }).first<{ visit: Buffer }>()
  let made: Promise<Answer> | undefined
  await transact(load.db, async (tx) => {
    await openBook(tx, load.vault, personId)
    made = browser.get(page.url)
    await expect.poll(waitingForLocks).toBe(1)
    await answerRequest(tx, load.notary, load.live.current(), {
      ...no(personId, shown),
      visit,
    })
  })
  expect(await made).toMatchObject({ status: 303, location: page.url })
})

test('a question is shown in eight wordings at most, and is answered by its person, once, in its visit', async () => {
  const [{ personId }, other] = [await newKnown(stage), await newKnown(stage)]
  const register = load.live.current()
  const now = new Date()
  const asking = { recipient: 'org_aide-etudes', register, now }
  const rows = newRequest([{ itemNo: 1, asked: readDetail(detail(), asking) }], personId, now)
  const visit = randomBytes(32)
  const labels = { grant: 'Oui', refuse: 'Non' }
  const of = { visit, clientId: 'aide-etudes', row: at(rows, 0), language: 'fr', labels } as const
  const show = (region: string) =>
    transact(load.db, (tx) => recordPresentation(tx, load.vault, register, { ...of, region })).then(
      (recorded) => recorded?.presentationId,
    )
  const answered = (change: Partial<OneAnswer>) =>
    transact(load.db, (tx) =>
      answerRequest(tx, load.notary, register, { ...no(personId, first), visit, ...change }),
    )
  const expired = { code: 'consent.expired', status: 410 }
  const first = (await show('1')) ?? ''
  for (let n = 2; n <= 8; n++) expect(await show(String(n))).toBeDefined()
  expect(await show('1')).toBe(first)
  await expect(show('9')).rejects.toMatchObject(expired)

  await expect(answered({ personId: other.personId })).rejects.toMatchObject(expired)
  await expect(answered({ visit: randomBytes(32) })).rejects.toMatchObject(expired)
  const hash = { answersSha256: randomBytes(32) }
  for (const mine of [
    { visit: randomBytes(32), personId },
    { visit, personId: other.personId },
  ])
    await expect(
      transact(load.db, (tx) =>
        answerTogether(tx, load.notary, register, { ...no(personId, first), ...mine, ...hash }),
      ),
    ).rejects.toMatchObject(expired)
  const kept = { presentationId: first, chosen: [], express: [], until: null, resumes: false }
  await expect(
    transact(load.db, (tx) => keepAnswer(tx, { key: randomBytes(32) }, kept, now)),
  ).rejects.toMatchObject(expired)
  expect(await currentRows(load, personId)).toEqual([])

  await answered({})
  expect(await show('1')).toBeUndefined()
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).not.toContain('a request failed')
})

type OneAnswer = Parameters<typeof answerRequest>[3]

/** A no to this page. */
function no(personId: string, presentationId: string): Omit<OneAnswer, 'visit'> {
  const how = { acr: 'urn:accord:aal:2', amr: ['pop', 'user', 'mfa'], provedAt: new Date() }
  const by = actorOfOwnAccess({ personId, ...how, factorIds: [] })
  return { presentationId, granted: false, chosen: [], ...by }
}

function idIn(prefix: string, text = ''): string {
  const id = readId(prefix, text)
  if (id === undefined) throw new Error(`no ${prefix}_`)
  return id
}

async function waitingForLocks(): Promise<number> {
  const { rows } = await load.db.raw<{ rows: unknown[] }>(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows.length
}

/** She allowed and stopped once: the next time she is asked again. */
async function sharerWhoStopped(): Promise<Sharer> {
  const sharer = await newSharer(load)
  expect((await stopAt(sharer, sharer.consentId, portOf(stage, 0))).status).toBe(303)
  return sharer
}

function press(
  browser: Browser,
  page: Answer,
  deed: 'autorisation' | 'refus',
  process: number,
): Promise<Answer> {
  const { fields } = formOf(page)
  const port = portOf(stage, process)
  return untilAnswered(() => browser.post(`${page.url}/${deed}`, fields, { port }))
}

function newRows(before: readonly CurrentRow[], after: readonly CurrentRow[]): CurrentRow[] {
  const known = new Set(before.map(({ consentId }) => consentId))
  return after.filter(({ consentId }) => !known.has(consentId))
}

async function expectSamePage(tabs: readonly Browser[], url: string): Promise<void> {
  const shown = await Promise.all(
    tabs.map((tab, i) => untilAnswered(() => tab.get(url, { port: portOf(stage, i) }))),
  )
  expect(at(shown, 0).status).toBe(200)
  expect(shown.map(({ body }) => body)).toEqual(repeated(tabs.length, at(shown, 0).body))
}

/** Each record has the one event of its answer, in a ledger that holds; one of them lives at most. */
async function expectOneEventPerAnswer({ personId }: Sharer): Promise<void> {
  const rows = await currentRows(load, personId)
  const answers = (await wholeTimeline(load, personId)).filter(
    ({ kind }) => kind === 'consent.granted' || kind === 'consent.refused',
  )
  expect(answers.map(({ payload }) => payload?.['consent_id']).toSorted(byText)).toEqual(
    rows.map(idOf).toSorted(byText),
  )
  expect(rows.filter(({ state }) => state === 'active').length).toBeLessThanOrEqual(1)
  expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
}

async function liveConsentOf({ personId }: Sharer): Promise<string> {
  const rows = await currentRows(load, personId)
  const live = rows.filter(({ state }) => state === 'active')
  expect(live).toHaveLength(1)
  return idOf(at(live, 0))
}

/** Refused as a grant that has ended, or tokens that are good for nothing in either process. */
async function expectUseless(answered: Answer): Promise<void> {
  const { error, access_token: access, refresh_token: refresh } = json(answered)
  if (answered.status !== 200) {
    expect({ status: answered.status, error }).toEqual(ended)
    return
  }
  for (const party of [stage.aid, stage.revenue])
    for (const port of stage.ports)
      expect(json(await party.introspect(String(access), { port }))).toEqual({ active: false })
  await expectEnded(String(refresh))
}

async function expectEnded(refreshToken: string): Promise<void> {
  const answered = await untilAnswered(() => stage.aid.refresh(refreshToken))
  expect({ status: answered.status, error: json(answered)['error'] }).toEqual(ended)
}

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}
