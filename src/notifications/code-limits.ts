import { digestOf } from '../accounts/index.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { makeCounters } from '../foundation/rate-limit.ts'
import type { Seals } from '../foundation/seal.ts'

// Codes go to addresses that may be anybody's: few a day to each, few from one person, few from one network.
const daySeconds = 24 * 3600
const toOneAddress = { name: 'contact-address', points: 3, seconds: daySeconds }
const byOnePerson = { name: 'contact-person', points: 6, seconds: daySeconds }
const fromOneNetwork = { name: 'contact-network', points: 30, seconds: 3600 }

/** Who asks for a code: a person, or somebody who has no access yet; and from where. */
export type AsksForCode = {
  readonly personId: string | undefined
  /** As `peerOf`. */
  readonly peer: string
}

/** Counts a code before it is sent. @throws Refusal too-many-attempts (429) */
export type CountCode = (asking: AsksForCode, address: string) => Promise<void>

export function makeCountCode(
  foundation: Pick<Foundation, 'db' | 'clock'>,
  seals: Seals,
): CountCode {
  const counters = makeCounters(foundation)
  return async ({ personId, peer }, address) => {
    const ofPerson = personId === undefined ? [] : [{ limit: byOnePerson, by: { key: personId } }]
    await counters.take([
      { limit: fromOneNetwork, by: { network: peer } },
      ...ofPerson,
      { limit: toOneAddress, by: { key: digestOf(seals, address).toString('hex') } },
    ])
  }
}
