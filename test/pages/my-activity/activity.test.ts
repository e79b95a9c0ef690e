import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postAndFollow, signIn } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, isSignedOut, makeBrowser } from '../../support/browser.ts'
import { dayOf } from '../../../src/base/values/calendar.ts'
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

/** Title and text of each line, the newest first; each sign-in of a day by itself. */
function linesOf(page: Answer): { title: string; text: string; html: string }[] {
  const lines = main(page).matchAll(
    /<li class="([\w-]+)">\s*<time [^]*?(?=<li class="[\w-]+">\s*<(?:time|span)|<\/ol>)/g,
  )
  return [...lines].map(([html, kind]) => {
    const said = [...html.matchAll(/<p[^>]*>([^]*?)<\/p>/g)].map(([, text = '']) => strip(text))
    const [first = '', second = ''] = said
    const isSent = kind === 'sent' || kind === 'allowed' || kind === 'unconfirmed'
    const title = kind === 'sign-in' ? 'Connexion' : isSent ? second : first
    return { title, text: strip(html), html }
  })
}

const titles = (page: Answer) => linesOf(page).map(({ title }) => title)

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
  const page = await open()
  const found = titles(page)
  expect(found.slice(0, 9)).toEqual([
    'Vous avez refusé un partage avec Aide aux études (démo)',
    'Aide aux études (démo) vous a demandé d’autoriser un partage',
    'Vous avez arrêté un partage avec Aide aux études (démo)',
    'Vous avez changé un partage avec Aide aux études (démo)',
    'Partage avec Aide aux études (démo) repris',
    'Partage avec Aide aux études (démo) mis en pause',
    'Refusé : envoi par Agence du revenu (démo) à Aide aux études (démo)',
    'Envoyé par Agence du revenu (démo) à Logement abordable (démo)',
    'Envoyé par Agence du revenu (démo) à Aide aux études (démo)',
  ])
  expect(found.slice(9).toSorted()).toEqual([
    'Accès créé',
    'Aide aux études (démo) vous a demandé d’autoriser un partage',
    'Clé d’accès ajoutée',
    'Connexion',
    'Connexion',
    'Nouveaux codes de récupération',
    'Vous avez autorisé un partage avec Aide aux études (démo)',
  ])
  expect(main(page).match(/<h4>/g)).toHaveLength(1)
})

test('a line says who, what, why, by what right and with what result, and has a number', async () => {
  const [law, consent] = linesOf(await open('?quoi=envois'))
  expect(consent?.text).toContain('Revenu net')
  expect(consent?.text).toContain('Pourquoi Calcul de votre aide financière 2026-2027')
  expect(consent?.text).toContain('De quel droit Vous l’aviez autorisé Résultat Envoyé.')
  expect(law?.text).toContain('De quel droit Loi sur l’accès (A-2.1), article 68 (1)')
  expect(law?.text).toMatch(/Numéro [0-9A-Z]{4}-[0-9A-Z]{4} /)
  const [refused] = linesOf(await open('?quoi=refus'))
  expect(refused?.text).toContain('Refusé. La demande portait sur un renseignement')
  expect(refused?.text).toContain('La même demande est venue 2 fois.')
})

test('the sign-ins of a day are one line, with browser and services; each can be questioned by itself', async () => {
  await stage
    .db('activity')
    .where({ kind: 'access.signed-in', personId: await personOf(marie.browser) })
    .update({ device: 'Chrome, Linux' })
  const page = await open('?quoi=connexions')
  const [group = ''] = /<li class="sign-ins">[^]*?(?=<details)/.exec(main(page)) ?? []
  expect(strip(group)).toMatch(
    /^\d+ h(?: \d\d)?(?: à \d+ h(?: \d\d)?)? 1 connexion avec Chrome sur Linux Services : Service aide-etudes, Aide aux études \(démo\)$/,
  )
  expect(main(page)).not.toMatch(/Réseau|\d+\.\d+\.\d+\.\d+/)
  const asked = linesOf(page).map(({ html }) => /\/acces\/avis\/act_\w+/.exec(html)?.[0])
  expect(new Set(asked).size).toBe(2)
})

test('a sending says the year that it is about', async () => {
  const period = { from: '2025-01-01', to: '2025-12-31' }
  await decide(stage, await holderToken(stage, 'decide'), evaluation(paul.sub, { period }))
  const [line] = linesOf(await open('?quoi=envois', paul.browser))
  expect(line?.text).toMatch(/Revenu net, 2025 Envoi permis/)
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
    const found = titles(await open(`?mots=${encodeURIComponent(typed)}`))
    expect(found).toHaveLength(count)
  })

  test('that is the number of a line finds that line, however it is written', async () => {
    const [, number = ''] =
      /Numéro ([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(linesOf(await open('?quoi=envois'))[0]?.text ?? '') ??
      []
    for (const typed of [number, number.toLowerCase().replace('-', ' ')]) {
      const found = linesOf(await open(`?mots=${encodeURIComponent(typed)}`))
      expect(found.map(({ text }) => text.includes(number))).toEqual([true])
    }
    expect(linesOf(await open(`?mots=${number}`, paul.browser))).toEqual([])
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
  expect(titles(page)[0]).toBe('Sent by Revenue Agency (demo) to Affordable Housing (demo)')
  expect(linesOf(page)[0]?.text).toContain('By what right Access Act (A-2.1), section 68 (1)')
  expect(main(page)).toContain('href="/en/mes-partages/signalements/dec_')
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
    expect(titles(await open(`?${query}`))).toHaveLength(count)
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
    expect(titles(await open(`?periode=${month}`))).toHaveLength(16)
  })
})

test('who received what this year stands first, one click from the home page, and leads to each sending', async () => {
  const home = await marie.browser.get('/espace')
  expect(main(home)).toContain('href="/activite"')
  const page = await open()
  const table = /<section class="received wide">[^]*?<\/section>/.exec(page.body)?.[0] ?? ''
  expect(main(page).indexOf(table)).toBeLessThan(main(page).indexOf('<form'))
  expect(strip(table)).toMatch(
    new RegExp(
      `^Qui a reçu quoi En ${year}, 2 organismes ont reçu des renseignements sur vous, en 2 envois\\.`,
    ),
  )
  expect(strip(table)).toMatch(
    /Revenu net Aide aux études \(démo\) 1 fois .*? Vous l’aviez autorisé/,
  )
  expect(strip(table)).toMatch(/Revenu net Logement abordable \(démo\) 1 fois .*? Loi sur l’accès/)
  const [, href = ''] = /href="([^"]+)">Revenu net<\/a>/.exec(table) ?? []
  const found = await marie.browser.get(href.replaceAll('&amp;', '&'))
  expect(strip(main(found))).toContain(`Qui a reçu : revenu net, en ${year}`)
  expect(main(found)).not.toContain('>Situation familiale<')
  const nobody = await open('?renseignement=cat_adresse')
  expect(main(nobody)).toContain('aucun envoi n’est inscrit ici.')
})

test('who may receive something and did not is said of this year, and of no other time or datum', async () => {
  const others = 'Permis, mais sans envoi inscrit'
  const own = strip(main(await paul.browser.get('/activite')))
  // Whether Student Aid received something depends on the tests before; Affordable Housing never asked about him.
  expect(own).toMatch(/Permis, mais sans envoi inscrit : .*?Logement abordable \(démo\)\./)
  // Both received something of hers.
  expect(strip(main(await open()))).not.toContain(others)
  for (const query of [`?periode=${year - 1}`, '?renseignement=cat_revenu-net'])
    expect(strip(main(await paul.browser.get(`/activite${query}`)))).not.toContain(others)
})

test('the statement of a year is a page of its own, with the rows of « Mon activité » and no more', async () => {
  const [, href = ''] = /href="(\/activite\/releve\?annee=\d{4})"/.exec((await open()).body) ?? []
  expect(href).toBe(`/activite/releve?annee=${year}`)
  const rowsIn = (page: Answer) =>
    [...main(page).matchAll(/<tr role="row">\s*<th role="rowheader"[^]*?<\/tr>/g)].map(([row]) =>
      strip(row),
    )
  const statement = await marie.browser.get(href)
  expect(strip(main(statement))).toContain(`Qui a reçu quoi en ${year}`)
  expect(main(statement)).toContain(`L’année ${year} n’est pas finie`)
  expect(rowsIn(statement)).toEqual(rowsIn(await open()))
  expect(rowsIn(statement).length).toBeGreaterThan(1)
  // Nothing about a permit that is shown later: the law's other sending and hers alone.
  expect(rowsIn(statement).join(' ')).not.toContain('article 59')
  const earlier = await marie.browser.get(`/activite/releve?annee=${year - 1}`)
  expect([rowsIn(earlier), main(earlier).includes('n’est pas finie')]).toEqual([[], false])
  // What is no year means this one.
  const odd = await marie.browser.get('/activite/releve?annee=%3Cb%3E')
  expect(strip(main(odd))).toContain(`Qui a reçu quoi en ${year}`)
})

test('« Poser une question » is on exactly the lines about which a question can be asked', async () => {
  const lines = linesOf(await open())
  const asks = lines.map(({ html }) => /href="([^"]+)"[^>]*>Poser une question/.exec(html)?.[1])
  expect(asks.map((href) => href !== undefined)).toEqual(
    lines.map(({ html }) => html.includes('/signalements/dec_')),
  )
  const hrefs = asks.filter((href) => href !== undefined)
  expect(hrefs.length).toBeGreaterThan(1)
  for (const href of hrefs) expect((await marie.browser.get(href)).body).toContain('<textarea')
})

test('each line links to where it can be questioned or reported, with its number', async () => {
  const lines = linesOf(await open())
  const hrefs = lines.map(({ html }) => [...html.matchAll(/href="([^"]+)"/g)].map(([, to]) => to))
  for (const [i, { html, text }] of lines.entries()) {
    const [, number = 'none'] = /([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(text) ?? []
    if (/(dec|act)_/.test(html)) expect(hrefs[i]?.join(' ')).toContain(number.replace('-', ''))
  }

  const [sent] = linesOf(await open('?quoi=envois'))
  const [, toAsk = ''] = /href="([^"]+)"[^>]*>Poser une question/.exec(sent?.html ?? '') ?? []
  const asking = await marie.browser.get(toAsk)
  expect(asking.body).toContain('<h1>Poser une question</h1>')
  const { action, fields } = formOf(asking)
  const asked = await postAndFollow(marie.browser, action, { ...fields, texte: 'Pourquoi?' })
  expect(asked.body).toContain('C’est transmis à Agence du revenu (démo).')
  expect(main(asked)).toContain('href="/activite"')
  expect(linesOf(await open('?quoi=envois'))[0]?.text).toContain('Voir votre signalement')
})

test('a delayed permit is nowhere before its time, and afterwards in its place with both dates', async () => {
  const hidden = await shareAsNewcomer(stage)
  const token = await holderToken(stage, 'decide')
  const before = await open('', hidden.browser)
  await decide(stage, token, investigated(hidden.sub))
  expect(strip(main(await open('', hidden.browser)))).toBe(strip(main(before)))
  for (const query of ['?quoi=plus-tard', '?quoi=envois', '?renseignement=cat_revenu-net'])
    expect(titles(await open(query, hidden.browser)).join()).not.toContain('Logement')

  await pass(stage.db, { days: 31 })
  // Her session ended long ago.
  await signIn(stage, stage.aid, hidden.authenticator, hidden.browser)
  // This month has this day's sign-ins alone; the permit is the newest line of the month in which it happened.
  const newest = await open('', hidden.browser)
  expect(titles(newest)).toEqual(['Connexion', 'Connexion'])
  expect(titles(await hidden.browser.get(olderIn(newest)))[0]).toContain('Logement abordable')
  const [line] = linesOf(await open('?quoi=plus-tard', hidden.browser))
  expect(line?.text).toMatch(
    /jamais confirmé[^]*Différé\. Cela s’est passé le .+ et vous est montré depuis le /,
  )
})

test('no filter shows a line of another person', async () => {
  await signIn(stage, stage.aid, marie.authenticator, marie.browser)
  await signIn(stage, stage.aid, paul.authenticator, paul.browser)
  const own = linesOf(await open('', paul.browser)).map(({ text }) => text)
  const [line] = linesOf(await open('?quoi=envois'))
  const number = /dec_\w{26}/.exec(line?.html ?? '')?.[0] ?? ''
  expect(own.join()).not.toContain(number)
  const newest = linesOf(await open())[0]?.html ?? ''
  const [, act = ''] = /(act_\w{26})/.exec(newest) ?? []
  expect((await paul.browser.get(`/mes-partages/signalements/${number}`)).status).toBe(404)
  expect((await paul.browser.get(`/acces/avis/${act}`)).status).toBe(404)
  const stranger = await makeBrowser(stage).get('/activite')
  expect(stranger.body).not.toContain('class="day"')
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
    expect(other.status).toBe(405)
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
    const [line] = linesOf(await open('?quoi=connexions'))
    const [, href = ''] = /href="(\/acces\/avis\/act_\w+)"/.exec(line?.html ?? '') ?? []
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
    expect(titles(await open('?quoi=acces'))[0]).toContain('Ce n’était pas moi')
  })

  test('« ce n’était pas moi » about a consent, which is then paused', async () => {
    const shared = await shareAsNewcomer(stage)
    const [line] = linesOf(await open('?quoi=partages', shared.browser))
    const [, href = ''] = /href="(\/acces\/avis\/rcp_\w+)"/.exec(line?.html ?? '') ?? []
    const page = await shared.browser.get(href)
    expect(page.body).toContain('Vous avez autorisé ce partage')
    await shared.browser.post(`${href}/pas-moi`, { csrf: csrfIn(page) })
    const token = await holderToken(stage, 'decide')
    expect((await decide(stage, token, evaluation(shared.sub))).decision).toBe(false)
  })

  test('« c’était moi », which is remembered', async () => {
    const [line] = linesOf(await open('?quoi=acces', paul.browser))
    const [, href = ''] = /href="(\/acces\/avis\/act_\w+)"/.exec(line?.html ?? '') ?? []
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
  const found = titles(await open('?quoi=partages', shared.browser))
  expect(found[0]).toBe('Partage avec Aide aux études (démo) terminé')
})

test('the pages show each line once, even lines of the same instant', async () => {
  const alone = await shareAsNewcomer(stage)
  const { personId } = await stage
    .db('accounts')
    .select('personId')
    .orderBy('openedAt', 'desc')
    .first<{ personId: string }>()
  const rows = Array.from({ length: 60 }, () => ({
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
    const numbers = linesOf(page).map(({ html }) => /(\w{3}_\w{26})/.exec(html)?.[1] ?? '')
    sizes.push(numbers.length)
    seen.push(...numbers)
    links.push(/class="button" href="[^"]*avant=[^"]*">([^<]*)</.exec(page.body)?.[1] ?? '')
    next = olderIn(page)
  }
  // A page ends with its month.
  expect(sizes).toEqual([7, 35, 25])
  expect(links).toEqual(['Voir mars 2025', 'Voir la suite', ''])
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.length).toBe(60 + 7)
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
