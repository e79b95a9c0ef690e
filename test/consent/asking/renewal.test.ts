import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayOf } from '../../../src/base/values/calendar.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import { uuidOf } from '../../support/sharing-load.ts'
import type { Shared } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  press,
  shareAsNewcomer,
  stop,
} from '../../support/sharing.ts'
import { csrfOf, pathOf } from '../../pages/my-sharing/living.ts'
import { untyped } from '../../support/database.ts'
import { differencesOf } from '../../support/fold.ts'
import { vaultOf } from '../../support/law.ts'

// « Renouveler »: a person asks herself the question that the service would put. Asking is no yes.

let stage: MovingStage
beforeAll(async () => {
  stage = await startMovingStage()
})
afterAll(() => stage.stop())

function endingIn(days: number): Promise<Shared> {
  const until = dayOf(new Date(Date.now() + days * 86_400_000))
  return shareAsNewcomer(stage, { duration: { until } })
}

async function renew({ browser, consentId }: Shared, csrf?: string) {
  const token = csrf ?? (await csrfOf(browser))
  return browser.post(`${pathOf(consentId)}/renouvellement`, { csrf: token })
}

function rowsOf({ consentId }: Shared) {
  return stage
    .db('consentCurrent as c')
    .select('c.state', 'c.validUntil', 'c.arrangementId', 'c.consentId')
    .whereIn(
      'c.personId',
      untyped(stage.db)('consentCurrent')
        .select('personId')
        .where({ consentId: uuidOf(consentId) }),
    )
    .orderBy('c.validFrom')
}

async function permits({ sub }: Shared): Promise<boolean> {
  return (await decide(stage, await holderToken(stage, 'decide'), evaluation(sub))).decision
}

test('a sharing that ends soon comes first in the list, and its renewal continues the arrangement', async () => {
  const shared = await endingIn(12)
  const list = await shared.browser.get('/mes-partages')
  expect(list.body).toMatch(/Se termine bientôt[^]*encore 12\sjours[^]*Renouveler/)

  // To read the question again and to let the sharing end weigh the same, and what comes afterwards is said.
  const choice = await shared.browser.get(`${pathOf(shared.consentId)}/renouvellement`)
  expect(choice.body.replaceAll(/\s+/g, ' ')).toMatch(
    /<dt>Ensuite<\/dt> <dd>\s*<p>L’Aide aux études \(démo\) ne pourra plus recevoir votre revenu net ni votre situation familiale\..*<button class="button" type="submit">Lire la question<\/button>.*<a class="button" href="[^"]+">Laisser finir<\/a>/,
  )

  const { location = '' } = await renew(shared)
  const page = await shared.browser.follow(location)
  expect(page.body).toContain('Acceptez-vous que le partage de l’Agence du revenu')
  expect(page.body).toMatch(/Jusqu’au [^<(]+ \(avant\s: [^<)]+\)/)
  // Asked, and no more: the old day stands, and the question waits with her others.
  const [before] = await rowsOf(shared)
  expect(await rowsOf(shared)).toEqual([before])
  const [address = 'none'] = /\/partage\/demandes\/req_\w+\/1/.exec(page.body) ?? []
  expect((await shared.browser.get('/mes-partages')).body).toContain(address)
  expect(await differencesOf({ db: stage.db, vault: await vaultOf(stage) })).toEqual([])
  expect(await permits(shared)).toBe(true)

  const waiting = await shared.browser.get(address)
  const answered = await press({ browser: shared.browser, page: waiting }, 'autorisation')
  expect(answered.body).toContain('Vous avez autorisé ce changement')
  const [old, renewed] = await rowsOf(shared)
  expect(old).toMatchObject({ state: 'superseded' })
  expect(renewed).toMatchObject({ state: 'active', arrangementId: before?.arrangementId })
  expect(renewed?.validUntil.getTime()).toBeGreaterThan(Number(before?.validUntil))
  expect(await permits(shared)).toBe(true)
  expect((await shared.browser.get('/mes-partages')).body).not.toContain('Se termine bientôt')
})

test('a refused renewal leaves the sharing as it was, until its end', async () => {
  const shared = await endingIn(12)
  const before = await rowsOf(shared)
  await shared.browser.follow((await renew(shared)).location ?? '')
  const page = await shared.browser.follow((await renew(shared)).location ?? '')
  await press({ browser: shared.browser, page }, 'refus')
  expect((await rowsOf(shared)).slice(0, 1)).toEqual(before)
  expect(await permits(shared)).toBe(true)
})

test('two presses at once make one question', async () => {
  const shared = await endingIn(12)
  const sent = await Promise.all([renew(shared), renew(shared), renew(shared)])
  expect(new Set(sent.map(({ location }) => location)).size).toBe(1)
  expect(sent.map(({ status }) => status)).toEqual([303, 303, 303])
  const shown = await Promise.all(
    sent.map(({ location }) => shared.browser.follow(location ?? 'none')),
  )
  const addresses = shown.map(({ body }) => /\/partage\/demandes\/req_\w+\/1/.exec(body)?.[0])
  expect([addresses.length, new Set(addresses).size]).toEqual([3, 1])
})

test('a sharing that does not end soon has no renewal button, and a sharing that is over is not renewed', async () => {
  const shared = await endingIn(40)
  expect((await shared.browser.get(pathOf(shared.consentId))).body).not.toContain('renouvellement')
  const csrf = await csrfOf(shared.browser)
  await stop(shared.browser, shared.consentId)
  const tables = ['consentRequest', 'consentCurrent', 'ledgerEvent']
  const before = await counts(stage, tables)
  expect((await renew(shared, csrf)).status).toBe(409)
  expect(await counts(stage, tables)).toEqual(before)
})

// Last: the register moves under all of them.
test('a sharing that the register no longer allows has no renewal button and no question', async () => {
  const shared = await endingIn(12)
  await stage.apply({ of: 'pur_calcul-aide', set: { status: 'retired' } })
  expect((await shared.browser.get(pathOf(shared.consentId))).body).not.toContain('renouvellement')
  const refused = await renew(shared)
  expect(refused.status).toBe(409)
  expect(refused.body).toContain('ne peut pas être renouvelé ici')
})
