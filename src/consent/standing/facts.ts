import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { KnownHeads } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import type { AnswersGiven } from '../decisions/index.ts'
import { usesByLawOf } from '../decisions/index.ts'
import type { PermittedByLaw } from '../disclosures/index.ts'
import type { WasUsed } from './receivers.ts'
import type { StandingFacts } from './flows.ts'

/**
 * What is known of a person whose answers were read. One statement.
 * @param heads say whether anything is permitted to anybody at this moment
 */
export async function readStandingFacts(
  db: Database | Transaction,
  seals: RowSeals,
  { personId, answers, register, heads }: Read,
): Promise<StandingFacts> {
  const { isUntrusted, usesByLaw } = await usesByLawOf(db, seals, personId, register)
  return { answers, usesByLaw, isUntrusted, isHalted: heads.isHalted() }
}

type Read = {
  readonly personId: string
  readonly answers: AnswersGiven
  readonly register: Register
  readonly heads: Pick<KnownHeads, 'isHalted'>
}

/** Whether a way was ever used, by her permits by law. Any version of its agreement and purpose counts. */
export function usedByLaw(
  permitted: readonly Pick<PermittedByLaw, 'agreement' | 'purpose'>[],
  register: Register,
): WasUsed {
  const used = new Set(
    permitted.map(
      ({ agreement, purpose }) =>
        `${register.agreementByNo(agreement)?.id} ${register.purposeByNo(purpose)?.id}`,
    ),
  )
  return ({ agreement, purpose }) => used.has(`${agreement.id} ${purpose.id}`)
}
