// Who owns what, who may do what, and which roles are one another's members: parts of the one statement that reads what a database runs
// (catalogue-query.ts). No role is called by the name that an installation gave it, so that each has the same objects: « the owner » is whoever
// owns the table of migrations, and the two that serve and read are called so by the configuration.

/** The roles that `migrate` gives something, as the catalogue calls them. */
export const grantedRoles = { serving: 'the serving role', reading: 'the reading role' } as const

// Whoever may make roles, or everything, is bound by no grant.
const administrator = 'an administrator'
const owner = 'the owner'
const everybody = 'everybody'

/** Roles of PostgreSQL by which one only reads how the server is, or gets a connection. */
const harmlessRoles = [
  'pg_monitor',
  'pg_read_all_settings',
  'pg_read_all_stats',
  'pg_stat_scan_tables',
  'pg_use_reserved_connections',
]
/** What an erasure needs, given by a superuser (docs/operate.en.md#roles). */
const filesRights = ['pg_ls_dir(text)', 'pg_stat_file(text,boolean)']

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}

const attributes = ['rolsuper', 'rolcreaterole', 'rolcreatedb', 'rolbypassrls', 'rolreplication']
const hasAttribute = (alias: string) => attributes.map((name) => `${alias}.${name}`).join(' or ')

/** Common tables that the parts read; they stand after `given`, `ours`, `named` and `relations`. */
export const rightsTables = /* sql */ `
base as (
  select d.oid, d.datdba, d.datacl from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
),
ranks as materialized (
  select r.oid, case
      when r.oid = coalesce((select c.relowner from pg_catalog.pg_class c
        where c.oid = pg_catalog.to_regclass('public.knex_migrations')), (select b.datdba from base b)) then '${owner}'
      when r.rolname = (select serving from given) then '${grantedRoles.serving}'
      when r.rolname = (select reading from given) then '${grantedRoles.reading}'
      when r.rolsuper or r.rolcreaterole then '${administrator}'
      when r.rolname = 'pg_database_owner' then '${owner}'
      else r.rolname::pg_catalog.text end as called
  from pg_catalog.pg_roles r
  union all select 0, '${everybody}'
),
owned(what, kind, owner, acl) as (
  select 'relation ' || c.nspname || '.' || c.relname, 'object', c.relowner, c.relacl
  from relations c where c.relkind in ('r', 'p', 'f', 'S', 'v', 'm', 'c')
  union all
  select 'function ' || n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
    'function', p.proowner, p.proacl
  from pg_catalog.pg_proc p join ours n on n.oid = p.pronamespace
  where not exists (select from named x where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid)
  union all
  select 'type ' || n.nspname || '.' || t.typname, 'type', t.typowner, t.typacl
  from pg_catalog.pg_type t join ours n on n.oid = t.typnamespace
  where t.typtype in ('d', 'e', 'b', 'r', 'm') and t.typcategory <> 'A'
    and not exists (select from named x where x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and x.objid = t.oid)
  union all
  select 'schema ' || n.nspname, 'schema', s.nspowner, s.nspacl
  from pg_catalog.pg_namespace s join ours n on n.oid = s.oid
  union all
  select 'the database', 'database', b.datdba, b.datacl from base b
  union all
  select 'language ' || l.lanname, 'language', null::pg_catalog.oid, l.lanacl from pg_catalog.pg_language l
  union all
  select 'column ' || c.nspname || '.' || c.relname || '.' || a.attname, 'object', null, a.attacl
  from relations c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attacl is not null
  union all
  select 'parameter ' || g.parname, 'parameter', null, g.paracl from pg_catalog.pg_parameter_acl g
),
granted as (
  select o.what, o.kind, r.called, x.privilege_type || case when x.is_grantable then ' and passes it on' else '' end as right_to
  from owned o cross join lateral pg_catalog.aclexplode(o.acl) x join ranks r on r.oid = x.grantee
  where o.acl is not null and x.grantee is distinct from o.owner and r.called not in ('${owner}', '${administrator}')
)`

/** Each gives `what` and `said`, and stands behind another part and « union all ». */
export const rightsParts = /* sql */ `
  select o.what || ' owned by ' || r.called, 'there' from owned o join ranks r on r.oid = o.owner
  where r.called <> '${owner}' and not (o.kind in ('schema', 'database') and r.called = '${administrator}')
  union all
  select 'grant on ' || g.what || ' to ' || g.called, g.right_to from granted g
  -- As PostgreSQL gives it to everybody. Names of a session's own tables come last, and such a table stands before none of ours.
  where not (g.called = '${everybody}' and (g.kind, g.right_to) in (
      ('function', 'EXECUTE'), ('type', 'USAGE'), ('language', 'USAGE'), ('schema', 'USAGE'), ('database', 'TEMPORARY')))
    -- Who may connect is the operator's.
    and not (g.kind = 'database' and g.right_to = 'CONNECT')
    -- A parameter is the server's: what other applications on it are given does nothing here without a right on a table, which is named.
    and not (g.kind = 'parameter' and g.called not in ('${everybody}', ${list(Object.values(grantedRoles))}))
    -- PostgreSQL has it from 17 on.
    and not (g.called = '${grantedRoles.serving}' and g.right_to = 'MAINTAIN')
  union all
  -- Of PostgreSQL's own objects: beyond what it gives itself, to roles of ours or to everybody.
  select 'grant on ' || s.what || ' to ' || r.called, x.privilege_type
  from (
    select p.oid::pg_catalog.regprocedure::pg_catalog.text as what, p.proacl as acl, p.tableoid as classid, p.oid
    from pg_catalog.pg_proc p where p.oid < 16384 and p.proacl is not null and p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    union all
    select c.oid::pg_catalog.regclass::pg_catalog.text, c.relacl, c.tableoid, c.oid
    from pg_catalog.pg_class c where c.relacl is not null and c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace
  ) s
  left join pg_catalog.pg_init_privs i on i.classoid = s.classid and i.objoid = s.oid and i.objsubid = 0
  cross join lateral pg_catalog.aclexplode(s.acl) x join ranks r on r.oid = x.grantee
  where s.acl is distinct from i.initprivs
    and r.called in ('${grantedRoles.serving}', '${grantedRoles.reading}', '${everybody}')
    and not exists (select from pg_catalog.aclexplode(i.initprivs) b where b.grantee = x.grantee and b.privilege_type = x.privilege_type)
    and not (r.called = '${grantedRoles.serving}' and (s.what in (${list(filesRights)}) or x.privilege_type = 'MAINTAIN'))
  union all
  select 'default rights of ' || r.called || ' on ' || d.defaclobjtype::pg_catalog.text
      || coalesce(' in ' || n.nspname, ''), d.defaclacl::pg_catalog.text
  from pg_catalog.pg_default_acl d join ranks r on r.oid = d.defaclrole left join ours n on n.oid = d.defaclnamespace
  where n.oid is not null or (d.defaclnamespace = 0 and r.called in ('${owner}', ${list(Object.values(grantedRoles))}))
  union all
  select 'attributes of ' || k.called, pg_catalog.concat_ws(' ', ${attributes.map((name) => `r.${name}`).join(', ')})
  from pg_catalog.pg_roles r join ranks k on k.oid = r.oid
  where k.called in (${list(Object.values(grantedRoles))}) and (${hasAttribute('r')})
  union all
  -- What it may become, whether it inherits or not.
  select k.called || ' may become ' || r.rolname, 'there'
  from ranks k join pg_catalog.pg_roles m on m.oid = k.oid and not m.rolsuper
  join pg_catalog.pg_roles r on r.oid <> k.oid and pg_catalog.pg_has_role(k.oid, r.oid, 'member')
  join ranks t on t.oid = r.oid
  where k.called in (${list(Object.values(grantedRoles))})
    and (${hasAttribute('r')} or t.called in ('${owner}', ${list(Object.values(grantedRoles))})
      or (r.rolname like 'pg\\_%' and r.rolname not in (${list(harmlessRoles)})
        and not (k.called = '${grantedRoles.reading}' and r.rolname = 'pg_read_all_data')))
  union all
  select r.rolname || ' may become ' || k.called, 'there'
  from ranks k join pg_catalog.pg_roles r on r.oid <> k.oid and pg_catalog.pg_has_role(r.oid, k.oid, 'member')
  where k.called in ('${owner}', '${grantedRoles.serving}') and k.oid <> 'pg_database_owner'::pg_catalog.regrole
    and not r.rolsuper and not r.rolcreaterole and r.oid <> 'pg_database_owner'::pg_catalog.regrole`
