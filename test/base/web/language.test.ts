import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../../../src/house/app.ts'
import { readConfig } from '../../../src/base/settings/config.ts'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import type { Endpoint } from '../../../src/base/web/endpoints.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { csrfIn, openVisitor } from '../../support/fault-client.ts'
import { newFolder } from '../../support/fault-process.ts'
import type { House } from '../../support/house.ts'
import { openHouse } from '../../support/house.ts'

const issuer = 'http://localhost:7451'

let database: FreshDatabase
let dataDir: string
let house: House
let endpoints: readonly Endpoint[]

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = newFolder()
  await createMissingKeys(join(dataDir, 'keys'))
  house = await openHouse(database.url, dataDir, issuer)
  const env = { ISSUER: issuer, DATABASE_URL: database.url, DATA_DIR: dataDir, LOG_LEVEL: 'silent' }
  const app = await buildApp(readConfig(env), database.url)
  await app.close()
  ;({ endpoints } = app)
})

afterAll(async () => {
  await house.stop()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

const visitor = () => openVisitor(house.port, issuer)

test('a page is in large type only if it is asked for', async () => {
  expect((await visitor().get('/aide?gros=1')).text).toContain('<html lang="fr" class="large">')
  for (const query of ['', '?gros=0', '?gros=%221%22', '?gros=1&gros=1'])
    expect((await visitor().get(`/aide${query}`)).text).toContain('<html lang="fr">')
})

test('large type stays on the pages after it, until the usual one is asked for', async () => {
  const reader = visitor()
  const isLarge = async (path: string) =>
    (await reader.get(path)).text.includes('<html lang="fr" class="large">')
  const sizes = []
  for (const path of [
    '/aide',
    '/aide?gros=1',
    '/confidentialite',
    '/nulle-part',
    '/?gros=0',
    '/aide',
  ])
    sizes.push(await isLarge(path))
  expect(sizes).toEqual([false, true, true, true, false, false])
  const page = await reader.get('/aide?gros=1')
  expect(String(page.headers['set-cookie'])).toMatch(
    /^type=large; path=\/; samesite=lax; httponly/i,
  )
  expect((await visitor().get('/aide')).text).toContain('<html lang="fr">')
})

test.each(['en', 'en-CA,en;q=0.9', '../../etc/passwd', 'x'.repeat(8000), 'zz-ZZ', '*', 'fr;q=0'])(
  'pages are French whatever the browser prefers: %.20s',
  async (preferred) => {
    const page = await visitor().get('/aide', { 'Accept-Language': preferred })
    expect(page.status).toBe(200)
    expect(page.text).toContain('<html lang="fr">')
  },
)

test('the first English page opens the notice of attestation; its answer leads back and is remembered', async () => {
  const reader = visitor()
  const first = await reader.get('/en/aide?x=1')
  expect([first.status, first.headers.location]).toEqual([
    303,
    `/en/attestation?back=${encodeURIComponent('/en/aide?x=1')}`,
  ])
  const notice = await reader.get(String(first.headers.location))
  expect(notice.text).toContain('<html lang="en">')
  expect((await visitor().get('/aide')).text).toContain('href="/en/aide"')
  const back = /name="back" value="([^"]*)"/.exec(notice.text)?.[1] ?? ''
  const answered = await reader.post('/en/attestation', { csrf: csrfIn(notice), back })
  expect([answered.status, answered.headers.location]).toEqual([303, '/en/aide?x=1'])
  expect((await reader.get('/en/aide')).status).toBe(200)
})

test.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example',
  '/en//evil.example',
  '/en/\\evil.example',
  '/en/../../evil',
  'javascript:alert(1)',
  '/aide',
  '/en/aide\r\nX-Injected: yes',
  '/en/"><script>',
  '/entreprise',
  '',
])('the notice sends nobody elsewhere: back=%s', async (back) => {
  const reader = visitor()
  const notice = await reader.get(`/en/attestation?back=${encodeURIComponent(back)}`)
  expect(notice.text).not.toContain('evil.example')
  expect(notice.text).not.toContain('<script>')
  const answered = await reader.post('/en/attestation', { csrf: csrfIn(notice), back })
  expect(answered.headers['x-injected']).toBeUndefined()
  const location = answered.headers.location ?? '/en/'
  expect(new URL(location, issuer).origin).toBe(issuer)
  expect(location).toMatch(/^\/en(\/|$)/)
  expect((await reader.get(location)).status).toBeLessThan(500)
})

const attested = { Cookie: 'attested=yes' }
const statusAt = async (path: string) => (await visitor().get(path, attested)).status
/** A path that the endpoint answers, whatever it says. */
const pathOf = ({ path }: Endpoint) => path.replaceAll(/[:*]\w+/g, '1')
const forPeople = ({ audience }: Endpoint) => audience === 'people'

test('every endpoint for people is answered in English as in French', async () => {
  const paths = endpoints.filter(forPeople).map(pathOf)
  expect(paths.length).toBeGreaterThan(50)
  for (const path of paths)
    expect([path, await statusAt(`/en${path}`)]).toEqual([path, await statusAt(path)])
})

test('no other endpoint has an English spelling', async () => {
  const paths = endpoints.filter((endpoint) => !forPeople(endpoint)).map(pathOf)
  expect(paths.length).toBeGreaterThan(40)
  const found = await Promise.all(
    paths.map(async (path) => [path, await statusAt(`/en${path}`)] as const),
  )
  expect(found.filter(([, status]) => status !== 404)).toEqual([])
  expect(await statusAt('/en/css/components.css')).toBe(404)
})

test('what a program is answered looks at no cookie, and a page does', async () => {
  // A cookie that nobody of us signed is taken away where it is looked at.
  const Cookie = 'sid=of-nobody; sid.sig=of-nobody'
  const answers = ['/aide', '/nulle-part', '/status.json', '/css/components.css'].map(
    async (path) => (await visitor().get(path, { Cookie })).headers['set-cookie'] !== undefined,
  )
  // An error takes back what the page would have set.
  expect(await Promise.all(answers)).toEqual([true, false, false, false])
})

test('what is published for programs is declared as theirs', async () => {
  const published = JSON.parse((await visitor().get('/api/openapi.json')).text) as {
    paths: object
  }
  const { text } = await visitor().get('/.well-known/openid-configuration')
  const metadata = Object.entries(JSON.parse(text) as object)
    .filter(([name]) => /_endpoint$|^jwks_uri$/.test(name) && name !== 'end_session_endpoint')
    .map(([, url]) => new URL(String(url)).pathname)
  const declared = endpoints.filter((endpoint) => !forPeople(endpoint)).map(({ path }) => path)
  const written = declared.map((path) => path.replaceAll(/:(\w+)/g, '{$1}'))
  expect(metadata).toContain('/token')
  expect(
    [...metadata, ...Object.keys(published.paths)].filter((one) => !written.includes(one)),
  ).toEqual([])
})

test.each(['1', 'YES', 'yes; x', '%79es'])(
  'an unknown answer in the cookie counts as none: %s',
  async (value) => {
    const page = await visitor().get('/en/aide', {
      Cookie: `attested=${value === 'yes; x' ? 'ye' : value}`,
    })
    expect(page.status).toBe(303)
  },
)

test('the page for an unknown address is in the address’s language', async () => {
  const french = await visitor().get('/nulle-part')
  expect([french.status, french.text.includes('<html lang="fr">')]).toEqual([404, true])
  const english = await visitor().get('/en/nowhere', { Cookie: 'attested=yes' })
  expect([english.status, english.text.includes('<html lang="en">')]).toEqual([404, true])
})
