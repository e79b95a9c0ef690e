import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayOf } from '../../../src/base/values/calendar.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { reseal } from '../../support/resealed.ts'
import { vaultOf } from '../../support/law.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import { callbackOf, postAndFollow } from '../../support/broker.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Json, Shared } from '../../support/sharing.ts'
import {
  answer,
  ask,
  asking,
  decide,
  evaluation,
  holderToken,
  press,
  redeem,
  shareAsNewcomer,
  stop,
} from '../../support/sharing.ts'
import { signedWords } from '../../../src/consent/record/receipts/receipt-check.ts'
import { differencesOf } from '../../support/fold.ts'
import { answerBy, lastReceipt } from '../../support/signed-answers.ts'
import { askAll, decideOn, goOn, loan, sendAll } from '../../support/together.ts'
import { untyped } from '../../support/database.ts'

// A service asks to change or renew what a person allowed: she sees what changes, a yes goes on in the same arrangement, and a
// no leaves it as it was (I4, I17, I18).

const [soon, later] = [dayIn(40), dayIn(90)]
const less = { datatypes: ['cat_revenu-net'], optional_datatypes: undefined }
const both = ['cat_revenu-net', 'cat_situation-familiale']

let stage: MovingStage
beforeAll(async () => {
  stage = await startMovingStage()
})
afterAll(() => stage.stop())

function dayIn(days: number): string {
  return dayOf(new Date(Date.now() + days * 86_400_000))
}

function first(change: Json = {}): Promise<Shared> {
  return shareAsNewcomer(stage, { duration: { until: soon }, ...change })
}

function change(shared: Shared, more: Json = {}) {
  const arrangement = shared.detail['arrangement']
  return ask(stage, shared.browser, { arrangement, duration: { until: later }, ...more })
}

async function allowed(shared: Shared, asked: Awaited<ReturnType<typeof change>>): Promise<Shared> {
  return redeem(stage, asked, await answer(asked, 'autorisation')).then((after) => ({
    ...after,
    browser: shared.browser,
  }))
}

async function stateOf({ consentId }: Pick<Shared, 'consentId'>): Promise<Json> {
  return stage
    .db('consentCurrent')
    .where({ consentId: readId('con', consentId) })
    .first()
}

async function permits({ sub }: Shared, more: Parameters<typeof evaluation>[1] = {}) {
  return (await decide(stage, await holderToken(stage, 'decide'), evaluation(sub, more))).decision
}

function isChange({ body }: Answer): boolean {
  return body.includes('Ce qui change')
}

test('a renewal shows the new last day and the old one, and continues the arrangement', async () => {
  const shared = await first()
  expect(await permits(shared)).toBe(true)

  const asked = await change(shared)
  expect(asked.page.body).toContain('Acceptez-vous que le partage de l’Agence du revenu')
  expect(asked.page.body).toMatch(/Jusqu’au [^<(]+ \(avant\s: [^<)]+\)/)
  const renewed = await allowed(shared, asked)

  expect(renewed.detail['arrangement']).toBe(shared.detail['arrangement'])
  expect(renewed.consentId).not.toBe(shared.consentId)
  expect(await stateOf(shared)).toMatchObject({ state: 'superseded', uses: 1 })
  // A new grant begins new uses: what was used of the old one is not carried over.
  expect(await stateOf(renewed)).toMatchObject({ state: 'active', uses: 0 })
  const record: Json = await stage
    .db('consentRecord')
    .where({ consentId: readId('con', renewed.consentId) })
    .first('*', stage.db.raw('valid_until_local::text as last_day'))
  expect(record).toMatchObject({
    versionInArrangement: 2,
    supersedesConsentId: readId('con', shared.consentId),
    lastDay: later,
  })
  // The tokens of before stand for the arrangement: they go on.
  const refreshed = json(await stage.aid.refresh(String(shared.tokens['refresh_token'])))
  expect(refreshed['authorization_details']).toMatchObject([{ consent_id: renewed.consentId }])
})

test('a refused change leaves the consent as it was, and the page says so', async () => {
  const shared = await first()
  const asked = await change(shared)
  const answered = await press(asked, 'refus')
  expect(answered.body).toContain('Vous avez refusé ce changement')
  expect(answered.body).toContain('continue comme avant')
  const { action, fields } = formOf(answered)
  const callback = callbackOf(await postAndFollow(shared.browser, action, fields))
  expect(callback.searchParams.get('error')).toBe('access_denied')
  expect(await stateOf(shared)).toMatchObject({ state: 'active' })
  expect(await permits(shared)).toBe(true)
  expect((await stage.aid.refresh(String(shared.tokens['refresh_token']))).status).toBe(200)
})

test('a change that her key signs names the sharing that it changes, and so does its no', async () => {
  for (const deed of ['refus', 'autorisation'] as const) {
    const shared = await shareAsNewcomer(stage, { duration: { until: soon } })
    const { browser, consentId, authenticator } = shared
    const { personId }: { personId: string } = await stage
      .db('consentRecord')
      .where({ consentId: readId('con', consentId) })
      .first('personId')
    expect((await answerBy(await change(shared), deed, authenticator)).status).toBe(303)
    const vault = await vaultOf(stage)
    const { jwt } = await lastReceipt(stage, vault, { browser, personId })
    expect(signedWords(jwt)).toContain(`  Replaces: ${consentId}`)
    expect(await differencesOf({ db: stage.db, vault }, personId)).toEqual([])
  }
})

test('a change that changes nothing is not asked', async () => {
  const shared = await first()
  for (const more of [{ duration: { until: soon } }, { duration: { until: dayIn(20) } }]) {
    const asked = await change(shared, more)
    const again = await redeem(stage, asked, callbackOf(asked.page))
    expect(again.consentId).toBe(shared.consentId)
  }
})

test('a renewal until an earlier day than asked is in the token', async () => {
  const shared = await first()
  const asked = await change(shared)
  const { fields } = formOf(asked.page)
  const body = { ...fields, until: dayIn(60) }
  const answered = await postAndFollow(shared.browser, `${asked.page.url}/autorisation`, body)
  const { action, fields: on } = formOf(answered)
  const callback = callbackOf(await postAndFollow(shared.browser, action, on))
  const renewed = await redeem(stage, asked, callback)
  expect(renewed.detail['arrangement']).toBe(shared.detail['arrangement'])
})

test('a used-up consent continues its arrangement by a change, with new uses', async () => {
  const shared = await first()
  const used = { consentId: readId('con', shared.consentId) }
  await stage.db('consentCurrent').where(used).update({ maxUses: 1, uses: 1 })
  await reseal(stage.db, await vaultOf(stage), used.consentId)
  const asked = await change(shared)
  expect(isChange(asked.page)).toBe(true)
  const after = await allowed(shared, asked)
  expect(after.detail['arrangement']).toBe(shared.detail['arrangement'])
  expect(await stateOf(after)).toMatchObject({ state: 'active', uses: 0 })
})

test('a category more is marked as new, and allowed only by a yes', async () => {
  const shared = await first(less)
  const family = { categories: ['cat_situation-familiale'] }
  expect(await permits(shared, family)).toBe(false)
  const asked = await change(shared, { datatypes: both, duration: { until: soon } })
  expect(asked.page.body).toMatch(/Nouveau renseignement\s: /)
  expect(asked.page.body.match(/class="tag">Nouveau/g)?.length).toBeGreaterThanOrEqual(2)
  expect(asked.page.body).not.toContain('(avant')
  expect(await permits(shared, family)).toBe(false)
  const wider = await allowed(shared, asked)
  expect(wider.detail).toMatchObject({ datatypes: both, arrangement: shared.detail['arrangement'] })
  expect(await permits(wider, family)).toBe(true)
})

test('the page also says which categories are no longer sent, and the new frequency', async () => {
  const shared = await first({ frequency: { count: 2, per: 'P1Y' } })
  const { page } = await change(shared, { ...less, frequency: { count: 3, per: 'P1Y' } })
  expect(page.body).toMatch(/Ne sera plus envoyé\s: situation familiale/)
  expect(page.body).toMatch(
    /Combien de fois\s: au plus 3 fois par an \(avant\s: au plus 2 fois par an\)/,
  )
})

describe('a request that names a foreign or unknown arrangement', () => {
  test('is treated as if it named none', async () => {
    const [shared, other] = [await first(), await first()]
    const names = [
      other.detail['arrangement'],
      'arr_01JD9ZHXQ2M8N4B7K5T1C0W3RF',
      shared.consentId.replace('con', 'arr'),
    ]
    const pages: string[] = []
    for (const arrangement of [undefined, ...names]) {
      const pushed = await stage.aid.push(asking({ ...less, datatypes: both, arrangement }))
      expect(pushed.status).toBe(201)
      // Allowed as it is: named or not, there is nothing to ask.
      const asked = await ask(stage, shared.browser, { arrangement, duration: { until: later } })
      expect((await redeem(stage, asked, callbackOf(asked.page))).consentId).toBe(shared.consentId)
      await stop(shared.browser, shared.consentId)
      const { page } = await ask(stage, shared.browser, { arrangement })
      expect(isChange(page)).toBe(false)
      pages.push(page.body.replaceAll(/(?:value|data-sign)="[^"]*"|demande\/[\w-]+/g, ''))
      const again = await ask(stage, shared.browser, { duration: { until: soon } })
      Object.assign(shared, await allowed(shared, again))
    }
    expect(new Set(pages).size).toBe(1)
  })

  test('is refused at the push if the name is malformed', async () => {
    for (const arrangement of ['', 'arr_1', 'con_01JD9ZHXQ2M8N4B7K5T1C0W3RF', 7]) {
      const { status, body } = await stage.aid.push(asking({ arrangement }))
      expect([arrangement, status, body]).toEqual([
        arrangement,
        400,
        expect.stringContaining('arrangement: '),
      ])
    }
  })

  test('is treated as a new question if data or purpose differ', async () => {
    const shared = await first()
    const { page } = await change(shared, { ...loan, optional_datatypes: undefined })
    expect([page.status, isChange(page)]).toEqual([200, false])
  })

  test('begins a new arrangement if she stopped the old one', async () => {
    const shared = await first()
    await stop(shared.browser, shared.consentId)
    const asked = await change(shared)
    expect(isChange(asked.page)).toBe(false)
    const anew = await allowed(shared, asked)
    expect(anew.detail['arrangement']).not.toBe(shared.detail['arrangement'])
    expect((await stage.aid.refresh(String(shared.tokens['refresh_token']))).status).toBe(400)
  })
})

describe('while the page of a change is open', () => {
  test('she stops the sharing: a yes shows the page again as a new question, and records nothing', async () => {
    const shared = await first()
    const asked = await change(shared)
    await stop(shared.browser, shared.consentId)
    const before = await counts(stage, ['consentRecord', 'consentCurrent'])

    const stale = await press(asked, 'autorisation')

    expect([stale.status, isChange(stale)]).toEqual([409, false])
    expect(await counts(stage, ['consentRecord', 'consentCurrent'])).toEqual(before)
    const callback = await answer(
      { ...asked, page: { ...stale, url: asked.page.url } },
      'autorisation',
    )
    const anew = await redeem(stage, asked, callback)
    expect(anew.detail['arrangement']).not.toBe(shared.detail['arrangement'])
    expect(await stateOf(shared)).toMatchObject({ state: 'revoked' })
  })

  test('she answers another change: the page is shown again with the present state', async () => {
    const shared = await first()
    const [asked, other] = [
      await change(shared),
      await change(shared, { duration: { until: dayIn(50) } }),
    ]
    await press(other, 'autorisation')
    const stale = await press(asked, 'autorisation')
    expect([stale.status, isChange(stale)]).toEqual([409, true])
    const page = { ...stale, url: asked.page.url }
    expect((await press({ ...asked, page }, 'autorisation')).status).toBe(200)
    const rows = await untyped(stage.db)('consentCurrent').where({
      arrangementId: (await stateOf(shared))['arrangementId'],
    })
    expect(rows.filter(({ state }) => state === 'active')).toHaveLength(1)
    expect(rows).toHaveLength(3)
  })

  test('she stops the sharing: a no refuses a new sharing, and changes nothing else', async () => {
    const shared = await first()
    const asked = await change(shared)
    await stop(shared.browser, shared.consentId)
    const { body } = await press(asked, 'refus')
    expect(body).toContain('Vous avez refusé ce changement')
    expect(body).toMatch(/Ce partage ne permettra aucun envoi\.[^]*Ce que vous refusez/)
    expect(body).not.toContain('Ce qui continue')
  })
})

test('among several items, she stops the sharing before sending: its item is shown again', async () => {
  const shared = await first()
  const arrangement = shared.detail['arrangement']
  const asked = await askAll(stage, shared.browser, [
    { arrangement, duration: { until: later } },
    loan,
  ])
  expect(isChange(asked.page)).toBe(true)
  const second = await decideOn(shared.browser, asked.page, 'autorisation')
  const check = await decideOn(shared.browser, second, 'autorisation')
  await stop(shared.browser, shared.consentId)
  const before = await counts(stage, ['consentRecord'])
  const again = await sendAll(shared.browser, check)
  expect([again.url, isChange(again)]).toEqual([asked.page.url, false])
  expect(await counts(stage, ['consentRecord'])).toEqual(before)
  const anew = await sendAll(shared.browser, await decideOn(shared.browser, again, 'autorisation'))
  const { status, body } = await stage.aid.redeem(
    (await goOn(shared.browser, anew)).searchParams.get('code') ?? '',
    asked.errand,
  )
  expect([
    status,
    (JSON.parse(body) as { authorization_details: unknown[] }).authorization_details,
  ]).toMatchObject([200, [{}, {}]])
})

test('among several items, one that another tab has changed alike is not asked again, and the others are sent', async () => {
  const shared = await first()
  const arrangement = shared.detail['arrangement']
  const items = [{ arrangement, duration: { until: later } }, loan]
  const asked = await askAll(stage, shared.browser, items)
  expect(isChange(asked.page)).toBe(true)
  const after = await allowed(shared, await change(shared))
  const next = await shared.browser.follow(asked.page.url.replace('/questions/1', ''))
  const answered = await sendAll(shared.browser, await decideOn(shared.browser, next, 'refus'))
  expect(answered.body).toContain('1 réponse est enregistrée')
  // Neither does it wait, nor does the page say so.
  expect(answered.body).not.toContain('Ce que vous déciderez plus tard')
  expect((await shared.browser.get('/mes-partages')).body).not.toContain('/partage/demandes/')
  expect(await stateOf(after)).toMatchObject({ state: 'active' })
})

test('a change put off waits in « Mes partages » and is answered there', async () => {
  const shared = await first()
  const asked = await change(shared)
  const { csrf = '' } = formOf(asked.page).fields
  await shared.browser.post(`${asked.page.url}/report`, { csrf })
  const { body } = await shared.browser.get('/mes-partages')
  const [href = ''] = /\/partage\/demandes\/req_[0-9A-Z]{26}\/1/.exec(body) ?? []
  const page = await shared.browser.get(href)
  expect(isChange(page)).toBe(true)
  await decideOn(shared.browser, page, 'autorisation')
  expect(await stateOf(shared)).toMatchObject({ state: 'superseded' })
  expect(await permits(shared)).toBe(true)
})

test('a new version of a purpose that must be asked again continues the arrangement', async () => {
  const shared = await first()
  await stage.apply(
    {
      of: 'pur_calcul-aide',
      set: {
        refusal_consequence: { fr: 'Sans ce partage, 20 jours de plus.', en: '20 days more.' },
      },
    },
    { of: 'agr_2026-001', set: { purposes: ['pur_calcul-aide@1', 'pur_calcul-aide@2'] } },
  )
  await stage.apply({
    of: 'txt_calcul-aide',
    set: { purpose_id: 'pur_calcul-aide@2', agreement_id: 'agr_2026-001@2' },
  })
  const asked = await change(shared, { duration: { until: soon } })
  expect(isChange(asked.page)).toBe(true)
  expect(asked.page.body).toContain('Le texte de la demande a changé')
  const after = await allowed(shared, asked)
  expect(after.detail).toMatchObject({
    purpose: 'pur_calcul-aide@2',
    arrangement: shared.detail['arrangement'],
  })
  expect(await stateOf(shared)).toMatchObject({ state: 'superseded' })
})
