import * as jose from 'jose'
import { makeKeyPair } from './clients.ts'
import { checkError, openedAnswer } from './conditions.ts'
import type { Module, Params, Trial } from './judging.ts'
import { demand, equal } from './judging.ts'
import type { Pair } from './party.ts'
import {
  ask,
  callAs,
  checkRefused,
  codeIn,
  endpoint,
  leftFor,
  paramsOf,
  push,
  redeemed,
  send,
  signIn,
} from './party.ts'
import type { Change } from './tokens.ts'
import { assertionOf, seconds, withWrongSignature } from './tokens.ts'

// FAPI 2.0 Message Signing: requests that are signed as a whole (RFC 9101), answers that are (JARM, RFC 9701).

const objectErrors = ['invalid_request', 'invalid_request_object', 'access_denied']

export function signedRequestModules(pair: Pair): Module[] {
  const one = (trial: Trial) => pair(trial).one
  const good = (name: string, change: (trial: Trial) => Change): Module => ({
    name: named(name),
    async judge(trial) {
      await signIn(trial, one(trial), { object: change(trial) })
    },
  })
  const bad = (
    name: string,
    change: (trial: Trial) => Change | Promise<Change>,
    errors: readonly string[] = objectErrors,
  ): Module => ({
    name: named(name),
    async judge(trial) {
      const object = await change(trial)
      const answered = await push(trial, one(trial), paramsOf(one(trial)).params, { object })
      checkError(trial, answered, [400, 401], errors)
    },
  })
  return [
    good('ensure-request-object-with-multiple-aud-succeeds', ({ judged }) => ({
      claims: { aud: [judged.issuer, 'https://other.example.com/'] },
    })),
    good('ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted', () => ({
      claims: { nbf: seconds() + 8 },
    })),
    bad('ensure-request-object-without-exp-fails', () => ({ claims: { exp: undefined } })),
    bad('ensure-request-object-without-nbf-fails', () => ({ claims: { nbf: undefined } })),
    bad('ensure-expired-request-object-fails', () => ({ claims: { exp: seconds() - 300 } })),
    bad('ensure-request-object-with-bad-aud-fails', () => ({
      claims: { aud: 'https://other.example.com/' },
    })),
    bad('ensure-request-object-with-exp-over-60-fails', () => ({
      claims: { exp: seconds() + 70 * 60 },
    })),
    bad('ensure-request-object-with-nbf-over-60-fails', () => ({
      claims: { nbf: seconds() - 70 * 60 },
    })),
    bad('ensure-signed-request-object-with-RS256-fails', async () => ({
      key: await makeKeyPair('RS256'),
      header: { kid: undefined },
    })),
    bad('ensure-request-object-signature-algorithm-is-not-none', () => ({
      header: { alg: 'none' },
    })),
    bad('ensure-request-object-with-invalid-signature-fails', () => ({
      spoil: withWrongSignature,
    })),
    bad('ensure-matching-key-in-authorization-request', (trial) => ({
      key: pair(trial).other.key,
    })),
    {
      name: named('ensure-unsigned-request-at-par-endpoint-fails'),
      async judge(trial) {
        const url = endpoint(trial, 'pushed_authorization_request_endpoint')
        const form = paramsOf(one(trial)).params
        checkError(trial, await callAs(trial, one(trial), { url, form }), [400], objectErrors)
      },
    },
    bad(
      'par-authorization-request-containing-request_uri',
      () => ({ claims: { request_uri: 'urn:ietf:params:oauth:request_uri:other' } }),
      ['invalid_request_object'],
    ),
    { name: 'signed-introspection', judge: (trial) => introspection(trial, pair) },
  ]
}

/** What stands in the address beside a pushed request is refused, or does not count. */
export function besideModules(pair: Pair): Module[] {
  return [
    beside('ensure-different-nonce-inside-and-outside-request-object', { nonce: 'outside' }),
    beside('ensure-different-state-inside-and-outside-request-object', { state: 'outside' }),
    beside(
      'state-only-outside-request-object-not-used',
      { state: 'outside' },
      { state: undefined },
    ),
  ]

  function beside(name: string, outside: Params, params: Params = {}): Module {
    return {
      name: named(name),
      async judge(trial) {
        const errand = await ask(trial, pair(trial).one, { params, beside: outside })
        const arrival = await (await trial.signedIn()).visit(errand.url)
        if (arrival.is === 'stayed') return checkRefused(trial, errand, arrival, objectErrors)
        const left = leftFor(errand, arrival)
        // An answer that is signed has its error inside.
        if ((await openedAnswer(trial, errand, left)).has('error'))
          return checkRefused(trial, errand, arrival, objectErrors)
        await redeemed(trial, errand, await codeIn(trial, errand, left))
      },
    }
  }
}

/** RFC 9701, as FAPI 2.0 Message Signing (5.5.1) has it. The suite has no module for it. */
async function introspection(trial: Trial, pair: Pair): Promise<void> {
  const { one } = pair(trial)
  const { tokens } = await signIn(trial, one)
  const url = endpoint(trial, 'introspection_endpoint')
  const media = 'application/token-introspection+jwt'
  const form = {
    client_id: one.id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    token: tokens.access_token,
    client_assertion: await assertionOf(trial, one),
  }
  const answered = await send(trial, url, {
    method: 'POST',
    headers: { accept: media },
    body: new URLSearchParams(form),
  })
  equal(answered.status, 200, 'the status of introspection')
  equal((answered.headers.get('content-type') ?? '').split(';')[0], media, 'content-type')
  const { keys } = trial.published as unknown as jose.JSONWebKeySet
  const set = jose.createLocalJWKSet({ keys })
  const { payload, protectedHeader } = await jose.jwtVerify(answered.body, set, {
    issuer: trial.judged.issuer,
    audience: one.id,
    typ: 'token-introspection+jwt',
  })
  equal(protectedHeader.alg, 'ES256', 'alg of the signed introspection')
  demand(typeof payload.iat === 'number', 'the signed introspection has no iat')
  demand(payload.sub === undefined && payload.exp === undefined, 'it could be taken for a token')
  const said = payload['token_introspection'] as Record<string, unknown> | undefined
  equal(said?.['active'], true, 'active')
  equal(said?.['client_id'], one.id, 'client_id')
}

function named(name: string): string {
  return `fapi2-security-profile-final-${name}`
}
