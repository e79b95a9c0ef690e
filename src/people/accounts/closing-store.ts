import type { Database, Transaction } from '../../base/database/database.ts'

const firstPerson = '00000000-0000-0000-0000-000000000000'
export const beforeAllDue: DuePlace = { eraseAt: '-infinity', personId: firstPerson }

/** The last account that a walk looked at; `eraseAt` is as PostgreSQL writes it. */
export type DuePlace = { readonly eraseAt: string; readonly personId: string }

/** People whose accounts are to be erased, those who have waited longest first. */
export async function accountsToErase(
  db: Database,
  now: Date,
  after: DuePlace,
  limit: number,
): Promise<{ readonly people: readonly string[]; readonly next: DuePlace | undefined }> {
  const { rows } = await db.raw<{ rows: DuePlace[] }>(
    `select erase_at::text as erase_at, person_id from accounts
     where accounts.erase_at <= ? and (accounts.erase_at, person_id) > (?::timestamptz, ?::uuid)
     order by accounts.erase_at, person_id limit ?`,
    [now, after.eraseAt, after.personId, limit],
  )
  return {
    people: rows.map(({ personId }) => personId),
    next: rows.length < limit ? undefined : rows.at(-1),
  }
}

export async function forgetAccount(tx: Transaction, personId: string): Promise<void> {
  await tx('activity').where({ personId }).delete()
  await tx('contactPoint').where({ personId }).delete()
  await tx('knownDevices').where({ personId }).delete()
  await tx('notices').where({ personId }).delete()
  await tx('recoveryHolds').where({ personId }).delete()
  await tx('waysIn').where({ personId }).delete()
}

/** The person's random id stays where the law keeps rows under it, or where a chain bears it: it leads to nobody. */
export async function deleteAccount(tx: Transaction, personId: string): Promise<void> {
  await tx('accounts').where({ personId }).delete()
  await tx.raw('select delete_empty_person(?)', [personId])
}

export type AccountKept = {
  readonly status: string
  readonly locale: string
  readonly openedAt: Date
  readonly closedAt: Date | null
  readonly eraseAt: Date | null
  readonly suspendedAt: Date | null
}

export async function accountKept(
  db: Database,
  personId: string,
): Promise<AccountKept | undefined> {
  const row: AccountKept | undefined = await db('accounts')
    .join('persons', 'persons.personId', 'accounts.personId')
    .select('status', 'locale', 'openedAt', 'closedAt', 'eraseAt', 'suspendedAt')
    .where('accounts.personId', personId)
    .first()
  return row
}

/** The person of the sharing, or of the question about a sharing, that has this number. */
export async function personOfConsent(
  db: Database | Transaction,
  consentId: string,
): Promise<string | undefined> {
  const row: { personId: string } | undefined = await db('requestHistory')
    .select('personId')
    .where({ consentId })
    .first()
  return row?.personId
}

export async function personOfDecision(
  db: Database | Transaction,
  decisionId: string,
): Promise<string | undefined> {
  const row: { personId: string } | undefined = await db('decisionHistory')
    .select('personId')
    .where({ decisionId })
    .first()
  return row?.personId
}

type Unused = {
  readonly before: Date
  /** Our own services: using them does not count as using an access. */
  readonly own: readonly string[]
}

export type UnusedBatch = {
  readonly unused: readonly string[]
  /** The last person who was looked at; undefined: those were the last. */
  readonly next: string | undefined
}

/**
 * Who has an unused access among the next ones, in the order of their people's ids. A view that joins two tables would walk over one of
 * them from its first row.
 */
export async function unusedAccounts(
  db: Database,
  after: string | undefined,
  limit: number,
  unused: Unused,
): Promise<UnusedBatch> {
  const rows: { personId: string }[] = await db('accounts')
    .select('personId')
    .where('personId', '>', after ?? firstPerson)
    .orderBy('personId')
    .limit(limit)
  const people = rows.map(({ personId }) => personId)
  return {
    unused: people.length === 0 ? [] : await unusedOf(db, people, unused),
    next: people.length < limit ? undefined : people.at(-1),
  }
}

export async function isUnused(
  tx: Transaction,
  personId: string,
  unused: Unused,
): Promise<boolean> {
  return (await unusedOf(tx, [personId], unused)).length === 1
}

async function unusedOf(
  db: Database | Transaction,
  people: readonly string[],
  { before, own }: Unused,
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { personId: string }[] }>(
    'select person_id from unused_accounts(?::uuid[], ?, ?::text[])',
    [[...people], before, [...own]],
  )
  return rows.map(({ personId }) => personId)
}
