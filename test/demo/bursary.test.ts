import { afterEach, beforeEach, expect, test } from 'vitest'
import { evaluation } from './stand-in-apis.ts'
import { openStudent, type Student, wordsOf } from './student.ts'

const dependants = 'cat_personnes-a-charge'

let student: Student

beforeEach(async () => {
  student = await openStudent()
})

afterEach(() => student.pieces.close())

test('a person allows the sharing and sees what was sent, by whom and when, and her bursary', async () => {
  student.issuer.person.tick(dependants)
  const page = await student.ask()
  expect(page).toMatchObject({ address: `${student.aid}/demande`, status: 200 })
  const words = wordsOf(page)
  expect(words).toMatch(
    /Revenu net 2025 : \d\d \d{3} \$, reçu de l’Agence du revenu \(démo\) à \d+ h \d\d\./,
  )
  expect(words).toMatch(/Situation familiale (Célibataire|En couple|Séparation) /)
  expect(words).toMatch(/Personnes à charge \d /)
  expect(words).toMatch(/Votre bourse pour l’année [\d ]+ \$/)
  expect(page.text).toContain(`href="${student.issuer.issuer}/mes-partages"`)
})

test('a category that she did not tick is shown as not sent, and was not sent', async () => {
  const words = wordsOf(await student.ask())
  expect(words).toContain('Personnes à charge Non communiqué')
  const [question] = await student.issuer.arrivals(evaluation, 1)
  expect(question?.body.resource.properties.categories).not.toContain(dependants)
})

test('it is the same in English', async () => {
  const page = await student.browser.visit(`${student.aid}/demande?lang=en`, {})
  expect(page.address).toBe(`${student.aid}/en/demande`)
  expect(wordsOf(page)).toMatch(
    /2025 net income: \$\d\d,\d{3}, received from the Revenue Agency \(demo\) at \d+:\d\d [ap]\.m\.\./,
  )
  expect(wordsOf(page)).toContain('Dependants Not sent')
  expect(page.text).toContain(`href="${student.issuer.issuer}/en/mes-partages"`)
  expect(page.text).toContain('href="/demande" lang="fr"')
})

test.each(['/', '/en/'])(
  '%s offers the bursary whether a person is signed in or not',
  async (home) => {
    const action = home === '/' ? '/demande' : '/demande?lang=en'
    expect((await student.browser.visit(student.aid + home)).text).toContain(`action="${action}"`)
    await student.browser.visit(`${student.aid}/sign-in`)
    expect((await student.browser.visit(student.aid + home)).text).toContain(`action="${action}"`)
    expect((await student.browser.visit(student.aid + home)).text).not.toMatch(
      /Voir ma demande|See my application/,
    )
    await student.ask()
    expect((await student.browser.visit(student.aid + home)).text).toMatch(
      /Voir ma demande|See my application/,
    )
  },
)

test('the agency’s own portal offers nothing of the kind', async () => {
  expect((await student.browser.visit(`${student.pieces.revenueAgency}/`)).text).not.toContain(
    '/demande',
  )
})

test('the request goes from server to server: the browser sees a reference', async () => {
  const response = await student.browser.step(`${student.aid}/demande`, {})
  const sent = new URL(response.headers.get('location') ?? '')
  expect([...sent.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
})

test('after a refusal the page shows the other way, and nothing is lost', async () => {
  student.issuer.person.answerWith('refuse')
  const page = await student.ask()
  expect(page).toMatchObject({ address: `${student.aid}/demande/refus`, status: 200 })
  expect(wordsOf(page)).toContain('rien n’est perdu')
  expect(page.text).toContain('href="/autre-moyen"')
  expect(student.issuer.received).toEqual([])
  student.issuer.person.answerWith('marie')
  expect(wordsOf(await student.ask())).toContain('Revenu net 2025')
})

test('a person who refuses stays signed in', async () => {
  await student.browser.visit(`${student.aid}/sign-in`)
  student.issuer.person.answerWith('refuse')
  expect(await student.browser.visit(`${student.aid}/demande?lang=en`, {})).toMatchObject({
    address: `${student.aid}/en/demande/refus`,
  })
  expect((await student.browser.visit(`${student.aid}/`)).text).toContain(
    'Votre session est ouverte',
  )
})

test.each([
  { what: 'another holder', distortion: { holder: 'org_autre' } },
  { what: 'another purpose', distortion: { purpose: 'pur_autre@1' } },
  { what: 'more than was asked', distortion: { datatypes: ['cat_revenu-net', 'cat_employeur'] } },
])('a grant for $what is treated as none', async ({ distortion }) => {
  student.issuer.person.distort(distortion)
  expect(await student.ask()).toMatchObject({ address: `${student.aid}/demande/refus` })
  expect(await student.browser.visit(`${student.aid}/demande`)).toMatchObject({
    address: `${student.aid}/`,
  })
  expect(student.issuer.received).toEqual([])
})

test('calculating again asks the agency again, without any page of the issuer', async () => {
  await student.ask()
  const response = await student.browser.step(`${student.aid}/demande/calcul`, {})
  expect(response).toMatchObject({ status: 303 })
  expect(response.headers.get('location')).toBe('/demande')
  expect(await student.issuer.arrivals(evaluation, 2)).toHaveLength(2)
})

test('looking at the page again asks nobody', async () => {
  await student.ask()
  expect(wordsOf(await student.browser.visit(`${student.aid}/demande`))).toContain(
    'Revenu net 2025',
  )
  expect(wordsOf(await student.browser.visit(`${student.aid}/en/demande`))).toContain(
    '2025 net income',
  )
  expect(student.issuer.received.filter(({ path }) => path === evaluation)).toHaveLength(1)
})

test('a form of another site cannot begin or calculate a bursary', async () => {
  await student.ask()
  student.browser.send({ 'sec-fetch-site': 'cross-site' })
  expect((await student.browser.step(`${student.aid}/demande`, {})).headers.get('location')).toBe(
    '/',
  )
  await student.browser.step(`${student.aid}/demande/calcul`, {})
  expect(student.issuer.received.filter(({ path }) => path === evaluation)).toHaveLength(1)
})

test('a visitor who is not signed in has no application', async () => {
  expect(await student.browser.visit(`${student.aid}/demande`)).toMatchObject({
    address: `${student.aid}/`,
  })
  expect(await student.browser.visit(`${student.aid}/en/demande`)).toMatchObject({
    address: `${student.aid}/en/`,
  })
  expect(await student.browser.visit(`${student.aid}/demande/calcul`, {})).toMatchObject({
    address: `${student.aid}/`,
  })
})

test('signing out forgets the application, even during a call to the agency', async () => {
  await student.ask()
  student.issuer.takeOver(evaluation, (_request, _response, goOn) => {
    void student.browser.step(`${student.aid}/sign-out`, {}).then(goOn)
  })
  await student.browser.step(`${student.aid}/demande/calcul`, {})
  expect(await student.browser.visit(`${student.aid}/demande`)).toMatchObject({
    address: `${student.aid}/`,
  })
  expect((await student.browser.visit(`${student.aid}/`)).text).toContain('Me connecter')
})

test.each(['', '/en'])('%s/autre-moyen sends no file, and says so', async (prefix) => {
  const { text } = await student.browser.visit(`${student.aid}${prefix}/autre-moyen`)
  // A field without a name is never sent.
  expect(text).toMatch(/<input id="notice" type="file"/)
  expect(text).not.toMatch(/<input[^>]+name=/)
  const action = prefix === '' ? '/autre-moyen' : '/autre-moyen?lang=en'
  expect(text).toContain(`action="${action}"`)
  const page = await student.browser.visit(student.aid + action, {})
  expect(page.address).toBe(`${student.aid}${prefix}/autre-moyen?envoi`)
  expect(page.text).toMatch(/role="status">(Démonstration\s: aucun fichier|Demonstration: no file)/)
})

test.each(['/demande/refus', '/en/demande/refus', '/autre-moyen', '/en/autre-moyen'])(
  '%s links to its other language, and has no script',
  async (path) => {
    const { text } = await student.browser.visit(student.aid + path)
    const other = path.startsWith('/en') ? path.slice(3) : `/en${path}`
    expect(text).toContain(`class="language" href="${other}"`)
    expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|undefined|\[object/i)
  },
)
