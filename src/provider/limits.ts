import type { Context, Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Foundation } from '../base/web/foundation.ts'
import { peerOf } from '../base/web/network.ts'
import type { CountedBy, Quota } from '../base/web/rate-limit.ts'
import { makeQuota } from '../base/web/rate-limit.ts'
import { backchannelPath } from './backchannel.ts'
import { devicePath } from './endpoints.ts'
import { refuseHalf, requireReadable } from './parameters.ts'
import { currentUnit } from './unit.ts'

const minute = 60

export type Quotas = { readonly pushed: Quota; readonly visits: Quota }

/** Limits how many requests a service may push, and how many visits a network may begin, because each makes a row. */
export function makeQuotas({ db, clock, config }: Foundation): Quotas {
  const quota = (name: string, points: number) =>
    makeQuota(db, clock, { name, points, seconds: minute })
  return {
    pushed: quota('pushed', config.pushedPerMinute),
    visits: quota('visits', config.visitsPerMinute),
  }
}

/** Runs around the library and inside the unit, so that a refused request writes nothing. */
export function limited({ pushed, visits }: Quotas, oidc: Middleware): Middleware {
  return async (ctx, next) => {
    requireReadable(ctx)
    // A request counts once, however often it is judged.
    const isFirst = currentUnit().before === undefined
    if (isFirst && beginsVisit(ctx)) visits.spend({ network: peerOf(ctx) })
    await oidc(ctx, next)
    if (isFirst && isRequest(ctx)) pushed.spend(callerOf(ctx))
    refuseHalf(ctx, currentUnit())
  }
}

// The page for the code of a device makes a session, for its form.
function beginsVisit({ path }: Context): boolean {
  return path === '/auth' || path === devicePath
}

function isRequest({ path, method }: Context): boolean {
  return (
    method === 'POST' &&
    (path === '/request' || path === '/device/auth' || path === backchannelPath)
  )
}

// Only a caller with the service's key or secret may use up the service's quota. All others use up the quota of their network.
function callerOf(ctx: Context): CountedBy {
  const { client } = (ctx as unknown as KoaContextWithOIDC).oidc // the provider has run
  const isProven = ctx.status !== 401 && client !== undefined && client.clientAuthMethod !== 'none'
  return isProven ? { key: client.clientId } : { network: peerOf(ctx) }
}
