import { secondsAfter } from '../../base/values/clock.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { isOutage } from '../../base/database/database-outages.ts'
import { servedMinutesBetween, availableSince } from '../../base/observing/availability-store.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { makeLogFigures } from '../../ledger/transparency-log/index.ts'
import { messageStanding } from '../../people/notifications/index.ts'
import type { StatusSource, ServiceStanding } from './service-standing.ts'
import { serviceStanding } from './service-standing.ts'

/** So old may be what is shown: however many people look, the database is read once meanwhile. */
export const lookSeconds = 10
const daySeconds = 24 * 3600
const horizonSeconds = 7 * daySeconds

type Looking = Pick<Foundation, 'clock' | 'config' | 'db' | 'whyNothing'>

/** Gives how the house stands. A database that gives no answer is an answer. */
export function makeLook({
  clock,
  config,
  db,
  whyNothing,
}: Looking): () => Promise<ServiceStanding> {
  const hasMessages = config.smtpUrl !== undefined || config.smsGatewayUrl !== undefined
  const logFigures = makeLogFigures()
  let last: Promise<StatusSource> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let awaySince: Date | undefined

  async function look(now: Date): Promise<StatusSource> {
    const session = readingSession(db)
    try {
      const seen = {
        servedSince: await availableSince(session, secondsAfter(now, -horizonSeconds), now),
        lastDay: await servedMinutesBetween(session, secondsAfter(now, -daySeconds), now),
        log: await logFigures(session),
        messages: await messageStanding(db, secondsAfter(now, -daySeconds)),
      }
      awaySince = undefined
      return seen
    } catch (error) {
      if (!isOutage(error)) throw error
      awaySince ??= now
      return { awaySince }
    }
  }

  return async () => {
    const now = clock()
    if (last === undefined || performance.now() - askedAt >= lookSeconds * 1000) {
      askedAt = performance.now()
      last = look(now)
      // An error is of those who asked meanwhile: the next ones ask again.
      last.catch(() => (last = undefined))
    }
    const known = { now, permitsNothing: whyNothing() !== undefined, hasMessages }
    return serviceStanding(await last, known)
  }
}
