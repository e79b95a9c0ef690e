import { Refusal } from '../../base/values/refusal.ts'
import { dayBefore, dayOf, endOfDay, startOfDay } from '../../base/values/calendar.ts'
import type { ActivityReading } from './activity-reading.ts'
import { baseOf } from './activity-reading.ts'
import { signInsTitle } from './days.ts'
import { linesWanted, noFilter, queryOf } from './filter.ts'
import { linesForPage, signInKinds } from './lines.ts'
import type { ActivityLine, EventPage, SignInsOfDay } from './pages.ts'
import type { LineRow } from './rows.ts'
import { lineOf, linesOf } from './store.ts'

// The page of one line: all that is known of it, and where she asks about it.

/** So many sign-ins of a day are listed; nobody reads more. */
const mostSignIns = 100

/** @throws Refusal activity.not-found where no line of hers that is shown by now has this number */
export async function eventPage(
  reading: ActivityReading,
  named: Pick<LineRow, 'source' | 'id'> | undefined,
): Promise<EventPage> {
  const { db, personId, language, register, now } = reading
  const row = named && (await lineOf(db, personId, named))
  if (row === undefined) throw new Refusal('activity.not-found', 404)
  const [line] = await linesForPage(reading, [row])
  if (line === undefined) throw new Error('a row without its line')
  const agreement = register.agreementByNo(row.agreement ?? 0)
  const base = baseOf(language)
  const month = dayOf(row.at).slice(0, 'yyyy-mm'.length)
  const isOnFirstPage = month >= dayBefore(dayOf(now), 'P1M').slice(0, 'yyyy-mm'.length)
  return {
    line,
    look: lookOf(line),
    backHref: `${base}/activite${isOnFirstPage ? '' : queryOf({ ...noFilter, period: month })}`,
    agreement: agreement && {
      href: `${base}/register/agreements/${agreement.id}`,
      id: agreement.id,
    },
    signIns: line.group === 'sign-in' ? await signInsOfDay(reading, row.at) : undefined,
  }
}

function lookOf({ group, isUnusual }: ActivityLine): EventPage['look'] {
  if (group === 'refused' || group === 'nothing') return 'refused'
  return isUnusual || group === 'unpermitted' || group === 'alarm' ? 'warned' : undefined
}

async function signInsOfDay(reading: ActivityReading, at: Date): Promise<SignInsOfDay> {
  const { db, personId } = reading
  const day = dayOf(at)
  const wanted = {
    ...linesWanted(noFilter, [], reading),
    sources: ['access'] as const,
    kinds: signInKinds,
    from: startOfDay(day),
    until: endOfDay(day),
  }
  const found = await linesOf(db, personId, wanted, { limit: mostSignIns + 1 })
  const lines = await linesForPage(reading, found.slice(0, mostSignIns))
  return { title: signInsTitle(lines, reading), lines, isWhole: found.length <= mostSignIns }
}
