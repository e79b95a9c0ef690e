import type { Bilingual } from '../../base/values/languages.ts'
import { csvLine } from '../../base/web/csv.ts'
import type { OpenDataset } from './datasets.ts'
import type { FileRow } from './protect.ts'

export type FileFormat = 'csv' | 'json'
export const fileFormats: readonly FileFormat[] = ['csv', 'json']

/** What a file says of itself, beside its rows. */
export type FileHead = {
  readonly issuer: string
  readonly dataset: OpenDataset
  /** `2026-11` */
  readonly month: string
  readonly publishedAt: Date
  /** The name of the file that this one corrects, and why. */
  readonly corrects?: { readonly name: string; readonly reason: Bilingual }
}

export const licence = 'https://creativecommons.org/licenses/by/4.0/'

/** RFC 4180 with a byte order mark; a month without data is a file with headings. */
export function csvFile({ dataset }: FileHead, rows: readonly FileRow[]): string {
  const lines = [dataset.columns.map(({ name }) => name), ...rows]
  return `\uFEFF${lines.map(csvLine).join('')}`
}

/** The same rows, with what a spreadsheet has no place for. */
export function jsonFile(
  { issuer, dataset, month, publishedAt, corrects }: FileHead,
  rows: readonly FileRow[],
): string {
  const names = dataset.columns.map(({ name }) => name)
  const document = {
    dataset: `${issuer}${datasetPath(dataset.id)}`,
    month,
    published_at: publishedAt.toISOString(),
    licence,
    ...(corrects && { corrects: corrects.name, reason: corrects.reason }),
    columns: names,
    rows: rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? '']))),
  }
  return `${JSON.stringify(document, null, 1)}\n`
}

export function datasetPath(id: string): string {
  return `/register/open-data/${id}`
}

/** `2026-11.csv`, and of its second correction `2026-11-c2.csv`. */
export function fileName(month: string, correction: number, format: FileFormat): string {
  return `${month}${correction === 0 ? '' : `-c${correction}`}.${format}`
}

/** @returns undefined: a name that no file can have */
export function readFileName(
  name: string,
): { month: string; correction: number; format: FileFormat } | undefined {
  const [, month, correction = '0', format] =
    /^(20\d\d-(?:0[1-9]|1[0-2]))(?:-c([1-9]\d?))?\.(csv|json)$/.exec(name) ?? []
  return month === undefined
    ? undefined
    : { month, correction: Number(correction), format: format === 'csv' ? 'csv' : 'json' }
}

/** The rows of a file of ours, read back from its JSON. */
export function rowsIn({ columns }: OpenDataset, json: string): FileRow[] {
  const { rows } = JSON.parse(json) as { rows: readonly Readonly<Record<string, string>>[] } // as `jsonFile` wrote it
  return rows.map((row) => columns.map(({ name }) => row[name] ?? ''))
}
