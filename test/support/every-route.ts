import type { Endpoint, ErrorForm } from '../../src/base/web/endpoints.ts'
import { formToken } from '../../src/base/web/forms.ts'
import type { Keys } from '../../src/base/keys/keys.ts'
import type { Answer, Browser } from './browser.ts'
import { exchange, makeBrowser } from './browser.ts'
import { issuer } from './broker.ts'
import { newPerson } from './person.ts'
import type { PortalStage } from './portal.ts'
import { tokenFor } from './portal.ts'
import type { Errand } from './service.ts'
import type { Sharer } from './sharing-load.ts'
import { ask, asking, decide, evaluation, holderToken, reportOf } from './sharing.ts'

// A request for each route of the house and each method, by somebody who may make it, as far as that can be had for all of them:
// signed in, with the token of the form, with a token for the API. What a form says besides is plausible.

/** A request that can be sent again and again until it was answered. */
export type Call = {
  readonly what: string
  readonly errors: ErrorForm
  send(): Promise<Answer>
}

type World = {
  readonly stage: PortalStage
  /** The process that is asked. */
  readonly port: number
  readonly keys: Keys
  readonly sharer: Sharer
}

export async function everyRoute(
  world: World,
  endpoints: readonly Endpoint[],
): Promise<readonly Call[]> {
  const makers = { people: pageCalls, programs: apiCalls, protocol: protocolCalls }
  const made: Call[] = []
  for (const endpoint of endpoints) made.push(...(await makers[endpoint.audience](world, endpoint)))
  return made
}

const plausible = {
  email: 'someone@example.test',
  password: 'un mot de passe assez long',
  code: '123456',
  name: 'Ma clé',
  text: 'Pourquoi ?',
  credential: '{}',
}

async function pageCalls(world: World, { path, errors }: Endpoint): Promise<Call[]> {
  const { port } = world
  const { browser, binding, at } = await somebodyFor(world, path)
  const form = { ...plausible, csrf: formToken(world.keys, binding) }
  return [
    { what: `GET ${path}`, errors, send: () => browser.get(at, { port }) },
    { what: `POST ${path}`, errors, send: () => browser.post(at, form, { port }) },
  ]
}

type Somebody = { readonly browser: Browser; readonly binding: string; readonly at: string }

/** A person of her own for each page, since a form may end her session; at a page of a sharing, the person who allowed it. */
async function somebodyFor({ stage, sharer }: World, path: string): Promise<Somebody> {
  const ids: Record<string, string> = { id: sharer.consentId, item: '1', what: 'json' }
  const filled = () => path.replaceAll(/[:*](\w+)/g, (_, name: string) => ids[name] ?? '1')
  if (path.startsWith('/connexion/:visit')) {
    const browser = makeBrowser(stage)
    ids['visit'] = visitAt(await browser.follow((await stage.aid.begin()).url))
    return { browser, binding: ids['visit'], at: filled() }
  }
  if (path.startsWith('/mes-partages'))
    return {
      browser: sharer.browser.clone(),
      binding: await sessionOf(stage, sharer),
      at: filled(),
    }
  const person = await newPerson(stage)
  if (path.startsWith('/partage/demande/')) {
    ids['visit'] = visitAt((await ask(stage, person.browser)).page)
    return { browser: person.browser, binding: ids['visit'], at: filled() }
  }
  const [key] = await stage.db('passkeys').where({ personId: person.personId }).pluck('passkeyId')
  ids['id'] = String(key)
  return { browser: person.browser, binding: await sessionOf(stage, person), at: filled() }
}

async function sessionOf(
  { db }: PortalStage,
  { personId }: { readonly personId: string },
): Promise<string> {
  const [uid] = await db('oidcSessions').where({ accountId: personId }).pluck('uid')
  return String(uid)
}

function visitAt({ url }: Answer): string {
  const [, visit] = /\/(?:connexion|demande)\/([\w-]+)/.exec(new URL(url).pathname) ?? []
  if (visit === undefined) throw new Error(`no visit at ${url}`)
  return visit
}

async function apiCalls(world: World, { path, errors }: Endpoint): Promise<Call[]> {
  const { port, sharer } = world
  const body = await bodyFor(world, path)
  const at = path
    .replace(':move', 'pause')
    .replace('/proofs/:id', '/proofs/evt_1')
    .replace('/disputes/:id', '/disputes/dis_1')
    .replace(':id', sharer.consentId)
    .replaceAll(/[:*](\w+)/g, '1')
  const api = await apiFor(world, path)
  const methods = ['GET', 'POST', ...(path === '/me/notifications' ? (['PUT'] as const) : [])]
  return methods.map((method) => ({
    what: `${method} ${path}`,
    errors,
    send() {
      if (api === undefined) return plain(port, method, at)
      const { service, token } = api
      if (method === 'GET') return service.read(at, token, { port })
      return service.api(at, token, body, { port, ...(method === 'PUT' ? { method } : {}) })
    },
  }))
}

function plain(port: number, method: string, path: string): Promise<Answer> {
  const target = new URL(path, issuer)
  const headers = { host: target.host, accept: 'application/json', 'x-forwarded-for': '192.0.2.7' }
  return exchange(port, target, { method, headers, body: undefined })
}

async function apiFor({ stage, sharer }: World, path: string) {
  if (path.startsWith('/access/'))
    return { service: stage.revenue, token: await holderToken(stage, 'decide') }
  if (path.startsWith('/disclosures'))
    return { service: stage.revenue, token: await holderToken(stage, 'report') }
  if (path.startsWith('/me/'))
    return { service: stage.portal, token: await tokenFor(stage.portal, sharer.browser) }
  return undefined
}

async function bodyFor({ stage, sharer }: World, path: string): Promise<object> {
  const { subject, resource, ...question } = evaluation(sharer.sub) as Record<string, object>
  const decided = async () =>
    decide(stage, await holderToken(stage, 'decide'), evaluation(sharer.sub))
  switch (path) {
    case '/access/v1/evaluation':
      return { subject, resource, ...question }
    case '/access/v1/evaluations':
      return { evaluations: [{ subject, resource, ...question }, evaluation('nobody')] }
    case '/disclosures':
      return reportOf(await decided())
    case '/disclosures/effects':
      return { consent_id: sharer.consentId, effect: 'stopped' }
    case '/disclosures/disputes/:id/answer':
      return { outcome: 'explained', text: 'Pour le calcul.' }
    case '/me/disputes':
      return { decision_id: (await decided()).context['decision_id'], text: 'Pourquoi ?' }
    case '/me/notifications':
      return { channel: 'none', language: 'en' }
    default:
      return path.startsWith('/access/') ? { subject, action: { name: 'disclose' }, resource } : {}
  }
}

async function protocolCalls({ stage, port }: World, { path, errors }: Endpoint): Promise<Call[]> {
  const { aid, revenue, portal } = stage
  const { browser } = await newPerson(stage)
  const call = (what: string, send: Call['send']): Call => ({
    what: `${what} ${path}`,
    errors,
    send,
  })
  const finished = async (): Promise<{ code: string; errand: Errand }> => {
    const errand = await aid.begin()
    const back = await browser.follow(errand.url)
    return { code: new URL(back.location ?? '').searchParams.get('code') ?? '', errand }
  }
  switch (path) {
    case '/auth': {
      const stranger = makeBrowser(stage)
      const [first, second, question] = [
        await aid.begin(),
        await aid.begin(),
        await aid.begin(asking()),
      ]
      return [
        call('GET of a stranger', () => stranger.get(first.url, { port })),
        call('GET', () => browser.get(second.url, { port })),
        call('GET of a question', () => browser.get(question.url, { port })),
      ]
    }
    case '/auth/:visit': {
      const stranger = makeBrowser(stage)
      const visit = visitAt(await stranger.follow((await aid.begin()).url))
      return [call('GET', () => stranger.get(`/auth/${visit}`, { port }))]
    }
    case '/request':
      return [
        call('POST', () => aid.push({}, { port })),
        call('POST with details', () => aid.push(asking(), { port })),
      ]
    case '/token': {
      const { code, errand } = await finished()
      return [
        call('a code at', () => aid.redeem(code, errand, { port })),
        call('a refresh token at', () => aid.refresh('a'.repeat(43), { port })),
        call('credentials at', () =>
          revenue.clientCredentials(`${issuer}/access`, 'decide', { port }),
        ),
      ]
    }
    case '/userinfo': {
      const { code, errand } = await finished()
      const { access_token: token } = JSON.parse((await aid.redeem(code, errand)).body) as {
        access_token: string
      }
      return [call('GET', () => aid.userinfo(token, { port }))]
    }
    default: {
      // Introspection and revocation: the holder asks of a token with details, and the service ends one of its own.
      const token = await tokenFor(portal, browser)
      return [
        call('POST', () => portal.call(path, { token }, { port })),
        call('another’s POST', () => revenue.call(path, { token }, { port })),
      ]
    }
  }
}
