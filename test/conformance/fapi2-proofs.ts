import * as jose from 'jose'
import { makeKeyPair } from './clients.ts'
import type { Client, KeyPair } from './clients.ts'
import { checkError, checkUserinfo } from './conditions.ts'
import type { Module, Trial } from './judging.ts'
import { demand } from './judging.ts'
import type { Pair, Reading } from './party.ts'
import {
  ask,
  codeOf,
  endpoint,
  push,
  paramsOf,
  redeem,
  redeemed,
  signIn,
  userinfo,
} from './party.ts'
import type { Change } from './tokens.ts'
import { proofOf, random, seconds, thumbprintOf, withWrongSignature } from './tokens.ts'

// RFC 9449: what a proof of possession may be, and what it may not.

const bindingErrors = ['invalid_request', 'invalid_grant', 'invalid_dpop_proof']

export function dpopModules(pair: Pair): Module[] {
  const one = (trial: Trial) => pair(trial).one
  return [
    everywhere('check-dpop-proof-nbf-exp', () => ({
      claims: { nbf: seconds(), exp: seconds() + 60 },
    })),
    everywhere('ensure-dpopproof-with-iat-10seconds-before-succeeds', () => ({
      claims: { iat: seconds() - 10 },
    })),
    everywhere('ensure-dpopproof-with-iat-10seconds-after-succeeds', () => ({
      claims: { iat: seconds() + 10 },
    })),
    {
      name: named('ensure-mismatched-dpop-jkt-fails'),
      async judge(trial) {
        const params = { dpop_jkt: await thumbprintOf(await makeKeyPair('ES256')) }
        const asked = paramsOf(one(trial), params).params
        const answered = await push(trial, one(trial), asked, { pushProof: {} })
        checkError(trial, answered, [400], ['invalid_request', 'invalid_dpop_proof'])
      },
    },
    {
      name: named('ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt'),
      async judge(trial) {
        const errand = await ask(trial, one(trial), { pushProof: {} })
        const proof = { key: await makeKeyPair('ES256') }
        const answered = await redeem(trial, errand, await codeOf(trial, errand), { proof })
        checkError(trial, answered, [400], bindingErrors)
      },
    },
    {
      name: named('ensure-token-endpoint-fails-with-mismatched-dpop-jkt'),
      async judge(trial) {
        const params = { dpop_jkt: await thumbprintOf(await makeKeyPair('ES256')) }
        const errand = await ask(trial, one(trial), { params })
        const answered = await redeem(trial, errand, await codeOf(trial, errand))
        checkError(trial, answered, [400], bindingErrors)
      },
    },
    {
      name: named('ensure-dpopproof-at-par-endpoint-binding-success'),
      async judge(trial) {
        await signIn(trial, one(trial), { pushProof: {} })
      },
    },
    {
      name: named('ensure-dpop-auth-code-binding-success'),
      async judge(trial) {
        const params = { dpop_jkt: await thumbprintOf(keyOf(one(trial))) }
        await signIn(trial, one(trial), { params, pushProof: {} })
      },
    },
    { name: named('dpop-negative-tests'), judge: (trial) => negative(trial, one(trial)) },
  ]

  /** A proof that is other than usual is taken at the pushed request, at the token endpoint and at userinfo. */
  function everywhere(name: string, change: () => Change): Module {
    return {
      name: named(name),
      async judge(trial) {
        const errand = await ask(trial, one(trial), { pushProof: change() })
        const code = await codeOf(trial, errand)
        const { tokens, idToken } = await redeemed(trial, errand, code, { proof: change() })
        const reading = { proof: change() }
        const seen = await userinfo(trial, one(trial), tokens.access_token, reading)
        checkUserinfo(seen, idToken)
      },
    }
  }
}

function keyOf({ dpopKey, id }: Client): KeyPair {
  demand(dpopKey !== undefined, `${id} has no key for proofs`)
  return dpopKey
}

type Case = readonly [
  what: string,
  reading: Reading,
  expected: 'taken' | 'refused' | 'should be taken',
]

async function negative(trial: Trial, client: Client): Promise<void> {
  const { tokens, idToken } = await signIn(trial, client)
  const token = tokens.access_token
  for (const [what, reading, expected] of await cases(trial, client, token)) {
    const { status } = await userinfo(trial, client, token, reading)
    if (expected === 'refused') demand([400, 401].includes(status), `${what}: ${status}`)
    else if (expected === 'taken') demand(status === 200, `${what}: ${status}`)
    else if (status !== 200) trial.warn(`${what} is answered with ${status}`)
  }
  checkUserinfo(await userinfo(trial, client, token), idToken)
}

async function cases(trial: Trial, client: Client, token: string): Promise<Case[]> {
  const url = endpoint(trial, 'userinfo_endpoint')
  const key = keyOf(client)
  const { host, pathname } = new URL(url)
  const proven = { method: 'GET', url, token }
  const twice = await Promise.all([proofOf(trial, key, proven), proofOf(trial, key, proven)])
  const jti = random()
  const privateJwk = await jose.exportJWK(key.privateKey)
  return [
    ['two proofs', { headers: { dpop: twice.join(', ') } }, 'refused'],
    ['a proof that is no JWT', spoilt((proof) => proof.replaceAll('.', '')), 'refused'],
    ['no typ', header({ typ: undefined }), 'refused'],
    ['no alg', spoilt(withoutAlg), 'refused'],
    ['no jwk', header({ jwk: undefined }), 'refused'],
    ['no jti', claims({ jti: undefined }), 'refused'],
    ['no htm', claims({ htm: undefined }), 'refused'],
    ['no htu', claims({ htu: undefined }), 'refused'],
    ['no iat', claims({ iat: undefined }), 'refused'],
    ['no ath', claims({ ath: undefined }), 'refused'],
    ['another typ', header({ typ: 'JWT' }), 'refused'],
    ['alg none', header({ alg: 'none' }), 'refused'],
    ['a wrong signature', spoilt(withWrongSignature), 'refused'],
    ['a private key in jwk', header({ jwk: privateJwk }), 'refused'],
    ['another method', claims({ htm: 'PUT' }), 'refused'],
    ['another address', claims({ htu: 'https://other.example.com/userinfo' }), 'refused'],
    ['htu with query and fragment', claims({ htu: `${url}?a=b#c` }), 'taken'],
    ['an address with a query, htu without', { url: `${url}?dummy=1` }, 'taken'],
    ['the first use of a jti', claims({ jti }), 'taken'],
    ['the second use of a jti', claims({ jti }), 'refused'],
    ['another ath', claims({ ath: random(32) }), 'refused'],
    ['another key', { proof: { key: await makeKeyPair('ES256') } }, 'refused'],
    ['more in the header', header({ extra: 'one' }), 'taken'],
    ['more claims', claims({ extra: { one: 1 } }), 'taken'],
    // A nonce of the provider stands for the time of the proof (RFC 9449, section 8).
    ['an hour ago', claims({ iat: seconds() - 3600 }), 'should be taken'],
    ['in an hour', claims({ iat: seconds() + 3600 }), 'should be taken'],
    [
      'htu in capitals',
      claims({ htu: `HTTPS://${host.toUpperCase()}${pathname}` }),
      'should be taken',
    ],
    [
      'htu with the usual port',
      claims({ htu: `https://${host}:443${pathname}` }),
      'should be taken',
    ],
    ['no proof', { isProven: false }, 'refused'],
    ['no proof, as a bearer', { isProven: false, scheme: 'Bearer' }, 'refused'],
  ]
}

function claims(changed: Record<string, unknown>): Reading {
  return { proof: { claims: changed } }
}

function header(changed: Record<string, unknown>): Reading {
  return { proof: { header: changed } }
}

function spoilt(spoil: (proof: string) => string): Reading {
  return { proof: { spoil } }
}

function withoutAlg(proof: string): string {
  const [head = '', ...rest] = proof.split('.')
  const { alg: _, ...others } = JSON.parse(
    Buffer.from(head, 'base64url').toString(),
  ) as jose.JWTHeaderParameters
  return [Buffer.from(JSON.stringify(others)).toString('base64url'), ...rest].join('.')
}

function named(name: string): string {
  return `fapi2-security-profile-final-${name}`
}
