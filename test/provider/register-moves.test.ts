import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/base/database/database.ts'
import { applyRegister } from '../../src/registry/index.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import { callbackOf, codeOf, issuer, signUp } from '../support/broker.ts'
import type { Answer } from '../support/browser.ts'
import { makeBrowser } from '../support/browser.ts'
import { secret } from '../support/secrets.ts'
import type { Errand, Service } from '../support/service.ts'
import { json, makeService } from '../support/service.ts'
import { counts } from '../support/moving-stage.ts'
import type { Stage } from '../support/sharing.ts'
import { startStage } from '../support/sharing.ts'
import { sealsOf } from '../support/seals.ts'

// The register moves while two processes serve: what they hold of it in memory follows.

let stage: Stage
let misspelt: Service
const objects: RegisterObject[] = []

beforeAll(async () => {
  stage = await startStage(
    (object) => {
      objects.push(object)
      return object
    },
    undefined,
    async (site) => {
      misspelt = await makeService(site, {
        clientId: 'misspelt',
        organisation: 'org_misspelt',
        more: { redirect_url: 'https://misspelt.test/cb' },
      })
      return [misspelt]
    },
  )
}, 180_000)
afterAll(() => stage.stop())

type Content = Readonly<Record<string, unknown>>
const versions = new Map<string, number>()

/** A next version of a service, with these members; applied when it answers. */
async function applyService({ clientId, registered }: Service, change: Content = {}) {
  const version = (versions.get(clientId) ?? 1) + 1
  versions.set(clientId, version)
  const content = { ...registered, version, ...change }
  await apply([{ kind: 'service', id: clientId, version, content }])
}

async function apply(changed: readonly RegisterObject[]): Promise<void> {
  const seals = await sealsOf(stage.keysDir)
  await transact(stage.db, (tx) =>
    applyRegister(tx, seals, { objects: changed, problems: [] }, new Date()),
  )
}

async function statusesOf(service: Service): Promise<number[]> {
  const answers = await Promise.all(stage.ports.map((port) => service.push({}, { port })))
  return answers.map(({ status }) => status)
}

test('a service that cannot be served is left out and logged, and the others are served', async () => {
  expect(await statusesOf(stage.aid)).toEqual([201, 201])
  const answer = await misspelt.push()
  expect([answer.status, json(answer)['error']]).toEqual([401, 'invalid_client'])
  const said = stage
    .output()
    .split('\n')
    .filter((line) => line.includes('"serviceId":"misspelt"'))
    .map((line) => JSON.parse(line) as Content)
  expect(said).toHaveLength(2) // once a process
  expect(said[0]).toMatchObject({
    level: 50,
    msg: 'a service of the register cannot be served',
    why: 'redirect_url is not a field that this file may have: redirect_uris?',
  })
})

test('once its file is corrected every process serves it soon, without a restart', async () => {
  await applyService(misspelt, { redirect_url: undefined })
  await expect.poll(() => statusesOf(misspelt)).toEqual([201, 201])
})

function outcome(answer: Answer): string {
  const [, error = ''] = /"error":"(\w+)"/.exec(answer.body) ?? []
  return `${answer.status} ${error}`.trim()
}

/** A change of the register that has nothing to do with who asks. */
async function moveOn(): Promise<void> {
  await applyService(misspelt, { redirect_url: undefined })
}

/** A service that holds data, of an organisation of its own, known to both processes. */
async function newService(clientId: string): Promise<Service> {
  const organisation = `org_${clientId}`
  const more = {
    grant_types: ['authorization_code', 'client_credentials'],
    resource_server: `https://${clientId}.test/api`,
  }
  const service = await makeService(stage, { clientId, organisation, more })
  await applyOrganisation(service, 'active')
  await applyService(service)
  // Whoever is known already makes a process look.
  expect(await statusesOf(stage.aid)).toEqual([201, 201])
  return service
}

type Use = (port: number, turn: number) => Promise<Answer>

/** What a service and its visitors do with what they hold, each at any process; `turn` 0 or 1. */
async function usesOf(service: Service): Promise<Readonly<Record<string, Use>>> {
  const person = await signUp(stage, service)
  const token = tokenIn(await service.redeem(codeOf(person.callback), person.errand))
  const decide = tokenIn(await service.clientCredentials(`${issuer}/access`, 'decide'))
  const report = tokenIn(await service.clientCredentials(`${issuer}/disclosures`, 'report'))
  const errands = await Promise.all([service.begin(), service.begin()])
  const [one, other] = [makeBrowser(stage), makeBrowser(stage)]
  const pages = [
    await one.follow((await service.begin()).url),
    await other.follow((await service.begin()).url),
  ]
  const codes: { readonly errand: Errand; readonly code: string }[] = []
  for (const _ of stage.ports) {
    const errand = await service.begin()
    codes.push({ errand, code: codeOf(callbackOf(await person.browser.get(errand.url))) })
  }
  return {
    push: (port) => service.push({}, { port }),
    token: (port, turn) => {
      const { code, errand } = of(codes, turn)
      return service.redeem(code, errand, { port })
    },
    'client credentials': (port) =>
      service.clientCredentials(`${issuer}/access`, 'decide', { port }),
    introspection: (port) => service.introspect(token, { port }),
    revocation: (port) => service.call('/token/revocation', { token: 'none' }, { port }),
    userinfo: (port) => service.userinfo(token, { port }),
    decision: (port) => service.api('/access/v1/evaluation', decide, {}, { port }),
    report: (port) => service.api('/disclosures', report, {}, { port }),
    'a browser that arrives': (port, turn) =>
      makeBrowser(stage).get(of(errands, turn).url, { port }),
    'a browser that is signing in': (port, turn) =>
      of([one, other], turn).get(new URL(of(pages, turn).url).pathname, { port }),
    'a sign-out that leads back': (port) => {
      const query = new URLSearchParams({ client_id: service.clientId })
      return makeBrowser(stage).get(`/session/end?${query.toString()}`, { port })
    },
  }
}

function tokenIn(answer: Answer): string {
  return secret('token', String(json(answer)['access_token']))
}

function of<T>(list: readonly T[], turn: number): T {
  const item = list[turn]
  if (item === undefined) throw new Error(`nothing in turn ${turn}`)
  return item
}

const refusals: Readonly<Record<string, string>> = {
  push: '401 invalid_client',
  token: '401 invalid_client',
  'client credentials': '401 invalid_client',
  introspection: '401 invalid_client',
  revocation: '401 invalid_client',
  userinfo: '401 invalid_token',
  decision: '401',
  report: '401',
  'a browser that arrives': '400',
  'a browser that is signing in': '400',
  'a sign-out that leads back': '400',
}
const byKey = ['push', 'token', 'client credentials', 'introspection', 'revocation']

type Way = readonly [
  what: string,
  uses: readonly string[],
  stop: (service: Service) => Promise<void>,
]
const ways: readonly Way[] = [
  [
    'a suspended service',
    Object.keys(refusals),
    (service) => applyService(service, { status: 'suspended' }),
  ],
  [
    'a service of a suspended organisation',
    Object.keys(refusals),
    (service) => applyOrganisation(service, 'suspended'),
  ],
  [
    'a key that was taken out',
    byKey,
    async (service) => {
      const { clientId, registered } = service
      const organisation = String(registered['organisation'])
      const renewed = await makeService(stage, { clientId, organisation })
      await applyService(service, { jwks: renewed.registered['jwks'] })
    },
  ],
]

describe.each(ways)(
  '%s is refused in every request that begins after the apply',
  (what, names, stop) => {
    let service: Service
    let uses: Readonly<Record<string, Use>>

    beforeAll(async () => {
      service = await newService(`stopped-${ways.findIndex(([name]) => name === what)}`)
      uses = await usesOf(service)
    })

    test.each(names)('%s', async (name) => {
      await applyOrganisation(service, 'active')
      await applyService(service)
      expect(await statusesOf(stage.aid)).toEqual([201, 201])
      expect(await statusesOf(service)).toEqual([201, 201])
      const use = uses[name]
      if (use === undefined) throw new Error(`no use ${name}`)
      const before = await rows()

      await stop(service)
      const answers = await Promise.all(stage.ports.map(use))

      expect(answers.map(outcome)).toEqual(stage.ports.map(() => refusals[name]))
      expect(await rows()).toEqual(before)
    })
  },
)

/** What a refused request adds nothing to. */
function rows(): Promise<unknown> {
  const tables = ['oidcArtifacts', 'oidcSessions', 'connections', 'activity', 'graphileWorker.jobs']
  return counts(stage, tables)
}

/** A next version of the organisation of a service. */
async function applyOrganisation({ registered }: Service, status: string): Promise<void> {
  const id = String(registered['organisation'])
  const version = (versions.get(id) ?? 1) + 1
  versions.set(id, version)
  const name = { fr: `Organisme ${id}`, en: `${id} organisation` }
  await apply([
    { kind: 'organisation', id, version, content: { org_id: id, version, status, name } },
  ])
}

describe('a request during which the register changes is judged once more, completely', () => {
  test('a change of a service counts for its next request', async () => {
    const redirect = new URL('/nouveau', stage.aid.redirectUri).href
    const { registered } = stage.aid
    await applyService(stage.aid, { redirect_uris: [stage.aid.redirectUri, redirect] })
    const answers = await Promise.all(
      stage.ports.map((port) => stage.aid.push({ redirect_uri: redirect }, { port })),
    )
    expect(answers.map(outcome)).toEqual(['201', '201'])
    await applyService(stage.aid, registered)
  })

  test('a request that is judged twice still uses codes, tokens and proofs once', async () => {
    const person = await signUp(stage, stage.aid)
    const errand = await stage.aid.begin()
    const code = codeOf(callbackOf(await person.browser.get(errand.url)))
    const assertions = [await stage.aid.assertion(), await stage.aid.assertion()]
    await moveOn()
    const redeemed = await stage.aid.redeem(code, errand, { assertion: of(assertions, 0) })
    expect(outcome(redeemed)).toBe('200')
    const token = tokenIn(redeemed)
    const proof = await stage.aid.proof({ method: 'GET', url: `${issuer}/userinfo`, token })
    await moveOn()
    expect(outcome(await stage.aid.userinfo(token, { proof }))).toBe('200')
    await moveOn()
    expect(outcome(await stage.aid.userinfo(token, { proof }))).toBe('401 invalid_dpop_proof')
    await moveOn()
    const seen = await stage.aid.introspect(token, { assertion: of(assertions, 1) })
    expect(json(seen)).toMatchObject({ active: true })
    for (const assertion of assertions) {
      await moveOn()
      expect(outcome(await stage.aid.introspect(token, { assertion }))).toBe('401 invalid_client')
    }
    await moveOn()
    expect(outcome(await stage.aid.redeem(code, errand))).toBe('400 invalid_grant')
  })

  test.each([
    [
      'whose write refuses',
      (service: Service, assertion: string) => service.push({}, { assertion }),
    ],
    [
      'whose read refuses',
      (service: Service, assertion: string) => service.introspect('none'.repeat(10), { assertion }),
    ],
  ])('of twenty requests with one assertion, %s, one succeeds', async (_, send) => {
    const assertion = await stage.aid.assertion()
    await moveOn()
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(stage.aid, assertion)))
    const refused = answers.filter(({ status }) => status === 401)
    expect(refused).toHaveLength(19)
    expect(new Set(refused.map(outcome))).toEqual(new Set(['401 invalid_client']))
  })

  test('while a service is suspended and restored, each answer agrees with a register that existed', async () => {
    const service = await newService('wavering')
    const begun = await makeBrowser(stage).follow((await service.begin()).url)
    const before = await pushedRows()
    const isOver: { at?: number } = {}
    const answers: { readonly began: number; readonly answer: Answer }[] = []
    const sending = Promise.all(
      stage.ports.map(async (port) => {
        for (let i = 0; i < most && (isOver.at === undefined || i < few); i++) {
          const began = performance.now()
          answers.push({ began, answer: await service.push({}, { port }) })
        }
      }),
    )
    for (const status of ['suspended', 'active', 'suspended'])
      await applyService(service, { status })
    isOver.at = performance.now()
    await sending
    const last = await Promise.all(stage.ports.map((port) => service.push({}, { port })))
    expect(last.map(outcome)).toEqual(['401 invalid_client', '401 invalid_client'])
    // In another browser no link leads to a service that is suspended.
    const elsewhere = await makeBrowser(stage).get(begun.url)
    expect([elsewhere.status, elsewhere.body.includes('wavering.test')]).toEqual([404, false])
    const [pushed, refused] = [201, 401].map((status) =>
      answers.filter(({ answer }) => answer.status === status),
    )
    expect((pushed?.length ?? 0) + (refused?.length ?? 0)).toBe(answers.length)
    expect(pushed?.filter(({ began }) => began > (isOver.at ?? 0))).toEqual([])
    // Whoever was refused has left nothing, whoever was not has left what was answered.
    expect(await pushedRows()).toBe(before + (pushed?.length ?? 0))
  })
})

const [few, most] = [5, 500]

async function pushedRows(): Promise<number> {
  const found = await stage
    .db('oidcArtifacts')
    .select('id')
    .where({ model: 'PushedAuthorizationRequest' })
  return found.length
}
