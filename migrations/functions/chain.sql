-- Tables of other rooms:
--   ledger_pending: an event and its place in the queue of the transparency log must be written together.
--   log_restore: a person's next event says what was found since her last one.

create or replace function refuse_ledger_change() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  begin
    raise exception 'the ledger never changes: erasure destroys keys, not rows';
  end
$$;
create or replace trigger ledger_event_is_immutable before update or delete or truncate on ledger_event
  for each statement execute function refuse_ledger_change();

-- Locks a person's head (and makes it if she has none), and reads the values for her next event. In a volatile function each statement
-- has its own snapshot, so the time and the key are read after the wait for the lock.
create or replace function open_ledger(person uuid) returns table (
  next_seq integer, head_commitment bytea, updated_at timestamptz, live bytea, head_seal bytea,
  moment timestamptz, wrapped_key bytea, kek_id bytea, restored jsonb
) language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  head person_head;
begin
  insert into person_head (person_id) values (person) on conflict do nothing;
  select h.* into strict head from person_head h where h.person_id = person for update;
  -- In milliseconds, the precision of payloads, and later than the person's last event.
  moment := greatest(
    date_trunc('milliseconds', clock_timestamp() + clock_offset()), head.updated_at + interval '1 millisecond');
  return query
    select head.next_seq, head.head_commitment, head.updated_at, head.live, head.seal, moment, d.wrapped_key, d.kek_id,
      (select jsonb_agg(jsonb_build_object('log', r.origin, 'held', r.held, 'taken', r.taken, 'root', encode(r.root, 'base64'),
      'found_at', r.found_at) order by r.found_at, r.origin) from log_restore r where r.found_at > head.updated_at)
    from (values (extract(year from moment at time zone 'UTC'))) as this (year)
    left join dek d on d.person_id = person and d.year = this.year::smallint;
end $$;

-- The only writer of events. The caller holds the locks of the heads; the function still checks that each event is the next of its
-- chain and not older than the last one.
create or replace function append_all_to_ledger(entries new_event[]) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  moved integer;
begin
  update person_head h set next_seq = i.seq + 1, head_commitment = i.commitment, updated_at = i.moment,
    live = coalesce(i.live, h.live), seal = i.seal
  from unnest(entries) i
  where h.person_id = i.chain and h.next_seq = i.seq and coalesce(h.updated_at, '-infinity') <= i.moment;
  get diagnostics moved = row_count;
  if moved <> cardinality(entries) then raise exception 'an event is not the next of its chain'; end if;

  insert into dek (person_id, year, wrapped_key, kek_id, created_at)
  select i.chain, extract(year from i.moment at time zone 'UTC'), i.new_key, i.new_key_kek, i.moment
  from unnest(entries) i where i.new_key is not null;

  insert into ledger_event (person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)
  select i.chain, i.event, i.moment, coalesce(i.visible, i.moment), i.seq, h.shard, extract(year from i.moment at time zone 'UTC'),
    i.kind, i.commitment, i.body
  from unnest(entries) i, lateral (select shard from person_head p where p.person_id = i.chain offset 0) h;

  insert into ledger_pending (event_id, shard, commitment, record)
  select i.event, h.shard, i.commitment, i.record
  from unnest(entries) with ordinality
    i(chain, seq, event, kind, moment, visible, commitment, body, new_key, new_key_kek, live, seal, record, n),
    lateral (select shard from person_head p where p.person_id = i.chain offset 0) h
  order by i.n;
end $$;

-- The same for one event. Its member `signals`, if there is one, says what bodies are told of it (src/consent/signals/signal-mapping.ts).
create or replace function append_to_ledger(entry json) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform append_all_to_ledger(array[json_populate_record(null::new_event, entry)]);
  if entry->'signals' is not null then
    perform queue_signals((entry->>'chain')::uuid, entry->'signals', (entry->>'moment')::timestamptz,
      (entry->>'seq')::integer, (entry->>'naming')::bytea);
  end if;
end $$;

-- Locks those heads that no other transaction holds, without waiting, so that this caller is never part of a deadlock.
create or replace function lock_free_heads(persons uuid[]) returns table (person_id uuid, next_seq integer)
language sql volatile set search_path = pg_catalog, public, pg_temp as $$
  select h.person_id, h.next_seq from person_head h where h.person_id = any(persons) order by h.person_id
  for update skip locked
$$;

-- The values for a person's next event, read without her lock. A writer that uses them names the number of the next event that it
-- read, and writes nothing if that number has changed. The time is not later than the snapshot of an autocommit statement.
create or replace view ledger_heads as
  select h.person_id, h.next_seq, h.head_commitment, m.moment, d.wrapped_key, d.kek_id, h.updated_at, h.live, h.seal as head_seal,
    -- That this database was put back to an older state since her last event.
    (select jsonb_agg(jsonb_build_object('log', r.origin, 'held', r.held, 'taken', r.taken, 'root', encode(r.root, 'base64'),
      'found_at', r.found_at) order by r.found_at, r.origin) from log_restore r where r.found_at > h.updated_at) as restored
  from person_head h
  cross join lateral (
    select greatest(date_trunc('milliseconds', now() + clock_offset()), h.updated_at + interval '1 millisecond') as moment
  ) m
  left join dek d on d.person_id = h.person_id and d.year = extract(year from m.moment at time zone 'UTC')::smallint;

-- The ends of people's own chains with their seals, for a statement that reads what these ends vouch for.
create or replace view chain_ends as
  select person_id, next_seq, head_commitment, updated_at, live, seal as head_seal from person_head where not delayed;

-- For the transparency log: enough to find each event in a tree, and nothing of its content.
create or replace view ledger_commitments as select person_id, person_seq, event_id, commitment from ledger_event;

-- People with an event about more than their access itself: each access begins with one about that. That a desk searched for somebody is
-- no use that she makes of it.
create or replace view ledger_users as
  select person_id from ledger_event where kind not like 'access.%' and kind not like 'desk.%';

create or replace view ledger_people as select person_id from person_head;

-- Each person who has a chain, with the oldest year whose key is not destroyed.
create or replace view oldest_open_years as
  select h.person_id,
    (select min(d.year) from dek d where d.person_id = h.person_id and d.wrapped_key is not null) as year
  from person_head h where not h.delayed;

-- A person's years whose key is not destroyed and that hold more than erasures, with the range of entries of each year.
create or replace view open_years as
  select d.person_id, d.year, e.from_seq, e.through_seq
  from dek d cross join lateral (
    select min(person_seq) as from_seq, max(person_seq) as through_seq, bool_or(kind <> 'content.erased') as holds
    from ledger_event e where e.person_id = d.person_id and e.dek_year = d.year) e
  where d.wrapped_key is not null and e.holds;

-- When each chain of a delayed permit was last written to.
create or replace view delayed_ends as select person_id as chain_id, updated_at from person_head where delayed;

-- When each person's own chain was last written to.
create or replace view last_entries as select person_id, updated_at from person_head where not delayed;

-- The events of erasures.
create or replace view erasures_in_chains as
  select person_id, person_seq, event_id, recorded_at from ledger_event where kind = 'content.erased';

-- Makes heads for chains that have no event yet.
create or replace function open_heads(chains uuid[], delays boolean[]) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into person_head (person_id, delayed)
  select chain, is_delayed from unnest(chains, delays) i(chain, is_delayed) order by chain
  on conflict do nothing
$$;

-- Destroys the data keys of a chain up to a year. The rows stay and name the event that destroyed the keys.
create or replace function destroy_keys(chain uuid, through smallint, event uuid, moment timestamptz) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  update dek set wrapped_key = null, destroyed_at = moment, destroy_event_id = event
  where person_id = chain and year <= through and wrapped_key is not null
$$;

-- Destroys all data keys of those of the given chains that belong to a delayed permit.
create or replace function destroy_delayed_chains(chains uuid[], event uuid, moment timestamptz) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  select destroy_keys(h.person_id, 32767::smallint, event, moment) from person_head h where h.person_id = any(chains) and h.delayed
$$;

-- Deletes the head of a person if her chain has no event. @returns whether no head is left
create or replace function delete_empty_head(person uuid) returns boolean language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from person_head h where h.person_id = person and h.next_seq = 1;
  return not exists (select 1 from person_head h where h.person_id = person);
end $$;
