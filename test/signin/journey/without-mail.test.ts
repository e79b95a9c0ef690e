import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../../src/base/settings/config.ts'
import { transact } from '../../../src/base/database/database.ts'
import type { Foundation } from '../../../src/base/web/foundation.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import type { Mailer } from '../../../src/base/outbound/mailer.ts'
import {
  DeliveryDeferred,
  Undeliverable,
  RelayUnavailable,
} from '../../../src/base/outbound/mailer.ts'
import { makeTries } from '../../../src/base/web/limits/tries.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import { makeLetters, notificationsJobs } from '../../../src/people/notifications/index.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { issuer, postAndFollow, startBroker } from '../../support/broker.ts'
import { goodPassword, typeUp } from '../../support/ways.ts'

// No e-mail, no address: the page offers what needs none, and says why. These processes send nothing: a mailer of the tests does.

let broker: Broker
let house: Foundation
let now = new Date()

beforeAll(async () => {
  broker = await startBroker()
  house = await foundationOf(broker)
})

afterAll(() => broker.stop())

const gone = {
  ...failing(new RelayUnavailable('no relay')),
  isReached: () => Promise.resolve(false),
}
const deaf = failing(new Error('554 nothing from you'))
const well: Mailer = { send: () => Promise.resolve(), isReached: () => Promise.resolve(true) }

test('an hour after the relay went away sign-up offers only the passkey and says why, until the relay answers', async () => {
  const visit = await begin()
  await work(gone)
  expect(await offersPassword(visit)).toBe(true)
  await hoursAgo(1.02, 'failing_since')
  await probe(gone)

  const told = await visit.browser.get(`${visit.url}/creation`)
  const refused = await visit.browser.post(`${visit.url}/creation/mot-de-passe`, {
    csrf: formOf(told).fields['csrf'] ?? '',
    address: 'personne@exemple.test',
    password: goodPassword,
  })
  const page = await visit.browser.get(`${visit.url}/creation/mot-de-passe`)

  expect(await offersPassword(visit)).toBe(false)
  expect([told, refused, page].map(({ status }) => status)).toEqual([200, 503, 200])
  for (const { body } of [told, refused, page])
    expect(body).toContain('Depuis plus d’une heure, nos courriels ne partent pas')
  for (const { body } of [refused, page]) expect(body).not.toContain('name="password"')
  expect(told.body).toContain('data-passkey="create"')
  await probe({ ...gone, isReached: well.isReached })
  expect(await offersPassword(visit)).toBe(true)
})

test('a relay that answers but accepts nothing counts as away, until a try after an hour', async () => {
  const visit = await begin()
  await work(deaf)
  await hoursAgo(2, 'failing_since')
  await probe(deaf)
  expect(await offersPassword(visit)).toBe(false)

  await hoursAgo(1.02, 'failed_at')
  expect(await offersPassword(visit)).toBe(true)
  await work(deaf)
  expect(await offersPassword(visit)).toBe(false)
  await work(well)
  expect(await offersPassword(visit)).toBe(true)
})

test.each([failing(new Undeliverable('550')), failing(new DeliveryDeferred('451'))])(
  'a relay’s refusal of one recipient does not count as an outage (%#)',
  async (mailer) => {
    await work(mailer)
    expect(await broker.db('outgoingMail')).toMatchObject([{ failingSince: null }])
  },
)

test('a code that was not sent for an hour counts as an outage of mail', async () => {
  const visit = await begin()
  const id = await queue()
  const seen = []
  for (const minutes of [59, 61, 25 * 60]) {
    const queuedAt = new Date(Date.now() - minutes * 60_000)
    await broker.db('notification').where({ notificationId: id }).update({ queuedAt })
    seen.push(await offersPassword(visit))
  }
  await broker.db('notification').where({ notificationId: id }).delete()
  expect(seen).toEqual([true, false, true])
})

test('« Mon accès » can still change the password at the same address', async () => {
  const { browser, address } = await typeUp(broker, broker.services.library)
  await work(gone)
  await hoursAgo(1.02, 'failing_since')

  const page = await browser.get('/acces/mot-de-passe')
  const changed = await choose(browser, page, address)
  const refused = await choose(browser, page, 'autre@exemple.test')
  await work(well)

  expect(page.body).toContain('nos courriels ne partent pas')
  expect([changed.url, refused.status]).toEqual([`${issuer}/acces?fait=password-changed`, 503])
})

test('without a mail server the pages say so', async () => {
  expect(await makeLetters(house, makeTries(house)).mail(now)).toBe('absent')
})

test('an expired code is not sent, and its address is forgotten', async () => {
  const id = await queue()
  now = new Date(Date.now() + (15 * 60 + 1) * 1000)
  await work(well, id)
  now = new Date()
  const [row] = await broker.db('notification').where({ notificationId: id })
  expect(row).toMatchObject({ sentAt: null, sealedAddress: null })
  expect(row).not.toMatchObject({ givenUpAt: null })
})

function failing(trouble: Error): Mailer {
  return { send: () => Promise.reject(trouble), isReached: () => Promise.resolve(true) }
}

type Begun = { readonly browser: Browser; readonly url: string }

async function begin(): Promise<Begun> {
  const browser = makeBrowser(broker)
  const { url } = await browser.follow((await broker.services.library.begin()).url)
  return { browser, url }
}

async function offersPassword({ browser, url }: Begun): Promise<boolean> {
  return (await browser.get(`${url}/creation`)).body.includes('/creation/mot-de-passe"')
}

async function choose(browser: Browser, page: Answer, address: string): Promise<Answer> {
  const { action, fields } = formOf(page)
  const password = 'cinq loutres lisent la nuit'
  return postAndFollow(browser, action, { ...fields, address, password })
}

async function queue(): Promise<string> {
  // A new one each time: an address gets few a day.
  const letter = { address: `${randomUUID()}@exemple.test`, language: 'fr' } as const
  return transact(broker.db, (tx) => makeLetters(house, makeTries(house)).sendCode(tx, letter, now))
}

/** A message is sent, or not. */
async function work(email: Mailer, id?: string): Promise<void> {
  const payload = { notificationId: id ?? (await queue()) }
  const sending = jobsWith(email)['notifications.mail']?.(payload, { attempt: 1, maxAttempts: 7 })
  await sending?.catch(() => undefined)
}

async function probe(email: Mailer): Promise<void> {
  await jobsWith(email)['notifications.probe']?.({}, { attempt: 1, maxAttempts: 1 })
}

function jobsWith(email: Mailer) {
  return notificationsJobs(house, { email, sms: undefined }, () => Promise.resolve(false))
}

async function hoursAgo(hours: number, column: 'failing_since' | 'failed_at'): Promise<void> {
  await broker.db.raw(`update outgoing_mail set ${column} = ${column} - ? * interval '1 hour'`, [
    hours,
  ])
}

/** What a job needs of a house, over the database and the keys of a running one. */
async function foundationOf({ db, keysDir }: Broker): Promise<Foundation> {
  const keys = await openKeys(keysDir)
  const log = { error: () => undefined }
  const parts = { db, clock: () => now, config: readConfig({}), keys, log, words: makeWords() }
  return parts as unknown as Foundation // a job shows no page
}
