import type { Database, Transaction } from '../../base/database/database.ts'
import type { Remark } from './rows.ts'

export async function insertRemark(tx: Transaction, remark: Remark): Promise<void> {
  await tx('remark').insert({ ...remark })
}

export async function remarkCalled(db: Database, reference: string): Promise<Remark | undefined> {
  return db('remark').where({ reference }).first<Remark | undefined>()
}

export async function forgetRemarks(tx: Transaction, personId: string): Promise<void> {
  await tx('remark').where({ personId }).delete()
}
