import type { Context } from 'koa'
import { secondsAfter } from '../../base/values/clock.ts'
import { jtiOf } from '../../base/web/dpop.ts'
import type { Needs } from '../clients/endpoints.ts'
import { visitResumedAt } from '../clients/endpoints.ts'
import type { Hints } from './unit.ts'

export type CookieNames = { readonly session: string }

const pushedPrefix = 'urn:ietf:params:oauth:request_uri:'
// As long as the library keeps proofs.
const proofKeptSeconds = 300

/** What a request tells about the rows it will need, before anything was read. */
export function hintsOf(ctx: Context, needs: Needs, names: CookieNames, now: Date): Hints {
  // The signatures are not checked here: these values only save a second read, and the library checks each before it uses the rows.
  const cookie = (name: string) =>
    [ctx.cookies.get(name, { signed: false })].filter((value) => value !== undefined)
  const query = (name: string) => [ctx.query[name]].filter((value) => typeof value === 'string')
  const pushed = query('request_uri').filter((uri) => uri.startsWith(pushedPrefix))
  const token = tokenOf(ctx, needs)
  const jti = needs.jti ?? (token && jtiOf(ctx.get('DPoP')))
  return {
    sessionIds: needs.session === true ? cookie(names.session) : [],
    artifacts: [
      ...(token === undefined ? [] : [token]),
      ...pushed.map((uri) => ({
        model: 'PushedAuthorizationRequest',
        id: uri.slice(pushedPrefix.length),
      })),
      ...[visitResumedAt(ctx.path)]
        .filter((id) => id !== undefined)
        .map((id) => ({ model: 'Interaction', id })),
    ],
    clients: query('client_id').filter((id) => /^[\w.-]{1,64}$/.test(id)),
    visits: needs.visit === undefined ? [] : [needs.visit],
    proof: jti === undefined ? undefined : { jti, until: secondsAfter(now, proofKeptSeconds) },
  }
}

function tokenOf(ctx: Context, { token: model }: Needs): Hints['artifacts'][number] | undefined {
  const [, id] = /^(?:DPoP|Bearer) ([\w-]{20,256})$/i.exec(ctx.get('Authorization')) ?? []
  return model === undefined || id === undefined ? undefined : { model, id }
}
