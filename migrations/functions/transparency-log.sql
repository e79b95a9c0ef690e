-- Queues public objects (class 'R') for the log. Entries about a person are queued together with their events.
create or replace function append_public_to_ledger(ids uuid[], hashes bytea[], in_shard smallint) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into ledger_pending (event_id, shard, class, commitment)
  select id, in_shard, 82, hash from unnest(ids, hashes) with ordinality i(id, hash, n) order by n
$$;

-- Queues an entry of the house.
create or replace function append_house_to_ledger(id uuid, body bytea, in_shard smallint) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into ledger_pending (event_id, shard, class, commitment) values (id, in_shard, 72, body)
$$;

-- Moves these rows from the queue into the tree, in the given order, under the lease of the sequencer. An error undoes all of it.
create or replace function take_into_log(
  in_duty text, in_lease bigint, in_log smallint, old_size bigint, new_root bytea, new_frontier bytea, ids bigint[],
  levels smallint[], indexes bigint[], hashes bytea[]
) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  taken bigint;
begin
  perform require_lease(in_duty, in_lease);
  if (select is_waiting from log_standing) then raise exception 'the log waits until it is taken up'; end if;
  update log set tree_size = old_size + cardinality(ids), root = new_root, frontier = new_frontier
  where log_id = in_log and tree_size = old_size and state = 'open';
  if not found then raise exception 'the tree has moved'; end if;
  with gone as (
    delete from ledger_pending p using unnest(ids) with ordinality i(id, n)
    where p.id = i.id returning i.n, p.event_id, p.class, p.commitment
  )
  insert into ledger_position (log_id, leaf_index, event_id, class, commitment)
  select in_log, old_size + n - 1, event_id, class, commitment from gone order by n;
  get diagnostics taken = row_count;
  if taken <> cardinality(ids) then raise exception 'the queue has moved'; end if;
  insert into log_node select in_log, * from unnest(levels, indexes, hashes);
end $$;

-- Notes which tree the signer is about to sign, under which lease: who asks for a signature later finds it here.
create or replace function note_signing(in_duty text, in_lease bigint, in_log smallint, size bigint, in_root bytea) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform require_lease(in_duty, in_lease);
  insert into log_signing as noted (log_id, lease, tree_size, root) values (in_log, in_lease, size, in_root)
  on conflict (log_id) do update set lease = excluded.lease, tree_size = excluded.tree_size, root = excluded.root
  where noted.tree_size < excluded.tree_size or (noted.tree_size = excluded.tree_size and noted.root = excluded.root);
  if not found then raise exception 'another tree was to be signed'; end if;
end $$;

-- Whether this database was found older than its log and nobody has let it go on: nothing is permitted. And whether the tree
-- waits: until a further log of the year takes the place of the one that was signed beyond it.
create or replace view log_standing as
  select exists (select from log_restore where went_on_at is null) as is_restored,
         exists (select from log_restore where taken_up_at is null) as is_waiting;

-- Takes the place of a log of which more was signed than this database holds. That log is closed at its newest signed tree; the entries
-- behind it, whose places were never signed from here, stand in the queue again, before all others and in their order. The next log of the
-- year begins; null: one is open. The caller has compared the seals of the two operators' words.
create or replace function take_up_log(
  in_duty text, in_lease bigint, in_year smallint, in_shard smallint, in_queue smallint, in_next smallint,
  in_size bigint, in_root bytea, in_frontier bytea, in_empty_root bytea
) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  old smallint;
  -- Below every number that the queue gives out.
  first bigint := least(1, (select min(id) from ledger_pending));
begin
  perform require_lease(in_duty, in_lease);
  insert into log (year, shard, queue, root) values (in_year, in_shard, in_queue, in_empty_root) on conflict do nothing;
  update log set tree_size = in_size, root = in_root, frontier = in_frontier, state = 'frozen'
  where year = in_year and shard = in_shard returning log_id into old;
  with gone as (
    delete from ledger_position where log_id = old and leaf_index >= in_size returning leaf_index, event_id, class, commitment
  )
  insert into ledger_pending (id, event_id, shard, class, commitment) overriding system value
  select first - row_number() over (order by leaf_index desc), event_id, in_queue, class, commitment from gone;
  delete from log_node where log_id = old and (node_index + 1) * (256::numeric ^ level) > in_size;
  insert into log (year, shard, queue, root)
  select in_year, in_next, in_queue, in_empty_root where in_next is not null on conflict do nothing;
  update log_restore set taken_up_at = now() + clock_offset()
  where year = in_year and shard = in_shard and went_on_at is not null and taken_up_at is null;
end $$;

-- Refuses to delete anything but what belongs to a log that is being taken up.
create or replace function refuse_unless_taken_up() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  mine smallint[] := array(
    select l.log_id from log_restore r join log l using (year, shard) where r.went_on_at is not null and r.taken_up_at is null);
begin
  if cardinality(mine) = 0 or exists (select from gone g where g.log_id <> all(mine)) then
    raise exception 'the ledger never changes: erasure destroys keys, not rows';
  end if;
  return null;
end $$;

-- All entries of class 'R', with the path at which each document is published.
-- What is published beside the register's versions, for the SQL of other rooms.
create or replace view public_documents as select sha256, document from public_object;

create or replace view public_leaves as
  select leaf_id, sha256, path from register_leaves
  union all
  select leaf_id, sha256, '/log/objects/' || encode(sha256, 'hex') || '.json' from public_object
  union all
  select leaf_id, sha256, path from published_leaves;

-- The place of each event in the log, for other rooms.
create or replace view ledger_places as
  select p.event_id, l.log_id, l.year, l.shard, p.leaf_index, p.commitment from ledger_position p join log l using (log_id);

-- The days through which entries say that all is closed; is_placed: the entry has its place in a log. What says another thing than a day
-- that is over says nothing here, and is found by whoever checks the log.
create or replace view closings_told as
  select told.through, told.is_placed
  from (
    select encode(substring(p.commitment from 2 for 10), 'escape') collate "C" as through, true as is_placed
    from ledger_position p where p.class = 72 and get_byte(p.commitment, 0) = 67
    union all
    select encode(substring(w.commitment from 2 for 10), 'escape') collate "C", false
    from ledger_pending w where w.class = 72 and get_byte(w.commitment, 0) = 67
  ) told
  where told.through ~ '^2[0-9]{3}-[01][0-9]-[0-3][0-9]$' and told.through < quebec_day(now() + clock_offset())::text;

-- How many entries the logs have or will have: those of events, and those that no person's event is behind.
create or replace view ledger_totals as
  select (select coalesce(sum(tree_size), 0) from log)::bigint as in_logs,
         (select count(*) from ledger_pending) as waiting,
         (select count(*) from public_leaves) + (select count(*) from ledger_position where class = 72)
           + (select count(*) from ledger_pending where class = 72) as public;

create or replace trigger ledger_position_is_immutable before update or truncate on ledger_position
  for each statement execute function refuse_ledger_change();
create or replace trigger log_node_is_immutable before update or truncate on log_node
  for each statement execute function refuse_ledger_change();
create or replace trigger ledger_position_stays after delete on ledger_position referencing old table as gone
  for each statement execute function refuse_unless_taken_up();
create or replace trigger log_node_stays after delete on log_node referencing old table as gone
  for each statement execute function refuse_unless_taken_up();
create or replace trigger public_object_is_immutable before update or delete or truncate on public_object
  for each statement execute function refuse_change();
