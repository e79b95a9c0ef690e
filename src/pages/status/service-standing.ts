import type { LogFigures } from '../../ledger/transparency-log/index.ts'
import { mergeDelaySeconds } from '../../ledger/chain/index.ts'
import type { MessageStanding } from '../../people/notifications/index.ts'
import type { partNames } from './shapes.ts'

// What works and what is late, judged by what was read of the database, or by that it cannot be read. Pure.

export type PartName = (typeof partNames)[number]
/** `off`: this installation has no such part. */
export type PartState = 'works' | 'late' | 'down' | 'off'
export type Part = {
  readonly name: PartName
  readonly state: PartState
  /** Since when it is so; undefined: that is not known. */
  readonly since: Date | undefined
}

export type ServiceStanding = {
  readonly state: Exclude<PartState, 'off'>
  readonly at: Date
  readonly parts: readonly Part[]
  /** Of the last 24 hours. */
  readonly lastDay: { readonly minutes: number; readonly served: number } | undefined
  readonly log: Pick<LogFigures, 'waitingSince' | 'signedAt' | 'quorumAt'>
}

type LogStanding = Pick<LogFigures, 'waitingSince' | 'signedAt' | 'quorumAt' | 'aloneSince'>

/** What was read, or since when the database gives no answer. */
export type StatusSource =
  | {
      readonly servedSince: Date | undefined
      readonly lastDay: ServiceStanding['lastDay']
      readonly log: LogStanding
      readonly messages: MessageStanding
    }
  | { readonly awaySince: Date }

export type StatusSetting = {
  readonly now: Date
  /** Whether nothing is permitted to anybody. */
  readonly permitsNothing: boolean
  /** Whether this installation sends e-mails or texts. */
  readonly hasMessages: boolean
}

// A place in the log is promised within a minute; a witness and a relay of e-mails may be slow for some.
const logLateSeconds = mergeDelaySeconds
const cosignLateSeconds = 600
const messageLateSeconds = 600

const unknownLog = { waitingSince: undefined, signedAt: undefined, quorumAt: undefined }

export function serviceStanding(
  seen: StatusSource,
  { now, permitsNothing, hasMessages }: StatusSetting,
): ServiceStanding {
  if ('awaySince' in seen) {
    const down = (name: PartName): Part => ({ name, state: 'down', since: seen.awaySince })
    const parts = [down('sign-in'), down('decisions'), down('log')]
    const messages: Part = hasMessages ? down('messages') : off
    return {
      state: 'down',
      at: now,
      parts: [...parts, messages],
      lastDay: undefined,
      log: unknownLog,
    }
  }
  const { servedSince, lastDay, log, messages } = seen
  const parts: readonly Part[] = [
    { name: 'sign-in', state: 'works', since: servedSince },
    permitsNothing
      ? { name: 'decisions', state: 'down', since: undefined }
      : { name: 'decisions', state: 'works', since: servedSince },
    logPart(log, now),
    hasMessages ? messagesPart(messages, now) : off,
  ]
  return { state: wholeOf(parts), at: now, parts, lastDay, log }
}

const off: Part = { name: 'messages', state: 'off', since: undefined }

function wholeOf(parts: readonly Part[]): ServiceStanding['state'] {
  const needed = parts.filter(({ name }) => name === 'sign-in' || name === 'decisions')
  if (needed.some(({ state }) => state === 'down')) return 'down'
  return parts.some(({ state }) => state === 'late' || state === 'down') ? 'late' : 'works'
}

function logPart({ waitingSince, aloneSince }: LogStanding, now: Date): Part {
  if (isOlder(waitingSince, logLateSeconds, now))
    return { name: 'log', state: 'late', since: waitingSince }
  if (isOlder(aloneSince, cosignLateSeconds, now))
    return { name: 'log', state: 'late', since: aloneSince }
  return { name: 'log', state: 'works', since: undefined }
}

function messagesPart({ waitingSince, failingSince }: MessageStanding, now: Date): Part {
  const name = 'messages'
  if (failingSince !== null) return { name, state: 'down', since: failingSince }
  if (waitingSince !== null && isOlder(waitingSince, messageLateSeconds, now))
    return { name, state: 'late', since: waitingSince }
  return { name, state: 'works', since: undefined }
}

function isOlder(at: Date | undefined, seconds: number, now: Date): boolean {
  return at !== undefined && now.getTime() - at.getTime() > seconds * 1000
}
