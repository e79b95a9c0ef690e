-- A permit's decision, ledger event and disclosure have the same id. Denies about a known person are rows too; equal denies of one day
-- in Québec are one row with a count, so that a holder which asks again and again cannot fill a history.
create table decision (
  decision_id uuid primary key,
  evaluated_at timestamptz not null,
  person_id uuid not null,
  person_seq integer,
  consent_id uuid,
  holder integer not null,
  recipient integer,
  dataset integer not null,
  purpose integer,
  agreement integer,
  legal_basis_id text,
  asked bigint not null,
  permitted bigint not null,
  outcome text not null check (outcome in ('permit', 'deny')),
  reason_code text not null,
  policy_version smallint not null,
  valid_until timestamptz,
  status text check (status in ('authorised', 'recorded', 'nil', 'unconfirmed', 'disputed')),
  query_id text,
  times integer not null default 1,
  last_at timestamptz not null,
  -- A decision by law needs no consent, and its person may see it only later (decision 0023). A decision by consent is always shown at
  -- once, and no delay is longer than the longest of any legal basis (src/registry/objects/legal-bases.ts).
  visible_from timestamptz,
  -- The days whose information was asked for (decision 0057): days in Québec, as the holder named them. The program reads them as text,
  -- because a date would become an instant in the machine's time zone.
  period_from date,
  period_to date,
  constraint decision_outcome check (case outcome
    when 'permit' then person_seq is not null and status is not null and valid_until is not null
      and legal_basis_id is not null and permitted <> 0 and permitted & ~asked = 0
    else person_seq is null and status is null and permitted = 0 end),
  constraint decision_rests_on_one check (outcome = 'deny'
    or (consent_id is not null) = (reason_code = 'CONSENT_ACTIVE')
      and (consent_id is not null) = (legal_basis_id in ('consent_53', 'consent_59_sensitive'))),
  constraint decision_delay check (visible_from is null
    or consent_id is null and legal_basis_id is not null and legal_basis_id = 'investigation_59'
      and visible_from > evaluated_at and visible_from <= last_at + interval '365 days'),
  constraint decision_period check ((period_from is null) = (period_to is null) and period_from <= period_to)
);
create index decision_of_person on decision (person_id, evaluated_at);
create index decision_denied on decision (decision_id) where outcome = 'deny';
create index decision_of_holder on decision (holder, decision_id) where outcome = 'permit';
create index decision_of_recipient on decision (recipient, decision_id) where outcome = 'permit';
create index decision_shown_later on decision (person_id, visible_from) where visible_from is not null;

-- The request that a permit answered: the same request gets the same permit and counts as one use (I14). Deleted after a day.
create table decision_key (
  request_key uuid primary key,
  decision_id uuid not null,
  -- SHA-256 of the question: another question under the same name is refused.
  content_sha256 bytea not null check (octet_length(content_sha256) = 32),
  at timestamptz not null
);
create index decision_key_by_age on decision_key (at);

-- Refusals are in the ledger too: when a day of Québec is over, one event a person holds the hash of the denies about her of that day
-- (decision 0080). A row here says which event that is. Denies that the person sees later have an event of their own.
create table refused_day (
  person_id uuid not null,
  day date not null,
  -- The time from which the person sees these denies; null: at once.
  visible_from timestamptz,
  -- An event that is shown later is the first of a chain that bears the event's id.
  event_id uuid not null,
  constraint refused_day_once unique nulls not distinct (person_id, day, visible_from)
);

-- The last day that is closed for everybody; null before the first.
create table refused_mark (
  one boolean primary key default true check (one),
  day date
);
insert into refused_mark (day) values (null);

-- A permit to write: its row, its event, the request that it answers, and the register's epoch by which it was judged; and what its use
-- makes of the row of its consent, if it has one.
create type new_permit as (
  epoch bigint,
  request uuid,
  content bytea,
  decision decision,
  event new_event,
  used json
);
