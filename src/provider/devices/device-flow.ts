import type { Context, Middleware } from 'koa'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { makeRateCounts } from '../../base/web/limits/rate-counts.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { makeTries } from '../../base/web/limits/tries.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { pollSeconds } from '../unit/device-code-model.ts'
import { deviceSlowDown } from '../faults/device-errors.ts'
import { fillIn, showAfter, wasWrongCode } from './device-pages.ts'
import { noDevice } from '../faults/parameter-errors.ts'
import { deviceGrant } from '../clients/profiles.ts'
import { devicePath } from '../clients/endpoints.ts'
import { isOfNobody } from '../clients/optional-grants.ts'
import { currentSession } from '../logout/current-session.ts'
import { currentUnit, rowId } from '../unit/unit.ts'

// What surrounds the library where a person signs in on another device (RFC 8628): the library counts no tries, and no questions of a
// device that asks too often.

type Around = { readonly provider: Provider; readonly live: LiveRegister }

const requests = '/device/auth'
const poll = { name: 'device-poll', points: 1, seconds: pollSeconds }

/** Runs inside the unit. */
export function withDevices(
  foundation: Pick<Foundation, 'db' | 'clock' | 'pages' | 'config'>,
  { provider, live }: Around,
  oidc: Middleware,
): Middleware {
  const tries = makeTries(foundation)
  const polls = makeRateCounts(foundation)

  async function judged(ctx: Context, next: () => Promise<unknown>): Promise<void> {
    // A request counts once, however often it is judged.
    if (currentUnit().before !== undefined) return void (await oidc(ctx, next))
    const session = await currentSession(ctx, provider)
    // Whoever is signed in has tries of her own: strangers behind the same address do not use them up. Many accesses of one network share
    // what they have, so that somebody who makes them gains nothing.
    const tried = { kind: 'device-code', peer: peerOf(ctx), own: session?.accountId } as const
    const { taken } = await tries.judgeUnsaid(tried, async () => oidc(ctx, next)).catch(inOwnWords)
    if (!wasWrongCode(ctx)) await tries.giveBack(taken)
  }

  async function slowDown(ctx: Context): Promise<void> {
    const { body } = ctx as { body: unknown }
    const isPending =
      typeof body === 'object' &&
      body !== null &&
      Reflect.get(body, 'error') === 'authorization_pending'
    if (!isPending || currentUnit().before !== undefined) return
    const { params } = (ctx as unknown as KoaContextWithOIDC).oidc // the provider has run
    // Another grant waits too, and counts for itself.
    if (typeof params?.['device_code'] !== 'string') return
    const key = rowId('DeviceCode', params['device_code'])
    const slower = recoverFrom(Refusal, () => {
      ctx.body = { error: 'slow_down', error_description: deviceSlowDown }
    })
    await polls.take([{ limit: poll, by: { key } }]).catch(slower)
  }

  return async (ctx, next) => {
    if (isOfNobody(live.current(), ctx.path)) throw new Refusal('not-found', 404)
    if (showAfter(ctx, foundation)) return undefined
    if (ctx.path === devicePath && ctx.method === 'POST') return judged(ctx, next)
    if (ctx.path === devicePath) fillIn(ctx)
    await oidc(ctx, next)
    if (ctx.path === '/token') await slowDown(ctx)
    if (ctx.path === requests) complete(ctx)
  }
}

function inOwnWords(error: unknown): never {
  if (!(error instanceof Refusal) || error.code !== 'too-many-attempts') throw error
  const { status, values, retryAfterSeconds = 1 } = error
  throw new Refusal('device.too-many', status, { values, retryAfterSeconds })
}

// The library leaves the interval out, which a client then takes for five seconds (RFC 8628, section 3.2), and knows one language.
function complete(ctx: Context): void {
  const { body } = ctx as { body: unknown }
  const { client, params } = (ctx as unknown as KoaContextWithOIDC).oidc // the provider has run
  // RFC 6749, section 5.2; the library names another fault.
  if (ctx.status === 400 && client?.grantTypeAllowed(deviceGrant) === false)
    ctx.body = { error: 'unauthorized_client', error_description: noDevice }
  if (ctx.status !== 200 || typeof body !== 'object' || body === null) return
  const locales = params?.['ui_locales']
  const isEnglish = typeof locales === 'string' && /^en\b/.test(locales)
  const members = isEnglish ? ['verification_uri', 'verification_uri_complete'] : []
  for (const name of members)
    Reflect.set(
      body,
      name,
      String(Reflect.get(body, name)).replace(/\/device(?=$|\?)/, '/en/device'),
    )
  Object.assign(body, { interval: pollSeconds })
}
