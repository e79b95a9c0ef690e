import type { Config } from '../settings/config.ts'
import type { Database } from './database.ts'
import { OperatorError } from '../values/operator-error.ts'

// Whoever gets the password of a process can do what its role can. The role that serves and works reads and writes rows; it makes, replaces,
// drops and empties nothing, and can become no role that does (decision 0196).

/** What a role could do beyond rows, and of how much; at most five names are told. */
type Power = { readonly power: string; readonly names: readonly string[]; readonly count: number }

const told = 5

/** What the role of this connection could do beyond reading and writing rows, in words: itself, by everybody's rights, or by a role that it may take on. */
export async function powersOf(db: Pick<Database, 'raw'>): Promise<string[]> {
  const { rows } = await db.raw<{ rows: Power[] }>(powers)
  return rows.map(({ power, names, count }) => {
    const more = count > names.length ? `, and ${count - names.length} more` : ''
    return names.length === 0 ? power : `${power} (${names.join(', ')}${more})`
  })
}

/** @throws OperatorError in production where the role of DATABASE_URL could change what the database's statements mean */
export async function requirePlainRole(
  db: Pick<Database, 'raw'>,
  { mode }: Pick<Config, 'mode'>,
): Promise<void> {
  if (mode !== 'production') return
  const found = await powersOf(db)
  if (found.length === 0) return
  const { rows } = await db.raw<{ rows: { role: string }[] }>('select current_user as role')
  throw new OperatorError(
    `The role of DATABASE_URL (${rows[0]?.role ?? ''}) can do more than read and write rows: ${found.join('; ')}. Name the role that serves there, and let « migrate » alone have the owner’s: docs/operate.en.md#roles has the commands.`,
  )
}

// What a role may grant itself, or become, it can do: `member` counts also where a role inherits nothing. A superuser is all of it.
const powers = /* sql */ `
  with reach as (
    select oid, rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_catalog.pg_roles r
    where pg_has_role(current_user, r.oid, 'member')
      and (r.rolname = current_user or not (select m.rolsuper from pg_catalog.pg_roles m where m.rolname = current_user))
  ), ours as (
    select oid, nspname, nspowner from pg_catalog.pg_namespace where nspname !~ '^pg_(toast|temp)'
  ), base as (
    select oid, datdba in (select oid from reach) as is_own from pg_catalog.pg_database where datname = current_database()
  ), found (place, power, name) as (
    select 1, 'is a superuser', case when rolname <> current_user then rolname end from reach where rolsuper
    union all select 2, 'makes roles', case when rolname <> current_user then rolname end from reach where rolcreaterole
    union all select 3, 'makes databases', case when rolname <> current_user then rolname end from reach where rolcreatedb
    union all select 4, 'passes by the security of rows', case when rolname <> current_user then rolname end from reach where rolbypassrls
    union all select 5, 'copies the server', case when rolname <> current_user then rolname end from reach where rolreplication
    union all select 6, 'is a member of', rolname from reach
      where rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_write_all_data',
        'pg_create_subscription')
    union all select distinct 7, 'owns', pg_describe_object(d.classid, d.objid, 0) || case when r.rolname <> current_user then ' as ' || r.rolname else '' end
      from pg_catalog.pg_shdepend d join reach r on r.oid = d.refobjid
      where d.refclassid = 'pg_catalog.pg_authid'::regclass and d.deptype = 'o' and d.classid <> 'pg_catalog.pg_largeobject'::regclass
        and (d.dbid = (select oid from base)
          or d.dbid = 0 and d.classid = 'pg_catalog.pg_database'::regclass and d.objid = (select oid from base))
    union all select distinct 8, 'may create in', 'schema ' || o.nspname from ours o, reach r
      where has_schema_privilege(r.oid, o.oid, 'create') and o.nspowner not in (select oid from reach)
    union all select distinct 8, 'may create in', 'database ' || current_database() from reach r
      where has_database_privilege(r.oid, current_database(), 'create') and not (select is_own from base)
    union all select distinct 9, 'may create temporary tables in', 'database ' || current_database() from reach r
      where has_database_privilege(r.oid, current_database(), 'temporary') and not (select is_own from base)
    union all select distinct 10, 'may ' || p.privilege, c.oid::regclass::text
      from pg_catalog.pg_class c join ours o on o.oid = c.relnamespace, reach r,
        (values ('truncate'), ('trigger'), ('references')) p(privilege)
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and has_table_privilege(r.oid, c.oid, p.privilege)
        and c.relowner not in (select oid from reach)
    union all select distinct 11, 'may set', a.parname || ' (' || lower(x.privilege_type) || ')'
      from pg_catalog.pg_parameter_acl a, aclexplode(a.paracl) x
      where x.grantee = 0 or x.grantee in (select oid from reach)
  )
  select power, coalesce((array_agg(name::text order by name) filter (where name is not null))[1:${told}], '{}') as names,
    count(name)::integer as count
  from found
  where place = 1 or not exists (select from found where place = 1)
  group by place, power order by place, power`
