import type { Transaction } from '../../base/platform/database.ts'
import { writeId } from '../../base/platform/ids.ts'
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
export type FactorTold = {
  readonly factorId: string
  readonly factor: 'passkey' | 'security-key' | 'password' | 'totp'
  readonly key?: { readonly jwk: PublicJwk; readonly backupEligible: boolean }
}

type Chain = { readonly vault: Vault; readonly personId: string }

const herself: Actor = { type: 'person' }

/** The ways in with which an access was opened: nobody can have added these to an access that was there. */
export async function tellOpened(
  tx: Transaction,
  chain: Chain,
  factors: readonly FactorTold[],
): Promise<void> {
  await tell(tx, chain, 'access.opened', { factors: factors.map(told) })
}

type Addition = {
  readonly factor: FactorTold
  /** The ways in that made the session which adds it. */
  readonly by: readonly string[]
  /** The way in of the same kind that it replaces. */
  readonly replaces?: string | undefined
}

/**
 * A way in that was added to an access, and whether a session of a recovery that is still held added it: it may not be hers. Before
 * `noteAdded`: by then the new way in counts as one of the recovery itself.
 */
export async function tellAdded(
  tx: Transaction,
  chain: Chain,
  { factor, by, replaces }: Addition,
  now: Date,
): Promise<void> {
  const hold = await holdOf(tx, chain.vault.seals, chain.personId, now)
  const byRecovered = hold !== undefined && isRecovered(hold, by)
  await tell(tx, chain, 'access.factor-added', {
    factors: [told(factor)],
    by_recovered: byRecovered,
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
  chain: Chain,
  factors: readonly FactorTold[],
  code: 'own' | 'counter',
): Promise<void> {
  await tell(tx, chain, 'access.recovered', { factors: factors.map(told), code })
}

type AccessKind = `access.${'opened' | 'factor-added' | 'factor-removed' | 'recovered'}`

async function tell(
  tx: Transaction,
  { vault, personId }: Chain,
  kind: AccessKind,
  fields: Readonly<Record<string, JsonValue>>,
): Promise<void> {
  const book = await openBook(tx, vault, personId)
  await book.append({ kind, actor: herself, fields })
}

const makings = ['access.opened', 'access.factor-added', 'access.recovered'] as const

/** The event by which this way in came; undefined where its content is erased, or none was written. */
export async function makingOf(
  tx: Transaction,
  { vault, personId }: Chain,
  factorId: string,
): Promise<WrittenEvent | undefined> {
  const id = idOf(factorId)
  const events = await eventsOfKinds(tx, vault, personId, makings)
  return events.find(({ text }) => {
    const { factors } = JSON.parse(text) as { factors: { factor_id: string }[] } // as `tell` wrote it
    return factors.some(({ factor_id }) => factor_id === id)
  })
}

function told({ factorId, factor, key }: FactorTold): Readonly<Record<string, JsonValue>> {
  const named = { factor_id: idOf(factorId), factor }
  return key === undefined
    ? named
    : { ...named, jwk: { ...key.jwk }, backup_eligible: key.backupEligible }
}

function idOf(factorId: string): string {
  return writeId('fac', factorId)
}
