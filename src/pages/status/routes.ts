import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { languageOf } from '../../base/web/page.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import { routes } from '../../base/web/router.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { ToldBrake } from './told-brakes.ts'
import { brakeRows, toldBrakes } from './told-brakes.ts'
import type { PlannedWork } from './planned-work.ts'
import type { StatusPage } from './pages.ts'
import type { status } from './shapes.ts'
import { operations } from './shapes.ts'
import { lookSeconds, makeLook } from './cached-look.ts'
import type { ServiceStanding } from './service-standing.ts'

/** How the service is, for people and for programs: before any cookie is read, and also while the database is away. */
export function statusRoutes(
  foundation: Foundation,
  live: Pick<LiveRegister, 'current'>,
  planned: () => Promise<readonly PlannedWork[]>,
): readonly ServedRoutes[] {
  const look = makeLook(foundation)
  const brakes = () => toldBrakes(live.current(), foundation.clock())
  const people = routes('people').get('/status', async (ctx) => {
    foundation.pages.show(
      ctx,
      'status/status',
      pageOf(ctx, await look(), await planned(), brakes()),
    )
  })
  const programs = routes('programs').on(operations.status, async (ctx) => {
    ctx.set('Cache-Control', `public, max-age=${lookSeconds}`)
    ctx.body = answerOf(await look(), await planned(), brakes())
  })
  return [people.served('page'), programs.served('page')]
}

function pageOf(
  ctx: Context,
  standing: ServiceStanding,
  planned: readonly PlannedWork[],
  brakes: readonly ToldBrake[],
): StatusPage {
  const language = languageOf(ctx)
  return {
    ...standing,
    brakes: brakeRows(brakes, language),
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
  brakes: readonly ToldBrake[],
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
    brakes: brakes.map(({ kind, id, name, since, until, isConfirmed, by }) => ({
      kind,
      id,
      name,
      since: since.toISOString(),
      until: until.toISOString(),
      confirmed: isConfirmed,
      by: [...by],
    })),
  }
}

function textOf(at: Date | undefined): string | null {
  return at?.toISOString() ?? null
}
