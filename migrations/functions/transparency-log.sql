-- Queues public objects (class 'R') for the log. Entries about a person are queued together with their events.
create or replace function append_public_to_ledger(ids uuid[], hashes bytea[], in_shard smallint) returns void language sql as $$
  insert into ledger_pending (event_id, shard, class, commitment)
  select id, in_shard, 82, hash from unnest(ids, hashes) with ordinality i(id, hash, n) order by n
$$;

-- The function took no lease before; it is dropped where a database still has it.
drop function if exists take_into_log(smallint, bigint, bytea, bytea, bigint[], smallint[], bigint[], bytea[]);

-- Moves these rows from the queue into the tree, in the given order, under the lease of the sequencer. An error undoes all of it.
create or replace function take_into_log(
  in_duty text, in_lease bigint, in_log smallint, old_size bigint, new_root bytea, new_frontier bytea, ids bigint[],
  levels smallint[], indexes bigint[], hashes bytea[]
) returns void language plpgsql as $$
declare
  taken bigint;
begin
  perform require_lease(in_duty, in_lease);
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
language plpgsql as $$
begin
  perform require_lease(in_duty, in_lease);
  insert into log_signing as noted (log_id, lease, tree_size, root) values (in_log, in_lease, size, in_root)
  on conflict (log_id) do update set lease = excluded.lease, tree_size = excluded.tree_size, root = excluded.root
  where noted.tree_size < excluded.tree_size or (noted.tree_size = excluded.tree_size and noted.root = excluded.root);
  if not found then raise exception 'another tree was to be signed'; end if;
end $$;

-- All entries of class 'R', with the path at which each document is published.
create or replace view public_leaves as
  select leaf_id, sha256, path from register_leaves
  union all
  select leaf_id, sha256, '/log/objects/' || encode(sha256, 'hex') || '.json' from public_object;

-- The place of each event in the log, for other rooms.
create or replace view ledger_places as
  select p.event_id, l.log_id, l.year, l.shard, p.leaf_index, p.commitment from ledger_position p join log l using (log_id);

-- How many entries the logs have or will have: those of events, and those of public objects.
create or replace view ledger_totals as
  select (select coalesce(sum(tree_size), 0) from log)::bigint as in_logs,
         (select count(*) from ledger_pending) as waiting,
         (select count(*) from public_leaves) as public;

create or replace trigger ledger_position_is_immutable before update or delete or truncate on ledger_position
  for each statement execute function refuse_ledger_change();
create or replace trigger log_node_is_immutable before update or delete or truncate on log_node
  for each statement execute function refuse_ledger_change();
create or replace trigger public_object_is_immutable before update or delete or truncate on public_object
  for each statement execute function refuse_change();
