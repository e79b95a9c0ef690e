import { afterEach, beforeEach, expect, test } from 'vitest'
import { answered, disclosures, evaluation, evaluations, type Json } from './stand-in-apis.ts'
import { openStudent, type Student, wordsOf } from './student.ts'

// What the law allows, at both services: nobody is asked, each year has its permit, and one call asks for both.

let student: Student

beforeEach(async () => {
  student = await openStudent()
})

afterEach(() => student.pieces.close())

const check = (language = '') => student.browser.visit(`${student.aid}/residence${language}`, {})

test('the person sees the agency’s answer for each year', async () => {
  const page = await check()
  expect(page).toMatchObject({ address: `${student.aid}/residence`, status: 200 })
  const words = wordsOf(page)
  expect(words).toMatch(/À \d+ h \d\d, l’Agence du revenu \(démo\) nous a répondu\./)
  for (const year of [2024, 2025])
    expect(words).toMatch(new RegExp(`Au 31 décembre ${year} (Oui, au Québec|Non, ailleurs)`))
  expect(page.text).toContain(`href="${student.issuer.issuer}/mes-partages"`)
})

test('it is the same in English', async () => {
  const page = await check('?lang=en')
  expect(page.address).toBe(`${student.aid}/en/residence`)
  expect(wordsOf(page)).toMatch(/On December 31, 2024 (Yes, in Québec|No, elsewhere)/)
  expect(page.text).toContain(`href="${student.issuer.issuer}/en/mes-partages"`)
})

test('both years are asked for in one call, each as a question of its own', async () => {
  await check()
  const [question] = await student.issuer.arrivals(evaluations, 1)
  expect(question?.body).toMatchObject({
    subject: { id: 'org_aide-etudes' },
    action: { properties: { purpose: 'pur_verification-residence@2' } },
    options: { evaluations_semantic: 'execute_all' },
  })
  const items: { resource: { properties: object }; context: { request_id: string } }[] =
    question?.body.evaluations
  expect(items.map(({ resource }) => resource)).toMatchObject([
    { id: 'dst_residence-fiscale@3', properties: { period: { to: '2024-12-31' } } },
    { id: 'dst_residence-fiscale@3', properties: { period: { to: '2025-12-31' } } },
  ])
  expect(new Set(items.map(({ context }) => context.request_id)).size).toBe(2)
  expect(student.issuer.received.some(({ path }) => path === evaluation)).toBe(false)
})

test('the agency reports each permit, and Student Aid reports each reception', async () => {
  await check()
  const reports = (await student.issuer.arrivals(disclosures, 4)).map(({ body }) => body)
  const sent = reports.filter(({ status }) => status === 'recorded')
  const received = reports.filter(({ status }) => status === 'received')
  expect(sent).toHaveLength(2)
  for (const { categories } of reports) expect(categories).toEqual(['cat_residence-quebec'])
  const [question] = await student.issuer.arrivals(evaluations, 1)
  const permits = question?.body.evaluations.map(
    ({ context }: { context: { request_id: string } }) => `dec_${context.request_id}`,
  )
  expect(new Set(received.map((one) => one.decision_id))).toEqual(new Set(permits))
  expect(received[0]).not.toHaveProperty('consent_id')
})

test('a year that is not permitted is not sent, and the other is', async () => {
  student.issuer.refuseWhere(({ resource }) => resource.properties.period.to === '2024-12-31')
  const words = wordsOf(await check())
  expect(words).not.toContain('décembre 2024')
  expect(words).toMatch(/décembre 2025 (Oui|Non)/)
  const reports = await student.issuer.arrivals(disclosures, 2)
  expect(new Set(reports.map(({ body }) => body.status))).toEqual(new Set(['received', 'recorded']))
})

test.each([
  ['', 'La personne a retiré son consentement.', 'Rien n’a été communiqué cette fois'],
  ['?lang=en', 'The person withdrew consent.', 'Nothing was sent this time'],
])('when no year is permitted the page says why%s', async (language, reason, title) => {
  student.issuer.refuseWhere(() => true)
  const words = wordsOf(await check(language))
  expect(words).toContain(title)
  expect(words).toContain(reason)
  expect(student.issuer.received.some(({ path }) => path === disclosures)).toBe(false)
})

test.each([
  ['answers one question of two', (answers: Json[]) => answers.slice(1)],
  ['gives one permit for both', ([first]: Json[]) => [first, first]],
  ['gives no list', () => 'yes'],
])('if the broker %s, nothing is sent', async (_, distort) => {
  student.issuer.changeBatches(distort)
  expect(wordsOf(await check())).toContain('L’Agence ne répond pas pour le moment')
  expect(student.issuer.received.some(({ path }) => path === disclosures)).toBe(false)
})

test('if the broker or an agency is down nothing is lost, and it can be asked again', async () => {
  student.issuer.takeOver(evaluations, answered(500, {}))
  expect(wordsOf(await check())).toContain('L’Agence ne répond pas pour le moment')
  student.issuer.takeOver(evaluations, undefined)
  await student.agency.close()
  expect(wordsOf(await check())).toContain('L’Agence ne répond pas pour le moment')
  await student.pieces.startRevenueAgency()
  expect(wordsOf(await check())).toContain('Votre résidence au Québec')
})

test('an answer without its legal basis is not accepted', async () => {
  student.issuer.person.distort({ legal_basis: undefined })
  expect(wordsOf(await check())).toContain('Rien n’a été communiqué cette fois')
  expect(student.issuer.received).toEqual([])
})

test('the residence stays beside the bursary, whichever came first', async () => {
  await check()
  student.issuer.person.stop()
  expect(wordsOf(await student.ask())).toContain('Revenu net 2025')
  const home = await student.browser.visit(`${student.aid}/`)
  expect(home.text).toContain('Voir ma demande')
  expect(home.text).toContain('Voir la vérification')
  await check()
  expect(wordsOf(await student.browser.visit(`${student.aid}/demande`))).toContain('Revenu net')
})

test('a form of another site begins nothing, and after a sign-out nothing is shown', async () => {
  await check()
  await student.browser.step(`${student.aid}/sign-out`, {})
  expect(await student.browser.visit(`${student.aid}/residence`)).toMatchObject({
    address: `${student.aid}/`,
  })
  student.browser.send({ 'sec-fetch-site': 'cross-site' })
  const { headers } = await student.browser.step(`${student.aid}/residence`, {})
  expect(headers.get('location')).toBe('/')
})
