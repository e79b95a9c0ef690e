import { createRemoteJWKSet, jwtVerify } from 'jose'

/**
 * Checks a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6), and gives the `sid` of the session that ended.
 * demo/applications/logout-token.ts also refuses a token that was used before.
 */
export function makeLogoutTokens({ issuer, clientId }, jwksUri = `${issuer}/jwks`) {
  const keys = createRemoteJWKSet(new URL(jwksUri))
  return async (token) => {
    const { payload } = await jwtVerify(String(token), keys, {
      issuer,
      audience: clientId,
      typ: 'logout+jwt',
      algorithms: ['ES256'],
      maxTokenAge: 120,
    })
    return payload.sid
  }
}
