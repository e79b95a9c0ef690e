import type { Transaction } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Actor, JsonValue, Vault, WrittenEvent } from '../../ledger/chain/index.ts'
import { eventsOfKinds, openBook } from '../../ledger/chain/index.ts'
import { isRecovered } from './hold.ts'
import { holdOf } from './hold-store.ts'

// What the chain of a person tells of her access: how it was opened, which ways in came and went, and that it was recovered. Each is
// an event in the transaction of its deed. A reader of her receipts learns from these how the key that signed an answer became hers.

/** The public part of a key that signs (RFC 7517): ES256, Ed25519 or RS256, as we ask for at its making. */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }

/** A way in as her chain names it. Of what proves nothing to others, such as a password, only the kind is told. */
export type FactorEvent = {
  readonly factorId: string
  readonly factor: 'passkey' | 'security-key' | 'password' | 'totp' | 'identity'
  readonly key?: { readonly jwk: PublicJwk; readonly backupEligible: boolean }
}

export type Chain = { readonly vault: Vault; readonly personId: string }

/** The name that her receipts have for a person (`pii_principal_id`): no body knows it. */
export type PrincipalOf = (personId: string) => string
type NamedChain = Chain & { readonly principalOf: PrincipalOf }

const herself: Actor = { type: 'person' }

/** The ways in with which an access was opened: nobody can have added these to an access that was there. */
export async function tellOpened(
  tx: Transaction,
  chain: NamedChain,
  factors: readonly FactorEvent[],
): Promise<void> {
  await tellOfHers(tx, chain, 'access.opened', { factors: factors.map(told) })
}

/** What an older key of hers signed of a new one: that key, and what checks it. Bytes are base64url. */
export type Endorsement = {
  readonly factorId: string
  readonly jwk: PublicJwk
  readonly authenticator_data: string
  readonly client_data_json: string
  readonly signature: string
}

type Addition = {
  readonly factor: FactorEvent
  /** The ways in that made the session which adds it. */
  readonly by: readonly string[]
  /** The way in of the same kind that it replaces. */
  readonly replaces?: string | undefined
  /** By an older key of hers; undefined: none was at hand, or it is no key. */
  readonly endorsement?: Endorsement | undefined
}

/**
 * A way in that was added to an access, and whether a session of a recovery that is still held added it: it may not be hers. Before
 * `noteAdded`: by then the new way in counts as one of the recovery itself.
 */
export async function tellAdded(
  tx: Transaction,
  chain: NamedChain,
  { factor, by, replaces, endorsement }: Addition,
  now: Date,
): Promise<void> {
  const hold = await holdOf(tx, chain.vault.seals, chain.personId, now)
  const byRecovered = hold !== undefined && isRecovered(hold, by)
  await tellOfHers(tx, chain, 'access.factor-added', {
    factors: [told(factor)],
    by_recovered: byRecovered,
    endorsed_by: endorsement === undefined ? null : endorsed(endorsement),
    ...(replaces === undefined ? {} : { replaces: idOf(replaces) }),
  })
}

/** @param because she removed it, or undid the recovery that had added it */
export async function tellRemoved(
  tx: Transaction,
  chain: Chain,
  factorIds: readonly string[],
  because: 'removed' | 'recovery-undone',
): Promise<void> {
  if (factorIds.length === 0) return
  await tell(tx, chain, 'access.factor-removed', { factors: factorIds.map(idOf), because })
}

/** The ways in that a recovery made. @param code one of her own, or one that she was given at a counter */
export async function tellRecovered(
  tx: Transaction,
  chain: NamedChain,
  factors: readonly FactorEvent[],
  code: 'own' | 'counter',
): Promise<void> {
  await tellOfHers(tx, chain, 'access.recovered', { factors: factors.map(told), code })
}

/** Whose accounts elsewhere may open nothing from now on: the whole list, so that the last event alone tells it. */
export async function tellBlocks(
  tx: Transaction,
  chain: Chain,
  { issuers, isAll }: { readonly issuers: readonly string[]; readonly isAll: boolean },
): Promise<void> {
  await tell(tx, chain, 'access.providers-blocked', { issuers: [...issuers], all: isAll })
}

type AccessKind =
  `access.${'opened' | 'factor-added' | 'factor-removed' | 'recovered' | 'providers-blocked'}`

/** An event that brings a way in names whose it is: a receipt of somebody else’s answer cannot show it as hers. */
function tellOfHers(
  tx: Transaction,
  { principalOf, ...chain }: NamedChain,
  kind: AccessKind,
  fields: Fields,
): Promise<void> {
  return tell(tx, chain, kind, { ...fields, pii_principal_id: principalOf(chain.personId) })
}

type Fields = Readonly<Record<string, JsonValue>>

async function tell(
  tx: Transaction,
  { vault, personId }: Chain,
  kind: AccessKind,
  fields: Fields,
): Promise<void> {
  const book = await openBook(tx, vault, personId)
  await book.append({ kind, actor: herself, fields })
}

const makings = ['access.opened', 'access.factor-added', 'access.recovered'] as const
// A key that is endorsed by a key that is endorsed by a key…: a receipt shows so many of them at most.
const mostEndorsers = 8

/** How a key became hers. */
export type KeyOrigin = {
  /** The event by which the key came; undefined where its content is erased, or none was written. */
  readonly making: WrittenEvent | undefined
  /** The events of the key that endorsed it, of the key that endorsed that one, and so on, as far as they can be read. */
  readonly endorsers: readonly WrittenEvent[]
  /** Some of what was told of her ways in can no longer be read. */
  readonly isErased: boolean
}

/** How this way in came, by her chain. */
export async function originOfKey(
  tx: Transaction,
  { vault, personId }: Chain,
  factorId: string,
): Promise<KeyOrigin> {
  const { events, erased } = await eventsOfKinds(tx, vault, personId, { kinds: makings })
  const told = events.map((event) => ({ event, ...(JSON.parse(event.text) as Making) })) // as `tell` wrote it
  const find = (id: string) =>
    told.find(({ factors }) => factors.some(({ factor_id }) => factor_id === id))
  const made = find(idOf(factorId))
  const endorsers: WrittenEvent[] = []
  let by = made?.endorsed_by?.factor_id
  while (by !== undefined && endorsers.length < mostEndorsers) {
    const found = find(by)
    if (found !== undefined) endorsers.push(found.event)
    by = found?.endorsed_by?.factor_id
  }
  return { making: made?.event, endorsers, isErased: erased > 0 }
}

type Making = {
  readonly factors: readonly { readonly factor_id: string }[]
  readonly endorsed_by?: { readonly factor_id: string } | null
}

function endorsed({ factorId, jwk, ...signed }: Endorsement): Fields {
  return { factor_id: idOf(factorId), jwk: { ...jwk }, ...signed }
}

function told({ factorId, factor, key }: FactorEvent): Readonly<Record<string, JsonValue>> {
  const named = { factor_id: idOf(factorId), factor }
  return key === undefined
    ? named
    : { ...named, jwk: { ...key.jwk }, backup_eligible: key.backupEligible }
}

function idOf(factorId: string): string {
  return writeId('fac', factorId)
}
