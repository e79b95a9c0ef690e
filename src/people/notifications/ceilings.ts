import { contactSeals, digestOf } from '../accounts/index.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Count, RateCounts } from '../../base/web/limits/rate-counts.ts'
import { makeRateCounts } from '../../base/web/limits/rate-counts.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { Refusal } from '../../base/values/refusal.ts'

const daySeconds = 24 * 3600
// One account gets fewer (notify.ts). This limit is for a person with several accounts, or one who makes others write to an address.
const mostToOneAddress = { name: 'message-address', points: 80, seconds: daySeconds }

/** Limits that no message may exceed, whomever it is for. */
export type Ceilings = {
  /** Counts a message to an address. @returns false when the address gets no more messages today */
  isLeftFor(address: string): Promise<boolean>
  /** Counts a text against the limit of all people. @returns whether it may leave now, and whether it was the last one of the hour */
  takeText(): Promise<'left' | 'last' | 'over'>
  /** Whether a text would wait. */
  areTextsOver(): Promise<boolean>
}

export function makeCeilings(foundation: Foundation): Ceilings {
  const { config, keys } = foundation
  const counters = makeRateCounts(foundation)
  const seals = contactSeals(keys)
  const texts = { name: 'texts', points: config.textsPerHour, seconds: 3600 }
  const ofTexts = { limit: texts, by: { key: 'all' } }
  return {
    async isLeftFor(address) {
      const by = { key: digestOf(seals, address).toString('hex') }
      return (await taken(counters, { limit: mostToOneAddress, by })) !== undefined
    },
    async takeText() {
      const used = await taken(counters, ofTexts)
      if (used === undefined) return 'over'
      return used.usedUp.length > 0 ? 'last' : 'left'
    },
    areTextsOver: () => counters.isUsedUp(ofTexts),
  }
}

function taken(counters: RateCounts, count: Count) {
  return counters.take([count]).catch(recoverFrom(Refusal, () => undefined))
}
