import type { Database, Transaction } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import { firstSealsOf } from '../../src/base/sealing/first-seals.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import { firstSeals } from '../../src/house/sealed-tables.ts'
import { enrolmentTable, proposalTable } from '../../src/signin/factors/seal.ts'
import { challengeTable } from '../../src/webauthn/seal.ts'
import { sealsOf } from './seals.ts'

const all = [
  ...firstSeals,
  firstSealsOf(challengeTable),
  firstSealsOf(enrolmentTable),
  firstSealsOf(proposalTable),
]

/** Lists the ways into each access as their rows stand, as if the broker's deeds had made them. */
async function listWays(tx: Transaction, seals: RowSeals): Promise<void> {
  await tx('waysIn').update({ seal: null })
  await firstSeals.find(({ table }) => table === 'ways_in')?.sealAll(tx, seals)
}

/** Seals what a test wrote into a table by SQL, as if the broker had written it. */
export async function sealAsWritten(
  { db, keysDir }: { readonly db: Database; readonly keysDir: string },
  table: string,
): Promise<void> {
  const seals = await sealsOf(keysDir)
  const found = all.find((one) => one.table === table)
  if (found === undefined) throw new Error(`${table} bears no seals`)
  await transact(db, async (tx) => {
    await tx.raw('update ?? set seal = null', [table])
    await found.sealAll(tx, seals)
    await listWays(tx, seals)
  })
}
