import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLog } from '../../../src/base/logging/log.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { endWaits } from '../../../src/pages/my-access/end-waits.ts'
import { cardTable } from '../../../src/signin/factors/card-tables.ts'
import { cardOf } from '../../../src/signin/factors/index.ts'
import { issuer, ownEnv, signUp } from '../../support/broker.ts'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { enterByCard, giveCard } from '../../support/cards.ts'
import { differencesOf } from '../../support/fold.ts'
import type { House } from '../../support/house.ts'
import { openHouse } from '../../support/house.ts'
import { uuidOf } from '../../support/sharing-load.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import { shareAsNewcomer, startStage } from '../../support/sharing.ts'

// A card at a public terminal: whoever comes by it sees, pauses and stops, and answers nothing.

let stage: Stage
let house: House
let terminal: Site
let shared: Shared
let card: Awaited<ReturnType<typeof giveCard>>
let left: string[]

beforeAll(async () => {
  stage = await startStage()
  house = await openHouse(stage.databaseUrl, dirname(stage.keysDir), issuer, {
    ...ownEnv,
    KIOSK: '1',
  })
  terminal = { issuer, ports: [house.port] }
  shared = await shareAsNewcomer(stage)
  card = await giveCard(stage, await personOf(shared))
  left = [...card.codes]
})
afterAll(async () => {
  await house.stop()
  await stage.stop()
})

async function personOf({ consentId }: Shared): Promise<string> {
  const [row] = await stage.db('consentCurrent').where({ consentId: uuidOf(consentId) })
  return row?.personId ?? ''
}

/** At a terminal, by a code that was not used yet. */
async function come(): Promise<{ readonly browser: Browser; readonly answer: Answer }> {
  const browser = makeBrowser(terminal)
  const given = { number: card.number, code: left.shift() ?? '' }
  const answer = await enterByCard(browser, '/mes-partages', given)
  return { browser, answer: await browser.follow(answer.location ?? '') }
}

const sharing = () => `/mes-partages/${shared.consentId}`

async function press(
  browser: Browser,
  path: string,
  fields: Readonly<Record<string, string>> = {},
) {
  const { csrf = '' } = formOf(await browser.get(sharing())).fields
  return browser.post(path, { csrf, ...fields })
}

test('a person with a card reads and pauses her sharing', async () => {
  const { browser, answer } = await come()
  expect([answer.status, answer.url.endsWith('/mes-partages')]).toEqual([200, true])
  expect(answer.body).toContain(shared.consentId)
  for (const path of ['/espace', '/activite', '/acces/services'])
    expect((await browser.get(path)).status).toBe(200)

  const paused = await press(browser, `${sharing()}/pause`)
  expect(paused.location).toContain('fait=pause')
})

test('she says yes to nothing, and changes no way in: she is asked for another one', async () => {
  const { browser } = await come()
  const before = await stage.db('ledgerEvent').count()
  const deeds = [
    `${sharing()}/reprise`,
    `${sharing()}/confirmation`,
    `${sharing()}/renouvellement`,
    '/acces/nom-affiche',
    '/acces/codes',
    '/acces/cles/ajout',
    '/acces/retablissement/moi',
    '/acces/fermeture',
    '/acces/preuve',
  ]
  for (const path of deeds) {
    const answer = await press(browser, path)
    expect([path, answer.status, isSignIn(answer)]).toEqual([path, 303, true])
  }
  for (const path of ['/acces', '/acces/entrer', '/acces/messages', '/acces/donnees'])
    expect([path, isSignIn(await browser.get(path))]).toEqual([path, true])
  expect(await stage.db('ledgerEvent').count()).toEqual(before)
  expect((await browser.get(sharing())).body).toContain('En pause</span>')
})

function isSignIn({ location }: Answer): boolean {
  return location !== undefined && /\/(?:connexion|auth)/.test(new URL(location).pathname)
}

test('she stops it', async () => {
  const { browser } = await come()
  const stopped = await press(browser, `${sharing()}/arret`)
  expect(stopped.location).toContain('fait=arret')
  expect((await browser.get(sharing())).body).toContain('arrêté')
})

test('no service is entered by a card', async () => {
  const { browser } = await come()
  const asked = await browser.follow((await stage.aid.begin()).url)
  expect(asked.url).toContain('/connexion/')
  expect(asked.body).not.toContain('/carte')
  expect((await browser.get(`${asked.url}/carte`)).status).toBe(404)
  const silent = await stage.aid.begin({ prompt: 'none' })
  expect((await browser.get(silent.url)).location).toContain('error=')
})

test('a card opens nothing where the terminal is not public', async () => {
  const browser = makeBrowser(stage)
  const page = await browser.follow('/mes-partages')
  expect(page.url).toContain('/connexion/')
  expect([page.body.includes('/carte'), (await browser.get(`${page.url}/carte`)).status]).toEqual([
    false,
    404,
  ])
  const { csrf = '' } = formOf(page).fields
  const given = { csrf, number: card.number, code: left[0] ?? '' }
  expect((await browser.post(`${page.url}/carte`, given)).status).toBe(404)
})

test('a number with a wrong digit is told from a card that does not fit, and is no try', async () => {
  const browser = makeBrowser(terminal)
  const wrong = card.number.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10))
  for (let n = 0; n < 6; n++) {
    const answer = await enterByCard(browser, '/espace', { number: wrong, code: '00000000' })
    expect([answer.status, answer.body.includes('Vérifiez le numéro')]).toEqual([400, true])
  }
  const refused = await enterByCard(browser, '/espace', { number: card.number, code: '0' })
  expect(refused.body).toContain('Un code a 8 chiffres.')
})

test('a code of another card is refused as any other, and the sixth try is none', async () => {
  const other = await giveCard(stage, (await signUp(stage, stage.aid)).personId)
  const browser = makeBrowser(terminal)
  const said = async (code: string) => {
    const { status, body } = await enterByCard(browser, '/espace', { number: other.number, code })
    return [status, body.includes('Cette carte n’ouvre rien avec ce code')]
  }
  for (const code of [left[0] ?? '', '00000000', '00000001', '00000002', '00000003'])
    expect(await said(code)).toEqual([400, true])
  expect((await said(other.codes[0] ?? ''))[0]).toBe(429)
})

test('« Carte perdue » ends what the card opened by one press, and the card at once by an older way', async () => {
  const { browser: own, personId } = await signUp(stage, stage.aid)
  const lost = await giveCard(stage, personId)
  const given = (n: number) => ({ number: lost.number, code: lost.codes[n] ?? '' })
  const there = makeBrowser(terminal)
  const { location = '' } = await enterByCard(there, '/espace', given(0))
  expect([(await there.follow(location)).status, (await there.get('/espace')).status]).toEqual([
    200, 200,
  ])

  const page = await own.get('/acces/entrer')
  expect(page.body).toContain(`Carte finissant par ${lost.number.slice(-5).replace(' ', '')}`)
  const { csrf = '' } = formOf(page).fields
  await own.post('/acces/carte/perdue', { csrf })
  expect((await there.get('/espace')).status).not.toBe(200)
  const refused = await enterByCard(makeBrowser(terminal), '/espace', given(1))
  expect(refused.body).toContain('Cette carte n’ouvre rien avec ce code')

  expect((await own.post('/acces/carte/fin', { csrf })).location).toContain('fait=card-ended')
  expect((await own.get('/acces/entrer')).body).not.toContain('Carte finissant')
  expect(await differencesOf({ db: stage.db, vault: lost.vault }, personId)).toEqual([])
})

test('a way that is younger than the card does not end it, and what was lost by mistake comes back', async () => {
  const { browser: own, personId } = await signUp(stage, stage.aid)
  const lost = await giveCard(stage, personId)
  await makeCardOlder(lost)
  const page = await own.get('/acces/entrer')
  const { csrf = '' } = formOf(page).fields
  await own.post('/acces/carte/perdue', { csrf })
  expect((await own.post('/acces/carte/fin', { csrf })).status).toBe(409)
  const waiting = await own.get('/acces/entrer')
  const back = formsOf(waiting).find(({ action }) => action.includes('/attentes/'))
  await own.post(back?.action ?? '', back?.fields ?? {})
  const given = { number: lost.number, code: lost.codes[0] ?? '' }
  expect((await enterByCard(makeBrowser(terminal), '/espace', given)).status).toBe(303)

  await own.post('/acces/carte/perdue', { csrf })
  const later = secondsAfter(new Date(), 73 * 3600)
  await endWaits(stage.db, { vault: lost.vault, log: openLog('silent') }, later)
  expect(await cardOf(stage.db, lost.vault.seals, personId)).toBeUndefined()
  expect(await differencesOf({ db: stage.db, vault: lost.vault }, personId)).toEqual([])
})

/** As one that was made before her key, with the seal of then. */
async function makeCardOlder({ cardId, vault }: typeof card): Promise<void> {
  const [row] = await stage.db('card').where({ cardId })
  if (row === undefined) throw new Error('no card')
  const older = { ...row, endedAt: null, madeAt: secondsAfter(row.madeAt, -3600) }
  const seal = vault.seals.seal(cardTable, older)
  await stage.db('card').where({ cardId }).update({ madeAt: older.madeAt, seal })
}
