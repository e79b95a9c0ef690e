-- bears: 0081_journey.sql
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
  check ((phase = 'begun') = (begun_no is null))
);
create unique index operator_deed_ends_once on operator_deed (begun_no) where begun_no is not null;
create index operator_deed_by_time on operator_deed (at);

create table operator_deed_head (
  only_one boolean primary key default true check (only_one),
  deed_no integer not null references operator_deed,
  sha256 bytea not null check (octet_length(sha256) = 32),
  seal bytea not null check (octet_length(seal) = 20)
);
