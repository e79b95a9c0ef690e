import type { Database } from '../../base/database/database.ts'
import { readingSession } from '../../base/database/db-session.ts'
import type { OpenDatasetId } from './datasets.ts'
import { lastDocuments } from './store.ts'

type PublishedRow = Readonly<Record<string, string>>

/**
 * What is published of a dataset in these months (`2026-11-01`): whoever shows a figure that is in a file takes it from there, because
 * two counts of one thing have a difference. A month that was not published is missing.
 */
export async function publishedRows(
  db: Database,
  dataset: OpenDatasetId,
  months: readonly string[],
): Promise<ReadonlyMap<string, readonly PublishedRow[]>> {
  const documents = await lastDocuments(readingSession(db), dataset, months)
  return new Map(
    [...documents].map(([month, document]) => {
      const { rows } = JSON.parse(document) as { rows: readonly PublishedRow[] } // as `jsonFile` wrote it
      return [month, rows]
    }),
  )
}
