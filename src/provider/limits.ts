import type { Context, Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Foundation } from '../base/web/foundation.ts'
import { peerOf } from '../base/web/network.ts'
import type { CountedBy, Quota } from '../base/web/rate-limit.ts'
import { makeQuota } from '../base/web/rate-limit.ts'
import { refuseHalf, requireReadable } from './parameters.ts'
import { currentUnit } from './unit.ts'

const minute = 60

export type Quotas = { readonly pushed: Quota; readonly visits: Quota }

/** How many requests a service may push, and how many visits one network may begin: each is a row of ours. */
export function makeQuotas({ db, clock, config }: Foundation): Quotas {
  const quota = (name: string, points: number) =>
    makeQuota(db, clock, { name, points, seconds: minute })
  return {
    pushed: quota('pushed', config.pushedPerMinute),
    visits: quota('visits', config.visitsPerMinute),
  }
}

/** Around the library, inside the unit: what is refused here leaves no trace. */
export function limited({ pushed, visits }: Quotas, oidc: Middleware): Middleware {
  return async (ctx, next) => {
    requireReadable(ctx)
    // Once a request, however often it is looked at.
    const isFirst = currentUnit().before === undefined
    if (isFirst && ctx.path === '/auth') visits.spend({ network: peerOf(ctx) })
    await oidc(ctx, next)
    if (isFirst && ctx.path === '/request' && ctx.method === 'POST') pushed.spend(callerOf(ctx))
    refuseHalf(ctx, currentUnit())
  }
}

// Nobody uses up the requests of a service but whoever has its key: without one, of this network only.
function callerOf(ctx: Context): CountedBy {
  const { client } = (ctx as unknown as KoaContextWithOIDC).oidc // after the provider it is one
  const isProven = ctx.status !== 401 && client?.clientAuthMethod === 'private_key_jwt'
  return isProven ? { key: client.clientId } : { network: peerOf(ctx) }
}
