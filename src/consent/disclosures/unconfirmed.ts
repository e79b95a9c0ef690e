import { chainOf, decisionForUpdate, settleDecision, shownWith } from '../decisions/index.ts'
import { later } from '../../base/platform/clock.ts'
import { transact } from '../../base/platform/database.ts'
import { idAtTime, writeId } from '../../base/platform/ids.ts'
import { openChain } from '../../ledger/chain/index.ts'
import { dueSeconds, reconcile } from './reconciliation.ts'
import type { Desk } from './said.ts'
import type { Unreported } from './store.ts'
import { disclosureOf, moveMark, unreportedPermits } from './store.ts'

const batch = 500

/**
 * Writes down, for one batch of permits, that a day passed without a report. Whoever reads knows it before: by the time. The
 * report may still come, and is late then.
 * @returns how many permits were looked at: 0, nothing is left
 */
export async function noteUnconfirmed(desk: Desk, now: Date): Promise<number> {
  const upTo = idAtTime(later(now, -dueSeconds))
  const { permits, seen, reached } = await unreportedPermits(desk.db, upTo, batch)
  for (const permit of permits) await noteOne(desk, permit, now)
  await moveMark(desk.db, reached)
  return seen
}

async function noteOne(desk: Desk, permit: Unreported, now: Date): Promise<void> {
  const { personId, decisionId } = permit
  await transact(desk.db, async (tx) => {
    const book = await openChain(tx, desk.vault, { personId, chainId: chainOf(permit) })
    const decision = await decisionForUpdate(tx, decisionId)
    // Reported, or written down by another meanwhile.
    if (decision?.status !== 'authorised' || (await disclosureOf(tx, decisionId)) !== undefined)
      return
    const register = desk.live.current()
    const dataset = register.datasetByNo(decision.dataset)
    await book.append({
      kind: 'disclosure.unconfirmed',
      actor: { type: 'broker' },
      visibleFrom: shownWith(decision, book.now),
      fields: {
        decision_id: writeId('dec', decisionId),
        consent_id: decision.consentId && writeId('con', decision.consentId),
        holder: dataset?.holder ?? '',
        recipient: register.organisationByRoot(decision.recipient ?? 0)?.id ?? '',
        due_at: later(decision.evaluatedAt, dueSeconds).toISOString(),
      },
    })
    await settleDecision(tx, decisionId, 'unconfirmed')
    await reconcile(tx, decision, now)
  })
}
