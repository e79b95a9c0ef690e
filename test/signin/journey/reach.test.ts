import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import {
  callbackOf,
  creationPage,
  issuer,
  postAndFollow,
  signIn,
  signUp,
} from '../../support/broker.ts'
import { personOfKey } from '../../support/many-sessions.ts'
import type { Post } from '../../support/post.ts'
import { addContact, codeIn, startPost } from '../../support/post.ts'
import { newKeyAt, showCodeAt } from '../../support/ways.ts'

// « Où vous prévenir? », after the codes of a first access and of a recovery.

let post: Post
beforeAll(async () => {
  post = await startPost()
})
afterAll(() => post.stop())

const title = '<h1>Où vous prévenir?</h1>'

/** Makes an access, and goes on from its codes. */
async function begun() {
  const browser = makeBrowser(post)
  const authenticator = makeAuthenticator({ origin: issuer, counter: 0 })
  const { url } = await post.services.library.begin()
  const { action, fields, options } = formOf(await creationPage(browser, url))
  const credential = authenticator.create(options)
  const made = await browser.post(action, { ...fields, credential })
  const codes = formOf(made)
  const page = await postAndFollow(browser, codes.action, codes.fields)
  return { browser, authenticator, codes, page }
}

/** Comes back by a code and a new passkey, and goes on from the new codes. */
async function recovered(code = '') {
  const { browser: finder, page: shown } = await showCodeAt(post, post.services.library, code)
  const key = makeAuthenticator({ origin: issuer })
  const made = formOf(await newKeyAt(finder, shown, key))
  return { finder, key, page: await postAndFollow(finder, made.action, made.fields) }
}

/** Answers the page. */
function answer(browser: Browser, page: Answer, given: Readonly<Record<string, string>>) {
  const { action, fields } = formOf(page)
  return postAndFollow(browser, action, { ...fields, ...given })
}

async function giveCode(browser: Browser, code: string): Promise<Answer> {
  const { body } = await browser.follow('/acces/messages')
  const [, href = ''] = /href="(\/acces\/messages\/adresses\/adr_\w+)"/.exec(body) ?? []
  return answer(browser, await browser.get(href), { code })
}

const contactsOf = (personId: string) => post.db('contactPoint').where({ personId })

test('a first access asks where to warn her, waits for no message, and takes the code later', async () => {
  const { browser, authenticator, page } = await begun()
  expect(page.body).toContain(title)
  expect(page.body).toContain('Courriel ou cellulaire')
  const email = 'premiere@exemple.test'
  callbackOf(await answer(browser, page, { address: ` ${email} ` }))

  const [message] = await post.received(email, 1)
  const personId = await personOfKey(post.db, authenticator)
  expect(await contactsOf(personId)).toMatchObject([{ channel: 'email', confirmedAt: null }])
  // Until then nobody is told there, and her page says that the address waits.
  expect((await browser.follow('/acces/messages')).body).toContain('Une adresse attend le code')
  expect((await giveCode(browser, '0000-0000')).status).toBe(400)
  const done = await giveCode(browser, codeIn(message ?? { text: '' }))
  expect(done.url).toContain('fait=added')
  expect(done.body).not.toContain('Une adresse attend le code')
  expect(await contactsOf(personId)).toMatchObject([{ confirmedAt: expect.any(Date) as Date }])
  const { callback } = await signIn(post, post.services.library, authenticator)
  expect(callback.searchParams.has('code')).toBe(true)
})

test('« Pas maintenant » goes on, and the page does not come back', async () => {
  const { browser, authenticator, codes, page } = await begun()
  expect(page.body).toContain(title)
  // The form of the codes once more, as a second press sends it.
  const again = await postAndFollow(browser, codes.action, codes.fields)
  expect(again.body).toContain(title)
  callbackOf(await answer(browser, page, { address: 'not read', later: 'oui' }))
  expect(await contactsOf(await personOfKey(post.db, authenticator))).toEqual([])
  const { callback } = await signIn(post, post.services.library, authenticator)
  expect(callback.searchParams.has('code')).toBe(true)
})

test('what is no address is said beside what was typed, and a number is one', async () => {
  const { browser, authenticator, page } = await begun()
  for (const address of ['', 'madeleine@', '514 555', 'a@b@c']) {
    const { action, fields } = formOf(page)
    const refused = await browser.post(action, { ...fields, address })
    expect([address, refused.status]).toEqual([address, 400])
    expect(refused.body).toContain(`value="${address}"`)
    expect(refused.body).toContain('aria-invalid="true"')
  }
  callbackOf(await answer(browser, page, { address: '(514) 555-0199' }))
  await post.received('+15145550199', 1)
  expect(await contactsOf(await personOfKey(post.db, authenticator))).toMatchObject([
    { channel: 'sms' },
  ])
})

test('a form that comes before its step, or after it, asks for no message', async () => {
  const browser = makeBrowser(post)
  const { url } = await post.services.library.begin()
  const page = await browser.follow(url)
  const typed = { csrf: formOf(page).fields['csrf'] ?? '', address: 'avant@exemple.test' }
  expect((await browser.post(`${page.url}/adresse`, typed)).location).toBe(page.url)
  const late = await begun()
  const { action, fields } = formOf(late.page)
  callbackOf(await answer(late.browser, late.page, { later: 'oui' }))
  const after = await late.browser.post(action, { ...fields, address: 'apres@exemple.test' })
  expect(after.status).toBeGreaterThanOrEqual(303)
  const digests = await post.db('contactPoint').count()
  expect((await browser.post(`${page.url}/adresse`, typed)).location).toBe(page.url)
  expect(await post.db('contactPoint').count()).toEqual(digests)
})

test('a recovery asks too where nobody is told; what its finder gives goes when it is undone', async () => {
  const own = await signUp(post, post.services.library, { workingCodes: 2 })
  const personId = await personOfKey(post.db, own.authenticator)
  const { finder, key, page: asked } = await recovered(own.codes[0])
  expect(asked.body).toContain(title)
  const theirs = 'voleur@exemple.test'
  callbackOf(await answer(finder, asked, { address: theirs }))
  const { browser: thief } = await signIn(post, post.services.library, key)
  const [message] = await post.received(theirs, 1)
  expect((await giveCode(thief, codeIn(message ?? { text: '' }))).url).toContain('fait=added')
  await post.received(theirs, 2)
  // A second one beside it, or in its place, is a change: it waits.
  const { csrf = '' } = formOf(await thief.get('/acces/messages')).fields
  const other = { csrf, channel: 'sms', address: '514 555 0142' }
  expect((await thief.post('/acces/messages/adresses', other)).status).toBe(409)

  const { browser } = await signIn(post, post.services.library, own.authenticator)
  const { csrf: hers = '' } = formOf(await browser.get('/acces')).fields
  const undone = await browser.post('/acces/retablissement/pas-moi', { csrf: hers })
  expect(undone.location).toContain('recovery-undone')
  expect(await contactsOf(personId)).toEqual([])
  const told = await post.db('notification').where({ personId, kind: 'access.recovery-undone' })
  expect(told).toMatchObject([{ channel: 'none' }])
  const removed = await post
    .db('ledgerEvent')
    .where({ personId, kind: 'access.factor-removed' })
    .count()
  expect(removed).toEqual([{ count: '1' }])
})

test('a recovery of a person who is told asks nothing, and its finder adds no address', async () => {
  const own = await signUp(post, post.services.library, { workingCodes: 2 })
  const email = 'prevenue@exemple.test'
  await addContact(post, own.browser, 'email', email)
  const { key, page } = await recovered(own.codes[0])
  callbackOf(page)
  const { browser: thief } = await signIn(post, post.services.library, key)
  const { csrf = '' } = formOf(await thief.get('/acces/messages')).fields
  const typed = { csrf, channel: 'sms', address: '514 555 0143' }
  expect((await thief.post('/acces/messages/adresses', typed)).status).toBe(409)
})
