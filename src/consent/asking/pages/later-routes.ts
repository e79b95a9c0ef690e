import { formToken, readButton } from '../../../base/web/forms.ts'
import { baseOf, languageOf, seeOther, setOwnPage, standApart } from '../../../base/web/page.ts'
import type { ServedRoutes } from '../../../base/web/endpoints.ts'
import type { At } from '../../../base/web/router.ts'
import { routes } from '../../../base/web/router.ts'
import { registerEpoch } from '../../record/index.ts'
import type { LaterPage } from './pages.ts'
import type { AskingContext } from '../question-context.ts'
import { errand } from '../question-context.ts'
import { isOpen, waitingItems } from '../questions.ts'
import { outcomeOf } from './routes.ts'
import { partiesOf } from './show.ts'
import { requestsOfVisit } from '../store.ts'

/** « Décider plus tard »: until when the question waits, and where; then back to the service, which is told no more than "not allowed". */
export function laterRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage/demande/:visit')
    .get('/plus-tard', (ctx) => showLater(ctx, context))
    .post('/plus-tard', (ctx) => leave(ctx, context))
    .served('sign-in')
}

async function showLater(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const { place } = await errand(ctx, context)
  const { db, pages, keys } = context.foundation
  const rows = await requestsOfVisit(db, place.key)
  const waiting = await waitingItems(context, rows.filter(isOpen))
  const [first] = waiting
  if (first === undefined) return seeOther(ctx, place.path)
  const language = languageOf(ctx)
  const register = await context.live.at(await registerEpoch(db))
  const path = `${place.path}/plus-tard`
  const page: LaterPage = {
    contacts: partiesOf(waiting, register, language),
    csrf: formToken(keys, place.binding),
    count: waiting.length,
    waitsUntil: first.expiresAt, // one for all items of a request
    service: place.service,
    next: `${baseOf(ctx)}${path}`,
    questionHref: `${baseOf(ctx)}${place.path}`,
  }
  setOwnPage(ctx, path)
  standApart(ctx)
  pages.show(ctx, 'asking/later', page)
}

async function leave(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const at = await errand(ctx, context)
  const { db, keys } = context.foundation
  await readButton(ctx, keys, at.place.binding)
  const rows = await requestsOfVisit(db, at.place.key)
  // Where another tab has answered meanwhile, that answer counts.
  if (!rows.some(isOpen)) return seeOther(ctx, at.place.path)
  return context.visits.finish(ctx, at.visit, await outcomeOf(context, at, rows))
}
