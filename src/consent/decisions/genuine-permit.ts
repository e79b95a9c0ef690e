import type { Transaction } from '../../base/database/database.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { eventAt } from '../../ledger/chain/index.ts'
import type { StoredRow } from '../../ledger/fold/index.ts'
import { InvalidEvent, unlike } from '../../ledger/fold/index.ts'
import type { Register } from '../../registry/index.ts'
import { permitIn } from './fold.ts'
import type { PermitRow } from './rows.ts'
import { chainOf } from './rows.ts'
import { permitRowForUpdate } from './store.ts'

// A role of the database may write a row of a permit, but no event. Whatever follows from a permit that was given earlier, its repeat
// or a report about it, therefore asks the event that was written with it (docs/decisions/0088-what-follows-from-a-permit.md).

/** A permit that is as it was written, with the commitment of its event. */
export type GenuinePermit = { readonly decision: PermitRow; readonly commitment: Buffer }

/**
 * A permit, locked, after the lock of its chain.
 * @param register one that knows whatever was written until now
 * @returns undefined where there is none, or the row is not as its event tells
 */
export async function permitForUpdate(
  tx: Transaction,
  vault: Vault,
  register: Register,
  decisionId: string,
): Promise<GenuinePermit | undefined> {
  const found = await permitRowForUpdate(tx, decisionId)
  if (found === undefined) return undefined
  const { decision, row } = found
  const chainId = chainOf(decision)
  const event = await eventAt(tx, vault, chainId, decision.personSeq)
  if (event?.kind !== 'disclosure.authorised') return undefined
  const { personId } = decision
  const delayed = chainId === personId ? undefined : chainId
  const isGenuine = isAsTold(row, () => permitIn({ ...event, delayed }, { personId, register }))
  return isGenuine ? { decision, commitment: event.commitment } : undefined
}

// A report changes the status, and has an event of its own.
function isAsTold({ status: _status, ...row }: StoredRow, tell: () => ReturnType<typeof permitIn>) {
  return attempt(
    () => unlike(row, tell()).length === 0,
    recoverFrom(InvalidEvent, () => false),
  )
}
