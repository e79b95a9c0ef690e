import type { Client } from './clients.ts'
import { makeKeyPair } from './clients.ts'
import { checkError, checkIdToken, checkTokens, checkUserinfo } from './conditions.ts'
import type { Answered, Module, Params, Plan, Trial } from './judging.ts'
import { demand, equal, skip } from './judging.ts'
import { passing } from './oidcc-basic.ts'
import { listIn } from './oidcc-config.ts'
import type { Call } from './party.ts'
import { browserOf, callAs, endpoint, signIn, userinfo } from './party.ts'
import { random } from './tokens.ts'

// Client-Initiated Backchannel Authentication, by polling. The suite has a plan for FAPI-CIBA alone, whose requests are signed as a whole; here they are
// not, and its modules about that are skipped. The others are judged by what Core 1.0 says.

const grant = 'urn:openid:params:grant-type:ciba'
const clientErrors = ['invalid_client', 'invalid_request', 'access_denied']
const waiting = ['authorization_pending', 'slow_down']

const signedRequests = [
  'missing-aud',
  'bad-aud',
  'missing-iss',
  'bad-iss',
  'missing-exp',
  'expired-exp',
  'exp-is-70-minutes-in-future',
  'missing-iat',
  'missing-nbf',
  'nbf-is-10-minutes-in-future',
  'nbf-is-70-minutes-in-past',
  'missing-jti',
  'signature-algorithm-is-none',
  'signature-algorithm-is-bad',
  'signature-algorithm-is-RS256',
  'signed-by-other-client',
]
  .map((fault) => `ensure-request-object-${fault}-fails`)
  .concat(
    'ensure-different-client-id-and-issuer-in-backchannel-authorization-request',
    'ensure-unsigned-backchannel-authorization-request-fails',
  )

export const cibaPlan: Plan = {
  name: 'fapi-ciba-id1-test-plan',
  variant: {
    client_auth_type: 'private_key_jwt',
    ciba_mode: 'poll',
    sender_constrain: 'dpop',
    request: 'unsigned',
  },
  modules: [
    { name: 'fapi-ciba-id1-discovery-end-point-verification', judge: checkMetadata },
    {
      name: 'fapi-ciba-id1',
      async judge(trial) {
        for (const client of [trial.judged.clients.ciba, trial.judged.clients.cibaOther]) {
          const asked = await askFor(trial, client)
          checkError(trial, await poll(trial, client, asked.id), [400], waiting)
          await asked.answer('approve')
          await checkSignedIn(trial, asked)
        }
      },
    },
    {
      name: 'fapi-ciba-id1-user-rejects-authentication',
      async judge(trial) {
        const asked = await askFor(trial)
        await asked.answer('decline')
        const answered = await poll(trial, asked.client, asked.id)
        checkError(trial, answered, [400], ['access_denied'])
      },
    },
    {
      name: 'fapi-ciba-id1-multiple-call-to-token-endpoint',
      async judge(trial) {
        const asked = await askFor(trial)
        for (let call = 0; call < 3; call++)
          checkError(trial, await poll(trial, asked.client, asked.id), [400], waiting)
      },
    },
    {
      name: 'fapi-ciba-id1-auth-req-id-expired',
      isLong: true,
      async judge(trial) {
        const asked = await askFor(trial, undefined, { requested_expiry: '10' })
        await passing(asked.expiresIn + 2)
        const answered = await poll(trial, asked.client, asked.id)
        checkError(trial, answered, [400], ['expired_token'])
      },
    },
    {
      name: 'fapi-ciba-id1-ensure-authorization-request-with-binding-message-succeeds',
      async judge(trial) {
        const answered = await withMessage(trial, '1234')
        if (answered.status === 200) return
        checkError(trial, answered, [400], ['invalid_binding_message'])
        trial.warn(
          'a message of the client is refused, as Core 1.0 allows: the words that both see are the provider’s; the suite sends one, and fails',
        )
      },
    },
    {
      name: 'fapi-ciba-id1-ensure-other-scope-order-succeeds',
      judge: () => skip('such a sign-in has the scope openid alone, in which there is no order'),
    },
    {
      name: 'fapi-ciba-id1-ensure-requested-expiry-as-string-succeeds',
      isLong: true,
      async judge(trial) {
        const asked = await askFor(trial, undefined, { requested_expiry: '300' })
        equal(asked.expiresIn, 300, 'expires_in')
        await asked.answer('approve')
        await checkSignedIn(trial, asked)
      },
    },
    {
      name: 'fapi-ciba-id1-ensure-authorization-request-with-potentially-bad-binding-message',
      async judge(trial) {
        const answered = await withMessage(trial, '🙂 1234 \u{1F600} '.repeat(20))
        if (answered.status !== 200)
          checkError(trial, answered, [400], ['invalid_binding_message', 'invalid_request'])
      },
    },
    ...signedRequests.map((name) => ({ name: `fapi-ciba-id1-${name}`, judge: withoutObjects })),
    {
      name: 'fapi-ciba-id1-ensure-authorization-request-with-multiple-hints-fails',
      async judge(trial) {
        const { client, flow } = await known(trial)
        const hints = { login_hint: String(flow.idToken['sub']), id_token_hint: flow.rawIdToken }
        checkError(trial, await request(trial, client, hints), [400], ['invalid_request'])
      },
    },
    {
      name: 'fapi-ciba-id1-ensure-wrong-auth-req-id-in-token-endpoint-request',
      async judge(trial) {
        const asked = await askFor(trial)
        await asked.answer('approve')
        const answered = await poll(trial, trial.judged.clients.cibaOther, asked.id)
        checkError(trial, answered, [400], ['invalid_grant'])
      },
    },
    refusedAtToken('ensure-wrong-client-id-in-token-endpoint-request', ({ judged }) => ({
      form: { client_id: judged.clients.cibaOther.id },
    })),
    refusedAtRequest(
      'ensure-wrong-client-id-in-backchannel-authorization-request',
      ({ judged }) => ({
        form: { client_id: judged.clients.cibaOther.id },
      }),
    ),
    refusedAtToken('ensure-without-client-assertion-in-token-endpoint-request', anonymous),
    refusedAtRequest(
      'ensure-without-client-assertion-in-backchannel-authorization-request',
      anonymous,
    ),
    refusedAtRequest(
      'ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails',
      otherwiseSigned,
    ),
    refusedAtToken(
      'ensure-client-assertion-signature-algorithm-in-token-endpoint-request-is-RS256-fails',
      otherwiseSigned,
    ),
    {
      name: 'fapi-ciba-id1-ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds',
      isLong: true,
      async judge(trial) {
        const asked = await askFor(trial)
        await asked.answer('approve')
        await checkSignedIn(trial, asked)
      },
    },
    {
      name: 'fapi-ciba-id1-refresh-token',
      isLong: true,
      async judge(trial) {
        const asked = await askFor(trial)
        await asked.answer('approve')
        const tokens = await checkSignedIn(trial, asked)
        demand(tokens['refresh_token'] === undefined, 'a sign-in alone got a refresh token')
        skip('a sign-in gets no refresh token; it comes with the details of a sharing alone')
      },
    },
  ],
}

// OpenID Connect CIBA Core 1.0, section 4: without the list of algorithms no request is signed.
function withoutObjects({ metadata }: Trial): Promise<void> {
  const algs = metadata['backchannel_authentication_request_signing_alg_values_supported']
  if (algs === undefined) skip('no such request is signed: discovery has no algorithm for it')
  throw new Error('the judge has no signed requests for this endpoint')
}

function checkMetadata(trial: Trial): Promise<void> {
  demand(endpoint(trial, 'backchannel_authentication_endpoint').startsWith('https:'), 'no https')
  const modes = listIn(trial, 'backchannel_token_delivery_modes_supported')
  demand(modes.includes('poll'), 'nobody may poll')
  for (const mode of modes) demand(['poll', 'ping', 'push'].includes(mode), `the mode ${mode}`)
  demand(listIn(trial, 'grant_types_supported').includes(grant), 'the grant is missing')
  const takesCode = trial.metadata['backchannel_user_code_parameter_supported'] ?? false
  demand(typeof takesCode === 'boolean', 'backchannel_user_code_parameter_supported')
  return Promise.resolve()
}

type Asked = {
  readonly client: Client
  readonly id: string
  readonly expiresIn: number
  readonly sub: unknown
  answer(how: 'approve' | 'decline'): Promise<void>
}

/** Somebody who signed in at the client before, so that it knows her `sub`. */
async function known(trial: Trial, client = trial.judged.clients.ciba) {
  const person = await trial.judged.newPerson()
  const browser = browserOf({ ...trial, person: () => Promise.resolve(person) })
  return { client, browser, flow: await signIn(trial, client, { browser }) }
}

async function askFor(trial: Trial, client?: Client, params: Params = {}): Promise<Asked> {
  const { browser, flow, ...at } = await known(trial, client)
  const { sub } = flow.idToken
  const answered = await request(trial, at.client, { login_hint: String(sub), ...params })
  equal(answered.status, 200, 'the status of the request')
  const { auth_req_id: id, expires_in: expiresIn, interval = 5 } = answered.json ?? {}
  demand(typeof id === 'string' && /^[\w.-]{22,}$/.test(id), 'no auth_req_id')
  demand(Number.isInteger(expiresIn) && Number(expiresIn) > 0, 'expires_in is no positive number')
  demand(Number.isInteger(interval) && Number(interval) > 0, 'interval is no positive number')
  const answer = async (how: 'approve' | 'decline') => {
    const arrival = await browser.visit(trial.judged.requestsAt, { does: how })
    demand(arrival.asked > 0, 'the person was shown no request')
  }
  return { client: at.client, id, expiresIn: Number(expiresIn), sub, answer }
}

function request(
  trial: Trial,
  client: Client,
  params: Params,
  call: Partial<Call> = {},
): Promise<Answered> {
  const url = endpoint(trial, 'backchannel_authentication_endpoint')
  return callAs(trial, client, { url, ...call, form: { scope: 'openid', ...params, ...call.form } })
}

function poll(
  trial: Trial,
  client: Client,
  id: string,
  call: Partial<Call> = {},
): Promise<Answered> {
  const form = { grant_type: grant, auth_req_id: id, ...call.form }
  return callAs(trial, client, { url: endpoint(trial, 'token_endpoint'), proof: {}, ...call, form })
}

async function checkSignedIn(trial: Trial, { client, id, sub }: Asked) {
  const tokens = checkTokens(trial, client, await poll(trial, client, id))
  const errand = { client, url: '', params: {}, verifier: undefined }
  const idToken = await checkIdToken(trial, errand, String(tokens['id_token']), tokens)
  equal(idToken['sub'], sub, 'sub of the ID token')
  checkUserinfo(await userinfo(trial, client, tokens.access_token), idToken)
  return tokens
}

async function withMessage(trial: Trial, message: string): Promise<Answered> {
  const { client, flow } = await known(trial)
  const hint = { login_hint: String(flow.idToken['sub']) }
  return request(trial, client, { ...hint, binding_message: message })
}

type Changed = (trial: Trial) => Partial<Call> | Promise<Partial<Call>>

function anonymous({ judged }: Trial): Partial<Call> {
  return { isAnonymous: true, form: { client_id: judged.clients.ciba.id } }
}

async function otherwiseSigned(): Promise<Partial<Call>> {
  return { assertion: { key: await makeKeyPair('RS256'), header: { kid: undefined } } }
}

function refusedAtRequest(name: string, change: Changed): Module {
  return {
    name: `fapi-ciba-id1-${name}`,
    async judge(trial) {
      const { ciba } = trial.judged.clients
      const answered = await request(trial, ciba, { login_hint: random() }, await change(trial))
      checkError(trial, answered, [400, 401, 403], clientErrors)
    },
  }
}

// The authentication of clients is the same for every grant, and is judged in the plans of FAPI.
function refusedAtToken(name: string, change: Changed): Module {
  return {
    name: `fapi-ciba-id1-${name}`,
    isLong: true,
    async judge(trial) {
      const asked = await askFor(trial)
      await asked.answer('approve')
      const answered = await poll(trial, asked.client, asked.id, await change(trial))
      checkError(trial, answered, [400, 401], clientErrors)
      // It is still good for the one who asked.
      await checkSignedIn(trial, asked)
    },
  }
}
