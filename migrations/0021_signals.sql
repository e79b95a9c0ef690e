-- Streams of security events (OpenID Shared Signals Framework 1.0): a body is told of what happens at once, by push (RFC 8935) or when
-- it asks (RFC 8936). The seal covers where a stream leads: a row that the broker did not write is sent nothing.
create table signal_stream (
  stream_id uuid primary key,
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  -- The object_no of the body's first version.
  party integer not null,
  method text not null check (method in ('push', 'poll')),
  endpoint text check (char_length(endpoint) <= 512),
  -- The header Authorization that the body wants of each push, sealed under a key of purpose data.
  authorization_sealed bytea,
  -- The addresses of the kinds that the body asked for, and the short names of those that it gets.
  requested text[] not null check (cardinality(requested) <= 50),
  kinds text[] not null,
  description text check (char_length(description) between 1 and 255),
  status text not null check (status in ('enabled', 'paused', 'disabled')),
  reason text check (char_length(reason) <= 255),
  created_at timestamptz not null,
  -- Since when it is told of all of its kinds: what happened before is not made again.
  told_since timestamptz not null default '-infinity',
  verified_at timestamptz,
  -- How often in a row the receiver was not there, and until when it is left alone.
  failures integer not null default 0,
  due_at timestamptz not null default '-infinity',
  seal bytea not null check (octet_length(seal) = 20),
  check ((method = 'push') = (endpoint is not null)),
  check (method = 'push' or authorization_sealed is null)
);
create index signal_stream_of_body on signal_stream (party);

-- What waits for a stream: written in the transaction of the deed, deleted when the body has acknowledged it.
create table signal_event (
  event_no bigint generated always as identity primary key,
  -- The name of the event at the body, the same at each try.
  jti uuid not null unique,
  stream_id uuid not null references signal_stream on delete cascade,
  -- Null: about no person.
  person_id uuid,
  -- What is sent in order: a person's events, and those about nobody.
  ordered_by uuid not null generated always as (coalesce(person_id, stream_id)) stored,
  kind text not null check (kind ~ '^[a-z-]{1,40}$'),
  content jsonb not null,
  -- The number of the event of her chain that made it: what is sent follows from that event. Null: none did.
  event_seq integer,
  occurred_at timestamptz not null,
  queued_at timestamptz not null,
  tries integer not null default 0,
  due_at timestamptz not null default '-infinity'
);
create index signal_event_in_order on signal_event (stream_id, ordered_by, event_no);
create index signal_event_due on signal_event (stream_id, due_at, event_no);
create index signal_event_of_person on signal_event (person_id) where person_id is not null;
create index signal_event_old on signal_event (queued_at);

-- People of whom a body does not want to be told by a stream.
create table signal_subject_removed (
  stream_id uuid not null references signal_stream on delete cascade,
  person_id uuid not null,
  primary key (stream_id, person_id)
);
create index signal_subject_removed_of_person on signal_subject_removed (person_id);

-- How far a body was told of a person: the event of our own kinds up to which it acknowledged all, and those that it acknowledged ahead of it.
create table signal_told (
  stream_id uuid not null references signal_stream on delete cascade,
  person_id uuid not null,
  person_seq integer not null,
  jti uuid,
  ahead text[] not null,
  seal bytea not null check (octet_length(seal) = 20),
  primary key (stream_id, person_id)
);
create index signal_told_of_person on signal_told (person_id);

-- What was dropped, refused or not understood, counted by day: nothing of it names a person.
create table signal_note (
  day date not null,
  stream_id uuid not null,
  org_id text not null,
  what text not null check (what ~ '^[a-z-]{1,40}$'),
  times integer not null,
  last_at timestamptz not null,
  primary key (day, stream_id, what)
);
create index signal_note_old on signal_note (last_at);
