import { randomBytes, timingSafeEqual } from 'node:crypto'
import { bodyParser } from '@koa/bodyparser'
import type { Router } from '@koa/router'
import { addressOf, type State, type Visit } from '../application.ts'
import type { CallBroker } from '../call-broker.ts'
import { inRounds, type Rounds } from './rounds.ts'
import type { TakeSignal } from './signal.ts'
import { ownStream, pushMethod } from './stream.ts'

const path = '/api/signals'
const pauseMilliseconds = 2000
const asText = bodyParser({
  enableTypes: ['text'],
  extendTypes: { text: ['application/secevent+jwt'] },
  textLimit: '64kb',
})

/** Lets the broker push what it tells us (RFC 8935). Until it is there, it is asked again for a stream. */
export function takePushed(
  router: Router<State>,
  broker: { readonly issuer: string; readonly call: CallBroker },
  port: number,
  take: TakeSignal,
): Rounds {
  // New at each start, and known to the broker and us alone: strangers cannot make us check signatures.
  const authorization = `Bearer ${randomBytes(32).toString('base64url')}`
  router.post(path, asText, async (ctx) => {
    if (!isSame(ctx.get('authorization'), authorization)) refuse(ctx, 'authentication_failed')
    else if (await take(String(ctx.request.body))) accept(ctx)
    else refuse(ctx, 'invalid_request')
  })
  const endpoint_url = addressOf(port) + path
  const delivery = { method: pushMethod, endpoint_url, authorization_header: authorization }
  let isBegun = false
  const rounds = inRounds(pauseMilliseconds, 'no stream of signals', async () => {
    isBegun ||= (await ownStream(broker.issuer, broker.call, delivery)) !== undefined
  })
  rounds.soon()
  return rounds
}

function isSame(given: string, wanted: string): boolean {
  const [some, other] = [Buffer.from(given), Buffer.from(wanted)]
  return some.length === other.length && timingSafeEqual(some, other)
}

function accept(ctx: Visit): void {
  ctx.status = 202
  ctx.body = ''
}

function refuse(ctx: Visit, err: 'authentication_failed' | 'invalid_request'): void {
  ctx.status = 400
  ctx.body = { err }
}
