import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sweepDrafts } from '../../../src/consent/asking/index.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { callbackOf, codeOf, postAndFollow, signUp, signUpByPages } from '../../support/broker.ts'
import { vaultOf } from '../../support/law.ts'
import { differencesOf } from '../../support/fold.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage, weaken } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Json } from '../../support/sharing.ts'
import { ask, leave, share } from '../../support/sharing.ts'
import { lastDayBoxes } from '../../support/signing.ts'
import type { AskedAll } from '../../support/together.ts'
import {
  answerAll,
  askAll,
  askNewcomerAll,
  decideAll,
  decideOn,
  followed,
  goOn,
  sendAll,
} from '../../support/together.ts'

// Several things asked at once: one purpose a page, then all the answers on one, and only there they are recorded, all or
// none (I7).

const recorded = ['consentRecord', 'consentCurrent', 'receipt'] as const

let stage: MovingStage
let asked: AskedAll
let authenticator: Authenticator
beforeAll(async () => {
  stage = await startMovingStage()
})
afterAll(() => stage.stop())

let before: Readonly<Record<string, number>>
beforeEach(async () => {
  const newcomer = await askNewcomerAll(stage)
  asked = newcomer
  authenticator = newcomer.authenticator
  before = await counts(stage, recorded)
})

async function expectRecorded(more: number): Promise<void> {
  const after = await counts(stage, recorded)
  for (const table of recorded)
    expect([table, after[table]]).toEqual([table, (before[table] ?? 0) + more])
}

function nth({ page }: Pick<AskedAll, 'page'>, n: number): string {
  return page.url.replace(/\/questions\/\d+$/, `/questions/${n}`)
}

function pathOf({ page }: Pick<AskedAll, 'page'>, rest: string): string {
  return page.url.replace(/\/questions\/\d+$/, rest)
}

async function detailsAfter(callback: URL): Promise<readonly Json[]> {
  const redeemed = await stage.aid.redeem(codeOf(callback), asked.errand)
  return json(redeemed)['authorization_details'] as readonly Json[]
}

async function waitingOf(): Promise<string[]> {
  const { body } = await asked.browser.get('/mes-partages')
  return [...body.matchAll(/href="(\/partage\/demandes\/req_[0-9A-Z]{26}\/\d+)"/g)].map(
    ([, href]) => href ?? '',
  )
}

test('each question has its own page with one purpose and its number', async () => {
  expect(asked.page.url).toMatch(/\/partage\/demande\/[^/]+\/questions\/1$/)
  expect(asked.page.body).toContain('Demande 1 sur 2')
  expect(asked.page.body).not.toContain('agr_2026-009')
  const second = await decideOn(asked.browser, asked.page, 'autorisation')
  expect(second.url).toBe(nth(asked, 2))
  expect(second.body).toContain('Demande 2 sur 2')
  expect(second.body).not.toContain('agr_2026-001@')
  await expectRecorded(0)
})

test('the choices are shown on one page and recorded together when they are sent', async () => {
  const check = await decideAll(asked, ['autorisation', 'refus'])
  expect(check.url).toBe(pathOf(asked, '/reponses'))
  expect(check.body).toContain('Vous autorisez ce partage')
  expect(check.body).toContain('Vous refusez ce partage')
  await expectRecorded(0)

  const answered = await sendAll(asked.browser, check)

  await expectRecorded(2)
  expect(answered.body).toContain('2 réponses sont enregistrées')
  expect(await stage.db('answerDraft').where({ requestId: await requestId() })).toEqual([])
  // A partial answer is a success: the token says what was granted.
  const details = await detailsAfter(await goOn(asked.browser, answered))
  expect(details.map(({ purpose }) => purpose)).toEqual(['pur_calcul-aide@1'])
})

async function requestId(): Promise<string> {
  const row: { requestId: string } = await stage
    .db('consentRequest')
    .orderBy('createdAt', 'desc')
    .first()
  return row.requestId
}

test('if all are allowed, one token has both', async () => {
  const details = await detailsAfter(await answerAll(asked, ['autorisation', 'autorisation']))
  expect(details.map(({ agreement }) => agreement)).toEqual(['agr_2026-001@1', 'agr_2026-009@1'])
})

test('if all are refused, the service gets access_denied, and each refusal has a receipt', async () => {
  const callback = await answerAll(asked, ['refus', 'refus'])
  expect(callback.searchParams.get('error')).toBe('access_denied')
  await expectRecorded(2)
})

test('the ticked categories and the earlier last day are on the page and are recorded', async () => {
  const until = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
  const second = await decideOn(asked.browser, asked.page, 'autorisation', {
    optional: 'cat_personnes-a-charge',
    ...lastDayBoxes(until),
  })
  const check = await decideOn(asked.browser, second, 'refus')
  expect(check.body).toContain('personnes à charge')
  expect(formsOf(check).flatMap(({ fields }) => Object.keys(fields))).not.toContain('optional')
  const details = await detailsAfter(await goOn(asked.browser, await sendAll(asked.browser, check)))
  expect(details).toMatchObject([{ declined: [] }])
  const row: Json = await stage
    .db('consentRecord')
    .orderBy('createdAt', 'desc')
    .where({ categoriesGranted: 7 })
    .first(stage.db.raw('valid_until_local::text'))
  expect(row['validUntilLocal']).toBe(until)
})

test('each answer can be changed before sending, on a page with nothing ticked', async () => {
  const check = await decideAll(asked, ['autorisation', 'refus'])
  const first = await asked.browser.get(nth(asked, 1))
  expect(first.body).toContain('Vous aviez répondu')
  expect(first.body).not.toMatch(/<input[^>]* checked/)
  const changed = await decideOn(asked.browser, first, 'refus')
  expect(changed.url).toBe(check.url)
  const second = await decideOn(
    asked.browser,
    await asked.browser.get(nth(asked, 2)),
    'autorisation',
  )
  const details = await detailsAfter(
    await goOn(asked.browser, await sendAll(asked.browser, second)),
  )
  expect(details.map(({ agreement }) => agreement)).toEqual(['agr_2026-009@1'])
})

test('if another tab changed an answer, sending from this tab records nothing', async () => {
  const check = await decideAll(asked, ['autorisation', 'refus'])
  const now = await decideOn(asked.browser, await asked.browser.get(nth(asked, 1)), 'refus')

  const stale = await sendAll(asked.browser, check)

  expect(stale.status).toBe(409)
  expect(stale.body).toContain('Vos réponses ont changé')
  await expectRecorded(0)
  expect((await sendAll(asked.browser, now)).status).toBe(200)
  await expectRecorded(2)
})

test('the same answers sent again change nothing; other answers are refused', async () => {
  const check = await decideAll(asked, ['autorisation', 'refus'])
  const [first, again] = [await sendAll(asked.browser, check), await sendAll(asked.browser, check)]
  expect(again.body.replaceAll(/value="[^"]*"/g, '')).toBe(
    first.body.replaceAll(/value="[^"]*"/g, ''),
  )
  await expectRecorded(2)
  const { action, fields } = formOf(check)
  // Of the second no hash can be read.
  for (const answers of ['A'.repeat(43), '!'.repeat(43)])
    expect((await asked.browser.post(action, { ...fields, answers })).status).toBe(409)
  // No page of it is open to another answer.
  for (const deed of ['autorisation', 'refus', 'report'] as const)
    expect((await decideOn(asked.browser, asked.page, deed)).body).toContain('Mes réponses')
  await expectRecorded(2)
})

test('nothing is sent before all items have an answer', async () => {
  const second = await decideOn(asked.browser, asked.page, 'autorisation')
  expect((await asked.browser.follow(pathOf(asked, '/reponses'))).url).toBe(second.url)
  const { csrf = '' } = formOf(second).fields
  const sent = await asked.browser.post(pathOf(asked, '/reponses'), {
    csrf,
    answers: 'A'.repeat(43),
  })
  expect((await followed(asked.browser, sent)).url).toBe(second.url)
  await expectRecorded(0)
})

test('one of several items cannot be answered alone while the service waits', async () => {
  const { fields } = formOf(asked.page)
  for (const deed of ['autorisation', 'refus'])
    expect((await asked.browser.post(pathOf(asked, `/${deed}`), fields)).status).toBe(400)
  expect((await asked.browser.get(pathOf(asked, '/reponse'))).location).toBe(pathOf(asked, ''))
  expect((await asked.browser.post(pathOf(asked, '/suite'), fields)).location).toBe(
    pathOf(asked, ''),
  )
  await expectRecorded(0)
})

describe('« Décider plus tard »', () => {
  test('for one item: the others are sent, and it waits in « Mes partages »', async () => {
    const check = await decideAll(asked, ['report', 'autorisation'])
    expect(check.body).toContain('Vous déciderez plus tard')
    const answered = await sendAll(asked.browser, check)
    await expectRecorded(1)
    expect(answered.body).toMatch(/Ce que vous déciderez plus tard[^]*Calcul de votre aide/)
    const details = await detailsAfter(await goOn(asked.browser, answered))
    expect(details.map(({ agreement }) => agreement)).toEqual(['agr_2026-009@1'])

    const [href = '', ...more] = await waitingOf()
    expect(more).toEqual([])
    const page = await asked.browser.get(href)
    expect(page.body).not.toContain('Demande 1 sur')
    expect((await decideOn(asked.browser, page, 'autorisation')).body).toContain(
      'Vous avez autorisé',
    )
    await expectRecorded(2)
    expect(await waitingOf()).toEqual([])
  })

  test('for all remaining items: the service is refused, and they wait', async () => {
    const { csrf = '' } = formOf(asked.page).fields
    const sent = await asked.browser.post(pathOf(asked, '/questions/report'), { csrf })
    const page = await asked.browser.follow(sent.location ?? '')
    expect(page.body).toContain('Vos questions vous attendent jusqu’au')
    const callback = callbackOf(await leave(asked.browser, sent))
    expect(callback.searchParams.get('error')).toBe('access_denied')
    await expectRecorded(0)
    expect(await waitingOf()).toHaveLength(2)
  })

  test('for the last open item leads to the page of all answers', async () => {
    const second = await decideOn(asked.browser, asked.page, 'refus')
    const { csrf = '' } = formOf(second).fields
    const check = await followed(
      asked.browser,
      await asked.browser.post(pathOf(asked, '/questions/report'), { csrf }),
    )
    expect(check.url).toBe(pathOf(asked, '/reponses'))
    const callback = await goOn(asked.browser, await sendAll(asked.browser, check))
    expect(callback.searchParams.get('error')).toBe('access_denied')
    await expectRecorded(1)
  })

  test('for an item that she then answers in « Mes partages » shows the page of all answers anew', async () => {
    const check = await decideAll(asked, ['autorisation', 'autorisation'])
    const [, second = ''] = (await waitingOf()).toSorted()
    const page = await asked.browser.get(nth(asked, 2))
    await decideOn(asked.browser, await asked.browser.get(second), 'refus')
    await expectRecorded(1)
    // Its page leads on, also from a tab that still shows it.
    expect((await asked.browser.get(page.url)).location).toBe(pathOf(asked, '/questions'))
    const pressed = await asked.browser.post(`${page.url}/refus`, formOf(page).fields)
    expect(pressed.location).toBe(pathOf(asked, '/questions'))
    const stale = await sendAll(asked.browser, check)
    expect(stale.status).toBe(409)
    await expectRecorded(1)
    const details = await detailsAfter(
      await goOn(asked.browser, await sendAll(asked.browser, stale)),
    )
    expect(details.map(({ agreement }) => agreement)).toEqual(['agr_2026-001@1'])
  })
})

describe('an item that is already allowed', () => {
  test('is not asked: the other of two is alone on its page', async () => {
    await answerAll(asked, ['autorisation', 'refus'])
    const again = await askAll(stage, asked.browser)
    expect(again.page.url).not.toContain('/questions/')
    expect(again.page.body).toContain('agr_2026-009@1')
    // Refused, the token still carries what lives.
    asked = again
    const { action, fields } = formOf(await decideOn(again.browser, again.page, 'refus'))
    const details = await detailsAfter(
      callbackOf(await postAndFollow(again.browser, action, fields)),
    )
    expect(details.map(({ agreement }) => agreement)).toEqual(['agr_2026-001@1'])
  })

  test('beside another allowed one shows no page, and the token has both', async () => {
    await answerAll(asked, ['autorisation', 'autorisation'])
    asked = await askAll(stage, asked.browser)
    expect(await detailsAfter(callbackOf(asked.page))).toHaveLength(2)
  })

  test('in another tab meanwhile is not asked in this one', async () => {
    const other = await ask(stage, asked.browser)
    await share(stage, other)
    const next = await asked.browser.follow(pathOf(asked, ''))
    expect(next.url).toBe(nth(asked, 2))
    const check = await decideOn(asked.browser, next, 'refus')
    const details = await detailsAfter(
      await goOn(asked.browser, await sendAll(asked.browser, check)),
    )
    expect(details.map(({ agreement }) => agreement)).toEqual(['agr_2026-001@1'])
  })
})

test('of two the one is allowed in another tab, the other answered in « Mes partages »: the page says so', async () => {
  await share(stage, await ask(stage, asked.browser))
  const [href = ''] = await waitingOf()
  await decideOn(asked.browser, await asked.browser.get(href), 'refus')
  expect(href).toMatch(/\/2$/)
  const page = await asked.browser.follow(pathOf(asked, ''))
  expect(page.body).toContain('Vous avez refusé ce partage')
  const details = await detailsAfter(await goOn(asked.browser, page))
  expect(details.map(({ agreement }) => agreement)).toEqual(['agr_2026-001@1'])
})

describe('no other person', () => {
  const paths = [
    '/questions/1/autorisation',
    '/questions/1/refus',
    '/questions/report',
    '/plus-tard',
    '/reponses',
  ]

  test.each(paths)('posts to %s', async (path) => {
    const check = await decideAll(asked, ['autorisation', 'refus'])
    const fields = { ...formOf(asked.page).fields, ...formOf(check).fields }
    const drafts = await stage.db('answerDraft').orderBy('at')
    const url = pathOf(asked, path)
    const other = (await signUp(stage, stage.services.library)).browser
    for (const browser of [other, makeBrowser(stage)])
      expect((await browser.post(url, fields)).status).toBe(404)
    const { csrf: _csrf, ...without } = fields
    expect((await asked.browser.post(url, without)).status).toBe(403)
    const stolen = formOf((await askNewcomerAll(stage)).page).fields['csrf'] ?? ''
    expect((await asked.browser.post(url, { ...fields, csrf: stolen })).status).toBe(403)
    for (const headers of [{ origin: 'https://evil.test' }, { 'sec-fetch-site': 'cross-site' }])
      expect((await asked.browser.post(url, fields, { headers })).status).toBe(403)
    await expectRecorded(0)
    expect((await stage.db('answerDraft').orderBy('at')).slice(0, drafts.length)).toEqual(drafts)
    expect((await sendAll(asked.browser, check)).status).toBe(200)
  })

  test.each(paths)('posts to %s after the person signed out', async (path) => {
    const check = await decideAll(asked, ['autorisation', 'refus'])
    const fields = { ...formOf(asked.page).fields, ...formOf(check).fields }
    const [form] = formsOf(await asked.browser.get('/session/end'))
    if (form === undefined) throw new Error('no form to sign out')
    await postAndFollow(asked.browser, form.action, { ...form.fields, logout: 'yes' })
    expect((await asked.browser.post(pathOf(asked, path), fields)).status).toBe(410)
    await signUpByPages(stage, stage.services.library, { browser: asked.browser })
    expect((await asked.browser.post(pathOf(asked, path), fields)).status).toBe(410)
    await expectRecorded(0)
  })

  test('answers one item with another item’s presentation', async () => {
    const { presentation = '' } = formOf(asked.page).fields
    const second = await decideOn(asked.browser, asked.page, 'autorisation')
    const { csrf = '' } = formOf(second).fields
    const sent = await asked.browser.post(`${second.url}/autorisation`, { csrf, presentation })
    expect(sent.status).toBe(409)
    for (const more of [{ presentation: '' }, { optional: 'cat_autre' }])
      expect((await decideOn(asked.browser, second, 'autorisation', more)).status).toBe(400)
    const [other] = (await askNewcomerAll(stage)).page.url.split('/questions')
    expect((await asked.browser.get(`${other}/questions/1`)).status).toBe(404)
    for (const n of ['0', '3', '11', '01', 'x']) {
      const { status } = await asked.browser.get(pathOf(asked, `/questions/${n}`))
      expect([n, status]).toEqual([n, 404])
    }
  })
})

describe('the register changes while the person reads', () => {
  test('in an unrelated object: the answers can still be sent', async () => {
    const check = await decideAll(asked, ['autorisation', 'refus'])
    await stage.apply({ of: 'cat_revenu-net', as: 'cat_autre-encore', set: {} })
    const sent = await sendAll(asked.browser, check)
    if (sent.status === 409) {
      await expectRecorded(0)
      await sendAll(asked.browser, sent)
    }
    await expectRecorded(2)
  })

  test('in one of the texts: neither answer is recorded', async () => {
    const check = await decideAll(asked, ['autorisation', 'autorisation'])
    await stage.apply({ of: 'txt_remboursement-pret', set: { approved_on: '2026-11-20' } })
    for (const _ of stage.ports)
      expect((await sendAll(asked.browser, check)).status).toBeGreaterThanOrEqual(400)
    expect((await asked.browser.follow(check.url)).status).toBe(410)
    await expectRecorded(0)
  })

  test('in one of the agreements: neither answer is recorded', async () => {
    const check = await decideAll(asked, ['autorisation', 'autorisation'])
    await stage.apply({ of: 'agr_2026-009', set: { status: 'suspended' } })
    try {
      for (const _ of stage.ports)
        expect((await sendAll(asked.browser, check)).status).toBeGreaterThanOrEqual(400)
      expect((await asked.browser.follow(pathOf(asked, ''))).status).toBe(410)
      await expectRecorded(0)
    } finally {
      await stage.apply({ of: 'agr_2026-009', set: { status: 'in_force' } })
    }
  })

  test('in what a category means: its question is asked again', async () => {
    const check = await decideAll(asked, ['autorisation', 'autorisation'])
    const plain_description = { fr: 'Tout autre chose.', en: 'Quite another thing.' }
    await stage.apply({ of: 'cat_situation-familiale', set: { plain_description } })
    for (const _ of stage.ports) {
      const sent = await sendAll(asked.browser, check)
      expect([sent.status, sent.url]).toEqual([200, nth(asked, 1)])
    }
    await expectRecorded(0)
  })

  test('a last day that has passed meanwhile must be chosen again', async () => {
    const check = await decideAll(asked, ['autorisation', 'autorisation'])
    await stage.db('answerDraft').where({ itemNo: 1 }).update({ until: '2026-01-01' })
    const sent = await sendAll(asked.browser, check)
    expect([sent.status, sent.url]).toEqual([200, nth(asked, 1)])
    await expectRecorded(0)
  })
})

test('choices that were never sent are deleted with the visit', async () => {
  await decideOn(asked.browser, asked.page, 'autorisation')
  await sweepDrafts(stage.db, new Date(Date.now() - 3600_000))
  const rows = { requestId: await requestId() }
  expect(await stage.db('answerDraft').where(rows)).toHaveLength(1)
  await sweepDrafts(stage.db, new Date())
  expect(await stage.db('answerDraft').where(rows)).toEqual([])
  const again: Answer = await asked.browser.follow(pathOf(asked, ''))
  expect(again.url).toBe(nth(asked, 1))
})

describe('in a session with a single means', () => {
  test('a yes among the answers asks for a proof; afterwards all choices are still there', async () => {
    await weaken(stage)
    const { browser } = asked
    const check = await decideAll(asked, ['autorisation', 'refus'])
    const asking = await sendAll(browser, check)
    expect(asking.body).toContain('Une vérification de plus')
    await expectRecorded(0)
    const { action, fields, options } = formOf(asking)
    const credential = authenticator.get(options)
    const back = await postAndFollow(browser, action, { ...fields, credential })
    expect([back.url, formOf(back).fields]).toEqual([check.url, formOf(check).fields])
    await sendAll(browser, back)
    await expectRecorded(2)
  })

  test('refusals alone need no proof', async () => {
    await weaken(stage)
    // Nor is a signature asked of a key that does not count.
    const { credentialId } = authenticator
    await stage.db('passkeys').where({ credentialId }).update({ suspendedAt: new Date() })
    const check = await decideAll(asked, ['refus', 'refus'])
    expect(check.body).toContain('sans la signature d’une clé d’accès')
    expect(check.body).not.toContain('data-sign')
    await sendAll(asked.browser, check)
    await expectRecorded(2)
  })
})

test('the rows of these tests are as events tell them (I1)', async () => {
  expect(await differencesOf({ db: stage.db, vault: await vaultOf(stage) })).toEqual([])
})
