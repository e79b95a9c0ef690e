import type { Database, Transaction } from '../foundation/database.ts'

const maxListed = 100

type CodeRow = { readonly codeIndex: string; readonly secretSha256: Buffer }

export async function insertCodes(
  tx: Transaction,
  personId: string,
  rows: readonly CodeRow[],
  now: Date,
): Promise<void> {
  await tx('recoveryCodes').insert(rows.map((row) => ({ ...row, personId, createdAt: now })))
}

export async function deleteCodes(tx: Transaction, personId: string): Promise<void> {
  await tx('recoveryCodes').where({ personId }).delete()
}

export async function findCode(
  tx: Transaction,
  codeIndex: string,
): Promise<{ personId: string; secretSha256: Buffer } | undefined> {
  const row: { personId: string; secretSha256: Buffer } | undefined = await tx('recoveryCodes')
    .join('openAccounts', 'openAccounts.personId', 'recoveryCodes.personId')
    .select('recoveryCodes.personId', 'secretSha256')
    .where({ codeIndex })
    .first()
  return row
}

export async function markUsed(tx: Transaction, codeIndex: string, now: Date): Promise<boolean> {
  return (
    (await tx('recoveryCodes').where({ codeIndex, usedAt: null }).update({ usedAt: now })) === 1
  )
}

/** When each code of the present set was made and used; nothing of the code. */
export async function codesHeld(
  db: Database,
  personId: string,
): Promise<{ createdAt: Date; usedAt: Date | null }[]> {
  return db('recoveryCodes')
    .select('createdAt', 'usedAt')
    .where({ personId })
    .orderBy('usedAt')
    .limit(maxListed)
}

export async function unusedCodes(db: Database, personId: string): Promise<number> {
  const [row]: { count: string }[] = await db('recoveryCodes')
    .where({ personId, usedAt: null })
    .count()
  return Number(row?.count ?? 0)
}
