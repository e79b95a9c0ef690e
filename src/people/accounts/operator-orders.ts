import type { Database, Transaction } from '../../base/database/database.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import { endOfDay, isDay } from '../../base/values/calendar.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { JsonValue, Vault } from '../../ledger/chain/index.ts'
import { eventAt, eventsOfKinds, openBook } from '../../ledger/chain/index.ts'
import { recordActivity } from './activity.ts'

// What operators order about a person (decision 0112): who answers for it and why stand in an event of her chain, and her activity leads
// there. The event is also what makes an order count once.

/** An order as her chain tells it. */
export type OrderEvent = {
  readonly order: {
    readonly deed: string
    readonly reason: Bilingual
    readonly details: Readonly<Record<string, string>>
  } & Readonly<Record<string, JsonValue>>
  readonly sha256: string
  readonly signatures: readonly {
    readonly signer: string
    readonly office: Bilingual
    readonly jws: string
  }[]
  /** Of an order that nobody signed, since the register had no two signers: the name that was typed. */
  readonly operator: string | undefined
}

type Chain = { readonly vault: Vault; readonly personId: string }

/** What is noted in her activity: the number of the event. */
const mark = 'order:'
const origin = { requestId: 'operator', network: undefined }

/**
 * Notes an order in the transaction of its deed, after the account's lock. @returns the id of its event. @throws OperatorError where this
 * order was carried out before
 */
export async function tellOrdered(
  tx: Transaction,
  { vault, personId }: Chain,
  { order, sha256, signatures, operator }: OrderEvent,
): Promise<string> {
  const book = await openBook(tx, vault, personId)
  const { events } = await eventsOfKinds(tx, vault, personId, { kinds: ['access.ordered'] })
  if (events.some(({ text }) => isOf(text, sha256)))
    throw new OperatorError('The order is not carried out: it was carried out before.')
  const { personSeq, eventId } = await book.append({
    kind: 'access.ordered',
    actor: { type: 'broker' },
    fields: {
      order: { ...order, reason: { ...order.reason } },
      order_sha256: sha256,
      signatures: signatures.map((one) => ({ ...one, office: { ...one.office } })),
      operator: operator ?? null,
    },
  })
  const line = { kind: 'access.ordered', personId, result: 'done' } as const
  await recordActivity(tx, { ...line, reason: `${mark}${personSeq}` }, origin, book.now)
  return eventId
}

function isOf(text: string, sha256: string): boolean {
  const { order_sha256: known } = JSON.parse(text) as { order_sha256: string } // as `tellOrdered` wrote it
  return known === sha256
}

/** An order as a person reads it. */
export type OrderRead = {
  readonly deed: string
  readonly reason: Bilingual
  readonly offices: readonly Bilingual[]
  readonly operator: string | undefined
  /** Of a legal hold: its last day. */
  readonly until: string | undefined
}

/** The orders to which lines of her activity lead, by what the lines say. One that is erased, or not as written, is left out. */
export async function ordersIn(
  db: Database,
  vault: Vault,
  personId: string,
  reasons: readonly string[],
): Promise<ReadonlyMap<string, OrderRead>> {
  const found = new Map<string, OrderRead>()
  for (const reason of reasons) {
    const seq = Number(reason.slice(mark.length))
    if (!reason.startsWith(mark) || !Number.isSafeInteger(seq)) continue
    const event = await eventAt(db, vault, personId, seq)
    if (event?.kind === 'access.ordered') found.set(reason, readOrder(event.payload))
  }
  return found
}

function readOrder(payload: Readonly<Record<string, JsonValue>>): OrderRead {
  const { order, signatures, operator } = payload as unknown as {
    order: OrderEvent['order']
    signatures: OrderEvent['signatures']
    operator: string | null
  } // as `tellOrdered` wrote it
  return {
    deed: order.deed,
    reason: order.reason,
    offices: signatures.map(({ office }) => office),
    operator: operator ?? undefined,
    until: order.deed === 'hold' ? order.details['until'] : undefined,
  }
}

// A legal hold: by the order of two signers, nothing of what is kept of a person for its time is erased before a day. It is nothing but
// the event of its order in her chain, so no row of it can be written, moved on or taken away without one (decision 0236).

/** The end of what holds back erasures about her; undefined: nothing does. @throws SealError where an order of hers does not open */
export async function legalHoldOf(
  db: Database | Transaction,
  vault: Vault,
  personId: string,
  now: Date,
): Promise<Date | undefined> {
  const { events } = await eventsOfKinds(db, vault, personId, { kinds: ['access.ordered'] })
  for (const { text } of events) {
    const { order } = JSON.parse(text) as OrderTold // as `tellOrdered` wrote it
    if (order.deed === 'release') return undefined
    if (order.deed !== 'hold') continue
    const { until = '' } = order.details
    const end = isDay(until) ? endOfDay(until) : undefined
    return end !== undefined && now < end ? end : undefined
  }
  return undefined
}

type OrderTold = {
  readonly order: { readonly deed: string; readonly details: { readonly until?: string } }
}
