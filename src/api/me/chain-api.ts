import { openPage } from '../../base/web/cursor.ts'
import { readQuery } from '../../base/web/forms.ts'
import { readId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Problem } from '../../base/values/refusal.ts'
import { readReceipt, receiptsOf } from '../../consent/record/index.ts'
import type { DelayedPlace } from '../../ledger/chain/index.ts'
import { readDelayedEvents, readTimeline } from '../../ledger/chain/index.ts'
import type { MeHandler } from './context.ts'
import { eventAnswer, shownLaterAnswer } from './event-answers.ts'
import { howItWaits } from '../../ledger/transparency-log/index.ts'
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
    next:
      events.length > limit ? present(shown.at(-1), 'the last event of a page').personSeq : null,
  }
}

export const listShownLater: MeHandler = async (ctx, context, { personId }) => {
  const { db, keys } = context.foundation
  const page = openPage<DelayedPlace>(keys, `shown-later:${personId}`, readQuery(ctx, listQuery))
  const asked = { after: page.after, limit: page.rows }
  const events = await readDelayedEvents(db, context.notary.vault, personId, asked)
  const { shown, next } = page.cut(events, (event) => event.shown)
  return { items: shown.map(shownLaterAnswer), next }
}

export const listReceipts: MeHandler = async (ctx, context, { personId }) => {
  const { db, keys } = context.foundation
  const page = openPage<string>(keys, `receipts:${personId}`, readQuery(ctx, listQuery))
  const receipts = await receiptsOf(db, personId, { before: page.after, limit: page.rows })
  const { shown, next } = page.cut(receipts, ({ id }) => id)
  return {
    items: shown.map(({ id, consentId, kind, issuedAt }) => ({
      receipt_id: id,
      consent_id: consentId,
      kind,
      issued_at: issuedAt.toISOString(),
    })),
    next,
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
  const { db, clock } = context.foundation
  const found = eventId && (await proofOfHers(db, personId, eventId))
  if (!found) throw new Problem('proof.not-found', 404, 'no such event')
  if (found === 'waiting') {
    const isLate = howItWaits(eventId, clock()) === 'late'
    ctx.set('Retry-After', isLate ? '60' : '2')
    throw new Problem(
      'proof.waiting',
      409,
      isLate
        ? 'no signed tree holds this event, more than a minute after it'
        : 'no signed tree holds this event yet; within a minute one should',
    )
  }
  return found
}
