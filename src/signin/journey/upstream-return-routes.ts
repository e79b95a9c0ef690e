import { languagePrefixes } from '../../base/values/languages.ts'
import type { Context } from 'koa'
import { transact } from '../../base/database/database.ts'
import { publicHalf } from '../../base/keys/key-pairs.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { readParameters } from '../../base/web/forms.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import { routes } from '../../base/web/router.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { endSessionsByLogoutToken, authorizationRequestIn } from '../upstream/index.ts'
import { visitAddress } from './address.ts'
import type { UpstreamWay } from './upstream-way.ts'

type Parts = {
  readonly upstream: UpstreamWay
  readonly sessions: Sessions
  readonly vault: Vault
  readonly tries: Tries
}

const logoutBytes = 16 * 1024

/** `/retour/…`: where providers send people back, where they say who is signed out, and what they need to know of this broker. */
export function upstreamReturnRoutes(
  foundation: Foundation,
  parts: Parts,
): readonly ServedRoutes[] {
  const { config, keys } = foundation
  return [
    routes('people')
      .get('/retour/:provider', (ctx) => {
        const query = new URLSearchParams(ctx.querystring)
        const going = authorizationRequestIn(query)
        if (going === undefined) throw new Refusal('upstream.unasked', 403)
        const base = languagePrefixes[going.language]
        const { provider } = ctx.params
        // From « Mon accès », or from a visit.
        const from = /^acces-[\da-f]{32}$/.test(going.errand)
          ? `/acces/comptes/${provider}`
          : visitAddress({ id: going.errand }, 'fournisseurs', provider)
        ctx.redirect(`${base}${from}/retour?${query.toString()}`)
        ctx.status = 303
      })
      .served('sign-in'),
    routes('programs')
      .get('/retour/:provider/jwks', (ctx) => {
        ctx.body = { keys: keys.upstream.map(publicHalf) }
      })
      .get('/retour/:provider/client', (ctx) => {
        ctx.body = clientMetadata(config.issuer, config.brand, ctx.params.provider)
      })
      .post('/retour/:provider/logout', async (ctx) => {
        const tried = { kind: 'upstream-logout', peer: peerOf(ctx) } as const
        // What is believed is given back; what is not has been answered all the same.
        const { value: isBelieved, taken } = await parts.tries.judgeUnsaid(tried, () =>
          endSessions(ctx, foundation, parts),
        )
        if (isBelieved) await parts.tries.giveBack(taken)
      })
      .served('sign-in'),
  ]
}

/** What whoever registers this broker at a provider needs (OpenID Connect Dynamic Client Registration 1.0, section 2). */
function clientMetadata(issuer: string, brand: string, provider: string) {
  const here = `${issuer}/retour/${provider}`
  return {
    client_name: brand,
    client_uri: issuer,
    redirect_uris: [here],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks_uri: `${here}/jwks`,
    require_auth_time: true,
    backchannel_logout_uri: `${here}/logout`,
    backchannel_logout_session_required: true,
  }
}

/**
 * OpenID Connect Back-Channel Logout 1.0, sections 2.7 and 2.8: 200 also where nobody had a session, 400 for whatever is not believed.
 * @returns whether it was believed
 */
async function endSessions(
  ctx: At<'provider'>,
  foundation: Foundation,
  { upstream, sessions, vault }: Parts,
): Promise<boolean> {
  const { db, clock } = foundation
  ctx.set('Cache-Control', 'no-store')
  try {
    await upstream.providers() // reads the register of now
    // A suspended one opens nothing, and its sessions are back when it is: who signed out there meanwhile is not.
    const provider = upstream.known().get(ctx.params.provider)
    if (provider === undefined) throw new Refusal('upstream.unknown', 400)
    const said = await upstream.client.loggedOut(provider, await logoutTokenIn(ctx))
    const at = { seals: vault.seals, sessions, origin: originOf(ctx), now: clock() }
    if (!(await transact(db, (tx) => endSessionsByLogoutToken(tx, provider, said, at))))
      return refuse(ctx, 'this logout token was used before')
    ctx.status = 200
    ctx.body = ''
    return true
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return refuse(ctx, descriptions[error.code] ?? usual)
  }
}

function refuse(ctx: Context, why: string): false {
  ctx.status = 400
  ctx.body = { error: 'invalid_request', error_description: why }
  return false
}

const usual = 'the logout token is not one that this broker believes'
const descriptions: Readonly<Record<string, string>> = {
  'upstream.unknown': 'no provider has this name',
  'upstream.away': 'the keys of the provider could not be read: try again later',
}

async function logoutTokenIn(ctx: Context): Promise<string> {
  const [token, ...others] = (await readParameters(ctx, logoutBytes)).getAll('logout_token')
  if (token === undefined || others.length > 0) throw new Refusal('form.invalid')
  return token
}
