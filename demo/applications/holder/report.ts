import { errorMessages } from '../log.ts'
import type { KeepAck } from './acks.ts'
import type { Permit } from './decide.ts'
import type { Holder } from './holder.ts'

const waitingLimit = 1000
const firstPauseMilliseconds = 500
const longestPauseMilliseconds = 60_000
/** As the obligation has it: a report is due within a day. */
const dueMilliseconds = 24 * 3600 * 1000
const worthAnotherTry = new Set([401, 429, 500, 502, 503, 504])

/** What became of a permit. */
export type Report = {
  readonly permit: Permit
  /** The categories that left; none makes the report `nil`, and gives the use back. */
  readonly sent: readonly string[]
  readonly occurredAt: Date
  /** The recipient's own number of its request, if it told us one: both reports name it. */
  readonly queryId?: string | undefined
}

type Reporter = Pick<Holder, 'issuer' | 'sendReport'>

export type Outbox = {
  /** Comes back at once: nobody who waits for an answer waits for its report. */
  put(report: Report): void
  close(): void
}

// In memory, because this is a demonstration. A real holder writes the report into its database before it sends the
// answer: a process that stops in between would otherwise have disclosed what nobody can account for.
export function openOutbox(holder: Reporter, keepAck?: KeepAck): Outbox {
  const waiting = new Set<NodeJS.Timeout>()
  let isOpen = true

  async function deliver(report: Report, pause: number): Promise<void> {
    const isSettled = await send(holder, report, keepAck)
    if (isSettled || !isOpen) return
    const isLate = Date.now() - report.occurredAt.getTime() > dueMilliseconds
    if (isLate || waiting.size >= waitingLimit) return say(report, 'is given up')
    const timer = setTimeout(() => {
      waiting.delete(timer)
      void deliver(report, Math.min(2 * pause, longestPauseMilliseconds))
    }, pause)
    waiting.add(timer)
  }

  function close(): void {
    isOpen = false
    for (const timer of waiting) clearTimeout(timer)
  }

  return { put: (report) => void deliver(report, firstPauseMilliseconds), close }
}

/** @returns false when it has to be sent again */
async function send(holder: Reporter, report: Report, keepAck?: KeepAck): Promise<boolean> {
  const { decisionId } = report.permit
  try {
    // The same key at each try: the broker keeps one report, whichever of its answers was lost.
    const key = { 'idempotency-key': decisionId }
    const address = `${holder.issuer}/disclosures`
    const answer = await holder.sendReport(address, content(report), key)
    const { ok, status } = answer
    if (!ok) say(report, `was answered with ${status}`)
    else if (keepAck !== undefined) await kept(report, answer, keepAck)
    return ok || !worthAnotherTry.has(status)
  } catch (error) {
    say(report, `waits: ${errorMessages(error)}`)
    return false
  }
}

/** The report has arrived: an acknowledgement that cannot be kept is for people to look at. */
async function kept(report: Report, answer: Response, keepAck: KeepAck): Promise<void> {
  try {
    const { ack } = (await answer.json()) as { ack?: unknown }
    await keepAck(ack, report.permit.decisionId)
  } catch (error) {
    say(report, `has no acknowledgement: ${errorMessages(error)}`)
  }
}

function content({ permit, sent, occurredAt, queryId }: Report): object {
  const isNil = sent.length === 0
  return {
    decision_token: permit.decisionToken,
    status: isNil ? 'nil' : 'recorded',
    occurred_at: occurredAt.toISOString(),
    categories: sent,
    record_count: isNil ? 0 : 1,
    result: isNil ? 'not_found' : 'found',
    ...(queryId === undefined ? {} : { query_id: queryId }),
  }
}

function say({ permit }: Report, what: string): void {
  console.error(`the report of ${permit.decisionId} ${what}`)
}
