import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Register } from '../../registry/index.ts'
import type { AnswersGiven } from '../decisions/index.ts'
import { usesByLawOf } from '../decisions/index.ts'
import type { StandingFacts } from './still-flows.ts'

/** What is known of a person whose answers were read. One statement. */
export async function readStandingFacts(
  db: Database | Transaction,
  seals: RowSeals,
  { personId, answers, register }: Read,
): Promise<StandingFacts> {
  return { answers, ...(await usesByLawOf(db, seals, personId, register)) }
}

type Read = {
  readonly personId: string
  readonly answers: AnswersGiven
  readonly register: Register
}
