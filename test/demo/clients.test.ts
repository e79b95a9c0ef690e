import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Answer } from '../support/browser.ts'
import { formOf, formsOf } from '../support/browser.ts'
import { newPerson } from '../support/person.ts'
import type { ClientsStage } from './clients-stage.ts'
import { startClients, surfer } from './clients-stage.ts'

// Other people's libraries, unmodified, sign in by the profile `baseline`.

let stage: ClientsStage

beforeAll(async () => {
  // Auth.js reports a person who turns back.
  vi.spyOn(console, 'error').mockReturnValue(undefined)
  stage = await startClients([
    {
      clientId: 'openid-client',
      organisation: 'org_culture',
      file: 'openid-client.js',
      redirect: '/callback',
    },
    {
      clientId: 'express-openid-connect',
      organisation: 'org_culture',
      file: 'express-openid-connect.js',
      redirect: '/callback',
    },
    {
      clientId: 'authjs',
      organisation: 'org_revenue',
      file: 'authjs.js',
      redirect: '/auth/callback/accord',
      more: { assertion_audience: 'both' },
    },
  ])
})

afterAll(() => stage.stop())

// Where each library begins a sign-in, one with a fresh proof, and a sign-out.
const paths = {
  'openid-client': { signIn: '/sign-in', fresh: '/fresh', signOut: '/sign-out' },
  'express-openid-connect': { signIn: '/login', fresh: '/fresh', signOut: '/logout' },
  authjs: {
    signIn: '/auth/signin',
    fresh: '/auth/signin?acr_values=urn:accord:aal:2&max_age=0',
    signOut: '/sign-out',
  },
} as const
type Name = keyof typeof paths
const names = Object.keys(paths) as Name[] // `paths` has no others

function addressOf(name: Name): string {
  return stage.clients.find((client) => client.name === name)?.address ?? ''
}

/** Somebody with an access, at the house and at the clients. */
async function visitor() {
  const person = await newPerson(stage)
  const { go } = surfer(stage, person)

  /** From a path of the client to the next page that asks for something, or back to the client. */
  async function begin(name: Name, path: string): Promise<Answer> {
    const page = await go(addressOf(name) + path)
    // Auth.js has a page with a form of its own; parameters of its address go on to the provider.
    const form = formsOf(page).find(({ action }) => action.includes('/auth/signin/'))
    return form === undefined ? page : go(form.action + new URL(page.url).search, form.fields)
  }

  async function prove(page: Answer): Promise<Answer> {
    const { action, fields, options } = formOf(page)
    return go(action, { ...fields, credential: person.authenticator.get(options) })
  }

  async function signOut(name: Name): Promise<Answer> {
    const page = await go(addressOf(name) + paths[name].signOut)
    const form = formsOf(page).find(({ fields }) => 'xsrf' in fields)
    return go(form?.action ?? '', { ...form?.fields, logout: 'yes' })
  }

  return {
    go,
    begin,
    prove,
    signOut,
    home: async (name: Name) => (await go(`${addressOf(name)}/`)).body,
  }
}

const isSignedOut = (body: string) => body.includes('Sign in</a>')

test('a person signs in at three clients, proves who she is once, and is somebody else at another body', async () => {
  const { begin } = await visitor()
  const subs: unknown[] = []
  for (const name of names) {
    const page = await begin(name, paths[name].signIn)
    expect([name, new URL(page.url).origin]).toEqual([name, addressOf(name)])
    const { sub, acr } = JSON.parse(page.body) as { readonly sub: unknown; readonly acr: unknown }
    expect([name, acr]).toEqual([name, 'urn:accord:aal:2'])
    subs.push(sub)
  }
  const [first, second, other] = subs
  expect(first).toMatch(/^[\w-]{22}$/)
  expect(second).toBe(first)
  expect(other).not.toBe(first)
})

test.each(names)('%s asks for a fresh proof, and gets it', async (name) => {
  const { begin, prove } = await visitor()
  await begin(name, paths[name].signIn)
  const asked = await begin(name, paths[name].fresh)
  expect(new URL(asked.url).origin).toBe(stage.issuer)
  const back = await prove(asked)
  expect(new URL(back.url).origin).toBe(addressOf(name))
  expect(JSON.parse(back.body)).toMatchObject({ acr: 'urn:accord:aal:2' })
})

test.each(names)('a sign-out at %s ends every client, each in its own way', async (name) => {
  const { begin, home, signOut } = await visitor()
  for (const one of names) {
    await begin(one, paths[one].signIn)
    expect([one, isSignedOut(await home(one))]).toEqual([one, false])
  }
  const left = await signOut(name)
  expect(new URL(left.url).origin).toBe(addressOf(name))
  expect(isSignedOut(left.body)).toBe(true)
  // The other clients are told by the provider alone.
  for (const one of names)
    await expect.poll(async () => isSignedOut(await home(one)), { timeout: 10_000 }).toBe(true)
})

test.each(names)('%s survives a person who turns back', async (name) => {
  const { begin, go, home } = await visitor()
  const { url, body, status, headers, location } = await begin(name, paths[name].fresh)
  const form = formsOf({ url, body, status, headers, location }).find(({ action }) =>
    action.endsWith('/abandon'),
  )
  const back = await go(form?.action ?? '', form?.fields)
  expect(new URL(back.url).origin).toBe(addressOf(name))
  expect(back.status).toBeLessThan(500)
  expect(isSignedOut(await home(name))).toBe(true)
})
