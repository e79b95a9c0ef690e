import { epochSeconds } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { Claims } from '../../base/keys/jws.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { TimelineEvent, Vault } from '../../ledger/chain/index.ts'
import { canonical, logEntry, readTimeline } from '../../ledger/chain/index.ts'
import { proofOf } from '../../ledger/transparency-log/index.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { AuthorizedOrder } from '../../registry/index.ts'
import { ownOrganisation } from '../../registry/index.ts'

// A dossier for an auditor (decision 0113): the events of one person's chain of a span of days, each with what opens its commitment and
// the proof that the public log holds it. It tells nothing that her own export does not; what she sees later is not in it.

const pageSize = 200
// More than a person's chain holds in years.
const maxPages = 500
const mostEvents = 1000

export type Span = {
  /** Days in Québec, both included. */
  readonly from: string
  readonly to: string
  /** The same as instants, half-open. */
  readonly since: Date
  readonly until: Date
}

/** By whom it is: an order and who signed it; or the two offices of a desk who decided it. */
export type DossierBasis = Pick<AuthorizedOrder, 'signatures' | 'operator'> & {
  readonly order: Readonly<Record<string, unknown>>
  readonly desk?: { readonly organisation: string; readonly offices: readonly string[] }
}

type Making = {
  readonly vault: Vault
  readonly pairwise: Pairwise
  readonly issuer: string
  readonly personId: string
  readonly span: Span
  readonly ordered: DossierBasis
  readonly now: Date
}

/** An event of a dossier. One that is erased has its entry alone. */
export type DossierEvent = {
  readonly person_seq: number
  readonly entry: string
  readonly payload?: string
  readonly salt?: string
  readonly proof?: string
}

/** The claims of a dossier. @throws OperatorError where the span has more events than a dossier holds */
export async function dossierClaims(tx: Transaction, making: Making): Promise<Claims> {
  const { pairwise, issuer, personId, span, ordered, now } = making
  const found: TimelineEvent[] = []
  for await (const event of eventsIn(tx, making)) {
    if (found.length === mostEvents)
      throw new OperatorError(`There are more than ${mostEvents} events: ask for fewer days.`)
    found.push(event)
  }
  const events: DossierEvent[] = []
  for (const event of found) events.push(await eventIn(tx, personId, event))
  const { order, signatures, operator, desk } = ordered
  return {
    iss: issuer,
    iat: epochSeconds(now),
    // The same subject as on her receipts.
    sub: pairwise.subject(personId, ownOrganisation),
    from: span.from,
    to: span.to,
    order,
    signatures,
    operator: operator ?? null,
    ...(desk === undefined ? {} : { desk }),
    events,
  }
}

async function* eventsIn(
  tx: Transaction,
  { vault, personId, span }: Making,
): AsyncGenerator<TimelineEvent> {
  let after = 0
  for (let page = 0; page < maxPages; page++) {
    const events = await readTimeline(tx, vault, personId, { after, limit: pageSize })
    for (const event of events)
      if (event.recordedAt >= span.since && event.recordedAt < span.until) yield event
    const last = events.at(-1)
    if (last === undefined || last.recordedAt >= span.until) return
    after = last.personSeq
  }
  throw new Error('a chain without end')
}

async function eventIn(
  tx: Transaction,
  personId: string,
  { eventId, personSeq, commitment, payload, salt }: TimelineEvent,
): Promise<DossierEvent> {
  const entry = logEntry(commitment).toString('base64')
  const proved = await proofOf(tx, personId, eventId)
  const placed = {
    person_seq: personSeq,
    entry,
    ...(typeof proved === 'object' ? { proof: proved.proof } : {}),
  }
  if (payload === undefined || salt === undefined) return placed
  return { ...placed, payload: canonical(payload), salt: salt.toString('base64') }
}
