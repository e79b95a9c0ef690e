import { secondsAfter } from '../../base/values/clock.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { FlowGate } from '../../base/values/gate.ts'
import { blocks, blocksOf, recordActivity } from '../../people/accounts/index.ts'
import type { IdentitySeals, VouchedClaims } from '../../people/identity/index.ts'
import { keepVouched, openVouched, sealVouched } from '../../people/identity/index.ts'
import type { IdTokenClaims } from './id-token-claims.ts'
import type { UpstreamProvider } from './provider.ts'
import { levelBy } from './provider.ts'
import { nameOf } from './seal.ts'
import type { UpstreamSession } from './session-store.ts'
import { sessionHash } from './session-store.ts'
import type { Arrival } from './authorization-store.ts'
import { identitiesOf, identityHash, insertIdentity, maxIdentities } from './store.ts'

/**
 * Makes an account elsewhere a way into the access of the gate's person: what its provider vouches for may be told of her from then on.
 * @returns its id among her ways in; undefined: it opens an access already. @throws Refusal identity.too-many (409), identity.blocked (403)
 */
export async function addIdentity(
  tx: Transaction,
  seals: RowSeals,
  gate: FlowGate,
  { issuer, identitySha256 }: Pick<Arrival, 'issuer' | 'identitySha256'>,
  { origin, now }: { readonly origin: Origin; readonly now: Date },
): Promise<string | undefined> {
  const { personId } = gate
  if ((await identitiesOf(tx, seals, personId)).length >= maxIdentities)
    throw new Refusal('identity.too-many', 409)
  if (blocks(await blocksOf(tx, seals, personId), issuer))
    throw new Refusal('identity.blocked', 403)
  const factorId = newUuid(now)
  const identity = { factorId, personId, issuer, identitySha256, createdAt: now }
  if (!(await insertIdentity(tx, seals, gate, identity))) return undefined
  await recordActivity(tx, { kind: 'identity.added', personId, result: 'done' }, origin, now)
  return factorId
}

/** Somebody who came back from a provider, as a row may keep her. */
export type UpstreamPerson = Omit<Arrival, 'links' | 'expiresAt' | 'vouched'> & {
  /** What its provider says, sealed; null: nothing; undefined: it could not be heard. */
  readonly vouched: Buffer | null | undefined
}

export function upstreamPersonBy(
  seals: IdentitySeals,
  provider: UpstreamProvider,
  { issuer, subject, acr, secondsAgo, vouched }: IdTokenClaims,
  now: Date,
): UpstreamPerson {
  const identitySha256 = identityHash(issuer, subject)
  return {
    providerId: provider.id,
    issuer,
    identitySha256,
    level: levelBy(provider, acr),
    vouched: vouched && sealedOf(seals, vouched, identitySha256),
    provedAt: secondsAfter(now, -secondsAgo),
  }
}

function sealedOf(
  seals: IdentitySeals,
  vouched: VouchedClaims,
  identitySha256: Buffer,
): Buffer | null {
  const isAny = Object.keys(vouched).length > 0
  return isAny ? sealVouched(seals, vouched, nameOf(identitySha256)) : null
}

/** A session here lasts a day at most, and its visit four hours. */
const sessionSeconds = 28 * 3600

/** In which session of hers there somebody came back. */
export function upstreamSession(
  { providerId, identitySha256 }: UpstreamPerson,
  { issuer, session }: IdTokenClaims,
  now: Date,
): UpstreamSession {
  const sessionSha256 = session === undefined ? null : sessionHash(issuer, session)
  return { providerId, identitySha256, sessionSha256, expiresAt: secondsAfter(now, sessionSeconds) }
}

type Opened = { readonly personId: string; readonly factorId: string }

/** Keeps what the provider said of a person, beside the account elsewhere that opens her access; a change is a line of her activity. */
export async function noteVouched(
  tx: Transaction,
  seals: IdentitySeals,
  { personId, factorId }: Opened,
  { issuer, identitySha256, level, vouched, provedAt: vouchedAt }: UpstreamPerson,
  { origin, now }: { readonly origin: Origin; readonly now: Date },
): Promise<void> {
  if (vouched === undefined) return
  const values = vouched === null ? {} : openVouched(seals, vouched, nameOf(identitySha256))
  const said = { factorId, personId, issuer, level, vouchedAt, vouched: values }
  if (!(await keepVouched(tx, seals, said))) return
  await recordActivity(tx, { kind: 'identity.vouched', personId, result: 'done' }, origin, now)
}
