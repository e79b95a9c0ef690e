import { digestOf } from '../accounts/index.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Limit } from '../../base/web/limits/policies.ts'
import { toOneAddress, toOneContact } from '../../base/web/limits/policies.ts'
import type { Count } from '../../base/web/limits/rate-counts.ts'
import { makeRateCounts } from '../../base/web/limits/rate-counts.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import type { Tries } from '../../base/web/limits/tries.ts'

// A code may go to an address of anybody: few a day to each address, few from one person, few from one network until they come back.

/** Who asks for a code: a person, or somebody in a visit who has no access yet; and from where. */
export type AsksForCode = {
  readonly personId: string | undefined
  readonly visit?: string
  /** As `peerOf`. */
  readonly peer: string
}

/** What was sent: the code comes back by the name of its message. */
export type CodeSent = { readonly messageId: string }

export type CodeLimits = {
  /** Counts a code that somebody asks for, and sends it. @throws Refusal too-many-attempts (429), and what `send` throws */
  sending<T extends CodeSent>(asking: AsksForCode, send: () => Promise<T>): Promise<T>
  /** The code came back: its message went to whoever asked for it, and is counted no longer. */
  cameBack(sent: CodeSent): Promise<void>
  /** As `sending`, for a code to an address at which a person wants to be told things. */
  sendingTo<T extends CodeSent>(
    address: string,
    asking: AsksForCode,
    send: () => Promise<T>,
  ): Promise<T>
}

export type AddressLimit = {
  /**
   * Counts a code to an address with which somebody wants to sign in. The job that sends codes calls this, not the form: a refusal in
   * the form's answer would tell that the address was given before on this day. @returns whether the code may still be sent
   */
  mayReach(address: string): Promise<boolean>
}

export function makeCodeLimits(
  foundation: Pick<Foundation, 'db' | 'clock'>,
  seals: Seals,
  tries: Pick<Tries, 'begin' | 'endedWell'>,
): CodeLimits {
  const counters = makeRateCounts(foundation)
  const sending: CodeLimits['sending'] = ({ personId: own, visit, peer }, send) =>
    tries.begin({ kind: 'address-code', peer, own, visit }, ({ messageId }) => messageId, send)
  return {
    sending,
    sendingTo: (address, asking, send) =>
      sending(asking, async () => {
        await counters.take([ofAddress(seals, toOneContact, address)])
        return send()
      }),
    cameBack: ({ messageId }) => tries.endedWell('address-code', messageId),
  }
}

export function makeAddressLimit(
  foundation: Pick<Foundation, 'db' | 'clock'>,
  seals: Seals,
): AddressLimit {
  const counters = makeRateCounts(foundation)
  return {
    async mayReach(address) {
      const taken = await counters
        .take([ofAddress(seals, toOneAddress, address)])
        .catch(recoverFrom(Refusal, () => undefined))
      return taken !== undefined
    },
  }
}

function ofAddress(seals: Seals, limit: Limit, address: string): Count {
  return { limit, by: { key: digestOf(seals, address).toString('hex') } }
}
