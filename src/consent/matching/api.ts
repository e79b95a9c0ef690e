import type { Context } from 'koa'
import { Problem } from '../../base/values/refusal.ts'
import type { Callers, OwnApi } from '../../base/web/caller.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { readJson } from '../../base/web/forms.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import { originOf } from '../../base/web/request-log.ts'
import { routes } from '../../base/web/router.ts'
import { closedToPrograms } from '../../people/accounts/index.ts'
import { matchFile } from './match.ts'
import { toldReasons } from './rows.ts'
import type { AnswerShape } from './shapes.ts'
import { body, operations } from './shapes.ts'

type Matching = Parameters<typeof matchFile>[0]

const matchingApi: OwnApi = { path: '/matching', scope: 'match' }

/** Answers a service about a file of its own, and the person who is signed in there. It reads no cookie. */
export function matchingRoutes(context: Matching, callers: Callers): ServedRoutes {
  return routes('programs')
    .on(operations.match, (ctx) => match(ctx, context, callers))
    .served('sign-in')
}

async function match(ctx: Context, context: Matching, callers: Callers): Promise<void> {
  ctx.set('Cache-Control', 'no-store')
  const caller = await callers.requireAboutHer(ctx, matchingApi)
  const { given_name: givenName, family_name: familyName, birthdate } = await readJson(ctx, body)
  const file = { givenName, familyName, birthDate: birthdate }
  const answered = await matchFile(context, caller, file, originOf(ctx)).catch((error: unknown) => {
    throw closedToPrograms(error)
  })
  if (answered.is === 'stopped')
    throw new Problem('matching.stopped', 403, 'too many files of this body were of nobody')
  if (answered.is === 'too-many')
    throw new Problem(
      'matching.too-many',
      429,
      'too many answers about this person',
      answered.retryAfterSeconds,
    )
  if (answered.is === 'day-over')
    throw new Problem(
      'matching.day-over',
      429,
      'too many files of this body were of nobody today',
      answered.retryAfterSeconds,
    )
  const { result, reference, answeredAt } = answered.answer
  const told: AnswerOf<AnswerShape> = {
    result,
    reason: toldReasons[result],
    reference,
    answered_at: answeredAt.toISOString(),
  }
  ctx.body = told
}
