import type { Database, Transaction } from '../../base/database/database.ts'
import { Problem, Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { UnauthorisedCall } from '../../base/web/caller.ts'
import type { FlowGate } from '../../base/values/gate.ts'
import type { AnsweringActor } from '../../base/web/visit.ts'
import { ProofNeeded, requireProof } from '../../base/web/proof.ts'
import type { SessionHold } from './hold.ts'
import { accessHeld, heldByRecovery, heldCode, sessionHold } from './hold.ts'
import { holdIn, readHold } from './hold-store.ts'
import { trustedWays } from './ways.ts'
import { listedWays } from './ways-store.ts'

// Everything by which information about a person begins to flow passes here: a yes, the end of a pause, a claim, an answer about a file,
// a sign-in on a device or from elsewhere, an account that is linked. Each function that writes such a thing takes a `FlowGate`
// (src/base/values/gate.ts), and only this file makes one, so that a deed that forgot it does not compile. A house rule finds a write
// without it. What takes away, and what leaves as it is, takes none: stopping is always possible (docs/design/domain.md#i10).

/**
 * Opens the gate for a deed. In a session that is held nothing begins to flow; while a recovery is held nothing sensitive does, whoever
 * asks. Then the proof is looked at: a further one would not help in a session that is held, so she is not asked for it.
 * @param needsCare whether it is sensitive, or says who she is: it needs a proof in this visit or of the last minutes
 * @throws Refusal access.held (409); ProofNeeded
 */
export async function openGate(
  db: Database | Transaction,
  seals: RowSeals,
  { personId, ...by }: AnsweringActor,
  needsCare: boolean,
  now: Date,
): Promise<FlowGate> {
  if ((await gateReopensAt(db, seals, { personId, ...by }, needsCare, now)) !== undefined)
    throw accessHeld()
  requireProof(by, needsCare, now)
  // The symbol is a name for the compiler: nothing bears it.
  return { personId } as FlowGate
}

/**
 * The gate of an access that this transaction has opened: nothing opens it yet, and nothing is held of its person that could flow.
 * @throws Error where it is an older access, which is a fault of ours
 */
export async function gateOfNewAccess(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<FlowGate> {
  const ways = trustedWays(seals, personId, await listedWays(tx, personId))
  if (ways?.length !== 0) throw new Error('an access that is older than this transaction')
  return { personId } as FlowGate
}

/**
 * That the gate is closed for a session, whatever it proves: it is held itself, or what is sensitive waits for everybody. Undefined: it is
 * not. Pages ask it too, to say so before she tries.
 */
export async function gateReopensAt(
  db: Database | Transaction,
  seals: RowSeals,
  who: Pick<AnsweringActor, 'personId' | 'factorIds'>,
  needsCare: boolean,
  now: Date,
): Promise<SessionHold | undefined> {
  const seen = await readHold(db, who.personId)
  const hold = seen && holdIn(seals, who.personId, seen, now)
  return (
    sessionHold(seals, who, seen, now) ??
    (needsCare && hold !== undefined ? heldByRecovery(hold) : undefined)
  )
}

/** A gate that stays closed, as it is said to a service that calls for a person, or about her; any other error as it is. */
export function closedToPrograms(error: unknown): unknown {
  if (error instanceof ProofNeeded)
    return new UnauthorisedCall('insufficient_user_authentication', error.needed.maxAgeSeconds)
  if (!(error instanceof Refusal) || error.code !== heldCode) return error
  const says = 'her access was recovered lately: this waits until the hold is over'
  return new Problem(error.code, error.status, says)
}
