import type { Database } from '../../src/base/database/database.ts'
import { untyped } from './database.ts'

// Whoever has a dump and no key joins its rows by whatever they have in common, as often as he likes.

/** Shorter texts are words of a list, and numbers: everybody has the same. */
const leastCharacters = 12
/** What rows of more people than a pair have in common tells of nobody. */
const mostOfPair = 2
const instant = /^\d{4}-\d\d-\d\d(?:T.*)?$/

/**
 * The pairs of people that a dump joins: by any chain of equal values, in whichever columns, within texts and lists too. Instants are
 * left out: these betray whoever was there at the same moment.
 */
export async function joinedPairs(
  db: Database,
  pairs: readonly (readonly [string, string])[],
): Promise<readonly (readonly [string, string])[]> {
  const rows = await allRows(db)
  const people = new Set(pairs.flat())
  const told = new Map<string, Set<string>>()
  for (const values of rows) {
    const named = values.filter((value) => people.has(value))
    for (const value of values) {
      const known = told.get(value) ?? new Set()
      for (const person of named) known.add(person)
      told.set(value, known)
    }
  }
  const groups = new Map<string, string>()
  const groupOf = (value: string): string => {
    const above = groups.get(value)
    return above === undefined || above === value ? value : groupOf(above)
  }
  for (const values of rows) {
    const telling = values.filter((value) => (told.get(value)?.size ?? 0) <= mostOfPair)
    for (const value of telling) groups.set(groupOf(value), groupOf(telling[0] ?? value))
  }
  return pairs.filter(([one, other]) => groupOf(one) === groupOf(other))
}

async function allRows(db: Database): Promise<readonly (readonly string[])[]> {
  const { rows: tables } = await untyped(db).raw<{ rows: { name: string }[] }>(
    `select tablename as name from pg_tables where schemaname = current_schema()`,
  )
  const found: (readonly string[])[] = []
  for (const { name } of tables) {
    const { rows } = await untyped(db).raw<{ rows: { row: object }[] }>(
      'select to_jsonb(t) as row from ?? t',
      [name],
    )
    found.push(...rows.map(({ row }) => valuesIn(row)))
  }
  return found
}

function valuesIn(value: unknown): string[] {
  if (typeof value === 'string')
    return value.length < leastCharacters || instant.test(value) ? [] : [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesIn) : []
}
