-- The head of a person's chain. Its row is also her lock: everything that a decision about her may depend on changes only under this
-- lock and with an event. If the head is unchanged, so is everything that was read.
--
-- A permit that its person sees only later has a chain of its own, whose id is the permit's: in the person's chain a missing number
-- would betray the permit. Every other head belongs to a person.
create table person_head (
  person_id uuid primary key,
  updated_at timestamptz,
  next_seq integer not null default 1 check (next_seq > 0),
  shard smallint not null default 0,
  head_commitment bytea check (octet_length(head_commitment) = 32),
  delayed boolean not null default false,
  known uuid generated always as (case when not delayed then person_id end) stored references persons,
  -- The rows that live by a chain (a consent's id and the sequence number of its row, 20 bytes each), and the seal of the end of the
  -- chain with them. An older row that is put back has a seal of its own, and fails by this list.
  live bytea not null default '' check (octet_length(live) % 20 = 0),
  seal bytea check (octet_length(seal) = 20),
  check ((next_seq = 1) = (head_commitment is null) and (next_seq = 1) = (updated_at is null))
) with (fillfactor = 80);
-- A list of hundreds of consents may be stored outside of the row; random bytes do not compress.
alter table person_head alter column live set storage external;

-- One data key for each person and year, wrapped with a key that is not in the database. Destroying a data key erases what it seals:
-- here at once, in backups when the last backup that holds the key is deleted. The row of a destroyed key stays: it names the event
-- that destroyed the key, and prevents a new key for the same year.
create table dek (
  person_id uuid not null,
  year smallint not null check (year > 0),
  wrapped_key bytea,
  kek_id bytea not null check (octet_length(kek_id) = 8),
  created_at timestamptz not null,
  destroyed_at timestamptz,
  destroy_event_id uuid,
  primary key (person_id, year),
  check ((destroyed_at is null) = (wrapped_key is not null) and (destroyed_at is null) = (destroy_event_id is null))
);

-- Rows are written once and never changed. There is no index on event_id, because an event is found by its person and a random uuid
-- is unique. There are no foreign keys, because each insert would lock a parent row that all inserts share. The table is not
-- partitioned: the unique key has no time, so monthly partitions would need a key derived from recorded_at. If the table grows too
-- large, it can be attached as the first partition.
create table ledger_event (
  person_id uuid not null,
  event_id uuid not null,
  recorded_at timestamptz not null,
  visible_from timestamptz not null,
  person_seq integer not null check (person_seq > 0),
  shard smallint not null,
  dek_year smallint not null,
  kind text not null,
  commitment bytea not null check (octet_length(commitment) = 32),
  -- iv ‖ AES-256-GCM(data key, salt ‖ payload) ‖ tag, bound to event_id and person_seq.
  body bytea not null,
  primary key (person_id, person_seq),
  check (visible_from >= recorded_at),
  constraint ledger_event_delay check (visible_from = recorded_at
  or (kind like 'disclosure.%' or kind = 'decisions.refused') and visible_from <= recorded_at + interval '365 days'),
  constraint ledger_event_kind_check check (kind in (
  'consent.presented', 'consent.granted', 'consent.refused', 'consent.revoked', 'consent.suspended', 'consent.resumed',
  'consent.confirmed', 'consent.expired', 'consent.superseded', 'consent.voided',
  'question.silenced', 'question.reopened',
  'notice.shown',
  'decisions.refused',
  'disclosure.authorised', 'disclosure.recorded', 'disclosure.nil', 'disclosure.received', 'disclosure.unconfirmed',
  'disclosure.disputed', 'disclosure.answered', 'disclosure.corrected', 'disclosure.declared', 'disclosure.inquired',
  'revocation.delivered', 'revocation.acknowledged', 'revocation.effect-reported',
  'access.opened', 'access.factor-added', 'access.factor-removed', 'access.recovered', 'access.standing', 'access.ordered',
  'access.providers-blocked',
  'office.named', 'office.ended', 'office.acted',
  'identity.checked', 'card.made', 'card.ended',
  'desk.searched', 'desk.found-nobody', 'desk.dossier-made',
  'help.opened', 'help.closed',
  'signature.required', 'signature.lifted',
  'claims.answered', 'claims.ended', 'connection.ended',
  'file.compared',
  'rows.differed', 'rows.settled',
  'content.erased'))
);
-- Ciphertext does not compress, so PostgreSQL must not try.
alter table ledger_event alter column body set storage external;

-- An event to append. visible: when its person sees the event; null means at once. new_key: the data key of the year, if this is the
-- first event of that year.
create type new_event as (
  chain uuid,
  seq integer,
  event uuid,
  kind text,
  moment timestamptz,
  visible timestamptz,
  commitment bytea,
  body bytea,
  new_key bytea,
  new_key_kek bytea,
  -- The end of the chain after the event. Null: the end before it was not as sealed, and stays so.
  live bytea,
  seal bytea,
  -- Whose the entry of the log is, under a seal (src/ledger/chain/head.ts).
  record bytea
);
