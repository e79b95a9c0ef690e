import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows, sealedDue, sealRenewal, valuesOf } from '../../base/sealing/row-renewal.ts'
import { contactSeal, holdSeal } from './contact-seal.ts'
import type { ContactSeals } from './contacts.ts'
import { digestOf } from './contacts.ts'
import { deviceSeal } from './device-store.ts'
import type { Nicknames } from './nickname.ts'
import { nicknameRenewal } from './nickname-store.ts'
import { standingSeal } from './standing.ts'
import { listSeal } from './ways.ts'

// Addresses under the newest key of purpose `data`; addresses, holds and standings under the newest key of seals.

const addresses = sealedDue('contact_point', contactSeal, {
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
    sealRenewal('contact_point', contactSeal)(seals.rows),
    sealRenewal('recovery_holds', holdSeal)(seals.rows),
    sealRenewal('ways_in', listSeal)(seals.rows),
    sealRenewal('known_devices', deviceSeal)(seals.rows),
    sealRenewal('accounts', standingSeal, {
      as: { status: 'p.status' },
      join: 'join persons p on p.person_id = t.person_id',
    })(seals.rows),
  ]
}

type Address = {
  readonly contactId: string
  readonly sealed: Buffer
  readonly seal: Buffer | null
}

// Nothing is written to an address that is not as this broker wrote it: no key is needed for it.
function renewed(seals: ContactSeals, row: Address): readonly Buffer[] | 'none' {
  const values = valuesOf(contactSeal, row)
  if (!seals.rows.holds(contactSeal, values, row.seal)) return 'none'
  const address = seals.open(row.sealed, row.contactId)
  const [sealed, digest] = [seals.seal(address, row.contactId), digestOf(seals, address)]
  return [sealed, digest, seals.rows.seal(contactSeal, { ...values, sealed, digest })]
}
