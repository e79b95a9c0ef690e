import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { openDatabase, startPatience } from '../src/base/database/database.ts'
import {
  catalogueDigest,
  readCatalogue,
  releasedCatalogue,
} from '../src/base/migrating/catalogue.ts'
import { migrate } from '../src/base/migrating/migrate.ts'
import { migrationNames, readFunctions } from '../src/base/migrating/migration-files.ts'
import { startEmbedded } from '../src/base/postgres/embedded-server.ts'
import { usualRoles } from '../src/base/settings/database-roles.ts'
import type { Released } from '../test/support/migration-rules.ts'
import { catalogOf } from './catalog.ts'

// Writes the schema from PostgreSQL's catalogs in a fixed order and spelling, so that equal schemas give equal texts, on PostgreSQL 17
// and 18 and whichever migrations made them. The job queue's schema and knex's two tables are left out: they are not ours.
const ours = `n.nspname = 'public' and c.relname not like 'knex\\_%'`

type Column = {
  readonly table: string
  readonly name: string
  readonly type: string
  readonly rest: string
}
type Part = { readonly table: string; readonly text: string }
type Table = { readonly name: string; readonly kind: string; readonly rest: string }

/** The schema of a migrated database, as SQL: each table with its indexes and triggers, then views, then functions. */
export async function schemaOf(databaseUrl: string): Promise<string> {
  return asked(databaseUrl, readSchema)
}

/** The text of migrations/catalogue.json for a migrated database. */
export async function catalogueJson(databaseUrl: string): Promise<string> {
  const db = openDatabase(databaseUrl, startPatience)
  try {
    const held = await readCatalogue(db, {
      mode: 'staging',
      databaseExtensions: [],
      databaseRoles: usualRoles,
    })
    return `${JSON.stringify(Object.fromEntries(held), null, 2)}\n`
  } finally {
    await db.destroy()
  }
}

/** The text of src/base/database/catalog.ts for a migrated database. */
export function catalogText(databaseUrl: string): Promise<string> {
  return asked(databaseUrl, catalogOf)
}

async function asked<T>(databaseUrl: string, read: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('set search_path = public')
    return await read(client)
  } finally {
    await client.end()
  }
}

async function readSchema(client: Client): Promise<string> {
  const tables = await rows<Table>(client, tablesQuery)
  const columns = await rows<Column>(client, columnsQuery)
  const constraints = await rows<Part>(client, constraintsQuery)
  const beside = [
    ...(await rows<Part>(client, storageQuery)),
    ...(await rows<Part>(client, indexesQuery)),
    ...(await rows<Part>(client, triggersQuery)),
    ...(await rows<Part>(client, grantsQuery)),
  ]
  const views = await rows<Part>(client, viewsQuery)
  const types = await rows<Part>(client, typesQuery)
  const functions = await rows<Part>(client, functionsQuery)
  const made = tables.map(({ name, kind, rest }) => {
    const lines = [
      ...columns.filter(({ table }) => table === name).map(columnLine),
      ...constraints.filter(({ table }) => table === name).map(({ text }) => `  ${text}`),
    ]
    const hung = beside.filter(({ table }) => table === name).map(({ text }) => `${text};`)
    return [`create ${kind} ${name} (\n${lines.join(',\n')}\n)${rest};`, ...hung].join('\n')
  })
  const others = [...types, ...views, ...functions].map(({ text }) => `${text.trimEnd()};`)
  return `${[head, ...made, ...others].join('\n\n')}\n`
}

const head = `-- The present schema. \`npm run schema\` writes this file from PostgreSQL's catalogs; a test fails while they differ. It
-- is only read, never run: the migrations make the tables, and migrations/functions/ the functions and views.`

function columnLine({ name, type, rest }: Column): string {
  return `  ${name} ${type}${rest}`
}

async function rows<Row>(client: Client, text: string): Promise<Row[]> {
  return (await client.query(text)).rows as Row[] // each query below names its columns as its type does
}

const tablesQuery = /* sql */ `
  select c.relname as name,
    case c.relpersistence when 'u' then 'unlogged table' else 'table' end as kind,
    coalesce(' with (' || (select string_agg(o, ', ' order by o) from unnest(c.reloptions) o) || ')', '') as rest
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and ${ours}
  order by c.relname collate "C"`

const columnsQuery = /* sql */ `
  select c.relname as "table", quote_ident(a.attname) as name, format_type(a.atttypid, a.atttypmod) as type,
    case when a.attnotnull then ' not null' else '' end
    || case a.attidentity when 'a' then ' generated always as identity (cache ' || s.seqcache || ')'
         when 'd' then ' generated by default as identity (cache ' || s.seqcache || ')' else '' end
    || case when a.attgenerated = 's' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
         when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end as rest
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_sequence s on a.attidentity <> '' and s.seqrelid = pg_get_serial_sequence(quote_ident(c.relname), a.attname)::regclass
  where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and ${ours}
  order by c.relname collate "C", a.attnum`

// Since PostgreSQL 18 "not null" is a constraint with a name; the columns say it already.
const constraintsQuery = /* sql */ `
  select c.relname as "table", 'constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) as text
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  where k.contype in ('p', 'u', 'f', 'c', 'x') and ${ours}
  order by c.relname collate "C", position(k.contype::text in 'pufcx'), k.conname collate "C"`

const storageQuery = /* sql */ `
  select c.relname as "table", 'alter table ' || c.relname || ' alter column ' || quote_ident(a.attname) || ' set storage '
    || case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end as text
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attstorage <> t.typstorage and ${ours}
  order by c.relname collate "C", a.attnum`

const indexesQuery = /* sql */ `
  select c.relname as "table", pg_get_indexdef(i.indexrelid) as text
  from pg_index i join pg_class x on x.oid = i.indexrelid
  join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')) and ${ours}
  order by x.relname collate "C"`

const triggersQuery = /* sql */ `
  select c.relname as "table", pg_get_triggerdef(t.oid) as text
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where not t.tgisinternal and ${ours}
  order by c.relname collate "C", t.tgname collate "C"`

// What `migrate` gives to its roles follows from a list, and is given where these roles are (src/base/migrating/role-grants.ts).
const grantsQuery = /* sql */ `
  select c.relname as "table", '-- granted: ' || string_agg(coalesce(r.rolname, 'public') || ' ' || a.privilege_type, ', ' order by 1) as text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
  where a.grantee <> c.relowner and coalesce(r.rolname, '') not in ('${Object.values(usualRoles).join("', '")}') and ${ours}
  group by c.relname order by c.relname collate "C"`

const viewsQuery = /* sql */ `
  select c.relname as "table", 'create view ' || c.relname
    || coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '') || ' as' || E'\\n'
    || rtrim(pg_get_viewdef(c.oid), ';') as text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'v' and ${ours}
  order by c.relname collate "C"`

const typesQuery = /* sql */ `
  select t.typname as "table", 'create type ' || t.typname || ' as ('
    || (select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
        from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) || ')' as text
  from pg_type t join pg_class c on c.oid = t.typrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'c' and ${ours}
  order by t.typname collate "C"`

const functionsQuery = /* sql */ `
  select p.proname as "table", pg_get_functiondef(p.oid)
    || coalesce(E'-- granted: ' || p.proacl::text || E'\\n', '') as text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'public'
  order by p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"`

const folder = join(import.meta.dirname, '../migrations')
export const schemaFile = join(folder, 'schema.sql')
export const catalogFile = join(folder, '../src/base/database/catalog.ts')
export const catalogueFile = join(folder, 'catalogue.json')
export const releasedFile = join(folder, 'released.json')
export const releasedFunctionsFile = join(folder, 'released-functions.json')

/** What the processes of a version rely on: the arguments and result of each function, and the columns of each view. */
export type Signatures = Readonly<Record<string, string>>

export async function signaturesOf(databaseUrl: string): Promise<Signatures> {
  const found = await asked(databaseUrl, (client) => rows<Part>(client, signaturesQuery))
  return Object.fromEntries(found.map(({ table: name, text }) => [name, text]))
}

/** The functions and views that are missing or changed for processes of the last release, which run beside this version's for a while. */
export function brokenSince(released: Signatures, today: Signatures): string[] {
  return Object.entries(released)
    .filter(([name, signature]) => today[name] !== signature)
    .map(([name]) => (name in today ? `${name} has changed` : `${name} is gone`))
}

/** The present signatures without those that are kept for one release only, which have a comment « Leaving » above them. */
export function withoutLeaving(today: Signatures, texts: readonly string[]): Signatures {
  const marked = /^-- Leaving\b[^\n]*\n(?:--[^\n]*\n)*create or replace (?:function|view) (\w+)/gm
  const leaving = texts.flatMap((text) => [...text.matchAll(marked)].map((match) => match[1]))
  return Object.fromEntries(
    Object.entries(today).filter(([name]) => !leaving.includes(name.split(' ')[1]?.split('(')[0])),
  )
}

const signaturesQuery = /* sql */ `
  select 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as "table",
    pg_get_function_arguments(p.oid) || ' → ' || pg_get_function_result(p.oid) as text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'public'
  union all
  select 'view ' || c.relname,
    (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'v' and ${ours}
  order by 1`

/** The migrations of this version, the hash of each file of functions, and that of everything that the database runs. */
export function functionsOfToday(): Required<Released> {
  const functions = readFunctions().map(({ room, sha256 }) => [room, sha256.toString('hex')])
  return {
    migrations: migrationNames(),
    functions: Object.fromEntries(functions) as Required<Released>['functions'], // pairs of texts
    catalogue: catalogueDigest(releasedCatalogue()).toString('hex'),
  }
}

/** Runs `npm run schema`, or at a release `npm run schema:released`. */
if (import.meta.main) {
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-schema-'))
  const { url, stop } = await startEmbedded({ dataDir })
  try {
    // What `migrate` gives to them is in the catalogue.
    for (const role of Object.values(usualRoles))
      await asked(url, (client) => client.query(`create role ${role}`))
    await migrate(url)
    if (process.argv.includes('released')) {
      const signatures = withoutLeaving(
        await signaturesOf(url),
        readFunctions().map(({ text }) => text),
      )
      writeFileSync(releasedFile, `${JSON.stringify(signatures, null, 2)}\n`)
      writeFileSync(releasedFunctionsFile, `${JSON.stringify(functionsOfToday(), null, 2)}\n`)
    } else {
      writeFileSync(schemaFile, await schemaOf(url))
      writeFileSync(catalogFile, await catalogText(url))
      writeFileSync(catalogueFile, await catalogueJson(url))
    }
  } finally {
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
