import { timeZone } from '../values/calendar.ts'

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

// A spreadsheet runs a cell that begins like a formula, even a quoted cell, and others write the names and labels. Where its list separator
// is a semicolon, as in Canadian French, our quotes lie in the midst of a cell: another cell begins behind each semicolon and each end of
// line, and quotes and spaces before its text count for nothing.
function harmless(cell: string): string {
  return cell
    .replaceAll(/(?<=^|[;\n]|\r(?!\n))(?=[\s"]*[=+\-@＝＋－＠])/g, "'")
    .replaceAll(/(?<=^|;)(?=[\t\r\n])/g, "'")
}

/** The time in Québec, in a form that every spreadsheet reads. */
export function csvTime(at: Date | null): string {
  if (at === null) return ''
  return at.toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
}
