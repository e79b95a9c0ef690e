import type { Database, Transaction } from '../../../base/database/database.ts'
import { readId, writeId } from '../../../base/values/ids.ts'
import { present } from '../../../base/values/present.ts'
import type { ReceiptKind } from './receipt-claims.ts'
import type { ReceiptFacts } from './receipt.ts'

// SQL about receipts.

const maxListed = 200

export type ReceiptRow = {
  readonly receiptId: string
  readonly personId: string
  readonly consentId: string
  readonly eventId: string
  readonly kind: ReceiptKind
  readonly dekYear: number
  readonly body: Buffer
  readonly jwtSha256: Buffer
  readonly issuedAt: Date
}

/** A receipt in its person's list, with ids in their public form: `rcp_…` and `con_…`. */
export type ReceiptListed = {
  readonly id: string
  readonly consentId: string
  readonly kind: ReceiptKind
  readonly issuedAt: Date
}

export async function insertReceipt(tx: Transaction, row: ReceiptRow): Promise<void> {
  await tx('receipt').insert(row)
}

/** The choice of a person's receipts: of one consent (a uuid), older than a receipt (`rcp_…`), at most so many. */
export type ReceiptsWanted = {
  readonly consentId?: string
  readonly before?: string | undefined
  readonly limit?: number
}

/** A person's receipts, newest first. */
export async function receiptsOf(
  db: Database,
  personId: string,
  { consentId, before, limit = maxListed }: ReceiptsWanted = {},
): Promise<ReceiptListed[]> {
  const last = before === undefined ? undefined : readId('rcp', before)
  const rows: Omit<ReceiptRow, 'body'>[] = await db('receipt')
    .select('receiptId', 'consentId', 'kind', 'issuedAt')
    .where(consentId === undefined ? { personId } : { personId, consentId })
    .where('receiptId', '<', last ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    .orderBy('receiptId', 'desc')
    .limit(Math.min(limit, maxListed))
  return rows.map(({ receiptId, consentId: of, kind, issuedAt }) => ({
    id: writeId('rcp', receiptId),
    consentId: writeId('con', of),
    kind,
    issuedAt,
  }))
}

/** The consent and the time of one of a person's receipts (`rcp_…`). */
export async function receiptAt(
  db: Database | Transaction,
  personId: string,
  id: string,
): Promise<{ readonly kind: ReceiptKind; readonly at: Date } | undefined> {
  const receiptId = readId('rcp', id)
  if (receiptId === undefined) return undefined
  const row: Pick<ReceiptRow, 'kind' | 'issuedAt'> | undefined = await db('receipt')
    .select('kind', 'issuedAt')
    .where({ personId, receiptId })
    .first()
  return row && { kind: row.kind, at: row.issuedAt }
}

export async function findReceipt(
  db: Database,
  personId: string,
  receiptId: string,
): Promise<Pick<ReceiptRow, 'dekYear' | 'body'> | undefined> {
  const row: Pick<ReceiptRow, 'dekYear' | 'body'> | undefined = await db('receipt')
    .select('dekYear', 'body')
    .where({ personId, receiptId })
    .first()
  return row
}

/** With the register's epoch at that moment. */
export type ReadFacts = ReceiptFacts & { readonly epoch: number }

/** The facts of a consent for its receipt, where the deed has not read them, and the register's epoch at this moment. */
export async function receiptFactsOf(
  tx: Transaction,
  { personId, consentId }: Pick<ReceiptFacts, 'personId' | 'consentId'>,
): Promise<ReadFacts> {
  const { rows } = await tx.raw<{ rows: (Raw & { epoch: number })[] }>(
    `select r.consent_id, r.person_id, r.agreement, r.purpose, r.dataset, r.legal_basis_id, r.holder, r.recipient,
       r.categories_granted, r.categories_declined, r.valid_from, r.valid_until_local::text,
       r.lookback_from::text, r.lookback_to::text, r.supersedes_consent_id,
       p.text, p.lang, p.rendered_sha256, e.epoch::integer as epoch
     from consent_record r join presented_words p using (presentation_id) cross join register_epoch e
     where r.person_id = ? and r.consent_id = ?`,
    [personId, consentId],
  )
  const row = present(rows[0], 'the consent of a receipt')
  return {
    ...row,
    categoriesGranted: BigInt(row.categoriesGranted),
    categoriesDeclined: BigInt(row.categoriesDeclined),
  }
}

type Raw = { [K in keyof ReceiptFacts]: ReceiptFacts[K] extends bigint ? string : ReceiptFacts[K] }
