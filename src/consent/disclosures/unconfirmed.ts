import { chainOf, decisionForUpdate, settleDecision, visibleFromOf } from '../decisions/index.ts'
import { later } from '../../base/platform/clock.ts'
import { transact } from '../../base/platform/database.ts'
import { idAtTime, writeId } from '../../base/platform/ids.ts'
import { openChain } from '../../ledger/chain/index.ts'
import { dueSeconds, reconcile } from './reconciliation.ts'
import type { DisclosureContext } from './said.ts'
import type { UnreportedPermit } from './store.ts'
import { disclosureOf, moveMark, unreportedPermits } from './store.ts'

const batch = 500

/**
 * Writes, for one batch of permits, that a day passed without a report. Pages show so by the clock, before it is written. The report
 * may still come, and is late then.
 * @returns how many permits were looked at; 0: none is left
 */
export async function noteUnconfirmed(context: DisclosureContext, now: Date): Promise<number> {
  const upTo = idAtTime(later(now, -dueSeconds))
  const { permits, seen, reached } = await unreportedPermits(context.db, upTo, batch)
  for (const permit of permits) await noteOne(context, permit)
  await moveMark(context.db, reached)
  return seen
}

async function noteOne(context: DisclosureContext, permit: UnreportedPermit): Promise<void> {
  const { personId, decisionId } = permit
  await transact(context.db, async (tx) => {
    const book = await openChain(tx, context.vault, { personId, chainId: chainOf(permit) })
    const decision = await decisionForUpdate(tx, decisionId)
    // The holder has reported, or another process has written this, meanwhile.
    if (decision?.status !== 'authorised' || (await disclosureOf(tx, decisionId)) !== undefined)
      return
    const dueAt = later(decision.evaluatedAt, dueSeconds)
    const register = context.live.current()
    const dataset = register.datasetByNo(decision.dataset)
    await book.append({
      kind: 'disclosure.unconfirmed',
      actor: { type: 'broker' },
      visibleFrom: visibleFromOf(decision, book.now),
      fields: {
        decision_id: writeId('dec', decisionId),
        consent_id: decision.consentId && writeId('con', decision.consentId),
        holder: dataset?.holder ?? '',
        recipient: register.organisationByRoot(decision.recipient ?? 0)?.id ?? '',
        due_at: dueAt.toISOString(),
      },
    })
    await settleDecision(tx, decisionId, 'unconfirmed')
    await reconcile(tx, decision, book.now, dueAt)
  })
}
