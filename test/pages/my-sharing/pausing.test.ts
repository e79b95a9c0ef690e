import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reseal } from '../../support/resealed.ts'
import { investigated, investigation, vaultOf } from '../../support/law.ts'
import { callbackOf, postAndFollow, signIn, signUp } from '../../support/broker.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import { uuidOf } from '../../support/sharing-load.ts'
import type { Json, Shared } from '../../support/sharing.ts'
import {
  ask,
  decide,
  evaluation,
  holderToken,
  press as pressAnswer,
  redeem,
  shareAsNewcomer,
  stop,
} from '../../support/sharing.ts'
import { inDays, letTimeMove, pass, passUntil } from '../../support/time.ts'
import { csrfOf, pathOf, press } from './living.ts'

// « Mettre en pause », « Reprendre », and the yearly « Oui, continuer »: hers alone, at once, and reversible.

const states = ['consentCurrent', 'ledgerEvent']
const yearMs = 366 * 24 * 3600 * 1000

let stage: MovingStage
let toDecide: string

beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage()
  toDecide = await holderToken(stage, 'decide')
})
afterAll(() => stage.stop())

function said({ body }: Answer): string {
  return body
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replaceAll(/\s+/g, ' ')
}

/** The same page in English, past what is asked once in a browser. */
async function inEnglish({ browser }: Shared, path: string): Promise<string> {
  browser.take({ name: 'attested', path: '/', value: 'yes' })
  return said(await browser.get(`/en${path}`))
}

async function reasons({ sub }: Shared): Promise<unknown> {
  const { decision, context } = await decide(stage, toDecide, evaluation(sub))
  return decision ? 'permit' : context['reason_codes']
}

async function isActive({ accessToken }: Shared): Promise<boolean> {
  return json(await stage.revenue.introspect(accessToken))['active'] === true
}

async function edit({ consentId }: Shared, change: object): Promise<void> {
  await stage
    .db('consentCurrent')
    .where({ consentId: uuidOf(consentId) })
    .update(change)
  await reseal(stage.db, await vaultOf(stage), uuidOf(consentId))
}

async function rowOf(consentId: string): Promise<Json> {
  return stage
    .db('consentCurrent')
    .where({ consentId: uuidOf(consentId) })
    .first()
}

test('a pause blocks decisions, tokens and renewals at once; after a resumption all of them work again', async () => {
  const shared = await shareAsNewcomer(stage)
  const refresh = String(shared.tokens['refresh_token'])
  expect(await reasons(shared)).toBe('permit')

  const paused = await press(shared.browser, shared.consentId, 'pause')

  expect(paused.status).toBe(200)
  expect(paused.body).toContain('Vous avez mis ce partage en pause.')
  expect(paused.body).toContain('En pause</span>')
  expect(await reasons(shared)).toEqual(['CONSENT_SUSPENDED'])
  expect(json(await stage.revenue.introspect(shared.accessToken))).toEqual({ active: false })
  const refused = await stage.aid.refresh(refresh)
  expect([refused.status, json(refused)['error']]).toEqual([400, 'invalid_grant'])
  const list = await shared.browser.get('/mes-partages')
  expect(list.body).toContain(`${shared.consentId}/reprise`)
  expect(list.body).not.toContain(`${shared.consentId}/pause`)

  const resumed = await press(shared.browser, shared.consentId, 'reprise')

  expect(resumed.body).toContain('En cours depuis le')
  expect(await reasons(shared)).toBe('permit')
  expect(await isActive(shared)).toBe(true)
  expect((await stage.aid.refresh(refresh)).status).toBe(200)
})

test('a second press on pause changes nothing', async () => {
  const shared = await shareAsNewcomer(stage)
  for (const deed of ['pause', 'reprise'] as const) {
    await press(shared.browser, shared.consentId, deed)
    const before = await counts(stage, states)
    const [row] = await stage.db('consentCurrent').where({ consentId: uuidOf(shared.consentId) })
    expect((await press(shared.browser, shared.consentId, deed)).status).toBe(200)
    expect(await counts(stage, states)).toEqual(before)
    expect(await stage.db('consentCurrent').where({ consentId: uuidOf(shared.consentId) })).toEqual(
      [row],
    )
  }
})

test('a paused sharing can be stopped, and then not resumed', async () => {
  const shared = await shareAsNewcomer(stage)
  await press(shared.browser, shared.consentId, 'pause')
  const csrf = await csrfOf(shared.browser)
  expect((await stop(shared.browser, shared.consentId)).status).toBe(200)
  expect(await reasons(shared)).toEqual(['CONSENT_REVOKED'])
  const before = await counts(stage, states)
  for (const deed of ['reprise', 'pause', 'confirmation', 'reduction']) {
    const sent = await shared.browser.post(`${pathOf(shared.consentId)}/${deed}`, {
      csrf,
      fin: inDays(60),
    })
    expect([deed, sent.status]).toEqual([deed, 409])
    expect(sent.body).toContain('Ce partage est déjà terminé')
  }
  expect(await counts(stage, states)).toEqual(before)
})

test('a pause and a suspension in the register each block the sharing independently', async () => {
  const shared = await shareAsNewcomer(stage)
  await press(shared.browser, shared.consentId, 'pause')
  await stage.apply({ of: 'agr_2026-001', set: { status: 'suspended' } })
  const page = await shared.browser.get(pathOf(shared.consentId))
  expect(page.body).toContain('Vous avez mis ce partage en pause.')
  expect(page.body).toContain('l’entente ne permet plus ce partage')

  const resumed = said(await press(shared.browser, shared.consentId, 'reprise'))

  const held =
    'Suspendu : l’entente ne permet plus ce partage. L’Aide aux études (démo) ne peut pas recevoir votre revenu net ni votre situation familiale.'
  expect(resumed).toContain('Votre pause est finie. Le partage reste suspendu.')
  const english = await inEnglish(shared, `${pathOf(shared.consentId)}?fait=reprise`)
  expect(english).toContain('Your pause is over. The sharing stays suspended.')
  expect(resumed).toContain(held)
  expect(await reasons(shared)).toEqual(['AGREEMENT_NOT_IN_FORCE'])
  expect((await shared.browser.get('/mes-partages')).body).toContain('<span>Suspendu</span>')
  await stage.apply({ of: 'agr_2026-001', set: { status: 'in_force' } })
  expect(await reasons(shared)).toBe('permit')
  await press(shared.browser, shared.consentId, 'pause')
  expect(await reasons(shared)).toEqual(['CONSENT_SUSPENDED'])
})

test('after a stop the page says what may still be sent of before it, for a minute', async () => {
  const shared = await shareAsNewcomer(stage)
  expect(await reasons(shared)).toBe('permit')
  const inFlight = /Un envoi permis à \d+ h \d\d peut encore finir, au plus tard à \d+ h \d\d\./
  expect(said(await stop(shared.browser, shared.consentId))).toMatch(inFlight)
  const page = `${pathOf(shared.consentId)}?fait=arret`
  expect(await inEnglish(shared, page)).toMatch(
    /Something allowed at \d+:\d\d [ap]\.m\. may still be sent, by \d+:\d\d [ap]\.m\. at the latest\./,
  )
  await pass(stage.db, { seconds: 61 })
  const later = said(await shared.browser.get(page))
  expect(later).toContain('Ce partage est arrêté.')
  expect(later).not.toMatch(inFlight)
})

test('a record that was changed says so, on its page and before a stop, and is stopped all the same', async () => {
  const shared = await shareAsNewcomer(stage)
  await stage
    .db('consentCurrent')
    .where({ consentId: uuidOf(shared.consentId) })
    .update({ uses: 1 })
  const untrusted =
    'Ce que nous gardons de ce partage a été changé sans nous. Ce partage ne permet plus d’envoi. Vous pouvez l’arrêter.'
  const own = said(await shared.browser.get(pathOf(shared.consentId)))
  expect(own).toContain(
    `${untrusted} L’Aide aux études (démo) ne peut pas recevoir votre revenu net ni votre situation familiale.`,
  )
  const before = `${pathOf(shared.consentId)}/arret`
  expect(said(await shared.browser.get(before))).toContain(`${untrusted} `)
  const english = await inEnglish(shared, before)
  expect(english).toContain(
    'What we keep of this sharing was changed without us. It allows nothing to be sent any more. You can stop it.',
  )
  expect(english).toContain('We were told of nothing sent.')
  expect(said(await stop(shared.browser, shared.consentId))).toContain('Ce partage est arrêté.')
})

test('an investigation that she is shown later, and that was permitted, changes no byte of what she reads', async () => {
  const shared = await shareAsNewcomer(stage)
  shared.browser.take({ name: 'attested', path: '/', value: 'yes' })
  const own = pathOf(shared.consentId)
  const paths = [
    '/espace',
    '/mes-partages',
    '/mes-partages/portrait',
    own,
    `${own}/arret`,
    '/activite',
  ]
  const pages = () =>
    Promise.all(
      paths
        .flatMap((path) => [path, `/en${path}`])
        .map(async (path) => {
          const { status, body } = await shared.browser.get(path)
          return [path, status, body.replaceAll(/name="csrf" value="[^"]+"/g, '')]
        }),
    )
  const before = await pages()
  expect(before.map(([, status]) => status)).toEqual(before.map(() => 200))
  await stage.apply(...investigation(30))
  const permitted = await decide(stage, toDecide, investigated(shared.sub))
  expect([permitted.decision, permitted.context['reason_codes']]).toEqual([true, ['LAW_PROVISION']])
  expect(await pages()).toEqual(before)
})

describe('a suspension by another party', () => {
  test('is not lifted by the person, who can lift only her own pause', async () => {
    const shared = await shareAsNewcomer(stage)
    const csrf = await csrfOf(shared.browser)
    await edit(shared, { state: 'suspended', suspendedReasons: ['incident', 'person'] })
    expect((await press(shared.browser, shared.consentId, 'reprise')).status).toBe(200)
    expect(await reasons(shared)).toEqual(['CONSENT_SUSPENDED'])
    const before = await counts(stage, states)
    for (const deed of ['reprise', 'pause', 'confirmation']) {
      const sent = await shared.browser.post(`${pathOf(shared.consentId)}/${deed}`, { csrf })
      expect([deed, sent.status]).toEqual([deed, 409])
    }
    expect(await counts(stage, states)).toEqual(before)
    const page = await shared.browser.get(pathOf(shared.consentId))
    expect(page.body).toContain('Suspendu à cause d’un incident.')
    expect(page.body).not.toContain('/reprise')
    expect((await stop(shared.browser, shared.consentId)).status).toBe(200)
  })
})

describe('a question about a paused sharing', () => {
  test('says that it is paused, and nothing is ticked', async () => {
    const { again } = await askedWhilePaused()
    expect(again.page.body).toContain('Vous avez mis ce partage en pause')
    expect(again.page.body).toMatch(/<input[^>]*name="resume"[^>]*>/)
    expect(again.page.body).not.toMatch(/<input[^>]*name="resume"[^>]*checked/)
  })

  test('answered with yes continues the arrangement and the pause; the service is told as after a no', async () => {
    const { shared, again } = await askedWhilePaused()
    const answered = await pressAnswer(again, 'autorisation')
    expect(answered.body).toContain('Vous avez autorisé ce partage')
    expect(answered.body).toContain('Ce partage reste en pause')
    expect(answered.body).toContain('Autorisé, mais en attente')
    const { action, fields } = formOf(answered)
    const callback = callbackOf(await postAndFollow(shared.browser, action, fields))
    expect(callback.searchParams.get('error')).toBe('access_denied')
    expect(await reasons(shared)).toEqual(['CONSENT_SUSPENDED'])

    const made = await newest(shared)
    expect(made).not.toBe(shared.consentId)
    const row = await rowOf(made)
    expect(row).toMatchObject({ state: 'suspended', suspendedReasons: ['person'] })
    expect(row['arrangementId']).toBe((await rowOf(shared.consentId))['arrangementId'])
    await press(shared.browser, made, 'reprise')
    expect(await reasons(shared)).toBe('permit')
    const later = await shared.browser.get(new URL(again.page.url).pathname)
    expect(later.body).not.toContain('Ce qui continue')
  })

  test('answered with yes and the tick ends the pause, and the ledger has both events', async () => {
    const { shared, again } = await askedWhilePaused()
    const { fields } = formOf(again.page)
    const body = { ...fields, resume: 'yes' }
    const path = `${new URL(again.page.url).pathname}/autorisation`
    const answered = await postAndFollow(shared.browser, path, body)
    expect(answered.body).toMatch(/Ce partage reprend\.[^]*Ce qui reprend/)
    const { action, fields: on } = formOf(answered)
    const callback = callbackOf(await postAndFollow(shared.browser, action, on))
    const { detail } = await redeem(stage, again, callback)
    expect(detail['arrangement']).toBe(shared.detail['arrangement'])
    expect(await reasons(shared)).toBe('permit')
    const old = await shared.browser.get(pathOf(shared.consentId))
    expect(old.body).toContain(`href="${pathOf(String(detail['consent_id']))}"`)
    expect(old.body).toContain('Ce partage a repris')
  })

  test('with a tick does not lift another party’s suspension', async () => {
    const { shared, again } = await askedWhilePaused()
    await edit(shared, { suspendedReasons: ['incident', 'person'] })
    const { fields } = formOf(again.page)
    const path = `${new URL(again.page.url).pathname}/autorisation`
    const answered = await postAndFollow(shared.browser, path, { ...fields, resume: 'yes' })
    expect(answered.body).toContain('Ce partage reste suspendu')
    const made = await newest(shared)
    expect(await rowOf(made)).toMatchObject({ state: 'suspended', suspendedReasons: ['incident'] })
    expect(await reasons(shared)).toEqual(['CONSENT_SUSPENDED'])
  })

  test('whose pause began while the page was open stays paused after a yes', async () => {
    const shared = await shareAsNewcomer(stage, { duration: { until: inDays(40) } })
    const arrangement = shared.detail['arrangement']
    const asked = await ask(stage, shared.browser, { arrangement, duration: { until: inDays(90) } })
    expect(asked.page.body).not.toContain('name="resume"')
    await press(shared.browser, shared.consentId, 'pause')
    const answered = await pressAnswer(asked, 'autorisation')
    expect(answered.body).toContain('Ce partage reste en pause')
    expect(await reasons(shared)).toEqual(['CONSENT_SUSPENDED'])
  })

  test('answered with no keeps the pause, which can be lifted later', async () => {
    const { shared, again } = await askedWhilePaused()
    const answered = await pressAnswer(again, 'refus')
    expect(answered.body).toContain('Ce partage reste en pause')
    expect(answered.body).not.toContain('ne permettra aucun envoi')
    expect(await reasons(shared)).toEqual(['CONSENT_SUSPENDED'])
    const resumed = await press(shared.browser, shared.consentId, 'reprise')
    expect(resumed.status).toBe(200)
    expect(await reasons(shared)).toBe('permit')
  })
})

describe('the yearly reminder', () => {
  test('is shown when it is due, is answered once, and changes nothing else', async () => {
    const shared = await shareAsNewcomer(stage)
    const page = () => shared.browser.get(pathOf(shared.consentId))
    expect((await page()).body).not.toContain('/confirmation')
    await edit(shared, { confirmedAt: new Date(Date.now() - yearMs) })
    expect((await page()).body).toContain('/confirmation')
    const [before] = await stage.db('consentCurrent').where({ consentId: uuidOf(shared.consentId) })

    const confirmed = await press(shared.browser, shared.consentId, 'confirmation')

    expect(confirmed.body).toContain('C’est noté.')
    expect(confirmed.body).not.toContain('/confirmation')
    const [after] = await stage.db('consentCurrent').where({ consentId: uuidOf(shared.consentId) })
    const { confirmedAt, stateSeq, seal } = before
    expect({ ...after, confirmedAt, stateSeq, seal }).toEqual(before)
    expect(after.stateSeq).toBe(stateSeq + 1)
    const events = await counts(stage, states)
    await press(shared.browser, shared.consentId, 'confirmation')
    expect(await counts(stage, states)).toEqual(events)
    expect(await reasons(shared)).toBe('permit')
  })
})

describe('another person or site', () => {
  const deeds = [
    'pause',
    'reprise',
    'confirmation',
    'renouvellement',
    'reduction',
    'reduction/confirmation',
  ]
  const whole = { fin: inDays(60), presentation: 'pre_01ARZ3NDEKTSV4RRFFQ69G5FAV' }

  test('cannot pause, resume, confirm or narrow her sharing', async () => {
    const shared = await shareAsNewcomer(stage)
    const other = await shareAsNewcomer(stage)
    const stranger = await signUp(stage, stage.services.library)
    const [own, hers] = [await csrfOf(other.browser), await csrfOf(shared.browser)]
    const before = await counts(stage, states)
    for (const deed of deeds) {
      const path = `${pathOf(shared.consentId)}/${deed}`
      expect((await other.browser.post(path, { ...whole, csrf: own })).status).toBe(404)
      expect((await other.browser.post(path, { ...whole, csrf: hers })).status).toBe(403)
      expect((await stranger.browser.post(path, { ...whole, csrf: hers })).status).toBe(403)
      expect((await shared.browser.post(path, whole)).status).toBe(403)
    }
    for (const query of ['', `?fin=${inDays(60)}`])
      expect(
        (await other.browser.get(`${pathOf(shared.consentId)}/reduction${query}`)).status,
      ).toBe(404)
    expect(await counts(stage, states)).toEqual(before)
    expect(await reasons(shared)).toBe('permit')
  })

  test('cannot make her do it by a form or link', async () => {
    const shared = await shareAsNewcomer(stage)
    const { fields } = formOf(await shared.browser.get(`${pathOf(shared.consentId)}/arret`))
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    for (const deed of deeds) {
      const path = `${pathOf(shared.consentId)}/${deed}`
      expect((await shared.browser.post(path, { ...fields, ...whole }, { headers })).status).toBe(
        403,
      )
      // These two have pages of their own, which do nothing.
      const hasPage = deed === 'reduction' || deed === 'renouvellement'
      if (!hasPage) expect([404, 405]).toContain((await shared.browser.get(path)).status)
    }
    expect(await reasons(shared)).toBe('permit')
  })
})

// Last: the sessions and tokens of the others are over then.
test('a term runs on during a pause, and an ended sharing cannot be resumed', async () => {
  const shared = await shareAsNewcomer(stage)
  await press(shared.browser, shared.consentId, 'pause')
  const end = new Date(String(shared.detail['valid_until']))
  await pass(stage.db, { seconds: Math.floor((end.getTime() - Date.now()) / 1000) - 60 })
  const { browser } = await signIn(stage, stage.services.library, shared.authenticator)
  expect((await browser.get(pathOf(shared.consentId))).body).toContain('/reprise')
  const csrf = await csrfOf(browser)
  await passUntil(stage.db, end)
  const before = await counts(stage, states)
  const sent = await browser.post(`${pathOf(shared.consentId)}/reprise`, { csrf })
  expect(sent.status).toBe(409)
  expect(await counts(stage, states)).toEqual(before)
  const page = await browser.get(pathOf(shared.consentId))
  expect(page.body).toContain('Terminé le')
  expect(page.body).not.toContain('/reprise')
})

async function askedWhilePaused() {
  const shared = await shareAsNewcomer(stage)
  await press(shared.browser, shared.consentId, 'pause')
  return { shared, again: await ask(stage, shared.browser) }
}

async function newest({ browser }: Shared): Promise<string> {
  const list = await browser.get('/mes-partages')
  return /href="\/mes-partages\/(con_\w+)"/.exec(list.body)?.[1] ?? ''
}
