import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBoth } from './demonstration.ts'

let both: Awaited<ReturnType<typeof startBoth>>
let aid: string

beforeAll(async () => {
  both = await startBoth()
  aid = both.addresses.studentAid
})

afterAll(async () => {
  await both.close()
})

const signIn = () => fetch(`${aid}/sign-in`, { redirect: 'manual' })

test('an application starts without its issuer, says that it is missing, and finds it later', async () => {
  const alone = await signIn()
  expect(alone.status).toBe(503)
  expect(await alone.text()).toContain('Connexion impossible pour le moment')
  const issuer = await both.startIssuer()
  expect((await signIn()).status).toBe(303)
  await issuer.close()
})

test.each([
  { what: 'no token', form: {} },
  { what: 'a token that is none', form: { logout_token: 'a.b.c' } },
])('the back channel answers $what with an error for machines', async ({ form }) => {
  const response = await fetch(`${aid}/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  expect(response.status).toBe(400)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toMatchObject({ error: 'invalid_request' })
})

test('a form beyond the limit is not read', async () => {
  const body = new URLSearchParams({ logout_token: 'a'.repeat(20_000) })
  expect((await fetch(`${aid}/backchannel-logout`, { method: 'POST', body })).status).toBe(413)
})

test.each(['/', '/en/', '/style.css', '/nowhere', '/callback', '/jwks'])(
  '%s carries the security headers',
  async (path) => {
    const { headers } = await fetch(aid + path)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self'/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
  },
)

test('no page holds a script or an inline style', async () => {
  for (const path of ['/', '/en/', '/nowhere', '/callback']) {
    expect(await (await fetch(aid + path)).text()).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i)
  }
})
