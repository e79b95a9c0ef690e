import type { Context, Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Foundation } from '../../base/web/foundation.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import type { CountSubject, Quota } from '../../base/web/limits/rate-counts.ts'
import { makeQuota } from '../../base/web/limits/rate-counts.ts'
import { sentDeviceId } from '../../base/web/device.ts'
import { visitsOfBrowser } from '../../base/web/limits/policies.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { isKnownToAnybody } from '../../people/accounts/index.ts'
import { backchannelPath } from '../ciba/backchannel-authentication.ts'
import { devicePath } from '../clients/endpoints.ts'
import { refuseHalf, requireReadable } from './parameters.ts'
import { currentUnit } from '../unit/unit.ts'

const minute = 60

/** Counts a visit that somebody begins. @throws Refusal too-many-requests (429) */
export type VisitQuota = (ctx: Context) => Promise<void>

export type Quotas = { readonly pushed: Quota; readonly visits: VisitQuota }

/** Limits how many requests a service may push, and how many visits a network may begin, because each makes a row. */
export function makeQuotas({ db, clock, config }: Foundation, seals: RowSeals): Quotas {
  const quota = (name: string, points: number) =>
    makeQuota(db, clock, { name, points, seconds: minute })
  return {
    pushed: quota('pushed', config.pushedPerMinute),
    visits: visitQuota(
      quota('visits', config.visitsPerMinute),
      quota('visits-browsers-here', config.visitsPerMinute),
      makeQuota(db, clock, visitsOfBrowser),
      (id) => isKnownToAnybody(db, seals, id),
    ),
  }
}

// Whoever uses up the visits of a network shuts nobody out who signed in before in her browser. Nothing is looked up before.
function visitQuota(
  ofNetwork: Quota,
  ofBrowsersHere: Quota,
  ofBrowser: Quota,
  isKnown: (id: string) => Promise<boolean>,
): VisitQuota {
  return async (ctx) => {
    const network = peerOf(ctx)
    try {
      ofNetwork.spend({ network })
    } catch (error) {
      const id = sentDeviceId(ctx)
      if (id === undefined || !(error instanceof Refusal)) throw error
      ofBrowser.spend({ key: id }) // before the look: so many a minute
      if (!(await isKnown(id))) throw error
      ofBrowsersHere.spend({ network })
    }
  }
}

/** Runs around the library and inside the unit, so that a refused request writes nothing. */
export function limitRequests({ pushed, visits }: Quotas, oidc: Middleware): Middleware {
  return async (ctx, next) => {
    requireReadable(ctx)
    // A request counts once, however often it is judged.
    const isFirst = currentUnit().before === undefined
    if (isFirst && beginsVisit(ctx)) await visits(ctx)
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
function callerOf(ctx: Context): CountSubject {
  const { client } = (ctx as unknown as KoaContextWithOIDC).oidc // the provider has run
  const isProven = ctx.status !== 401 && client !== undefined && client.clientAuthMethod !== 'none'
  return isProven ? { key: client.clientId } : { network: peerOf(ctx) }
}
