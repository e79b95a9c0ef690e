-- « Ce n'est pas normal ? »: a person's question about a line of her activity, and the body's answer. Each text is sealed with her
-- data key of the year in which it was written.
create table dispute (
  dispute_id uuid primary key,
  person_id uuid not null,
  decision_id uuid not null unique references decision,
  consent_id uuid,
  -- The object_no of the body's first version.
  routed_to integer not null,
  opened_at timestamptz not null,
  due_at timestamptz not null check (due_at > opened_at),
  dek_year smallint not null,
  body bytea not null,
  answered_at timestamptz check (answered_at >= opened_at),
  outcome text check (outcome in ('explained', 'error')),
  answer_id uuid,
  answer_year smallint,
  answer_body bytea,
  check (num_nulls(answered_at, outcome, answer_id, answer_year, answer_body) in (0, 5))
);
create index dispute_waiting on dispute (routed_to, opened_at, dispute_id) where answered_at is null;
create index dispute_of_person on dispute (person_id, dispute_id);
