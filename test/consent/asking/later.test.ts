import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { callbackOf, signIn, signUp } from '../../support/broker.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { differencesOf } from '../../support/fold.ts'
import { vaultOf } from '../../support/law.ts'
import { shownByOlder } from '../../support/older-page.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import type { Asked } from '../../support/sharing.ts'
import {
  ask,
  askNewcomer,
  decide,
  evaluation,
  holderToken,
  leave,
  redeem,
} from '../../support/sharing.ts'
import { chainOf, sendForm, textIn } from '../../support/signed-answers.ts'
import type { Said } from '../../support/signing.ts'
import { lastDayBoxes, signatureFor, signDataOf, signedFields } from '../../support/signing.ts'
import { askNewcomerAll, decideOn } from '../../support/together.ts'
import type { Vault } from '../../../src/ledger/chain/index.ts'
import { inDays, letTimeMove, pass } from '../../support/time.ts'

// « Décider plus tard »: the service is told no more than no, and the question waits where the person finds it.

const recorded = ['consentRecord', 'consentCurrent', 'ledgerEvent'] as const

let stage: MovingStage
beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage()
})
afterAll(() => stage.stop())

let asked: Awaited<ReturnType<typeof askNewcomer>>
beforeEach(async () => {
  asked = await askNewcomer(stage)
})

async function later({ browser, page }: Asked): Promise<URL> {
  const { csrf = '' } = formOf(page).fields
  const sent = await browser.post(`${new URL(page.url).pathname}/report`, { csrf })
  return callbackOf(await leave(browser, sent))
}

/** Where « Mes partages » leads to for each question that waits. */
async function waitingOf(browser: Browser): Promise<string[]> {
  const { body } = await browser.get('/mes-partages')
  return [...body.matchAll(/href="(\/partage\/demandes\/req_[0-9A-Z]{26}\/1)"/g)].map(
    ([, href]) => href ?? '',
  )
}

async function press(
  browser: Browser,
  page: Answer,
  deed: 'autorisation' | 'refus',
): Promise<Answer> {
  const sent = await browser.post(`${new URL(page.url).pathname}/${deed}`, formOf(page).fields)
  return sent.location === undefined ? sent : browser.follow(sent.location)
}

async function openWaiting(browser: Browser): Promise<Answer> {
  const [href] = await waitingOf(browser)
  if (href === undefined) throw new Error('no question waits')
  return browser.get(href)
}

test('the service is told that access is denied, and nothing else; nothing is recorded', async () => {
  const before = await counts(stage, recorded)
  const callback = await later(asked)
  expect(Object.fromEntries(callback.searchParams)).toMatchObject({ error: 'access_denied' })
  expect(callback.searchParams.has('error_description')).toBe(false)
  expect(callback.searchParams.has('code')).toBe(false)
  expect(await counts(stage, recorded)).toEqual(before)
  expect(await waitingOf(asked.browser)).toHaveLength(1)
})

test('the page says until when the question waits, leads back to it, and keeps asking until she leaves', async () => {
  const { browser, page } = asked
  const path = new URL(page.url).pathname
  const { csrf = '' } = formOf(page).fields
  const sent = await browser.post(`${path}/report`, { csrf })
  const later = await browser.follow(sent.location ?? '')
  expect(later.body).toMatch(
    /<h1>Votre question vous attend jusqu’au \d+(?:er)?\s\p{L}+ \d{4}<\/h1>/u,
  )
  expect(later.body).toContain(`href="${path}"`)
  const answered = await press(browser, await browser.get(path), 'autorisation')
  expect(answered.body).toContain('Vous avez autorisé ce partage')
  // What another tab still shows leads to the answer.
  const left = await browser.post(`${path}/plus-tard`, { csrf })
  expect((await browser.follow(left.location ?? '')).body).toContain('Vous avez autorisé')
  expect((await browser.get(`${path}/plus-tard`)).location).toBe(page.url)
})

test('a yes to the waiting question is in force at once, and it is not asked again', async () => {
  await later(asked)
  const page = await openWaiting(asked.browser)
  expect(page.body).not.toContain('/report')
  const answered = await press(asked.browser, page, 'autorisation')
  expect(answered.body).toContain('Vous avez autorisé ce partage')
  expect(answered.body).toContain('href="/mes-partages"')
  expect(await waitingOf(asked.browser)).toEqual([])

  const again = await ask(stage, asked.browser)
  const shared = await redeem(stage, again, callbackOf(again.page))
  const decision = await decide(stage, await holderToken(stage, 'decide'), evaluation(shared.sub))
  expect(decision.decision).toBe(true)

  // Where her receipt is erased, the page of her answer says what stands now.
  const destroyed = { wrappedKey: null, destroyedAt: new Date(), destroyEventId: randomUUID() }
  await stage.db('dek').where({ personId: asked.personId }).update(destroyed)
  const erased = await asked.browser.get(page.url)
  expect(erased.body).toContain('Vous avez autorisé ce partage')
  expect(erased.body).toContain('revenu net')
})

test('after a no the question no longer waits, and the service may ask again', async () => {
  await later(asked)
  const refused = await press(asked.browser, await openWaiting(asked.browser), 'refus')
  expect(refused.body).toContain('Vous avez refusé ce partage')
  expect(await waitingOf(asked.browser)).toEqual([])
  expect(formsOf((await ask(stage, asked.browser)).page)).not.toEqual([])
})

test('a question that was asked again and answered in a visit no longer waits', async () => {
  await later(asked)
  const again = await ask(stage, asked.browser)
  await press(asked.browser, again.page, 'refus')
  expect(await waitingOf(asked.browser)).toEqual([])
})

test('a waiting question can be answered once; a second, opposite answer is refused', async () => {
  await later(asked)
  const page = await openWaiting(asked.browser)
  await press(asked.browser, page, 'autorisation')
  const before = await counts(stage, recorded)
  expect((await press(asked.browser, page, 'autorisation')).body).toContain('Vous avez autorisé')
  expect((await press(asked.browser, page, 'refus')).status).toBe(409)
  expect(await counts(stage, recorded)).toEqual(before)
})

test('« Décider plus tard » after an answer in another tab keeps that answer', async () => {
  const { csrf = '' } = formOf(asked.page).fields
  await press(asked.browser, asked.page, 'autorisation')
  const sent = await asked.browser.post(`${new URL(asked.page.url).pathname}/report`, { csrf })
  expect((await asked.browser.follow(sent.location ?? '')).body).toContain('Vous avez autorisé')
})

test('« Décider plus tard » after a yes in another visit goes on with that yes: nothing waits', async () => {
  const { browser, page } = asked
  const other = await ask(stage, browser)
  await press(browser, other.page, 'autorisation')
  const { csrf = '' } = formOf(page).fields
  const sent = await browser.post(`${new URL(page.url).pathname}/report`, { csrf })
  const callback = callbackOf(await browser.follow(sent.location ?? ''))
  expect(callback.searchParams.has('code')).toBe(true)
})

describe('no other person', () => {
  test('finds the question: not another person, nobody signed out, not by an invented id', async () => {
    await later(asked)
    const [href = ''] = await waitingOf(asked.browser)
    const page = await asked.browser.get(href)
    const other = (await signUp(stage, stage.services.library)).browser
    const before = await counts(stage, recorded)
    expect((await other.get(href)).status).toBe(404)
    expect((await other.post(`${href}/autorisation`, formOf(page).fields)).status).toBe(404)
    expect((await makeBrowser(stage).get(href)).status).toBe(403)
    expect((await asked.browser.get(`/partage/demandes/req_0${'1'.repeat(25)}/1`)).status).toBe(404)
    expect((await asked.browser.get('/partage/demandes/req_x/1')).status).toBe(404)
    expect(await counts(stage, recorded)).toEqual(before)
  })

  test('answers the question with a forged form', async () => {
    await later(asked)
    const page = await openWaiting(asked.browser)
    const before = await counts(stage, recorded)
    const path = `${new URL(page.url).pathname}/autorisation`
    const { csrf: _csrf, ...without } = formOf(page).fields
    expect((await asked.browser.post(path, without)).status).toBe(403)
    // The token of the visit's page is for the visit.
    const { csrf = '' } = formOf(asked.page).fields
    expect((await asked.browser.post(path, { ...without, csrf })).status).toBe(403)
    expect(await counts(stage, recorded)).toEqual(before)
  })
})

test('beyond twenty waiting questions the oldest lapse, and cannot be answered on a page that is still open', async () => {
  const { browser } = asked
  for (let n = 0; n < 20; n++) await ask(stage, browser)
  expect(await waitingOf(browser)).toHaveLength(20)
  const before = await counts(stage, recorded)
  for (const deed of ['autorisation', 'refus'] as const)
    expect((await press(browser, asked.page, deed)).status).toBe(410)
  expect((await browser.get(asked.page.url)).status).toBe(410)
  expect(await counts(stage, recorded)).toEqual(before)
  expect(await waitingOf(browser)).toHaveLength(20)
})

test('a question whose agreement was suspended no longer waits; the version in force is asked anew', async () => {
  await later(asked)
  const page = await openWaiting(asked.browser)
  await stage.apply({ of: 'agr_2026-001', set: { status: 'suspended' } })
  expect(await waitingOf(asked.browser)).toEqual([])
  expect((await press(asked.browser, page, 'autorisation')).status).toBe(410)
  await stage.apply({ of: 'agr_2026-001', set: { status: 'in_force' } })
  expect((await asked.browser.get(page.url)).status).toBe(410)
})

describe('in time', () => {
  test('a question waits for thirty days, also after a new sign-in', async () => {
    await later(asked)
    await pass(stage.db, { days: 29 })
    const { browser } = await signIn(stage, stage.services.library, asked.authenticator)
    expect((await press(browser, await openWaiting(browser), 'autorisation')).status).toBe(200)
  })

  test('after thirty days it no longer waits and cannot be answered', async () => {
    await later(asked)
    await pass(stage.db, { days: 30, seconds: -30 })
    const { browser } = await signIn(stage, stage.services.library, asked.authenticator)
    const page = await openWaiting(browser)
    await pass(stage.db, { seconds: 60 })
    const before = await counts(stage, recorded)
    expect(await waitingOf(browser)).toEqual([])
    expect((await press(browser, page, 'autorisation')).status).toBe(410)
    expect((await browser.get(page.url)).status).toBe(410)
    expect(await counts(stage, recorded)).toEqual(before)
  })
})

// While an installation is brought up to date, an older process may have shown the page: its event names no versions.
describe('a page that an older process showed', () => {
  const optional = 'cat_personnes-a-charge'
  test('is answered in the first text for an hour, and then shown anew with what she chose', async () => {
    const vault = await vaultOf(stage)
    const yes: Said = { choice: 'granted', optional: [optional], until: inDays(40) }
    const soon = await shownByOlder(stage, vault, asked)
    expect((await sendYes(soon, signedFields(soon, asked.authenticator, yes))).status).toBe(303)
    const event = await yesOf(vault)
    expect(event).toMatchObject({ categories_granted: expect.arrayContaining([optional]) })
    expect(event?.['signed']).not.toHaveProperty('text')
    expect(await differencesOf({ db: stage.db, vault }, asked.personId)).toEqual([])

    asked = await askNewcomer(stage)
    const page = await shownByOlder(stage, vault, asked)
    await passAnHour()
    const again = await sendYes(page, signedFields(page, asked.authenticator, yes))
    expect(again.status).toBe(409)
    expect(again.body).toContain('vos choix sont gardés')
    expect(again.body).toMatch(new RegExp(`value="${optional}"[^>]* checked`))
    expect(formOf(again).fields).toMatchObject(lastDayBoxes(yes.until ?? ''))
    expect(signDataOf(again)?.lines).toHaveLength(19)
    const anew = { ...again, url: page.url }
    expect((await sendYes(anew, signedFields(anew, asked.authenticator, yes))).status).toBe(303)
    expect(await yesOf(vault)).toMatchObject({
      categories_granted: expect.arrayContaining([optional]),
      valid_until_local: yes.until,
      signed: { text: 2 },
    })
    expect(await differencesOf({ db: stage.db, vault }, asked.personId)).toEqual([])
  })

  test('is answered without a key at any time, as before', async () => {
    const page = await shownByOlder(stage, await vaultOf(stage), asked)
    await passAnHour()
    expect((await sendYes(page, formOf(page).fields)).status).toBe(303)
  })

  test('of several is shown anew before all are sent, with what she chose', async () => {
    const all = await askNewcomerAll(stage)
    const { personId } = await stage
      .db('passkeys')
      .where({ credentialId: all.authenticator.credentialId })
      .first<{ personId: string }>()
    const page = await shownByOlder(stage, await vaultOf(stage), { ...all, personId })
    const next = await decideOn(all.browser, page, 'autorisation', { optional })
    await pass(stage.db, { seconds: 2000 })
    await all.browser.get('/mes-partages')
    const first = await decideOn(all.browser, next, 'refus')
    await pass(stage.db, { seconds: 2000 })
    expect(signDataOf(first)?.texts?.[0]).toMatch(/^accord\.answer\.v1\n/)
    const anew = await all.browser.get(new URL(first.url).pathname)
    expect(anew.body).toContain('vos choix sont gardés')
    expect(anew.body).toMatch(new RegExp(`value="${optional}"[^>]* checked`))
    const check = await decideOn(all.browser, { ...anew, url: page.url }, 'autorisation', {
      optional,
    })
    expect(signDataOf(check)?.texts).toEqual([
      expect.stringMatching(/^accord\.answer\.v2\n/),
      expect.stringMatching(/^accord\.answer\.v2\n/),
    ])
    const { action, fields } = formOf(check)
    const credential = signatureFor(check, all.authenticator, { choice: 'granted' })
    expect((await all.browser.post(action, { ...fields, credential })).status).toBe(303)
  })

  test('of a narrowing is shown anew with the same choice', async () => {
    const vault = await vaultOf(stage)
    const { browser, authenticator } = asked
    await sendForm(browser, `${new URL(asked.page.url).pathname}/autorisation`, {
      ...formOf(asked.page).fields,
      optional: [optional],
    })
    const id = textIn(await yesOf(vault), 'consent_id')
    const path = `/mes-partages/${id}/reduction?fin=${inDays(20)}&garder=${optional}&fois=4`
    const page = await shownByOlder(stage, vault, { ...asked, page: await browser.get(path) })
    await passAnHour()
    const { action, fields } = formOf(page)
    const signed = (shown: Answer) => signatureFor(shown, authenticator, { choice: 'granted' })
    const again = await browser.post(action, { ...fields, credential: signed(page) })
    expect([again.status, new URL(again.location ?? '', page.url).search]).toEqual([
      303,
      new URL(path, page.url).search,
    ])
    const anew = await browser.get(again.location ?? '')
    const form = formOf(anew)
    const sent = await browser.post(form.action, { ...form.fields, credential: signed(anew) })
    expect(sent.location).toContain('fait=reduction')
    expect(await yesOf(vault)).toMatchObject({ narrowed_from: id, signed: { text: 2 } })
    expect(await differencesOf({ db: stage.db, vault }, asked.personId)).toEqual([])
  })

  test('is shown again under a new name at once: what is signed on it names the versions', async () => {
    const page = await shownByOlder(stage, await vaultOf(stage), asked)
    await stage
      .db('presentation')
      .where({ presentationId: nameOf(asked.page) })
      .delete()
    const again = await asked.browser.get(new URL(page.url).pathname)
    expect(nameOf(again)).not.toBe(nameOf(page))
    expect(signDataOf(again)?.lines).toHaveLength(19)
  })
})

function sendYes(page: Answer, fields: Parameters<typeof sendForm>[2]): Promise<Answer> {
  return sendForm(asked.browser, `${new URL(page.url).pathname}/autorisation`, fields)
}

async function yesOf(vault: Vault) {
  const chain = await chainOf(stage, vault, asked.personId)
  return chain.findLast(({ kind }) => kind === 'consent.granted')
}

// Her visit and her session last for an hour beyond the last page that she opened.
async function passAnHour(): Promise<void> {
  await pass(stage.db, { seconds: 2000 })
  await asked.browser.get('/mes-partages')
  await asked.browser.get(new URL(asked.page.url).pathname)
  await pass(stage.db, { seconds: 2000 })
}

function nameOf(page: Answer): string | undefined {
  return readId('pre', formOf(page).fields['presentation'] ?? '')
}
