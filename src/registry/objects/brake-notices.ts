import type { Log } from '../../base/logging/log.ts'
import type { Brake } from './brakes.ts'
import { standingBrakes } from './brakes.ts'

// Who watches the log hears of a brake without being asked: nobody else tells a second signer.

/** So long before its end a brake is told of once more, where one alone began it. */
export const aloneEndsMs = 2 * 3600 * 1000
/** The same where two confirmed it: they need days for a change of the register. */
export const confirmedEndsMs = 3 * 24 * 3600 * 1000

/** Says at level 50 what one alone suspended, and what is about to end; each once in the life of a process. */
export function makeBrakeNotices(log: Log): (brakes: readonly Brake[], now: Date) => void {
  let told: ReadonlySet<string> = new Set()
  return (brakes, now) => {
    const due = standingBrakes(brakes, now).flatMap((brake) => noticesOf(brake, now))
    for (const { key, fields, says } of due) if (!told.has(key)) log.error(fields, says)
    told = new Set(due.map(({ key }) => key))
  }
}

function noticesOf({ kind, id, begunAt, until, isConfirmed }: Brake, now: Date) {
  const notice = (code: string, says: string) => {
    const fields = { code, why: `${kind} ${id} until ${until.toISOString()}` }
    return { key: `${code} ${kind} ${id} ${begunAt.toISOString()} ${isConfirmed}`, fields, says }
  }
  const leftMs = until.getTime() - now.getTime()
  return [
    ...(isConfirmed
      ? []
      : [notice('BRAKE_BEGUN', 'one alone suspended this: tell a second signer')]),
    ...(leftMs < (isConfirmed ? confirmedEndsMs : aloneEndsMs)
      ? [notice('BRAKE_ENDS', 'what is suspended at once goes on soon by itself')]
      : []),
  ]
}
