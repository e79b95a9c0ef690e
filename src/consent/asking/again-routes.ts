import type { Context, Middleware } from 'koa'
import { recordActivity } from '../../people/accounts/index.ts'
import { transact } from '../../base/platform/database.ts'
import { readForm } from '../../base/web/forms.ts'
import { seeOther } from '../../base/web/page.ts'
import { originOf } from '../../base/web/request-log.ts'
import { routes } from '../../base/web/router.ts'
import type { Again } from './again.ts'
import { againKey, silence } from './again.ts'
import type { Became } from './again-store.ts'
import { settleReminded } from './again-store.ts'
import type { Asking, Errand, Questions } from './routes.ts'
import { emptyForm, errand, questionsOf } from './routes.ts'
import { requestsOfVisit } from './store.ts'

/** What follows « Vous avez dit non »: that no again, the question, or no more of it. The visit's own address goes on. */
export function againRoutes(desk: Asking): Middleware {
  return routes('/partage/demande/:visit/rappel')
    .post('/refus', (ctx) => settle(ctx, desk, 'kept'))
    .post('/question', (ctx) => settle(ctx, desk, 'seen'))
    .post('/silence', (ctx) => askNoMore(ctx, desk))
    .middleware()
}

/** Of two presses at once the first counts. */
async function settle(ctx: Context, desk: Asking, became: Became): Promise<void> {
  const { at, again } = await pressed(ctx, desk)
  const itemNos = again.map(({ itemNo }) => itemNo)
  await settleReminded(desk.foundation.db, againKey(at.visit), itemNos, became)
  seeOther(ctx, at.place.path)
}

async function askNoMore(ctx: Context, desk: Asking): Promise<void> {
  const { at, again, questions } = await pressed(ctx, desk)
  const { visit, personId, place } = at
  const silencing = { personId, acr: visit.acr, visit: againKey(visit), items: again }
  const { register } = questions
  if (again.length > 0)
    await transact(desk.foundation.db, async (tx) => {
      await silence(tx, desk.notary.vault, { ...silencing, register })
      const deed = { kind: 'question.silenced', personId, result: 'done' } as const
      await recordActivity(tx, deed, originOf(ctx), desk.foundation.clock())
    })
  seeOther(ctx, place.path)
}

type Pressed = {
  readonly at: Errand
  readonly again: readonly Again[]
  readonly questions: Questions
}

async function pressed(ctx: Context, desk: Asking): Promise<Pressed> {
  const at = await errand(ctx, desk)
  const { db, keys } = desk.foundation
  await readForm(ctx, keys, at.place.binding, emptyForm)
  const questions = await questionsOf(desk, at, await requestsOfVisit(db, at.place.key))
  return { at, again: questions.again, questions }
}
