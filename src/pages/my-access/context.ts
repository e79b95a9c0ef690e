import type { Foundation } from '../../base/web/foundation.ts'
import type { RequirePerson } from '../../base/web/person.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { SignInRequests } from '../../base/ports/ciba-port.ts'
import type { Notary } from '../../consent/record/index.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { HelpVault } from '../../people/helps/index.ts'
import type { Letters } from '../../people/notifications/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { CodeProofs, Passwords } from '../../signin/factors/index.ts'
import type { LevelThree } from '../../webauthn/index.ts'
import type { UpstreamWay } from '../../signin/journey/index.ts'

/** What the pages of « Mon accès » work with. */
export type AccessContext = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly vault: Vault
  readonly passwords: Passwords
  readonly codeProofs: CodeProofs
  readonly letters: Letters
  readonly notary: Notary
  readonly sessions: Sessions
  readonly signInRequests: SignInRequests
  readonly person: RequirePerson
  readonly helps: HelpVault
  readonly tries: Tries
  /** The way in by an account elsewhere. */
  readonly upstream: UpstreamWay
  /** By what a key is believed to be of a model that suffices for the device-bound level; undefined: none is. */
  readonly levelThree: LevelThree | undefined
}
