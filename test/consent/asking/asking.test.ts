import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { callbackOf, postAndFollow, signUp, signUpByPages } from '../../support/broker.ts'
import { counts } from '../../support/moving-stage.ts'
import type { Asked, Json, Stage } from '../../support/sharing.ts'
import { answer, ask, askNewcomer, press, startStage } from '../../support/sharing.ts'
import { resealArtifacts } from '../../support/resealed-access.ts'
import { dayAfter, dayBefore, dayOf } from '../../../src/base/values/calendar.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { brakeByOrder } from '../../../src/registry/index.ts'
import { sealsOf } from '../../support/seals.ts'
import { newPerson } from '../../support/person.ts'
import { vouchFor } from '../../support/vouching.ts'

// « Autorisez-vous l’Agence… à envoyer…? »: only the person asked, on the page that she was shown, says yes or no (I7).

const answers = ['consentRecord', 'consentCurrent', 'ledgerEvent']
const deeds = ['autorisation', 'refus'] as const

let stage: Stage
let asked: Asked

beforeAll(async () => {
  stage = await startStage()
})

afterAll(() => stage.stop())

let before: Readonly<Record<string, number>>
beforeEach(async () => {
  asked = await askNewcomer(stage)
  before = await counts(stage, answers)
})

function pathOf({ page }: Asked, deed: string): string {
  return `${new URL(page.url).pathname}/${deed}`
}

function fieldsOf({ page }: Asked): Record<string, string> {
  return { ...formOf(page).fields }
}

async function expectNothingRecorded(): Promise<void> {
  expect(await counts(stage, answers)).toEqual(before)
}

/** The person can still answer, as if nothing had happened. */
async function expectStillAsked(deed: (typeof deeds)[number]): Promise<void> {
  await expectNothingRecorded()
  expect(await answer(asked, deed)).toMatchObject({ origin: 'https://aide-etudes.test' })
  expect(await counts(stage, ['consentRecord'])).toEqual({
    consentRecord: (before['consentRecord'] ?? 0) + 1,
  })
}

describe.each(deeds)('%s', (deed) => {
  test.each<[string, (fields: Record<string, string>) => Promise<Json> | Json]>([
    ['without the page’s token', ({ csrf: _csrf, ...rest }) => rest],
    ['with an empty token', (fields) => ({ ...fields, csrf: '' })],
    [
      'with a token in the wrong case',
      (fields) => ({ ...fields, csrf: (fields['csrf'] ?? '').toUpperCase() }),
    ],
    [
      'with the token of another person’s page',
      async (fields) => ({ ...fields, csrf: fieldsOf(await askNewcomer(stage))['csrf'] }),
    ],
    [
      'with the token of another visit of hers',
      async (fields) => ({ ...fields, csrf: fieldsOf(await ask(stage, asked.browser))['csrf'] }),
    ],
    [
      'with the token of another page of hers',
      async (fields) => ({
        ...fields,
        csrf: formOf(await asked.browser.get('/acces/codes')).fields['csrf'],
      }),
    ],
  ])('with a forged form: %s', async (_, change) => {
    const body = new URLSearchParams((await change(fieldsOf(asked))) as Record<string, string>)
    before = await counts(stage, answers)
    const sent = await asked.browser.post(pathOf(asked, deed), body.toString())
    expect(sent.status).toBe(403)
    await expectStillAsked(deed)
  })

  test.each<[string, Record<string, string>, number]>([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, 403],
    ['a sister site', { 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost' }, 403],
    ['another origin', { origin: 'https://evil.test' }, 403],
    ['a frame without origin', { 'sec-fetch-site': 'cross-site', origin: 'null' }, 403],
    ['a script, as text', { 'content-type': 'text/plain' }, 415],
    ['a script, as JSON', { 'content-type': 'application/json' }, 415],
    ['an upload', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
  ])('is refused from %s', async (_, headers, status) => {
    const sent = await asked.browser.post(pathOf(asked, deed), fieldsOf(asked), { headers })
    expect(sent.status).toBe(status)
    await expectStillAsked(deed)
  })

  test.each<[string, (fields: Record<string, string>) => Promise<Json> | Json, number]>([
    ['no presentation', ({ presentation: _shown, ...rest }) => rest, 400],
    ['an empty one', (fields) => ({ ...fields, presentation: '' }), 400],
    ['one that is none', (fields) => ({ ...fields, presentation: `pre_${'U'.repeat(26)}` }), 400],
    [
      'one of another kind',
      (fields) => ({
        ...fields,
        presentation: (fields['presentation'] ?? '').replace('pre', 'con'),
      }),
      400,
    ],
    [
      'one that never was',
      (fields) => ({ ...fields, presentation: `pre_0${'1'.repeat(25)}` }),
      409,
    ],
    [
      'that of another person',
      async (fields) => ({
        ...fields,
        presentation: fieldsOf(await askNewcomer(stage))['presentation'],
      }),
      409,
    ],
    [
      'that of another visit of hers',
      async (fields) => ({
        ...fields,
        presentation: fieldsOf(await ask(stage, asked.browser))['presentation'],
      }),
      409,
    ],
  ])('is refused at %s', async (_, change, status) => {
    const body = new URLSearchParams((await change(fieldsOf(asked))) as Record<string, string>)
    before = await counts(stage, answers)
    const sent = await asked.browser.post(pathOf(asked, deed), body.toString())
    expect(sent.status).toBe(status)
    await expectStillAsked(deed)
  })

  test('is not found in another browser, even with the form', async () => {
    const other = (await signUp(stage, stage.services.library)).browser
    before = await counts(stage, answers)
    for (const browser of [other, makeBrowser(stage)]) {
      expect((await browser.get(asked.page.url)).status).toBe(404)
      expect((await browser.post(pathOf(asked, deed), fieldsOf(asked))).status).toBe(404)
    }
    await expectStillAsked(deed)
  })

  test('is refused with another person’s cookie of the visit', async () => {
    const other = await askNewcomer(stage)
    before = await counts(stage, answers)
    const stolen = other.browser.cookies().filter(({ name }) => name.startsWith('int'))
    const headers = { cookie: stolen.map(({ name, value }) => `${name}=${value}`).join('; ') }
    const sent = await asked.browser.post(pathOf(asked, deed), fieldsOf(asked), { headers })
    expect(sent.status).toBe(404)
    await expectStillAsked(deed)
  })

  test('is refused after the end of the visit', async () => {
    await stage
      .db('oidcArtifacts')
      .where({ model: 'Interaction' })
      .update({ expiresAt: new Date(Date.now() - 60_000) })
    await resealArtifacts(stage)
    expect((await asked.browser.get(asked.page.url)).status).toBe(410)
    expect((await asked.browser.post(pathOf(asked, deed), fieldsOf(asked))).status).toBe(410)
    await expectNothingRecorded()
  })

  test('cannot be given by GET', async () => {
    for (const method of ['GET', 'HEAD', 'PUT']) {
      const sent = await asked.browser.get(pathOf(asked, deed), { method })
      expect([method, sent.status]).toEqual([method, 405])
    }
    await expectStillAsked(deed)
  })

  test('is refused after she signed out in that browser', async () => {
    await signOut(asked.browser)
    const sent = await press(asked, deed)
    expect(sent.status).toBeGreaterThanOrEqual(400)
    await expectNothingRecorded()
  })

  test('is refused from another person who signed in there meanwhile', async () => {
    await signOut(asked.browser)
    await signUpByPages(stage, stage.services.library, { browser: asked.browser })
    before = await counts(stage, answers)
    const sent = await press(asked, deed)
    expect(sent.status).toBeGreaterThanOrEqual(400)
    await expectNothingRecorded()
  })

  test('sent twice counts once, and the opposite answer afterwards is refused', async () => {
    const [first, again] = [await press(asked, deed), await press(asked, deed)]
    expect(first.status).toBe(200)
    expect(again.body.replaceAll(/value="[^"]*"/g, '')).toBe(
      first.body.replaceAll(/value="[^"]*"/g, ''),
    )
    const after = await counts(stage, answers)
    const other = deed === 'refus' ? 'autorisation' : 'refus'
    expect((await press(asked, other)).status).toBe(409)
    expect(await counts(stage, answers)).toEqual(after)
    expect(after['consentRecord']).toBe((before['consentRecord'] ?? 0) + 1)
  })
})

describe('an optional category', () => {
  test.each<[string, string[]]>([
    ['that is required', ['cat_revenu-net']],
    ['of another agreement', ['cat_autre']],
    ['that is none', ['__proto__']],
    ['among fifty', Array.from({ length: 50 }, () => 'cat_inconnue')],
    ['among too many', Array.from({ length: 51 }, () => 'cat_personnes-a-charge')],
    ['with a long name', ['c'.repeat(65)]],
  ])('%s cannot be ticked', async (_, optional) => {
    expect((await press(asked, 'autorisation', optional)).status).toBe(400)
    await expectStillAsked('autorisation')
  })

  test('that was not offered cannot be allowed', async () => {
    const narrow = await askNewcomer(stage, { optional_datatypes: undefined })
    before = await counts(stage, answers)
    expect((await press(narrow, 'autorisation', ['cat_personnes-a-charge'])).status).toBe(400)
    await expectNothingRecorded()
  })

  test('ticked on a page that she then refuses is refused too', async () => {
    expect((await press(asked, 'refus', ['cat_personnes-a-charge'])).status).toBe(200)
    const rows = await stage.db('consentRecord').orderBy('createdAt', 'desc').limit(1)
    expect(rows).toMatchObject([{ categoriesGranted: '0', categoriesDeclined: String(0b111) }])
  })
})

test('a person who signs in again in another tab can still answer the page', async () => {
  const newcomer = await askNewcomer(stage)
  const { browser, authenticator } = newcomer
  const errand = await stage.services.library.begin({ prompt: 'login' })
  const { action, fields, options } = formOf(await browser.follow(errand.url))
  const proved = { ...fields, credential: authenticator.get(options) }
  callbackOf(await postAndFollow(browser, action, proved))

  expect((await press(newcomer, 'autorisation')).status).toBe(200)
})

test('going on before an answer leads back to the question', async () => {
  const fields = { csrf: fieldsOf(asked)['csrf'] ?? '' }
  const sent = await asked.browser.post(pathOf(asked, 'suite'), fields)
  expect([sent.status, sent.location]).toEqual([303, asked.page.url])
  const notice = await asked.browser.post(pathOf(asked, 'information'), {
    ...fields,
    shown: 'A'.repeat(43),
  })
  expect([notice.status, notice.location]).toEqual([303, asked.page.url])
  await expectStillAsked('autorisation')
})

test('a visit that asks who somebody is asks her nothing else', async () => {
  const browser = makeBrowser(stage)
  const signIn = await browser.follow((await stage.aid.begin()).url)
  const path = new URL(signIn.url).pathname.replace('/connexion/', '/partage/demande/')
  expect(path).toContain('/partage/demande/')
  expect((await browser.get(path)).status).toBe(404)
})

test('a refusal tells the service only access_denied', async () => {
  const callback = await answer(asked, 'refus')
  const { error, iss, state, ...rest } = Object.fromEntries(callback.searchParams)
  expect({ error, iss, state }).toEqual({
    error: 'access_denied',
    iss: stage.issuer,
    state: asked.errand.state,
  })
  expect(Object.keys(rest).filter((name) => name !== 'error_description')).toEqual([])
})

test('the pages of an answer must not be cached or framed', async () => {
  const answered = await press(asked, 'autorisation')
  for (const { headers } of [asked.page, answered]) {
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
    expect(headers['content-security-policy']).toMatch(/frame-ancestors 'none'/)
  }
  // Where the browser may be sent after the form: here and to the service, nowhere else.
  expect(answered.headers['content-security-policy']).toMatch(
    /form-action 'self' https:\/\/aide-etudes\.test(;|$)/,
  )
})

async function signOut(browser: Browser): Promise<void> {
  const [form] = formsOf(await browser.get('/session/end'))
  if (form === undefined) throw new Error('no form to sign out')
  const out: Answer = await postAndFollow(browser, form.action, { ...form.fields, logout: 'yes' })
  expect(out.status).toBe(200)
}

function termsIn(body: string): string {
  return body.slice(body.indexOf('<div class="terms"'), body.indexOf('</form>'))
}

test('in plain words the same question is answered: what was shown holds the lines and, folded, all of the text', async () => {
  const { page, browser } = asked
  const path = new URL(page.url).pathname
  expect(page.body).toContain(`href="${path}?forme=claire"`)
  const clear = await browser.get(`${path}?forme=claire`)
  const lines = [...clear.body.matchAll(/<li><img src="\/icons\/\w+\.svg"[^>]*><p>([^<]+)/g)]
  expect(lines.map(([, line]) => line)).toEqual([
    'L’Agence du revenu (démo) connaît votre revenu net et votre situation familiale.',
    'L’Aide aux études (démo) veut les voir pour calculer votre bourse.',
    expect.stringMatching(/^Jusqu’au \d.* 20\d\d, au plus 4 fois par an\.$/),
    'Vous pouvez dire non. Vous pouvez arrêter après.',
  ])
  // The same words, in another order: whatever the usual page says of the question is on this one too.
  for (const [, said = ''] of termsIn(page.body).matchAll(
    /<(?:dt|dd|h1|li|label|strong)>([^<]{4,})</g,
  ))
    expect(clear.body, said).toContain(said.trim())
  expect(formOf(clear).fields['presentation']).not.toBe(fieldsOf(asked)['presentation'])
  // « En clair d’abord »: what she chose is remembered, whatever word stands there, until she chooses again.
  for (const address of [path, `${path}?forme=autre`])
    expect(formOf(await browser.get(address)).fields).toEqual(formOf(clear).fields)
  expect(clear.body).toContain(`href="${path}?forme=complete"`)
  for (const address of [`${path}?forme=complete`, path])
    expect(formOf(await browser.get(address)).fields['presentation']).toBe(
      fieldsOf(asked)['presentation'],
    )

  expect((await answer({ ...asked, page: clear }, 'autorisation')).searchParams.has('code')).toBe(
    true,
  )
  const shown = await stage.db('presentation').where({
    presentationId: readId('pre', formOf(clear).fields['presentation'] ?? ''),
  })
  const [{ renderedSha256 } = { renderedSha256: undefined }] = shown
  const [kept] = await stage.db('renderedPage').where({ sha256: renderedSha256 })
  for (const words of ['dire non. Vous pouvez arrêter', 'RLRQ, chapitre', 'trois ans'])
    expect(kept?.html).toContain(words)
})

test('a yes of somebody under 14 is refused, her no is not, and on her birthday the yes counts', async () => {
  const today = dayOf(new Date())
  const issuer = 'http://localhost:3004' // of the demonstration’s register
  const person = await newPerson(stage)
  const tomorrow = { birthdate: dayAfter(dayBefore(today, 'P14Y'), 'P1D') }
  const source = await vouchFor(stage, person.personId, tomorrow, { issuer })
  const young = await ask(stage, person.browser)
  before = await counts(stage, answers)
  const refused = await press(young, 'autorisation')
  expect(refused.status).toBe(403)
  expect(refused.body).toContain('un oui ne compte que d’un parent ou d’un tuteur')
  await expectNothingRecorded()
  expect((await answer(young, 'refus')).searchParams.get('error')).toBe('access_denied')

  await source.says({ birthdate: dayBefore(today, 'P14Y') })
  const older = await ask(stage, person.browser)
  expect((await answer(older, 'autorisation')).searchParams.has('code')).toBe(true)

  // One alone suspends a provider at once: that lets no child answer.
  const child = await newPerson(stage)
  await vouchFor(stage, child.personId, tomorrow, { issuer })
  const asked = { deed: 'brake', kind: 'identity-provider', id: 'autre-province' } as const
  const words = { operator: 'Anna', reason: 'Un essai', 'reason-en': 'A trial' }
  const given = { seals: await sealsOf(stage.keysDir), issuer: stage.issuer }
  await brakeByOrder(stage.db, given, { ...asked, words }, new Date())
  const again = await press(await ask(stage, child.browser), 'autorisation')
  expect([again.status, again.body.includes('d’un parent ou d’un tuteur')]).toEqual([403, true])
})
