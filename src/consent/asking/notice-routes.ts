import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/platform/database.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import { baseOf, languageOf, seeOther, standsAt } from '../../base/web/page.ts'
import { routes } from '../../base/web/router.ts'
import { noticeOf, recordShown, regionOf, wasShown } from './notice.ts'
import type { NoticePage } from './pages.ts'
import type { Asking } from './routes.ts'
import { errand } from './routes.ts'

const noticeForm = z.object({ shown: z.string().length(43) })

/** « La loi permet cet échange »: read, never answered. */
export function noticeRoutes(desk: Asking): Middleware {
  return routes('/partage/demande/:visit')
    .get('/information', (ctx) => inform(ctx, desk))
    .post('/information', (ctx) => understood(ctx, desk))
    .middleware()
}

/** Nothing is recorded by looking at it. */
async function inform(ctx: Context, desk: Asking): Promise<void> {
  const { visit, personId, place } = await errand(ctx, desk)
  const { db, pages, keys } = desk.foundation
  const notice = await noticeOf(desk, visit)
  if (notice === undefined) return seeOther(ctx, place.path)
  if (await wasShown(db, personId, notice.noticed))
    return desk.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
  const { html, sha256, contacts } = regionOf(desk, notice, languageOf(ctx))
  const path = `${place.path}/information`
  const page: NoticePage = {
    contacts,
    csrf: formToken(keys, place.binding),
    shown: sha256.toString('base64url'),
    action: `${baseOf(ctx)}${path}`,
    region: html,
  }
  standsAt(ctx, path)
  pages.show(ctx, 'asking/notice', page)
}

async function understood(ctx: Context, desk: Asking): Promise<void> {
  const { visit, personId, place } = await errand(ctx, desk)
  const { db, keys } = desk.foundation
  const { shown } = await readForm(ctx, keys, place.binding, noticeForm)
  const notice = await noticeOf(desk, visit)
  if (notice === undefined) return seeOther(ctx, place.path)
  const language = languageOf(ctx)
  const region = regionOf(desk, notice, language)
  // Other words since: what she read is not what would be kept.
  if (region.sha256.toString('base64url') !== shown)
    return seeOther(ctx, `${place.path}/information`)
  const seen = { personId, language, region, acr: place.by.acr, ...notice }
  await transact(db, (tx) => recordShown(tx, desk, seen))
  return desk.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
}
