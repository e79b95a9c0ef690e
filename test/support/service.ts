import { createHash, randomBytes } from 'node:crypto'
import * as jose from 'jose'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import { applyRegister } from '../../src/registry/index.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import type { Answer, Site } from './browser.ts'
import { exchange } from './browser.ts'
import { housePatience } from './patience.ts'
import { sealsOf } from './seals.ts'
import { secret, signatureOf } from './secrets.ts'

/** A relying party: what its servers send. Its redirect URI is never fetched. */
export type Service = {
  readonly clientId: string
  readonly redirectUri: string
  assertion(change?: TokenChange): Promise<string>
  proof(call: ProofCall, change?: TokenChange): Promise<string>
  /** A pushed request; nothing is followed. */
  push(params?: Params, more?: Call): Promise<Answer>
  /** Pushes a request, and gives where to send the browser. */
  begin(params?: Params): Promise<Errand>
  /** A request in the address alone, which was not pushed. */
  plain(params?: Params): Errand
  redeem(code: string, errand: Errand, more?: Call): Promise<Answer>
  refresh(token: string, more?: Call): Promise<Answer>
  /** Begins a sign-in on a device (RFC 8628). */
  device(params?: Params, more?: Call): Promise<Answer>
  /** Asks for the tokens of a device. */
  poll(deviceCode: string, more?: Call): Promise<Answer>
  userinfo(token: string, more?: Call): Promise<Answer>
  clientCredentials(resource: string, scope: string, more?: Call): Promise<Answer>
  /** JSON to one of our own APIs, with a DPoP-bound token. */
  api(path: string, token: string, body: unknown, more?: Call): Promise<Answer>
  /** Reads from one of our own APIs; the proof names the path without its query. */
  read(path: string, token: string, more?: Call): Promise<Answer>
  introspect(token: string, more?: Call): Promise<Answer>
  /** Any back-channel call of ours: client authentication is added. */
  call(path: string, params: Params, more?: Call): Promise<Answer>
  /** The server's nonce, for proofs made by hand. */
  nonce(): Promise<string>
  readonly thumbprint: string
  readonly registered: Readonly<Record<string, unknown>>
}

/** A list is the same parameter several times. */
export type Params = Readonly<Record<string, string | readonly string[] | undefined>>

export type Errand = {
  readonly url: string
  readonly requestUri: string
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

type Call = {
  readonly port?: number
  readonly assertion?: string
  readonly proof?: string
  /** POST, unless it says so. */
  readonly method?: 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  /** Over the parameters that would be sent; undefined removes one. */
  readonly params?: Params
}

type ProofCall = { readonly method: string; readonly url: string; readonly token?: string }

/** What to change in a signed token before it is signed. */
export type TokenChange = {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: jose.CryptoKey | Uint8Array
}

type Registration = {
  readonly clientId: string
  readonly organisation: string
  readonly isPublic?: boolean
  /** Sends neither proofs of DPoP, where no test gives one, nor asks for bound tokens. */
  readonly isBearer?: boolean
  /** ES256, unless it says so. */
  readonly signs?: 'RS256'
  readonly redirectUris?: readonly string[]
  readonly more?: Readonly<Record<string, unknown>>
}

/** RFC 8628. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

const nonceGoodMs = 60_000

async function keyPair(alg: string): Promise<jose.GenerateKeyPairResult> {
  const pair = await jose.generateKeyPair(alg, { extractable: true })
  secret('client key', (await jose.exportJWK(pair.privateKey)).d ?? '')
  return pair
}

async function signed(jwt: jose.SignJWT, key: jose.CryptoKey | Uint8Array): Promise<string> {
  const text = await jwt.sign(key)
  secret('proof', signatureOf(text))
  return text
}

export async function makeService(site: Site, registration: Registration): Promise<Service> {
  const { clientId, organisation, isPublic = false, isBearer = false, more = {} } = registration
  const { signs: alg = 'ES256' } = registration
  const { issuer } = site
  const redirectUris = registration.redirectUris ?? [`https://${clientId}.test/cb`]
  const [redirectUri = ''] = redirectUris
  const [signing, dpop] = [await keyPair(alg), await keyPair('ES256')]
  const dpopJwk = await jose.exportJWK(dpop.publicKey)
  const jwk = { ...(await jose.exportJWK(signing.publicKey)), use: 'sig', alg }
  const thumbprint = await jose.calculateJwkThumbprint(dpopJwk)
  let lastNonce: string | undefined
  let nonceAt = 0
  let turn = 0

  async function send(path: string, method: string, params: Params, more: Call): Promise<Answer> {
    const port = more.port ?? site.ports[turn++ % site.ports.length] ?? 0
    const answer = await exchange(port, new URL(path, issuer), {
      address: site.address,
      method,
      headers: {
        host: new URL(issuer).host,
        accept: 'application/json',
        'x-forwarded-for': '192.0.2.1',
        ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...more.headers,
      },
      body: method === 'POST' ? form({ ...params, ...more.params }) : undefined,
    })
    for (const [, token = ''] of answer.body.matchAll(/"(?:access|refresh|id)_token":"([^"]+)"/g))
      secret('token', signatureOf(token))
    const given = text(answer.headers['dpop-nonce'])
    if (given !== undefined) [lastNonce, nonceAt] = [given, Date.now()]
    return answer
  }

  async function authentication(assertion: string | undefined): Promise<Params> {
    if (isPublic) return { client_id: clientId }
    return {
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion ?? (await self.assertion()),
    }
  }

  async function sendWithProof(
    path: string,
    method: string,
    params: Params,
    more: Call,
    token?: string,
  ) {
    if (isBearer && more.proof === undefined) {
      const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
      return send(path, method, params, { ...more, headers: { ...bearer, ...more.headers } })
    }
    const proof =
      more.proof ??
      (await self.proof({
        method,
        url: `${issuer}${path}`,
        ...(token === undefined ? {} : { token }),
      }))
    const authorization = token === undefined ? {} : { authorization: `DPoP ${token}` }
    return send(path, method, params, {
      ...more,
      headers: { DPoP: proof, ...authorization, ...more.headers },
    })
  }

  async function tokens(params: Params, more: Call): Promise<Answer> {
    const authenticated = { ...(await authentication(more.assertion)), ...params }
    return sendWithProof('/token', 'POST', authenticated, more)
  }

  function authorizationUrl(params: Params): string {
    return `${issuer}/auth?${form({ client_id: clientId, ...params })}`
  }

  function requestOf(params: Params): Params {
    return {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      state: 'state',
      code_challenge: sha256('verifier'),
      code_challenge_method: 'S256',
      ...params,
    }
  }

  const self: Service = {
    clientId,
    redirectUri,
    thumbprint,
    registered: {
      client_id: clientId,
      version: 1,
      name: { fr: `Service ${clientId}`, en: `${clientId} service` },
      organisation,
      status: 'active',
      redirect_uris: redirectUris,
      ...(isPublic ? { token_endpoint_auth_method: 'none' } : {}),
      ...(alg === 'ES256' ? {} : { token_endpoint_auth_signing_alg: alg }),
      ...(isPublic || 'jwks_uri' in more ? {} : { jwks: { keys: [jwk] } }),
      ...more,
    },
    assertion({ claims = {}, header = {}, key = signing.privateKey } = {}) {
      const now = Math.floor(Date.now() / 1000)
      const payload = {
        iss: clientId,
        sub: clientId,
        aud: issuer,
        jti: crypto.randomUUID(),
        iat: now,
        exp: now + 60,
        ...claims,
      }
      return signed(new jose.SignJWT(payload).setProtectedHeader({ alg, ...header }), key)
    },
    async proof({ method, url, token }, { claims = {}, header = {}, key = dpop.privateKey } = {}) {
      const payload = {
        jti: crypto.randomUUID(),
        htm: method,
        htu: url,
        iat: Math.floor(Date.now() / 1000),
        ...('nonce' in claims ? {} : { nonce: await self.nonce() }),
        ...(token === undefined ? {} : { ath: sha256(token) }),
        ...claims,
      }
      return signed(
        new jose.SignJWT(payload).setProtectedHeader({
          alg: 'ES256',
          typ: 'dpop+jwt',
          jwk: dpopJwk,
          ...header,
        }),
        key,
      )
    },
    async nonce() {
      // If a test has moved the time, the last nonce may be too old.
      if (lastNonce !== undefined && Date.now() - nonceAt < nonceGoodMs) return lastNonce
      const call = { method: 'POST', url: `${issuer}/token` }
      const proof = await self.proof(call, { claims: { nonce: undefined } })
      const [grant = 'authorization_code'] = (more['grant_types'] ?? []) as readonly string[] // as registered
      const fromDevice = grant === deviceGrant ? { device_code: 'none' } : { code: 'none' }
      const params = { grant_type: grant, redirect_uri: redirectUri, ...fromDevice }
      await self.call('/token', params, { headers: { DPoP: proof } })
      if (lastNonce === undefined) throw new Error('the server gave no DPoP nonce')
      return lastNonce
    },
    async push(params = {}, more = {}) {
      return self.call('/request', requestOf(params), more)
    },
    async begin(params = {}) {
      const [verifier, state, nonce] = [random(), random(), random()]
      secret('code verifier', verifier)
      const answer = await self.push({ state, nonce, code_challenge: sha256(verifier), ...params })
      if (answer.status !== 201) throw new Error(`not pushed (${answer.status}): ${answer.body}`)
      const requestUri = String(json(answer)['request_uri'])
      const url = authorizationUrl({ request_uri: requestUri })
      return { url, requestUri, verifier, state, nonce }
    },
    plain(params = {}) {
      const [verifier, state, nonce] = [random(), random(), random()]
      secret('code verifier', verifier)
      const request = requestOf({ state, nonce, code_challenge: sha256(verifier), ...params })
      return { url: authorizationUrl(request), requestUri: '', verifier, state, nonce }
    },
    redeem(code, { verifier }, more = {}) {
      const params = {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: redirectUri,
      }
      return tokens(params, more)
    },
    refresh: (token, more = {}) =>
      tokens({ grant_type: 'refresh_token', refresh_token: token }, more),
    device: (params = {}, more = {}) =>
      self.call('/device/auth', { scope: 'openid', ...params }, more),
    poll: (deviceCode, more = {}) =>
      tokens({ grant_type: deviceGrant, device_code: deviceCode }, more),
    clientCredentials: (resource, scope, more = {}) =>
      tokens({ grant_type: 'client_credentials', resource, scope }, more),
    async api(path, token, body, more = {}) {
      const { method = 'POST' } = more
      const url = issuer + new URL(path, issuer).pathname
      const proof = more.proof ?? (await self.proof({ method, url, token }))
      const port = more.port ?? site.ports[turn++ % site.ports.length] ?? 0
      return exchange(port, new URL(path, issuer), {
        address: site.address,
        method,
        headers: {
          host: new URL(issuer).host,
          accept: 'application/json',
          'content-type': 'application/json',
          'x-forwarded-for': '192.0.2.1',
          authorization: `DPoP ${token}`,
          DPoP: proof,
          ...more.headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    },
    async read(path, token, more = {}) {
      const url = new URL(path, issuer)
      const proof =
        more.proof ?? (await self.proof({ method: 'GET', url: issuer + url.pathname, token }))
      return send(
        path,
        'GET',
        {},
        {
          ...more,
          headers: { authorization: `DPoP ${token}`, DPoP: proof, ...more.headers },
        },
      )
    },
    userinfo: (token, more = {}) => sendWithProof('/userinfo', 'GET', {}, more, token),
    introspect: (token, more = {}) => self.call('/token/introspection', { token }, more),
    async call(path, params, more = {}) {
      return send(path, 'POST', { ...(await authentication(more.assertion)), ...params }, more)
    },
  }
  return self
}

/** Applies services, and organisations made of their names, to a database. Before its processes start. */
export async function register(
  { databaseUrl, keysDir }: { readonly databaseUrl: string; readonly keysDir: string },
  services: readonly Pick<Service, 'registered'>[],
  more: readonly RegisterObject[] = [],
): Promise<void> {
  const db = openDatabase(databaseUrl, housePatience)
  const entries = services.map(({ registered }) => registered)
  const given = new Set(more.map(({ id }) => id))
  const organisations = [...new Set(entries.map((entry) => String(entry['organisation'])))].filter(
    (id) => !given.has(id),
  )
  const objects: RegisterObject[] = [
    ...more,
    ...organisations.map((id) => registered('organisation', id, organisation(id))),
    ...entries.map((entry) => registered('service', String(entry['client_id']), entry)),
  ]
  try {
    const seals = await sealsOf(keysDir)
    await transact(db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
  } finally {
    await db.destroy()
  }
}

function registered<K extends 'organisation' | 'service'>(
  kind: K,
  id: string,
  content: Readonly<Record<string, unknown>>,
) {
  return { kind, id, version: Number(content['version']), content }
}

function organisation(id: string) {
  const name = { fr: `Organisme ${id}`, en: `${id} organisation` }
  return { org_id: id, version: 1, name, status: 'active' }
}

/** The body of a JSON answer. */
export function json({ body, status, url }: Answer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) as Record<string, unknown>
  } catch (cause) {
    throw new Error(`${url} answered ${status} without JSON: ${body.slice(0, 500)}`, { cause })
  }
}

/** The claims of an answer's ID token; provider/profile.test.ts checks its signature. */
export function idTokenOf(tokens: Readonly<Record<string, unknown>>): jose.JWTPayload {
  return jose.decodeJwt(String(tokens['id_token']))
}

function form(params: Params): string {
  const given = Object.entries(params).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  )
  return new URLSearchParams(given).toString()
}

export function sha256(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}

function random(): string {
  return randomBytes(32).toString('base64url')
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
