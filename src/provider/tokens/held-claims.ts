import type { Foundation } from '../../base/web/foundation.ts'
import type { HeldClaims } from '../../consent/claims/index.ts'
import { heldClaims } from '../../consent/claims/index.ts'
import { contactSeals, isHeldSession, openEmail, sessionHold } from '../../people/accounts/index.ts'
import {
  identitySeals,
  statementIn,
  trustedIssuers,
  verifiedIdentityOf,
} from '../../people/identity/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { factorsOf } from '../unit/session-model.ts'
import type { Unit } from '../unit/unit.ts'

/** What a service may be told of a person. It is opened here, when it is told, and for the page that asks her. */
export type ClaimSource = {
  /** By a statement of its own. */
  now(personId: string): Promise<HeldClaims>
  /** As the unit has read it, where she lets the service have it. */
  inUnit(unit: Unit, personId: string): HeldClaims
  /** Whether her session is held, of which the service is told nothing more; by a read of the unit, and of nobody whose hold it has not read. */
  isHeldInUnit(unit: Unit, personId: string, sessionUid: string | undefined): boolean
  /** The same by a statement of its own, for the session that is signed in with this request. */
  isHeldNow(unit: Unit, personId: string, sessionUid: string | undefined): Promise<boolean>
}

export function makeClaimSource({ db, keys }: Foundation, live: LiveRegister): ClaimSource {
  const [contacts, vouched] = [contactSeals(keys), identitySeals(keys)]
  return {
    now: (personId) => heldClaims(db, keys, live.current(), personId),
    inUnit({ seen, live: register }, personId) {
      const address = seen.emails.get(personId)
      const statements = (seen.vouched.get(personId) ?? []).map((row) => statementIn(vouched, row))
      const trusted = trustedIssuers(register.current())
      return {
        email: address && openEmail(contacts, address),
        verified: verifiedIdentityOf(statements, trusted),
      }
    },
    isHeldInUnit(unit, personId, sessionUid) {
      const seen = unit.seen.holds.get(personId)
      if (seen === undefined) return true
      const who = { personId, factorIds: factorsOf(unit, personId, sessionUid) }
      return sessionHold(vouched.rows, who, seen, unit.request.now) !== undefined
    },
    isHeldNow(unit, personId, sessionUid) {
      const who = { personId, factorIds: factorsOf(unit, personId, sessionUid) }
      return isHeldSession(db, vouched.rows, who, unit.request.now)
    },
  }
}
