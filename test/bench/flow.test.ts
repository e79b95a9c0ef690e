import * as jose from 'jose'
import { expect, test } from 'vitest'
import { prepareFlow } from '../../bench/flow.ts'
import { makeSigner, sha256 } from '../../bench/signing.ts'
import { servicesOf } from '../../bench/target.ts'

const issuer = 'https://accord.test'

test('a proof is what a resource server checks: key, method, URL, token, nonce', async () => {
  const signer = makeSigner(issuer, 'app')
  const proof = signer.proof({ method: 'GET', path: '/userinfo', nonce: 'n', token: 't' })

  const { payload, protectedHeader } = await jose.jwtVerify(proof, jose.EmbeddedJWK, {
    typ: 'dpop+jwt',
  })

  expect(payload).toMatchObject({
    htm: 'GET',
    htu: `${issuer}/userinfo`,
    nonce: 'n',
    ath: sha256('t'),
  })
  expect(protectedHeader.jwk).not.toHaveProperty('d')
})

test('an assertion is signed by the registered key, for the issuer', async () => {
  const signer = makeSigner(issuer, 'app')
  const key = await jose.importJWK(signer.jwk, 'ES256')

  const { payload } = await jose.jwtVerify(signer.assertion(), key, {
    audience: issuer,
    subject: 'app',
  })

  expect(payload.jti).toBeTypeOf('string')
})

test('in the plain flow only our broker needs PAR and DPoP; in the strict flow every server does', () => {
  const signers = {
    app: makeSigner(issuer, 'app'),
    relying: makeSigner(issuer, 'relying'),
    desk: makeSigner(issuer, 'desk'),
    holder: makeSigner(issuer, 'holder'),
  }
  const flowOf = (server: 'accord' | 'naive', service: 'app' | 'relying' | 'desk') => {
    const { push, token } = prepareFlow(servicesOf(server, signers)[service], 'nonce')
    return [push !== undefined, 'dpop' in token.headers, 'client_assertion' in token.form]
  }

  expect(flowOf('accord', 'app')).toEqual([true, true, false])
  expect(flowOf('naive', 'app')).toEqual([false, false, false])
  expect(flowOf('accord', 'relying')).toEqual([true, true, true])
  expect(flowOf('naive', 'relying')).toEqual([true, true, true])
  for (const server of ['accord', 'naive'] as const)
    expect(flowOf(server, 'desk')).toEqual([false, false, true])
})
