import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Register } from '../../registry/index.ts'
import { bodyNo } from '../../registry/index.ts'
import { noRequest } from './preview.ts'
import { readFacts } from './store.ts'

/** What a decision by law would read of a person, for each recipient and purpose of the register. */
export type UsesByLaw = {
  /** Nothing is permitted about her: her rows or the database are not as they were written, or she died. */
  readonly isUntrusted: boolean
  usesByLaw(recipient: number, purpose: number): readonly Date[]
}

const nobody = { recipient: 0, purpose: 0, count: 0 }

/** Reads it in one statement, by the same facts as a decision. In a transaction it reads after the person's lock. */
export async function usesByLawOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  register: Register,
): Promise<UsesByLaw> {
  const limited = register.byLaw.flatMap(({ recipient, purposes }) =>
    purposes.flatMap((ref) => {
      const purpose = register.purpose(ref)
      const count = Math.max(purpose?.frequencyLimit?.count ?? 0, purpose?.maxUses ?? 0)
      const asked = { recipient: bodyNo(register, recipient), purpose: purpose?.no ?? 0, count }
      return count === 0 ? [] : [asked]
    }),
  )
  const asked = [nobody, ...limited]
  const facts = await readFacts(
    db,
    seals,
    asked.map(({ recipient, purpose, count }) => ({
      personId,
      recipient,
      purpose,
      dataset: 0,
      requestKey: noRequest,
      byLaw: count === 0 ? undefined : { uses: count },
    })),
  )
  const found = new Map(
    facts.map(({ usesByLaw }, n) => [`${asked[n]?.recipient} ${asked[n]?.purpose}`, usesByLaw]),
  )
  return {
    isUntrusted: facts.some((one) => one.isUntrusted || one.isRestored || one.standing !== 'open'),
    usesByLaw: (recipient, purpose) => found.get(`${recipient} ${purpose}`) ?? [],
  }
}
