import type { Foundation } from '../base/web/foundation.ts'
import type { HeldClaims } from '../consent/claims/index.ts'
import { heldClaims } from '../consent/claims/index.ts'
import { contactSeals, openEmail } from '../people/accounts/index.ts'
import { identitySeals, statementIn, verifiedBy } from '../people/identity/index.ts'
import type { LiveRegister } from '../registry/index.ts'
import type { Unit } from './unit.ts'

/** What a service may be told of a person. It is opened here, when it is told, and for the page that asks her. */
export type Held = {
  /** By a statement of its own. */
  now(personId: string): Promise<HeldClaims>
  /** As the unit has read it, where she lets the service have it. */
  inUnit(unit: Unit, personId: string): HeldClaims
}

export function makeHeld({ db, keys }: Foundation, live: LiveRegister): Held {
  const [contacts, vouched] = [contactSeals(keys), identitySeals(keys)]
  return {
    now: (personId) => heldClaims(db, keys, live.current(), personId),
    inUnit({ seen, live: register }, personId) {
      const address = seen.emails.get(personId)
      const statements = (seen.vouched.get(personId) ?? []).map((row) => statementIn(vouched, row))
      const trusted = [...register.current().identityProviders.values()]
      return {
        email: address && openEmail(contacts, address),
        verified: verifiedBy(statements, trusted),
      }
    },
  }
}
