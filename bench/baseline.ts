import { createServer } from 'node:http'
import { once } from 'node:events'
import type {
  AdapterFactory,
  ClientMetadata,
  Configuration,
  KoaContextWithOIDC,
} from 'oidc-provider'
import { Provider } from 'oidc-provider'
import type { Keys } from '../src/base/keys/keys.ts'
import { openKeys } from '../src/base/keys/keys.ts'

// oidc-provider as its documentation sets it up, with the protocol features that our broker demands. The baselines differ only in
// their storage. The sign-in is a form that accepts any name.

export type Storage = {
  readonly adapter: AdapterFactory
  /** Whether there is such an account. */
  hasAccount(accountId: string): Promise<boolean>
  openAccount(accountId: string): Promise<void>
}

export type Baseline = {
  readonly provider: Provider
  readonly keys: Keys
  readonly issuer: string
  listen(): Promise<void>
}

// For `--against`, when a baseline is started by hand.
const benchClient: ClientMetadata = {
  client_id: 'bench',
  client_secret: 'not-a-secret-of-anything',
  redirect_uris: ['http://localhost:4999/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
}
const scope = 'decide'
const tokenSeconds = 300

export async function openBaseline(storage: Storage): Promise<Baseline> {
  const port = Number(process.env['PORT'])
  const issuer = process.env['ISSUER'] ?? `http://localhost:${port}`
  const keys = await openKeys(process.env['KEYS_DIR'] ?? '')
  // Made by bench/world.ts; the library validates them.
  const given = process.env['CLIENTS']
  const clients = given === undefined ? [benchClient] : (JSON.parse(given) as ClientMetadata[])
  const provider = new Provider(issuer, configuration(storage, keys, clients))
  provider.proxy = issuer.startsWith('https:')
  provider.on('server_error', (_ctx, error) => process.stderr.write(`${String(error.stack)}\n`))
  provider.use(signInForm(provider, storage))
  return {
    provider,
    keys,
    issuer,
    async listen() {
      const handle = provider.callback()
      const server = createServer((request, response) => void handle(request, response))
      server.listen({ host: '127.0.0.1', port })
      await once(server, 'listening')
      process.once('SIGTERM', () => process.exit(0))
    },
  }
}

function configuration(
  { adapter, hasAccount }: Storage,
  keys: Keys,
  clients: ClientMetadata[],
): Configuration {
  return {
    adapter,
    clients,
    jwks: { keys: [...keys.idToken] },
    cookies: { keys: [...keys.cookie] },
    routes: { userinfo: '/userinfo' },
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    pkce: { required: () => true },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: features(keys),
    ttl: { AccessToken: tokenSeconds, ClientCredentials: tokenSeconds, Session: 24 * 3600 },
    async findAccount(_ctx, accountId) {
      if (!(await hasAccount(accountId))) return undefined
      return { accountId, claims: () => ({ sub: accountId }) }
    },
    loadExistingGrant,
  }
}

function features(keys: Keys): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: keys.dpopNonce[0], requireNonce: () => true },
    pushedAuthorizationRequests: { enabled: true },
    introspection: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope,
        audience: resource,
        accessTokenFormat: 'opaque',
        accessTokenTTL: tokenSeconds,
      }),
    },
  }
}

// As in the library's recipe for first-party services: no page asks for a consent.
async function loadExistingGrant(ctx: KoaContextWithOIDC) {
  const { provider, client, session } = ctx.oidc
  if (client === undefined || session?.accountId === undefined) return undefined
  const known = session.grantIdFor(client.clientId)
  if (known !== undefined) return provider.Grant.find(known)
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid offline_access')
  await grant.save()
  return grant
}

type Middleware = Parameters<Provider['use']>[0]

function signInForm(provider: Provider, { openAccount }: Storage): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    if (ctx.method === 'GET') {
      ctx.type = 'html'
      ctx.body =
        '<!doctype html><title>Sign in</title><form method="post" action="">' +
        '<input name="login"><input name="password" type="password"><button>Sign in</button></form>'
      return undefined
    }
    const accountId = new URLSearchParams(await readBody(ctx.req)).get('login') ?? ''
    await openAccount(accountId)
    const result = { login: { accountId } }
    ctx.respond = false
    return provider.interactionFinished(ctx.req, ctx.res, result)
  }
}

const maxBody = 16_384

export async function readBody(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maxBody) throw new RangeError('the body is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
