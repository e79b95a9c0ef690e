import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { languageOf } from '../../base/web/page.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import { routes } from '../../base/web/router.ts'
import type { PlannedWork } from './planned-work.ts'
import type { StatusPage } from './pages.ts'
import type { status } from './shapes.ts'
import { operations } from './shapes.ts'
import { lookSeconds, makeLook } from './cached-look.ts'
import type { ServiceStanding } from './service-standing.ts'

/** How the service is, for people and for programs: before any cookie is read, and also while the database is away. */
export function statusRoutes(
  foundation: Foundation,
  planned: () => Promise<readonly PlannedWork[]>,
): readonly ServedRoutes[] {
  const look = makeLook(foundation)
  const people = routes('people').get('/status', async (ctx) => {
    foundation.pages.show(ctx, 'status/status', pageOf(ctx, await look(), await planned()))
  })
  const programs = routes('programs').on(operations.status, async (ctx) => {
    ctx.set('Cache-Control', `public, max-age=${lookSeconds}`)
    ctx.body = answerOf(await look(), await planned())
  })
  return [people.served('page'), programs.served('page')]
}

function pageOf(
  ctx: Context,
  standing: ServiceStanding,
  planned: readonly PlannedWork[],
): StatusPage {
  const language = languageOf(ctx)
  return {
    ...standing,
    planned: planned.map(({ what, ...work }) => ({
      ...work,
      what: what[language],
      isNow: work.from <= standing.at,
    })),
  }
}

function answerOf(
  { state, at, parts, lastDay, log }: ServiceStanding,
  planned: readonly PlannedWork[],
): AnswerOf<typeof status> {
  return {
    state,
    checked_at: at.toISOString(),
    parts: parts.map(({ name, state: of, since }) => ({ name, state: of, since: textOf(since) })),
    last_day:
      lastDay === undefined ? null : { minutes: lastDay.minutes, available: lastDay.served },
    log: {
      waiting_since: textOf(log.waitingSince),
      signed_at: textOf(log.signedAt),
      cosigned_at: textOf(log.quorumAt),
    },
    planned: planned.map(({ from, until, what, parts: touched }) => ({
      from: from.toISOString(),
      until: until.toISOString(),
      what,
      parts: touched,
    })),
  }
}

function textOf(at: Date | undefined): string | null {
  return at?.toISOString() ?? null
}
