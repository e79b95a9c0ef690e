-- The answers to writes with an Idempotency-Key, for a day. The key is hashed together with its service and its person.
create table me_answer (
  key_sha256 bytea primary key check (octet_length(key_sha256) = 32),
  request_sha256 bytea not null check (octet_length(request_sha256) = 32),
  answer jsonb,
  at timestamptz not null
);
create index me_answer_by_age on me_answer (at);
