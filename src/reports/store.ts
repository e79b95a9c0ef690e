import type { Database, Transaction } from '../foundation/database.ts'
import type { DecisionListed, DisclosureRow, Listed } from './rows.ts'

// All SQL of this room. A permit is the room disclosure's: it is read here by a view, and settled by that room.

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

export async function insertDisclosure(tx: Transaction, row: DisclosureRow): Promise<void> {
  const { categoriesActual, initiator, ...rest } = row
  await tx('disclosure').insert({
    ...rest,
    categoriesActual: String(categoriesActual),
    initiator: initiator === null ? null : JSON.stringify(initiator),
  })
}

export async function disclosureOf(
  tx: Transaction,
  decisionId: string,
): Promise<DisclosureRow | undefined> {
  const row: Raw<DisclosureRow> | undefined = await tx('disclosure')
    .select('*')
    .where({ decisionId })
    .first()
  return row && { ...row, categoriesActual: BigInt(row.categoriesActual) }
}

type ListedRow = Raw<Omit<DecisionListed, 'categoriesActual'>> & {
  readonly categoriesActual: string | null
}

/** Newest first. */
export async function decisionsOf(
  db: Database,
  personId: string,
  { consentId, before, limit }: Listed,
): Promise<DecisionListed[]> {
  const rows: ListedRow[] = await db('decisionHistory')
    .select('*')
    .where({ personId, consentId: consentId ?? null })
    .where('evaluatedAt', '<', before ?? new Date(8.64e15))
    .orderBy('evaluatedAt', 'desc')
    .limit(limit)
  return rows.map(({ asked, permitted, categoriesActual, ...row }) => ({
    ...row,
    asked: BigInt(asked),
    permitted: BigInt(permitted),
    categoriesActual: categoriesActual === null ? null : BigInt(categoriesActual),
  }))
}

export async function lastSent(
  db: Database,
  personId: string,
  consentId: string,
): Promise<Date | undefined> {
  const row: { occurredAt: Date } | undefined = await db('decisionHistory')
    .select('occurredAt')
    .where({ personId, consentId, status: 'recorded' })
    .orderBy('evaluatedAt', 'desc')
    .first()
  return row?.occurredAt
}
