import type { Database, Transaction } from '../base/database/database.ts'
import { transact } from '../base/database/database.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import { attestationTable, metadataTable } from './seal.ts'

// SQL of attestations: what a key's maker said of it, and which metadata file was the newest.

/** By which certificates the maker of a key attested of which model it is. What the model is worth is judged at each use. */
export type KeyAttestation = {
  readonly aaguid: string
  readonly format: string
  /** base64 of DER, the leaf first */
  readonly certificates: readonly string[]
  /** The number of the file by which it was believed. */
  readonly metadataNo: number
}

type Whose = { readonly passkeyId: string; readonly personId: string }

export async function insertAttestation(
  tx: Transaction,
  seals: RowSeals,
  attestation: KeyAttestation & Whose & { readonly attestedAt: Date },
): Promise<void> {
  const row = { ...attestation, certificates: [...attestation.certificates] }
  await tx('keyAttestations').insert({ ...row, seal: seals.seal(attestationTable, row) })
}

/** What is attested of the keys of a person, by their ids. A row that is not as this broker wrote it attests nothing. */
export async function attestationsOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<ReadonlyMap<string, KeyAttestation>> {
  const rows: (KeyAttestation & Whose & { attestedAt: Date; seal: Buffer })[] = await db(
    'keyAttestations',
  )
    .select(
      'passkeyId',
      'personId',
      'aaguid',
      'format',
      'certificates',
      'metadataNo',
      'attestedAt',
      'seal',
    )
    .where({ personId })
    .limit(maxAttestations)
  const genuine = rows.filter((row) => seals.holds(attestationTable, row, row.seal))
  return new Map(genuine.map((row) => [row.passkeyId, row]))
}

// As many as a person has keys.
const maxAttestations = 20

type Newest = { readonly no: number; readonly nextUpdate: string; readonly seenAt: Date }

/**
 * Notes a metadata file as the newest that was seen, if it is.
 * @returns `older` where a newer one was seen before; `changed-mark` where the note is not as this broker wrote it
 */
export function noteMetadata(
  db: Database,
  seals: RowSeals,
  { no, nextUpdate }: Pick<Newest, 'no' | 'nextUpdate'>,
  now: Date,
): Promise<'older' | 'changed-mark' | undefined> {
  return transact(db, async (tx) => {
    const row = { no, nextUpdate, seenAt: now }
    const sealed = { one: true, ...row, seal: seals.seal(metadataTable, row) }
    // The first process writes the row; all others wait here, and read it.
    await tx('fidoMetadata').insert(sealed).onConflict('one').ignore()
    const seen: (Newest & { seal: Buffer }) | undefined = await tx('fidoMetadata')
      .select('no', 'nextUpdate', 'seenAt', 'seal')
      .forUpdate()
      .first()
    if (seen === undefined || !seals.holds(metadataTable, seen, seen.seal)) return 'changed-mark'
    if (no < seen.no) return 'older'
    if (no > seen.no) await tx('fidoMetadata').update(sealed)
    return undefined
  })
}
