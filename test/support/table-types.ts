import type { Client } from 'pg'

// Writes the TypeScript types of all rows of tables and views, which are given to the query builder, so that a misspelt column does
// not compile.

type Column = {
  readonly table: string
  readonly kind: 'r' | 'v'
  readonly name: string
  readonly type: string
  readonly isNullable: boolean
  readonly isOptional: boolean
}

const types: Readonly<Record<string, string>> = {
  bigint: 'Big',
  boolean: 'boolean',
  bytea: 'Buffer',
  date: 'Day',
  integer: 'number',
  jsonb: 'unknown',
  smallint: 'number',
  text: 'string',
  'timestamp with time zone': 'Date',
  uuid: 'string',
}

/** The text of src/base/database/tables.ts: a type for each table and view. */
export async function tableTypesOf(client: Client): Promise<string> {
  const { rows } = await client.query<Column>(columnsQuery)
  const relations = [...Map.groupBy(rows, ({ table }) => table)].map(([table, columns]) => {
    const members = columns.map(
      ({ name, type, isNullable, isOptional }) =>
        `${camel(name)}${isOptional ? '?' : ''}: ${typeOf(type)}${isNullable && type !== 'jsonb' ? ' | null' : ''}`,
    )
    return `  ${camel(table)}: { ${members.join('; ')} }`
  })
  return `${head}\nexport type Tables = {\n${relations.join('\n')}\n}\n`
}

const head = `// The columns of each table and view. \`npm run schema\` writes this file from the catalogs of a database; a test fails while
// they differ. An optional member is a column that an insert may leave out, because it has a default or may be null.

type Big = string | number | bigint
type Day = string | Date
`

function typeOf(type: string): string {
  const one = type.replace(/\[\]$/, '').replace(/^character varying.*/, 'text')
  const known = types[one]
  if (known === undefined) throw new Error(`no type for ${type}`)
  return type.endsWith('[]') ? `readonly ${known}[]` : known
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

const columnsQuery = /* sql */ `
  select c.relname as "table", c.relkind as kind, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    not a.attnotnull as "isNullable", not a.attnotnull or a.atthasdef or a.attidentity <> '' as "isOptional"
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped and n.nspname = 'public'
    and c.relname not like 'knex\\_%' and a.attgenerated = ''
  order by c.relname collate "C", a.attnum`
