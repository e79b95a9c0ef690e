import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { postAndFollow } from '../../support/broker.ts'
import { formOf } from '../../support/browser.ts'
import { check } from '../../../public/js/verifier.js'
import { publicKeys } from '../../../src/base/keys/jws.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { checkReceipt, signedWords } from '../../../src/consent/record/receipts/receipt-check.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { claimsIn, newestReceipt, receiptProblems, receiptsOn } from '../../support/receipts.ts'
import { signatureFor } from '../../support/signing.ts'
import { counts } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Load } from '../../support/sharing-load.ts'
import { at, currentRow, openLoad, uuidOf, wholeTimeline } from '../../support/sharing-load.ts'
import type { Decision, Shared, Stage } from '../../support/sharing.ts'
import {
  ask,
  decide,
  evaluation,
  holderToken,
  reportOf,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'
import { choose, confirm, consentOf, pathOf, press } from './living.ts'

// « Envoyer moins, ou moins longtemps »: at once, never wider, and what was used stays used (I17, I18).

const dependants = 'cat_personnes-a-charge'
const required = ['cat_revenu-net', 'cat_situation-familiale']
const tables = ['consentRecord', 'consentCurrent', 'ledgerEvent', 'presentation', 'consentRequest']
const nothing = { status: 'nil', categories: [], record_count: 0, result: 'not_found' }

let stage: Stage
let load: Load
let tokens: { readonly decide: string; readonly report: string }

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
  }
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

function soon(): string {
  return dayAfter(dayOf(new Date()), 'P1M')
}

function asks({ sub }: Shared, categories: readonly string[] = required): Promise<Decision> {
  return decide(stage, tokens.decide, evaluation(sub, { categories }))
}

async function nil(permit: Decision): Promise<void> {
  const occurredAt = { occurred_at: permit.context['evaluated_at'] }
  const body = reportOf(permit, { ...nothing, ...occurredAt })
  expect((await stage.revenue.api('/disclosures', tokens.report, body)).status).toBe(201)
}

/** @returns the narrower consent, whose page it is */
async function narrowed(
  { browser, consentId }: Shared,
  choice: Parameters<typeof choose>[2],
): Promise<string> {
  const after = await confirm(browser, await choose(browser, consentId, choice))
  expect(after.body).toContain('C’est fait.')
  return consentOf(after)
}

function recordOf(consentId: string) {
  return load
    .db('consentRecord')
    .where({ consentId: uuidOf(consentId) })
    .first()
}

test('narrowing by a category and some months counts at once for decisions and tokens, and changes nothing else', async () => {
  const shared = await shareAsNewcomer(stage, {}, [dependants])
  expect((await asks(shared, [dependants])).decision).toBe(true)
  const before = await currentRow(load, shared.consentId)

  const consentId = await narrowed(shared, { fin: soon() })

  expect(await asks(shared, [dependants])).toMatchObject({
    decision: false,
    context: { reason_codes: ['CATEGORY_NOT_COVERED'] },
  })
  expect(await asks(shared)).toMatchObject({
    decision: true,
    context: { consent_id: consentId, uses_left: 2 },
  })
  const seen = json(await stage.revenue.introspect(shared.accessToken))
  expect(seen['authorization_details']).toMatchObject([
    { consent_id: consentId, datatypes: required },
  ])
  const renewed = json(await stage.aid.refresh(String(shared.tokens['refresh_token'])))
  expect(renewed['authorization_details']).toMatchObject([
    { arrangement: shared.detail['arrangement'], datatypes: required, declined: [dependants] },
  ])
  const after = await currentRow(load, consentId)
  expect(after).toMatchObject({
    state: 'active',
    arrangementId: before.arrangementId,
    validFrom: before.validFrom,
    frequencyCount: before.frequencyCount,
    uses: 2,
    windowUses: 2,
  })
  expect(await currentRow(load, shared.consentId)).toMatchObject({ state: 'superseded', uses: 1 })
  expect(await recordOf(consentId)).toMatchObject({
    versionInArrangement: 2,
    supersedesConsentId: uuidOf(shared.consentId),
    validUntilLocal: expect.anything(),
  })
  // What she declined is not asked again.
  expect((await ask(stage, shared.browser)).page.location).toContain('code=')
})

test('a confirmed narrowing is stored as it was shown, with its events', async () => {
  const shared = await shareAsNewcomer(stage, {}, [dependants])
  const page = await choose(shared.browser, shared.consentId, { fin: soon() })
  const after = await confirm(shared.browser, page)

  const record = await recordOf(consentOf(after))
  const shown = await load
    .db('presentation')
    .join('renderedPage', 'renderedPage.sha256', 'presentation.renderedSha256')
    .where({ presentationId: record.presentationId })
    .first()
  expect(shown.html).toMatch(
    /Ce que ce partage ne permet plus[^]*personnes à charge[^]*L’Aide aux études/i,
  )
  expect(page.body).toContain(shown.html)
  const first = await load
    .db('presentation')
    .where({ presentationId: (await recordOf(shared.consentId)).presentationId })
    .first()
  expect(shown).toMatchObject({ text: first.text, canonicalSha256: first.canonicalSha256 })
  const events = (await wholeTimeline(load, record.personId)).slice(-3)
  expect(events.map(({ kind }) => kind)).toEqual([
    'consent.presented',
    'consent.superseded',
    'consent.granted',
  ])
  expect(events.flatMap(({ payload }) => schemaProblems(payload))).toEqual([])
  expect(at(events, 2).payload).toMatchObject({
    narrowed_from: shared.consentId,
    categories_granted: required,
    categories_declined: [dependants],
    valid_until_local: soon(),
  })
  expect(await verifyTimeline(load.db, load.vault, record.personId)).toMatchObject({ holds: true })
})

test('a use given back after a narrowing is given back once to both records', async () => {
  const shared = await shareAsNewcomer(stage, {}, [dependants])
  const permits = [await asks(shared), await asks(shared), await asks(shared)]
  const second = await narrowed(shared, { keep: [dependants], fin: soon() })
  const third = await narrowed({ ...shared, consentId: second }, {})
  permits.push(await asks(shared))
  expect((await asks(shared)).context['reason_codes']).toEqual(['FREQUENCY_EXCEEDED'])

  await nil(at(permits, 0))

  for (const [consentId, uses] of [
    [shared.consentId, 2],
    [second, 2],
    [third, 3],
  ] as const)
    expect(await currentRow(load, consentId)).toMatchObject({ uses, windowUses: uses })
  await nil(at(permits, 3))
  expect(await currentRow(load, second)).toMatchObject({ uses: 2, windowUses: 2 })
  expect(await currentRow(load, third)).toMatchObject({ uses: 2, windowUses: 2 })
  for (const expected of [true, true, false]) expect((await asks(shared)).decision).toBe(expected)
})

test('a paused sharing is narrowed and stays paused', async () => {
  const shared = await shareAsNewcomer(stage, {}, [dependants])
  await press(shared.browser, shared.consentId, 'pause')

  const consentId = await narrowed(shared, {})

  expect((await asks(shared)).context['reason_codes']).toEqual(['CONSENT_SUSPENDED'])
  expect(json(await stage.revenue.introspect(shared.accessToken))).toEqual({ active: false })
  // Both refused tries are told of the sharing as it is now, and for the reason that holds now.
  const told = await stage.db('decision').where({ consentId: uuidOf(consentId) })
  expect(told).toMatchObject([{ outcome: 'deny', reasonCode: 'CONSENT_SUSPENDED', times: 2 }])
  await press(shared.browser, consentId, 'reprise')
  expect((await asks(shared)).decision).toBe(true)
  expect((await asks(shared, [dependants])).decision).toBe(false)
})

describe('a narrowing can never widen', () => {
  test.each<[string, (page: Chosen) => { fin?: string; keep?: readonly string[] }]>([
    ['a later last day', ({ last }) => ({ fin: dayAfter(last, 'P1D') })],
    ['a day that is over', ({ today }) => ({ fin: dayAfter(today, 'P1D').replace(/^20/, '19') })],
    ['yesterday', ({ today }) => ({ fin: dayBefore(today) })],
    ['no day', () => ({ fin: '2027-02-30' })],
    ['half a day', () => ({ fin: '2027-01' })],
    ['an attack', () => ({ fin: "2027-01-01' or 1=1" })],
    ['a category that was declined', () => ({ keep: [dependants] })],
    ['a category of nobody', () => ({ keep: ['cat_inconnue'] })],
    ['a required category among the optional ones', () => ({ keep: ['cat_revenu-net'] })],
    ['what it is already', () => ({})],
  ])('%s is refused, and nothing is recorded', async (_, choice) => {
    const shared = await shareAsNewcomer(stage)
    const before = await counts(stage, tables)
    const now = { today: dayOf(new Date()), last: await lastDayOf(shared) }

    const page = await choose(shared.browser, shared.consentId, choice(now))

    expect(page.status).toBe(400)
    expect(page.body).toContain('role="alert"')
    const { fin, keep = [] } = choice(now)
    const query = new URLSearchParams({ fin: fin ?? now.last })
    for (const category of keep) query.append('garder', category)
    const direct = await shared.browser.get(
      `${pathOf(shared.consentId)}/reduction?${query.toString()}`,
    )
    expect(direct.status).toBe(400)
    expect(await counts(stage, tables)).toEqual(before)
  })

  test('after a wrong day the form has it as it was typed, with the other choices', async () => {
    const shared = await shareAsNewcomer(stage, {}, [dependants])
    const page = await choose(shared.browser, shared.consentId, { fin: '2027-2-31', fois: '3' })
    const typed = { until_day: '31', until_month: '2', until_year: '2027', fois: '3' }
    expect(formOf(page).fields).toMatchObject(typed)
    expect(formOf(page).fields).not.toHaveProperty('garder')
    expect(page.body).toContain('aria-describedby="until-hint until-error"')
    expect(page.body).toContain('<a href="#until_day">')
    // The address of a form has no page of its own: in large type it is read where it stands.
    expect(page.body).toContain(`href="${pathOf(shared.consentId)}/reduction?gros=1"`)
  })

  test('a page opened before another narrowing confirms nothing', async () => {
    const shared = await shareAsNewcomer(stage, {}, [dependants])
    const wide = await choose(shared.browser, shared.consentId, { fin: soon(), keep: [dependants] })
    await narrowed(shared, {})
    const before = await counts(stage, tables)
    expect((await confirm(shared.browser, wide)).status).toBe(409)
    expect(await counts(stage, tables)).toEqual(before)
    expect((await asks(shared, [dependants])).decision).toBe(false)
  })

  test('a presentation of another person or request confirms nothing', async () => {
    const shared = await shareAsNewcomer(stage, {}, [dependants])
    const other = await shareAsNewcomer(stage, {}, [dependants])
    const page = formOf(await choose(shared.browser, shared.consentId, {}))
    const hers = formOf(await choose(other.browser, other.consentId, {}))
    const first = (await recordOf(shared.consentId)).presentationId as string
    const before = await counts(stage, tables)
    for (const presentation of [hers.fields['presentation'] ?? '', first, 'pre_1'])
      expect([400, 404]).toContain(
        (await shared.browser.post(page.action, { ...page.fields, presentation })).status,
      )
    expect(await counts(stage, tables)).toEqual(before)
  })
})

test('a second press on « Confirmer » leads to the same sharing', async () => {
  const shared = await shareAsNewcomer(stage, {}, [dependants])
  const page = await choose(shared.browser, shared.consentId, {})
  const first = await confirm(shared.browser, page)
  const before = await counts(stage, tables)
  expect(consentOf(await confirm(shared.browser, page))).toBe(consentOf(first))
  expect(await counts(stage, tables)).toEqual(before)
})

test('the same choice gives the same presentation, and the number of different ones is limited', async () => {
  const shared = await shareAsNewcomer(stage, {}, [dependants])
  const pages = [
    await choose(shared.browser, shared.consentId, { fin: soon() }),
    await choose(shared.browser, shared.consentId, { fin: soon() }),
  ].map((page) => formOf(page).fields['presentation'] ?? '')
  expect(readId('pre', pages[0] ?? '')).toBeDefined()
  expect(new Set(pages).size).toBe(1)
  const days = Array.from({ length: 50 }, (_, i) => dayAfter(dayOf(new Date()), `P${i + 1}D`))
  const statuses: number[] = []
  for (const day of days)
    statuses.push(
      (await shared.browser.get(`${pathOf(shared.consentId)}/reduction?fin=${day}`)).status,
    )
  expect(statuses.filter((status) => status === 200)).toHaveLength(40)
  expect(statuses.at(-1)).toBe(429)
})

test('an English narrowing is shown and stored in English', async () => {
  const shared = await shareAsNewcomer(stage, {}, [dependants])
  const { browser, consentId } = shared
  const path = `/en${pathOf(consentId)}/reduction?fin=${soon()}`
  // The notice of the Charter comes first.
  const notice = formOf(await browser.follow(path))
  const page = await postAndFollow(browser, notice.action, notice.fields)
  expect(page.body).toContain('What this sharing no longer allows')

  const after = await confirm(browser, page)

  expect(after.url).toContain('/en/mes-partages/')
  expect(after.body).toContain('This is the sharing as it is now.')
  const { presentationId } = await recordOf(consentOf(after))
  const [shown] = await load.db('presentation').where({ presentationId })
  expect(shown).toMatchObject({ lang: 'en-CA', grantLabel: 'Confirm' })
})

type Chosen = { readonly today: string; readonly last: string }

async function lastDayOf({ consentId }: Shared): Promise<string> {
  const { validUntil } = await recordOf(consentId)
  return dayOf(new Date(validUntil.getTime() - 1))
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) - 24 * 3600 * 1000).toISOString().slice(0, 10)
}

describe('a lower frequency', () => {
  test('counts at once in the present window, with the uses so far', async () => {
    const shared = await shareAsNewcomer(stage)
    const permits = [await asks(shared), await asks(shared), await asks(shared)]
    expect(permits.map(({ decision }) => decision)).toEqual([true, true, true])
    const page = await choose(shared.browser, shared.consentId, { fois: '2' })
    expect(page.body).toContain('au plus 2 fois par an, au lieu de 4')
    expect(page.body).toContain('3 fois sont déjà comptées.')
    shared.browser.take({ name: 'attested', path: '/', value: 'yes' })
    const { pathname, search } = new URL(page.url)
    const english = await shared.browser.get(`/en${pathname}${search}`)
    expect(english.body).toContain('at most 2 times per year, instead of 4')
    expect(english.body).toContain('3 times are already counted.')
    expect(page.body).toMatch(/Au plus\s*<strong>2<\/strong>\s*fois par an/)
    const after = consentOf(await confirm(shared.browser, page))

    const reason = async () => {
      const { decision, context } = await asks(shared)
      return decision ? 'permit' : context['reason_codes']
    }
    expect(await reason()).toEqual(['FREQUENCY_EXCEEDED'])
    const row = () =>
      load
        .db('consentCurrent')
        .where({ consentId: uuidOf(after) })
        .first()
    expect(await row()).toMatchObject({ frequencyCount: 2, uses: 3, windowUses: 3 })
    // Nor could a use beyond it be written, whoever decided it.
    const { personId } = await recordOf(after)
    const beyond = load.db.raw(
      `select use_consents(array[json_build_object('person_id', person_id, 'consent_id', consent_id, 'last_use_at', now() + clock_offset(),
         'state_seq', state_seq + 1, 'uses', uses + 1, 'window_uses', window_uses + 1)])
       from consent_current where person_id = :personId and consent_id = :id`,
      { personId, id: uuidOf(after) },
    )
    await expect(beyond).rejects.toThrow('a consent changed under its head')
    const record = await recordOf(after)
    expect(record).toMatchObject({ frequencyCount: 2, frequencyPer: 'P1Y' })
    // Three were sent where two are allowed: one given back leaves none.
    await nil(permits[0] as Decision)
    expect(await reason()).toEqual(['FREQUENCY_EXCEEDED'])
    await nil(permits[1] as Decision)
    expect(await reason()).toBe('permit')
    expect(await reason()).toEqual(['FREQUENCY_EXCEEDED'])
    const events = (await wholeTimeline(load, record.personId)).map(({ payload }) => payload)
    expect(
      events.find(
        (payload) => payload?.['consent_id'] === after && payload['kind'] === 'consent.granted',
      ),
    ).toMatchObject({
      frequency_limit: { count: 2, per: 'P1Y' },
      narrowed_from: shared.consentId,
    })
  })

  test.each(['5', '0', '-1', '1.5', '', 'deux', '1e9'])('cannot be %j', async (fois) => {
    const shared = await shareAsNewcomer(stage)
    const before = await counts(stage, tables)
    const page = await choose(shared.browser, shared.consentId, { fois, fin: soon() })
    expect(page.status).toBe(400)
    expect(page.body).toContain('Choisissez un nombre entier, de 1 au nombre actuel.')
    expect(page.body).toMatch(/name="fois"[^>]*aria-invalid="true"/)
    expect(formOf(page).fields).toMatchObject({ fois })
    // Past the form, at the page of the result, it is no number either.
    const path = `${pathOf(shared.consentId)}/reduction?fin=${soon()}&fois=${encodeURIComponent(fois)}`
    expect((await shared.browser.get(path)).status).toBe(400)
    expect(await counts(stage, tables)).toEqual(before)
  })

  test('is neither offered nor accepted where there is no limit', async () => {
    const shared = await shareAsNewcomer(stage)
    await load
      .db('consentCurrent')
      .where({ consentId: uuidOf(shared.consentId) })
      .update({ frequencyCount: null, frequencyPer: null })
    const page = await shared.browser.get(`${pathOf(shared.consentId)}/reduction`)
    expect(page.body).not.toContain('name="fois"')
    const sent = await choose(shared.browser, shared.consentId, { fois: '1', fin: soon() })
    expect(sent.status).toBe(400)
  })
})

async function narrower() {
  const shared = await shareAsNewcomer(stage, {}, [dependants])
  const page = await choose(shared.browser, shared.consentId, { fin: soon() })
  return { shared, page, form: formOf(page) }
}

describe('signed by her key', () => {
  test('a narrowing is signed, and its receipt holds; the same signature narrows nothing else', async () => {
    const { shared, page, form } = await narrower()
    const wider = await choose(shared.browser, shared.consentId, {
      keep: [dependants],
      fin: soon(),
    })
    const other = signatureFor(wider, shared.authenticator, { choice: 'granted' })
    const refused = { ...form.fields, credential: other }
    expect((await shared.browser.post(form.action, refused)).status).toBe(400)
    const credential = signatureFor(page, shared.authenticator, { choice: 'granted' })
    const sent = await shared.browser.post(form.action, { ...form.fields, credential })
    expect(sent.status).toBe(303)
    const made = /con_\w{26}/.exec(sent.location ?? '')?.[0] ?? ''
    const jwt = await newestReceipt(shared.browser, made)
    const published = publicKeys(await openKeys(stage.keysDir))
    const checked = await checkReceipt(jwt, published)
    expect(checked.holds && checked.says.join(' ')).toContain('A passkey signed this answer')
    const steps = await check(jwt, '', { keys: published.keys, policy: '' })
    expect(steps.filter(({ holds }) => !holds)).toEqual([])
    expect(receiptProblems(claimsIn(jwt))).toEqual([])
    const { payload } = claimsIn(jwt).ledger
    expect(schemaProblems(JSON.parse(payload))).toEqual([])
    expect(JSON.parse(payload)).toMatchObject({
      narrowed_from: shared.consentId,
      signed: { text: 2 },
    })
    expect(signedWords(jwt)).toContain(`  Remplace: ${shared.consentId}`)
    // The words of its buttons stand in what she signed.
    const [path = ''] = await receiptsOn(shared.browser, made)
    expect((await shared.browser.get(`${path}/page`)).body).toContain('Les deux boutons')
  })

  test('without her key she narrows all the same, also where a yes would need it', async () => {
    const shared = await shareAsNewcomer(stage, {}, [dependants])
    const wide = await choose(shared.browser, shared.consentId, { keep: [dependants], fin: soon() })
    const credential = signatureFor(wide, shared.authenticator, { choice: 'granted' })
    const first = formOf(wide)
    await shared.browser.post(first.action, { ...first.fields, credential })
    const [path] = (await shared.browser.get('/mes-partages')).body.match(/con_\w{26}/) ?? []
    // Nor can she, where it does not count any more.
    const { credentialId } = shared.authenticator
    await stage.db('passkeys').where({ credentialId }).update({ suspendedAt: new Date() })
    const page = await choose(shared.browser, path ?? '', { fin: soon() })
    expect(page.body).not.toContain('data-sign')
    const form = formOf(page)
    const sent = await shared.browser.post(form.action, form.fields)
    expect(sent.status).toBe(303)
    const made = /con_\w{26}/.exec(sent.location ?? '')?.[0] ?? ''
    const { payload } = claimsIn(await newestReceipt(shared.browser, made)).ledger
    expect(JSON.parse(payload)).toMatchObject({ signed: null })
  })
})
