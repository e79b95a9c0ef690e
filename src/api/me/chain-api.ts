import { readCursor, writeCursor } from '../../base/web/cursor.ts'
import { readQuery } from '../../base/web/forms.ts'
import { readId } from '../../base/platform/ids.ts'
import { Problem } from '../../base/platform/refusal.ts'
import { readReceipt, receiptsOf } from '../../consent/record/index.ts'
import { readDelayed, readTimeline } from '../../ledger/chain/index.ts'
import type { MeHandler } from './context.ts'
import { eventAnswer, shownLaterAnswer } from './event-answers.ts'
import { proofOfHers } from './proof.ts'
import { listQuery, noQuery, timelineQuery } from './shapes.ts'

// What a person can show to others: the events of her chain, receipts and proofs.

export const showTimeline: MeHandler = async (ctx, context, { personId }) => {
  const { after, limit } = readQuery(ctx, timelineQuery)
  const { db } = context.foundation
  const events = await readTimeline(db, context.notary.vault, personId, { after, limit: limit + 1 })
  const shown = events.slice(0, limit)
  return {
    items: shown.map(eventAnswer),
    /** The value of `after` for the next page. */
    next: events.length > limit ? (shown.at(-1)?.personSeq ?? null) : null,
  }
}

export const listShownLater: MeHandler = async (ctx, context, { personId }) => {
  const { cursor, limit } = readQuery(ctx, listQuery)
  const { db, keys } = context.foundation
  const list = `shown-later:${personId}`
  const [visibleFrom = '', eventId = ''] = readCursor(keys, list, cursor)?.split('|') ?? []
  const after = cursor === undefined ? undefined : { visibleFrom, eventId }
  const events = await readDelayed(db, context.notary.vault, personId, { after, limit: limit + 1 })
  const shown = events.slice(0, limit)
  const last = events.length > limit ? shown.at(-1)?.shown : undefined
  return {
    items: shown.map(shownLaterAnswer),
    next:
      last === undefined ? null : writeCursor(keys, list, `${last.visibleFrom}|${last.eventId}`),
  }
}

export const listReceipts: MeHandler = async (ctx, context, { personId }) => {
  const { cursor, limit } = readQuery(ctx, listQuery)
  const { db, keys } = context.foundation
  const list = `receipts:${personId}`
  const before = readCursor(keys, list, cursor)
  const receipts = await receiptsOf(db, personId, { before, limit: limit + 1 })
  const shown = receipts.slice(0, limit)
  const next = receipts.length > limit ? shown.at(-1)?.id : undefined
  return {
    items: shown.map(({ id, consentId, kind, issuedAt }) => ({
      receipt_id: id,
      consent_id: consentId,
      kind,
      issued_at: issuedAt.toISOString(),
    })),
    next: next === undefined ? null : writeCursor(keys, list, next),
  }
}

export const showReceipt: MeHandler<'id'> = async (ctx, context, { personId }) => {
  readQuery(ctx, noQuery)
  const { foundation, notary } = context
  return { receipt: await readReceipt(foundation.db, notary.vault, personId, ctx.params.id) }
}

/** The proof that an event of the person's is in the public log (C2SP tlog-proof). */
export const showProof: MeHandler<'id'> = async (ctx, context, { personId }) => {
  readQuery(ctx, noQuery)
  const eventId = readId('evt', ctx.params.id)
  const found = eventId && (await proofOfHers(context.foundation.db, personId, eventId))
  if (!found) throw new Problem('proof.not-found', 404, 'no such event')
  if (found === 'waiting') {
    ctx.set('Retry-After', '2')
    throw new Problem(
      'proof.waiting',
      409,
      'no signed tree holds this event yet; within a minute one does',
    )
  }
  return found
}
