import { digestOf } from '../accounts/index.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Count, Limit } from '../../base/web/rate-limit.ts'
import { makeRateCounts } from '../../base/web/rate-limit.ts'
import { expecting } from '../../base/platform/expecting.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Seals } from '../../base/platform/seal.ts'

// A code may go to an address of anybody: few a day to each address, few from one person, few from one network.
const daySeconds = 24 * 3600
const toOneContact = { name: 'contact-address', points: 3, seconds: daySeconds }
const toOneAddress = { name: 'sign-in-address', points: 3, seconds: daySeconds }
const byOnePerson = { name: 'contact-person', points: 6, seconds: daySeconds }
const fromOneNetwork = { name: 'contact-network', points: 30, seconds: 3600 }

/** Who asks for a code: a person, or somebody who has no access yet; and from where. */
export type AsksForCode = {
  readonly personId: string | undefined
  /** As `peerOf`. */
  readonly peer: string
}

export type CodeLimits = {
  /** Counts a code that somebody asks for. @throws Refusal too-many-attempts (429) */
  count(asking: AsksForCode): Promise<void>
  /** As `count`, for a code to an address at which a person wants to be told things. @throws Refusal too-many-attempts (429) */
  countToContact(asking: AsksForCode, address: string): Promise<void>
  /**
   * Counts a code to an address with which somebody wants to sign in. The job that sends codes calls this, not the form: a refusal in
   * the form's answer would tell that the address was given before on this day. @returns whether the code may still be sent
   */
  mayReach(address: string): Promise<boolean>
}

export function makeCodeLimits(
  foundation: Pick<Foundation, 'db' | 'clock'>,
  seals: Seals,
): CodeLimits {
  const counters = makeRateCounts(foundation)
  const ofAddress = (limit: Limit, address: string): Count => ({
    limit,
    by: { key: digestOf(seals, address).toString('hex') },
  })
  return {
    async count(asking) {
      await counters.take(ofAsking(asking))
    },
    async countToContact(asking, address) {
      await counters.take([...ofAsking(asking), ofAddress(toOneContact, address)])
    },
    async mayReach(address) {
      const taken = await counters
        .take([ofAddress(toOneAddress, address)])
        .catch(expecting(Refusal, () => undefined))
      return taken !== undefined
    },
  }
}

function ofAsking({ personId, peer }: AsksForCode): Count[] {
  const ofPerson = personId === undefined ? [] : [{ limit: byOnePerson, by: { key: personId } }]
  return [{ limit: fromOneNetwork, by: { network: peer } }, ...ofPerson]
}
