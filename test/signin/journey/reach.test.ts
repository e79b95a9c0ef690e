import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import {
  callbackOf,
  codeOf,
  creationPage,
  issuer,
  postAndFollow,
  signIn,
  signUp,
} from '../../support/broker.ts'
import { personOfKey } from '../../support/many-sessions.ts'
import type { Post } from '../../support/post.ts'
import { addContact, codeIn, startPost } from '../../support/post.ts'
import type { Service } from '../../support/service.ts'
import { idTokenOf, json } from '../../support/service.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { newKeyAt, showCodeAt } from '../../support/ways.ts'

// « Où vous prévenir? », after the codes of a first access and of a recovery.

let post: Post
beforeAll(async () => {
  letTimeMove()
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

// « Vous entrez à … comme … »: whose access an open session takes to a service that it never entered, where the browser may be shared.

const asked = 'Oui, c’est moi'

/** Makes an access at the library, and answers « Où vous prévenir? ». */
async function begunWith(given: Readonly<Record<string, string>>) {
  const { browser, authenticator, page: reach } = await begun()
  return { browser, authenticator, reach, answer: await answer(browser, reach, given) }
}

async function goesTo(service: Service, browser: Browser) {
  const errand = await service.begin()
  return { errand, page: await browser.follow(errand.url) }
}

function say(browser: Browser, page: Answer, answer: 'acces-ouvert' | 'autre-personne') {
  const form = formsOf(page).find(({ action }) => action.endsWith(answer))
  return postAndFollow(browser, form?.action ?? '', form?.fields ?? {})
}

async function subOf(
  service: Service,
  callback: URL,
  errand: Awaited<ReturnType<Service['begin']>>,
) {
  return idTokenOf(json(await service.redeem(codeOf(callback), errand)))['sub']
}

test('on a device of her own a second service is entered without a page', async () => {
  const { browser, answer } = await begunWith({ later: 'oui' })
  callbackOf(answer)
  callbackOf((await goesTo(post.services.taxes, browser)).page)
  expect(browser.cookies().some(({ name }) => name === 'shared')).toBe(false)
})

test('who said that several people use it is asked by her name at each new service, once, and never for her own space', async () => {
  const { browser, answer } = await begunWith({ nickname: ' Madeleine ', shared: 'oui' })
  // She has just proved who she is: the first service asks nothing.
  callbackOf(answer)
  const { page } = await goesTo(post.services.taxes, browser)
  expect(page.body).toContain('comme Madeleine</h1>')
  expect(page.body).not.toMatch(/<title>[^<]*Madeleine/)
  expect(page.body).toContain(asked)
  // A question that is only looked at enters nothing.
  expect((await goesTo(post.services.taxes, browser)).page.body).toContain(asked)
  callbackOf(await say(browser, page, 'acces-ouvert'))
  callbackOf((await goesTo(post.services.taxes, browser)).page)
  callbackOf((await goesTo(post.services.library, browser)).page)
  expect((await browser.follow('/espace')).status).toBe(200)
  // What the page says is bound to its visit: the same yes does not serve a second time.
  expect((await say(browser, page, 'acces-ouvert')).status).toBeGreaterThanOrEqual(400)
})

test('« Pas maintenant » keeps what is true of the device, and no name', async () => {
  const { browser, answer } = await begunWith({ nickname: 'Rose', shared: 'oui', later: 'oui' })
  callbackOf(answer)
  const { page } = await goesTo(post.services.taxes, browser)
  expect(page.body).toContain('avec l’accès ouvert ici le')
  expect(page.body).not.toContain('Rose')
})

test('a name that is none is said beside it, with all that was typed, and nothing is sent', async () => {
  const { browser, reach } = await begunWith({ nickname: 'x'.repeat(41), shared: 'oui' })
  const before = await post.db('contactPoint').count()
  const again = formOf(reach)
  const typed = {
    ...again.fields,
    address: 'rose@exemple.test',
    nickname: 'Ro\u202Ese',
    shared: 'oui',
  }
  const refused = await browser.post(again.action, typed)
  expect(refused.status).toBe(400)
  expect(refused.body).toContain('value="rose@exemple.test"')
  expect(refused.body).toMatch(/id="nom"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*id="nom"/)
  expect(refused.body).toMatch(/id="plusieurs"[^>]*checked/)
  const sealed = await post.db('contactPoint').count()
  expect(sealed).toEqual(before)
})

test('« Ce n’est pas moi » closes that session here, and the visit goes on to whoever signs in', async () => {
  const { browser } = await begunWith({ nickname: 'Madeleine', shared: 'oui' })
  const other = await signUp(post, post.services.archives)
  const { page, errand } = await goesTo(post.services.taxes, browser)
  const asks = await say(browser, page, 'autre-personne')
  expect(asks.body).toContain('<h1>Se connecter</h1>')
  expect(asks.body).not.toContain('Madeleine')
  expect((await browser.get('/espace')).status).toBe(403)
  const { action, fields, options } = formOf(asks)
  const credential = other.authenticator.get(options)
  const callback = callbackOf(await postAndFollow(browser, action, { ...fields, credential }))
  const there = await signIn(post, post.services.taxes, other.authenticator)
  expect(await subOf(post.services.taxes, callback, errand)).toBe(
    await subOf(post.services.taxes, there.callback, there.errand),
  )
})

test('a yes of a page that showed another session opens nothing, and nobody passes without a page', async () => {
  const { browser } = await begunWith({ shared: 'oui' })
  const { page } = await goesTo(post.services.taxes, browser)
  const { action, fields } = formsOf(page)[0] ?? { action: '', fields: {} }
  const forged = await postAndFollow(browser, action, { ...fields, opened: 'x'.repeat(43) })
  expect(forged.body).toContain(asked)
  const silent = await post.services.taxes.begin({ prompt: 'none' })
  const { searchParams } = callbackOf(await browser.follow(silent.url))
  expect([searchParams.get('error'), searchParams.has('code')]).toEqual([
    'interaction_required',
    false,
  ])
})

test('of a yes and a no at once the visit ends in one', async () => {
  const { browser } = await begunWith({ shared: 'oui' })
  const { page } = await goesTo(post.services.taxes, browser)
  const [yes, no] = formsOf(page)
  const answers = await Promise.all(
    [yes, no].map((form, port) =>
      browser.clone().post(form?.action ?? '', form?.fields ?? {}, { port: post.ports[port] ?? 0 }),
    ),
  )
  const after = await browser.follow(answers[0]?.location ?? '')
  // If the no came first, the session is closed, and nothing was entered by it.
  const isClosed = (await browser.get('/espace')).status === 403
  if (isClosed) expect(after.location ?? '').not.toContain('code=')
  else callbackOf(after)
})

test('two accesses in one browser within ninety days make it a browser of several people', async () => {
  const { browser, authenticator } = await begunWith({ later: 'oui' })
  const second = await signUp(post, post.services.library)
  await signIn(post, post.services.library, second.authenticator, browser, { prompt: 'login' })
  const [word] = browser.cookies().filter(({ name }) => name === 'shared')
  expect(word?.value).toBe('plusieurs')
  expect((await goesTo(post.services.taxes, browser)).page.body).toContain(asked)

  const alone = makeBrowser(post)
  await signIn(post, post.services.library, authenticator, alone)
  await signIn(post, post.services.library, authenticator, alone, { prompt: 'login' })
  callbackOf((await goesTo(post.services.archives, alone)).page)
})

test('what she said of her device she unsays in « Mon accès », and a new service is entered without a page again', async () => {
  const { browser } = await begunWith({ shared: 'oui' })
  expect(await isAsked(browser, post.services.taxes)).toBe(true)
  const { action, fields } = deviceForm(await browser.get('/acces/sessions'))
  expect(fields['shared']).toBe('oui')
  const strange = await makeBrowser(post).post(action, { csrf: fields['csrf'] ?? '' })
  expect(strange.location ?? '').not.toContain('fait=')
  const unsaid = await browser.post(action, { csrf: fields['csrf'] ?? '' })
  expect(unsaid.location).toContain('/acces?fait=device-own')
  expect((await browser.follow(unsaid.location ?? '')).body).toContain('ne sert qu’à vous')
  expect(browser.cookies().some(({ name }) => name === 'shared')).toBe(false)
  callbackOf((await goesTo(post.services.taxes, browser)).page)

  // And says it again, of a browser that knew of nobody else.
  const again = deviceForm(await browser.get('/acces/sessions'))
  expect(again.fields['shared']).toBeUndefined()
  await browser.post(action, { ...again.fields, shared: 'oui' })
  expect(await isAsked(browser, post.services.archives)).toBe(true)
})

function deviceForm(page: Answer) {
  const form = formsOf(page).find((each) => each.action.endsWith('/appareil'))
  if (form === undefined) throw new Error('no form of the device')
  return form
}

async function isAsked(browser: Browser, service: Service): Promise<boolean> {
  return (await goesTo(service, browser)).page.body.includes(asked)
}

test('a key of another device, and half an hour without a press, ask too; a key that is plugged in does not', async () => {
  const { library, taxes, archives } = post.services
  const comes = async (attachment: string, transports: readonly string[]) => {
    const person = await signUp(post, library)
    await post
      .db('passkeys')
      .where({ personId: person.personId })
      .update({ transports: [...transports] })
    const browser = makeBrowser(post)
    const { action, fields, options } = formOf((await goesTo(library, browser)).page)
    const forgery = { credential: { authenticatorAttachment: attachment } }
    const credential = person.authenticator.get(options, forgery)
    callbackOf(await postAndFollow(browser, action, { ...fields, credential }))
    return browser
  }
  expect(await isAsked(await comes('cross-platform', ['hybrid', 'internal']), taxes)).toBe(true)
  expect(await isAsked(await comes('cross-platform', []), taxes)).toBe(true)
  expect(await isAsked(await comes('cross-platform', ['nfc', 'usb']), taxes)).toBe(false)
  const own = await comes('platform', ['hybrid', 'internal'])
  expect(await isAsked(own, taxes)).toBe(false)
  await pass(post.db, { seconds: 29 * 60 })
  expect(await isAsked(own, taxes)).toBe(false)
  await pass(post.db, { seconds: 32 * 60 })
  expect(await isAsked(own, archives)).toBe(true)
})
