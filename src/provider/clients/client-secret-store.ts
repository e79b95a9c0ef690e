import type { Database, Transaction } from '../../base/database/database.ts'
import type { Tables } from '../../base/database/tables.ts'

// The SQL of the secrets of services (client-secrets.ts).

export type SecretRow = Required<Tables['serviceSecret']>

export async function secretRow(
  db: Database | Transaction,
  serviceId: string,
): Promise<SecretRow | undefined> {
  return db('serviceSecret').select('*').where({ serviceId }).first<SecretRow | undefined>()
}

/** The same, and nobody else changes it meanwhile, nor makes a first one. */
export async function lockedSecretRow(
  tx: Transaction,
  serviceId: string,
): Promise<SecretRow | undefined> {
  await tx.raw("select pg_advisory_xact_lock(hashtextextended('service secret ' || ?, 0))", [
    serviceId,
  ])
  return secretRow(tx, serviceId)
}

export async function putSecretRow(tx: Transaction, row: SecretRow): Promise<void> {
  await tx('serviceSecret').insert(row).onConflict('serviceId').merge()
}
