import { transact } from '../../src/base/database/database.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import {
  confirmByCode,
  contactSeals,
  markRemoved,
  proposeContact,
} from '../../src/people/accounts/index.ts'
import type { OpenBroker } from './person.ts'
import { secret } from './secrets.ts'
import { counted } from './tries.ts'

// A person's confirmed address, by the deeds that the pages call: how she confirms one is another test's subject.

type House = Pick<OpenBroker, 'db' | 'keysDir'>

/** Gives her this address, in the place of the one before. */
export async function giveEmail(house: House, personId: string, address: string): Promise<void> {
  secret('address', address)
  const keys = await openKeys(house.keysDir)
  const { seals } = makeVault(keys, signalMapping)
  const now = new Date()
  const adding = { personId, channel: 'email', address, messageId: newUuid(now) } as const
  await transact(house.db, async (tx) => {
    const contactId = await proposeContact(tx, contactSeals(keys), adding, now)
    const confirming = { personId, contactId, seals, by: [], isCode: () => true }
    await confirmByCode(counted, tx, confirming, now)
  })
}

export async function takeEmail(house: House, personId: string): Promise<void> {
  const { seals } = makeVault(await openKeys(house.keysDir), signalMapping)
  await transact(house.db, (tx) =>
    markRemoved(tx, seals, { personId, channel: 'email', by: [] }, new Date()),
  )
}
