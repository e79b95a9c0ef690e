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

/** Why no decision was asked for after an introspection. */
export type Why = 'proof_refused' | 'other_route' | 'no_answer'

export type Outbox = {
  /** Comes back at once: nobody who waits for an answer waits for its report. */
  put(report: Report): void
  /** The same, to say why of each introspection with one of these names. */
  excuse(inquiries: readonly string[], why: Why): void
  close(): void
}

// In memory, because this is a demonstration. A real holder writes the report into its database before it sends the
// answer: a process that stops in between would otherwise have disclosed what nobody can account for.
export function openOutbox(holder: Reporter, keepAck?: KeepAck): Outbox {
  const waiting = new Set<NodeJS.Timeout>()
  let isOpen = true

  async function deliver(parcel: Parcel, pause: number): Promise<void> {
    const isSettled = await send(holder, parcel)
    if (isSettled || !isOpen) return
    const isLate = Date.now() - parcel.since.getTime() > dueMilliseconds
    if (isLate || waiting.size >= waitingLimit) return say(parcel, 'is given up')
    const timer = setTimeout(() => {
      waiting.delete(timer)
      void deliver(parcel, Math.min(2 * pause, longestPauseMilliseconds))
    }, pause)
    waiting.add(timer)
  }

  function close(): void {
    isOpen = false
    for (const timer of waiting) clearTimeout(timer)
  }

  return {
    put: (report) => void deliver(reportParcel(report, keepAck), firstPauseMilliseconds),
    excuse(inquiries, why) {
      for (const inquiry of inquiries)
        void deliver(excuseParcel(inquiry, why), firstPauseMilliseconds)
    },
    close,
  }
}

type Parcel = {
  /** As the log calls it. */
  readonly called: string
  readonly since: Date
  readonly body: object
  readonly headers: Readonly<Record<string, string>>
  /** What is done with the answer, once it has arrived. */
  readonly arrived?: ((answer: Response) => Promise<void>) | undefined
}

function reportParcel(report: Report, keepAck: KeepAck | undefined): Parcel {
  const { decisionId } = report.permit
  return {
    called: `the report of ${decisionId}`,
    since: report.occurredAt,
    body: content(report),
    // The same key at each try: the broker keeps one report, whichever of its answers was lost.
    headers: { 'idempotency-key': decisionId },
    arrived: keepAck && ((answer) => kept(decisionId, answer, keepAck)),
  }
}

// The name is the key of its own: the broker keeps one reason, whichever of its answers was lost.
function excuseParcel(inquiry: string, why: Why): Parcel {
  const body = { status: 'none', inquiry, why }
  return { called: 'the reason for an introspection', since: new Date(), body, headers: {} }
}

/** @returns false when it has to be sent again */
async function send({ issuer, sendReport }: Reporter, parcel: Parcel): Promise<boolean> {
  try {
    const answer = await sendReport(`${issuer}/disclosures`, parcel.body, parcel.headers)
    const { ok, status } = answer
    if (!ok) say(parcel, `was answered with ${status}`)
    else await parcel.arrived?.(answer)
    return ok || !worthAnotherTry.has(status)
  } catch (error) {
    say(parcel, `waits: ${errorMessages(error)}`)
    return false
  }
}

/** The report has arrived: an acknowledgement that cannot be kept is for people to look at. */
async function kept(decisionId: string, answer: Response, keepAck: KeepAck): Promise<void> {
  try {
    const { ack } = (await answer.json()) as { ack?: unknown }
    await keepAck(ack, decisionId)
  } catch (error) {
    say(
      { called: `the report of ${decisionId}` },
      `has no acknowledgement: ${errorMessages(error)}`,
    )
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

function say({ called }: Pick<Parcel, 'called'>, what: string): void {
  console.error(`${called} ${what}`)
}
