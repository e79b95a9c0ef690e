-- How far the time of this database is ahead of the machine's: zero, unless tests or a demonstration replace this function.
-- Production refuses to start with another value. Every statement that needs the time uses now() + clock_offset(). The planner
-- inlines the constant and makes plans anew when it changes. The function holds a value that must survive a migrate, so it is
-- here and not in functions/, whose files are applied again at each migrate.
create function clock_offset() returns interval language sql stable as $$ select interval '0' $$;

-- What each version runs in this database, as its `migrate` said it under a seal before it changed anything: every function, view, trigger
-- and other object that decides what a statement means, with the digest of its definition (src/base/migrating/catalogue.ts). Processes of
-- an earlier version, which run beside it for a while, believe it. A version is called after its last migration.
create table release_catalogue (
  version text primary key check (length(version) <= 100),
  -- Of all objects.
  sha256 bytea not null check (octet_length(sha256) = 32),
  objects jsonb not null,
  begun_at timestamptz not null,
  -- When all of it was there; null: that migration has not ended.
  ended_at timestamptz,
  seal bytea not null check (octet_length(seal) = 20)
);

-- Counts of tries, shared by all processes and kept across restarts. expire is in milliseconds of Unix time.
create table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index rate_limits_by_expiry on rate_limits (expire);

-- Which tables were sealed as they stood, because their rows were older than the seals and no event tells them: when, by whom, and why.
-- It is done once for each table. The mark bears a seal of its own.
create table first_seals (
  table_name text primary key,
  rows integer not null check (rows >= 0),
  operator text not null check (length(operator) between 1 and 100),
  reason text not null check (length(reason) between 1 and 500),
  at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20)
);

-- The keys that the processes of this database hold, so that a process with other keys does not start. A check value shows nothing of
-- its key: it is the thumbprint of a key pair (RFC 7638), or an HMAC under the secret itself. An announced key is known and does not
-- sign or seal yet; one that is used must be held by every process that holds keys of its purpose; a retired one may be missing.
create table key_check (
  purpose text not null check (purpose ~ '^[a-z-]{2,20}$'),
  check_value text not null check (check_value ~ '^[A-Za-z0-9_-]{22,43}$'),
  state text not null check (state in ('announced', 'used', 'retired')),
  noted_at timestamptz not null,
  -- When a key came into use, and when no row was found any more that another key should take over from it (src/base/sealing/key-renewal.ts).
  used_at timestamptz,
  renewed_at timestamptz,
  primary key (purpose, check_value)
);
-- This key is never replaced: what follows from it is written down in the systems of others.
create unique index key_check_pairwise on key_check (purpose) where purpose = 'pairwise';

-- Who does a duty that one process at a time does, until when by this database's clock, and under which number. A number is given once;
-- every write of a duty names its number, and is refused once a younger one exists.
create table duty_lease (
  duty text primary key check (length(duty) between 1 and 60),
  number bigint not null check (number > 0),
  holder uuid not null,
  until timestamptz not null,
  -- The holder's connection: when it is gone, another process need not wait until the lease ends.
  backend integer not null,
  backend_began timestamptz not null
)
-- Renewed every other second, and locked by each write.
with (fillfactor = 20);

-- When each worker of the job queue gave its last sign of life. The name is what the queue writes beside the jobs that it has taken.
create table worker_beat (
  worker text primary key check (length(worker) <= 100),
  beat_at timestamptz not null,
  -- The first worker of the same process, which counts as the process.
  beside text check (length(beside) <= 100)
) with (fillfactor = 50);

-- The jobs that were given up, counted by day, job and reason: 13 months.
create table job_given_up (
  day date not null,
  job text not null check (length(job) <= 60),
  service_id text not null default '' check (length(service_id) <= 60),
  -- In our own words, or the class of an error: never a message, which may hold a secret.
  why text not null check (length(why) <= 200),
  -- Of the answer, where there was one.
  status smallint not null default 0,
  times integer not null default 1 check (times > 0),
  last_at timestamptz not null,
  primary key (day, job, service_id, why, status)
);

-- Which code each migration bears: processes that know the named migration go on beside the new schema, and start on it. A migration
-- without a row is borne by no code that does not know it.
create table migration_bears (
  name text primary key check (length(name) <= 100),
  bears text not null check (length(bears) <= 100)
);

-- That a web process could serve in a minute: it takes requests, and the database takes what it writes. No row says more. A minute in which
-- no process could is one without a row.
create table served_minute (
  minute timestamptz not null check (extract(second from minute) = 0),
  process uuid not null,
  primary key (minute, process)
);

-- What operators did with the tool of the house: a row before a command acts, and a row when it has ended. Rows are only added. Each
-- holds the hash of the one before it, and the head says which is the last.
create table operator_deed (
  deed_no integer primary key check (deed_no > 0),
  at timestamptz not null,
  phase text not null check (phase in ('begun', 'done', 'prepared', 'refused')),
  -- Of an end: the row of its beginning.
  begun_no integer references operator_deed,
  action text not null check (action ~ '^[a-z]+(-[a-z]+)*$' and length(action) <= 40),
  -- What it is about, as it was typed: a reference of a sharing, a service, a purpose of keys.
  object text check (length(object) between 1 and 200),
  -- The person to whom the reference belongs.
  person_id uuid,
  -- Of both, with a salt: the chain holds this. Once what the reference led to is erased, or three years passed, all three are null, and
  -- nobody can tell by the hash what it was.
  about_sha256 bytea not null check (octet_length(about_sha256) = 32),
  about_salt bytea check (octet_length(about_salt) = 32),
  -- Who says to do it: a name that was typed, the account of the machine, the public keys that signed.
  operator text check (length(operator) between 1 and 100),
  account text check (length(account) between 1 and 100),
  signers text[] not null check (cardinality(signers) <= 10),
  instance text not null check (instance ~ '^[A-Za-z0-9._-]{1,64}$'),
  -- Of the reason, which is text of the operator's.
  reason_sha256 bytea check (octet_length(reason_sha256) = 32),
  -- Of the row before and of this one.
  sha256 bytea not null check (octet_length(sha256) = 32),
  seal bytea not null check (octet_length(seal) = 20),
  check ((phase = 'begun') = (begun_no is null)),
  check (about_salt is not null or num_nulls(object, person_id) = 2)
);
create index operator_deed_of_person on operator_deed (person_id) where person_id is not null;
create index operator_deed_says_what on operator_deed (at) where about_salt is not null;
create unique index operator_deed_ends_once on operator_deed (begun_no) where begun_no is not null;
create index operator_deed_by_time on operator_deed (at);

create table operator_deed_head (
  only_one boolean primary key default true check (only_one),
  deed_no integer not null references operator_deed,
  sha256 bytea not null check (octet_length(sha256) = 32),
  seal bytea not null check (octet_length(seal) = 20)
);

-- Counts of tries that are given back once what was begun ends well: the way to an account elsewhere, a code that was sent, a new access.
create table held_tries (
  -- A digest of what was begun.
  name bytea not null check (octet_length(name) = 32),
  -- The count, and when its period ends, as in rate_limits.
  key varchar(255) not null,
  ends bigint not null,
  -- The order in which the counts are taken: two that give back at once never wait for each other's rows.
  place smallint not null,
  points integer not null check (points > 0),
  primary key (name, key, ends)
);
create index held_tries_by_end on held_tries (ends);
