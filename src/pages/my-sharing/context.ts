import type { Foundation } from '../../base/web/foundation.ts'
import type { RequirePerson } from '../../base/web/person.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { Notary } from '../../consent/record/index.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { RelyingParty } from '../../webauthn/index.ts'

/** What the pages of « Mes partages » work with. */
export type SharingContext = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly vault: Vault
  readonly notary: Notary
  readonly person: RequirePerson
  readonly tries: Tries
  /** Who we are to the authenticator that signs. */
  readonly party: RelyingParty
}
