-- bears: 0100_accounts.sql
-- contract: takes nothing away: the new list of kinds is the old one and one more
-- Introspections of a sharing's token by its holder, after which nobody asked for a decision (decision 0180).

-- How often a holder was told, on a day in Québec, that a sharing lives. Processes add what they counted; the night closes the day, and
-- takes these rows away. asked_again: a question that got the same permit once more has no row of its own.
create table inquiry_tally (
  person_id uuid not null,
  day date not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  purpose integer not null,
  agreement integer not null,
  -- Null: the law allows it.
  consent_id uuid,
  introspected integer not null check (introspected >= 0),
  asked_again integer not null default 0 check (asked_again >= 0),
  constraint inquiry_tally_once unique nulls not distinct (person_id, day, dataset, purpose, recipient, agreement, consent_id)
);
create index inquiry_tally_by_day on inquiry_tally (day, person_id);

-- Why a holder asked for no decision after one introspection, as it says itself; until the day is closed.
create table inquiry_excuse (
  excuse_id uuid primary key,
  person_id uuid not null,
  day date not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  purpose integer not null,
  agreement integer not null,
  consent_id uuid,
  why text not null check (why in ('join_needed', 'proof_refused', 'not_found', 'other_route', 'no_answer')),
  said_at timestamptz not null
);
create index inquiry_excuse_of_person on inquiry_excuse (person_id, day);

-- A day that is closed, where something is to be told: an event of her chain tells each row.
create table inquiry_day (
  inquiry_id uuid primary key,
  person_id uuid not null,
  person_seq integer not null,
  day date not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  purpose integer not null,
  agreement integer not null,
  consent_id uuid,
  introspected integer not null check (introspected > 0),
  decided integer not null check (decided >= 0),
  -- How often the holder said why, by reason.
  excused jsonb not null,
  undecided integer not null check (undecided >= 0 and undecided <= introspected),
  recorded_at timestamptz not null,
  constraint inquiry_day_once unique nulls not distinct (person_id, day, dataset, purpose, recipient, agreement, consent_id)
);
create index inquiry_day_of_person on inquiry_day (person_id, recorded_at);
create index inquiry_day_of_consent on inquiry_day (consent_id) where consent_id is not null;
create index inquiry_day_recorded on inquiry_day (recorded_at);

-- What a holder introspected in a day that is closed, about everybody: an alarm looks at it.
create table inquiry_total (
  day date not null,
  holder integer not null,
  introspected bigint not null check (introspected > 0),
  undecided bigint not null check (undecided >= 0 and undecided <= introspected),
  primary key (day, holder)
);

alter table disclosure_anomaly drop constraint disclosure_anomaly_kind_check, add constraint disclosure_anomaly_kind_check
  check (kind in ('sent_after_permit', 'categories_differ', 'counts_differ', 'nothing_sent', 'received_twice',
    'received_without_permit', 'not_reported', 'unconfirmed', 'nil_too_often', 'declared', 'introspected_only')) not valid;
