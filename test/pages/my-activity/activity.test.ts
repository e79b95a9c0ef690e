import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postAndFollow, signIn } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, isSignedOut, makeBrowser } from '../../support/browser.ts'
import { dayOf } from '../../../src/base/values/calendar.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { investigated, investigation, lawful } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import type { Json } from '../../support/sharing.ts'
import {
  answer,
  ask,
  decide,
  evaluation,
  holderToken,
  reportOf,
  shareAsNewcomer,
  stop,
} from '../../support/sharing.ts'
import { inDays, letTimeMoveFrom, midMonth, pass } from '../../support/time.ts'
import { choose, confirm, press } from '../my-sharing/living.ts'

// « Mon activité »: all that happened on one page, and nothing of anybody else.

type Sharer = Awaited<ReturnType<typeof shareAsNewcomer>>

let stage: MovingStage
let marie: Sharer
let paul: Sharer
// All of it happens in one month in Québec.
const begins = midMonth()
const year = Number(dayOf(begins).slice(0, 4))

beforeAll(async () => {
  letTimeMoveFrom(begins)
  stage = await startMovingStage()
  await stage.apply(...investigation(30))
  marie = await shareAsNewcomer(stage)
  paul = await shareAsNewcomer(stage)
  const [token, reports] = [await holderToken(stage, 'decide'), await holderToken(stage, 'report')]
  const report = (permit: Awaited<ReturnType<typeof decide>>) =>
    stage.revenue.api('/disclosures', reports, reportOf(permit))
  await report(await decide(stage, token, evaluation(marie.sub)))
  await report(await decide(stage, token, lawful(marie.sub)))
  await report(await decide(stage, token, investigated(marie.sub)))
  const other = { ...evaluation(marie.sub, { categories: ['cat_personnes-a-charge'] }) }
  for (let n = 0; n < 2; n++)
    await decide(stage, token, { ...other, context: { request_id: crypto.randomUUID() } })
  await press(marie.browser, marie.consentId, 'pause')
  await press(marie.browser, marie.consentId, 'reprise')
  await confirm(marie.browser, await choose(marie.browser, marie.consentId, { fin: inDays(60) }))
  const narrowed = await liveOf(marie.browser)
  await stop(marie.browser, narrowed)
  await answer(await ask(stage, marie.browser), 'refus')
}, 180_000)
afterAll(() => stage.stop())

async function liveOf(browser: Browser): Promise<string> {
  const { body } = await browser.get('/mes-partages')
  return /mes-partages\/(con_\w{26})\/arret/.exec(body)?.[1] ?? ''
}

const main = ({ body }: Answer) => body.slice(body.indexOf('<main'), body.indexOf('</main>'))
const strip = (html: string) =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** Title and text of each line on paper, the newest first; each sign-in of a day by itself. */
function linesOf(page: Answer): { title: string; text: string }[] {
  const lines = main(page).matchAll(/<li class="[\w-]+">\s*<p><time [^]*?<\/li>/g)
  return [...lines].map(([html]) => ({
    title: strip(/<strong>([^]*?)<\/strong>/.exec(html)?.[1] ?? ''),
    text: strip(html),
  }))
}

/** Each line of the list: its link, its small words, and where it leads; the sign-ins of a day are one. */
function rowsOf(page: Answer): { short: string; aside: string; href: string }[] {
  const days = main(page).slice(main(page).indexOf('<ol class="places small inside"'))
  const rows = days.matchAll(
    /<li class="[\w-]+">[^]*?<a href="([^"]+)"[^>]*>([^]*?)<\/a>\s*<p>([^]*?)<\/p>/g,
  )
  return [...rows].map(([, href = '', short = '', aside = '']) => ({
    short: strip(short),
    aside: strip(aside),
    href: href.replaceAll('&amp;', '&'),
  }))
}

const titles = (page: Answer) => linesOf(page).map(({ title }) => title)

/** What the page of each line says and leads to. */
async function eventsOf(query = '', browser = marie.browser) {
  const rows = rowsOf(await open(query, browser))
  return Promise.all(rows.map(async ({ href }) => main(await browser.get(href))))
}

/** All that is told of lines, as it is printed. */
async function told(query = '', browser = marie.browser): Promise<Answer> {
  const page = await browser.get(`/activite/impression${query}`)
  expect(page.status).toBe(200)
  return page
}

async function open(query = '', browser = marie.browser): Promise<Answer> {
  const page = await browser.get(`/activite${query}`)
  expect(page.status).toBe(200)
  return page
}

/** Presses one of the two buttons below the lines. */
async function take(kind: 'csv' | 'json', query = ''): Promise<Answer> {
  const page = await open(query)
  const form = formsOf(page).find(({ fields }) => fields['csrf'] !== undefined)
  return marie.browser.post(`/activite/${kind}`, form?.fields ?? {})
}

function olderIn({ body }: Answer): string {
  const [, href = ''] = /class="button" href="([^"]*avant=[^"]*)"/.exec(body) ?? []
  return href.replaceAll('&amp;', '&')
}

async function personOf(browser: Browser): Promise<string> {
  const [, reference = ''] =
    /act_(\w{26})/.exec((await browser.get('/activite?quoi=acces')).body) ?? []
  const activityId = readId('act', `act_${reference}`)
  const row = await stage
    .db('activity')
    .where({ activityId })
    .first<{ personId: string }>('personId')
  return row.personId
}

const csrfIn = (page: Answer) => formOf(page).fields['csrf'] ?? ''

test('one page shows all activity, newest first, by day', async () => {
  const paper = await told()
  const found = titles(paper)
  expect(found.slice(0, 9)).toEqual([
    'Vous avez refusé un partage avec l’Aide aux études (démo)',
    'L’Aide aux études (démo) vous a demandé d’autoriser un partage',
    'Vous avez arrêté un partage avec l’Aide aux études (démo)',
    'Vous avez changé un partage avec l’Aide aux études (démo)',
    'Partage avec l’Aide aux études (démo) repris',
    'Partage avec l’Aide aux études (démo) mis en pause',
    'Refusé : envoi de l’Agence du revenu (démo) à l’Aide aux études (démo)',
    'Envoyé par l’Agence du revenu (démo) à Logement abordable (démo)',
    'Envoyé par l’Agence du revenu (démo) à l’Aide aux études (démo)',
  ])
  expect(found.slice(9).toSorted()).toEqual([
    'Accès créé',
    'Clé d’accès ajoutée',
    'Connexion',
    'Connexion à un service',
    'L’Aide aux études (démo) vous a demandé d’autoriser un partage',
    'Nouveaux codes de récupération',
    'Vous avez autorisé un partage avec l’Aide aux études (démo)',
  ])
  expect(main(paper).match(/<section class="day">/g)).toHaveLength(1)

  // The list says the same in one link a line; the two sign-ins of the day are one.
  const list = rowsOf(await open())
  expect(list.slice(0, 3)).toEqual([
    {
      short: 'Vous avez refusé un partage',
      aside: expect.stringMatching(/^\d+ h( \d\d)? · Aide aux études \(démo\) · Revenu net/),
      href: expect.stringMatching(/^\/activite\/rcp_\w{26}$/),
    },
    {
      short: 'Une question pour un partage',
      aside: expect.stringMatching(/^\d+ h( \d\d)? · Aide aux études \(démo\)/),
      href: expect.stringMatching(/^\/activite\/con_\w{26}$/),
    },
    {
      short: 'Vous avez arrêté un partage',
      aside: expect.stringMatching(/^\d+ h( \d\d)? · Aide aux études \(démo\)/),
      href: expect.stringMatching(/^\/activite\/rcp_\w{26}$/),
    },
  ])
  expect(list).toHaveLength(found.length - 1)
})

test('the summary of a day counts what matters of it, and the newest day is open', async () => {
  const days = [
    ...main(await open()).matchAll(
      /<details class="fold line"( open)?>\s*<summary><span><h3>([^<]*)<\/h3><small>([^<]*)</g,
    ),
  ].map(([, isOpen, name, summary]) => [isOpen === ' open', name, summary])
  const [day] = days.filter(([, name]) => String(name).startsWith('Aujourd’hui, '))
  expect(day?.[0]).toBe(true)
  expect(day?.[2]).toBe(
    '1 envoi refusé · 1 envoi · 1 envoi prévu par la loi · 2 questions · 2 réponses · 4 changements · Accès créé · 2 changements à l’accès'.replace(
      'Accès créé',
      'accès créé',
    ),
  )
  const [only] = rowsOf(await open('?quoi=connexions'))
  expect(only?.short).toBe('1 connexion')
  expect(main(await open('?quoi=connexions'))).toContain('<small>1 connexion</small>')
})

test('a line has its own page, which says who, what, why, by what right and with what result', async () => {
  const [law, consent] = (await eventsOf('?quoi=envois')).map(strip)
  expect(consent).toMatch(/Envoyé par l’Agence du revenu \(démo\) à l’Aide aux études \(démo\)/)
  expect(consent).toContain('Quoi Revenu net')
  expect(consent).toContain('Pourquoi Calcul de votre aide financière 2026-2027')
  expect(consent).toContain('Résultat Envoyé.')
  expect(consent).toContain('De quel droit Vous l’aviez autorisé')
  expect(consent).toContain('Voir ce partage')
  const links = (await eventsOf('?quoi=envois')).flatMap((event) =>
    [...event.matchAll(/href="(\/(?:mes-partages|register)\/[^"]+)"/g)].map(([, to = '']) => to),
  )
  expect(links.join()).toMatch(/\/mes-partages\/loi\/agr_/)
  for (const to of links) expect((await marie.browser.get(to)).status, to).toBe(200)
  expect(law).toContain('De quel droit Loi sur l’accès (A-2.1), article 68 (1)')
  expect(law).toContain('Pourquoi, et quoi faire')
  expect(law).toMatch(/Entente agr_[\w-]+ Numéro [0-9A-Z]{4}-[0-9A-Z]{4} /)
  const [refused] = (await eventsOf('?quoi=refus')).map(strip)
  expect(refused).toContain('Refusé. La demande portait sur un renseignement')
  expect(refused).toContain('La même demande est venue 2 fois.')
  // Paper has all of it too.
  const [printed] = linesOf(await told('?quoi=envois'))
  expect(printed?.text).toContain('De quel droit Loi sur l’accès (A-2.1), article 68 (1)')
  expect(printed?.text).toMatch(/Numéro [0-9A-Z]{4}-[0-9A-Z]{4}$/)
})

test('the sign-ins of a day are one line, with browser and services; each can be questioned by itself', async () => {
  await stage
    .db('activity')
    .where({ kind: 'access.signed-in', personId: await personOf(marie.browser) })
    .update({ device: 'Chrome, Linux' })
  const page = await open('?quoi=connexions')
  const [group] = rowsOf(page)
  expect(`${group?.short} ${group?.aside}`).toMatch(
    /^1 connexion \d+ h(?: \d\d)?(?: à \d+ h(?: \d\d)?)? · Chrome sur Linux · Service aide-etudes, Aide aux études \(démo\)$/,
  )
  const day = main(await marie.browser.get(group?.href ?? ''))
  expect(strip(day)).toContain('1 connexion')
  expect(day).not.toMatch(/Réseau|\d+\.\d+\.\d+\.\d+/)
  expect(new Set(day.match(/\/acces\/avis\/act_\w+/g)).size).toBe(2)
})

test('a sending says the year that it is about', async () => {
  const period = { from: '2025-01-01', to: '2025-12-31' }
  await decide(stage, await holderToken(stage, 'decide'), evaluation(paul.sub, { period }))
  const [line] = rowsOf(await open('?quoi=envois', paul.browser))
  expect(line?.short).toMatch(/^Revenu net, 2025\s?: envoi permis$/)
  expect(line?.aside).toContain('à l’Aide aux études (démo) · pas encore confirmé')
})

test('what is unusual stands above the days until she asks about it', async () => {
  const { browser, sub, consentId } = await shareAsNewcomer(stage)
  const panel = async () =>
    strip(
      /<section class="panel alarm">[^]*?<\/section>/.exec((await open('', browser)).body)?.[0] ??
        '',
    )
  expect(await panel()).toBe('')
  await stop(browser, consentId)
  const token = await holderToken(stage, 'decide')
  await decide(stage, token, evaluation(sub))
  expect(await panel()).toMatch(
    /À regarder Revenu net[^]*envoi refusé[^]*Vous aviez arrêté ce partage/,
  )
  // It is in its day as well, and nowhere else where she looks for something.
  const [refused] = rowsOf(await open('?quoi=refus', browser))
  expect(main(await open('?quoi=refus', browser))).not.toContain('panel alarm')
  const event = main(await browser.get(refused?.href ?? ''))
  const [, toAsk = ''] = /href="([^"]+de=question)"/.exec(event) ?? []
  const { action, fields } = formOf(await browser.get(toAsk))
  await postAndFollow(browser, action, { ...fields, texte: 'Pourquoi?' })
  expect(await panel()).toBe('')
})

describe('a word', () => {
  test.each([
    ['logement', 1],
    ['LOGEMENT ABORDABLE', 1],
    ['revenu net', 10],
    ['cle d’acces', 1],
    ['aide-etudes', 3],
    ['nulle part', 0],
    ['%', 0],
  ])('%s finds %i lines', async (typed, count) => {
    const found = titles(await told(`?mots=${encodeURIComponent(typed)}`))
    expect(found).toHaveLength(count)
  })

  test('that is the number of a line finds that line, however it is written', async () => {
    const [, number = ''] =
      /Numéro ([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(linesOf(await told('?quoi=envois'))[0]?.text ?? '') ??
      []
    for (const typed of [number, number.toLowerCase().replace('-', ' ')]) {
      const found = linesOf(await told(`?mots=${encodeURIComponent(typed)}`))
      expect(found.map(({ text }) => text.includes(number))).toEqual([true])
    }
    expect(linesOf(await told(`?mots=${number}`, paul.browser))).toEqual([])
  })

  test('is shown as text', async () => {
    const page = await open(`?mots=${encodeURIComponent('"><script>')}`)
    expect(main(page)).not.toContain('<script>')
    expect(main(page)).toContain('Montré ici')
  })
})

test('the English page says the same', async () => {
  const english = marie.browser.clone()
  const { action, fields } = formOf(await english.follow('/en/activite?quoi=envois'))
  const page = await postAndFollow(english, action, fields)
  const [law] = rowsOf(page)
  expect(`${law?.short} ${law?.aside}`).toMatch(
    /^Net income: sent .* · to Affordable Housing \(demo\)/,
  )
  const event = main(await english.get(law?.href ?? ''))
  expect(strip(event)).toContain('Sent by the Revenue Agency (demo) to Affordable Housing (demo)')
  expect(strip(event)).toContain('By what right Access Act (A-2.1), section 68 (1)')
  expect(event).toContain('href="/en/mes-partages/signalements/dec_')
})

describe('filters', () => {
  test.each([
    ['quoi=refus', 1],
    ['quoi=connexions', 2],
    ['quoi=acces', 3],
    ['quoi=partages', 8],
    ['quoi=envois', 2],
    ['quoi=envois&organisme=org_logement-abordable', 1],
    ['organisme=org_logement-abordable', 1],
    // The sharing, what was sent and refused, and the sign-in to its service.
    ['organisme=org_aide-etudes', 11],
    ['renseignement=cat_personnes-a-charge', 4],
    ['renseignement=cat_adresse', 0],
    [`periode=${year}`, 16],
    [`periode=${year - 1}`, 0],
    ['periode=2019-02', 0],
    // What is no choice is none.
    ['quoi=nothing&organisme=org_none&renseignement=x&periode=2026-13&avant=x', 16],
    ['quoi=envois&quoi=refus', 2],
  ])('%s shows %i lines', async (query, count) => {
    expect(titles(await told(`?${query}`))).toHaveLength(count)
  })

  test('keep their choices in the form', async () => {
    const { body } = await open(`?mots=revenu&quoi=envois&periode=${year}`)
    expect(body).toContain('name="mots" type="search" maxlength="60" value="revenu"')
    expect(body).toContain('<option value="envois" selected>')
    expect(body).toContain(`<option value="${year}" selected>`)
  })

  test('count months in Québec’s time', async () => {
    const now = new Date()
    const month = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/Toronto',
      year: 'numeric',
      month: '2-digit',
    }).format(now)
    expect(titles(await told(`?periode=${month}`))).toHaveLength(16)
  })
})

test('who received what this year stands first, one click from the home page, and leads to each sending', async () => {
  const home = await marie.browser.get('/espace')
  expect(main(home)).toContain('href="/activite"')
  const page = await open()
  const table = /<section>\s*<h2>Qui a reçu quoi[^]*?<\/section>/.exec(page.body)?.[0] ?? ''
  expect(main(page).indexOf(table)).toBeLessThan(main(page).indexOf('<form'))
  expect(strip(table)).toMatch(new RegExp(`^Qui a reçu quoi en ${year} Logement abordable`))
  // One line a body, and within it a line a datum.
  const bodies = [...table.matchAll(/<summary><span><h3>([^<]*)<\/h3><small>([^<]*)</g)]
  const day = makeWords().dayOfYear('fr', begins)
  expect(bodies.map(([, name, summary]) => [name, summary])).toEqual([
    ['Logement abordable (démo)', `1 envoi · le ${day}`],
    ['Aide aux études (démo)', `1 envoi · le ${day}`],
  ])
  expect(strip(table)).toMatch(/Revenu net 1 envoi, le [^.]*? Vous l’aviez autorisé/)
  expect(strip(table)).toMatch(/Revenu net 1 envoi, le [^.]*? Loi sur l’accès/)
  const [, href = ''] = /href="([^"]+)">Revenu net<\/a>/.exec(table) ?? []
  const found = await marie.browser.get(href.replaceAll('&amp;', '&'))
  expect(strip(main(found))).toContain(`Qui a reçu : revenu net, en ${year}`)
  expect(main(found)).not.toContain('>Situation familiale<')
  const nobody = await open('?renseignement=cat_adresse')
  expect(main(nobody)).toContain('aucun envoi n’est inscrit ici.')
})

test('who may receive something and did not is said of this year, and of no other time or datum', async () => {
  const others = 'Permis, sans envoi inscrit'
  const own = strip(main(await paul.browser.get('/activite')))
  // Whether Student Aid received something depends on the tests before; Affordable Housing never asked about him.
  expect(own).toMatch(/Permis, sans envoi inscrit : .*?Logement abordable \(démo\)\./)
  // Both received something of hers.
  expect(strip(main(await open()))).not.toContain(others)
  for (const query of [`?periode=${year - 1}`, '?renseignement=cat_revenu-net'])
    expect(strip(main(await paul.browser.get(`/activite${query}`)))).not.toContain(others)
})

test('the statement of a year is a page of its own, with the rows of « Mon activité » and no more', async () => {
  const [, href = ''] = /href="(\/activite\/releve\?annee=\d{4})"/.exec((await open()).body) ?? []
  expect(href).toBe(`/activite/releve?annee=${year}`)
  const inTable = (page: Answer) =>
    [...main(page).matchAll(/<tr role="row">\s*<th role="rowheader"[^]*?<\/tr>/g)].map(([row]) =>
      strip(row),
    )
  const statement = await marie.browser.get(href)
  expect(strip(main(statement))).toContain(`Qui a reçu quoi en ${year}`)
  expect(main(statement)).toContain(`L’année ${year} n’est pas finie`)
  expect(inTable(statement)).toEqual(inTable(await told()))
  expect(inTable(statement).length).toBeGreaterThan(1)
  // Nothing about a permit that is shown later: the law's other sending and hers alone.
  expect(inTable(statement).join(' ')).not.toContain('article 59')
  const earlier = await marie.browser.get(`/activite/releve?annee=${year - 1}`)
  expect([inTable(earlier), main(earlier).includes('n’est pas finie')]).toEqual([[], false])
  // What is no year means this one.
  const odd = await marie.browser.get('/activite/releve?annee=%3Cb%3E')
  expect(strip(main(odd))).toContain(`Qui a reçu quoi en ${year}`)
})

test('« Poser une question » is on the pages of exactly the lines about which a question can be asked', async () => {
  const rows = rowsOf(await open())
  const events = await eventsOf()
  const asks = events.map((event) => /href="([^"]+)"[^>]*>Poser une question/.exec(event)?.[1])
  expect(asks.map((href) => href !== undefined)).toEqual(
    rows.map(({ href }) => href.includes('/dec_')),
  )
  const hrefs = asks.filter((href) => href !== undefined)
  expect(hrefs.length).toBeGreaterThan(1)
  for (const href of hrefs) expect((await marie.browser.get(href)).body).toContain('<textarea')
})

test('the page of each line links to where it can be questioned or reported, with its number', async () => {
  for (const event of await eventsOf()) {
    const [, number = 'none'] = /<code translate="no">([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(event) ?? []
    const hrefs = [...event.matchAll(/href="([^"]+)"/g)].map(([, to]) => to).join(' ')
    if (/(dec|act)_/.test(hrefs)) expect(hrefs).toContain(number.replace('-', ''))
  }

  const [sent = ''] = await eventsOf('?quoi=envois')
  const [, toAsk = ''] = /href="([^"]+)"[^>]*>Poser une question/.exec(sent) ?? []
  const asking = await marie.browser.get(toAsk)
  expect(asking.body).toContain('<h1>Poser une question</h1>')
  const { action, fields } = formOf(asking)
  const asked = await postAndFollow(marie.browser, action, { ...fields, texte: 'Pourquoi?' })
  expect(asked.body).toContain('C’est transmis à l’Agence du revenu (démo).')
  expect(main(asked)).toContain('href="/activite"')
  expect((await eventsOf('?quoi=envois'))[0]).toContain('Voir votre signalement')
})

test('a delayed permit is nowhere before its time, and afterwards in its place with both dates', async () => {
  const hidden = await shareAsNewcomer(stage)
  const token = await holderToken(stage, 'decide')
  const before = await open('', hidden.browser)
  const permit = await decide(stage, token, investigated(hidden.sub))
  const its = `/activite/${String(permit.context['decision_id'])}`
  expect(strip(main(await open('', hidden.browser)))).toBe(strip(main(before)))
  for (const query of ['?quoi=plus-tard', '?quoi=envois', '?renseignement=cat_revenu-net'])
    expect(titles(await told(query, hidden.browser)).join()).not.toContain('Logement')
  // Its page answers as the page of a number that there never was.
  const [early, never] = [
    await hidden.browser.get(its),
    await hidden.browser.get('/activite/dec_00000000000000000000000000'),
  ]
  const withoutNumber = (page: Answer) => main(page).replace(/<dd><code[^]*?<\/dd>/, '')
  expect([early.status, withoutNumber(early)]).toEqual([404, withoutNumber(never)])

  await pass(stage.db, { days: 31 })
  // Her session ended long ago.
  await signIn(stage, stage.aid, hidden.authenticator, hidden.browser)
  // The permit is the newest line of the month in which it happened, which stands below this month's sign-ins.
  // To whom it went stands above the days, and is not said again.
  const after = await open('', hidden.browser)
  expect(strip(main(after))).toMatch(/À regarder .*? à Logement abordable .*? Jour par jour/)
  const [, permitted] = rowsOf(after)
  expect(permitted?.aside).toMatch(/^\d+ h(?: \d+)?$/)
  expect(permitted?.href).toBe(its)
  const [line] = await eventsOf('?quoi=plus-tard', hidden.browser)
  expect(strip(line ?? '')).toMatch(
    /jamais confirmé[^]*Différé\.[^]*Cela s’est passé le .+ et vous est montré depuis le /,
  )
})

test('no filter shows a line of another person, and no address of a line her page', async () => {
  await signIn(stage, stage.aid, marie.authenticator, marie.browser)
  await signIn(stage, stage.aid, paul.authenticator, paul.browser)
  const own = rowsOf(await open('', paul.browser)).map(({ href }) => href)
  const hers = rowsOf(await open()).map(({ href }) => href)
  expect(own.filter((href) => hers.includes(href))).toEqual([])
  for (const href of hers) expect((await paul.browser.get(href)).status).toBe(404)
  const sent = hers.find((href) => href.includes('dec_')) ?? ''
  const number = /dec_\w{26}/.exec(sent)?.[0] ?? ''
  const act = /act_\w{26}/.exec(hers.join())?.[0] ?? ''
  expect((await paul.browser.get(`/mes-partages/signalements/${number}`)).status).toBe(404)
  expect((await paul.browser.get(`/acces/avis/${act}`)).status).toBe(404)
  for (const odd of [
    '/activite/x',
    `/activite/${number}x`,
    `/activite/${number}/fin`,
    '/activite/%00',
  ])
    expect((await marie.browser.get(odd)).status, odd).toBe(404)
  const stranger = await makeBrowser(stage).get('/activite')
  expect(stranger.body).not.toContain('fold line')
  expect((await makeBrowser(stage).get(sent)).body).not.toContain('Agence du revenu')
})

describe('files', () => {
  test('a table has the filtered lines, in words', async () => {
    const taken = await take('csv', '?quoi=envois&organisme=org_logement-abordable')
    expect(taken.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(taken.headers['content-disposition']).toMatch(/accord-mon-activite-[\d-]+\.csv/)
    const [headings, ...rows] = taken.body.trimEnd().split('\r\n')
    expect(headings).toMatch(/^\uFEFF"Date et heure","Ce qui s’est passé"/)
    // What was shown later is shown by now.
    expect(rows).toHaveLength(2)
    expect(rows.join()).toContain('"Loi sur l’accès (A-2.1), article 68 (1)"')
  })

  test('a JSON file has the lines of all pages, with names and codes', async () => {
    const taken = await take('json')
    const { filter, lines } = JSON.parse(taken.body) as { filter: Json; lines: Json[] }
    expect(filter).toEqual({})
    // It tells of itself.
    expect(lines[0]).toMatchObject({ about: 'access', kind: 'data.taken' })
    expect(lines.length).toBeGreaterThan(16)
    expect(
      lines.find(({ about, kind }) => about === 'decisions' && kind === 'refused'),
    ).toMatchObject({
      reason_code: 'CATEGORY_NOT_COVERED',
      result: 'refused',
      times: 2,
      categories: [{ id: 'cat_personnes-a-charge' }],
      recipient: { id: 'org_aide-etudes' },
    })
    expect(taken.body).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/)
  })

  test('cannot be requested from another site', async () => {
    expect((await marie.browser.post('/activite/csv', {})).status).toBe(403)
    const other = await marie.browser.get('/activite/json')
    expect(other.status).toBe(404)
  })

  test('the print view has all filtered lines, and no links', async () => {
    const page = await marie.browser.get('/activite/impression?quoi=refus')
    expect(titles(page)).toHaveLength(1)
    expect(main(page)).toContain('Montré ici')
    expect(main(page)).not.toContain('Signaler')
  })
})

describe('any line of the person can be answered', () => {
  test('« ce n’était pas moi » about a sign-in without a notice, once', async () => {
    const [line = ''] = await eventsOf('?quoi=connexions')
    const [, href = ''] = /href="(\/acces\/avis\/act_\w+)"/.exec(line) ?? []
    const other = await signIn(stage, stage.aid, marie.authenticator)
    const page = await marie.browser.get(href)
    expect(page.body).toContain('<h1>Était-ce vous?</h1>')
    const csrf = csrfIn(page)
    const said = [
      await marie.browser.post(`${href}/pas-moi`, { csrf }),
      await marie.browser.post(`${href}/pas-moi`, { csrf }),
    ]
    expect(said.map(({ status }) => status)).toEqual([303, 404])
    expect(isSignedOut(await other.browser.get('/acces'))).toBe(true)
    expect((await marie.browser.get(href)).body).toContain(
      'Vous avez répondu que ce n’était pas vous',
    )
    expect(titles(await told('?quoi=acces'))[0]).toContain('Ce n’était pas moi')
  })

  test('« ce n’était pas moi » about a consent, which is then paused', async () => {
    const shared = await shareAsNewcomer(stage)
    const [line = ''] = await eventsOf('?quoi=partages', shared.browser)
    const [, href = ''] = /href="(\/acces\/avis\/rcp_\w+)"/.exec(line) ?? []
    const page = await shared.browser.get(href)
    expect(page.body).toContain('Vous avez autorisé ce partage')
    await shared.browser.post(`${href}/pas-moi`, { csrf: csrfIn(page) })
    const token = await holderToken(stage, 'decide')
    expect((await decide(stage, token, evaluation(shared.sub))).decision).toBe(false)
  })

  test('« c’était moi », which is remembered', async () => {
    const [line = ''] = await eventsOf('?quoi=acces', paul.browser)
    const [, href = ''] = /href="(\/acces\/avis\/act_\w+)"/.exec(line) ?? []
    const page = await paul.browser.get(href)
    await paul.browser.post(`${href}/moi`, { csrf: csrfIn(page) })
    expect((await paul.browser.get(href)).body).toContain(
      'Vous avez répondu : c’était vous.'.replace(' :', '\u00a0:'),
    )
  })
})

test('the end of a sharing is at the time when it ended, whenever it was written', async () => {
  const shared = await shareAsNewcomer(stage)
  await pass(stage.db, { days: 500 })
  await signIn(stage, stage.aid, shared.authenticator, shared.browser)
  const found = titles(await told('?quoi=partages', shared.browser))
  const [ended] = rowsOf(await open('?quoi=partages', shared.browser))
  expect(ended?.href).toBe(`/activite/${shared.consentId}/fin`)
  const [end, asked] = await Promise.all(
    [ended?.href ?? '', `/activite/${shared.consentId}`].map(async (href) =>
      strip(main(await shared.browser.get(href))),
    ),
  )
  expect(end).toContain('Partage avec l’Aide aux études (démo) terminé')
  expect(asked).toContain('vous a demandé d’autoriser un partage')
  expect(found[0]).toBe('Partage avec l’Aide aux études (démo) terminé')
})

test('the pages show each line once, even lines of the same instant', async () => {
  const alone = await shareAsNewcomer(stage)
  const { personId } = await stage
    .db('accounts')
    .select('personId')
    .orderBy('openedAt', 'desc')
    .first<{ personId: string }>()
  const rows = Array.from({ length: 65 }, () => ({
    activityId: crypto.randomUUID(),
    personId,
    kind: 'passkey.renamed',
    result: 'done',
    requestId: '-',
    at: new Date('2025-03-15T12:00:00Z'),
  }))
  await stage.db('activity').insert(rows)
  const seen: string[] = []
  const sizes: number[] = []
  const links: string[] = []
  let next = '/activite'
  while (next !== '') {
    const page = await alone.browser.get(next)
    const numbers = rowsOf(page).map(({ href }) => /(\w{3}_\w{26})/.exec(href)?.[1] ?? '')
    sizes.push(numbers.length)
    seen.push(...numbers)
    links.push(/class="button" href="[^"]*avant=[^"]*">([^<]*)</.exec(page.body)?.[1] ?? '')
    next = olderIn(page)
  }
  // A page ends with the month before the one in which it begins; the two sign-ins of today are one line.
  expect(sizes).toEqual([6, 60, 5])
  expect(links).toEqual(['Voir mars 2025', 'Voir la suite', ''])
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.length).toBe(65 + 6)
  expect(
    (
      await alone.browser.get(
        '/activite?avant=9999999999999999~ffffffff-ffff-ffff-ffff-ffffffffffff',
      )
    ).status,
  ).toBe(200)
})

const menu = ({ body }: Answer) => /<nav class="menu"[^]*?<\/nav>/.exec(body)?.[0]
const marked = (page: Answer) => /aria-current="(?:page|true)">([^<]*)</.exec(menu(page) ?? '')?.[1]

test('the menu marks where she is, and stays on help and on errors; nobody else sees it', async () => {
  const { browser } = await shareAsNewcomer(stage)
  expect(marked(await open('', browser))).toBe('Activité')
  expect(marked(await browser.get('/acces'))).toBe('Accès')
  for (const path of ['/aide', '/aide/envoi-surprenant', '/confidentialite', '/nulle-part']) {
    expect(menu(await browser.get(path)), path).toContain('href="/mes-partages"')
    expect(menu(await makeBrowser(stage).get(path)), path).toBeUndefined()
  }
})

test('the earlier address of the history redirects here', async () => {
  const moved = await paul.browser.get('/acces/historique')
  expect([moved.status, new URL(moved.location ?? '').pathname]).toEqual([308, '/activite'])
})
