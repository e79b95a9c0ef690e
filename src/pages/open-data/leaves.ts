import { createHash } from 'node:crypto'
import type { Database } from '../../base/database/database.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { datasetOf } from './datasets.ts'
import type { FileFormat } from './files.ts'
import { csvFile, fileFormats, fileName, jsonFile, rowsIn } from './files.ts'
import type { FileRecord } from './store.ts'
import { wholeFiles } from './store.ts'

type Leaf = {
  readonly kind: 'open-data'
  readonly ref: string
  readonly leafId: string
  readonly holds: boolean
  /** Its month has the other format alone. */
  readonly isGone?: true
  readonly sha256: Buffer
}

/**
 * Each published file with its entry, to check that it is still the file of that entry, and stands where it says itself that it
 * does.
 */
export async function publishedLeaves(db: Database): Promise<Leaf[]> {
  const files = await wholeFiles(readingSession(db))
  const jsons = new Map(
    files.filter(({ format }) => format === 'json').map((file) => [placeOf(file), file.document]),
  )
  const there = new Set(files.map((file) => `${placeOf(file)} ${file.format}`))
  return files.flatMap((file): Leaf[] => {
    const { format, leafId, document } = file
    const sha256 = createHash('sha256').update(document).digest()
    const holds = sha256.equals(file.sha256) && isInItsPlace(file, jsons.get(placeOf(file)))
    const kind = 'open-data'
    const found = { kind, ref: nameOf(file, format), leafId, sha256, holds } as const
    const gone = fileFormats.filter((other) => !there.has(`${placeOf(file)} ${other}`))
    return [
      found,
      ...gone.map((other) => ({ ...found, ref: nameOf(file, other), isGone: true as const })),
    ]
  })
}

function nameOf({ dataset, month, correction }: FileRecord, format: FileFormat): string {
  return `${dataset}/${fileName(month.slice(0, 7), correction, format)}`
}

function placeOf({ dataset, month, correction }: FileRecord): string {
  return `${dataset} ${month} ${correction}`
}

// Both files of a month are made of the rows in the JSON, which names its place: whatever column was changed, they are others.
function isInItsPlace(
  file: FileRecord & { readonly document: string },
  json: string | undefined,
): boolean {
  const dataset = datasetOf(file.dataset)
  if (dataset === undefined || json === undefined) return false
  const { month, publishedAt, reason, correction } = file
  const said = JSON.parse(json) as { readonly dataset?: string; readonly corrects?: string } // a wrong member makes another file
  const issuer = String(said.dataset).replace(/\/register\/open-data\/[^/]*$/, '')
  const name = month.slice(0, 7)
  const corrects =
    reason === null
      ? undefined
      : // PostgreSQL keeps the members in an order of its own.
        {
          name: fileName(name, correction - 1, 'json'),
          reason: { fr: reason.fr, en: reason.en },
        }
  const head = { issuer, dataset, month: name, publishedAt, ...(corrects && { corrects }) }
  const rows = rowsIn(dataset, json)
  return file.document === (file.format === 'csv' ? csvFile(head, rows) : jsonFile(head, rows))
}
