import { codeIn } from './browser.ts'
import type { Answer, Client, Sent } from './client.ts'
import { jsonOf, stringIn } from './client.ts'
import type { Jar } from './jar.ts'
import type { Signer } from './signing.ts'
import { random, sha256 } from './signing.ts'

/** A service as one server wants it: what it must push, prove and sign. */
export type Service = {
  readonly clientId: string
  readonly redirectUri: string
  readonly signer: Signer
  /** Undefined: no client authentication, PKCE alone. */
  readonly authentication: 'private_key_jwt' | undefined
  /** Pushed requests (RFC 9126). */
  readonly pushes: boolean
  /** DPoP (RFC 9449), with the server's nonce. */
  readonly proves: boolean
}

export type Form = Readonly<Record<string, string>>

/** A code flow that is ready to go: everything that can be signed before, is. */
export type Flow = {
  readonly redirectUri: string
  readonly clientId: string
  readonly push: Sent | undefined
  readonly authorization: Form
  readonly token: { readonly form: Form; readonly headers: Form }
}

export function prepareFlow(service: Service, nonce: string, more: Form = {}): Flow {
  const verifier = random()
  const authorization = {
    client_id: service.clientId,
    response_type: 'code',
    redirect_uri: service.redirectUri,
    scope: 'openid',
    state: random(),
    code_challenge: sha256(verifier),
    code_challenge_method: 'S256',
    ...more,
  }
  return {
    redirectUri: service.redirectUri,
    clientId: service.clientId,
    authorization,
    push: service.pushes
      ? { path: '/request', form: { ...authorization, ...authenticationOf(service) } }
      : undefined,
    token: tokenRequest(service, nonce, {
      grant_type: 'authorization_code',
      code_verifier: verifier,
      redirect_uri: service.redirectUri,
    }),
  }
}

/** The request to /token, without the parts that come from an answer. */
export function tokenRequest(service: Service, nonce: string, form: Form) {
  const proof = () => service.signer.proof({ method: 'POST', path: '/token', nonce })
  return {
    form: { ...authenticationOf(service), ...form },
    headers: service.proves ? { dpop: proof() } : {},
  }
}

export function authenticationOf({ clientId, authentication, signer }: Service): Form {
  if (authentication === undefined) return { client_id: clientId }
  return {
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signer.assertion(),
  }
}

/** Pushes the request if the server demands it. @returns the path to send the browser to */
export async function authorizationPath(client: Client, flow: Flow): Promise<string> {
  if (flow.push === undefined) return `/auth?${new URLSearchParams(flow.authorization).toString()}`
  const requestUri = stringIn(jsonOf(await client.send(flow.push), 201), 'request_uri')
  return `/auth?${new URLSearchParams({ client_id: flow.clientId, request_uri: requestUri }).toString()}`
}

/** The whole flow of someone who is signed in. @returns the token response, which has an ID token */
export async function runFlow(client: Client, flow: Flow, jar: Jar) {
  const path = await authorizationPath(client, flow)
  return redeem(client, flow, await client.send({ path, jar }))
}

export async function redeem(client: Client, flow: Flow, callback: Answer) {
  const code = codeIn(callback, flow.redirectUri)
  const { form, headers } = flow.token
  const tokens = jsonOf(await client.send({ path: '/token', form: { ...form, code }, headers }))
  stringIn(tokens, 'access_token')
  stringIn(tokens, 'id_token')
  return tokens
}

/** The server's nonce for proofs, from the refusal of a proof without one. */
export async function freshNonce(client: Client, service: Service): Promise<string> {
  const proof = service.signer.proof({ method: 'POST', path: '/token' })
  const form = {
    ...authenticationOf(service),
    grant_type: 'authorization_code',
    code: 'none',
    code_verifier: random(),
    redirect_uri: service.redirectUri,
  }
  const answer = await client.send({ path: '/token', form, headers: { dpop: proof } })
  if (answer.dpopNonce === undefined)
    throw new Error(`no DPoP nonce (${answer.status}): ${answer.body.slice(0, 300)}`)
  return answer.dpopNonce
}
