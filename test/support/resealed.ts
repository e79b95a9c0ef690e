import type { ConsentRow } from '../../src/consent/record/index.ts'
import { columnsOf, sealOf, stateColumns } from '../../src/consent/record/index.ts'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import type { Live, Vault } from '../../src/ledger/chain/index.ts'
import { emptyLiveSet, sealedHead, withCount, setLive } from '../../src/ledger/chain/index.ts'

type Row = Omit<ConsentRow, 'categories'> & { readonly categories: string }
type Head = {
  readonly personId: string
  readonly nextSeq: number
  readonly headCommitment: Buffer | null
  readonly updatedAt: Date | null
}

/**
 * Seals what a test wrote by SQL, as if the broker had written it: rows of consents, and the ends of their people's chains.
 * @param consentId one of the consents alone, with its person's chain
 */
export async function reseal(
  db: Database | Transaction,
  { seals }: Pick<Vault, 'seals'>,
  consentId?: string,
): Promise<void> {
  const rows = await rowsOf(db, consentId)
  for (const { categories, ...row } of rows)
    await db('consentCurrent')
      .where({ consentId: row.consentId })
      .update({ seal: sealOf(seals, { ...row, categories: BigInt(categories) }) })
  for (const personId of new Set(rows.map((row) => row.personId)))
    await resealHead(db, { seals }, personId)
}

/** Seals the end of a person's chain as it is, with all consents of hers that live. */
export async function resealHead(
  db: Database | Transaction,
  { seals }: Pick<Vault, 'seals'>,
  personId: string,
): Promise<void> {
  const head: Head | undefined = await db('personHead').where({ personId }).first()
  if (head === undefined || head.headCommitment === null || head.updatedAt === null) return
  const living = (await db('consentCurrent')
    .select('consentId', 'stateSeq')
    .where({ personId })
    .whereIn('state', ['active', 'suspended'])) as { consentId: string; stateSeq: number }[]
  const live = living.reduce<Live>(
    (list, row) => setLive(list, row.consentId, row.stateSeq),
    emptyLiveSet,
  )
  const rows: object[] = await db('consentCurrent').select('consentId').where({ personId })
  const { nextSeq, headCommitment, updatedAt } = head
  const end = { chainId: personId, nextSeq, headCommitment, updatedAt }
  const sealed = sealedHead(seals, end, withCount(live, rows.length))
  if (sealed !== undefined) await db('personHead').where({ personId }).update(sealed)
}

async function rowsOf(
  db: Database | Transaction,
  consentId: string | undefined,
): Promise<readonly Row[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select ${columnsOf(stateColumns, 'c')} from consent_current c where ?::uuid is null or consent_id = ?::uuid`,
    [consentId ?? null, consentId ?? null],
  )
  return rows
}
