import { afterAll, beforeAll, describe, test } from 'vitest'
import { behave } from './clients-behave.ts'
import type { ClientsStage, Registered } from './clients-stage.ts'
import { startClients } from './clients-stage.ts'
import { isApacheThere, isFlaskThere, startApache, startFlask } from './installed-clients.ts'

// `npm run test:clients`: clients that are no packages of npm, by the profile `baseline`.

const paths = { redirect: '/callback', signIn: '/sign-in', fresh: '/fresh', signOut: '/sign-out' }

const known: readonly (Registered & { readonly isThere: boolean; readonly packages: string })[] = [
  {
    clientId: 'apache',
    organisation: 'org_culture',
    signs: 'RS256',
    beginsAgain: true,
    start: startApache,
    paths: {
      redirect: '/callback',
      backchannel: '/callback?logout=backchannel',
      signIn: '/private',
      fresh: '/fresh',
      signOut: '/callback?logout={home}',
    },
    more: { assertion_audience: 'token_endpoint' },
    isThere: isApacheThere(),
    packages: 'apache2 libapache2-mod-auth-openidc',
  },
  {
    clientId: 'flask',
    organisation: 'org_culture',
    start: startFlask,
    paths,
    isThere: isFlaskThere(),
    packages: 'python3-authlib python3-flask python3-requests',
  },
]

for (const { clientId, packages } of known.filter(({ isThere }) => !isThere))
  test.skip(`${clientId} is not tried: apt-get install ${packages}`, () => undefined)

const there = known.filter(({ isThere }) => isThere)

describe.runIf(there.length > 0)('what is installed', () => {
  let stage: ClientsStage
  beforeAll(async () => {
    stage = await startClients(there)
  })
  afterAll(() => stage.stop())
  behave(
    there.map(({ clientId }) => clientId),
    () => stage,
  )
})
