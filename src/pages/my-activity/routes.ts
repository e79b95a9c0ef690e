import { forPerson } from '../../base/web/person.ts'
import type { ReaderHandler, RequirePerson, SignedInPerson } from '../../base/web/person.ts'
import type { Context } from 'koa'
import { z } from 'zod'
import { recordActivity } from '../../people/accounts/index.ts'
import { dayOf } from '../../base/values/calendar.ts'
import { sendFile } from '../../base/web/download.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { baseOf, languageOf } from '../../base/web/page.ts'
import type { Limiter } from '../../base/web/limits/rate-counts.ts'
import { makeLimiter, refuseAs } from '../../base/web/limits/rate-counts.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { activityCsv, activityJson } from './export.ts'
import { isAllOfATime, placeIn, queryOf, readFilter, yearIn } from './filter.ts'
import { activityReadingOf, lineNamed } from './activity-reading.ts'
import { eventPage } from './event.ts'
import { chosenWords, frameOf, pageLines, printedLines, readLines, statementPage } from './page.ts'
import type { ActivityPage, PrintPage } from './pages.ts'

/** What the pages of « Mon activité » work with. */
type ActivityContext = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly vault: Vault
  readonly person: RequirePerson
}
type Page = ReaderHandler<ActivityContext & { readonly downloads: Limiter }>

const downloadsAnHour = { name: 'activity-download', points: 20, seconds: 3600 }
const fileNames = { fr: 'accord-mon-activite', en: 'accord-my-activity' } as const
const value = z.string().max(64).optional()
const filterForm = z.object({
  mots: value,
  quoi: value,
  organisme: value,
  renseignement: value,
  periode: value,
})

/** « Mon activité »: everything that happened, on one page, and the places where a person can question each line. */
export function myActivityRoutes(context: ActivityContext): ServedRoutes {
  const downloads = makeLimiter(context.foundation, downloadsAnHour)
  const { anyone, anyWay } = forPerson({ ...context, downloads }, '/activite')
  return routes('people', '/activite')
    .get('', anyWay(showActivity))
    .get('/impression', anyWay(showPrint))
    .get('/releve', anyWay(showStatement))
    .get('/:reference', anyWay(showEvent))
    .get('/:reference/fin', anyWay(showEnd))
    .post('/csv', anyone(sendCsv))
    .post('/json', anyone(sendJson))
    .served('page')
}

const showActivity: Page = async (ctx, context, who) => {
  const reading = await activityReadingOf(context, who, languageOf(ctx))
  const filter = readFilter(ctx.query, reading.register)
  const after = placeIn(ctx.query)
  // Who looks for something reads what was found.
  const open = isAllOfATime(filter) ? 'newest' : 'all'
  const read = await readLines(reading, filter, { after, limit: pageLines, open })
  const page: ActivityPage = {
    csrf: formToken(context.foundation.keys, who.sessionUid),
    ...(await frameOf(reading, filter, read, after)),
    received: read.received,
    unusual: read.unusual,
    days: read.days,
  }
  context.foundation.pages.show(ctx, 'my-activity/activity', page)
}

/** Paper has no next page: shows as many lines as a person reads, and no links. */
const showPrint: Page = async (ctx, context, who) => {
  const reading = await activityReadingOf(context, who, languageOf(ctx))
  const filter = readFilter(ctx.query, reading.register)
  const whole = { after: undefined, limit: printedLines, open: 'all' } as const
  const read = await readLines(reading, filter, whole)
  const page: PrintPage = {
    chosen: chosenWords(reading, filter),
    received: read.received,
    days: read.days,
    at: reading.now,
    backHref: `${baseOf(ctx)}/activite${queryOf(filter)}`,
    isWhole: read.next === undefined,
  }
  context.foundation.pages.show(ctx, 'my-activity/print', page)
}

const showEvent: ReaderHandler<ActivityContext, 'reference'> = (ctx, context, who) =>
  showLine(ctx, context, who, lineNamed(ctx.params.reference, false))
const showEnd: ReaderHandler<ActivityContext, 'reference'> = (ctx, context, who) =>
  showLine(ctx, context, who, lineNamed(ctx.params.reference, true))

async function showLine(
  ctx: Context,
  context: ActivityContext,
  who: SignedInPerson,
  named: ReturnType<typeof lineNamed>,
): Promise<void> {
  const page = await eventPage(await activityReadingOf(context, who, languageOf(ctx)), named)
  context.foundation.pages.show(ctx, 'my-activity/event', page)
}

const showStatement: Page = async (ctx, context, who) => {
  const reading = await activityReadingOf(context, who, languageOf(ctx))
  const page = await statementPage(reading, yearIn(ctx.query, reading.now))
  context.foundation.pages.show(ctx, 'my-activity/statement', page)
}

const sendCsv: Page = (ctx, context, who) => download(ctx, context, who, 'csv')
const sendJson: Page = (ctx, context, who) => download(ctx, context, who, 'json')

/** A POST: the download is counted and noted, and no other site can start it. */
async function download(
  ctx: Context,
  context: Parameters<Page>[1],
  who: SignedInPerson,
  kind: 'csv' | 'json',
): Promise<void> {
  const { foundation, downloads } = context
  const { db, clock, keys } = foundation
  const form = await readForm(ctx, keys, who.sessionUid, filterForm)
  await downloads.take({ key: who.personId }).catch(refuseAs('data.too-often'))
  const entry = { kind: 'data.taken', personId: who.personId, result: 'done' } as const
  await recordActivity(db, entry, originOf(ctx), clock())
  const reading = await activityReadingOf(context, who, languageOf(ctx))
  const filter = readFilter(form, reading.register)
  const parts = kind === 'csv' ? activityCsv(reading, filter) : activityJson(reading, filter)
  const name = `${fileNames[reading.language]}-${dayOf(reading.now)}`
  sendFile(ctx, foundation, { name, kind }, parts)
}
