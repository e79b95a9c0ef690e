import type { Database } from '../../base/database/database.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'

/** With what a deed about a person's record is read and written: the rows, the seals of her events, and the register of now. */
export type RecordPorts = {
  readonly db: Database
  readonly vault: Vault
  readonly live: LiveRegister
}
