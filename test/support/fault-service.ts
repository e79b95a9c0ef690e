import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as jose from 'jose'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import { applyRegister, readRegister } from '../../src/registry/index.ts'
import type { Answer, Visitor } from './fault-client.ts'
import { csrfIn, locationOf, optionsIn, send, served } from './fault-client.ts'
import { newFolder } from './fault-process.ts'
import { sealsOf } from './seals.ts'
import type { Authenticator } from './authenticator.ts'

// A relying party and a person for the fault tests: everything from PAR to tokens over real HTTP.

export type TestService = {
  readonly clientId: string
  /** Pushes a request. @returns the path to send the browser to */
  push(): Promise<string>
  /** Pushes a request and gives any answer. */
  pushOnce(): Promise<Answer>
  /** Redeems a code; the same code may be tried again, each time with fresh proofs. */
  redeem(code: string): Promise<Answer>
  userinfo(accessToken: string): Promise<Answer>
  introspect(token: string): Promise<Answer>
}

export const redirectUri = 'https://service.example.test/callback'

/** Writes a service into the register of a database, before the process that needs it starts. */
export async function addService(
  databaseUrl: string,
  keysDir: string,
  clientId: string,
  more: object = {},
): Promise<jose.JWK> {
  const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await jose.exportJWK(privateKey)), kid: clientId, alg: 'ES256', use: 'sig' }
  const { d: _private, ...published } = jwk
  const orgId = `org_${clientId}`
  const name = { fr: `Service ${clientId}`, en: `Service ${clientId}` }
  const organisation = { org_id: orgId, version: 1, name, status: 'active' }
  const service = {
    client_id: clientId,
    version: 1,
    name,
    organisation: orgId,
    status: 'active',
    redirect_uris: [redirectUri],
    jwks: { keys: [published] },
    grant_types: ['authorization_code'],
    response_types: ['code'],
    ...more,
  }
  await apply(databaseUrl, await sealsOf(keysDir), {
    organisations: { [orgId]: organisation },
    services: { [clientId]: service },
  })
  return jwk
}

async function apply(
  databaseUrl: string,
  seals: RowSeals,
  folders: Readonly<Record<string, Readonly<Record<string, object>>>>,
): Promise<void> {
  const dir = newFolder()
  const db = openDatabase(databaseUrl)
  try {
    for (const [folder, files] of Object.entries(folders)) {
      mkdirSync(join(dir, folder))
      for (const [id, content] of Object.entries(files))
        writeFileSync(join(dir, folder, `${id}.yaml`), JSON.stringify(content)) // YAML holds JSON
    }
    const register = await readRegister(dir)
    await transact(db, (tx) => applyRegister(tx, seals, register, new Date()))
  } finally {
    await db.destroy()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** @param always headers on every call: what a proxy in front would add */
export async function openService(
  port: number,
  issuer: string,
  jwk: jose.JWK,
  always: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const clientId = String(jwk.kid)
  const key = await jose.importJWK(jwk, 'ES256')
  const proofKeys = await jose.generateKeyPair('ES256', { extractable: true })
  const proofJwk = await jose.exportJWK(proofKeys.publicKey)
  const verifier = randomBytes(32).toString('base64url')
  let nonce: string | undefined

  function assertion(): Promise<string> {
    return new jose.SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: clientId })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(key)
  }

  function proof(method: string, path: string, accessToken?: string): Promise<string> {
    const ath =
      accessToken === undefined
        ? {}
        : { ath: createHash('sha256').update(accessToken).digest('base64url') }
    return new jose.SignJWT({
      htm: method,
      htu: `${issuer}${path}`,
      jti: randomUUID(),
      ...(nonce === undefined ? {} : { nonce }),
      ...ath,
    })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: proofJwk })
      .setIssuedAt()
      .sign(proofKeys.privateKey)
  }

  // The first proof has no nonce yet: the answer brings it, and the call is made once more (RFC 9449, 8).
  async function withProof(call: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      const answer = await call()
      const given = answer.headers['dpop-nonce']
      if (typeof given === 'string') nonce = given
      if (
        tries > 0 ||
        !/use_dpop_nonce/.test(answer.text + String(answer.headers['www-authenticate']))
      )
        return answer
    }
  }

  async function post(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    return withProof(async () =>
      send(port, path, {
        method: 'POST',
        headers: {
          ...always,
          Host: new URL(issuer).host,
          'Content-Type': 'application/x-www-form-urlencoded',
          DPoP: await proof('POST', path),
        },
        body: new URLSearchParams({
          client_id: clientId,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assertion(),
          ...form,
        }).toString(),
      }),
    )
  }

  function pushOnce(): Promise<Answer> {
    return post('/request', {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      state: randomBytes(16).toString('base64url'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
  }

  return {
    clientId,
    pushOnce,
    async push() {
      const pushed = await served(pushOnce)
      const uri = /"request_uri":"([^"]+)"/.exec(pushed.text)?.[1]
      if (uri === undefined) throw new Error(`PAR: ${pushed.status} ${pushed.text}`)
      return `/auth?${new URLSearchParams({ client_id: clientId, request_uri: uri }).toString()}`
    },
    redeem: (code) =>
      post('/token', {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      }),
    introspect: (token) => post('/token/introspection', { token }),
    userinfo: (accessToken) =>
      withProof(async () =>
        send(port, '/userinfo', {
          headers: {
            ...always,
            Host: new URL(issuer).host,
            Authorization: `DPoP ${accessToken}`,
            DPoP: await proof('GET', '/userinfo', accessToken),
          },
        }),
      ),
  }
}

/** A person makes an access at the visit that `start` leads to. @returns where the browser is sent in the end */
export async function makeAccess(
  visitor: Visitor,
  passkey: Authenticator,
  start: string,
): Promise<Answer> {
  const visit = await visitOf(visitor, start)
  const page = await visitor.get(`${visit}/creation`)
  const codes = await visitor.post(`${visit}/creation`, {
    csrf: csrfIn(page),
    credential: passkey.create(optionsIn(page)),
  })
  const asked = await follow(visitor, await visitor.post(`${visit}/suite`, { csrf: csrfIn(codes) }))
  if (!asked.text.includes(`${visit}/adresse`)) return asked
  const later = { csrf: csrfIn(asked), later: 'oui' }
  return follow(visitor, await visitor.post(`${visit}/adresse`, later))
}

/** The same person signs in with the passkey, in whichever browser. */
export async function signIn(
  visitor: Visitor,
  passkey: Authenticator,
  start: string,
): Promise<Answer> {
  const visit = await visitOf(visitor, start)
  const page = await visitor.get(visit)
  const credential = passkey.get(optionsIn(page))
  return follow(visitor, await visitor.post(`${visit}/cle`, { csrf: csrfIn(page), credential }))
}

/** The page of a visit and what it needs to sign in there. */
export async function visitOf(visitor: Visitor, start: string): Promise<string> {
  const page = await visitor.get(start)
  const path = locationOf(page)
  return path.startsWith('/connexion/') ? path : locationOf(await visitor.get(path))
}

const redirectLimit = 8

/** Follows redirects within the house. @returns the first answer that is no redirect, or a redirect elsewhere */
export async function follow(visitor: Visitor, first: Answer): Promise<Answer> {
  let answer = first
  for (let count = 0; count < redirectLimit; count++) {
    const { location } = answer.headers
    if (location === undefined || location.startsWith(redirectUri)) return answer
    answer = await visitor.get(locationOf(answer))
  }
  return answer
}

export function codeIn(answer: Answer): string {
  const code = new URL(answer.headers.location ?? 'http://none.test').searchParams.get('code')
  if (code === null)
    throw new Error(`no code: ${answer.status} ${String(answer.headers.location)} ${answer.text}`)
  return code
}
