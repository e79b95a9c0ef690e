import type { Session } from '../../base/database/db-session.ts'
import { present } from '../../base/values/present.ts'
import type { StoredRow } from './told-rows.ts'

// SQL of the fold: rows of other rooms come by the functions that these rooms give.

/** The rows about these people, by person and table. One statement for all rooms. */
export async function heldRows(
  session: Session,
  functions: readonly string[],
  people: readonly string[],
): Promise<Map<string, Map<string, StoredRow[]>>> {
  if (functions.length === 0) return new Map()
  const text = functions
    .map((name) => `select person_id as "personId", in_table as "table", content from ${name}($1)`)
    .join(' union all ')
  const rows = await session.rows<{ personId: string; table: string; content: StoredRow }>(text, [
    people,
  ])
  const byPerson = Map.groupBy(rows, ({ personId }) => personId)
  return new Map(
    [...byPerson].map(([personId, hers]) => {
      const tables = Map.groupBy(hers, ({ table }) => table)
      const held = [...tables].map(([table, of]): [string, StoredRow[]] => [
        table,
        of.map(({ content }) => content),
      ])
      return [personId, new Map(held)]
    }),
  )
}

export type StrayRow = { readonly table: string; readonly about: string }

/** Rows about decisions that are not there, at most so many. */
export async function strayRows(
  session: Session,
  functions: readonly string[],
  limit: number,
): Promise<StrayRow[]> {
  const found: StrayRow[] = []
  for (const name of functions)
    found.push(
      ...(await session.rows<StrayRow>(`select in_table as "table", about from ${name}($1)`, [
        limit,
      ])),
    )
  return found
}

/** The instant of the session's snapshot, by the clock of the house. */
export async function instantOf(session: Session): Promise<Date> {
  const [row] = await session.rows<{ now: Date }>('select now() + clock_offset() as now')
  return present(row, 'the instant').now
}
