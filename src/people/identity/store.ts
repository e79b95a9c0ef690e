import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ListedWays } from '../accounts/index.ts'
import type { SealedStatement, VouchedRow } from './seal.ts'
import { isBelieved, sealOfVouched } from './seal.ts'

// SQL of what providers vouch for.

// More accounts elsewhere than open one access.
const maxOfPerson = 20

const inUseColumns = [
  'factorId',
  'personId',
  'issuer',
  'level',
  'sealed',
  'vouchedAt',
  'seal',
  'ways',
  'waysSeal',
] as const satisfies (keyof (SealedStatement & ListedWays))[]

/** The rows of a person that are believed. */
export async function vouchedRowsOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<VouchedRow[]> {
  const rows: (SealedStatement & ListedWays)[] = await db('vouchedInUse')
    .select(...inUseColumns)
    .where({ personId })
    .orderBy('vouchedAt', 'desc')
    .limit(maxOfPerson)
  return rows.filter((row) => isBelieved(seals, row))
}

/** Writes what a provider said last in the place of what it said before. */
export async function putVouchedRow(
  tx: Transaction,
  seals: RowSeals,
  row: VouchedRow,
): Promise<void> {
  await tx('vouchedValues')
    .insert({ ...row, seal: sealOfVouched(seals, row) })
    .onConflict('factorId')
    .merge()
}

/** What came with these accounts elsewhere. */
export async function deleteVouched(
  tx: Transaction,
  personId: string,
  factorIds: readonly string[],
): Promise<void> {
  await tx('vouchedValues')
    .where({ personId })
    .whereIn('factorId', [...factorIds])
    .delete()
}

/** Everything that was vouched for of a person. */
export async function forgetVouched(tx: Transaction, personId: string): Promise<void> {
  await tx('vouchedValues').where({ personId }).delete()
}
