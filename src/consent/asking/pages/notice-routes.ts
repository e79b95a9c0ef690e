import type { AskingContext } from '../question-context.ts'
import { errand } from '../question-context.ts'
import { z } from 'zod'
import { transact } from '../../../base/database/database.ts'
import { formToken, readForm } from '../../../base/web/forms.ts'
import { baseOf, languageOf, seeOther, setOwnPage, standApart } from '../../../base/web/page.ts'
import type { ServedRoutes } from '../../../base/web/endpoints.ts'
import type { At } from '../../../base/web/router.ts'
import { routes } from '../../../base/web/router.ts'
import { noticeHeading, noticeOf, recordNoticeRead, regionOf, wasNoticeShown } from '../notice.ts'
import type { NoticePage } from './pages.ts'

const noticeForm = z.object({ shown: z.string().length(43) })

/** The page « La loi permet cet envoi »: the person reads it and answers nothing. */
export function noticeRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage/demande/:visit')
    .get('/information', (ctx) => inform(ctx, context))
    .post('/information', (ctx) => understood(ctx, context))
    .served('sign-in')
}

/** Shows the notice. Looking at it records nothing. */
async function inform(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const { visit, personId, place } = await errand(ctx, context)
  const { db, pages, keys } = context.foundation
  const notice = await noticeOf(context, visit)
  if (notice === undefined) return seeOther(ctx, place.path)
  if (await wasNoticeShown(db, personId, notice.noticed))
    return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
  const language = languageOf(ctx)
  const { html, sha256, contacts } = regionOf(context, notice, language)
  const path = `${place.path}/information`
  const page: NoticePage = {
    title: noticeHeading(context, notice, language),
    contacts,
    csrf: formToken(keys, place.binding),
    shown: sha256.toString('base64url'),
    action: `${baseOf(ctx)}${path}`,
    region: html,
  }
  setOwnPage(ctx, path)
  standApart(ctx)
  pages.show(ctx, 'asking/notice', page)
}

async function understood(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const { visit, personId, place } = await errand(ctx, context)
  const { db, keys } = context.foundation
  const { shown } = await readForm(ctx, keys, place.binding, noticeForm)
  const notice = await noticeOf(context, visit)
  if (notice === undefined) return seeOther(ctx, place.path)
  const language = languageOf(ctx)
  const region = regionOf(context, notice, language)
  // The words have changed since she read them: they are shown again, so that the page kept is the page read.
  if (region.sha256.toString('base64url') !== shown)
    return seeOther(ctx, `${place.path}/information`)
  const seen = { personId, language, region, acr: place.by.acr, ...notice }
  await transact(db, (tx) => recordNoticeRead(tx, context, seen))
  return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
}
