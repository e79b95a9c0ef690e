import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Page } from './browser.ts'
import { answered, evaluation, onlyFirst } from './stand-in-apis.ts'
import { openStudent, type Student, wordsOf } from './student.ts'

const introspection = '/token/introspection'
const dependants = 'cat_personnes-a-charge'

let student: Student

beforeEach(async () => {
  student = await openStudent()
})

afterEach(() => student.pieces.close())

test('an expired token is renewed, and the answer is the same', async () => {
  student.issuer.person.tokenSeconds = 29
  const income = incomeIn(await student.ask())
  const count = await student.countTokenRequests()
  expect(incomeIn(await student.again())).toBe(income)
  expect(count()).toBeGreaterThan(0)
})

test('a valid token is used again', async () => {
  await student.ask()
  const count = await student.countTokenRequests()
  await student.again()
  expect(count()).toBe(0)
})

test('a token that the agency refuses before its time is renewed, once', async () => {
  await student.ask()
  student.issuer.takeOver(introspection, onlyFirst(answered(200, { active: false })))
  expect(wordsOf(await student.again())).toContain('Revenu net 2025')
})

test('if the agency refuses the renewed token too, the sharing counts as stopped', async () => {
  await student.ask()
  student.issuer.takeOver(introspection, answered(200, { active: false }))
  expect(wordsOf(await student.again())).toContain('Ce partage est arrêté')
})

test('after a stop nothing more is received; the calculated bursary stays, and the person may allow the sharing again', async () => {
  const bursary = bursaryIn(await student.ask())
  student.issuer.person.stop()
  const stopped = await student.again()
  expect(stopped).toMatchObject({ address: `${student.aid}/demande`, status: 200 })
  expect(wordsOf(stopped)).toContain('Ce partage est arrêté')
  expect(wordsOf(stopped)).toContain(`reste à votre dossier : une bourse de ${bursary}.`)
  expect(wordsOf(stopped)).not.toContain('Revenu net')
  expect(stopped.text).toContain('href="/autre-moyen"')
  expect(stopped.text).toContain('<form method="post" action="/demande">')
  expect(wordsOf(await student.ask())).toContain('Revenu net 2025')
})

test('a stop is also noticed at the renewal, without asking the agency', async () => {
  student.issuer.person.tokenSeconds = 29
  await student.ask()
  await student.agency.close()
  student.issuer.person.stop()
  expect(wordsOf(await student.again())).toContain('Ce partage est arrêté')
})

test('if an expired token cannot be renewed, the person is asked again', async () => {
  student.issuer.person.tokenSeconds = 29
  student.issuer.person.isRenewable = false
  await student.ask()
  expect((await student.again()).text).toContain('<form method="post" action="/demande">')
})

test('after a stop the tokens are forgotten: calculating again asks nobody', async () => {
  await student.ask()
  student.issuer.person.stop()
  await student.again()
  const count = await student.countTokenRequests()
  expect(wordsOf(await student.again())).toContain('Ce partage est arrêté')
  expect(count()).toBe(0)
})

test('a renewal that grants something else is a stop', async () => {
  student.issuer.person.tokenSeconds = 29
  await student.ask()
  student.issuer.person.distort({ holder: 'org_autre' })
  expect(wordsOf(await student.again())).toContain('Ce partage est arrêté')
})

test('a renewal that grants less narrows the sharing', async () => {
  student.issuer.person.tokenSeconds = 29
  student.issuer.person.tick(dependants)
  expect(wordsOf(await student.ask())).not.toContain('Non communiqué')
  student.issuer.person.tick()
  expect(wordsOf(await student.again())).toContain('Personnes à charge Non communiqué')
})

test.each([
  { lang: '', reason: 'Trop de fois.', title: 'Rien n’a été communiqué cette fois' },
  { lang: '?lang=en', reason: 'Too often.', title: 'Nothing was sent this time' },
])('a denial is shown with its reason, in her language: $reason', async ({ lang, ...seen }) => {
  const reason_user = { fr: 'Trop de fois.', en: 'Too often.' }
  student.issuer.takeOver(evaluation, answered(200, { decision: false, context: { reason_user } }))
  const page = wordsOf(await student.browser.visit(`${student.aid}/demande${lang}`, {}))
  expect(page).toContain(seen.title)
  expect(page).toContain(seen.reason)
})

test('a temporary denial ends nothing; a denial after a stop ends the sharing', async () => {
  await student.ask()
  student.issuer.takeOver(evaluation, answered(200, { decision: false, context: {} }))
  const denied = await student.again()
  expect(wordsOf(denied)).toContain('la réponse est non pour le moment')
  expect(denied.text).toContain('<form method="post" action="/demande/calcul">')
  student.issuer.takeOver(evaluation, undefined)
  expect(wordsOf(await student.again())).toContain('Revenu net 2025')
  student.issuer.takeOver(evaluation, (request, response, goOn) => {
    student.issuer.person.stop()
    answered(200, { decision: false, context: {} })(request, response, goOn)
  })
  expect(wordsOf(await student.again())).toContain('Ce partage est arrêté')
})

test('if the agency is down nothing is lost, and it answers when it is back', async () => {
  const bursary = bursaryIn(await student.ask())
  await student.agency.close()
  const page = await student.again()
  expect(wordsOf(page)).toContain('L’Agence ne répond pas pour le moment')
  expect(wordsOf(page)).toContain(`une bourse de ${bursary}.`)
  expect(page.text).toContain('<form method="post" action="/demande/calcul">')
  await student.pieces.startRevenueAgency()
  expect(wordsOf(await student.again())).toContain('Revenu net 2025')
})

test('if the agency is down from the start the permission is kept', async () => {
  await student.agency.close()
  expect(wordsOf(await student.ask())).toContain('votre autorisation sont gardées')
  await student.pieces.startRevenueAgency()
  expect(wordsOf(await student.again())).toContain('Revenu net 2025')
})

test.each([
  { what: 'is down', answer: answered(500, {}) },
  { what: 'does not know us any more', answer: answered(401, { error: 'invalid_client' }) },
  { what: 'refuses us', answer: answered(400, { error: 'invalid_client' }) },
])('if the broker $what when the token has expired, nothing is lost', async ({ answer }) => {
  student.issuer.person.tokenSeconds = 29
  await student.ask()
  student.issuer.takeOver('/token', answer)
  expect(wordsOf(await student.again())).toContain('L’Agence ne répond pas pour le moment')
  student.issuer.takeOver('/token', undefined)
  expect(wordsOf(await student.again())).toContain('Revenu net 2025')
})

test('if the agency cannot reach the broker, nothing is lost', async () => {
  student.issuer.takeOver(evaluation, answered(500, {}))
  expect(wordsOf(await student.ask())).toContain('L’Agence ne répond pas pour le moment')
  student.issuer.takeOver(evaluation, undefined)
  expect(wordsOf(await student.again())).toContain('Revenu net 2025')
})

test('if the broker is down, a page explains it and no application is shown', async () => {
  await student.issuer.close()
  const page = await student.ask()
  expect(page.status).toBe(503)
  expect(wordsOf(page)).toContain('Votre dossier n’est pas touché')
})

test('an agency without a notice of assessment for the person is explained', async () => {
  await student.agency.close()
  await student.pieces.startRevenueAgency(() => undefined)
  expect(wordsOf(await student.ask())).toContain('L’Agence n’a pas d’avis 2025 pour vous')
})

/** However they are written; an id may have two digits of them. */
const figures = /98\D?765/
const good = { year: 2025, revenu_net: 18_240, situation_familiale: 'en_couple' }

test.each([
  { what: 'another year', body: { ...good, year: 2024 } },
  { what: 'no income', body: { ...good, revenu_net: undefined } },
  { what: 'an income in words', body: { ...good, revenu_net: '98765' } },
  { what: 'an income below zero', body: { ...good, revenu_net: -98_765 } },
  { what: 'half an income', body: { ...good, revenu_net: 98_765.5 } },
  { what: 'no situation', body: { ...good, situation_familiale: undefined } },
  { what: 'a number for a situation', body: { ...good, situation_familiale: 98_765 } },
  { what: 'dependants that are no number', body: { ...good, personnes_a_charge: '98765' } },
  { what: 'a list', body: [98_765] },
  { what: 'half an answer', body: '98765 {"year":2025,' },
])(
  'if the agency answers with $what, no figures are shown and nothing of it is logged',
  async ({ body }) => {
    student.issuer.person.tick(dependants)
    await student.answerForTheAgency(answered(200, body))
    const page = wordsOf(await student.ask())
    expect(page).toContain('L’Agence ne répond pas pour le moment')
    expect(page).not.toMatch(figures)
    expect(logged()).toContain('no notice from the agency')
    expect(logged()).not.toMatch(figures)
  },
)

test.each([201, 204, 302, 400, 500])(
  'an answer %d of the agency counts as no answer',
  async (status) => {
    await student.answerForTheAgency((_request, response) => void response.writeHead(status).end())
    expect(wordsOf(await student.ask())).toContain('L’Agence ne répond pas pour le moment')
  },
)

test('categories beyond the grant are ignored', async () => {
  await student.answerForTheAgency(
    answered(200, { ...good, personnes_a_charge: 7, employeur: 'X' }),
  )
  const page = wordsOf(await student.ask())
  expect(page).toContain('18 240 $')
  expect(page).toContain('Situation familiale En couple')
  expect(page).toContain('Personnes à charge Non communiqué')
  expect(page).toContain('7 968 $')
})

test.each(['constructor', '<b>', 'veuf'])(
  'an unknown situation (%s) is shown as another situation',
  async (word) => {
    await student.answerForTheAgency(answered(200, { ...good, situation_familiale: word }))
    expect(wordsOf(await student.ask())).toContain('Situation familiale Autre')
  },
)

test.each([
  { what: 'markup', reason: { fr: '<b>gras</b>', en: 'bold' }, shown: '&lt;b&gt;gras' },
  { what: 'a novel', reason: { fr: 'x'.repeat(501), en: 'x' }, shown: undefined },
  { what: 'one language', reason: { fr: 'seul' }, shown: undefined },
])('a reason that is $what does not disturb the page', async ({ reason, shown }) => {
  await student.answerForTheAgency(answered(403, { reason_user: reason }))
  const { text } = await student.ask()
  expect(text).toContain('Rien n’a été communiqué cette fois')
  expect(text.includes('class="said"')).toBe(shown !== undefined)
  expect(text).toContain(shown ?? '')
})

test('the agency gets a DPoP proof, and the token only in the header', async () => {
  const seen: string[] = []
  await student.answerForTheAgency((request, response, goOn) => {
    seen.push(
      String(request.headers.authorization),
      String(request.headers['dpop']),
      String(request.url),
    )
    answered(200, good)(request, response, goOn)
  })
  await student.ask()
  expect(seen).toEqual([
    expect.stringMatching(/^DPoP \S+$/),
    expect.stringMatching(/^ey/),
    '/api/avis/2025',
  ])
})

test('no address, page source or log contains a token or an income', async () => {
  const tokens: string[] = []
  await student.answerForTheAgency((request, response, goOn) => {
    tokens.push(String(request.headers.authorization).replace('DPoP ', ''))
    answered(200, good)(request, response, goOn)
  })
  const page = await student.ask()
  const [token = 'none'] = tokens
  expect(page.text).not.toContain(token)
  expect(page.address).toBe(`${student.aid}/demande`)
  expect(logged()).not.toMatch(new RegExp(`${token}|18.?240`))
})

function incomeIn(page: Page): string | undefined {
  return /(\d\d \d{3} \$), reçu/.exec(wordsOf(page))?.[1]
}

function bursaryIn(page: Page): string {
  return /pour l’année ([\d ]+ \$)/.exec(wordsOf(page))?.[1] ?? 'none'
}

function logged(): string {
  return vi.mocked(console.error).mock.calls.flat().join('\n')
}
