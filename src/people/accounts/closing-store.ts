import type { Database, Transaction } from '../../base/platform/database.ts'

export async function accountsToErase(db: Database, now: Date, limit: number): Promise<string[]> {
  const rows: { personId: string }[] = await db('accounts')
    .select('personId')
    .where('eraseAt', '<=', now)
    .orderBy('eraseAt')
    .limit(limit)
  return rows.map(({ personId }) => personId)
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
    .select('status', 'openedAt', 'closedAt', 'eraseAt', 'suspendedAt')
    .where('accounts.personId', personId)
    .first()
  return row
}

/** The person of the sharing, or of the question about a sharing, that has this number. */
export async function personOfConsent(
  db: Database,
  consentId: string,
): Promise<string | undefined> {
  const row: { personId: string } | undefined = await db('requestHistory')
    .select('personId')
    .where({ consentId })
    .first()
  return row?.personId
}

export async function personOfDecision(
  db: Database,
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

/** The oldest first. */
export async function unusedAccounts(
  db: Database,
  { before, own, most }: Unused & { readonly most: number },
): Promise<string[]> {
  return unused(db, [before, own, most, null])
}

export async function isUnused(
  tx: Transaction,
  { before, own, personId }: Unused & { readonly personId: string },
): Promise<boolean> {
  return (await unused(tx, [before, own, 1, personId])).length === 1
}

async function unused(
  db: Database | Transaction,
  given: readonly [Date, readonly string[], number, string | null],
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { personId: string }[] }>(
    'select person_id from unused_accounts(?, ?::text[], ?, ?)',
    [...given] as string[],
  )
  return rows.map(({ personId }) => personId)
}
