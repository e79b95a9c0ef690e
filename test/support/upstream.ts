import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as jose from 'jose'
import type { RegisterObject } from '../../src/registry/index.ts'
import { secret } from './secrets.ts'

/** Another body's provider of identities, which says what a test wants it to say. */
export type Upstream = {
  readonly id: string
  readonly issuer: string
  /** `localhost:port`, for OUTBOUND_ALLOW. */
  readonly host: string
  /** Its file in the register. */
  readonly object: RegisterObject
  /** How often each of its addresses was asked. */
  asked(path: string): number
  /** How our broker proved who it is, each time: `private_key_jwt`, `basic` or `post` with its secret, or `none`. */
  readonly proofs: string[]
  /** Somebody signs in there. @param sentTo where our broker sent her. @returns where her browser goes */
  signsIn(sentTo: string, person: There, lies?: Lies): URL
  /** What it was asked in the request that led there. */
  asking(sentTo: string): URLSearchParams
  /** Signs somebody out (OpenID Connect Back-Channel Logout 1.0, section 2.4). @returns its logout token */
  signsOut(
    about: { readonly sub?: string; readonly sid?: string },
    lies?: LogoutLies,
  ): Promise<string>
  /** How it behaves from now on; undefined: as it should. */
  behave(how: Behaviour | undefined): void
  /** Signs with another key from now on, and publishes that one. */
  rotate(): Promise<void>
  /** Replaces members of its metadata. */
  say(members: Readonly<Record<string, unknown>>): void
  stop(): Promise<void>
}

/** What a logout token says that is not so, or how it is signed. */
export type LogoutLies = Pick<Lies, 'claims' | 'signature'> & { readonly typ?: string | undefined }

export type There = {
  readonly sub: string
  readonly acr?: string
  readonly secondsAgo?: number
  readonly sid?: string
}

/** What it does wrong, once. */
export type Lies = {
  /** Members of the ID token; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Parameters of the way back; undefined leaves one out. */
  readonly back?: Readonly<Record<string, string | undefined>>
  readonly signature?: 'none' | 'other-key' | 'unknown-kid' | 'hs256'
}

export type Behaviour = (path: string, response: ServerResponse) => boolean

type Code = { readonly asked: URLSearchParams; readonly person: There; readonly lies: Lies }

const clientId = 'accord'
/** What our broker may have as its secret there. */
export const secretThere = 'hushed-'.repeat(6)
secret('client secret', secretThere)

export async function startUpstream(
  id: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Upstream> {
  const codes = new Map<string, Code>()
  const pushed = new Map<string, URLSearchParams>()
  const counts = new Map<string, number>()
  const proofs: string[] = []
  const usedProofs = new Set<string>()
  let [key, other] = [await newKey('one'), await newKey('one')]
  let behaviour: Behaviour | undefined
  let said: Readonly<Record<string, unknown>> = {}
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  const issuer = `http://localhost:${port}`

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', issuer)
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1)
    if (behaviour?.(pathname, response) === true) return
    const form = new URLSearchParams(await text(request))
    response.setHeader('dpop-nonce', 'once')
    json(response, ...(await answerAt(pathname, request, form)))
  }

  async function answerAt(
    pathname: string,
    request: IncomingMessage,
    form: URLSearchParams,
  ): Promise<[number, object]> {
    if (pathname === '/.well-known/openid-configuration') return [200, metadata()]
    if (pathname === '/jwks') return [200, { keys: [key.jwk] }]
    if (!['/par', '/token'].includes(pathname)) return [404, {}]
    if (!isProved(request, form)) return [401, { error: 'invalid_client' }]
    if (pathname === '/par') {
      const uri = `urn:ietf:params:oauth:request_uri:${random()}`
      pushed.set(uri, form)
      return [201, { request_uri: uri, expires_in: 60 }]
    }
    return wantsProof() && !isBound(request, usedProofs) ? demandsNonce : tokens(form)
  }

  function metadata() {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      authorization_response_iss_parameter_supported: true,
      ...said,
    }
  }

  function wantsProof(): boolean {
    return said['dpop_signing_alg_values_supported'] !== undefined
  }

  // RFC 6749, section 2.3.1, and RFC 7523.
  function isProved({ headers: { authorization } }: IncomingMessage, form: URLSearchParams) {
    const isBasic = authorization !== undefined
    const given = isBasic ? passwordIn(authorization) : form.get('client_secret')
    const assertion = form.get('client_assertion')
    const how =
      given === null
        ? assertion === null
          ? 'none'
          : 'private_key_jwt'
        : isBasic
          ? 'basic'
          : 'post'
    proofs.push(how)
    if (given !== null) return given === secretThere
    const { iss, aud } = jose.decodeJwt(assertion ?? '')
    return iss === clientId && aud === issuer
  }

  async function tokens(form: URLSearchParams): Promise<[number, object]> {
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight = code?.asked.get('code_challenge') === challenge
    if (code === undefined || !isRight) return [400, { error: 'invalid_grant' }]
    const type = wantsProof() ? 'DPoP' : 'Bearer'
    const token = { access_token: random(), token_type: type, expires_in: 60 }
    return [200, { ...token, id_token: await idToken(code) }]
  }

  async function idToken({ asked, person, lies }: Code): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      sub: person.sub,
      aud: clientId,
      iat: now,
      exp: now + 60,
      nonce: asked.get('nonce') ?? undefined,
      auth_time: now - (person.secondsAgo ?? 0),
      acr: person.acr,
      sid: person.sid,
      ...lies.claims,
    }
    return signed(claims, lies.signature, {})
  }

  function signed(
    claims: jose.JWTPayload,
    signature: Lies['signature'],
    header: { readonly typ?: string },
  ): Promise<string> | string {
    if (signature === 'none') return new jose.UnsecuredJWT(claims).encode()
    const payload = new jose.SignJWT(claims)
    if (signature === 'hs256')
      return payload
        .setProtectedHeader({ ...header, alg: 'HS256', kid: key.kid })
        .sign(Buffer.from(JSON.stringify(key.jwk)))
    const kid = signature === 'unknown-kid' ? 'nobody' : key.kid
    const by = signature === 'other-key' ? other : key
    return payload.setProtectedHeader({ ...header, alg: 'ES256', kid }).sign(by.key)
  }

  function asking(sentTo: string): URLSearchParams {
    const { origin, pathname, searchParams } = new URL(sentTo)
    if (`${origin}${pathname}` !== `${issuer}/authorize`)
      throw new Error(`not sent there: ${sentTo}`)
    const found = pushed.get(searchParams.get('request_uri') ?? '')
    if (found === undefined && said['require_pushed_authorization_requests'] === true)
      throw new Error('the request was not pushed')
    return found ?? searchParams
  }

  return {
    id,
    issuer,
    host: `localhost:${port}`,
    object: {
      kind: 'identity-provider',
      id,
      version: 1,
      content: {
        provider_id: id,
        version: 1,
        name: { fr: `Compte ${id}`, en: `Account ${id}` },
        issuer,
        client_id: clientId,
        scopes: ['openid'],
        levels: [{ acr: 'urn:there:two', level: 'urn:accord:aal:2' }],
        ceiling: 'urn:accord:aal:2',
        vouches_for: [],
        status: 'active',
        ...more,
      },
    },
    asked: (path) => counts.get(path) ?? 0,
    proofs,
    asking,
    signsIn(sentTo, person, lies = {}) {
      const asked = asking(sentTo)
      const code = random()
      codes.set(code, { asked, person, lies })
      const back = new URL(asked.get('redirect_uri') ?? '')
      const answered = { code, state: asked.get('state') ?? '', iss: issuer, ...lies.back }
      for (const [name, value] of Object.entries(answered))
        if (value !== undefined) back.searchParams.set(name, value)
      return back
    },
    async signsOut(about, { claims, signature, ...typed } = {}) {
      const now = Math.floor(Date.now() / 1000)
      const said = {
        iss: issuer,
        aud: clientId,
        iat: now,
        exp: now + 120,
        jti: random(),
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        ...about,
        ...claims,
      }
      const { typ } = { typ: 'logout+jwt', ...typed }
      return signed(said, signature, typ === undefined ? {} : { typ })
    },
    behave(how) {
      behaviour = how
    },
    async rotate() {
      ;[key, other] = [await newKey('two'), key]
    },
    say(members) {
      said = members
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const demandsNonce: [number, object] = [400, { error: 'use_dpop_nonce' }]

function passwordIn(authorization: string): string {
  const [, pair = ''] = /^Basic (.+)$/.exec(authorization) ?? []
  return decodeURIComponent(Buffer.from(pair, 'base64').toString().split(':')[1] ?? '')
}

/** Whether a proof of possession names our nonce, once (RFC 9449, section 8). */
function isBound({ headers: { dpop } }: IncomingMessage, used: Set<string>): boolean {
  if (typeof dpop !== 'string') return false
  const { nonce, jti = '' } = jose.decodeJwt(dpop)
  const isFresh = nonce === 'once' && !used.has(jti)
  used.add(jti)
  return isFresh
}

async function newKey(kid: string) {
  const { privateKey, publicKey } = await jose.generateKeyPair('ES256')
  const jwk = { ...(await jose.exportJWK(publicKey)), kid, use: 'sig', alg: 'ES256' }
  return { key: privateKey, jwk, kid }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function random(): string {
  return randomBytes(24).toString('base64url')
}
