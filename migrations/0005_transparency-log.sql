-- The entries that the transparency log has not taken in yet, in this order. A person's event n+1 is inserted after n has committed, so
-- a reader that sees n+1 sees n; a sequence that hands out its values in blocks (cache > 1) would break that.
create table ledger_pending (
  id bigint generated always as identity (cache 1) primary key,
  event_id uuid not null,
  shard smallint not null,
  -- What an entry has behind its class: 32 bytes, before which an entry of the house has a byte for its kind.
  commitment bytea not null,
  -- The class of an entry: 80 ('P') is about a person, 82 ('R') is a public object, 72 ('H') is what the house says of itself.
  class smallint not null default 80 check (class in (72, 80, 82)),
  check (octet_length(commitment) = case class when 72 then 33 else 32 end),
  -- Whose the entry is, under a seal that binds it to this entry: the sequencer writes it into the feed of heads. Null for what is about
  -- nobody, and for an entry that stands in the queue again after a restore.
  record bytea check (octet_length(record) = 42)
)
-- This queue is emptied all day, and every scan walks its dead rows until a vacuum removes them.
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

-- One tree a year and shard. The frontier is its right edge: the hashes of its largest perfect subtrees, left to right.
create table log (
  log_id smallint generated always as identity primary key,
  year smallint not null,
  shard smallint not null,
  state text not null default 'open' check (state in ('open', 'frozen')),
  tree_size bigint not null default 0 check (tree_size >= 0),
  root bytea not null check (octet_length(root) = 32),
  frontier bytea not null default '' check (octet_length(frontier) % 32 = 0),
  -- Whose queue a log takes its entries from (`ledger_pending.shard`). The number of a log in its year is another thing: after a restore the
  -- queue goes on in the next one.
  queue smallint not null default 0,
  unique (year, shard)
) with (fillfactor = 10);

-- The place of each entry in its log. Rows are short and written once.
create table ledger_position (
  log_id smallint not null,
  class smallint not null,
  leaf_index bigint not null check (leaf_index >= 0),
  event_id uuid not null unique,
  commitment bytea not null,
  primary key (log_id, leaf_index),
  check (octet_length(commitment) = case class when 72 then 33 else 32 end)
);
-- One or two a day.
create index ledger_position_house on ledger_position (log_id, leaf_index) where class = 72;

-- The hashes of the tiles of level 1 and higher: each is the root of a full tile below. Level 0 follows from the positions.
create table log_node (
  log_id smallint not null,
  level smallint not null check (level > 0),
  node_index bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  primary key (log_id, level, node_index)
);

-- The signed checkpoints, with the cosignatures of witnesses.
create table checkpoint (
  log_id smallint not null,
  tree_size bigint not null,
  root bytea not null check (octet_length(root) = 32),
  note text not null check (length(note) <= 131072),
  signed_at timestamptz not null,
  primary key (log_id, tree_size)
);

-- The verifier keys with which a log signs or has signed.
create table log_key (
  log_id smallint not null,
  vkey text not null check (length(vkey) <= 2100),
  first_at timestamptz not null,
  -- For a key that no longer signs: the largest tree that it signed. Its signature under a larger tree is not from this broker.
  last_size bigint check (last_size >= 0),
  primary key (log_id, vkey)
);

-- The witnesses whose cosignatures a verifier should demand: their lines come after the lines of the logs in the policy.
create table log_witnesses (
  is_one boolean primary key default true check (is_one),
  lines text not null
);

-- Public documents in the log that are no versions of the register: each document once, by its hash.
create table public_object (
  sha256 bytea primary key check (sha256 = sha256(convert_to(document, 'UTF8'))),
  leaf_id uuid not null unique,
  document text not null,
  announced_at timestamptz not null
);

-- The tree of each log that a signer was about to sign last, and the number of its lease: written before the signature exists.
create table log_signing (
  log_id smallint primary key,
  lease bigint not null check (lease > 0),
  tree_size bigint not null check (tree_size > 0),
  root bytea not null check (octet_length(root) = 32)
) with (fillfactor = 20);

-- A log of which others know more than this database holds: it was put back to an older state. Nothing is permitted until two operators
-- have let it go on. The seal covers what was found and what they said.
create table log_restore (
  restore_id uuid primary key,
  origin text not null check (length(origin) between 1 and 300),
  year smallint not null,
  shard smallint not null,
  found_at timestamptz not null,
  -- The entries of the newest signed tree in this database; and how many had been taken into the log, as is known elsewhere.
  held bigint not null check (held >= 0),
  taken bigint not null check (taken > 0),
  -- Null: a witness said the size alone.
  root bytea check (octet_length(root) = 32),
  known_to text not null check (length(known_to) <= 400),
  -- Who lets it go on: operator, reason, at.
  words jsonb not null default '[]',
  went_on_at timestamptz,
  -- When a further log of the year took the place of this one.
  taken_up_at timestamptz,
  seal bytea
);
create unique index log_restore_open on log_restore (origin) where went_on_at is null;
