import { pinnedSettings } from '../settings/pinned-settings.ts'

// The one statement that reads what a database runs. Each part gives objects by name, and of each what its definition says, in spellings
// that PostgreSQL 17 and 18 have in common. Every name is qualified: nothing of another schema stands before PostgreSQL's own.

// Of a version of PostgreSQL: what was made later has a greater number.
const firstOwnOid = 16_384

// Libraries of PostgreSQL's own that count statements, or write them down.
const harmlessLibraries = ['pg_stat_statements', 'auto_explain']

const settings = [...Object.keys(pinnedSettings), 'session_replication_role']

/** A setting that somebody made for the database or for a role, and that no connection can ask for. */
const heldSettings = ['session_replication_role', 'plpgsql.variable_conflict']

function list(names: readonly string[]): string {
  return `array[${names.map((name) => `'${name}'`).join(', ')}]`
}

/** Takes the names of the operator's own extensions, and whether the clock of this database may be moved. */
export const catalogueText = /* sql */ `
with given as (select ?::pg_catalog.text[] as extensions, ?::pg_catalog.bool as is_movable),
ours as (
  select oid, nspname from pg_catalog.pg_namespace where nspname in ('public', 'graphile_worker')
),
-- What belongs to an extension that the operator named.
named as (
  select d.classid, d.objid from pg_catalog.pg_depend d
  join pg_catalog.pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
  where d.deptype = 'e' and e.extname = any((select extensions from given)::pg_catalog.text[])
),
relations as (
  select c.*, n.nspname from pg_catalog.pg_class c join ours n on n.oid = c.relnamespace
  where not exists (select from named x where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid)
),
parts(what, said) as (
  select 'function ' || n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
    case when p.prokind in ('a', 'w') then 'aggregate or window'
      when p.proname = 'clock_offset' and (select is_movable from given)
        then pg_catalog.regexp_replace(pg_catalog.pg_get_functiondef(p.oid), 'select interval ''[0-9]+ milliseconds''', 'select interval ''0''')
      else pg_catalog.pg_get_functiondef(p.oid) end
    || pg_catalog.concat_ws(' ', '', p.probin, p.prosupport)
  from pg_catalog.pg_proc p join ours n on n.oid = p.pronamespace
  where not exists (select from named x where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid)
  union all
  select 'relation ' || c.nspname || '.' || c.relname,
    pg_catalog.concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.reloptions,
      c.relreplident, (select a.amname from pg_catalog.pg_am a where a.oid = c.relam),
      case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end)
  from relations c where c.relkind in ('r', 'p', 'f', 'S', 'v', 'm', 'c')
  union all
  select 'column ' || c.nspname || '.' || c.relname || '.' || a.attnum,
    pg_catalog.concat_ws(' ', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
      a.attisdropped, a.attcollation::pg_catalog.regcollation, pg_catalog.pg_get_expr(d.adbin, d.adrelid))
  from relations c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relkind in ('r', 'p', 'f', 'c')
  union all
  select 'child of ' || c.nspname || '.' || c.relname || ' ' || i.inhrelid::pg_catalog.regclass, 'there'
  from pg_catalog.pg_inherits i join relations c on c.oid = i.inhparent where c.relkind in ('r', 'p', 'f')
  union all
  select 'trigger ' || c.nspname || '.' || c.relname || '.' || t.tgname,
    pg_catalog.concat_ws(' ', t.tgenabled, pg_catalog.pg_get_triggerdef(t.oid))
  from pg_catalog.pg_trigger t join relations c on c.oid = t.tgrelid where not t.tgisinternal
  union all
  -- Those of a foreign key: their own names are numbers.
  select 'inner trigger ' || c.nspname || '.' || c.relname || '.' || k.conname || ' ' || t.tgfoid::pg_catalog.regproc || ' ' || t.tgtype,
    t.tgenabled::pg_catalog.text
  from pg_catalog.pg_trigger t join relations c on c.oid = t.tgrelid
  join pg_catalog.pg_constraint k on k.oid = t.tgconstraint where t.tgisinternal
  union all
  select 'rule ' || c.nspname || '.' || c.relname || '.' || r.rulename,
    pg_catalog.concat_ws(' ', r.ev_enabled, pg_catalog.pg_get_ruledef(r.oid))
  from pg_catalog.pg_rewrite r join relations c on c.oid = r.ev_class
  where r.rulename <> '_RETURN' or r.ev_enabled <> 'O'
  union all
  select 'policy ' || c.nspname || '.' || c.relname || '.' || p.polname,
    pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive, pg_catalog.pg_get_expr(p.polqual, p.polrelid),
      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
  from pg_catalog.pg_policy p join relations c on c.oid = p.polrelid
  union all
  -- "not null" is said by the columns: since PostgreSQL 18 it is a constraint, too.
  select 'constraint ' || n.nspname || '.' || coalesce(c.relname || '.', '') || k.conname,
    pg_catalog.concat_ws(' ', k.condeferrable, k.condeferred,
      pg_catalog.replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID', ''))
  from pg_catalog.pg_constraint k join ours n on n.oid = k.connamespace left join relations c on c.oid = k.conrelid
  where k.contype <> 'n' and (k.conrelid = 0 or c.oid is not null)
  union all
  -- Apart from the constraint itself: a migration validates one in a step of its own.
  select 'validity of ' || n.nspname || '.' || coalesce(c.relname || '.', '') || k.conname, 'valid'
  from pg_catalog.pg_constraint k join ours n on n.oid = k.connamespace left join relations c on c.oid = k.conrelid
  where k.contype in ('c', 'f') and k.convalidated and (k.conrelid = 0 or c.oid is not null)
  union all
  select case when not i.indisunique and not i.indisexclusion and i.indexprs is null and i.indpred is null and a.amname = 'btree'
      then 'plain index ' else 'index ' end || x.nspname || '.' || x.relname,
    pg_catalog.concat_ws(' ', i.indisvalid, i.indisready, i.indislive, i.indimmediate, pg_catalog.pg_get_indexdef(i.indexrelid))
  from pg_catalog.pg_index i join relations x on x.oid = i.indexrelid join pg_catalog.pg_am a on a.oid = x.relam
  union all
  select 'type ' || n.nspname || '.' || t.typname,
    pg_catalog.concat_ws(' ', t.typtype, t.typinput, t.typoutput, t.typdefault, t.typnotnull,
      (select pg_catalog.string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid))
  from pg_catalog.pg_type t join ours n on n.oid = t.typnamespace
  where t.typtype in ('d', 'e', 'b', 'r', 'm') and t.typcategory <> 'A'
    and not exists (select from named x where x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and x.objid = t.oid)
  union all
  -- Of the whole database, whatever the schema: what is looked for by types is found wherever a search path leads.
  select 'operator ' || o.oid::pg_catalog.regoperator, o.oprcode::pg_catalog.text
  from pg_catalog.pg_operator o join ours n on n.oid = o.oprnamespace
  union all
  select 'operator class ' || o.opcname, o.opcdefault::pg_catalog.text from pg_catalog.pg_opclass o
  where o.oid >= ${firstOwnOid} and not exists (select from named x where x.objid = o.oid)
  union all
  select 'cast ' || c.castsource::pg_catalog.regtype || ' ' || c.casttarget::pg_catalog.regtype,
    pg_catalog.concat_ws(' ', c.castfunc::pg_catalog.regprocedure, c.castcontext, c.castmethod)
  from pg_catalog.pg_cast c where c.oid >= ${firstOwnOid} and not exists (select from named x where x.objid = c.oid)
  union all
  select 'conversion ' || c.conname, c.condefault::pg_catalog.text from pg_catalog.pg_conversion c
  where c.oid >= ${firstOwnOid} and c.condefault
  union all
  select 'made in pg_catalog ' || p.oid::pg_catalog.regprocedure, 'there' from pg_catalog.pg_proc p
  where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and p.oid >= ${firstOwnOid}
    and not exists (select from named x where x.objid = p.oid)
  union all
  select 'made in pg_catalog ' || c.relname, 'there' from pg_catalog.pg_class c
  where c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and c.oid >= ${firstOwnOid}
    and not exists (select from named x where x.objid = c.oid)
  union all
  select 'made in pg_catalog ' || o.oid::pg_catalog.regoperator, 'there' from pg_catalog.pg_operator o
  where o.oprnamespace = 'pg_catalog'::pg_catalog.regnamespace and o.oid >= ${firstOwnOid}
  union all
  select 'event trigger ' || e.evtname, pg_catalog.concat_ws(' ', e.evtevent, e.evtenabled, e.evtfoid::pg_catalog.regprocedure)
  from pg_catalog.pg_event_trigger e where not exists (select from named x where x.objid = e.oid)
  union all
  select 'publication ' || p.pubname, 'there' from pg_catalog.pg_publication p
  union all
  select 'language ' || l.lanname, pg_catalog.concat_ws(' ', l.lanpltrusted, l.lanplcallfoid::pg_catalog.regproc)
  from pg_catalog.pg_language l where not exists (select from named x where x.objid = l.oid)
  union all
  select 'extension ' || e.extname, 'there' from pg_catalog.pg_extension e
  where e.extname <> all((select extensions from given)::pg_catalog.text[])
  union all
  select 'library ' || library, 'loaded'
  from pg_catalog.pg_settings g, lateral pg_catalog.regexp_split_to_table(g.setting, '[[:space:]"]*,[[:space:]"]*') library
  where g.name in ('shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries')
    and library <> '' and library <> all(${list(harmlessLibraries)}::pg_catalog.text[])
    and library <> all((select extensions from given)::pg_catalog.text[])
  union all
  select 'session ' || g.name, pg_catalog.replace(g.setting, ' ', '') from pg_catalog.pg_settings g
  where g.name = any(${list(settings)}::pg_catalog.text[])
  union all
  select 'setting of ' || coalesce(r.rolname, 'everybody'), pg_catalog.split_part(one, '=', 1)
  from pg_catalog.pg_db_role_setting s cross join lateral pg_catalog.unnest(s.setconfig) one
  left join pg_catalog.pg_roles r on r.oid = s.setrole
  where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
    and (s.setrole = 0 or r.rolname = current_user)
    and pg_catalog.split_part(one, '=', 1) = any(${list(heldSettings)}::pg_catalog.text[])
)
select what, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
    pg_catalog.string_agg(said, E'\\n' order by said collate "C"), 'UTF8')), 'hex') as sha256
from parts group by what order by what collate "C"`
