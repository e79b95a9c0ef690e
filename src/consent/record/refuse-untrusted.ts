import { writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ConsentState } from './rows.ts'

/**
 * Nothing but a stop is done to a row that is not as this broker wrote it: nobody knows what its person allowed.
 * @throws Refusal sharing.untrusted (409)
 */
export function refuseUntrusted({ consentId, isUntrusted }: ConsentState): void {
  if (!isUntrusted) return
  throw new Refusal('sharing.untrusted', 409, {
    nextHref: `/mes-partages/${writeId('con', consentId)}`,
  })
}
