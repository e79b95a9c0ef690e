import type { Database } from '../base/database/database.ts'
import { makeVault, orderMapping } from '../ledger/chain/index.ts'
import { makePairwise } from '../people/accounts/index.ts'
import { openRegister } from '../registry/index.ts'
import type { House } from './house.ts'

/** What a deed about a person by order needs: who may order it, what seals and signs it, and her other names. */
export async function orderPartsOf(house: House, db: Database) {
  const statements = await house.openSigningKeys()
  const { keys } = statements
  const vault = makeVault(keys, orderMapping)
  const register = (await openRegister(db, vault.seals)).current()
  const { signers } = register
  const { issuer } = house.config
  return { vault, pairwise: makePairwise(keys.pairwise), statements, issuer, signers, register }
}
