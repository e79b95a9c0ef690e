import * as jose from 'jose'
import type { Agent, Arrival } from './agent.ts'
import type { Client } from './clients.ts'
import { makeKeyPair } from './clients.ts'
import { verified } from './conditions.ts'
import type { Module, Params, Plan, Trial } from './judging.ts'
import { demand, equal } from './judging.ts'
import type { Flow } from './party.ts'
import { ask, browserOf, checkRefused, endpoint, signIn } from './party.ts'
import { random, seconds } from './tokens.ts'

// RP-Initiated Logout 1.0 and Back-Channel Logout 1.0, by the client of the basic profile.

const variant = { client_registration: 'static_client', response_type: 'code' }

export const logoutPlan: Plan = {
  name: 'oidcc-rp-initiated-logout-certification-test-plan',
  variant,
  modules: [
    {
      name: 'oidcc-rp-initiated-logout-discovery-endpoint-verification',
      judge(trial) {
        demand(
          endpoint(trial, 'end_session_endpoint').startsWith('https:'),
          'it is no https address',
        )
        return Promise.resolve()
      },
    },
    leading('oidcc-rp-initiated-logout', ({ usual }) => usual),
    staying('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', ({ usual }) => ({
      ...usual,
      post_logout_redirect_uri: `https://basic.test/${random()}`,
    })),
    staying('oidcc-rp-initiated-logout-modified-id-token-hint', ({ usual, flow }) => {
      const [, body = ''] = flow.rawIdToken.split('.')
      const head = Buffer.from('{"alg":"none"}').toString('base64url')
      return { ...usual, id_token_hint: `${head}.${body}.` }
    }),
    staying('oidcc-rp-initiated-logout-no-id-token-hint', ({ usual }) => ({
      ...usual,
      id_token_hint: undefined,
    })),
    ending('oidcc-rp-initiated-logout-no-params', () => ({})),
    ending('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', ({ usual }) => ({
      ...usual,
      post_logout_redirect_uri: undefined,
    })),
    leading('oidcc-rp-initiated-logout-no-state', ({ usual }) => ({ ...usual, state: undefined })),
    ending('oidcc-rp-initiated-logout-only-state', ({ usual }) => ({ state: usual['state'] })),
    staying('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri', ({ usual }) => ({
      ...usual,
      post_logout_redirect_uri: `${usual['post_logout_redirect_uri']}?foo=bar`,
    })),
    staying('oidcc-rp-initiated-logout-bad-id-token-hint', async ({ usual, flow }) => {
      const { privateKey } = await makeKeyPair('RS256')
      const header = { ...jose.decodeProtectedHeader(flow.rawIdToken), alg: 'RS256' }
      const jwt = new jose.SignJWT(jose.decodeJwt(flow.rawIdToken)).setProtectedHeader(header)
      return { ...usual, id_token_hint: await jwt.sign(privateKey) }
    }),
  ],
}

const backchannelFlags = ['backchannel_logout_supported', 'backchannel_logout_session_supported']

export const backchannelPlan: Plan = {
  name: 'oidcc-backchannel-rp-initiated-logout-certification-test-plan',
  variant,
  modules: [
    {
      name: 'oidcc-backchannel-logout-discovery-endpoint-verification',
      judge(trial) {
        for (const flag of backchannelFlags) equal(trial.metadata[flag], true, flag)
        demand(
          endpoint(trial, 'end_session_endpoint').startsWith('https:'),
          'it is no https address',
        )
        return Promise.resolve()
      },
    },
    {
      name: 'oidcc-backchannel-rp-initiated-logout',
      async judge(trial) {
        const signedIn = await begin(trial)
        checkLed(signedIn, signedIn.usual, await leave(trial, signedIn, signedIn.usual, 'go on'))
        await checkLogoutToken(trial, signedIn)
        await checkOut(trial, signedIn)
      },
    },
  ],
}

type SignedIn = {
  readonly client: Client
  readonly browser: Agent
  readonly flow: Flow
  /** What a client sends that does everything right. */
  readonly usual: Params
}
type Sending = (signedIn: SignedIn) => Params | Promise<Params>

/** The person is led back to the client, and is signed out. */
function leading(name: string, sending: Sending): Module {
  return {
    name,
    async judge(trial) {
      const signedIn = await begin(trial)
      const sent = await sending(signedIn)
      checkLed(signedIn, sent, await leave(trial, signedIn, sent, 'go on'))
      await checkOut(trial, signedIn)
    },
  }
}

/** The person is signed out, and stays at the provider. */
function ending(name: string, sending: Sending): Module {
  return {
    name,
    async judge(trial) {
      const signedIn = await begin(trial)
      const arrival = await leave(trial, signedIn, await sending(signedIn), 'go on')
      demand(arrival.is === 'stayed', 'the browser is led away')
      equal(arrival.page.status, 200, 'the status of the last page')
      await checkOut(trial, signedIn)
    },
  }
}

/** Nobody is led to the address, whether she presses the button or only looks. */
function staying(name: string, sending: Sending): Module {
  return {
    name,
    async judge(trial) {
      const signedIn = await begin(trial)
      const sent = await sending(signedIn)
      for (const does of ['look', 'go on'] as const) {
        const arrival = await leave(trial, signedIn, sent, does)
        demand(arrival.is === 'stayed', `the browser is led away (${does})`)
      }
    },
  }
}

async function begin(trial: Trial): Promise<SignedIn> {
  const client = trial.judged.clients.basic
  const browser = browserOf(trial)
  const flow = await signIn(trial, client, { browser })
  const usual = {
    id_token_hint: flow.rawIdToken,
    post_logout_redirect_uri: client.postLogoutUri,
    state: random(),
  }
  return { client, browser, flow, usual }
}

function leave(
  trial: Trial,
  { browser }: SignedIn,
  params: Params,
  does: 'go on' | 'look',
): Promise<Arrival> {
  const sent = Object.entries(params).filter((pair): pair is [string, string] => !!pair[1])
  const url = `${endpoint(trial, 'end_session_endpoint')}?${new URLSearchParams(sent).toString()}`
  return browser.visit(url, { does })
}

function checkLed({ client }: SignedIn, sent: Params, arrival: Arrival): void {
  demand(arrival.is === 'left', 'the browser is not led back to the client')
  const { origin, pathname } = arrival.url
  equal(origin + pathname, client.postLogoutUri, 'the address after the sign-out')
  equal(arrival.params.get('state'), sent['state'] ?? null, 'state after the sign-out')
}

async function checkOut(trial: Trial, { client, browser }: SignedIn): Promise<void> {
  const errand = await ask(trial, client, { params: { prompt: 'none' } })
  const arrival = await browser.visit(errand.url, { does: 'look' })
  demand(arrival.is === 'left', 'prompt=none shows a page')
  await checkRefused(trial, errand, arrival, ['login_required', 'interaction_required'])
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** Back-Channel Logout 1.0, sections 2.4 and 2.6. */
async function checkLogoutToken(trial: Trial, { client, flow }: SignedIn): Promise<void> {
  const { sid, sub } = flow.idToken
  demand(typeof sid === 'string', 'the ID token has no sid')
  const isOfSession = (token: string) => jose.decodeJwt(token)['sid'] === sid
  const token = await trial.judged.logoutToken(client, isOfSession)
  demand(token !== undefined, 'no logout token came')
  const { payload, protectedHeader } = await verified(trial, client, token)
  equal(protectedHeader.alg, client.idTokenAlg, 'alg of the logout token')
  if (protectedHeader.typ !== 'logout+jwt') trial.warn('typ of the logout token is no logout+jwt')
  if (payload.sub !== undefined) equal(payload.sub, sub, 'sub of the logout token')
  demand(typeof payload.jti === 'string' && payload.jti !== '', 'the logout token has no jti')
  demand(Math.abs(Number(payload.iat) - seconds()) <= 60, 'iat of the logout token is not now')
  demand(typeof payload.exp === 'number', 'the logout token has no exp')
  demand(!('nonce' in payload), 'the logout token has a nonce')
  const { [logoutEvent]: event } = (payload['events'] ?? {}) as Record<string, unknown>
  demand(typeof event === 'object' && event !== null, 'the logout token has no event of a sign-out')
}
