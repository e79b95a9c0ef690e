import express from 'express'
import { auth } from 'express-openid-connect'
import { freshProof, makeStore } from './common.js'

// express-openid-connect 3. In the register: `profile: baseline`. The library adds /login, /callback, /logout and
// /backchannel-logout.

export function sample({ issuer, clientId, address, key, secret }) {
  const app = express()
  app.use(
    auth({
      issuerBaseURL: issuer,
      baseURL: address,
      clientID: clientId,
      secret,
      authRequired: false,
      clientAuthMethod: 'private_key_jwt',
      clientAssertionSigningKey: key,
      clientAssertionSigningAlg: 'ES256',
      idTokenSigningAlg: 'ES256',
      authorizationParams: { response_type: 'code', scope: 'openid' },
      idpLogout: true,
      backchannelLogout: { store: endedSessions() },
    }),
  )
  app.get('/', ({ oidc }, res) => {
    if (!oidc.isAuthenticated()) return res.send('<a href="/login">Sign in</a>')
    const { sub, acr } = oidc.idTokenClaims
    return res.json({ sub, acr })
  })
  app.get('/fresh', (_req, res) =>
    res.oidc.login({ returnTo: '/', authorizationParams: freshProof }),
  )
  return app
}

// What the provider has ended, as long as a cookie of ours may live.
function endedSessions() {
  const ended = makeStore()
  return {
    get: (id, done) => done(null, ended.find(id)),
    set(id, session, done) {
      ended.put(id, session)
      done?.()
    },
    destroy(id, done) {
      ended.remove(id)
      done?.()
    },
  }
}
