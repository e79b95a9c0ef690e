import { makeKeyPair } from './clients.ts'
import {
  checkError,
  checkErrorAnswer,
  checkPushed,
  checkUserinfo,
  openedAnswer,
} from './conditions.ts'
import { dpopModules } from './fapi2-proofs.ts'
import { besideModules, signedRequestModules } from './fapi2-signing.ts'
import type { Answered, Errand, Module, Params, Plan, Trial } from './judging.ts'
import { demand, equal, longBut, skip } from './judging.ts'
import { passing, reuse } from './oidcc-basic.ts'
import { listIn } from './oidcc-config.ts'
import type { Asking, Pair, Redeeming } from './party.ts'
import {
  addressOf,
  ask,
  browserOf,
  callAs,
  checkRefused,
  codeIn,
  codeOf,
  endpoint,
  leftFor,
  paramsOf,
  push,
  redeem,
  redeemed,
  signIn,
  userinfo,
} from './party.ts'
import type { Change } from './tokens.ts'
import { random, seconds, thumbprintOf } from './tokens.ts'

// FAPI 2.0 Security Profile and Message Signing: clients that sign their assertions (private_key_jwt) and whose tokens are bound by DPoP.

const variant = {
  client_auth_type: 'private_key_jwt',
  sender_constrain: 'dpop',
  openid: 'openid_connect',
  fapi_profile: 'plain_fapi',
}

export const securityPlan: Plan = {
  name: 'fapi2-security-profile-final-test-plan',
  variant: { ...variant, fapi_request_method: 'unsigned', fapi_response_mode: 'plain_response' },
  modules: modulesFor(({ judged }) => ({
    one: judged.clients.fapi,
    other: judged.clients.fapiOther,
  })),
}

export const signingPlan: Plan = {
  name: 'fapi2-message-signing-final-test-plan',
  variant: {
    ...variant,
    fapi_request_method: 'signed_non_repudiation',
    fapi_response_mode: 'jarm',
  },
  modules: [
    ...longBut(
      ['discovery-end-point-verification', 'happy-flow', 'user-rejects-authentication'].map(named),
      modulesFor(signingPair),
    ),
    ...signedRequestModules(signingPair),
  ],
}

function signingPair({ judged }: Trial): ReturnType<Pair> {
  return { one: judged.clients.signing, other: judged.clients.signingOther }
}

function modulesFor(pair: Pair): Module[] {
  const one = (trial: Trial) => pair(trial).one
  const succeeds = (name: string, asking: (trial: Trial) => Asking | Promise<Asking>): Module => ({
    name: named(name),
    async judge(trial) {
      await signIn(trial, one(trial), await asking(trial))
    },
  })
  return [
    { name: named('discovery-end-point-verification'), judge: checkMetadata(pair) },
    { name: named('happy-flow'), judge: happyFlow(pair) },
    {
      name: named('user-rejects-authentication'),
      async judge(trial) {
        const errand = await ask(trial, one(trial))
        const arrival = await browserOf(trial).visit(errand.url, { does: 'turn back' })
        const answer = await openedAnswer(trial, errand, leftFor(errand, arrival))
        checkErrorAnswer(trial, errand, answer, ['access_denied'])
      },
    },
    succeeds('ensure-authorization-request-without-state-success', () => ({
      params: { state: undefined },
    })),
    succeeds('ensure-authorization-request-without-nonce-success', () => ({
      params: { nonce: undefined },
    })),
    succeeds('ensure-authorization-request-with-64-char-nonce-success', () => ({
      params: { nonce: random(48) },
    })),
    succeeds('ensure-other-scope-order-succeeds', () => ({ params: { scope: 'email openid' } })),
    { name: named('test-claims-parameter-identity-claims'), judge: identityClaims(pair) },
    {
      name: named('access-token-type-header-case-sensitivity'),
      async judge(trial) {
        const { tokens, idToken } = await signIn(trial, one(trial))
        for (const scheme of ['dpop', 'DPOP', 'dPoP'])
          checkUserinfo(await userinfo(trial, one(trial), tokens.access_token, { scheme }), idToken)
      },
    },
    ...dpopModules(pair),
    ...besideModules(pair),
    long('ensure-authorization-request-with-long-nonce', 'nonce', pair),
    long('ensure-authorization-request-with-long-state', 'state', pair),
    refusedAtPush('ensure-request-object-without-redirect-uri-fails', { redirect_uri: undefined }),
    // FAPI 2.0 lets a provider take such an address from a client that proves itself; ours does not.
    refusedAtPush('plain-fapi-tolerate-unregistered-redirect-uri', {
      redirect_uri: 'https://fapi.test/other',
    }),
    {
      name: named('ensure-unsigned-authorization-request-without-using-par-fails'),
      async judge(trial) {
        const { params, verifier } = paramsOf(one(trial))
        const errand = { client: one(trial), url: addressOf(trial, params), params, verifier }
        const arrival = await (await trial.signedIn()).visit(errand.url)
        await checkRefused(trial, errand, arrival, ['invalid_request', 'invalid_request_object'])
      },
    },
    refusedAtPush('ensure-redirect-uri-in-authorization-request', { redirect_uri: undefined }),
    refusedAtPush('ensure-response-type-code-idtoken-fails', { response_type: 'code id_token' }),
    refusedAtPush('ensure-response-type-token-fails', { response_type: 'token' }),
    refusedAtToken(
      'ensure-client-id-in-token-endpoint',
      ['invalid_client', 'invalid_grant'],
      (trial) => ({
        as: pair(trial).other,
        assertion: { key: one(trial).key },
      }),
    ),
    refusedAtToken(
      'ensure-holder-of-key-required',
      ['invalid_request', 'invalid_grant', 'invalid_dpop_proof'],
      () => ({ isBearer: true }),
    ),
    refusedAtToken('ensure-authorization-code-is-bound-to-client', ['invalid_grant'], (trial) => ({
      as: pair(trial).other,
    })),
    {
      name: named('attempt-reuse-authorization-code-after-one-second'),
      isLong: true,
      judge: (trial) => reuse(trial, one(trial), 1),
    },
    {
      name: named('ensure-token-endpoint-fails-with-expired-auth-code'),
      isLong: true,
      async judge(trial) {
        const errand = await ask(trial, one(trial))
        const code = await codeOf(trial, errand)
        await passing(60 + 2)
        checkError(trial, await redeem(trial, errand, code), [400], ['invalid_grant'])
      },
    },
    refusedAssertion('ensure-signed-client-assertion-with-RS256-fails', async () => ({
      key: await makeKeyPair('RS256'),
      header: { kid: undefined },
    })),
    refusedAtToken(
      'ensure-client-assertion-in-token-endpoint',
      ['invalid_client', 'invalid_request'],
      (trial) => ({
        isAnonymous: true,
        params: { client_id: one(trial).id },
      }),
    ),
    refusedAssertion('ensure-client-assertion-with-exp-is-5-minutes-in-past-fails', () => ({
      claims: { iat: seconds() - 360, exp: seconds() - 300 },
    })),
    refusedAssertion('ensure-client-assertion-with-wrong-aud-fails', () => ({
      claims: { aud: 'https://other.example.com/' },
    })),
    refusedAssertion('ensure-client-assertion-with-no-sub-fails', () => ({
      claims: { sub: undefined },
    })),
    {
      name: named('refresh-token'),
      async judge(trial) {
        const { tokens } = await signIn(trial, one(trial))
        demand(tokens['refresh_token'] === undefined, 'a sign-in alone got a refresh token')
        skip('a sign-in gets no refresh token; it comes with the details of a sharing alone')
      },
    },
    {
      name: named('par-ensure-reused-request-uri-prior-to-auth-completion-succeeds'),
      async judge(trial) {
        const errand = await ask(trial, one(trial))
        const browser = browserOf(trial)
        equal((await browser.visit(errand.url, { does: 'look' })).is, 'stayed', 'the first visit')
        const left = leftFor(errand, await browser.visit(errand.url))
        await redeemed(trial, errand, await codeIn(trial, errand, left))
      },
    },
    {
      name: named('par-attempt-reuse-request_uri'),
      async judge(trial) {
        const { errand } = await signIn(trial, one(trial))
        await refusedUri(trial, errand)
      },
    },
    {
      name: named('par-attempt-to-use-expired-request_uri'),
      isLong: true,
      async judge(trial) {
        const { params, verifier } = paramsOf(one(trial))
        const pushed = checkPushed(trial, await push(trial, one(trial), params))
        await passing(pushed.expiresIn + 2)
        const inAddress = { client_id: one(trial).id, request_uri: pushed.requestUri }
        const url = addressOf(trial, inAddress)
        await refusedUri(trial, { client: one(trial), url, params, verifier })
      },
    },
    {
      name: named('par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted'),
      async judge(trial) {
        const claims = { iat: seconds() + 8, nbf: seconds() + 8 }
        checkPushed(trial, await pushed(trial, { claims }))
      },
    },
    refusedPusher(
      'par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails',
      () => ({
        iat: seconds() + 90,
        nbf: seconds() + 90,
        exp: seconds() + 180,
      }),
    ),
    {
      name: named('par-attempt-to-use-request_uri-for-different-client'),
      async judge(trial) {
        const errand = await ask(trial, one(trial))
        const url = new URL(errand.url)
        url.searchParams.set('client_id', pair(trial).other.id)
        await refusedUri(trial, { ...errand, url: url.href })
      },
    },
    {
      name: named('par-authorization-request-containing-request_uri-form-param'),
      async judge(trial) {
        const { params } = paramsOf(one(trial))
        const form = { ...params, request_uri: 'urn:ietf:params:oauth:request_uri:other' }
        const url = endpoint(trial, 'pushed_authorization_request_endpoint')
        const answered = await callAs(trial, one(trial), { url, form })
        const errors = ['invalid_request', 'invalid_request_object', 'request_uri_not_supported']
        checkError(trial, answered, [400], errors)
      },
    },
    {
      name: named('par-attempt-invalid-http-method'),
      async judge(trial) {
        const { params } = paramsOf(one(trial))
        const url = endpoint(trial, 'pushed_authorization_request_endpoint')
        const { status } = await callAs(trial, one(trial), { url, method: 'PUT', form: params })
        equal(status, 405, 'the status of PUT')
      },
    },
    refusedAtPush('par-ensure-pkce-required', {
      code_challenge: undefined,
      code_challenge_method: undefined,
    }),
    refusedAtToken(
      'ensure-pkce-code-verifier-required',
      ['invalid_grant', 'invalid_request'],
      () => ({
        params: { code_verifier: undefined },
      }),
    ),
    refusedAtToken('incorrect-pkce-code-verifier-rejected', ['invalid_grant'], () => ({
      params: { code_verifier: random(32) },
    })),
    refusedAtPush('par-plain-pkce-rejected', { code_challenge_method: 'plain' }),
    succeeds('par-without-duplicate-parameters', () => ({})),
    refusedPusher('par-test-array-as-audience-fails', ({ judged }) => ({
      aud: [judged.issuer, 'https://other.example.com/'],
    })),
    refusedPusher('par-test-par-endpoint-url-as-audience-fails', (trial) => ({
      aud: endpoint(trial, 'pushed_authorization_request_endpoint'),
    })),
    refusedPusher('par-test-token-endpoint-url-as-audience-fails', (trial) => ({
      aud: endpoint(trial, 'token_endpoint'),
    })),
  ]

  function pushed(trial: Trial, assertion: Change): Promise<Answered> {
    return push(trial, one(trial), paramsOf(one(trial)).params, { assertion })
  }

  function refusedPusher(name: string, claims: (trial: Trial) => Record<string, unknown>): Module {
    return {
      name: named(name),
      async judge(trial) {
        const answered = await pushed(trial, { claims: claims(trial) })
        checkError(trial, answered, [400, 401], ['invalid_request', 'invalid_client'])
      },
    }
  }

  function refusedAtPush(name: string, params: Params): Module {
    return {
      name: named(name),
      async judge(trial) {
        const answered = await push(trial, one(trial), paramsOf(one(trial), params).params)
        const errors = ['invalid_request', 'invalid_request_object', 'unsupported_response_type']
        checkError(trial, answered, [400], errors)
      },
    }
  }

  function refusedAtToken(
    name: string,
    errors: readonly string[],
    how: (trial: Trial) => Redeeming | Promise<Redeeming>,
  ): Module {
    return {
      name: named(name),
      async judge(trial) {
        const errand = await ask(trial, one(trial))
        const code = await codeOf(trial, errand)
        const answered = await redeem(trial, errand, code, await how(trial))
        checkError(trial, answered, [400, 401], errors)
      },
    }
  }

  function refusedAssertion(name: string, change: () => Change | Promise<Change>): Module {
    return refusedAtToken(name, ['invalid_client'], async () => ({ assertion: await change() }))
  }
}

// RFC 9126, section 4, and RFC 9101, section 6.2.
async function refusedUri(trial: Trial, errand: Errand): Promise<void> {
  const arrival = await (await trial.signedIn()).visit(errand.url)
  if (arrival.is === 'left')
    demand(arrival.params.has('error') || arrival.params.has('response'), 'it got an answer')
  const errors = ['invalid_request_uri', 'invalid_request', 'invalid_request_object']
  await checkRefused(trial, errand, arrival, errors)
}

/** It comes back whole, or is refused; it is never cut. */
function long(name: string, member: 'nonce' | 'state', pair: Pair): Module {
  return {
    name: named(name),
    async judge(trial) {
      const { one } = pair(trial)
      const params = { [member]: random(288) }
      equal(params[member]?.length, 384, 'the length')
      const answered = await push(trial, one, paramsOf(one, params).params)
      if (answered.status === 201) await signIn(trial, one, { params })
      else checkError(trial, answered, [400], ['invalid_request', 'invalid_request_object'])
    },
  }
}

function checkMetadata(pair: Pair): Module['judge'] {
  return (trial) => {
    const { metadata } = trial
    const { one } = pair(trial)
    const has = (list: string, value: string) =>
      demand(listIn(trial, list).includes(value), `${list} has no ${value}`)
    has('response_types_supported', 'code')
    has('token_endpoint_auth_methods_supported', 'private_key_jwt')
    has('token_endpoint_auth_signing_alg_values_supported', 'ES256')
    has('dpop_signing_alg_values_supported', 'ES256')
    has('code_challenge_methods_supported', 'S256')
    has('id_token_signing_alg_values_supported', 'ES256')
    has('scopes_supported', 'openid')
    equal(metadata['authorization_response_iss_parameter_supported'], true, 'iss in the answer')
    demand('pushed_authorization_request_endpoint' in metadata, 'requests cannot be pushed')
    const isForced = metadata['require_pushed_authorization_requests'] ?? false
    demand(typeof isForced === 'boolean', 'require_pushed_authorization_requests is no boolean')
    if (one.signsRequests) {
      has('request_object_signing_alg_values_supported', 'ES256')
      has('response_modes_supported', 'jwt')
      has('authorization_signing_alg_values_supported', 'ES256')
    }
    return Promise.resolve()
  }
}

function happyFlow(pair: Pair): Module['judge'] {
  return async (trial) => {
    const { one, other } = pair(trial)
    const first = await signIn(trial, one, { browser: browserOf(trial) })
    demand(first.asked > 0, 'nobody was asked who she is')
    const token = first.tokens.access_token
    const url = endpoint(trial, 'userinfo_endpoint')
    const inQuery = await trial.judged.connect()(`${url}?access_token=${encodeURIComponent(token)}`)
    demand([400, 401].includes(inQuery.status), 'a token in the address is taken')
    for (const accept of ['application/json; charset=utf-8', 'application/json, */*'])
      checkUserinfo(await userinfo(trial, one, token, { headers: { accept } }), first.idToken)
    // The second client names the key of its proofs in its request, and has an address with a query.
    const [, withQuery = other.redirectUris[0]] = other.redirectUris
    const key = other.dpopKey
    demand(key !== undefined, 'the second client has no key')
    const params = { redirect_uri: withQuery, dpop_jkt: await thumbprintOf(key), nonce: random(32) }
    const second = await signIn(trial, other, { params })
    demand(second.tokens.access_token !== token, 'two clients have one token')
  }
}

// OpenID Connect Core, section 5.1: what the metadata say of it is asked for, in the ID token and at userinfo, with what nobody knows.
function identityClaims(pair: Pair): Module['judge'] {
  return async (trial) => {
    if (trial.metadata['claims_parameter_supported'] !== true)
      skip('discovery does not have claims_parameter_supported')
    const known = ['given_name', 'family_name', 'birthdate', 'email', 'email_verified']
    const offered = listIn(trial, 'claims_supported').filter((name) => known.includes(name))
    const asked = Object.fromEntries(offered.map((name) => [name, null]))
    const userinfoClaims = { ...asked, [random(6)]: { essential: true }, [random(6)]: null }
    const claims = JSON.stringify({ userinfo: userinfoClaims, id_token: userinfoClaims })
    const { one } = pair(trial)
    const flow = await signIn(trial, one, { params: { claims }, browser: browserOf(trial) })
    const told = await userinfo(trial, one, flow.tokens.access_token)
    const all: Record<string, unknown> = { ...flow.idToken, ...checkUserinfo(told, flow.idToken) }
    const absent = offered.filter((name) => all[name] === undefined)
    if (absent.length > 0) trial.warn(`neither the ID token nor userinfo has ${absent.join(', ')}`)
  }
}

function named(name: string): string {
  return `fapi2-security-profile-final-${name}`
}
