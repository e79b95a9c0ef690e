import { once } from 'node:events'
import { createServer } from 'node:http'
import { generateKeyPair, exportJWK } from 'jose'
import { type ClientMetadata, type Configuration, Provider } from 'oidc-provider'
import { type OwnApis, openOwnApis } from './stand-in-apis.ts'
import { openPerson, type Person, sharingFeatures, sharingPolicy } from './stand-in-sharing.ts'

export type StandIn = OwnApis & {
  readonly issuer: string
  /** The person whom it asks. */
  readonly person: Person
  close(): Promise<void>
}

/** An issuer with the broker's profile and no pages: whoever is asked has answered before. */
export async function startStandIn(
  port: number,
  clients: ClientMetadata[],
  publishes: 'its keys' | 'other keys' = 'its keys',
): Promise<StandIn> {
  const issuer = `http://localhost:${port}`
  const person = openPerson(issuer)
  const provider = new Provider(issuer, await configuration(issuer, clients, person))
  const apis = await openOwnApis(provider, person)
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    const { prompt } = await provider.interactionDetails(ctx.req, ctx.res)
    const result = person.answersTo(prompt.name)
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
  })
  // A refresh token that stays the same need not be repeated (RFC 6749, section 6).
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path === '/token' && ctx['oidc'].params?.['grant_type'] === 'refresh_token')
      delete ctx.body.refresh_token
  })
  const { d: _private, ...otherKey } = await newKey()
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path === '/jwks' && publishes === 'other keys') ctx.body = { keys: [otherKey] }
  })
  const handle = provider.callback()
  const server = createServer((request, response) => {
    void apis.handle(request, response, () => void handle(request, response))
  })
  server.listen(port, 'localhost')
  await once(server, 'listening')
  return {
    ...apis,
    issuer,
    person,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function configuration(
  issuer: string,
  clients: ClientMetadata[],
  person: Person,
): Promise<Configuration> {
  return {
    clients,
    jwks: { keys: [await newKey()] },
    cookies: { keys: ['a key for tests only'] },
    scopes: ['openid'],
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'] },
    responseTypes: ['code'],
    subjectTypes: ['pairwise'],
    pairwiseIdentifier: (_ctx, accountId, client) => `${accountId} at ${client.clientId}`,
    extraClientMetadata: { properties: ['organisation', 'resource_server'] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'], clientAuthSigningAlgValues: ['ES256'] },
    clientAuthMethods: ['private_key_jwt'],
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
      backchannelLogout: { enabled: true },
      fapi: { enabled: true, profile: '2.0' },
      ...sharingFeatures(issuer, person),
    },
    issueRefreshToken: (_ctx, _client, source) => Boolean(source.rar) && person.isRenewable,
    rotateRefreshToken: () => false,
    ttl: {
      AccessToken: () => person.tokenSeconds,
      ClientCredentials: () => person.ownTokenSeconds,
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
    interactions: {
      policy: sharingPolicy(person),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
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
