import { afterAll, beforeAll, expect, test } from 'vitest'
import { nearDay } from '../../../src/pages/my-access/at-a-glance.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { signIn, signUp } from '../../support/broker.ts'
import { newPerson } from '../../support/person.ts'
import { bodiesOf } from '../../support/reporting.ts'
import type { Stage } from '../../support/sharing.ts'
import { askNewcomer, share, startStage, stop } from '../../support/sharing.ts'
import { recoverAt } from '../../support/ways.ts'

// « Mon espace »: what stands there is what is so at that moment, and what was answered once is asked nowhere again.

let stage: Stage

beforeAll(async () => {
  stage = await startStage(undefined, undefined, undefined, { env: { ATTESTATION: 'no' } })
})
afterAll(() => stage.stop())

/** What a reader is told, without the ends of the page. */
function said({ body }: Answer): string {
  const [, main = ''] = /<main[^>]*>([\s\S]*)<\/main>/.exec(body) ?? []
  return main
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replaceAll(/[\s\u00a0]+/g, ' ')
}

function alarmsIn({ body }: Answer): string[] {
  return [...body.matchAll(/action="(\/acces\/(?:avis\/not_\w+|retablissement)\/pas-moi)"/g)].map(
    ([, action = '']) => action,
  )
}

async function press(browser: Browser, page: Answer, action: string): Promise<Answer> {
  const form = formsOf(page).find((one) => one.action.endsWith(action))
  expect(form, action).toBeDefined()
  return browser.post(form?.action ?? '', form?.fields ?? {})
}

test('the home page of somebody who is signed in leads there, in her language, and of nobody else', async () => {
  const { browser } = await newPerson(stage)
  for (const base of ['', '/en']) {
    const home = await browser.get(`${base}/`)
    expect([home.status, home.location?.endsWith(`${base}/espace`)]).toEqual([303, true])
    expect((await browser.get(`${base}/espace`)).status).toBe(200)
  }
  const stranger = makeBrowser(stage)
  expect((await stranger.get('/')).status).toBe(200)
  const begin = await stranger.get('/espace')
  expect([begin.status, formOf(begin).fields['returnTo']]).toEqual([403, '/espace'])
  expect((await stranger.get('/')).status).toBe(200)

  const form = formOf(await browser.get('/session/end'))
  await browser.post(form.action, { ...form.fields, logout: 'yes' })
  expect((await browser.get('/')).status).toBe(200)
})

test('who was signed in, and is no longer, finds the home page that everybody reads', async () => {
  const own = await newPerson(stage)
  const other = await signIn(stage, stage.services.library, own.authenticator)
  await press(own.browser, await own.browser.get('/acces/sessions'), '/acces/sessions/fin')
  expect((await other.browser.get('/espace')).status).toBe(403)
  expect((await other.browser.get('/')).status).toBe(200)
})

test('she is greeted by what she calls her access, and no title keeps that', async () => {
  const { browser } = await newPerson(stage)
  expect((await browser.get('/espace')).body).toContain('>Mon espace</h1>')
  const { action, fields } = formOf(await browser.get('/acces/nom-affiche'))
  await browser.post(action, { ...fields, nickname: 'Madeleine <3' })
  const { body } = await browser.get('/espace')
  expect(body).toMatch(/<h1[^>]*>Bonjour <bdi>Madeleine &lt;3<\/bdi><\/h1>/)
  expect(body).toContain('<title>Mon espace – Accord</title>')
})

test('the sentence, what waits and what was last sent are those of now', async () => {
  const bodies = await bodiesOf(stage)
  const asked = await askNewcomer(stage)
  const { browser } = asked
  const before = await browser.get('/espace')
  expect(said(before)).toContain('Une question vous attend.')
  expect(said(before)).toContain('demande votre revenu net')
  expect(said(before)).toContain('Aucun envoi n’est inscrit ici.')
  expect(before.body).toMatch(/class="button primary" href="\/partage\/demandes\/req_\w+\/1"/)

  const shared = await share(stage, asked)
  const open = await browser.get('/espace')
  expect(open.body).toContain('/icons/thread-choice.svg')
  expect(said(open)).toContain('L’Aide aux études (démo), parce que vous l’avez autorisé')
  expect(said(open)).not.toContain('Une question vous attend')

  const permit = await bodies.permit(shared)
  expect(said(await browser.get('/espace'))).toContain('mais n’a pas encore dit si c’est fait.')
  await bodies.report(permit)
  const sent = await browser.get('/espace')
  expect(said(sent)).toContain('L’Agence du revenu (démo) a envoyé votre revenu net (')
  expect(said(sent)).toContain('n’a pas encore confirmé la réception.')
  expect(sent.body).toMatch(/href="\/mes-partages\/signalements\/dec_\w+\?de=question"/)
  await bodies.receive({ decision_id: permit.context['decision_id'] })
  expect(said(await browser.get('/espace'))).toContain('confirme la réception.')
  expect(said(await browser.get('/en/espace'))).toContain('confirms that it was received.')

  await stop(browser, shared.consentId)
  expect((await browser.get('/espace')).body).not.toContain('/icons/thread-choice.svg')
})

test('a new device is asked about on both pages, and once it was answered on neither', async () => {
  const own = await signUp(stage, stage.services.library)
  await signIn(stage, stage.services.library, own.authenticator)
  const space = await own.browser.get('/espace')
  const [alarm = '', ...more] = alarmsIn(space)
  expect(more).toEqual([])
  expect(alarmsIn(await own.browser.get('/acces'))).toEqual([alarm])
  const [first] = formsOf(space).filter(({ action }) => action.includes('/acces/avis/'))
  expect(first?.action).toContain('/pas-moi')

  expect((await press(own.browser, space, alarm)).status).toBe(303)
  for (const path of ['/espace', '/acces'])
    expect(alarmsIn(await own.browser.get(path)), path).toEqual([])
})

test('a recovery is one event: it is asked about once, first, and its own session is asked nothing', async () => {
  const own = await signUp(stage, stage.services.library, { workingCodes: 1 })
  const { browser: thief } = await recoverAt(stage, stage.services.library, own)
  const { browser } = await signIn(stage, stage.services.library, own.authenticator, own.browser)
  const space = await browser.get('/espace')
  expect(alarmsIn(space)).toEqual(['/acces/retablissement/pas-moi'])
  expect(said(space)).toContain('Votre accès a été rétabli avec un code')
  expect(alarmsIn(await thief.get('/espace'))).toEqual([])
  await press(browser, space, '/acces/retablissement/pas-moi')
  for (const path of ['/espace', '/acces'])
    expect(alarmsIn(await browser.get(path)), path).toEqual([])
})

test('a day of Québec is today, yesterday or earlier', () => {
  const now = new Date('2026-03-09T03:30:00Z') // Before midnight there, and the day on which the clocks went forward.
  expect(nearDay(new Date('2026-03-08T05:30:00Z'), now)).toBe('today')
  expect(nearDay(new Date('2026-03-08T04:30:00Z'), now)).toBe('yesterday')
  expect(nearDay(new Date('2026-03-06T23:30:00Z'), now)).toBe('earlier')
})
