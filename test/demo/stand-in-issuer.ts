import { once } from 'node:events'
import { createServer } from 'node:http'
import { generateKeyPair, exportJWK } from 'jose'
import { type ClientMetadata, type Configuration, Provider } from 'oidc-provider'

export type StandIn = {
  readonly issuer: string
  /** What the person will do when asked to sign in. */
  answerWith(answer: 'marie' | 'refuse'): void
  close(): Promise<void>
}

/** An issuer with the broker's profile and no pages: whoever is asked to sign in has done so, or refused. */
export async function startStandIn(
  port: number,
  clients: ClientMetadata[],
  publishes: 'its keys' | 'other keys' = 'its keys',
): Promise<StandIn> {
  const issuer = `http://localhost:${port}`
  const provider = new Provider(issuer, await configuration(clients))
  let answer: 'marie' | 'refuse' = 'marie'
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    const login = { accountId: answer, acr: 'urn:accord:aal:2', amr: ['pwd', 'otp'] }
    const result = answer === 'refuse' ? { error: 'access_denied' } : { login }
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
  })
  const { d: _private, ...otherKey } = await newKey()
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path === '/jwks' && publishes === 'other keys') ctx.body = { keys: [otherKey] }
  })
  const handle = provider.callback()
  const server = createServer((request, response) => void handle(request, response))
  server.listen(port, 'localhost')
  await once(server, 'listening')
  return {
    issuer,
    answerWith: (next) => void (answer = next),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function configuration(clients: ClientMetadata[]): Promise<Configuration> {
  return {
    clients,
    jwks: { keys: [await newKey()] },
    cookies: { keys: ['a key for tests only'] },
    scopes: ['openid'],
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'] },
    responseTypes: ['code'],
    subjectTypes: ['pairwise'],
    pairwiseIdentifier: (_ctx, accountId, client) => `${accountId} at ${client.clientId}`,
    enabledJWA: { idTokenSigningAlgValues: ['ES256'], clientAuthSigningAlgValues: ['ES256'] },
    clientAuthMethods: ['private_key_jwt'],
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
      backchannelLogout: { enabled: true },
      fapi: { enabled: true, profile: '2.0' },
    },
    assertJwtClientAuthClaimsAndHeader: async (ctx, claims) => {
      if (claims['aud'] !== ctx.oidc.issuer) throw new Error('the audience must be the issuer')
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    loadExistingGrant: async (ctx) => {
      const { client, provider, session } = ctx.oidc
      const known = session?.grantIdFor(client?.clientId ?? '')
      if (known !== undefined) return provider.Grant.find(known)
      const grant = new provider.Grant({
        clientId: client?.clientId,
        accountId: session?.accountId,
      })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    fetch: fetchAnywhere,
  }
}

// Always the same kid: what tells the keys apart is the signature alone.
async function newKey() {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: 'current', use: 'sig', alg: 'ES256' }
}

// The library gives a dispatcher that refuses loopback addresses; the tests live there.
function fetchAnywhere(
  address: string | URL | Request,
  options: RequestInit & { dispatcher?: unknown } = {},
) {
  const { dispatcher: _guard, ...rest } = options
  return fetch(address, rest)
}
