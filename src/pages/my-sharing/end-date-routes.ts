import { randomUUID } from 'node:crypto'
import ical, { ICalAlarmType } from 'ical-generator'
import type { Context } from 'koa'
import { consentsOf } from '../../consent/record/index.ts'
import { dayOf, noonOf } from '../../base/values/calendar.ts'
import type { Language } from '../../base/values/languages.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { languageOf } from '../../base/web/page.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { At } from '../../base/web/router.ts'
import { makeWords } from '../../base/web/words.ts'
import type { SharingContext } from './context.ts'
import type { SharingView } from './pages.ts'
import { sharingInputOf } from './sharing-input.ts'
import { findSharing, isOpen, sharingView } from './sharings.ts'

// The last days of her sharings as a file that her own calendar takes (RFC 5545). A calendar is mostly somebody else's server: it is told
// that some sharing ends, and with whom only if she says so. Nothing of it leads back to the sharing, and two files have no number in common.

const noticeSeconds = 14 * 24 * 3600

/** GET /mes-partages/:id/fin.ics: the last day of one sharing. @throws Refusal sharing.not-live (409) where it is over */
export async function sendEndDate(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const input = await sharingInputOf(context, who, languageOf(ctx))
  const { sharing } = await findSharing(input, ctx.params.id)
  if (!isOpen(sharing)) throw new Refusal('sharing.not-live', 409)
  sendCalendar(ctx, context, [sharing])
}

/** GET /mes-partages/fins.ics: of all that are not over; a calendar without an entry if there is none */
export async function sendEndDates(
  ctx: Context,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const input = await sharingInputOf(context, who, languageOf(ctx))
  const { consents } = await consentsOf(input.db, input.seals, input.personId)
  const views = consents.flatMap((consent) => sharingView(consent, consents, input))
  sendCalendar(ctx, context, views.filter(isOpen))
}

function sendCalendar(
  ctx: Context,
  { foundation }: SharingContext,
  sharings: readonly SharingView[],
): void {
  const isNamed = ctx.query['nom'] === 'oui'
  const { brand } = foundation.config
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Disposition', 'attachment; filename="accord.ics"')
  ctx.type = 'text/calendar; charset=utf-8'
  ctx.body = calendarOf(sharings, { brand, language: languageOf(ctx), isNamed }, foundation.clock())
}

type Title = { readonly brand: string; readonly language: Language; readonly isNamed: boolean }

function calendarOf(sharings: readonly SharingView[], title: Title, now: Date): string {
  const { brand, language } = title
  const calendar = ical({ prodId: { company: brand, product: brand, language } })
  for (const { recipient, until } of sharings) {
    const summary = titleOf(recipient, title)
    calendar
      .createEvent({
        id: randomUUID(),
        stamp: now,
        // The library writes the day of this instant in UTC.
        start: noonOf(dayOf(until)),
        allDay: true,
        summary,
      })
      .createAlarm({ type: ICalAlarmType.display, trigger: noticeSeconds, description: summary })
  }
  return calendar.toString()
}

function titleOf(recipient: string, { brand, language, isNamed }: Title): string {
  const key = isNamed ? 'my-sharing.end-date.named' : 'my-sharing.end-date.unnamed'
  return makeWords().t(language, key, { brand, recipient })
}
