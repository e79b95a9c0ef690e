import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { DeclaredRow } from './rows.ts'

// SQL of declarations.

type Raw = Omit<DeclaredRow, 'categories'> & { readonly categories: string }

const firstId = '00000000-0000-0000-0000-000000000000'
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

export async function insertDeclared(tx: Transaction, row: DeclaredRow): Promise<void> {
  const { categories, law, ...rest } = row
  await tx('disclosureDeclared').insert({
    ...rest,
    categories: String(categories),
    law: JSON.stringify(law),
  })
}

/** The declaration that its recipient calls so. */
export async function declarationByReference(
  tx: Transaction,
  { personId, recipient, reference }: Pick<DeclaredRow, 'personId' | 'recipient' | 'reference'>,
): Promise<DeclaredRow | undefined> {
  const row: Raw | undefined = await tx('disclosureDeclared')
    .select('*')
    .where({ personId, recipient, reference })
    .first()
  return row && asDeclared(row)
}

/** How much this recipient has declared about her since an instant. */
export async function countDeclared(
  tx: Transaction,
  { personId, recipient }: Pick<DeclaredRow, 'personId' | 'recipient'>,
  since: Date,
): Promise<number> {
  const { rows } = await tx.raw<{ rows: { count: number }[] }>(
    `select count(*)::integer as count from disclosure_declared
     where person_id = ? and recipient = ? and recorded_at > ?`,
    [personId, recipient, since],
  )
  return present(rows[0], 'the count of declarations').count
}

/** These declarations about a person. */
export async function declarationsByIds(
  db: Database,
  personId: string,
  declarationIds: readonly string[],
): Promise<DeclaredRow[]> {
  if (declarationIds.length === 0) return []
  const rows: Raw[] = await db('disclosureDeclared')
    .select('*')
    .where({ personId })
    .whereIn('declarationId', [...declarationIds])
  return rows.map(asDeclared)
}

/** One page of the declarations about a person, newest first. @param before the last one of the page before */
export async function declaredPage(
  db: Database,
  personId: string,
  before: DeclaredRow | undefined,
  limit: number,
): Promise<DeclaredRow[]> {
  const rows: Raw[] = await db('disclosureDeclared')
    .select('*')
    .where({ personId })
    .where('declarationId', '<', before?.declarationId ?? lastId)
    .orderBy('declarationId', 'desc')
    .limit(limit)
  return rows.map(asDeclared)
}

const ofSide = (role: 'holder' | 'recipient') => /* sql */ `(select * from disclosure_declared
    where ${role} = ? and declaration_id > ?::uuid and declaration_id < ?::uuid order by declaration_id limit ?)`

/** Declarations of which this body is a party, after one and before another id, oldest first. */
export async function declaredOfParty(
  db: Database,
  party: number,
  { after = firstId, until = lastId }: { readonly after?: string; readonly until?: string },
  limit: number,
): Promise<DeclaredRow[]> {
  const values = [party, after, until, limit]
  const { rows } = await db.raw<{ rows: Raw[] }>(
    `${ofSide('holder')} union all ${ofSide('recipient')} order by declaration_id limit ?`,
    [...values, ...values, limit],
  )
  return rows.map(asDeclared)
}

function asDeclared(row: Raw): DeclaredRow {
  return { ...row, categories: BigInt(row.categories) }
}
