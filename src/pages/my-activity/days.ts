import { dayOf, daysBetween } from '../../base/values/calendar.ts'
import { capital } from '../../base/web/lists.ts'
import type { ActivityReading } from './activity-reading.ts'
import type { ActivityLine, Day, LineGroup, SignIns } from './pages.ts'
import { lineGroups } from './pages.ts'

/** What the words of a day need of a reading. */
export type DayWords = Pick<ActivityReading, 'words' | 'language' | 'now' | 't'>

/** Which days are open: the newest, all of them, or none. */
export type OpenDays = 'newest' | 'all' | 'none'

/** Lines by day, the newest first; the sign-ins of a day are one line, where the newest of them stands. */
export function daysOf(lines: readonly ActivityLine[], reading: DayWords, open: OpenDays): Day[] {
  const days = [...Map.groupBy(lines, ({ at }) => dayOf(at)).values()]
  return days.flatMap((of, n) =>
    of[0] === undefined
      ? []
      : [
          {
            at: of[0].at,
            name: nameOf(of[0].at, reading),
            summary: summaryOf(of, reading),
            isOpen: open === 'all' || (open === 'newest' && n === 0),
            lines: gathered(of),
          },
        ],
  )
}

function nameOf(at: Date, { words, language, now, t }: DayWords): string {
  const near = ['today', 'yesterday'][daysBetween(at, now)]
  if (near !== undefined)
    return t(`my-activity.day-name.${near}`, { day: words.dayOfYear(language, at) })
  const isThisYear = dayOf(at).slice(0, 4) === dayOf(now).slice(0, 4)
  return capital(isThisYear ? words.weekday(language, at) : words.date(language, at))
}

/** Said of a day on which nothing else happened. */
const lesser: readonly LineGroup[] = ['told', 'sign-in']

/** What matters of a day, counted. A day that has nothing but sign-ins says so. */
function summaryOf(lines: readonly ActivityLine[], reading: DayWords): string {
  const found = lineGroups.filter((group) => lines.some((line) => line.group === group))
  const most = found.filter((group) => !lesser.includes(group))
  const counted = (most.length > 0 ? most : found).map((group) =>
    group === 'sign-in'
      ? signInsTitle(lines, reading)
      : reading.t(`my-activity.day.${group}`, {
          count: lines.filter((line) => line.group === group).length,
        }),
  )
  return capital(counted.join(' · '))
}

// A service that she is signed in to is no further proof of who she is.
function proofsIn(lines: readonly ActivityLine[]): number {
  return lines.filter(({ group, service }) => group === 'sign-in' && service === undefined).length
}

/** « 3 connexions » */
export function signInsTitle(lines: readonly ActivityLine[], { t }: DayWords): string {
  return t('my-activity.sign-ins.count', { count: proofsIn(lines) })
}

function gathered(lines: readonly ActivityLine[]): (ActivityLine | SignIns)[] {
  const signIns = lines.filter(isSignIn)
  const [newest] = signIns
  return lines.flatMap((line): readonly (ActivityLine | SignIns)[] => {
    if (!isSignIn(line)) return [line]
    return line === newest ? [together(signIns, newest)] : []
  })
}

function isSignIn({ kind }: ActivityLine): boolean {
  return kind === 'sign-in'
}

function together(lines: readonly ActivityLine[], newest: ActivityLine): SignIns {
  const services = lines.flatMap(({ service }) => service ?? [])
  return {
    kind: 'sign-ins',
    at: newest.at,
    from: lines.at(-1)?.at ?? newest.at,
    count: proofsIn(lines),
    services: [...new Set(services)],
    devices: [...new Set(lines.flatMap(({ device }) => device ?? []))],
    lines,
    href: newest.href,
  }
}
