-- A connection: a person uses a service and lets it know these claims. An OpenID Connect Grant is a view of it.
create table connections (
  connection_id uuid primary key,
  person_id uuid not null references persons,
  service_id text not null,
  scopes text[] not null,
  claims text[] not null default '{}',
  first_used_at timestamptz not null,
  last_used_at timestamptz not null,
  ended_at timestamptz,
  -- The seal of a connection: a MAC of all its columns but the time of the last use. One without it, or with another, opens nothing; the
  -- next sign-in at its service ends it and opens another.
  seal bytea check (octet_length(seal) = 20)
);
create unique index connections_live on connections (person_id, service_id) where ended_at is null;
create index connections_of_person on connections (person_id);

-- The answer of a person. A record never changes: its state is in consent_current.
create table consent_record (
  consent_id uuid primary key,
  arrangement_id uuid not null,
  version_in_arrangement integer not null check (version_in_arrangement > 0),
  supersedes_consent_id uuid references consent_record,
  person_id uuid not null references persons,
  request_id uuid not null references consent_request,
  agreement integer not null,
  purpose integer not null,
  dataset integer not null,
  legal_basis_id text not null check (legal_basis_id in ('consent_53', 'consent_59_sensitive')),
  holder integer not null,
  recipient integer not null,
  categories_granted bigint not null,
  categories_declined bigint not null,
  express boolean not null,
  one_time boolean not null,
  max_uses integer,
  frequency_count integer,
  frequency_per text,
  lookback_from date,
  lookback_to date,
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  valid_until_local date not null,
  tz text not null,
  presentation_id uuid not null unique references presentation,
  text_pair_sha256 bytea not null check (octet_length(text_pair_sha256) = 32),
  channel text not null,
  acr text not null,
  amr text[] not null,
  agent_id uuid,
  -- The desk that saw with her as she answered: its body, and the role of whoever helped.
  office_org text,
  office_role text,
  created_at timestamptz not null,
  check ((office_org is null) = (office_role is null)),
  unique (arrangement_id, version_in_arrangement),
  check (categories_granted & categories_declined = 0),
  check (valid_from < valid_until)
);
create index consent_record_by_request on consent_record (request_id);
create index consent_record_superseding on consent_record (supersedes_consent_id) where supersedes_consent_id is not null;
-- Records are read by their person where a person's rows are held against her events.
create index consent_record_of_person on consent_record (person_id);

-- The present state of each record, for decisions; often updated, because uses are counted here. No job has to set the state when a
-- consent expires: a decision compares valid_until.
create table consent_current (
  person_id uuid not null,
  consent_id uuid not null references consent_record,
  arrangement_id uuid not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  purpose integer not null,
  agreement integer not null,
  categories bigint not null,
  state text not null check (state in ('active', 'suspended', 'refused', 'revoked', 'expired', 'superseded', 'void')),
  state_seq integer not null,
  state_at timestamptz not null,
  -- Why a consent is suspended. Each cause is lifted by the party that set it, and sharing goes on when no cause is left. A suspension
  -- in the register is not written here: a decision looks at the register.
  suspended_reasons text[] not null default '{}',
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  max_uses integer,
  frequency_count integer,
  frequency_per text,
  lookback_from date,
  lookback_to date,
  uses integer not null default 0 check (uses >= 0 and uses <= coalesce(max_uses, uses)),
  window_started_at timestamptz,
  -- A person may lower a frequency limit below what was already sent in this window. The count stays as it is, so that a use which is
  -- given back leaves the right number. use_consents checks that a new use is within the limit.
  window_uses integer not null default 0 constraint consent_current_window_uses check (window_uses >= 0),
  last_use_at timestamptz,
  confirmed_at timestamptz,
  -- How many uses were given back, in all and in the window that window_started_at begins.
  uses_returned integer not null default 0,
  window_returned integer not null default 0 check (window_returned >= 0),
  -- The seal of a row: a MAC of all its columns, under a key that is not in the database. A row without it, or with another, permits
  -- nothing. Null: a row that was made before there were seals, or that was not as the broker wrote it.
  seal bytea check (octet_length(seal) = 20),
  primary key (person_id, consent_id),
  constraint consent_current_reasons
    check (suspended_reasons <@ array['person', 'incident', 'order'] and (state = 'suspended' or suspended_reasons = '{}')),
  constraint consent_current_uses_returned check (uses_returned >= 0 and uses_returned <= coalesce(max_uses, uses_returned))
) with (fillfactor = 80);
-- At most one record of an arrangement is live (I4). Counting a use changes no column of these indexes.
create unique index consent_current_live on consent_current (arrangement_id) where state in ('active', 'suspended');
create index consent_current_by_consent on consent_current (consent_id);
-- For the job that writes the expiry of consents into the ledger.
create index consent_current_by_end on consent_current (valid_until, consent_id) where state in ('active', 'suspended');
create index consent_current_counted on consent_current (consent_id) where state = 'active' and max_uses is not null;
create index consent_current_by_start on consent_current (valid_from, consent_id) where state in ('active', 'suspended');
create index consent_current_ends on consent_current
  (person_id, (case state when 'expired' then least(state_at, valid_until) else valid_until end), consent_id)
  where state in ('active', 'suspended', 'expired');
-- For counting how often a body was refused, month by month.
create index consent_current_noes on consent_current (state_at, recipient) where state in ('refused', 'revoked');

-- The signed receipts of answers, changes and stops: one for each event, made in its transaction. The text is sealed with the data key
-- of the person's chain for that year, so destroying that key erases the receipt too.
create table receipt (
  receipt_id uuid primary key,
  person_id uuid not null,
  consent_id uuid not null references consent_record,
  event_id uuid not null unique,
  kind text not null check (kind like 'consent.%'),
  dek_year smallint not null check (dek_year > 0),
  -- iv ‖ AES-256-GCM(data key, JWT) ‖ tag, bound to receipt_id.
  body bytea not null,
  -- The hash reveals nothing of the text, because the text contains a random salt and a signature. The person sees it on her page.
  jwt_sha256 bytea not null check (octet_length(jwt_sha256) = 32),
  issued_at timestamptz not null
);
create index receipt_of_consent on receipt (person_id, consent_id);
create index receipt_by_consent on receipt (consent_id);
create index receipt_of_person on receipt (person_id, issued_at, receipt_id);
-- Ciphertext does not compress, so PostgreSQL must not try.
alter table receipt alter column body set storage external;

-- The reminders that were sent for a consent: each once, whichever process sends it.
create table consent_reminder (
  person_id uuid not null,
  consent_id uuid not null,
  due text not null check (due ~ '^(month|week|year-[0-9]{1,2})$'),
  reminded_at timestamptz not null,
  primary key (person_id, consent_id, due),
  foreign key (person_id, consent_id) references consent_current on delete cascade
);

-- Questions and pages refer to the records that they would change.
alter table consent_request_item add foreign key (narrows) references consent_record;

alter table presentation add foreign key (changes) references consent_record;
