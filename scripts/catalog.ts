import type { Client } from 'pg'

// Writes src/base/database/catalog.ts: the columns of all tables and views, as a value. The types of rows follow from it, and so do the
// seals (src/base/sealing/sealed-table.ts).

type Column = {
  readonly table: string
  readonly relation: 'r' | 'v'
  readonly name: string
  readonly type: string
  readonly isNullable: boolean
  readonly isOptional: boolean
}

const kinds: Readonly<Record<string, string>> = {
  bigint: 'big',
  boolean: 'flag',
  bytea: 'bytes',
  date: 'day',
  integer: 'int',
  jsonb: 'json',
  smallint: 'int',
  text: 'text',
  'text[]': 'texts',
  'timestamp with time zone': 'time',
  uuid: 'uuid',
  'uuid[]': 'uuids',
}

/** The text of src/base/database/catalog.ts for a migrated database. */
export async function catalogOf(client: Client): Promise<string> {
  const { rows } = await client.query<Column>(columnsQuery)
  const listed = (name: string, relation: Column['relation']) => {
    const columns = Map.groupBy(
      rows.filter((column) => column.relation === relation),
      ({ table }) => table,
    )
    const lines = [...columns].map(
      ([table, own]) => `  ${table}: { ${own.map(columnText).join(', ')} },`,
    )
    return `export const ${name} = {\n${lines.join('\n')}\n} as const\n`
  }
  return [head, listed('tables', 'r'), listed('views', 'v')].join('\n')
}

const head = `// The columns of each table and view, in their order. \`npm run schema\` writes this file from the catalogs of a database; a test fails
// while they differ. \`?\`: it may be null; \`=\`: it has a default.
`

function columnText({ name, type, isNullable, isOptional }: Column): string {
  const mark = isNullable ? '?' : isOptional ? '=' : ''
  return `${name}: '${kindOf(type)}${mark}'`
}

function kindOf(type: string): string {
  const known = kinds[type.replace(/^character varying.*?(\[\])?$/, 'text$1')]
  if (known === undefined) throw new Error(`no kind of column for ${type}`)
  return known
}

const columnsQuery = /* sql */ `
  select c.relname as "table", c.relkind as relation, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    not a.attnotnull as "isNullable", not a.attnotnull or a.atthasdef or a.attidentity <> '' as "isOptional"
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped and n.nspname = 'public'
    and c.relname not like 'knex\\_%' and a.attgenerated = ''
  order by c.relname collate "C", a.attnum`
