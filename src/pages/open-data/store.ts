import type { Transaction } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { FileFormat } from './files.ts'

// SQL of published files. They are kept in the database, beside the queue of the log: a file and its entry are written together, and
// a backup has both.

/** Seven datasets in two formats for a hundred years. */
const maxFiles = 20_000

export type FileRecord = {
  readonly dataset: string
  /** Its first day, `2026-11-01`. */
  readonly month: string
  /** 0: the first file of its month; else the number of the correction. */
  readonly correction: number
  readonly format: FileFormat
  readonly sha256: Buffer
  readonly leafId: string
  readonly publishedAt: Date
  /** Of a correction. */
  readonly reason: Bilingual | null
  readonly size: number
}

export type NewFile = Omit<FileRecord, 'size'> & { readonly document: string }

const columns = `dataset, month::text as month, correction, format, sha256, leaf_id as "leafId", published_at as "publishedAt", reason,
  octet_length(document) as size`

/** Every file, without what is in it: the newest month first. */
export async function fileRecords(session: Session): Promise<FileRecord[]> {
  return session.rows(
    `select ${columns} from published_file order by published_file.month desc, dataset, correction desc, format limit $1`,
    [maxFiles],
  )
}

/** Every file, for `ledger verify`. */
export async function wholeFiles(session: Session): Promise<(FileRecord & { document: string })[]> {
  return session.rows(
    `select ${columns}, document from published_file order by published_file.month, dataset, correction, format limit $1`,
    [maxFiles],
  )
}

export async function fileDocument(
  session: Session,
  {
    dataset,
    month,
    correction,
    format,
  }: Pick<NewFile, 'dataset' | 'month' | 'correction' | 'format'>,
): Promise<{ document: string; sha256: Buffer } | undefined> {
  const [row] = await session.rows<{ document: string; sha256: Buffer }>(
    `select document, sha256 from published_file
     where dataset = $1 and month = $2::date and correction = $3 and format = $4`,
    [dataset, month, correction, format],
  )
  return row
}

/** Of each dataset and month that is published (`id 2026-11-01`) the number of its last correction; 0: it has none. */
export async function latestFiles(session: Session): Promise<Map<string, number>> {
  return new Map(
    (await session.rows<Latest>(latestText, [maxFiles])).map(({ key, last }) => [key, last]),
  )
}

type Latest = { readonly key: string; readonly last: number }
const latestText = `select dataset || ' ' || month as key, max(correction)::integer as last from published_file
  group by dataset, month limit $1`

/** One publication at a time: nothing is published twice. @returns the same as `latestFiles` */
export async function lockFiles(tx: Transaction): Promise<Map<string, number>> {
  await tx.raw("select pg_advisory_xact_lock(hashtext('accord.open-data'))")
  const { rows } = await tx.raw<{ rows: Latest[] }>(latestText.replace('$1', '?'), [maxFiles])
  return new Map(rows.map(({ key, last }) => [key, last]))
}

export async function insertFiles(tx: Transaction, files: readonly NewFile[]): Promise<void> {
  await tx('publishedFile').insert(
    files.map(({ reason, ...file }) => ({
      ...file,
      reason: reason === null ? null : JSON.stringify(reason),
    })),
  )
}

/** Of these months (`2026-11-01`) the last file of a dataset as JSON, by the month. */
export async function lastDocuments(
  session: Session,
  dataset: string,
  months: readonly string[],
): Promise<Map<string, string>> {
  const rows = await session.rows<{ month: string; document: string }>(
    `select distinct on (f.month) f.month::text as month, f.document from published_file f
     where f.dataset = $1 and f.format = 'json' and f.month = any($2::date[]) order by f.month, f.correction desc`,
    [dataset, [...months]],
  )
  return new Map(rows.map(({ month, document }) => [month, document]))
}
