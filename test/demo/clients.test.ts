import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { behave } from './clients-behave.ts'
import type { ClientsStage, Registered } from './clients-stage.ts'
import { inProcess, startClients, visitor, whoIn } from './clients-stage.ts'

// Other people's libraries, unmodified, sign in by the profile `baseline`.

const clients: readonly Registered[] = [
  {
    clientId: 'openid-client',
    organisation: 'org_culture',
    start: inProcess('openid-client.js'),
    paths: { redirect: '/callback', signIn: '/sign-in', fresh: '/fresh', signOut: '/sign-out' },
  },
  {
    clientId: 'express-openid-connect',
    organisation: 'org_culture',
    start: inProcess('express-openid-connect.js'),
    paths: { redirect: '/callback', signIn: '/login', fresh: '/fresh', signOut: '/logout' },
  },
  {
    clientId: 'authjs',
    organisation: 'org_revenue',
    start: inProcess('authjs.js'),
    paths: {
      redirect: '/auth/callback/accord',
      signIn: '/auth/signin',
      fresh: '/auth/signin?acr_values=urn:accord:aal:2&prompt=login',
      signOut: '/sign-out',
    },
    more: { assertion_audience: 'both' },
  },
]

let stage: ClientsStage

beforeAll(async () => {
  // Auth.js reports a person who turns back.
  vi.spyOn(console, 'error').mockReturnValue(undefined)
  stage = await startClients(clients)
})

afterAll(() => stage.stop())

const names = clients.map(({ clientId }) => clientId)
behave(names, () => stage)

test('a person is the same at two services of one body, and somebody else at another body', async () => {
  const { begin } = await visitor(stage)
  const subs: unknown[] = []
  for (const client of stage.clients) subs.push(whoIn(await begin(client, 'signIn'))?.sub)
  const [first, second, other] = subs
  expect(second).toBe(first)
  expect(other).not.toBe(first)
})
