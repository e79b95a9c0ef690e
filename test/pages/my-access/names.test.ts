import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Broker } from '../../support/broker.ts'
import { signUp, startBroker } from '../../support/broker.ts'
import type { Browser } from '../../support/browser.ts'
import { formsOf } from '../../support/browser.ts'

let broker: Broker
let browser: Browser
beforeAll(async () => {
  broker = await startBroker()
  browser = (await signUp(broker, broker.services.library)).browser
})
afterAll(() => broker.stop())

async function rename(name: string): Promise<{ readonly status: number; readonly body: string }> {
  const overview = await browser.get('/acces/entrer')
  const href = /href="(\/acces\/cles\/key_[^"/]+)"/.exec(overview.body)?.[1] ?? ''
  const page = await browser.get(href)
  const form = formsOf(page).find(({ action }) => action.endsWith('/nom'))
  if (form === undefined) throw new Error(`no form at ${page.url}`)
  const { status } = await browser.post(form.action, { ...form.fields, name })
  return { status, body: (await browser.get('/acces/entrer')).body }
}

test.each([
  ['diacritics, composed', 'Clé d’Éloïse Lévêque-Nguyễn'],
  ['one name only', 'Ō'],
  ['an Inuktitut name', 'ᐊᓪᓚᕆᐊᖅ'],
  ['a word in each of two scripts', 'Clé Анна'],
  ['Arabic, from right to left', 'مفتاح ليلى'],
  ['64 characters', 'é'.repeat(64)],
])('a name with %s is kept, and shown in bidirectional isolation', async (_, name) => {
  const { status, body } = await rename(name)
  expect(status).toBe(303)
  expect(body).toContain(`<bdi>${name}</bdi>`)
})

test('a name typed with combining marks is stored in NFC', async () => {
  expect((await rename('E\u0301loi\u0308se')).body).toContain('<bdi>Éloïse</bdi>')
})

test.each([
  ['a right-to-left override', 'clé\u202Egnp.exe'],
  ['an isolate that never ends', '\u2067clé'],
  ['a zero width space', 'cl\u200Bé'],
  ['a zero width joiner', 'cl\u200Dé'],
  ['a byte order mark', '\uFEFFclé\uFEFFx'],
  ['a line break', 'clé\nde Marie'],
  ['a NUL', 'clé\0'],
  ['a tag character', 'clé\u{E0041}'],
  ['a private use character', 'clé\uE000'],
  ['255 characters, where 64 are offered', 'é'.repeat(255)],
  ['a Cyrillic letter in a Latin word', 'Cl\u0435 de Marie'],
  ['a Greek letter in a Latin word', 'T\u03B5l\u00E9phone'],
  ['nothing but spaces', ' \u00A0\u3000 '],
])('a name with %s is refused, and the one before stays', async (_, name) => {
  await rename('Celle d’avant')
  const { status, body } = await rename(name)
  expect(status).toBe(400)
  expect(body).toContain('<bdi>Celle d’avant</bdi>')
})
