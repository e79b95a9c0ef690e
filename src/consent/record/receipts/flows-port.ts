import type { Transaction } from '../../../base/database/database.ts'
import type { Vault } from '../../../ledger/chain/index.ts'
import type { Register } from '../../../registry/index.ts'
import type { ConsentState, OwnConsent } from '../rows.ts'
import type { StillClaims } from './still-claims.ts'

// The port by which this room learns what may flow about a person. Deciding that is the work of a room above it (`consent/standing`).

/** What flows about a person, as it was read under her lock. */
export type FlowsOfPerson = {
  /** All consents of hers, those that are over too. */
  readonly consents: readonly OwnConsent[]
  /** Her other sharings by which its recipient gets some of the same data, or would if a pause, a suspension or a limit ended. */
  othersLike(consent: ConsentState): readonly OwnConsent[]
  /** Once these records are stopped. @returns what the recipient of one of them could still get of its data */
  stillAfter(records: readonly string[]): (consent: ConsentState) => StillClaims
}

/** Reads it in two statements. */
export type ReadFlows = (
  tx: Transaction,
  vault: Vault,
  of: { readonly personId: string; readonly register: Register; readonly now: Date },
) => Promise<FlowsOfPerson>
