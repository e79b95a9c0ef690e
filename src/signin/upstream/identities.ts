import { newUuid } from '../../base/platform/ids.ts'
import type { Transaction } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { recordActivity } from '../../people/accounts/index.ts'
import type { Arrival } from './waiting-store.ts'
import { identitiesOf, insertIdentity, maxIdentities } from './store.ts'

/**
 * Makes an account elsewhere a way into this person's access.
 * @returns its id among her ways in; undefined: it opens an access already. @throws Refusal identity.too-many (409)
 */
export async function addIdentity(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  { issuer, identitySha256 }: Pick<Arrival, 'issuer' | 'identitySha256'>,
  { origin, now }: { readonly origin: Origin; readonly now: Date },
): Promise<string | undefined> {
  if ((await identitiesOf(tx, seals, personId)).length >= maxIdentities)
    throw new Refusal('identity.too-many', 409)
  const factorId = newUuid(now)
  const identity = { factorId, personId, issuer, identitySha256, createdAt: now }
  if (!(await insertIdentity(tx, seals, identity))) return undefined
  await recordActivity(tx, { kind: 'identity.added', personId, result: 'done' }, origin, now)
  return factorId
}
