// What a permit is written under. A look at the whole catalogue each few seconds leaves those seconds: so a batch of permits is written by
// a statement that compares the row versions of all definitions which a decision may run. Whoever replaces one and puts it back has made
// a further version of its row: the stamp is another one. What is added and dropped again leaves no row; PostgreSQL counts it.

/** What a decision reads and writes, with what hangs on it: rules, triggers and their functions, policies, defaults. */
export const decidingRelations = [
  'accounts',
  'consent_current',
  'consent_record',
  'consent_states',
  'decision',
  'decision_key',
  'dek',
  'desk_session',
  'disclosure',
  'ledger_event',
  'ledger_heads',
  'ledger_pending',
  'log_restore',
  'log_standing',
  'new_event',
  'new_permit',
  'person_head',
  'persons',
  'register_epoch',
  'register_state',
  'standings',
  'uses_returned',
] as const

/** The functions that run by name, in whatever schema one of that name is: an overload that fits better has a say, too. */
export const decidingFunctions = [
  'append_all_to_ledger',
  'array_agg',
  'bit',
  'cardinality',
  'count',
  'date_trunc',
  'encode',
  'extract',
  'generate_series',
  'generate_subscripts',
  'json_populate_record',
  'json_populate_recordset',
  'jsonb_agg',
  'jsonb_build_object',
  'lock_free_heads',
  'now',
  'open_heads',
  'quebec_day',
  'replace',
  'string_agg',
  'substr',
  'substring',
  'to_jsonb',
  'unnest',
  'use_consents',
  'write_permits',
] as const

function list(names: readonly string[]): string {
  return `array[${names.map((name) => `'${name}'`).join(', ')}]::pg_catalog.name[]`
}

// The clock of tests and of the demonstration is moved by replacing it.
const clockFunction = 'clock_offset'

function functions(which: string): string {
  return `select f.oid, f.xmin from pg_catalog.pg_proc f where f.proname ${which}`
}

/**
 * A scalar of any statement: the row versions themselves, so that no two states have one stamp. In three parts: the relations, which a
 * benign `vacuum full` writes anew; what hangs on them, and the functions; the function that moves the clock.
 */
export const stampText = /* sql */ `(
  with r as materialized (
    select c.oid, c.xmin from pg_catalog.pg_class c
    where c.relname = any(${list(decidingRelations)}) and c.relnamespace = 'public'::pg_catalog.regnamespace
  ), t as materialized (
    select t.oid, t.xmin, t.tgfoid from r join pg_catalog.pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
  ), parts(k, o, x) as (
    select 1, r.oid, r.xmin from r
    union all select 2, w.oid, w.xmin from r join pg_catalog.pg_rewrite w on w.ev_class = r.oid
    union all select 3, t.oid, t.xmin from t
    union all select 4, f.oid, f.xmin from t join pg_catalog.pg_proc f on f.oid = t.tgfoid
    union all select 5, d.oid, d.xmin from r join pg_catalog.pg_attrdef d on d.adrelid = r.oid
    union all select 6, p.oid, p.xmin from r join pg_catalog.pg_policy p on p.polrelid = r.oid
    union all select 7, * from (${functions(`= any(${list(decidingFunctions)})`)}) f
    union all select 8, * from (${functions(`= '${clockFunction}'::pg_catalog.name`)}) f
  )
  select pg_catalog.concat_ws('/',
    pg_catalog.array_agg(x order by k, o) filter (where k = 1),
    pg_catalog.array_agg(x order by k, o) filter (where k between 2 and 7),
    pg_catalog.array_agg(x order by k, o) filter (where k = 8),
    pg_catalog.current_setting('session_replication_role'))
  from parts)`

/** Whether something that a decision runs was replaced between two stamps; a move of the clock is not, where it may be moved. */
export function isReplaced(before: string, now: string, isMovable: boolean): boolean {
  const [, was, clockWas] = before.split('/')
  const [, is, clockIs] = now.split('/')
  return was !== is || (!isMovable && clockWas !== clockIs)
}

// Definitions of which one that came and went leaves nothing else.
const counted = [
  'pg_proc',
  'pg_trigger',
  'pg_policy',
  'pg_rewrite',
  'pg_operator',
  'pg_cast',
  'pg_attrdef',
  'pg_event_trigger',
]

/** How often PostgreSQL wrote a definition of each kind, and a column's, since it began to count. */
export const writeCountsText = /* sql */ `array[${[
  ...counted.map((name) =>
    ['inserted', 'updated', 'deleted']
      .map(
        (how) => `pg_catalog.pg_stat_get_tuples_${how}('pg_catalog.${name}'::pg_catalog.regclass)`,
      )
      .join(' + '),
  ),
  // New columns of somebody else's tables are inserted: one that gets another name is updated.
  "pg_catalog.pg_stat_get_tuples_updated('pg_catalog.pg_attribute'::pg_catalog.regclass)",
].join(', ')}]::pg_catalog.text[]`

/** Those that move where somebody moves the clock, which is a function. */
export const countsOfClock = [counted.indexOf('pg_proc')]
