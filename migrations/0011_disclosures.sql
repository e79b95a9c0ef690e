-- A holder's report that it sent information, or that it sent nothing. A report may be corrected: the row has the latest version, the
-- events have the earlier ones.
create table disclosure (
  disclosure_id uuid primary key,
  decision_id uuid not null unique references decision,
  person_id uuid not null,
  person_seq integer not null,
  status text not null check (status in ('recorded', 'nil')),
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  categories_actual bigint not null,
  record_count integer check (record_count >= 0),
  result text check (result in ('found', 'not_found', 'partial')),
  delivery text not null check (delivery in ('pull', 'push', 'bulk')),
  query_id text,
  query_group_id text,
  initiator jsonb,
  late boolean not null,
  in_flight boolean not null,
  anomaly boolean not null,
  -- SHA-256 of the report: the same report gets the same answer again, another report is refused.
  report_sha256 bytea not null check (octet_length(report_sha256) = 32),
  corrections smallint not null default 0 check (corrections >= 0),
  corrected_at timestamptz,
  correction jsonb,
  -- Whether the use was given back; null unless nothing was sent. Uses are given back at most as often as the limit allows uses
  -- (decision 0058): otherwise a body could evade its limit by asking and reporting that it sent nothing, again and again.
  use_returned boolean,
  -- SHA-256 of the manifest of what was sent, as its holder says it; null: it says none.
  manifest_sha256 bytea check (octet_length(manifest_sha256) = 32),
  constraint disclosure_corrected check ((corrections = 0) = (corrected_at is null)),
  constraint disclosure_use_returned check ((status = 'nil') = (use_returned is not null))
);

-- A recipient's report of what it received. decision_id is null if no permit belongs to its query.
create table disclosure_received (
  received_id uuid primary key,
  decision_id uuid references decision,
  consent_id uuid,
  person_id uuid not null,
  person_seq integer not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  query_id text,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  categories bigint not null check (categories <> 0),
  record_count integer check (record_count >= 0),
  content_sha256 bytea not null check (octet_length(content_sha256) = 32),
  -- SHA-256 of the manifest of what came, as its recipient says it; null: it says none.
  manifest_sha256 bytea check (octet_length(manifest_sha256) = 32),
  check (decision_id is not null or consent_id is not null and query_id is not null)
);
create index disclosure_received_of_decision on disclosure_received (decision_id);
create index disclosure_received_unmatched on disclosure_received (consent_id) where decision_id is null;
create index disclosure_received_of_person on disclosure_received (person_id);
create index disclosure_received_by_consent on disclosure_received (consent_id) where consent_id is not null;
create index disclosure_received_alone on disclosure_received (person_id, recorded_at) where decision_id is null;

-- Contradictions between reports and permits, for the people in charge at the two bodies. Written in the transaction that causes the
-- contradiction and settled in the one that ends it. A person's pages derive the same from the rows
-- (src/consent/disclosures/reconciliation.ts).
create table disclosure_anomaly (
  -- The id of the permit, or that of the recipient's report where there is no permit.
  about uuid not null,
  kind text not null,
  decision_id uuid references decision,
  consent_id uuid,
  holder integer not null,
  recipient integer not null,
  noted_at timestamptz not null,
  settled_at timestamptz,
  primary key (about, kind),
  constraint disclosure_anomaly_kind_check
  check (kind in ('sent_after_permit', 'categories_differ', 'counts_differ', 'contents_differ', 'nothing_sent', 'received_twice',
    'received_without_permit', 'not_reported', 'unconfirmed', 'nil_too_often', 'declared', 'introspected_only'))
);
create index disclosure_anomaly_of_holder on disclosure_anomaly (holder, noted_at, about, kind) where settled_at is null;
create index disclosure_anomaly_of_recipient on disclosure_anomaly (recipient, noted_at, about, kind) where settled_at is null;
create index disclosure_anomaly_by_decision on disclosure_anomaly (decision_id) where decision_id is not null;

-- How far the search for permits without a report has come. The ids of permits are in the order of time.
create table unconfirmed_mark (
  one boolean primary key default true check (one),
  decision_id uuid not null default '00000000-0000-0000-0000-000000000000'
);
insert into unconfirmed_mark default values;

-- What a recipient declares that it received without a permit. It is no disclosure: it refers to no permit, and counts nowhere. The case
-- or order that it names stands in the sealed event alone.
create table disclosure_declared (
  declaration_id uuid primary key,
  person_id uuid not null,
  person_seq integer not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  legal_basis_id text not null,
  -- Act, section and address, in French and in English.
  law jsonb not null,
  -- The recipient's own name of the declaration.
  reference text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  categories bigint not null check (categories <> 0),
  record_count integer check (record_count >= 0),
  check (holder <> recipient),
  unique (person_id, recipient, reference)
);
create index disclosure_declared_of_person on disclosure_declared (person_id, recorded_at);
create index disclosure_declared_to_holder on disclosure_declared (holder, declaration_id);
create index disclosure_declared_by_recipient on disclosure_declared (recipient, declaration_id);

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
