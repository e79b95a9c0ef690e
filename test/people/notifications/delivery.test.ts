import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Foundation } from '../../../src/base/web/foundation.ts'
import { makeCeilings } from '../../../src/people/notifications/ceilings.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Person } from '../../support/broker.ts'
import { issuer, signUp } from '../../support/broker.ts'
import type { Post } from '../../support/post.ts'
import { addContact, codeIn, send, startPost } from '../../support/post.ts'
import { untyped } from '../../support/database.ts'

// Those of the test of a number, and one more.
const textsAnHour = 4

let post: Post
beforeAll(async () => {
  post = await startPost({ TEXTS_PER_HOUR: String(textsAnHour) })
})
afterAll(() => post.stop())

const path = '/acces/messages'
const checkPath = '/verifier-un-message'
let people = 0

type Somebody = Person & { readonly email: string; readonly number: string }

async function somebody(): Promise<Somebody> {
  people += 1
  const person = await signUp(post, post.services.library)
  return { ...person, email: `p${people}@exemple.test`, number: `+1514555${1000 + people}` }
}

async function reachable(): Promise<Somebody> {
  const person = await somebody()
  await addContact(post, person.browser, 'email', person.email)
  await post.received(person.email, 2)
  return person
}

async function addKey({ browser }: Person): Promise<void> {
  const form = formOf(await browser.follow('/acces/cles/ajout'))
  const credential = makeAuthenticator({ origin: issuer, counter: 0 }).create(form.options)
  expect((await browser.post(form.action, { ...form.fields, credential })).status).toBe(303)
}

async function check(code: string): Promise<Answer> {
  const browser = makeBrowser(post)
  return send(browser, await browser.get(checkPath), checkPath, { code })
}

test('a confirmed address gets a message about a new key, without any personal content', async () => {
  const person = await reachable()
  await addKey(person)
  const [added, changed] = await post.received(person.email, 3)
  expect(added?.subject).toBe('Un moyen de connexion a été ajouté')
  expect(changed?.subject).toBe('Vos coordonnées ont été changées')
  expect(added?.text).not.toContain(person.email)
  const page = await person.browser.get(path)
  expect(page.body).toContain('Envoyé par courriel')
})

test('a telephone number gets the same message as one text', async () => {
  const person = await somebody()
  const typed = person.number.replace(/^\+1(...)(...)/, ' ($1) $2-')
  await addContact(post, person.browser, 'sms', typed, person.number)
  await post.received(person.number, 2)
  await addKey(person)
  const [added] = await post.received(person.number, 3)
  expect(added?.text).toMatch(/^Un moyen de connexion a été ajouté\. .{1,120}$/)
  const checked = await check(codeIn(added ?? { text: '' }))
  expect(checked.body).toContain('Un moyen de connexion a été ajouté. ')
})

test('anyone with a message can check its code and read the words that were sent', async () => {
  const person = await reachable()
  const [message] = await post.received(person.email, 2)
  if (message === undefined) throw new Error('nothing came')
  const answer = await check(codeIn(message).toLowerCase().replace('-', ' '))
  expect(answer.body).toContain('nous avons envoyé un courriel avec ce code')
  expect(answer.body).toContain('Vos coordonnées ont été changées')
  expect(answer.body).not.toContain(person.email)
  expect((await check('0000-0000')).body).toContain('nous n’avons envoyé aucun message')
  expect((await check('K3QF')).body).toContain('Ce code n’est pas complet')
  // A version whose words do not stand here any more, as after a way back: no others stand in their place.
  const kind = 'contact.changed'
  await post.db('notification').where({ kind }).update({ templateVersion: 99 })
  const later = await check(codeIn(message))
  expect(later.body).toContain('nous avons envoyé un courriel avec ce code')
  expect(later.body).not.toContain('Vos coordonnées ont été changées')
  await post.db('notification').where({ kind }).update({ templateVersion: 2 })
})

test('a code that is checked often is reported as a possible copy', async () => {
  const person = await reachable()
  const [message] = await post.received(person.email, 2)
  const code = codeIn(message ?? { text: '' })
  for (let look = 0; look < 5; look++) expect((await check(code)).body).not.toContain('Attention')
  expect((await check(code)).body).toContain('Attention')
})

test('a code confirms once and for its person only, and not after five wrong tries', async () => {
  const [person, other] = [await somebody(), await somebody()]
  const page = await person.browser.follow(path)
  const fields = { channel: 'email', address: person.email }
  const waiting = await send(person.browser, page, '/adresses', fields)
  expect(waiting.body).toContain(person.email)
  const [message] = await post.received(person.email, 1)
  const code = codeIn(message ?? { text: '' })
  expect(waiting.body).not.toContain(code)
  const stranger = await other.browser.get(waiting.url)
  expect(stranger.status).toBe(410)
  expect((await other.browser.get(`${path}/adresses/adr_x`)).status).toBe(404)
  const form = formOf(waiting)
  const short = await person.browser.post(form.action, { ...form.fields, code: 'K3QF' })
  expect([short.status, short.body.includes('aria-invalid="true"')]).toEqual([400, true])
  const tries = ['0000-0000', '1111-1111', '2222-2222', '3333-3333', '4444-4444']
  const answers = await Promise.all(
    tries.map((wrong) => person.browser.post(form.action, { ...form.fields, code: wrong })),
  )
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400])
  const late = await person.browser.post(form.action, { ...form.fields, code })
  expect(late.status).toBe(410)

  const again = await send(person.browser, await person.browser.get(path), '/adresses', fields)
  const [second] = await post.received(person.email, 2)
  const right = formOf(again)
  const at = { ...right.fields, code: codeIn(second ?? { text: '' }) }
  const both = await Promise.all(
    post.ports.map((port) => person.browser.post(right.action, at, { port })),
  )
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 410])
})

test('an address gets at most three codes a day, whoever asks', async () => {
  const victim = 'victime@exemple.test'
  for (let sender = 0; sender < 3; sender++) {
    const { browser } = await somebody()
    await send(browser, await browser.follow(path), '/adresses', {
      channel: 'email',
      address: victim,
    })
  }
  const { browser } = await somebody()
  const page = await browser.follow(path)
  const refused = await send(browser, page, '/adresses', {
    channel: 'email',
    address: 'Victime@EXEMPLE.test',
  })
  expect(refused.status).toBe(429)
  await post.received(victim, 3)
})

test('« aucun message » is confirmed by a last message; then only a new way in is told', async () => {
  const person = await reachable()
  const page = await person.browser.get(path)
  await send(person.browser, page, '/choix', { channel: 'none', language: 'fr' })
  const [last] = await post.received(person.email, 3)
  expect(last?.subject).toBe('Vos choix de messages ont été changés')
  await send(person.browser, page, '/choix', { channel: 'none', language: 'en' })
  expect((await person.browser.get(path)).body).toContain('Noté ici seulement')
  await addKey(person)
  const added = await post.received(person.email, 4)
  expect(added.map(({ subject }) => subject)).toContain('A way to sign in was added')
})

test('after choosing English the next message is in English', async () => {
  const person = await reachable()
  const page = await person.browser.get(path)
  await send(person.browser, page, '/choix', { channel: 'email', language: 'en' })
  await post.received(person.email, 3)
  await addKey(person)
  const [added] = await post.received(person.email, 4)
  expect(added?.subject).toBe('A way to sign in was added')
})

test('a message for each sending and reminders are chosen, shown and changed on the page', async () => {
  const person = await reachable()
  const choices = { channel: 'email', language: 'fr' }
  const told = { ...choices, sendings: 'weekly', rappel: 'oui' }
  const shown = async () =>
    [
      ...(await person.browser.get(path)).body.matchAll(
        /name="(sendings|rappel)" value="(\w+)"[^>]* checked/g,
      ),
    ].map(([, name, value]) => `${name} ${value}`)
  expect(await shown()).toEqual(['sendings never'])
  await send(person.browser, await person.browser.get(path), '/choix', told)
  expect(await shown()).toEqual(['sendings weekly', 'rappel oui'])
  const refused = await send(person.browser, await person.browser.get(path), '/choix', {
    ...told,
    sendings: 'daily',
  })
  expect(refused.status).toBe(400)
  // A box that is not ticked is not sent.
  const form = formsOf(await person.browser.get(path)).find(({ action }) =>
    action.endsWith('/choix'),
  )
  const { rappel: _, ...fields } = form?.fields ?? {}
  await person.browser.post(`${issuer}${path}/choix`, { ...fields, ...choices, sendings: 'each' })
  expect(await shown()).toEqual(['sendings each'])
})

test('a word finds the messages that say it, without accents or capitals', async () => {
  const person = await reachable()
  await addKey(person)
  const subjects = async (word: string) =>
    [
      ...(await person.browser.get(`${path}?mots=${encodeURIComponent(word)}`)).body.matchAll(
        /<h3>([^<]+)<\/h3>/g,
      ),
    ].map(([, subject]) => subject)
  expect(await subjects('AJOUTE a votre acces')).toEqual(['Un moyen de connexion a été ajouté'])
  expect(await subjects('coordonnées')).toContain('Vos coordonnées ont été changées')
  expect(await subjects('coordonnées')).not.toContain('Un moyen de connexion a été ajouté')
  const none = await person.browser.get(`${path}?mots=${encodeURIComponent('<b>facture')}`)
  expect(none.body).toContain('&lt;b&gt;facture')
})

test('a replaced address still gets messages about the access for three days', async () => {
  const person = await reachable()
  const removed = await send(person.browser, await person.browser.get(path), '/retrait', {
    channel: 'email',
  })
  expect(removed.body).not.toContain(person.email)
  await post.received(person.email, 3)
  // What is removed already is not removed again, and nobody is told.
  const fields = { ...formsOf(removed)[0]?.fields, channel: 'email' }
  const removals = () => post.db('activity').select('activityId').where({ kind: 'contact.removed' })
  const before = await removals()
  expect((await person.browser.post(`${issuer}${path}/retrait`, fields)).status).toBe(303)
  expect(await removals()).toHaveLength(before.length)
  const next = `suite.${person.email}`
  await addContact(post, person.browser, 'email', next)
  await post.received(person.email, 4)
  await addKey(person)
  await post.received(person.email, 5)
  await post.received(next, 3)
})

test('an address that was added is asked about as a key is, and « Ce n’était pas moi » puts the earlier one back', async () => {
  const person = await reachable()
  const asks = async () => {
    const page = await person.browser.get('/acces')
    return formsOf(page).filter(({ action }) => action.endsWith('/pas-moi'))
  }
  const [own] = await asks()
  const mine = own?.action.replace('/pas-moi', '/moi') ?? ''
  expect((await person.browser.post(mine, own?.fields ?? {})).status).toBe(303)
  expect(await asks()).toEqual([])

  const other = `autre-${person.email}`
  await addContact(post, person.browser, 'email', other)
  const [alarm, ...more] = await asks()
  expect([alarm?.action.includes('/acces/avis/not_'), more]).toEqual([true, []])
  expect((await person.browser.get('/acces')).body).toContain('Nouvelle adresse pour vous prévenir')
  const answers = await Promise.all(
    [0, 1].map(() => person.browser.post(alarm?.action ?? '', alarm?.fields ?? {})),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 404])
  expect(await asks()).toEqual([])
  const inUse = post.db('contactPoint').where({ removedAt: null }).whereNotNull('confirmedAt')
  const { personId } = await post.db('contactPoint').orderBy('createdAt', 'desc').first('personId')
  expect(await inUse.clone().where({ personId })).toHaveLength(1)
  expect((await person.browser.get('/acces')).body).toContain('p•••@exemple.test')
  // The one that was taken away waits, and hears of the access for three days.
  expect((await person.browser.get('/acces/entrer')).body).toContain(other)
})

test('a message refused for good is given up at once with an alarm; one refused for now is sent later', async () => {
  const [gone, busy] = [await reachable(), await reachable()]
  post.verdicts.set(gone.email, 550)
  post.verdicts.set(busy.email, 451)
  await addKey(gone)
  await addKey(busy)
  const seen = async () => (await gone.browser.get(path)).body
  await expect.poll(seen).toContain('n’a pas pu être livré')
  expect((await busy.browser.get(path)).body).toContain('En route par courriel')
  post.verdicts.clear()
  await post.received(busy.email, 3)
  expect(post.output()).toContain('"outcome":"factor.added"')
  expect(post.output()).toContain('message given up')
})

test('neither addresses nor codes are stored or logged in clear', async () => {
  const person = await reachable()
  const messages = await post.received(person.email, 2)
  const tables = ['contact_point', 'notification', 'notification_preference', 'rate_limits']
  const rows = await Promise.all(tables.map((table) => untyped(post.db)(table).select('*')))
  const jobs = await post.db.raw('select * from graphile_worker._private_jobs')
  const all = JSON.stringify([rows, jobs.rows]) + post.output()
  expect(all).toContain('factor.added')
  for (const secret of [person.email, ...messages.map(codeIn)]) expect(all).not.toContain(secret)
})

test.each([
  ['no at', 'marie.exemple.test'],
  ['two recipients', 'a@exemple.test,b@exemple.test'],
  ['a header', 'a@exemple.test\r\nBcc: b@exemple.test'],
  ['a name', 'Marie <a@exemple.test>'],
  ['a quoted part', '"a b"@exemple.test'],
  ['a source route', '@exemple.test:a@autre.test'],
  ['an address of a machine', 'a@[127.0.0.1]'],
  ['a bidirectional mark', 'a\u202E@exemple.test'],
  ['a zero width', 'a\u200B@exemple.test'],
  ['no domain', 'a@localhost'],
])('an address with %s is refused beside its field, and nothing is sent', async (_, address) => {
  const { browser } = await somebody()
  const before = post.mailbox.messages().length
  const page = await send(browser, await browser.follow(path), '/adresses', {
    channel: 'email',
    address,
  })
  expect(page.status).toBe(400)
  expect(page.body).toContain('aria-invalid="true"')
  expect(formsOf(page).some(({ fields }) => fields['channel'] === 'email')).toBe(true)
  expect(post.mailbox.messages()).toHaveLength(before)
})

test('the last text of an hour raises an alarm; further ones wait, and the page offers no telephone until then', async () => {
  const texts = () => post.mailbox.messages().filter(({ to }) => to.startsWith('+1')).length
  const [owner] = await post.db('contactPoint').where({ channel: 'sms' }).limit(1)
  const person = await somebody()
  await addContact(post, person.browser, 'email', person.email)
  expect(texts()).toBe(textsAnHour - 1)
  expect(post.output()).not.toContain('texts.ceiling')
  const before = await person.browser.get(path)
  await send(person.browser, before, '/adresses', { channel: 'sms', address: person.number })
  await post.received(person.number, 1)
  await expect.poll(() => post.output()).toContain('"outcome":"texts.ceiling"')
  expect(post.output()).toMatch(/"level":50[^\n]*"outcome":"texts.ceiling"/)

  const other = await somebody()
  const page = await other.browser.follow(path)
  const refused = await send(other.browser, page, '/adresses', {
    channel: 'sms',
    address: other.number,
  })
  expect(refused.status).toBe(503)
  expect(refused.body).toContain('Trop de textos sont partis')
  expect(refused.body).toContain(`value="${other.number}"`)
  // One that is on its way already, as a notice of a deed is, waits: it is neither sent nor given up.
  const { contactId, personId } = owner as { contactId: string; personId: string }
  const noticeId = randomUUID()
  const notice = { notificationId: noticeId, personId, contactId, channel: 'sms', language: 'fr' }
  await post
    .db('notification')
    .insert({ ...notice, kind: 'factor.added', templateVersion: 1, queuedAt: new Date() })
  await post.db.raw("select graphile_worker.add_job('notifications.text', ?::json)", [
    JSON.stringify({ notificationId: noticeId }),
  ])
  await expect.poll(() => post.output()).toMatch(/"job":"notifications.text"[^\n]*at takeText/)
  const [row] = await post.db('notification').where({ notificationId: noticeId })
  expect(row).toMatchObject({ sentAt: null, givenUpAt: null })
  expect(texts()).toBe(textsAnHour)
})

test('an address gets a limited number of messages a day, from all accounts together', async () => {
  const foundation = { ...post, clock: () => new Date(), config: { textsPerHour: 1 } }
  const keys = { data: [Buffer.alloc(32, 7)], seal: [Buffer.alloc(32, 8)] }
  const ceilings = makeCeilings({ ...foundation, keys } as unknown as Foundation)
  const left = []
  for (let i = 0; i < 81; i++) left.push(await ceilings.isLeftFor('marie@exemple.test'))

  expect(left).toEqual([...Array<boolean>(80).fill(true), false])
  expect(await ceilings.isLeftFor('jean@exemple.test')).toBe(true)
})
