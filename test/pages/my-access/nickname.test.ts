import { afterAll, beforeAll, expect, test } from 'vitest'
import { idTokenOf, json } from '../../support/service.ts'
import type { Broker } from '../../support/broker.ts'
import { codeOf, signUp, startBroker } from '../../support/broker.ts'
import type { Browser } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import { untyped } from '../../support/database.ts'
import { secret } from '../../support/secrets.ts'

// The name that somebody chooses to see above her pages.

const name = secret('nickname', 'Marie-Ève « la benjamine » Nt3x')
const shown = `<bdi>${name}</bdi>`

let broker: Broker
let own: Awaited<ReturnType<typeof signUp>>
beforeAll(async () => {
  broker = await startBroker()
  own = await signUp(broker, broker.services.library)
  expect((await choose(own.browser, name)).location).toContain('/acces?fait=nickname-changed')
})
afterAll(() => broker.stop())

async function choose(browser: Browser, nickname: string) {
  const { action, fields } = formOf(await browser.get('/acces/nom-affiche'))
  return browser.post(action, { ...fields, nickname })
}

test('it stands above each page of hers, beside « Me déconnecter », and above no other page', async () => {
  for (const path of ['/acces', '/mes-partages', '/activite', '/acces/messages'])
    expect((await own.browser.get(path)).body).toContain(shown)
  for (const path of ['/', '/aide', '/confidentialite', '/nulle-part'])
    expect((await own.browser.get(path)).body).not.toContain(name)
  const other = await signUp(broker, broker.services.library)
  expect((await other.browser.get('/acces')).body).not.toContain(name)
})

test('it goes to no service, into none of her files, and stands in no row in the clear', async () => {
  const tokens = json(await broker.services.library.redeem(codeOf(own.callback), own.errand))
  const facts = await broker.services.library.userinfo(String(tokens['access_token']))
  const files = await Promise.all(
    ['/activite', '/acces/donnees'].map((path) => own.browser.get(path)),
  )
  for (const text of [JSON.stringify([tokens, idTokenOf(tokens)]), facts.body])
    expect(text).not.toContain(name)
  for (const { body } of files) expect(body.split(name)).toHaveLength(2) // the head of the page
  expect(await tablesWith(name)).toEqual([])
})

test('the name of another that is put into her row is not shown, and her page comes', async () => {
  const other = await signUp(broker, broker.services.library)
  await broker.db.raw(
    'update accounts set nickname = (select nickname from accounts where person_id = :own) where person_id = :other',
    { own: own.personId, other: other.personId },
  )
  const page = await other.browser.get('/acces')
  expect(page.status).toBe(200)
  expect(page.body).not.toContain(name)
})

test('a name that cannot be kept comes back as it was typed, and the field says why', async () => {
  const { status, body } = await choose(own.browser, 'x'.repeat(41))
  expect(status).toBe(400)
  expect(body).toContain(`value="${'x'.repeat(41)}"`)
  expect(body).toContain('aria-invalid="true"')
  expect(body).toContain('autofocus')
  expect((await own.browser.get('/acces')).body).toContain(shown)
})

test('it is taken away by an empty field', async () => {
  await choose(own.browser, '')
  expect((await own.browser.get('/acces')).body).not.toContain(name)
})

/** The tables of which a row says these words, as text or as bytes. */
async function tablesWith(words: string): Promise<string[]> {
  const hex = Buffer.from(words).toString('hex')
  const { rows: tables } = await broker.db.raw<{ rows: { name: string }[] }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  const found: string[] = []
  for (const { name: table } of tables) {
    const rows: object[] = await untyped(broker.db)({ t: table })
      .whereRaw('position(? in t::text) > 0 or position(? in t::text) > 0', [words, hex])
      .limit(1)
    if (rows.length > 0) found.push(table)
  }
  return found
}
