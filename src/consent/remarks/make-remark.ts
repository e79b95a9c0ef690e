import type { OnBehalf } from '../../base/web/caller.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { randomBase32 } from '../../base/values/ids.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { Remark } from './rows.ts'
import { insertRemark } from './store.ts'

const half = 5

export async function makeRemark(
  { db, vault }: { readonly db: Database; readonly vault: Vault },
  { personId, clientId: serviceId, acr }: OnBehalf,
  word: Remark['word'],
): Promise<Remark> {
  return transact(db, async (tx) => {
    const book = await openBook(tx, vault, personId)
    const reference = `${randomBase32(half)}-${randomBase32(half)}`
    const remark = { reference, personId, serviceId, word, madeAt: book.now }
    await insertRemark(tx, remark)
    await book.append({
      kind: 'remark.made',
      actor: { type: 'person', acr },
      fields: { service: serviceId, reference, word },
    })
    return remark
  })
}
