// What somebody who owns a database may change in what it runs: one change of each kind of object, and how the comparison names it.

export type Planted = {
  /** What was done, in words. */
  readonly what: string
  readonly sql: string
  readonly named: readonly string[]
  /** Of the whole server, or in the way of whoever drops the database: such a change is looked at in a transaction alone. */
  readonly isOfServer?: true
  /** What `migrate` makes as it was, all or these; else whoever made it takes it away again. */
  readonly isPutBack?: true | readonly string[]
}

const no = 'is not of this version'
const other = 'is another one'

/** What calls `quebec_day`: it says `public.quebec_day` once another one stands before ours. */
const calledByWholeName = [
  'relation public.closings_told',
  'relation public.refusals_closed',
  'function public.count_months(from_month date, before_month date, first uuid, last uuid)',
  'function public.rows_of_decisions(people uuid[])',
  'function public.signal_due(kind text, moment timestamp with time zone, stream uuid, jti uuid)',
].map((object) => `${object} ${other}`)

/** A role of this test alone. */
export const stranger = 'accord_test_stranger'
/** Another one, who gets what others own. */
export const heir = 'accord_test_heir'

export const plantedCode: readonly Planted[] = [
  {
    what: 'a function is replaced',
    sql: `create or replace function quebec_day(moment timestamptz) returns date language sql immutable as $$ select date '2000-01-01' $$`,
    named: [`function public.quebec_day(moment timestamp with time zone) ${other}`],
    isPutBack: true,
  },
  {
    what: 'a function of the same name takes other types',
    sql: `create function quebec_day(moment timestamp) returns date language sql as $$ select date '2000-01-01' $$`,
    named: [`function public.quebec_day(moment timestamp without time zone) ${no}`],
  },
  {
    what: 'a function has the rights of its owner',
    sql: 'alter function hold_tries(bytea, text[], bigint[]) security definer',
    named: [`function public.hold_tries(in_name bytea, keys text[], in_ends bigint[]) ${other}`],
    isPutBack: true,
  },
  {
    what: 'a function finds names elsewhere',
    sql: 'alter function release_tries(bytea) set search_path = pg_temp',
    named: [`function public.release_tries(in_name bytea) ${other}`],
    isPutBack: true,
  },
  {
    what: 'a function is dropped',
    sql: 'drop function give_back_tries(text[], bigint[])',
    named: ['function public.give_back_tries(keys text[], ends bigint[]) is gone'],
    isPutBack: true,
  },
  {
    what: 'an aggregate is added',
    sql: `create aggregate count_all(integer) (sfunc = int4pl, stype = integer, initcond = '0')`,
    named: [`function public.count_all(integer) ${no}`],
  },
  {
    what: 'a view is replaced',
    sql: 'create or replace view register_epoch as select epoch from register_state where epoch >= 0',
    named: [`relation public.register_epoch ${other}`],
    isPutBack: true,
  },
  {
    what: 'a view has another option',
    sql: 'alter view nicknames set (security_barrier = true)',
    named: [`relation public.nicknames ${other}`],
    isPutBack: true,
  },
  {
    what: 'a view has a default',
    sql: `alter view nicknames alter column person_id set default '00000000-0000-0000-0000-000000000000'`,
    named: [`column public.nicknames.1 ${no}`],
  },
  {
    what: 'a view is added',
    sql: 'create view third as select 1 as one',
    named: [`relation public.third ${no}`],
  },
  {
    what: 'a view that is kept as rows is added',
    sql: 'create materialized view kept as select 1 as one',
    named: [`relation public.kept ${no}`],
  },
  {
    what: 'a table is added',
    sql: 'create table mine (id integer)',
    named: [`relation public.mine ${no}`, `column public.mine.1 ${no}`],
  },
  {
    what: 'a table has a child whose rows it shows',
    sql: 'create table elsewhere.permits () inherits (decision_key)',
    named: [`child of public.decision_key elsewhere.permits ${no}`],
  },
  {
    what: 'a table writes no log of its rows',
    sql: 'alter table notification set unlogged',
    named: [`relation public.notification ${other}`],
  },
  {
    what: 'a trigger is off',
    sql: 'alter table decision disable trigger decision_no_past_deny',
    named: [`trigger public.decision.decision_no_past_deny ${other}`],
    isPutBack: true,
  },
  {
    what: 'a trigger is on for copies alone',
    sql: 'alter table ledger_event enable replica trigger ledger_event_is_immutable',
    named: [`trigger public.ledger_event.ledger_event_is_immutable ${other}`],
    isPutBack: true,
  },
  {
    what: 'a trigger is added',
    sql: 'create trigger one_more before insert on receipt for each row execute function suppress_redundant_updates_trigger()',
    named: [`trigger public.receipt.one_more ${no}`],
  },
  {
    what: 'a trigger is dropped',
    sql: 'drop trigger receipt_is_immutable on receipt',
    named: ['trigger public.receipt.receipt_is_immutable is gone'],
    isPutBack: true,
  },
  {
    what: 'PostgreSQL is told that a table has no trigger',
    sql: `update pg_class set relhastriggers = false where oid = 'consent_record'::regclass`,
    named: [`relation public.consent_record ${other}`],
    isPutBack: true,
  },
  {
    what: 'the triggers of a foreign key are off',
    sql: 'alter table passkeys disable trigger all',
    isPutBack: [`trigger public.passkeys.passkeys_end_desk_session ${other}`],
    named: [
      `trigger public.passkeys.passkeys_end_desk_session ${other}`,
      `inner trigger public.passkeys.desk_session_passkey_id_fkey "RI_FKey_cascade_del" 9 ${other}`,
      `inner trigger public.passkeys.desk_session_passkey_id_fkey "RI_FKey_noaction_upd" 17 ${other}`,
      `inner trigger public.passkeys.key_attestations_passkey_id_fkey "RI_FKey_cascade_del" 9 ${other}`,
      `inner trigger public.passkeys.key_attestations_passkey_id_fkey "RI_FKey_noaction_upd" 17 ${other}`,
      `inner trigger public.passkeys.passkeys_person_id_fkey "RI_FKey_check_ins" 5 ${other}`,
      `inner trigger public.passkeys.passkeys_person_id_fkey "RI_FKey_check_upd" 17 ${other}`,
    ],
  },
  {
    what: 'a rule is added',
    sql: 'create rule nothing as on insert to activity do instead nothing',
    named: [`rule public.activity.nothing ${no}`],
  },
  {
    what: 'a policy is added, and is of no effect yet',
    sql: 'create policy mine on notices using (false)',
    named: [`policy public.notices.mine ${no}`],
  },
  {
    what: 'rows are let in by policies alone',
    sql: 'alter table notices enable row level security',
    named: [`relation public.notices ${other}`],
  },
  {
    what: 'a column has another default',
    sql: "alter table accounts alter column locale set default 'en-CA'",
    named: [`column public.accounts.2 ${other}`],
  },
  {
    what: 'a column has no default any more',
    sql: 'alter table decision alter column times drop default',
    named: [`column public.decision.20 ${other}`],
  },
  {
    what: 'PostgreSQL is told that a column has no default',
    sql: `update pg_attribute set atthasdef = false where attrelid = 'accounts'::regclass and attname = 'session_epoch'`,
    named: [`column public.accounts.8 ${other}`],
  },
  {
    what: 'a column is computed',
    sql: 'alter table activity add column computed text generated always as (kind) stored',
    named: [`column public.activity.15 ${no}`],
  },
  {
    what: 'a column may be empty',
    sql: 'alter table decision alter column reason_code drop not null',
    named: [`column public.decision.15 ${other}`],
  },
  {
    what: 'a check is dropped',
    sql: 'alter table decision drop constraint decision_outcome',
    named: [
      'constraint public.decision.decision_outcome is gone',
      'validity of public.decision.decision_outcome is gone',
    ],
  },
  {
    what: 'a check is added',
    sql: 'alter table persons add constraint mine check (true)',
    named: [`constraint public.persons.mine ${no}`, `validity of public.persons.mine ${no}`],
  },
  {
    what: 'PostgreSQL is told that a table has no check',
    sql: `update pg_class set relchecks = 0 where oid = 'receipt'::regclass`,
    named: [`relation public.receipt ${other}`],
  },
  {
    what: 'a unique index is added',
    sql: 'create unique index mine_alone on persons (created_at)',
    named: [`index public.mine_alone ${no}`],
  },
  {
    what: 'an index of some rows is added',
    sql: 'create index of_some on persons (created_at) where created_at is null',
    named: [`index public.of_some ${no}`],
  },
  {
    what: 'an index of a key counts for nothing',
    sql: `update pg_index set indisvalid = false where indexrelid = 'persons_pkey'::regclass`,
    named: [`index public.persons_pkey ${other}`],
  },
  {
    what: 'numbers run otherwise',
    sql: 'alter sequence signal_event_event_no_seq increment by -1 minvalue -5 cycle',
    named: [`relation public.signal_event_event_no_seq ${other}`],
  },
  {
    what: 'a type is added',
    sql: `create type state as enum ('active'); create domain word as text check (value <> '')`,
    named: [
      `type public.state ${no}`,
      `type public.word ${no}`,
      `constraint public.word_check ${no}`,
      `validity of public.word_check ${no}`,
    ],
  },
  {
    what: 'an operator is added',
    sql: 'create operator === (leftarg = uuid, rightarg = uuid, function = uuid_ne)',
    named: [`operator ===(uuid,uuid) ${no}`],
  },
  {
    what: 'a class of operators is added, and a member to one of PostgreSQL’s own',
    sql: `create operator elsewhere.< (leftarg = uuid, rightarg = text, function = elsewhere.less);
      create operator class mine_ops for type uuid using hash as operator 1 =, function 1 uuid_hash(uuid);
      alter operator family uuid_ops using btree add operator 1 elsewhere.<(uuid, text)`,
    named: [
      `operator class mine_ops ${no}`,
      `member of an operator family mine_ops =(uuid,uuid) ${no}`,
      `member of an operator family mine_ops uuid_hash(uuid) ${no}`,
      `member of an operator family uuid_ops elsewhere.<(uuid,text) ${no}`,
    ],
  },
  {
    what: 'a collation is added',
    sql: `create collation mine_order (provider = builtin, locale = 'C')`,
    named: [`collation public.mine_order ${no}`],
  },
  {
    what: 'a cast is added',
    sql: 'create cast (uuid as date) with function elsewhere.day_of(uuid) as implicit',
    named: [`cast uuid date ${no}`],
  },
  {
    what: 'a conversion is the usual one',
    sql: `create default conversion elsewhere.mine for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8`,
    named: [`conversion mine ${no}`],
  },
  {
    what: 'a function stands in the schema of PostgreSQL',
    sql: `create function pg_catalog.quebec_day(timestamptz) returns date language sql as $$ select date '2000-01-01' $$`,
    named: [`made in pg_catalog quebec_day(timestamp with time zone) ${no}`, ...calledByWholeName],
    isPutBack: calledByWholeName,
  },
  {
    what: 'a function of PostgreSQL’s own is replaced',
    sql: `create or replace function pg_catalog.now() returns timestamptz language sql stable as $$ select timestamptz '2001-01-01' $$`,
    named: [`PostgreSQL’s own function now() written again ${no}`],
  },
  {
    what: 'an operator of PostgreSQL’s own runs another function',
    sql: `update pg_operator set oprcode = 'date_ne'::regproc where oid = '=(date,date)'::regoperator`,
    named: [`PostgreSQL’s own operator =(date,date) written again ${no}`],
  },
  {
    what: 'an aggregate, a cast and a member of a family of PostgreSQL’s own are written again',
    sql: `update pg_aggregate set agginitval = '1' where aggfnoid = 'count()'::regprocedure;
      update pg_cast set castcontext = 'i' where castsource = 'text'::regtype and casttarget = 'xml'::regtype;
      update pg_amproc set amprocnum = amprocnum where amproc = 'date_sortsupport(internal)'::regprocedure`,
    named: [
      `PostgreSQL’s own aggregate count() written again ${no}`,
      `PostgreSQL’s own cast text xml written again ${no}`,
      `PostgreSQL’s own function of a family date_sortsupport(internal) written again ${no}`,
    ],
  },
  {
    what: 'an event trigger is added',
    sql: `create event trigger mine on ddl_command_end when tag in ('CREATE VIEW') execute function elsewhere.silent()`,
    named: [`event trigger mine ${no}`],
  },
  {
    what: 'rows are published to elsewhere',
    sql: 'create publication mine for table persons',
    named: [`publication mine ${no}`],
  },
  {
    what: 'rows come from elsewhere',
    sql: `create subscription mine connection 'dbname=nowhere' publication mine with (connect = false, slot_name = none, enabled = false, create_slot = false)`,
    named: [`subscription mine ${no}`],
    isOfServer: true,
  },
  {
    what: 'a language is added',
    sql: 'create language mine handler plpgsql_call_handler',
    named: [`language mine ${no}`],
  },
  {
    what: 'names in functions mean something else in the whole database',
    sql: "do $$ begin execute format('alter database %I set plpgsql.variable_conflict = use_column', current_database()); end $$",
    named: [`setting of everybody ${no}`],
    isOfServer: true,
  },
  {
    what: 'the queue’s own function is replaced',
    sql: 'create or replace function graphile_worker.force_unlock_workers(worker_ids text[]) returns void language sql as $$ select $$',
    named: [`function graphile_worker.force_unlock_workers(worker_ids text[]) ${other}`],
  },
  {
    what: 'the queue’s table has a trigger',
    sql: 'create trigger one_more before insert on graphile_worker._private_jobs for each row execute function suppress_redundant_updates_trigger()',
    named: [`trigger graphile_worker._private_jobs.one_more ${no}`],
  },
  {
    what: 'a table is somebody else’s',
    sql: `alter table activity owner to ${heir}`,
    named: [`relation public.activity owned by ${heir} ${no}`],
  },
  {
    what: 'a function is somebody else’s',
    sql: `alter function public.quebec_day(timestamptz) owner to ${heir}`,
    named: [`function public.quebec_day(moment timestamp with time zone) owned by ${heir} ${no}`],
  },
  {
    what: 'the schema is somebody else’s',
    sql: `alter schema graphile_worker owner to ${heir}`,
    named: [`schema graphile_worker owned by ${heir} ${no}`],
  },
  {
    what: 'the database is somebody else’s',
    sql: `do $$ begin execute format('alter database %I owner to ${heir}', current_database()); end $$`,
    named: [`the database owned by ${heir} ${no}`],
  },
  {
    what: 'the serving role may empty a table, and change what never changes',
    sql: 'grant truncate on dispute to accord_serve; grant update on ledger_event to accord_serve',
    named: [
      `grant on relation public.dispute to the serving role ${other}`,
      `grant on relation public.ledger_event to the serving role ${other}`,
    ],
    isPutBack: true,
  },
  {
    what: 'the serving role may not write any more',
    sql: 'revoke insert on decision from accord_serve',
    named: [`grant on relation public.decision to the serving role ${other}`],
    isPutBack: true,
  },
  {
    what: 'the reading role may write, and read no table any more',
    sql: 'grant insert on dispute to accord_read; revoke all on persons from accord_read',
    named: [
      `grant on relation public.dispute to the reading role ${other}`,
      'grant on relation public.persons to the reading role is gone',
    ],
    isPutBack: true,
  },
  {
    what: 'everybody may read a table',
    sql: 'grant select on persons to public',
    named: [`grant on relation public.persons to everybody ${no}`],
  },
  {
    what: 'a stranger may write one column',
    sql: `grant update (status) on persons to ${stranger}`,
    named: [`grant on column public.persons.status to ${stranger} ${no}`],
  },
  {
    what: 'a stranger may run a function, number rows and use the schema of the queue',
    sql: `grant execute on function public.quebec_day(timestamptz) to ${stranger}; grant usage on sequence signal_event_event_no_seq to ${stranger};
      grant usage on schema graphile_worker to ${stranger}`,
    named: [
      `grant on function public.quebec_day(moment timestamp with time zone) to ${stranger} ${no}`,
      `grant on relation public.signal_event_event_no_seq to ${stranger} ${no}`,
      `grant on schema graphile_worker to ${stranger} ${no}`,
    ],
  },
  {
    what: 'everybody makes tables beside ours',
    sql: 'grant create on schema public to public',
    named: [`grant on schema public to everybody ${no}`],
    isPutBack: true,
  },
  {
    what: 'a stranger makes schemas',
    sql: `do $$ begin execute format('grant create on database %I to ${stranger}', current_database()); end $$`,
    named: [`grant on the database to ${stranger} ${no}`],
  },
  {
    what: 'what is made later is a stranger’s to write',
    sql: `alter default privileges in schema public grant insert on tables to ${stranger}`,
    named: [`default rights of the owner on r in public ${no}`],
  },
  {
    what: 'the serving role reads files of the server, and passwords of roles',
    sql: 'grant execute on function pg_read_file(text) to accord_serve; grant select on pg_authid to accord_serve',
    named: [
      `grant on pg_read_file(text) to the serving role ${no}`,
      `grant on pg_authid to the serving role ${no}`,
    ],
  },
  {
    what: 'the serving role turns triggers off',
    sql: 'grant set on parameter session_replication_role to accord_serve',
    named: [`grant on parameter session_replication_role to the serving role ${no}`],
    isOfServer: true,
  },
  {
    what: 'the serving role passes by the security of rows, and the reading one makes roles',
    sql: 'alter role accord_serve bypassrls; alter role accord_read createrole',
    named: [`attributes of the serving role ${no}`, `attributes of the reading role ${no}`],
    isOfServer: true,
  },
  {
    what: 'the serving role may become one that writes everything, and inherits nothing',
    sql: 'grant pg_write_all_data to accord_serve with inherit false',
    named: [`the serving role may become pg_write_all_data ${no}`],
    isOfServer: true,
  },
  {
    what: 'the serving role may become one that makes databases, by another one',
    sql: `alter role ${stranger} createdb; create role ${stranger}_more; grant ${stranger} to ${stranger}_more; grant ${stranger}_more to accord_serve`,
    named: [`the serving role may become ${stranger} ${no}`],
    isOfServer: true,
  },
  {
    what: 'a stranger may become the serving role, and the owner',
    sql: `grant accord_serve to ${heir}; do $$ begin execute format('grant %I to ${heir}', current_user); end $$`,
    named: [`${heir} may become the serving role ${no}`, `${heir} may become the owner ${no}`],
    isOfServer: true,
  },
]

/** What other schemas hold is the operator's: nothing of it is named. */
export const plantedElsewhere = `
  create schema elsewhere;
  create function elsewhere.less(uuid, text) returns boolean language sql immutable as $$ select false $$;
  create function elsewhere.day_of(uuid) returns date language sql immutable as $$ select date '2000-01-01' $$;
  create function elsewhere.silent() returns event_trigger language plpgsql as $$ begin end $$;
  create function elsewhere.quebec_day(timestamptz) returns date language sql as $$ select date '2000-01-01' $$;
  create operator elsewhere.= (leftarg = uuid, rightarg = uuid, function = uuid_ne);
  create view elsewhere.third as select 1 as one;
  create index sooner on decision (reason_code)`
