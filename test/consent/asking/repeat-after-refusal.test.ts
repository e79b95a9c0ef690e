import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readTimeline } from '../../../src/ledger/chain/index.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { callbackOf, codeOf, postAndFollow, signIn, signUp } from '../../support/broker.ts'
import { differencesOf } from '../../support/fold.ts'
import { vaultOf } from '../../support/law.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import type { Service } from '../../support/service.ts'
import { json, makeService } from '../../support/service.ts'
import type { Json } from '../../support/sharing.ts'
import {
  answer,
  ask,
  askNewcomer,
  asking,
  decide,
  detailType,
  evaluation,
  holderToken,
  leave,
  shareAsNewcomer,
  stop,
} from '../../support/sharing.ts'
import { askingAll, decideOn, goOn, loan } from '../../support/together.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// The same question after a no: a short page first, then no page at all where she wants none (decision 0058).

const written = [
  'presentation',
  'consentRequest',
  'consentRecord',
  'consentCurrent',
  'ledgerEvent',
  'receipt',
]
const income: Json = { datatypes: ['cat_revenu-net'], optional_datatypes: undefined }
const family: Json = { datatypes: ['cat_situation-familiale'], optional_datatypes: undefined }

let stage: MovingStage
let counter: Service
beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage(async (site) => {
    // Another service of the body that asks.
    counter = await makeService(site, {
      clientId: 'aide-etudes-2',
      organisation: 'org_aide-etudes',
      more: { authorization_details_types: [detailType] },
    })
    return [counter]
  })
})
afterAll(() => stage.stop())

/** Goes where a request leads, and no further. */
async function lead(browser: Browser, change: Json = {}, service = stage.aid): Promise<Answer> {
  return browser.follow((await service.begin(asking(change))).url)
}

async function leadAll(browser: Browser, ...changes: Json[]): Promise<Answer> {
  return browser.follow((await stage.aid.begin(askingAll(...changes))).url)
}

/** Presses a button of the short page. @returns the page after it, or the way back to the service */
function press(browser: Browser, page: Answer, deed: 'refus' | 'question' | 'silence') {
  const path = `${new URL(page.url).pathname}/rappel/${deed}`
  return postAndFollow(browser, path, formOf(page).fields)
}

function isReminder({ body }: Answer): boolean {
  return body.includes('/rappel/refus"')
}

function isQuestion(page: Answer): boolean {
  return page.body.includes('name="presentation"')
}

/** All that the service is told. */
function told(page: Answer): Json {
  const { state, ...rest } = Object.fromEntries(callbackOf(page).searchParams)
  expect(state).toBeDefined()
  return rest
}

type Refused = { readonly browser: Browser; readonly told: Json }

async function newRefuser(change: Json = {}): Promise<Refused> {
  const asked = await askNewcomer(stage, change)
  const callback = await answer(asked, 'refus')
  const { state: _state, ...rest } = Object.fromEntries(callback.searchParams)
  return { browser: asked.browser, told: rest }
}

let her: Refused
beforeEach(async () => {
  her = await newRefuser()
})

async function silenced(browser: Browser): Promise<Answer> {
  const page = await lead(browser)
  return press(browser, page, 'silence')
}

function until(days: number): Json {
  return { until: new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10) }
}

async function linesOf(browser: Browser) {
  const page = await browser.get('/mes-partages')
  return formsOf(page).filter(({ action }) => action.includes('/mes-partages/questions/'))
}

/** Her events alone rebuild the rows. */
async function expectTold(personId: string, count: number) {
  const events = await readTimeline(stage.db, await vaultOf(stage), personId, {
    after: 0,
    limit: 50,
  })
  expect(await stage.db('silencedQuestion').where({ personId })).toHaveLength(count)
  const at = { db: stage.db, vault: await vaultOf(stage) }
  expect(await differencesOf(at, personId)).toEqual([])
  return events
}

describe('asked again within thirty days', () => {
  test('the page says that she refused and when, shows nothing of the question, and records nothing', async () => {
    const before = await counts(stage, written)
    const page = await lead(her.browser)
    expect(isReminder(page)).toBe(true)
    expect(page.body).toMatch(/<h1>Vous avez dit non le \d+(er)?\s\p{L}+ \d{4}<\/h1>/u)
    expect(page.body).toContain('revenu net')
    expect(isQuestion(page)).toBe(false)
    expect(isReminder(await her.browser.get(page.url))).toBe(true)
    expect(await counts(stage, written)).toEqual(before)
  })

  test('« Garder mon refus » tells the service of the same refusal and records no new one', async () => {
    const before = await counts(stage, written)
    const page = await lead(her.browser)
    expect(told(await press(her.browser, page, 'refus'))).toEqual(her.told)
    expect(await counts(stage, written)).toEqual(before)
    expect(isReminder(await lead(her.browser))).toBe(true)
  })

  test('« Voir la question » shows the question, which she may answer with yes or no', async () => {
    const page = await lead(her.browser)
    const question = await press(her.browser, page, 'question')
    expect(isQuestion(question)).toBe(true)
    expect(isQuestion(await her.browser.get(page.url))).toBe(true)
    const answered = await decideOn(her.browser, question, 'autorisation')
    const callback = await goOn(her.browser, answered)
    expect(callback.searchParams.has('code')).toBe(true)
    // Her last word is a yes: it is allowed, and asked no more.
    expect(callbackOf(await lead(her.browser)).searchParams.has('code')).toBe(true)
  })

  test('of two buttons pressed at once the first counts', async () => {
    const page = await lead(her.browser)
    const path = `${new URL(page.url).pathname}/rappel`
    const { fields } = formOf(page)
    await Promise.all(
      ['refus', 'question', 'refus', 'question'].map((deed) =>
        her.browser.post(`${path}/${deed}`, fields),
      ),
    )
    const rows: { became: string }[] = await stage
      .db('askedAgain')
      .orderBy('askedAt', 'desc')
      .limit(1)
    const next = await her.browser.follow(page.url)
    expect(rows[0]?.became).toBe(isQuestion(next) ? 'seen' : 'kept')
  })

  test('once she kept her no, another tab’s button changes nothing of it', async () => {
    const page = await lead(her.browser)
    const path = `${new URL(page.url).pathname}/rappel`
    const { fields } = formOf(page)
    for (const deed of ['refus', 'question', 'silence'])
      expect((await her.browser.post(`${path}/${deed}`, fields)).status).toBe(303)
    expect(await linesOf(her.browser)).toEqual([])
    expect(told(await her.browser.follow(page.url))).toEqual(her.told)
  })

  test('after a stop the page says that she stopped the sharing', async () => {
    const shared = await shareAsNewcomer(stage)
    await stop(shared.browser, shared.consentId)
    const page = await lead(shared.browser)
    expect(page.body).toMatch(/<h1>Vous avez arrêté ce partage le /)
    expect(told(await press(shared.browser, page, 'refus'))).toEqual(her.told)
  })

  test('nothing is shown without a session: prompt=none is consent_required', async () => {
    const errand = await stage.aid.begin({ ...asking(), prompt: 'none' })
    const { error } = told(await her.browser.follow(errand.url))
    expect(error).toBe('consent_required')
  })

  test.each<[string, Json]>([
    ['for another purpose', loan],
    ['without one of the categories', family],
    ['with the rest of it', { datatypes: ['cat_revenu-net'], optional_datatypes: undefined }],
    ['with more of what is optional', { ...loan, optional_datatypes: ['cat_personnes-a-charge'] }],
    ['without what is optional', { ...loan, optional_datatypes: undefined }],
    [
      'until another day',
      { duration: { until: new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10) } },
    ],
    ['less often', { frequency: { count: 1, per: 'P1Y' } }],
  ])('a question is recognised as asked again %s', async (_, change) => {
    const page = await lead(her.browser, change)
    // What may not be asked so is refused when it is pushed, and asks nobody.
    if (page.location === undefined)
      expect([isReminder(page), isQuestion(page)]).toEqual([true, false])
    else expect(callbackOf(page).searchParams.get('error')).toBe('invalid_authorization_details')
  })

  test('a question of another service of the same body is recognised as asked again', async () => {
    expect(isReminder(await lead(her.browser, {}, counter))).toBe(true)
  })

  test('a question split in two is recognised as asked again, in one request or in two', async () => {
    const both = await leadAll(her.browser, family, loan)
    expect(isReminder(both)).toBe(true)
    expect(both.body).toContain('Vous avez déjà refusé ou arrêté')
    expect(told(await press(her.browser, both, 'refus'))).toEqual(her.told)
    for (const half of [family, loan]) expect(isReminder(await lead(her.browser, half))).toBe(true)
  })

  test('of two that she wants to see none can be put off or answered before it was shown', async () => {
    const page = await leadAll(her.browser, family, loan)
    const { url } = page
    const { fields } = formOf(page)
    const sent = async (deed: string, more: Record<string, string> = {}) => {
      const body = new URLSearchParams({ ...fields, ...more })
      const { status, location } = await her.browser.post(`${url}/${deed}`, body.toString())
      return [status, location]
    }
    expect(await sent('rappel/question')).toEqual([303, url])
    const before = await counts(stage, [...written, 'answerDraft'])
    expect(await sent('questions/report')).toEqual([303, `${url}/questions/1`])
    expect(await sent('reponses', { answers: 'A'.repeat(43) })).toEqual([410, undefined])
    const presentation = `pre_0${'1'.repeat(25)}`
    for (const credential of ['', '{}'])
      expect(await sent('autorisation', { presentation, credential })).toEqual([410, undefined])
    expect(await counts(stage, [...written, 'answerDraft'])).toEqual(before)
  })

  test('a question with one more category is recognised as asked again', async () => {
    const { browser } = await newRefuser(loan)
    const page = await lead(browser)
    expect(isReminder(page)).toBe(true)
    expect(page.body).toContain('Aussi demandé')
  })

  test('a different question of the same body is asked', async () => {
    const { browser } = await newRefuser(loan)
    expect(isQuestion(await lead(browser, family))).toBe(true)
  })

  test('a question under other names of purpose, agreement, text and dataset is recognised as asked again', async () => {
    const [first, ...rest] = ['cat_personnes-a-charge', 'cat_situation-familiale', 'cat_revenu-net']
    const categories = [first, ...rest].map((id) => ({ category_id: id, field_paths: ['x'] }))
    const label = { fr: 'Un tout autre nom', en: 'Quite another name' }
    const agreed = {
      dataset_id: 'dst_autre-nom@1',
      categories: ['cat_personnes-a-charge', 'cat_revenu-net'],
    }
    await stage.apply(
      { of: 'dst_avis-cotisation', as: 'dst_autre-nom', set: { label, categories } },
      { of: 'pur_remboursement-pret', as: 'pur_autre-nom', set: { label } },
      {
        of: 'agr_2026-009',
        as: 'agr_2026-095',
        set: { datasets: [agreed], purposes: ['pur_autre-nom@1'] },
      },
      {
        of: 'txt_remboursement-pret',
        as: 'txt_autre-nom',
        set: { purpose_id: 'pur_autre-nom@1', agreement_id: 'agr_2026-095@1' },
      },
    )
    const renamed = {
      ...loan,
      identifier: 'dst_autre-nom',
      agreement: 'agr_2026-095',
      purpose: 'pur_autre-nom',
    }
    expect(isReminder(await lead(her.browser, renamed))).toBe(true)
    await silenced(her.browser)
    expect(told(await lead(her.browser, renamed))).toEqual(her.told)
    // What she never refused is another question, whatever it is called.
    const { browser } = await newRefuser(family)
    expect(isQuestion(await lead(browser, renamed))).toBe(true)
  })

  test('a refused change is recognised too, and keeping the refusal leaves the consent as it was', async () => {
    const shared = await shareAsNewcomer(stage, { duration: until(40) })
    const change = { arrangement: shared.detail['arrangement'], duration: until(90) }
    await answer(await ask(stage, shared.browser, change), 'refus')
    const page = await lead(shared.browser, change)
    expect(isReminder(page)).toBe(true)
    expect(told(await press(shared.browser, page, 'refus'))).toEqual(her.told)
    const decision = await decide(stage, await holderToken(stage, 'decide'), evaluation(shared.sub))
    expect(decision.decision).toBe(true)
    // The same without a change is allowed: it is not asked, and there is nothing to be reminded of.
    expect(callbackOf(await lead(shared.browser)).searchParams.has('code')).toBe(true)
  })

  test('« Décider plus tard » after the reminder keeps the question in « Mes partages », where it is asked normally', async () => {
    const page = await press(her.browser, await lead(her.browser), 'question')
    const { csrf = '' } = formOf(page).fields
    const sent = await her.browser.post(`${new URL(page.url).pathname}/report`, { csrf })
    expect(told(await leave(her.browser, sent))).toEqual(her.told)
    const list = await her.browser.get('/mes-partages')
    const [, href = ''] = /href="(\/partage\/demandes\/[^"]+)"/.exec(list.body) ?? []
    expect(isQuestion(await her.browser.get(href))).toBe(true)
  })

  test('of several items the new ones are asked, and a kept refusal is not among the answers sent', async () => {
    const { browser } = await newRefuser(loan)
    const page = await leadAll(browser, loan, family)
    expect(isReminder(page)).toBe(true)
    const question = await press(browser, page, 'refus')
    expect(isQuestion(question)).toBe(true)
    expect(question.body).not.toContain('agr_2026-009')
    const answered = await decideOn(browser, question, 'autorisation')
    const callback = await goOn(browser, answered)
    expect(callback.searchParams.has('code')).toBe(true)
  })
})

describe('in time', () => {
  test('a refusal is remembered for twenty-nine days; after thirty the question is asked normally', async () => {
    const person = await askNewcomer(stage)
    await answer(person, 'refus')
    await pass(stage.db, { days: 29 })
    const back = async () =>
      (await signIn(stage, stage.services.library, person.authenticator)).browser
    expect(isReminder(await lead(await back()))).toBe(true)
    await pass(stage.db, { days: 1, seconds: 60 })
    expect(isQuestion(await lead(await back()))).toBe(true)
  })
})

describe('« Ne plus me le demander »', () => {
  test('refuses later questions at once, and the service gets the same answer as for her refusal', async () => {
    expect(told(await silenced(her.browser))).toEqual(her.told)
    const before = await counts(stage, written)
    for (const change of [{}, loan, family])
      expect(told(await lead(her.browser, change))).toEqual(her.told)
    expect(told(await lead(her.browser, {}, counter))).toEqual(her.told)
    expect(told(await leadAll(her.browser, family, loan))).toEqual(her.told)
    expect(await counts(stage, written)).toEqual(before)
    const none = await stage.aid.begin({ ...asking(), prompt: 'none' })
    expect(told(await her.browser.follow(none.url))['error']).toBe('consent_required')
  })

  test('is in her list with the number of questions since, and one press ends it', async () => {
    await silenced(her.browser)
    await lead(her.browser)
    await lead(her.browser, loan)
    const page = await her.browser.get('/mes-partages')
    expect(page.body).toContain('Ce qu’on ne vous demande plus')
    expect(page.body).toContain('Demandé 2 fois depuis')
    const [line] = await linesOf(her.browser)
    if (line === undefined) throw new Error('nothing is in her list')
    await Promise.all([1, 2, 3].map(() => her.browser.post(line.action, line.fields)))
    expect(await linesOf(her.browser)).toEqual([])
    // Within thirty days of her no: the short page again.
    expect(isReminder(await lead(her.browser))).toBe(true)
  })

  test('is one event in her chain, and so is its end; the chain agrees with the answers given for her', async () => {
    const page = await lead(her.browser)
    const again = await lead(her.browser)
    await Promise.all([press(her.browser, page, 'silence'), press(her.browser, again, 'silence')])
    const rows: { personId: string }[] = await stage
      .db('silencedQuestion')
      .orderBy('silencedAt', 'desc')
      .limit(1)
    const personId = rows[0]?.personId ?? ''
    expect(await stage.db('silencedQuestion').where({ personId })).toHaveLength(1)
    await expectTold(personId, 1)
    const [line] = await linesOf(her.browser)
    await Promise.all([1, 2].map(() => her.browser.post(line?.action ?? '', line?.fields ?? {})))
    const events = await expectTold(personId, 0)
    const about = events.filter(({ kind }) => kind.startsWith('question.'))
    expect(about.map(({ kind }) => kind)).toEqual(['question.silenced', 'question.reopened'])
    for (const { payload } of about) expect(schemaProblems(payload ?? {})).toEqual([])
    expect(about[0]?.payload?.['silence_id']).toBe(about[1]?.payload?.['silence_id'])
    expect(about[0]?.payload).toMatchObject({
      recipient: 'org_aide-etudes',
      holder: 'org_agence-revenu',
    })
    const lines = await her.browser.get('/activite')
    expect(lines.body).toContain('Une question ne vous est plus posée')
  })

  test('stops no sharing: an existing consent still gives its token without a question', async () => {
    const shared = await shareAsNewcomer(stage, family)
    const asked = await ask(stage, shared.browser, loan)
    await answer(asked, 'refus')
    await press(shared.browser, await lead(shared.browser, loan), 'silence')
    const allowed = callbackOf(await lead(shared.browser, family))
    expect(allowed.searchParams.has('code')).toBe(true)
    const both = await stage.aid.begin(askingAll(family, loan))
    const callback = callbackOf(await shared.browser.follow(both.url))
    const tokens = json(await stage.aid.redeem(codeOf(callback), both))
    expect((tokens['authorization_details'] as Json[]).map(({ purpose }) => purpose)).toEqual([
      'pur_calcul-aide@1',
    ])
  })

  test('does not change a plain sign-in or a notice of the law', async () => {
    await silenced(her.browser)
    const plain = await stage.aid.begin()
    expect(callbackOf(await her.browser.follow(plain.url)).searchParams.has('code')).toBe(true)
    const recipient = { recipient_org_id: 'org_aide-etudes' }
    await stage.apply(
      { of: 'pur_verification-loyer', as: 'pur_par-la-loi', set: recipient },
      {
        of: 'agr_2026-014',
        as: 'agr_2026-096',
        set: { ...recipient, purposes: ['pur_par-la-loi@1'] },
      },
    )
    const law = { agreement: 'agr_2026-096', purpose: 'pur_par-la-loi', ...income }
    expect((await lead(her.browser, law)).body).toContain('La loi permet à ')
  })

  test('can be set and ended by the person only', async () => {
    const page = await lead(her.browser)
    const path = `${new URL(page.url).pathname}/rappel`
    const { fields } = formOf(page)
    const other = (await signUp(stage, stage.services.library)).browser
    for (const deed of ['refus', 'question', 'silence']) {
      expect((await her.browser.post(`${path}/${deed}`, {})).status).toBe(403)
      expect((await other.post(`${path}/${deed}`, fields)).status).toBe(404)
      expect((await makeBrowser(stage).post(`${path}/${deed}`, fields)).status).toBe(404)
    }
    expect(isReminder(await her.browser.get(page.url))).toBe(true)
    await press(her.browser, page, 'silence')
    const [line] = await linesOf(her.browser)
    const own = formsOf(await other.get('/mes-partages'))[0]?.fields ?? {}
    expect((await other.post(line?.action ?? '', own)).status).not.toBe(200)
    expect((await her.browser.post(line?.action ?? '', {})).status).toBe(403)
    expect(await linesOf(her.browser)).toHaveLength(1)
  })
})

test('the numbers of refusals and repeated questions of each body are published by month, without any person', async () => {
  const read = async () => {
    const answered = await makeBrowser(stage).get('/transparence/refus')
    return json(answered)['months'] as { organisations: Json[] }[]
  }
  for (let n = 0; n < 10; n++) {
    const page = await lead(her.browser)
    await her.browser.get(page.url)
  }
  const rows = await stage.db('askedAgain')
  expect(Object.keys(rows[0] as object)).not.toContain('personId')
  await pass(stage.db, { days: 42 })
  const found = (await read()).flatMap(({ organisations }) => organisations)
  expect(found.map(({ organisation }) => organisation)).toContain('org_aide-etudes')
  for (const { refused, asked_again: again } of found)
    for (const figure of [refused, again]) expect(figure).toMatch(/^(<10|\d*[05])$/)
})
