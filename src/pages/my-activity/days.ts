import { dayOf } from '../../base/values/calendar.ts'
import type { ActivityLine, Day, SignIns } from './pages.ts'

/** Lines by day, the newest first; the sign-ins of a day are one line, where the newest of them stands. */
export function daysOf(lines: readonly ActivityLine[]): Day[] {
  return [...Map.groupBy(lines, ({ at }) => dayOf(at)).values()].flatMap((of) =>
    of[0] === undefined ? [] : [{ at: of[0].at, lines: gathered(of) }],
  )
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
    // A service that she is signed in to is no further proof of who she is.
    count: lines.filter(({ service }) => service === undefined).length,
    services: [...new Set(services)],
    devices: [...new Set(lines.flatMap(({ device }) => device ?? []))],
    lines,
  }
}
