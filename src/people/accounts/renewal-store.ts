import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows, sealedDue } from '../../base/sealing/row-renewal.ts'
import { contactTable } from './contact-seal.ts'
import type { ContactSeals } from './contacts.ts'
import { digestOf } from './contacts.ts'
import type { Nicknames } from './nickname.ts'
import { nicknameRenewal } from './nickname-store.ts'

// Addresses under the newest key of purpose `data`; addresses, holds and standings under the newest key of seals.

const addresses = sealedDue(contactTable, {
  isDue: 'substring(t.sealed from 1 for 8) <> :newest',
  written: ['sealed', 'digest', 'seal'],
})

export function accountsRenewals(seals: ContactSeals, nicknames: Nicknames): readonly Renewal[] {
  return [
    nicknameRenewal(nicknames),
    {
      purpose: 'data',
      table: addresses.table,
      renew: (tx, pages) =>
        renewRows(tx, pages, addresses, seals.newestId, (row: Address) => renewed(seals, row)),
    },
  ]
}

type Address = {
  readonly contactId: string
  readonly sealed: Buffer
  readonly seal: Buffer | null
}

// Nothing is written to an address that is not as this broker wrote it: no key is needed for it.
function renewed(seals: ContactSeals, row: Address): readonly Buffer[] | 'none' {
  if (!seals.rows.holds(contactTable.stored, row, row.seal)) return 'none'
  const address = seals.open(row.sealed, row.contactId)
  const [sealed, digest] = [seals.seal(address, row.contactId), digestOf(seals, address)]
  return [sealed, digest, seals.rows.seal(contactTable.stored, { ...row, sealed, digest })]
}
