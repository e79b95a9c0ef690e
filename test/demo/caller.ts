import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

export type Call = {
  readonly method?: string
  readonly path?: string
  /** Members of the proof that are not as they should be. */
  readonly proof?: object
  readonly headers?: Readonly<Record<string, string>>
}

export type Caller = {
  readonly thumbprint: string
  /** One call of the agency's API, with a token and a fresh proof. */
  call(call?: Call): Promise<Response>
}

/** A recipient that only calls: its token is whatever the introspection says of it. */
export async function openCaller(agency: string): Promise<Caller> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  const accessToken = 'an-access-token'
  const ath = createHash('sha256').update(accessToken).digest('base64url')

  async function call({ method = 'GET', path = '/api/avis/2025', ...change }: Call = {}) {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { htm: method, htu: agency + path, ath, iat, jti: randomUUID() }
    const dpop = await new SignJWT({ ...claims, ...change.proof })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey)
    const headers = { authorization: `DPoP ${accessToken}`, dpop, ...change.headers }
    return fetch(agency + path, { method, headers })
  }

  return { thumbprint: await calculateJwkThumbprint(jwk), call }
}
