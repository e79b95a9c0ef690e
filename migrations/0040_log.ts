import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- The class of an entry: 80 ('P') is about a person, 82 ('R') is a public object (DOMAIN 4.2).
    alter table ledger_pending add column class smallint not null default 80 check (class in (80, 82));
    -- Emptied all day: its dead rows are walked by every scan until they are gone (PERMIT 1.5).
    alter table ledger_pending set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

    -- Public objects (class 'R') for the log; an entry about a person comes with its event.
    create function append_public_to_ledger(ids uuid[], hashes bytea[], in_shard smallint) returns void language sql as $$
      insert into ledger_pending (event_id, shard, class, commitment)
      select id, in_shard, 82, hash from unnest(ids, hashes) with ordinality i(id, hash, n) order by n
    $$;

    -- One tree a year and shard. The frontier is its right edge: the hashes of its largest perfect subtrees, left to right.
    create table log (
      log_id smallint generated always as identity primary key,
      year smallint not null,
      shard smallint not null,
      state text not null default 'open' check (state in ('open', 'frozen')),
      tree_size bigint not null default 0 check (tree_size >= 0),
      root bytea not null check (octet_length(root) = 32),
      frontier bytea not null default '' check (octet_length(frontier) % 32 = 0),
      unique (year, shard)
    ) with (fillfactor = 10);

    -- Where an entry stands in its log: narrow, written once.
    create table ledger_position (
      log_id smallint not null,
      class smallint not null,
      leaf_index bigint not null check (leaf_index >= 0),
      event_id uuid not null unique,
      commitment bytea not null check (octet_length(commitment) = 32),
      primary key (log_id, leaf_index)
    );

    -- The root of each full tile below: what a tile of this level holds (1 and up; level 0 follows from the positions).
    create table log_node (
      log_id smallint not null,
      level smallint not null check (level > 0),
      node_index bigint not null,
      hash bytea not null check (octet_length(hash) = 32),
      primary key (log_id, level, node_index)
    );

    -- What was signed, with the cosignatures that came.
    create table checkpoint (
      log_id smallint not null,
      tree_size bigint not null,
      root bytea not null check (octet_length(root) = 32),
      note text not null check (length(note) <= 32768),
      signed_at timestamptz not null,
      primary key (log_id, tree_size)
    );

    -- The verifier keys under which a log signs, or has signed.
    create table log_key (
      log_id smallint not null,
      vkey text not null check (length(vkey) <= 400),
      first_at timestamptz not null,
      primary key (log_id, vkey)
    );

    -- Whose cosignatures whoever trusts us should demand: the lines after the logs in the policy.
    create table log_witnesses (is_one boolean primary key default true check (is_one), lines text not null);

    create trigger ledger_position_is_immutable before update or delete or truncate on ledger_position
      for each statement execute function refuse_ledger_change();
    create trigger log_node_is_immutable before update or delete or truncate on log_node
      for each statement execute function refuse_ledger_change();

    -- Takes these rows of the queue into the tree, in the order given: all of it, or an error and nothing.
    create function take_into_log(
      in_log smallint, old_size bigint, new_root bytea, new_frontier bytea, ids bigint[],
      levels smallint[], indexes bigint[], hashes bytea[]
    ) returns void language plpgsql as $$
    declare
      taken bigint;
    begin
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

    -- Each version of a register object, once, by the hash of what it says (DOMAIN 2.9 I30).
    create table register_leaf (
      object_no integer primary key,
      leaf_id uuid not null unique,
      sha256 bytea not null check (octet_length(sha256) = 32)
    );
    create trigger register_leaf_is_immutable before update or delete or truncate on register_leaf
      for each statement execute function refuse_change();
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
