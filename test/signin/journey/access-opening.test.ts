import { createHash } from 'node:crypto'
import { domainToUnicode } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from '../../../demo/mailbox/box.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import {
  callbackOf,
  codeOf,
  codesOf,
  issuer,
  keepCodes,
  postAndFollow,
  signUpByPages,
} from '../../support/broker.ts'
import type { Post } from '../../support/post.ts'
import { codeIn, send, startPost } from '../../support/post.ts'
import { idTokenOf, json } from '../../support/service.ts'
import type { Service } from '../../support/service.ts'
import { untilAnswered } from '../../support/sharing-load.ts'
import { codeAt, giveEarlierCode } from '../../support/totp.ts'
import {
  addressPage,
  goodPassword,
  keyFormOf,
  plainKey,
  secondPage,
  seedOf,
} from '../../support/ways.ts'
import { untyped } from '../../support/database.ts'

// An address by which somebody signs in is shown to be hers; whoever gives another person's learns nothing.

let post: Post
let library: Service
const checkPath = '/verifier-un-message'
let people = 0

beforeAll(async () => {
  post = await startPost()
  library = post.services.library
})

afterAll(() => post.stop())

const newAddress = () => `ouverture${++people}@exemple.test`

describe('a new access', () => {
  test('is made only after the e-mail code and a code of the application', async () => {
    const address = newAddress()
    const { browser, page } = await give(address)
    const skipped = await browser.follow(`${visitOf(page)}/creation/code`)
    const code = codeIn(await newest(address))
    expect(page.body).not.toContain(code)
    const checked = await send(browser, await browser.get(checkPath), checkPath, { code })
    expect(checked.body).toContain('nous avons envoyé un courriel avec ce code')
    expect(skipped.url).toBe(page.url)
    expect(await accounts()).toBe(0)

    const enrolling = await enter(browser, page, code.toLowerCase().replace('-', ' '))
    expect(enrolling.url).toBe(`${visitOf(page)}/creation/code`)
    expect(await accounts()).toBe(0)

    const codes = await enter(browser, enrolling, codeAt(seedOf(enrolling)))
    expect(codesOf(codes)).toHaveLength(10)
    expect(await accounts()).toBe(1)
  })

  test('may have a security key instead of the application, and the token says so', async () => {
    const address = newAddress()
    const errand = await library.begin()
    const { browser, page } = await give(address, errand.url)
    await enter(browser, page, codeIn(await newest(address)))
    const form = formOf(await browser.get(`${visitOf(page)}/creation/cle-de-securite`))
    const key = plainKey()

    const codes = await browser.post(form.action, {
      ...form.fields,
      credential: key.create(form.options),
    })
    const callback = callbackOf(await keepCodes(browser, codes))

    const token = idTokenOf(json(await library.redeem(codeOf(callback), errand)))
    expect(token['amr']).toEqual(['pwd', 'pop', 'user', 'mfa'])
    expect((await browser.get('/acces')).body).not.toContain('/pas-moi')
    const again = makeBrowser(post)
    const typed = { address: address.toUpperCase(), password: goodPassword }
    const second = await secondPage(again, (await library.begin()).url, typed)
    const { action, fields, options } = keyFormOf(second.page)
    const answer = await again.post(action, { ...fields, credential: key.get(options) })
    expect(answer.status).toBe(303)
  })

  test('refuses a key that was made as a passkey or in another visit', async () => {
    const [own, other] = [await proved(newAddress()), await proved(newAddress())]
    const form = formOf(await at(own, '/cle-de-securite'))
    const passkey = makeAuthenticator({ origin: issuer })
    const theirs = formOf(await at(other, '/cle-de-securite')).options
    const before = await accounts()

    for (const credential of [
      passkey.create(formOf(await at(own, '')).options),
      plainKey().create(theirs),
      'no key',
    ]) {
      const answer = await own.browser.post(form.action, { ...form.fields, credential })
      expect(answer.status).toBeGreaterThanOrEqual(400)
    }
    expect(await accounts()).toBe(before)
  })
})

describe('an address that already belongs to an access', () => {
  test('gets the same pages as a new one, and only a message tells its owner', async () => {
    const [taken, free] = [newAddress(), newAddress()]
    await open(taken)
    const answers = []
    for (const address of [taken, free]) {
      const browser = makeBrowser(post)
      const { action, fields } = formOf(await creation(browser))
      const typed = { ...fields, address, password: goodPassword }
      const given = await browser.post(action, typed)
      const page = await browser.get(given.location ?? '')
      const wrong = await enter(browser, page, '0000-0000')
      answers.push({
        statuses: [given.status, page.status, wrong.status],
        pages: [page, wrong].map(({ body }) => withoutWhatVaries(body).replaceAll(address, '')),
      })
    }

    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.statuses).toEqual([303, 200, 400])
    const [told, sent] = [await newest(taken, 2), await newest(free)]
    expect(told.subject).toBe('Votre accès a déjà cette adresse')
    expect(told.text).not.toMatch(/[0-9A-Z]{4}-[0-9A-Z]{4}/)
    expect(sent.subject).toBe('Votre code de vérification')
    const kinds = await untyped(post.db)('notification').where({ kind: 'address.taken' })
    expect(kinds.map(({ personId }) => personId)).toEqual(kinds.map(() => null))
  })

  test('gets the same pages in « Mon accès », with its password or another', async () => {
    const taken = newAddress()
    await open(taken)
    const { browser } = await signUpByPages(post, library)
    const bodies = []
    for (const [address, password] of [
      [taken, goodPassword],
      [taken, 'une autre phrase longue'],
      [newAddress(), goodPassword],
    ] as const) {
      const { action, fields } = formOf(await browser.get('/acces/mot-de-passe'))
      const page = await postAndFollow(browser, action, { ...fields, address, password })
      expect([page.status, page.url]).toEqual([200, `${issuer}/acces/mot-de-passe/courriel`])
      bodies.push(withoutWhatVaries(page.body).replaceAll(address, ''))
      await newest(address, address === taken ? bodies.length + 1 : 1)
    }

    expect(new Set(bodies).size).toBe(1)
    expect((await browser.get('/acces/messages')).body).not.toContain('a déjà cette adresse')
  })

  test('gets at most three messages a day, and no page reveals it', async () => {
    const address = newAddress()
    const [own, other] = [await give(address), await give(address)]
    await newest(address, 2)
    await give(address)
    await newest(address, 3)

    const fourth = await give(address)
    const unsent = post.db('notification').where({ personId: null, sentAt: null })
    await expect.poll(async () => (await unsent.clone()).length).toBe(1)
    await expect.poll(async () => (await unsent.clone().whereNotNull('givenUpAt')).length).toBe(1)

    await newest(address, 3)
    expect([own, other, fourth].map(({ page }) => page.status)).toEqual([200, 200, 200])
    expect(fourth.page.body).toContain('une adresse en reçoit au plus trois par jour')
    const pages = [own, fourth].map(({ page }) => withoutWhatVaries(page.body))
    expect(pages[0]).toBe(pages[1])
  })

  test('is recognised in other case and in the other form of its domain', async () => {
    const address = `accent${++people}@xn--exmple-cva.test`
    await open(address)
    const other = address.replace('xn--exmple-cva', 'exémple').normalize('NFD').toUpperCase()

    await give(other)

    expect((await newest(address, 2)).subject).toBe('Votre accès a déjà cette adresse')
  })

  test('is refused to the second of two people who confirmed it, on both processes', async () => {
    const address = newAddress()
    const both = [await proved(address), await proved(address, 2)]
    const forms = await Promise.all(
      both.map(async ({ browser, visit }) => {
        const page = await browser.get(`${visit}/creation/code`)
        return { browser, ...formOf(page), code: codeAt(seedOf(page)) }
      }),
    )
    const before = await accounts()

    const answers = await Promise.all(
      forms.map(({ browser, action, fields, code }, i) =>
        browser.post(action, { ...fields, code }, { port: post.ports[i] ?? 0 }),
      ),
    )

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    expect(await accounts()).toBe(before + 1)
    const refused = answers.find(({ status }) => status === 409)
    expect(refused?.body).toContain('Un accès l’a prise pendant que vous la vérifiiez')
  })
})

describe('a code', () => {
  test('is accepted only in its visit, for the last address that was given', async () => {
    const address = newAddress()
    const [own, other] = [await give(address), await give(newAddress())]
    const code = codeIn(await newest(address))

    expect((await enter(other.browser, other.page, code)).status).toBe(400)
    const again = newAddress()
    await give(again, undefined, own)
    expect((await enter(own.browser, own.page, code)).status).toBe(400)
    const right = await enter(own.browser, own.page, codeIn(await newest(again)))
    expect(right.url).toMatch(/\/creation\/code$/)
  })

  test('can be tried five times, even with many tries at once on two processes', async () => {
    const address = newAddress()
    const { browser, page } = await give(address)
    const { action, fields } = formOf(page)
    const code = codeIn(await newest(address))

    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => {
        const tried = { ...fields, code: `0000-000${i % 10}` }
        const port = post.ports[i % 2] ?? 0
        return untilAnswered(() => browser.clone().post(action, tried, { port }))
      }),
    )

    expect(answers.filter(({ status }) => status === 400)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(7)
    const late = await enter(browser, page, code)
    expect([late.status, late.body.includes('<h1>Ce code ne sert plus')]).toEqual([410, false])
    expect(late.body).toContain('a été essayé trop souvent')
    expect(late.body).not.toContain('name="code"')
  })

  test('sent many times at once makes one access', async () => {
    const { browser, visit } = await proved(newAddress())
    const page = await browser.get(`${visit}/creation/code`)
    const { action, fields } = formOf(page)
    const code = codeAt(seedOf(page))
    const before = await accounts()

    const answers = await Promise.all(
      [0, 1, 0, 1].map((i) =>
        browser.clone().post(action, { ...fields, code }, { port: post.ports[i] ?? 0 }),
      ),
    )

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await accounts()).toBe(before + 1)
  })

  test('is never stored in clear, and neither is the address', async () => {
    const address = newAddress()
    const { browser, page } = await give(address)
    const code = codeIn(await newest(address))
    const look = async () => {
      const tables = ['password_proposals', 'notification', 'passwords', 'rate_limits', 'activity']
      const rows = await Promise.all(tables.map((table) => untyped(post.db)(table).select('*')))
      const jobs = await post.db.raw('select * from graphile_worker._private_jobs')
      return JSON.stringify([rows, jobs.rows], withText) + post.output()
    }
    const waiting = await look()
    const enrolling = await enter(browser, page, code)
    await enter(browser, enrolling, codeAt(seedOf(enrolling)))
    const used = await look()

    for (const secret of [address, code, code.replace('-', '')]) {
      expect(waiting).not.toContain(secret)
      expect(used).not.toContain(secret)
    }
    const sealed = await post
      .db('notification')
      .whereNotNull('sealedAddress')
      .whereNotNull('sentAt')
    expect(sealed).toEqual([])
  })
})

describe('behind one address', () => {
  test('a class of forty signs up at once, and one pupil who presses again and again takes nothing from it', async () => {
    const loud = await give(newAddress())
    const { address: network } = loud.browser
    const pressed = []
    for (let n = 0; n < 8; n++) pressed.push((await give(newAddress(), undefined, loud)).page)
    expect(pressed.map(({ status }) => status)).toEqual([...Array(5).fill(200), 429, 429, 429])
    for (const page of pressed.slice(5))
      expect(Number(page.headers['retry-after'])).toBeGreaterThan(0)

    const pupils = Array.from({ length: 40 }, () => newAddress())
    const pages = await Promise.all(
      pupils.map(async (address) => {
        const browser = makeBrowser(post, [], network)
        return give(address, (await library.begin()).url, undefined, browser)
      }),
    )
    expect(pages.map(({ page }) => page.status)).toEqual(pupils.map(() => 200))
    expect(await points('address-code/network')).toBeGreaterThan(45)
    const enrolling = []
    for (const [n, { browser, page }] of pages.entries())
      enrolling.push(await enter(browser, page, codeIn(await newest(pupils[n] ?? ''))))
    for (const page of enrolling) expect(new URL(page.url).pathname).toMatch(/\/creation\/code$/)
    expect(await points('address-code/network')).toBe(6)

    // An access is counted as begun until its person has noted her codes.
    const [first] = pages
    const [page = expect.fail()] = enrolling
    const { browser } = first ?? expect.fail()
    const made = formOf(await giveEarlierCode(seedOf(page), (code) => enter(browser, page, code)))
    expect(await points('new-access/unfinished')).toBe(1)
    await Promise.all(
      post.ports.map((port) => browser.clone().post(made.action, made.fields, { port })),
    )
    expect(await points('new-access/unfinished')).toBe(0)
    expect(await points('new-access/network')).toBe(1)

    async function points(limit: string): Promise<number> {
      const digest = createHash('sha256').update(`counted:${network} `).digest('base64url')
      const row: { points: number } | undefined = await post
        .db('rateLimits')
        .where({ key: `${limit}:${digest}` })
        .first('points')
      return row?.points ?? 0
    }
  })
})

describe('« Mon accès »', () => {
  test('changes the address with a code, and the password without one', async () => {
    const [first, next] = [newAddress(), newAddress()]
    const { browser } = await open(first)
    const page = await choose(browser, next)
    const old = await canType(first)

    const code = codeIn(await newest(next))
    const { browser: stranger } = await signUpByPages(post, library)
    await choose(stranger, newAddress())
    const theirs = await enterAt(stranger, code)
    const done = await enter(browser, page, code)

    expect([old, theirs.status, done.url]).toEqual([
      true,
      400,
      `${issuer}/acces?fait=password-changed`,
    ])
    // The old one waits, and so does this session, which it made: it changes nothing more.
    expect([await canType(first), await canType(next)]).toEqual([true, true])
    const changed = await choose(browser, next, 'cinq loutres lisent la nuit')
    expect([changed.status, changed.url]).toEqual([409, `${issuer}/acces/mot-de-passe`])
    expect([await canType(next), await canType(next, 'cinq loutres lisent la nuit')]).toEqual([
      true,
      false,
    ])
  })

  test('keeps a replaced address hers as long as it waits', async () => {
    const [first, next] = [newAddress(), newAddress()]
    const { browser } = await open(first)
    const page = await choose(browser, next)
    await enter(browser, page, codeIn(await newest(next)))

    await give(first)

    expect((await newest(first, 2)).subject).toBe('Votre accès a déjà cette adresse')
  })

  test('does not offer the address of a disowned password', async () => {
    const { browser } = await signUpByPages(post, library)
    const theirs = newAddress()
    const page = await choose(browser, theirs)
    await enter(browser, page, codeIn(await newest(theirs)))
    const [, notice = ''] =
      /\/acces\/avis\/(not_\w+)\/pas-moi/.exec((await browser.get('/acces')).body) ?? []
    const { csrf = '' } = formOf(await browser.get('/acces/mot-de-passe')).fields
    await browser.post(`/acces/avis/${notice}/pas-moi`, { csrf })

    expect((await browser.get('/acces/mot-de-passe')).body).not.toContain(theirs)
  })
})

type Opened = { readonly browser: Browser; readonly visit: string }
type Given = { readonly browser: Browser; readonly page: Answer }

function at({ browser, visit }: Opened, step: string): Promise<Answer> {
  return browser.get(`${visit}/creation${step}`)
}

async function creation(browser: Browser): Promise<Answer> {
  const start = await browser.follow((await library.begin()).url)
  return browser.get(`${start.url}/creation/mot-de-passe`)
}

/** Gives an address and a password: the page that waits for the code. */
async function give(
  address: string,
  url?: string,
  within?: Given,
  fresh = makeBrowser(post),
): Promise<Given> {
  const browser = within?.browser ?? fresh
  const typed = { address, password: goodPassword }
  if (within === undefined) {
    const page = await addressPage(browser, url ?? (await library.begin()).url, typed)
    return { browser, page }
  }
  const form = formOf(await browser.get(`${visitOf(within.page)}/creation/mot-de-passe`))
  return { browser, page: await postAndFollow(browser, form.action, { ...form.fields, ...typed }) }
}

async function proved(address: string, messages = 1): Promise<Opened> {
  const { browser, page } = await give(address)
  await enter(browser, page, codeIn(await newest(address, messages)))
  return { browser, visit: visitOf(page) }
}

/** A new access with this address and an application, signed in. */
async function open(address: string): Promise<{ browser: Browser }> {
  const { browser, visit } = await proved(address)
  const page = await browser.get(`${visit}/creation/code`)
  const made = await giveEarlierCode(seedOf(page), (code) => enter(browser, page, code))
  await keepCodes(browser, made)
  return { browser }
}

async function choose(browser: Browser, address: string, password = goodPassword): Promise<Answer> {
  const { action, fields } = formOf(await browser.get('/acces/mot-de-passe'))
  return postAndFollow(browser, action, { ...fields, address, password })
}

async function enterAt(browser: Browser, code: string): Promise<Answer> {
  return enter(browser, await browser.get('/acces/mot-de-passe/courriel'), code)
}

async function enter(browser: Browser, page: Answer, code: string): Promise<Answer> {
  const { action, fields } = formOf(page)
  return postAndFollow(browser, action, { ...fields, code })
}

/** Whether an address and a password are found: what is noted in the visit, which no page tells. */
async function canType(address: string, password = goodPassword): Promise<boolean> {
  await secondPage(makeBrowser(post), (await library.begin()).url, { address, password })
  const [row]: { personId: string | null }[] = await post
    .db('signinPasswords')
    .select('personId')
    .orderBy('expiresAt', 'desc')
    .limit(1)
  return row?.personId !== null
}

async function newest(address: string, count = 1): Promise<Message> {
  // As the mail server of the tests reads it.
  const [local = '', domain = ''] = address.toLowerCase().split('@')
  const [message] = await post.received(`${local}@${domainToUnicode(domain)}`, count)
  if (message === undefined) throw new Error('nothing came')
  return message
}

async function accounts(): Promise<number> {
  const [row] = await untyped(post.db)('passwords').count<{ count: string }[]>('* as count')
  return Number(row?.count)
}

function visitOf({ url }: Answer): string {
  return url.replace(/\/creation\/.*$/, '')
}

function withText(_: string, value: unknown): unknown {
  const bytes = value as { type?: unknown; data?: number[] } | null
  return bytes?.type === 'Buffer' ? Buffer.from(bytes.data ?? []).toString('latin1') : value
}

function withoutWhatVaries(body: string): string {
  return body.replaceAll(/name="csrf" value="[^"]*"/g, '').replaceAll(/connexion\/[\w-]+/g, '')
}
