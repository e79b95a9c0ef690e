-- Tables of other rooms:
--   persons: whether anything depends on keys yet
--   dek: which keys of purpose data its rows name
--   person_head: which keys of purpose seal its rows name
--   register_state: which key of purpose seal it names
--   passkeys: which keys of purpose seal its rows name, of people too who have no chain
--   passwords: the same

-- Counts in the given order and stops at the first count that is over its limit, so that the tries of a network which is over its limit
-- are not counted against an address that other people use. Every caller gives networks before addresses before accounts, narrow ones
-- first, and before these what one visit or person has, so that two callers never wait for each other's rows. One alone that is over the
-- limit is told and not kept: else a network would stay shut although what was let in is given back.
create or replace function take_tries(keys text[], most integer[], seconds integer[], taken integer, at bigint)
returns table (used integer, ends bigint)
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  for n in 1 .. cardinality(keys) loop
    insert into rate_limits as kept (key, points, expire)
    values (keys[n], taken, at + seconds[n] * 1000::bigint)
    on conflict (key) do update set
      points = case when kept.expire <= at then excluded.points else kept.points + taken end,
      expire = case when kept.expire <= at then excluded.expire else kept.expire end
    returning kept.points, kept.expire into used, ends;
    return next;
    if used > most[n] and taken = 1 then
      update rate_limits set points = used - 1 where key = keys[n];
    end if;
    exit when used > most[n];
  end loop;
end
$$;

-- Gives a try back, never below zero and only in the period in which it was counted: an old try must not reduce the present count.
create or replace function give_back_tries(keys text[], ends bigint[]) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  for n in 1 .. cardinality(keys) loop
    update rate_limits set points = points - 1 where key = keys[n] and expire = ends[n] and points > 0;
  end loop;
end
$$;

-- The same for counts that a row keeps until it is known whether the try was right, as JSON.
create or replace function give_back_tries(taken jsonb) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  select give_back_tries(array_agg(one ->> 'key'), array_agg((one ->> 'endsAt')::bigint))
  from jsonb_array_elements(taken) one having count(*) > 0
$$;

-- Keeps counts under the name of what was begun, until it ends well.
create or replace function hold_tries(in_name bytea, keys text[], in_ends bigint[]) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into held_tries as kept (name, key, ends, place, points)
  select in_name, one.key, one.ends, min(one.place), count(*)
  from unnest(keys, in_ends) with ordinality as one (key, ends, place) group by one.key, one.ends
  on conflict (name, key, ends) do update set points = kept.points + excluded.points
$$;

-- It ended well: of two who say so at once, one gives the counts back.
create or replace function release_tries(in_name bytea) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare one record;
begin
  for one in
    with gone as (delete from held_tries where name = in_name returning key, ends, place, points)
    select * from gone order by place, key
  loop
    update rate_limits set points = greatest(0, points - one.points) where key = one.key and expire = one.ends;
  end loop;
end
$$;

-- The next turn of those who wait in one line: one in so many milliseconds, in all processes together. Null: the next turns are taken, for
-- longer than anybody waits. Its row ends with the turn.
create or replace function take_turn(in_key text, every bigint, longest bigint, at bigint) returns bigint
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into rate_limits as kept (key, points, expire) values (in_key, 0, at + every)
  on conflict (key) do update set expire = greatest(kept.expire, at) + every where greatest(kept.expire, at) - at <= longest
  returning kept.expire - every
$$;

-- The day in Québec at an instant, and the first instant of a day.
create or replace function quebec_day(moment timestamptz) returns date language sql immutable begin atomic
  select (moment at time zone 'America/Toronto')::date;
end;
create or replace function quebec_midnight(day date) returns timestamptz language sql immutable begin atomic
  select day::timestamp at time zone 'America/Toronto';
end;

-- Whether somebody else has this lease. The role may not see when the connection of another role began: it counts as there.
create or replace function is_held(l duty_lease, in_holder uuid) returns boolean language sql set search_path = pg_catalog, public, pg_temp as $$
  select l.holder <> in_holder and l.until >= clock_timestamp() + clock_offset() and exists (
    select from pg_stat_activity a
    where a.pid = l.backend and (a.backend_start is null or a.backend_start = l.backend_began))
$$;

-- Gives the lease of a duty to this holder, where nobody has it: it has ended by this database's clock, or the connection of its holder is
-- gone. A frozen holder keeps its connection, and its lease ends. Above: what the caller knows of numbers that a restored database has
-- forgotten. Null: somebody else has it.
create or replace function take_lease(in_duty text, in_holder uuid, life_ms integer, above bigint) returns bigint
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  taken bigint;
begin
  if exists (select from duty_lease l where l.duty = in_duty and is_held(l, in_holder)) then return null; end if;
  insert into duty_lease as l (duty, number, holder, until, backend, backend_began)
  select in_duty, above + 1, in_holder, clock_timestamp() + clock_offset() + life_ms * interval '1 ms', a.pid, a.backend_start
  from pg_stat_activity a where a.pid = pg_backend_pid()
  on conflict (duty) do update set
    number = greatest(l.number, above) + 1, holder = excluded.holder, until = excluded.until,
    backend = excluded.backend, backend_began = excluded.backend_began
  where not is_held(l, in_holder)
  returning number into taken;
  return taken;
end $$;

-- Makes a lease live longer, ended or not, as long as nobody has a younger one. False: somebody has.
create or replace function renew_lease(in_duty text, in_number bigint, life_ms integer) returns boolean
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update duty_lease set until = clock_timestamp() + clock_offset() + life_ms * interval '1 ms' where duty = in_duty and number = in_number;
  return found;
end $$;

-- Ends the lease of a process that is stopped, so that another one goes on at once.
create or replace function end_lease(in_duty text, in_number bigint) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  update duty_lease set until = '-infinity' where duty = in_duty and number = in_number
$$;

-- Refuses a write of a duty under a lease that is not the youngest. The lock is held until the write has committed, so that no younger
-- lease can begin between this look and the write. A statement without a function of its own names it in its `from`.
create or replace function require_lease(in_duty text, in_number bigint) returns boolean
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform from duty_lease where duty = in_duty and number = in_number for share;
  if not found then
    raise exception using errcode = 'AC003', message = 'a younger lease exists', detail = in_duty;
  end if;
  return true;
end $$;

-- Whether anybody has something that follows from the keys of this database.
create or replace function depends_on_keys() returns boolean language sql stable begin atomic
  select exists (select from persons);
end;

-- The ids of the keys that rows name, of the oldest people and of the newest: a start does not read whole tables. A key that is not held
-- although rows name it was mistaken for another, or is lost.
create or replace function keys_named() returns table (purpose text, key_id text) language sql stable begin atomic
  (select 'data', encode(kek_id, 'hex') from dek order by person_id limit 5000)
  union
  (select 'data', encode(kek_id, 'hex') from dek order by person_id desc limit 5000)
  union
  (select 'seal', encode(substring(seal from 1 for 4), 'hex') from person_head where seal is not null order by person_id limit 5000)
  union
  (select 'seal', encode(substring(seal from 1 for 4), 'hex') from person_head where seal is not null order by person_id desc limit 5000)
  union
  select 'seal', encode(substring(seal from 1 for 4), 'hex') from register_state where seal is not null
  union
  select distinct 'seal', encode(substring(seal from 1 for 4), 'hex') from passkeys where seal is not null
  union
  select distinct 'seal', encode(substring(seal from 1 for 4), 'hex') from passwords where seal is not null;
end;

-- A number as it is written, after its prefix: 26 letters of Crockford's base 32 (src/base/values/ids.ts).
create or replace function written(id uuid) returns text language sql immutable begin atomic
  select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', substring(bits from 5 * i + 1 for 5)::bit(5)::integer + 1, 1), '' order by i)
  from (select B'00' || ('x' || replace(id::text, '-', ''))::bit(128) as bits) b, generate_series(0, 25) i;
end;

-- The queue of a job that calls a receiver: one of two, so that a receiver which hangs holds two jobs of a worker at most. Null where
-- nobody is called.
create or replace function queue_of(receiver text, id text) returns text language sql immutable begin atomic
  select receiver || ' ' || get_byte(sha256(convert_to(id, 'UTF8')), 0) % 2;
end;

-- A sign of life of the workers of a process, of which the first counts as the process. Frees the jobs of workers that gave none for so long: others take them again. A worker that is not known yet
-- and has taken a job counts from now on. A try that the end of its worker cut off does not count as the last one, but no job is
-- tried more than 25 times, so that a job which ends its workers is not tried for ever.
create or replace function beat(in_workers text[], silent_ms integer) returns table (job text, is_given_up boolean)
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  most constant integer := 25;
  gone text[];
  taken bigint[];
begin
  insert into worker_beat as b (worker, beat_at, beside)
  select w, clock_timestamp() + clock_offset(), case when w <> in_workers[1] then in_workers[1] end from unnest(in_workers) w
  on conflict (worker) do update set beat_at = excluded.beat_at, beside = excluded.beside;
  -- One process at a time looks for the gone.
  if not pg_try_advisory_xact_lock(hashtext('worker_beat')) then return; end if;
  -- A worker that seemed dead and ended a job that another one was doing by then: the library finds no job any more whose queue it
  -- would unlock.
  update graphile_worker._private_job_queues q set locked_at = null, locked_by = null
  where q.locked_at < clock_timestamp() + clock_offset() - silent_ms * interval '1 ms'
    and not exists (select from graphile_worker.jobs j where j.queue_name = q.queue_name and j.locked_by = q.locked_by);
  insert into worker_beat (worker, beat_at)
  select distinct j.locked_by, clock_timestamp() + clock_offset() from graphile_worker.jobs j where j.locked_by is not null
  on conflict do nothing;
  with silent as (
    select b.worker from worker_beat b
    where b.beat_at < clock_timestamp() + clock_offset() - silent_ms * interval '1 ms' for update skip locked
  ), ended as (
    delete from worker_beat b using silent s where b.worker = s.worker returning b.worker
  )
  select array_agg(e.worker) into gone from ended e;
  if gone is null then return; end if;
  taken := array(select j.id from graphile_worker.jobs j where j.locked_by = any(gone));
  perform graphile_worker.force_unlock_workers(gone);
  perform graphile_worker.reschedule_jobs(array_agg(j.id), max_attempts => j.max_attempts + 1)
  from graphile_worker.jobs j
  where j.id = any(taken) and j.attempts >= j.max_attempts and j.max_attempts < most group by j.max_attempts;
  return query select j.task_identifier, j.attempts >= j.max_attempts from graphile_worker.jobs j where j.id = any(taken);
end $$;

-- How many minutes there are between two instants since the first minute that was noted, and in how many of them some process could serve.
-- No row: the first one was noted later.
create or replace function minutes_served(since timestamptz, before timestamptz) returns table (minutes integer, served integer)
language sql stable begin atomic
  with first as (select greatest(since, min(s.minute)) as minute from served_minute s having min(s.minute) is not null)
  select extract(epoch from before - f.minute)::integer / 60,
    (select count(distinct s.minute)::integer from served_minute s where s.minute >= f.minute and s.minute < before)
  from first f where f.minute < before;
end;

-- The first minute of the time, up to now, in which some process could serve in each minute but for one at a time, and no earlier than this
-- instant. Null: none could lately.
create or replace function served_since(horizon timestamptz, at timestamptz) returns timestamptz language sql stable begin atomic
  with noted as (
    select s.minute, lag(s.minute) over (order by s.minute) as before
    from (select distinct m.minute from served_minute m where m.minute >= horizon) s
  )
  select n.minute from noted n
  where (n.before is null or n.minute - n.before > interval '2 minutes')
    and exists (select from served_minute m where m.minute > at - interval '3 minutes')
  order by n.minute desc limit 1;
end;

-- For the audit export. Each room whose rows tell of a deed of operators, or of a refusal, has such a function, all with the same columns:
-- from one instant until before another. Deeds have numbers without a gap: of these, those behind a number and before an instant, so that
-- one whose commit came late is left out by no export.
create or replace function audited_deeds(after integer, before timestamptz) returns table (
  at timestamptz, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb
) language sql stable begin atomic
  select d.at, 'deed', d.deed_no::text, d.action,
    case d.phase when 'refused' then 'failure' when 'begun' then 'unknown' else 'success' end, d.phase, d.person_id, null, null,
    jsonb_build_object('deed_no', d.deed_no, 'begun_no', d.begun_no, 'operator', d.operator, 'account', d.account, 'signers', d.signers,
      'instance', d.instance, 'reason_sha256', encode(d.reason_sha256, 'hex'), 'sha256', encode(d.sha256, 'hex'),
      -- Of a person it is a reference of hers; and a deed that was refused may name anything.
      'object', case when d.phase in ('done', 'prepared') and d.person_id is null then d.object end)
  from operator_deed d where d.deed_no > after and d.at < before;
end;

create or replace function audited_migrations(since timestamptz, before timestamptz) returns table (
  at timestamptz, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb
) language sql stable begin atomic
  select m.migration_time, 'migration', m.name, 'schema-migrated', 'success', null, null::uuid, null, null, jsonb_build_object('object', m.name)
  from knex_migrations m where m.migration_time >= since and m.migration_time < before;
end;

-- Until when nothing is written any more that tells of an earlier instant: two minutes ago, or when a transaction began that still writes.
-- When one of another role began, such as that of a migration, this role may not see: until that ends, nothing is settled.
create or replace function audited_until() returns timestamptz language sql volatile set search_path = pg_catalog, public, pg_temp as $$
  select least(
    clock_timestamp() + clock_offset() - interval '2 minutes',
    (select min(a.xact_start) + clock_offset() - interval '5 seconds' from pg_stat_activity a
     where a.datname = current_database() and a.backend_xid is not null),
    (select timestamptz 'epoch' from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and a.datname = current_database()
       and a.usesysid is not null and a.backend_start is null limit 1))
$$;

-- The last deed before an instant, to which a digest holds the next one; and one of them.
create or replace function deed_before(before timestamptz) returns table (deed_no integer, sha256 text) language sql stable begin atomic
  select d.deed_no, encode(d.sha256, 'hex') from operator_deed d where d.at < before order by d.deed_no desc limit 1;
end;
create or replace function deed_called(number integer) returns text language sql stable begin atomic
  select encode(d.sha256, 'hex') from operator_deed d where d.deed_no = number;
end;
