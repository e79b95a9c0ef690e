import type { FlowGate } from '../../base/values/gate.ts'
import { requireGateFor } from '../../base/values/gate.ts'
import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ListedWays, ProvenFactor, Waits, Way, WaysOf } from '../../people/accounts/index.ts'
import { addWays, dropWays, isBlocked, wayListing, wayOf } from '../../people/accounts/index.ts'
import { deleteVouched } from '../../people/identity/index.ts'
import { identityTable } from './seal.ts'

/** The most accounts elsewhere that open one access. */
export const maxIdentities = 10

/** The name of an account elsewhere: issuer and subject, as they are spelt, and nothing else. */
export function identityHash(issuer: string, subject: string): Buffer {
  // No issuer has a line feed: two pairs never make one text.
  return createHash('sha256').update(`upstream:${issuer}\n${subject}`).digest()
}

/** An account elsewhere that opens an access. */
export type Identity = {
  readonly factorId: string
  readonly personId: string
  readonly issuer: string
  readonly identitySha256: Buffer
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  /** It was taken away, and opens held sessions until then; undefined: it stands. */
  readonly waits: Waits | undefined
  /** Its row is not as this broker wrote it: it opens nothing. */
  readonly isUntrusted: boolean
  /** She lets no account of that body open anything. */
  readonly isBlocked: boolean
}

/** With the number of times that sessions of the account were ended. */
export type IdentityToProve = Identity & Pick<ProvenFactor, 'sessionEpoch'>

type IdentityRow = Omit<Identity, 'isUntrusted' | 'isBlocked' | 'waits'> &
  ListedWays & { readonly seal: Buffer }

const columns = [
  'factorId',
  'personId',
  'issuer',
  'identitySha256',
  'createdAt',
  'lastUsedAt',
  'seal',
] as const satisfies (keyof IdentityRow)[]

function identities(db: Database | Transaction) {
  return db('upstreamIdentities')
    .leftJoin('waysListed', 'waysListed.personId', 'upstreamIdentities.personId')
    .select(columns.map((column) => `upstreamIdentities.${column}` as const))
    .select('waysListed.ways', 'waysListed.waysSeal')
}

function judged<Row extends IdentityRow>(seals: RowSeals, row: Row) {
  const { seal: _, ways, waysSeal, ...identity } = row
  const { personId, issuer } = identity
  const listed = { ways, waysSeal }
  const as = wayListing(seals, personId, listed, wayBy(identity))
  return {
    ...identity,
    waits: as?.waits,
    isUntrusted: as === undefined || !isGenuine(seals, row),
    isBlocked: isBlocked(seals, personId, listed, issuer),
  }
}

function isGenuine(seals: RowSeals, row: IdentityRow): boolean {
  return seals.holds(identityTable, row, row.seal)
}

function wayBy({ factorId }: Pick<Identity, 'factorId'>): Way {
  return wayOf('identity', factorId)
}

export async function findIdentity(
  db: Database | Transaction,
  seals: RowSeals,
  identitySha256: Buffer,
): Promise<IdentityToProve | undefined> {
  const row: (IdentityRow & Pick<IdentityToProve, 'sessionEpoch'>) | undefined = await identities(
    db,
  )
    .join('provingAccounts', 'provingAccounts.personId', 'upstreamIdentities.personId')
    .select('provingAccounts.sessionEpoch')
    .where({ identitySha256 })
    .first()
  return row && judged(seals, row)
}

export async function identitiesOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<Identity[]> {
  const rows: IdentityRow[] = await identities(db)
    .where('upstreamIdentities.personId', personId)
    .orderBy('upstreamIdentities.createdAt')
    .limit(maxIdentities)
  return rows.map((row) => judged(seals, row))
}

/** @returns false when it opens an access already, hers or another person's: nothing is written then */
export async function insertIdentity(
  tx: Transaction,
  seals: RowSeals,
  gate: FlowGate,
  identity: Omit<Identity, 'isUntrusted' | 'isBlocked' | 'lastUsedAt' | 'waits'>,
): Promise<boolean> {
  requireGateFor(gate, identity.personId)
  const rows = await tx('upstreamIdentities')
    .insert({ ...identity, seal: seals.seal(identityTable, identity) })
    .onConflict('identitySha256')
    .ignore()
    .returning('factorId')
  if (rows.length === 0) return false
  const { personId, createdAt } = identity
  await addWays(tx, seals, personId, { add: [wayBy(identity)] }, createdAt)
  return true
}

export async function noteIdentityUse(
  tx: Transaction,
  factorId: string,
  now: Date,
): Promise<boolean> {
  return (await tx('upstreamIdentities').where({ factorId }).update({ lastUsedAt: now })) === 1
}

/** Accounts elsewhere of one person, by their ids, with what their providers vouched for. @returns how many there were */
export async function deleteIdentities(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  factorIds: readonly string[],
): Promise<number> {
  await deleteVouched(tx, personId, factorIds)
  await dropWays(
    tx,
    seals,
    personId,
    factorIds.map((factorId) => wayBy({ factorId })),
  )
  return tx('upstreamIdentities')
    .where({ personId })
    .whereIn('factorId', [...factorIds])
    .delete()
}

/** The accounts elsewhere of these people that open something. */
export const waysByIdentity: WaysOf = async (tx, seals, people) => {
  const rows: IdentityRow[] = await identities(tx).whereIn('upstreamIdentities.personId', [
    ...people,
  ])
  return rows
    .filter((row) => isGenuine(seals, row))
    .map((row) => ({ personId: row.personId, way: wayBy(row) }))
}

/** Every account elsewhere that opened a person's access. */
export async function forgetIdentities(tx: Transaction, personId: string): Promise<void> {
  const hers = tx('upstreamIdentities').select('identitySha256').where({ personId })
  await tx('upstreamSessions').whereIn('identitySha256', hers).delete()
  await tx('upstreamIdentities').where({ personId }).delete()
}
