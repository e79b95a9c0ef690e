-- bears: 0048_registry.sql
-- contract: takes nothing away: the new list of kinds is the old one and one more
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

-- A declaration is an anomaly that is never settled.
alter table disclosure_anomaly drop constraint disclosure_anomaly_kind_check, add constraint disclosure_anomaly_kind_check
  check (kind in ('sent_after_permit', 'categories_differ', 'counts_differ', 'nothing_sent', 'received_twice',
    'received_without_permit', 'not_reported', 'unconfirmed', 'nil_too_often', 'declared')) not valid;
