import type { Agent } from './agent.ts'
import type { Client } from './clients.ts'
import { checkError, checkUserinfo } from './conditions.ts'
import type { Module, Plan, Trial } from './judging.ts'
import { demand, equal, longBut, skip } from './judging.ts'
import type { Asking, Flow, Redeeming } from './party.ts'
import {
  addressOf,
  ask,
  browserOf,
  checkRefused,
  codeIn,
  endpoint,
  leftFor,
  paramsOf,
  redeem,
  redeemed,
  signIn,
  userinfo,
} from './party.ts'
import { seconds } from './tokens.ts'

// OpenID Connect Core, the basic profile: a client with a secret and without PKCE, the code flow. Plans and modules have the names of the
// OpenID Foundation's suite.

type Mode = 'default' | 'form_post'

/** @param mode how answers come: the plan of `form_post` has the same modules */
export function basicPlan(name: string, mode: Mode): Plan {
  const authentication = { client_auth_type: 'client_secret_basic' }
  const variant = { ...authentication, response_type: 'code', response_mode: mode }
  const modules = modulesIn(mode)
  return { name, variant, modules: mode === 'default' ? modules : longBut(ofForms, modules) }
}

// Where the answer itself is looked at.
const ofForms = ['oidcc-server', 'oidcc-response-type-missing', 'oidcc-prompt-none-not-logged-in']

function modulesIn(mode: Mode): Module[] {
  const by = (client: Client): Client =>
    mode === 'default' ? client : { ...client, responseMode: mode }
  const basic = ({ judged }: Trial) => by(judged.clients.basic)
  const happy = (trial: Trial, asking: Asking & { readonly browser?: Agent } = {}) =>
    signIn(trial, basic(trial), asking)
  return [
    {
      name: 'oidcc-server',
      async judge(trial) {
        const { asked } = await happy(trial, { browser: browserOf(trial) })
        demand(asked > 0, 'nobody was asked who she is')
      },
    },
    {
      name: 'oidcc-response-type-missing',
      async judge(trial) {
        const errand = await ask(trial, basic(trial), { params: { response_type: undefined } })
        const errors = ['invalid_request', 'unsupported_response_type']
        await checkRefused(trial, errand, await browserOf(trial).visit(errand.url), errors)
      },
    },
    {
      name: 'oidcc-idtoken-signature',
      async judge(trial) {
        equal(basic(trial).idTokenAlg, 'RS256', 'the algorithm of this client')
        await happy(trial)
      },
    },
    {
      name: 'oidcc-idtoken-unsigned',
      async judge({ metadata }) {
        const algs = metadata['id_token_signing_alg_values_supported']
        demand(Array.isArray(algs), 'id_token_signing_alg_values_supported is no list')
        if (!algs.includes('none')) skip('no ID token is unsigned: discovery does not have none')
        demand(false, 'discovery offers ID tokens without a signature')
      },
    },
    { name: 'oidcc-userinfo-get', judge: (trial) => readUserinfo(trial, basic(trial), {}) },
    {
      name: 'oidcc-userinfo-post-header',
      judge: (trial) => readUserinfo(trial, basic(trial), { method: 'POST' }),
    },
    {
      name: 'oidcc-userinfo-post-body',
      async judge(trial) {
        const { tokens, idToken } = await happy(trial)
        const reading = { method: 'POST', inBody: true } as const
        const answered = await userinfo(trial, basic(trial), tokens.access_token, reading)
        if (answered.status === 200) checkUserinfo(answered, idToken)
        else trial.warn(`an access token in the body is answered with ${answered.status}`)
      },
    },
    { name: 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow', judge: withoutNonce },
    ...['profile', 'email', 'address', 'phone'].map((scope) => scopeModule(scope, [scope], happy)),
    scopeModule('all', ['address', 'email', 'phone', 'profile'], happy),
    {
      name: 'oidcc-alternate-happy-flow',
      async judge(trial) {
        const { params, verifier } = paramsOf(basic(trial))
        const backwards = Object.fromEntries(Object.entries(params).toReversed())
        const url = addressOf(trial, backwards)
        await finish(trial, { client: basic(trial), url, params, verifier })
      },
    },
    happyWith('oidcc-display-page', { display: 'page' }),
    happyWith('oidcc-display-popup', { display: 'popup' }),
    {
      name: 'oidcc-prompt-login',
      judge: (trial) => askedAgain(trial, basic(trial), { prompt: 'login' }),
    },
    {
      name: 'oidcc-prompt-none-not-logged-in',
      async judge(trial) {
        const errand = await ask(trial, basic(trial), { params: { prompt: 'none' } })
        const arrival = await browserOf(trial).visit(errand.url, { does: 'look' })
        const silent = ['login_required', 'interaction_required', 'account_selection_required']
        demand(arrival.is === 'left', 'prompt=none shows a page')
        await checkRefused(trial, errand, arrival, silent)
      },
    },
    {
      name: 'oidcc-prompt-none-logged-in',
      judge: (trial) => silent(trial, basic(trial), () => ({ prompt: 'none' })),
    },
    {
      name: 'oidcc-max-age-1',
      isLong: true,
      judge: (trial) => askedAgain(trial, basic(trial), { max_age: '1' }, 2),
    },
    {
      name: 'oidcc-max-age-10000',
      judge: (trial) =>
        silent(trial, basic(trial), () => ({ max_age: '10000' }), { max_age: '15000' }),
    },
    {
      name: 'oidcc-ensure-request-with-unknown-parameter-succeeds',
      async judge(trial) {
        await happy(trial, { params: { extra: 'foobar' } })
      },
    },
    {
      name: 'oidcc-id-token-hint',
      judge: (trial) =>
        silent(trial, basic(trial), ({ rawIdToken }) => ({
          prompt: 'none',
          id_token_hint: rawIdToken,
        })),
    },
    happyWith('oidcc-login-hint', { login_hint: 'somebody@example.org' }),
    happyWith('oidcc-ui-locales', { ui_locales: 'se' }),
    {
      name: 'oidcc-claims-locales',
      async judge(trial) {
        await happy(trial, { params: { claims_locales: 'se' } })
      },
    },
    {
      name: 'oidcc-ensure-request-with-acr-values-succeeds',
      async judge(trial) {
        const offered = (trial.metadata['acr_values_supported'] ?? []) as readonly string[]
        const { idToken } = await happy(trial, { params: { acr_values: offered.join(' ') } })
        const isOne = offered.includes(String(idToken['acr']))
        if (!isOne) trial.warn('acr is none of acr_values_supported')
      },
    },
    { name: 'oidcc-codereuse', judge: (trial) => reuse(trial, basic(trial), 0) },
    {
      name: 'oidcc-codereuse-30seconds',
      isLong: true,
      judge: (trial) => reuse(trial, basic(trial), 30),
    },
    {
      name: 'oidcc-ensure-registered-redirect-uri',
      async judge(trial) {
        const [registered] = basic(trial).redirectUris
        const params = { redirect_uri: `${registered}/${seconds()}` }
        const errand = await ask(trial, basic(trial), { params })
        const arrival = await (await trial.signedIn()).visit(errand.url)
        demand(arrival.is === 'stayed', 'an address that is not registered got an answer')
        await checkRefused(trial, errand, arrival, [])
      },
    },
    {
      name: 'oidcc-ensure-post-request-succeeds',
      async judge(trial) {
        const { params, verifier } = paramsOf(basic(trial))
        const url = endpoint(trial, 'authorization_endpoint')
        const errand = { client: basic(trial), url, params, verifier }
        const form = new URLSearchParams(params)
        const arrival = await browserOf(trial).visit(url, { form })
        await redeemed(trial, errand, await codeIn(trial, errand, leftFor(errand, arrival)))
      },
    },
    {
      name: 'oidcc-server-client-secret-post',
      async judge(trial) {
        await signIn(trial, by(trial.judged.clients.post))
      },
    },
    ...unsignedObjects.map((name) => ({ name, judge: withoutUnsignedObjects })),
    {
      name: 'oidcc-claims-essential',
      async judge(trial) {
        const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
        const { tokens, idToken } = await happy(trial, { params: { claims } })
        const seen = await userinfo(trial, basic(trial), tokens.access_token)
        const { name } = checkUserinfo(seen, idToken)
        if (name === undefined) trial.warn('userinfo has no name: the provider knows none')
      },
    },
    {
      name: 'oidcc-ensure-request-object-with-redirect-uri',
      judge: withoutUnsignedObjects,
    },
    {
      name: 'oidcc-refresh-token',
      async judge(trial) {
        const { tokens } = await happy(trial)
        demand(tokens['refresh_token'] === undefined, 'a sign-in alone got a refresh token')
        skip('a sign-in gets no refresh token; it comes with the details of a sharing alone')
      },
    },
    {
      name: 'oidcc-ensure-request-with-valid-pkce-succeeds',
      async judge(trial) {
        await signIn(trial, { ...basic(trial), usesPkce: true })
      },
    },
  ]

  function happyWith(name: string, params: Asking['params'] & object): Module {
    return {
      name,
      async judge(trial) {
        await happy(trial, { params, browser: browserOf(trial) })
      },
    }
  }

  async function withoutNonce(trial: Trial): Promise<void> {
    const none = { nonce: undefined }
    // RFC 9700, section 2.1.1, demands PKCE or a nonce: a client with PKCE needs none.
    const { idToken } = await signIn(trial, by(trial.judged.clients.pkce), { params: none })
    equal(idToken['nonce'], undefined, 'nonce')
    const errand = await ask(trial, basic(trial), { params: none })
    const arrival = await (await trial.signedIn()).visit(errand.url)
    if (arrival.is === 'left' && !arrival.params.has('error')) return
    await checkRefused(trial, errand, arrival, ['invalid_request'])
    trial.warn(
      'a client that sends PKCE needs no nonce; one that sends neither is refused (RFC 9700, section 2.1.1), and the suite sends neither',
    )
  }
}

const unsignedObjects = [
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
]

async function withoutUnsignedObjects({ metadata }: Trial): Promise<void> {
  const algs = metadata['request_object_signing_alg_values_supported']
  demand(Array.isArray(algs), 'request_object_signing_alg_values_supported is no list')
  if (!algs.includes('none')) skip('no request object is unsigned: discovery does not have none')
  demand(false, 'discovery offers request objects without a signature')
}

type Happy = (trial: Trial, asking?: Asking & { readonly browser?: Agent }) => Promise<Flow>

// OpenID Connect Core, section 5.4.
const claimsOfScopes: Readonly<Record<string, readonly string[]>> = {
  profile: ['given_name', 'family_name', 'birthdate'],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
}

function scopeModule(name: string, scopes: readonly string[], happy: Happy): Module {
  return {
    name: `oidcc-scope-${name}`,
    async judge(trial) {
      const offered = (trial.metadata['scopes_supported'] ?? []) as readonly string[]
      const missing = scopes.filter((scope) => !offered.includes(scope))
      if (missing.length > 0) skip(`discovery does not have the scope ${missing.join(', ')}`)
      const scope = ['openid', ...scopes].join(' ')
      // She is asked, so that the browser is one of its own.
      const browser = browserOf(trial)
      const { errand, tokens, idToken } = await happy(trial, { params: { scope }, browser })
      const seen = await userinfo(trial, errand.client, tokens.access_token)
      const claims = checkUserinfo(seen, idToken)
      const expected = scopes.flatMap((one) => claimsOfScopes[one] ?? [])
      const inToken = expected.filter((claim) => idToken[claim] !== undefined)
      if (inToken.length > 0) trial.warn(`the ID token has ${inToken.join(', ')}`)
      const absent = expected.filter((claim) => claims[claim] === undefined)
      if (absent.length > 0) trial.warn(`userinfo has no ${absent.join(', ')}`)
    },
  }
}

async function readUserinfo(
  trial: Trial,
  client: Client,
  reading: Parameters<typeof userinfo>[3],
): Promise<void> {
  const { tokens, idToken } = await signIn(trial, client)
  checkUserinfo(await userinfo(trial, client, tokens.access_token, reading), idToken)
}

async function finish(trial: Trial, errand: Flow['errand']): Promise<void> {
  const left = leftFor(errand, await (await trial.signedIn()).visit(errand.url))
  await redeemed(trial, errand, await codeIn(trial, errand, left))
}

/** The second request must ask who she is, though she is signed in; the time of her sign-in is told. */
async function askedAgain(
  trial: Trial,
  client: Client,
  params: Record<string, string>,
  afterSeconds = 0,
): Promise<void> {
  const browser = browserOf(trial)
  const first = await signIn(trial, client, { browser, params: { max_age: '15000' } })
  await passing(afterSeconds)
  const second = await signIn(trial, client, { browser, params })
  demand(second.asked > 0, 'nobody was asked who she is')
  equal(second.idToken['sub'], first.idToken['sub'], 'sub of the second ID token')
  const [before, after] = [first, second].map(({ idToken }) => idToken['auth_time'])
  if ('max_age' in params) demand(typeof after === 'number', 'the second ID token has no auth_time')
  if (typeof after === 'number') demand(Number(before) <= after, 'auth_time went back')
  if (afterSeconds > 0) demand(Number(before) < Number(after), 'auth_time is that of before')
}

/** The second request asks nothing, and is of the same person. */
async function silent(
  trial: Trial,
  client: Client,
  paramsAfter: (first: Flow) => Record<string, string>,
  paramsBefore: Record<string, string> = {},
): Promise<void> {
  const browser = browserOf(trial)
  const first = await signIn(trial, client, { browser, params: paramsBefore })
  const second = await signIn(trial, client, { browser, params: paramsAfter(first) })
  equal(second.asked, 0, 'the number of pages that asked something')
  equal(second.idToken['sub'], first.idToken['sub'], 'sub of the second ID token')
  const [before, after] = [first, second].map(({ idToken }) => idToken['auth_time'])
  if ('max_age' in paramsBefore) demand(typeof before === 'number', 'the ID token has no auth_time')
  if (before !== undefined && after !== undefined) equal(after, before, 'auth_time')
}

/** RFC 6749, section 4.1.2: a code counts once, and what was issued by it should go. */
export async function reuse(
  trial: Trial,
  client: Client,
  afterSeconds: number,
  how: Redeeming = {},
): Promise<void> {
  // In a session of its own: what goes then may be all tokens of it.
  const errand = await ask(trial, client)
  const left = leftFor(errand, await browserOf(trial).visit(errand.url))
  const code = await codeIn(trial, errand, left)
  const { tokens } = await redeemed(trial, errand, code)
  await passing(afterSeconds)
  checkError(trial, await redeem(trial, errand, code, how), [400], ['invalid_grant'])
  const seen = await userinfo(trial, client, tokens.access_token)
  if (seen.status === 200) trial.warn('the access token of a code that came twice still works')
  else demand(seen.status >= 400 && seen.status < 500, `userinfo answers ${seen.status}`)
}

/** Time passes, where a module is about that. */
export function passing(length: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, length * 1000))
}
