// Columns are snake_case in SQL and camelCase here.

export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A row for PostgreSQL's JSON functions, its members named as columns. */
export function snakeKeys(row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [snake(name), value]))
}

/** Bytes as PostgreSQL reads them in JSON. */
export function bytea(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`
}

/** The inverse of `bytea`. */
export function bytesOfJson(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex')
}

// Statements name a few hundred columns: far fewer than are kept here, and each stands in every row.
const mostNames = 4096
const camelNames = new Map<string, string>()

export function camel(name: string): string {
  const known = camelNames.get(name)
  if (known !== undefined) return known
  const written = name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  if (camelNames.size >= mostNames) camelNames.clear()
  camelNames.set(name, written)
  return written
}

export function camelRows(response: unknown): unknown {
  if (Array.isArray(response)) return response.map(camelRow)
  if (
    typeof response === 'object' &&
    response !== null &&
    'rows' in response &&
    Array.isArray(response.rows)
  ) {
    response.rows = response.rows.map(camelRow)
    return response
  }
  return camelRow(response)
}

function camelRow(row: unknown): unknown {
  if (typeof row !== 'object' || row === null || row.constructor !== Object) return row
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value]))
}
