import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import { forms } from '../../../src/pages/site/help-topics.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { openVisitor } from '../../support/fault-client.ts'
import { newFolder } from '../../support/fault-process.ts'
import type { House } from '../../support/house.ts'
import { openHouse } from '../../support/house.ts'

// Help that works on paper and on the telephone.

const issuer = 'http://localhost:7452'

let database: FreshDatabase
let dataDir: string
let house: House

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = newFolder()
  await createMissingKeys(join(dataDir, 'keys'))
  house = await openHouse(database.url, dataDir, issuer)
})

afterAll(async () => {
  await house.stop()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

const get = (path: string) => openVisitor(house.port, issuer).get(path)

test.each(Object.values(forms))('$path is a page to print: nothing of it is sent', async (form) => {
  const { status, text } = await get(form.path)
  expect(status).toBe(200)
  expect((await get('/aide')).text).toContain(`href="${form.path}"`)
  const main = /<main[^>]*>(.*)<\/main>/s.exec(text)?.[1] ?? ''
  expect(main).not.toMatch(/<(form|input|textarea|select)\b/)
  expect(main).toContain('data-print')
  // Whoever has only the paper knows where to send it.
  expect(main).toContain('Ville-Inventée (Québec)')
})

test('an error page has a number of eight characters, with which the log line of its request begins', async () => {
  const { status, text, headers } = await get('/nulle-part')
  const [, number = ''] = /<code translate="no">([^<]+)<\/code>/.exec(text) ?? []
  expect(status).toBe(404)
  expect(number).toMatch(/^[0-9A-F]{8}$/)
  expect(String(headers['x-request-id']).startsWith(number.toLowerCase())).toBe(true)
})

test('the manifest of each language names the icons that are there, and keeps the address bar', async () => {
  for (const [path, lang, page] of [
    ['/manifest.webmanifest', 'fr-CA', '/'],
    ['/manifest.en.webmanifest', 'en-CA', '/en/attestation'],
  ] as const) {
    const { status, text, headers } = await get(path)
    expect([status, headers['content-type']]).toEqual([
      200,
      'application/manifest+json; charset=utf-8',
    ])
    const manifest = JSON.parse(text) as {
      lang: string
      display: string
      start_url: string
      icons: { src: string }[]
    }
    expect([manifest.lang, manifest.display]).toEqual([lang, 'minimal-ui'])
    // It begins where a person comes back to, and asks who she is first.
    expect([403, 303]).toContain((await get(manifest.start_url)).status)
    for (const { src } of manifest.icons) {
      const icon = await get(src)
      expect([icon.status, icon.headers['content-type']]).toEqual([200, 'image/png'])
    }
    const home = await get(page)
    expect(home.text).toContain(`<link rel="manifest" href="${path}">`)
    expect(home.headers['content-security-policy']).toContain("manifest-src 'self'")
  }
})
