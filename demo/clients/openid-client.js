import express from 'express'
import * as oidc from 'openid-client'
import { cookieOf, freshProof, makeStore, signingKey } from './common.js'
import { makeLogoutTokens } from './logout-token.js'

// Express and openid-client 6. In the register: `profile: baseline`.

export async function sample(settings) {
  const { issuer, clientId, address, key } = settings
  const provider = await oidc.discovery(
    new URL(issuer),
    clientId,
    { id_token_signed_response_alg: 'ES256' },
    oidc.PrivateKeyJwt({ key: await signingKey(settings), kid: key.kid }),
    // http is for the demonstration on localhost alone.
    issuer.startsWith('https:') ? {} : { execute: [oidc.allowInsecureRequests] },
  )
  const readLogoutToken = makeLogoutTokens(settings, provider.serverMetadata().jwks_uri)
  const sessions = makeStore()
  const { begin, finish } = makeSignIn(provider, address, sessions)

  const app = express()
  app.get('/', (req, res) => {
    const session = sessions.find(cookieOf(req, 'session'))
    if (session === undefined) res.send('<a href="/sign-in">Sign in</a>')
    else res.json({ sub: session.claims.sub, acr: session.claims.acr })
  })
  app.get('/sign-in', (_req, res) => begin(res, {}))
  app.get('/fresh', (_req, res) => begin(res, freshProof))
  app.get('/callback', finish)
  app.get('/sign-out', (req, res) => {
    const id = cookieOf(req, 'session')
    const hint = sessions.find(id)?.idToken
    sessions.remove(id)
    const to = oidc.buildEndSessionUrl(provider, {
      post_logout_redirect_uri: `${address}/`,
      ...(hint === undefined ? {} : { id_token_hint: hint }),
    })
    res.clearCookie('session').redirect(303, to.href)
  })
  app.post('/backchannel-logout', express.urlencoded({ extended: false }), async (req, res) => {
    const sid = await readLogoutToken(req.body.logout_token)
    for (const id of sessions.keys()) if (sessions.find(id)?.claims.sid === sid) sessions.remove(id)
    res.status(200).end()
  })
  app.use((error, _req, res, next) => {
    if (!(error instanceof oidc.AuthorizationResponseError)) return next(error)
    return res.status(403).send(`Nothing happened (${error.error}). <a href="/">Go on</a>`)
  })
  return app
}

function makeSignIn(provider, address, sessions) {
  const attempts = makeStore()
  // Lax and not Strict: the way back from the provider is a navigation from another site.
  const cookie = { httpOnly: true, sameSite: 'lax', secure: address.startsWith('https:') }

  async function begin(res, more) {
    const attempt = {
      verifier: oidc.randomPKCECodeVerifier(),
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
    }
    attempts.put(attempt.state, attempt)
    const to = oidc.buildAuthorizationUrl(provider, {
      redirect_uri: `${address}/callback`,
      scope: 'openid',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      ...more,
    })
    res.cookie('attempt', attempt.state, cookie).redirect(303, to.href)
  }

  async function finish(req, res) {
    const state = cookieOf(req, 'attempt')
    const attempt = attempts.find(state)
    attempts.remove(state)
    if (attempt === undefined) return res.status(400).send('Begin again.')
    const tokens = await oidc.authorizationCodeGrant(provider, new URL(req.originalUrl, address), {
      pkceCodeVerifier: attempt.verifier,
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
      idTokenExpected: true,
    })
    // A new number at every sign-in: one that somebody planted is worth nothing.
    const id = oidc.randomState()
    sessions.put(id, { claims: tokens.claims(), idToken: tokens.id_token })
    return res.cookie('session', id, cookie).redirect(303, '/')
  }

  return { begin, finish }
}
