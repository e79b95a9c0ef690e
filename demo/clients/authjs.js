import { ExpressAuth, getSession } from '@auth/express'
import express from 'express'
import { makeStore, signingKey } from './common.js'
import { makeLogoutTokens } from './logout-token.js'

// Auth.js for Express. In the register: `profile: baseline`, `assertion_audience: both`. Its pages are under /auth; parameters of
// /auth/signin/accord ask for a fresh proof. It knows neither sign-out of OpenID Connect, so that both are here.

export async function sample(settings) {
  const { issuer, clientId, address } = settings
  // The ID token of each session, by the provider's `sid`. A session that is not here has ended.
  const live = makeStore()
  const config = await configOf(settings, live)
  const readLogoutToken = makeLogoutTokens(settings)
  const app = express()
  app.use('/auth', ExpressAuth(config))
  app.get('/', async (req, res) => {
    const session = await getSession(req, config)
    if (session === null) res.send('<a href="/auth/signin">Sign in</a>')
    else res.json(session.user)
  })
  app.get('/sign-out', async (req, res) => {
    const { sid } = (await getSession(req, config)) ?? {}
    const to = new URL(`${issuer}/session/end`)
    to.searchParams.set('client_id', clientId)
    to.searchParams.set('post_logout_redirect_uri', `${address}/`)
    const hint = live.find(sid)
    if (hint !== undefined) to.searchParams.set('id_token_hint', hint)
    live.remove(sid)
    res.redirect(303, to.href)
  })
  app.post('/backchannel-logout', express.urlencoded({ extended: false }), async (req, res) => {
    live.remove(await readLogoutToken(req.body.logout_token))
    res.status(200).end()
  })
  return app
}

async function configOf(settings, live) {
  const { issuer, clientId, key, secret } = settings
  return {
    secret,
    trustHost: true,
    providers: [
      {
        id: 'accord',
        name: 'Accord',
        type: 'oidc',
        issuer,
        clientId,
        client: {
          token_endpoint_auth_method: 'private_key_jwt',
          id_token_signed_response_alg: 'ES256',
        },
        token: { clientPrivateKey: { key: await signingKey(settings), kid: key.kid } },
        authorization: { params: { scope: 'openid' } },
        checks: ['pkce', 'state', 'nonce'],
        profile: ({ sub }) => ({ id: sub }),
      },
    ],
    callbacks: {
      jwt({ token, account, profile }) {
        // Without an account this is not the sign-in, but a later look.
        if (!account) return live.find(token.sid) === undefined ? null : token
        const { sub, sid, acr } = profile
        live.put(sid, account.id_token)
        return { sub, sid, acr }
      },
      session: ({ session, token: { sub, sid, acr } }) =>
        Object.assign(session, { sid, user: { sub, acr } }),
    },
  }
}
