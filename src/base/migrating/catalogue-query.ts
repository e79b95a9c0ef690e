import { rightsParts, rightsTables } from './catalogue-rights.ts'
import { pinnedSettings } from '../settings/pinned-settings.ts'

// The one statement that reads what a database runs. Each part gives objects by name, and of each what its definition says, in spellings
// that PostgreSQL 17 and 18 have in common. Every name is qualified: nothing of another schema stands before PostgreSQL's own.

// Of a version of PostgreSQL: what was made later has a greater number.
const firstOwnOid = 16_384
// The transactions in which a server was made are fewer: 724 in PostgreSQL 15, 706 that made something in 18. Freezing keeps their numbers.
const firstOwnTransaction = 800
// Languages: internal and c.
const builtIn = [12, 13]

// Libraries of PostgreSQL's own that count statements, or write them down.
const harmlessLibraries = ['pg_stat_statements', 'auto_explain']

/** Settings of a session that are part of what a database runs. */
export const comparedSettings = [...Object.keys(pinnedSettings), 'session_replication_role']

/** A setting that somebody made for the database or for a role, and that no connection can ask for. */
const heldSettings = ['session_replication_role', 'plpgsql.variable_conflict']

function list(names: readonly string[]): string {
  return `array[${names.map((name) => `'${name}'`).join(', ')}]`
}

/**
 * Takes the names of the operator's own extensions, whether the clock of this database may be moved, and the names of the roles that serve and
 * read.
 */
export const catalogueText = /* sql */ `with /* looked at code */ given as (
  select ?::pg_catalog.text[] as extensions, ?::pg_catalog.bool as is_movable, ?::pg_catalog.text as serving, ?::pg_catalog.text as reading
),
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
),${rightsTables},
parts(what, said) as (
  select 'function ' || n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
    case when p.prokind = 'w' then p.prosrc
      when p.prokind = 'a' then (
        select pg_catalog.to_jsonb(g) - 'aggfnoid' || pg_catalog.jsonb_build_object('aggtranstype', g.aggtranstype::pg_catalog.regtype,
          'aggmtranstype', g.aggmtranstype::pg_catalog.regtype, 'aggsortop', g.aggsortop::pg_catalog.regoperator)
        from pg_catalog.pg_aggregate g where g.aggfnoid = p.oid)::pg_catalog.text
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
      case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end,
      (select pg_catalog.concat_ws(' ', q.seqtypid::pg_catalog.regtype, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle)
       from pg_catalog.pg_sequence q where q.seqrelid = c.oid),
      -- By these PostgreSQL knows whether it has to look for what hangs on a relation: where one says no, what is there does nothing.
      case when not c.relhastriggers and exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid) then 'triggers are not seen' end,
      case when not c.relhasrules and c.relkind in ('r', 'p') and exists (select from pg_catalog.pg_rewrite w where w.ev_class = c.oid)
        then 'rules are not seen' end,
      case when not c.relhasindex and exists (select from pg_catalog.pg_index i where i.indrelid = c.oid) then 'indexes are not seen' end,
      case when c.relchecks = 0 and exists (select from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'c')
        then 'checks are not seen' end)
  from relations c where c.relkind in ('r', 'p', 'f', 'S', 'v', 'm', 'c')
  union all
  select 'column ' || c.nspname || '.' || c.relname || '.' || a.attnum,
    pg_catalog.concat_ws(' ', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
      a.attisdropped, a.attcollation::pg_catalog.regcollation, pg_catalog.pg_get_expr(d.adbin, d.adrelid),
      case when d.oid is not null and not a.atthasdef then 'its default is not seen' end)
  from relations c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relkind in ('r', 'p', 'f', 'c') or d.oid is not null
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
      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
      (select pg_catalog.string_agg(k.called, ',' order by k.called) from ranks k where k.oid = any(p.polroles)))
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
    pg_catalog.concat_ws(' ', t.typtype, t.typinput, t.typoutput, t.typreceive, t.typsend, t.typdefault, t.typnotnull,
      pg_catalog.format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typcollation::pg_catalog.regcollation,
      (select pg_catalog.string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid))
  from pg_catalog.pg_type t join ours n on n.oid = t.typnamespace
  where t.typtype in ('d', 'e', 'b', 'r', 'm') and t.typcategory <> 'A'
    and not exists (select from named x where x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and x.objid = t.oid)
  union all
  -- Of the whole database, whatever the schema: what is looked for by types is found wherever a search path leads.
  select 'operator ' || o.oid::pg_catalog.regoperator,
    pg_catalog.concat_ws(' ', o.oprcode, o.oprcom::pg_catalog.regoperator, o.oprnegate::pg_catalog.regoperator, o.oprcanmerge, o.oprcanhash)
  from pg_catalog.pg_operator o join ours n on n.oid = o.oprnamespace
  union all
  select 'operator class ' || o.opcname, o.opcdefault::pg_catalog.text from pg_catalog.pg_opclass o
  where o.oid >= ${firstOwnOid} and not exists (select from named x where x.objid = o.oid)
  union all
  -- In a class of PostgreSQL's own, too: indexes and « order by » look there.
  select 'member of an operator family ' || f.opfname || ' ' || x.how, 'there'
  from (
    select o.oid, o.amopfamily as family, o.amopopr::pg_catalog.regoperator::pg_catalog.text as how from pg_catalog.pg_amop o
    union all select a.oid, a.amprocfamily, a.amproc::pg_catalog.regprocedure::pg_catalog.text from pg_catalog.pg_amproc a
  ) x join pg_catalog.pg_opfamily f on f.oid = x.family
  where x.oid >= ${firstOwnOid} and not exists (select from named y where y.objid = f.oid)
  union all
  select 'collation ' || n.nspname || '.' || c.collname, 'there' from pg_catalog.pg_collation c join ours n on n.oid = c.collnamespace
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
  -- PostgreSQL's own, written again since the server was made: a superuser replaces them, and each keeps its number.
  select 'PostgreSQL’s own ' || w.what || ' written again', 'there'
  from (
    select 'function ' || p.oid::pg_catalog.regprocedure as what, p.xmin from pg_catalog.pg_proc p
    -- What is built in is run by its number, whatever this row says; any other language is read from it.
    where p.oid < ${firstOwnOid} and p.prolang not in (${builtIn.join(', ')})
    union all select 'aggregate ' || g.aggfnoid::pg_catalog.regprocedure, g.xmin from pg_catalog.pg_aggregate g
      where g.aggfnoid < ${firstOwnOid}
    union all select 'operator ' || o.oid::pg_catalog.regoperator, o.xmin from pg_catalog.pg_operator o where o.oid < ${firstOwnOid}
    union all select 'cast ' || c.castsource::pg_catalog.regtype || ' ' || c.casttarget::pg_catalog.regtype, c.xmin
      from pg_catalog.pg_cast c where c.oid < ${firstOwnOid}
    union all select 'operator class ' || o.opcname, o.xmin from pg_catalog.pg_opclass o where o.oid < ${firstOwnOid}
    union all select 'operator of a family ' || o.amopopr::pg_catalog.regoperator, o.xmin from pg_catalog.pg_amop o
      where o.oid < ${firstOwnOid}
    union all select 'function of a family ' || a.amproc::pg_catalog.regprocedure, a.xmin from pg_catalog.pg_amproc a
      where a.oid < ${firstOwnOid}
    union all select 'type ' || pg_catalog.format_type(t.oid, null), t.xmin from pg_catalog.pg_type t where t.oid < ${firstOwnOid}
    union all select 'view ' || r.ev_class::pg_catalog.regclass, r.xmin from pg_catalog.pg_rewrite r where r.oid < ${firstOwnOid}
  ) w where w.xmin::pg_catalog.text::pg_catalog.int8 >= ${firstOwnTransaction}
  union all
  select 'event trigger ' || e.evtname,
    pg_catalog.concat_ws(' ', e.evtevent, e.evtenabled, e.evtfoid::pg_catalog.regprocedure, e.evttags)
  from pg_catalog.pg_event_trigger e where not exists (select from named x where x.objid = e.oid)
  union all
  select 'publication ' || p.pubname, 'there' from pg_catalog.pg_publication p
  union all
  -- It writes rows of another database here, and no trigger of ours is asked.
  select 'subscription ' || s.subname, 'there' from pg_catalog.pg_subscription s where s.subdbid = (select b.oid from base b)
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
  where g.name = any(${list(comparedSettings)}::pg_catalog.text[])
  union all
  select 'setting of ' || coalesce(r.rolname, 'everybody'), pg_catalog.split_part(one, '=', 1)
  from pg_catalog.pg_db_role_setting s cross join lateral pg_catalog.unnest(s.setconfig) one
  left join pg_catalog.pg_roles r on r.oid = s.setrole
  where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
    and (s.setrole = 0 or r.rolname = current_user)
    and pg_catalog.split_part(one, '=', 1) = any(${list(heldSettings)}::pg_catalog.text[])
  union all
${rightsParts}
)
select what, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
    pg_catalog.string_agg(said, E'\\n' order by said collate "C"), 'UTF8')), 'hex') as sha256
from parts group by what order by what collate "C"`
