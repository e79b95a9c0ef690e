import { timeZone } from '../platform/calendar.ts'

// Tables for a spreadsheet: RFC 4180, with a byte order mark, without which Excel reads UTF-8 as something else.

/** A table in parts: its headings, then a line a row. */
export async function* csvTable(
  headings: readonly string[],
  rows: AsyncIterable<readonly string[]>,
): AsyncGenerator<string> {
  yield `\uFEFF${csvLine(headings)}`
  for await (const row of rows) yield csvLine(row)
}

/** RFC 4180: every cell quoted, a quote doubled, lines end with CRLF. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${harmless(cell).replaceAll('"', '""')}"`).join(',')}\r\n`
}

// A spreadsheet runs what begins like a formula, quoted or not: names and labels are others' words.
function harmless(cell: string): string {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell
}

/** As a clock in Québec shows it, and as every spreadsheet reads it. */
export function csvTime(at: Date | null): string {
  if (at === null) return ''
  return at.toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
}
