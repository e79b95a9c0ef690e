import {
  reportTampering,
  chainOf,
  permitForUpdate,
  settleDecision,
  visibleFromOf,
} from '../decisions/index.ts'
import { registerEpoch } from '../record/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { transact } from '../../base/database/database.ts'
import { idAtTime, writeId } from '../../base/values/ids.ts'
import { enqueue } from '../../base/jobs/jobs.ts'
import { present } from '../../base/values/present.ts'
import { Unavailable } from '../../base/values/refusal.ts'
import { openChain } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { bodyId } from '../../registry/index.ts'
import { dueSeconds, reconcile } from './reconciliation.ts'
import type { DisclosureContext } from './report-rules.ts'
import type { UnreportedPermit } from './store.ts'
import { disclosureOf, moveMark, unreportedPermits } from './store.ts'

const batch = 500
/** A job for one permit; it is tried again for hours. */
export const permitJobName = 'reports.unconfirmed-alone'
const maxAttempts = 10

/**
 * Writes, for one batch of permits, that a day passed without a report. Pages show so by the clock, before it is written. The report
 * may still come, and is late then. A permit that fails is left to a job of its own, and holds up no other.
 * @returns how many permits were looked at; 0: none is left
 */
export async function noteUnconfirmed(context: DisclosureContext, now: Date): Promise<number> {
  const upTo = idAtTime(secondsAfter(now, -dueSeconds))
  const { permits, seen, reached } = await unreportedPermits(context.db, upTo, batch)
  const register = await context.live.at(await registerEpoch(context.db))
  const failed: UnreportedPermit[] = []
  for (const permit of permits) {
    try {
      await noteOne(context, register, permit)
    } catch (error) {
      // Not the permit, but what all of them need.
      if (error instanceof Unavailable) throw error
      failed.push(permit)
    }
  }
  await transact(context.db, async (tx) => {
    for (const permit of failed)
      await enqueue(tx, { name: permitJobName, payload: permit, maxAttempts })
    await moveMark(tx, reached)
  })
  return seen
}

/** The same of one permit. */
export async function noteOne(
  context: DisclosureContext,
  register: Register,
  unreported: UnreportedPermit,
): Promise<void> {
  const { personId, decisionId } = unreported
  await transact(context.db, async (tx) => {
    const book = await openChain(tx, context.vault, { personId, chainId: chainOf(unreported) })
    const permit = await permitForUpdate(tx, context.vault, register, decisionId)
    // A forged permit has no effect: it was never given, or given with other contents.
    if (permit === undefined) return reportTampering(context.log)
    const { decision } = permit
    // The holder has reported, or another process has written this, meanwhile.
    if (decision.status !== 'authorised' || (await disclosureOf(tx, decisionId)) !== undefined)
      return
    const dueAt = secondsAfter(decision.evaluatedAt, dueSeconds)
    const dataset = present(register.datasetByNo(decision.dataset), 'the dataset of a permit')
    await book.append({
      kind: 'disclosure.unconfirmed',
      actor: { type: 'broker' },
      visibleFrom: visibleFromOf(decision, book.now),
      fields: {
        decision_id: writeId('dec', decisionId),
        consent_id: decision.consentId && writeId('con', decision.consentId),
        holder: dataset.holder,
        recipient: bodyId(register, decision.recipient),
        due_at: dueAt.toISOString(),
      },
    })
    await settleDecision(tx, decisionId, 'unconfirmed')
    await reconcile(tx, decision, book.now, dueAt)
  })
}
