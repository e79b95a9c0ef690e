import type { Clock } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { registerEpoch } from '../record/index.ts'
import { judgeWaiting } from './judge-waiting.ts'
import type { SignalNote } from './outbox-store.ts'
import { dropEvent, noteTimes, postponeSignal } from './outbox-store.ts'
import { dueAfter } from './retry-schedule.ts'
import type { Stream, WaitingEvent } from './rows.ts'
import type { TokenClaims, TokenMaking } from './security-event-token.ts'
import { claimsOf } from './security-event-token.ts'

type Parts = TokenMaking & {
  readonly db: Database
  readonly vault: Vault
  readonly live: LiveRegister
  readonly clock: Clock
  readonly log: Log
}

/**
 * What is said now of an event that waits. `dropped`: it is said no more, because a later event says how that consent stands; or the broker
 * did not write it. `put off`: what stands of her is not what her chain says, and nobody is told before that is settled.
 */
export async function claimsNow(
  parts: Parts,
  stream: Stream,
  waiting: WaitingEvent,
): Promise<TokenClaims | 'dropped' | 'put off'> {
  const { db, clock, log, live } = parts
  const judged = await judgeWaiting(parts, stream, waiting)
  if (judged.is === 'unsure') {
    const now = clock()
    await postponeSignal(db, waiting, dueAfter(waiting.tries, waiting.queuedAt, now))
    log.error({ code: 'RECORD_UNTRUSTED', why: stream.orgId }, notTold)
    return 'put off'
  }
  if (judged.is === 'outdated') return drop(parts, stream, waiting, 'outdated')
  const claims =
    judged.is === 'send'
      ? claimsOf(parts, stream, judged.event, await live.at(await registerEpoch(db)), judged.before)
      : undefined
  if (claims !== undefined) return claims
  log.error({ job: 'signals.push', why: stream.orgId }, notOfItsStream)
  return drop(parts, stream, waiting, 'dropped-false')
}

const notTold = 'a sharing is not as her events say: no body is told of it'
const notOfItsStream = 'an event is not of its stream: it is dropped'

async function drop(
  { db, clock }: Parts,
  stream: Stream,
  { jti }: WaitingEvent,
  what: SignalNote,
): Promise<'dropped'> {
  await transact(db, async (tx) => {
    await dropEvent(tx, jti)
    await noteTimes(tx, stream, { what, times: 1 }, clock())
  })
  return 'dropped'
}
