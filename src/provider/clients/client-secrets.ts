import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowGuard, RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { SecretRow } from './client-secret-store.ts'
import { lockedSecretRow, putSecretRow, secretRow } from './client-secret-store.ts'

// A service with the profile legacy has a secret of 256 random bits, or two while it changes from one to the other. The database has
// their hashes, in a row that bears a seal: whoever can write to the database could give a service a secret of his own.

const secretBytes = 32

export const secretTable = sealedTable('service_secret', {
  seal: ['service secret', 1],
  covers: ['service_id', 'newest_sha256', 'newest_at', 'older_sha256', 'older_at'],
  inventory: {
    whose: 'body',
    kept: 'now',
    change: 'seal',
    why: {
      fr: 'le secret d’un service « legacy », en SHA-256',
      en: 'the secret of a « legacy » service, as SHA-256',
    },
    columns: {
      opens: 'service_id newest_sha256 older_sha256',
      trace: 'newest_at older_at',
      technical: 'seal',
    },
  },
})

/** Makes a secret beside the one that is there. @returns the secret, which is kept nowhere. @throws OperatorError beside two */
export async function makeSecret(
  tx: Transaction,
  seals: RowSeals,
  serviceId: string,
  now: Date,
): Promise<string> {
  const before = await trustedRow(tx, seals, serviceId)
  if (before !== undefined && before.olderSha256 !== null)
    throw new OperatorError(`${serviceId} has two secrets: --retire drops the older one first.`)
  const secret = randomBytes(secretBytes).toString('base64url')
  const newest = { newestSha256: hashOf(serviceId, secret), newestAt: now }
  const older = { olderSha256: before?.newestSha256 ?? null, olderAt: before?.newestAt ?? null }
  await putSecretRow(tx, sealed(seals, { serviceId, ...newest, ...older }))
  return secret
}

/** Drops the older of two secrets. @throws OperatorError where there are no two */
export async function retireSecret(
  tx: Transaction,
  seals: RowSeals,
  serviceId: string,
): Promise<void> {
  const before = await trustedRow(tx, seals, serviceId)
  if (before === undefined || before.olderSha256 === null)
    throw new OperatorError(`${serviceId} has no older secret: without --retire a new one is made.`)
  await putSecretRow(tx, sealed(seals, { ...before, olderSha256: null, olderAt: null }))
}

/**
 * Whether something is a secret of a service. A row that this broker did not write opens nothing, nor one that this process has seen later:
 * a seal tells who wrote a row, and not when, so that a retired secret would count again where its row is put back.
 */
export function makeSecretCheck(
  db: Database | Transaction,
  { seals, log }: RowGuard,
): (serviceId: string, given: string) => Promise<boolean> {
  const seen = new Map<string, number>()
  const isPutBack = (row: SecretRow) => {
    const place = placeOf(row)
    const known = seen.get(row.serviceId) ?? place
    seen.set(row.serviceId, Math.max(place, known))
    return place < known
  }
  return async (serviceId, given) => {
    const row = await secretRow(db, serviceId)
    if (row === undefined) return false
    if (!holds(seals, row) || isPutBack(row)) {
      const fields = { code: 'RECORD_UNTRUSTED', serviceId, why: 'service_secret' }
      log.error(fields, 'the secrets of a service are not as this broker wrote them last')
      return false
    }
    const hash = hashOf(serviceId, given)
    return [row.newestSha256, row.olderSha256].some((one) => one !== null && isSame(one, hash))
  }
}

// Where a row stands in the order of its service: a secret is made, the one before goes, and then the next one is made.
function placeOf({ newestAt, olderSha256 }: SecretRow): number {
  return 2 * newestAt.getTime() + (olderSha256 === null ? 1 : 0)
}

/**
 * The secrets of a service, if they are as this broker wrote them. The operator looks at what somebody changed, and begins anew: no command
 * makes such a row genuine.
 */
export async function trustedRow(
  tx: Transaction,
  seals: RowSeals,
  serviceId: string,
): Promise<SecretRow | undefined> {
  const row = await lockedSecretRow(tx, serviceId)
  return row !== undefined && holds(seals, row) ? row : undefined
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

function hashOf(serviceId: string, secret: string): Buffer {
  return createHash('sha256').update(`service secret:${serviceId}:${secret}`).digest()
}

function holds(seals: RowSeals, { seal, ...values }: SecretRow): boolean {
  return seals.holds(secretTable, values, seal)
}

function sealed(seals: RowSeals, row: Omit<SecretRow, 'seal'>): SecretRow {
  const { serviceId, newestSha256, newestAt, olderSha256, olderAt } = row
  const values = { serviceId, newestSha256, newestAt, olderSha256, olderAt }
  return { ...values, seal: seals.seal(secretTable, values) }
}
