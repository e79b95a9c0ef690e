import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table ledger_event
      drop constraint ledger_event_kind_check,
      add constraint ledger_event_kind_check check (kind in (
        'consent.presented', 'consent.granted', 'consent.refused', 'consent.revoked', 'consent.suspended', 'consent.resumed',
        'consent.confirmed', 'consent.expired', 'consent.superseded', 'consent.voided',
        'notice.shown',
        'disclosure.authorised', 'disclosure.recorded', 'disclosure.nil', 'disclosure.received', 'disclosure.unconfirmed',
        'disclosure.disputed', 'disclosure.answered', 'disclosure.corrected',
        'revocation.delivered', 'revocation.acknowledged', 'revocation.effect-reported',
        'access.opened', 'access.factor-added', 'access.factor-removed', 'access.recovered', 'access.closed',
        'content.erased'));

    -- A report may be corrected: the row says what holds now, the events what was said before.
    alter table disclosure
      add column corrections smallint not null default 0 check (corrections >= 0),
      add column corrected_at timestamptz,
      add column correction jsonb,
      add constraint disclosure_corrected check ((corrections = 0) = (corrected_at is null));

    -- The mirror: what the recipient says that it received (DOMAIN 3.3). Without a permit of that query, decision_id is null.
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
      check (decision_id is not null or consent_id is not null and query_id is not null)
    );
    create index disclosure_received_of_decision on disclosure_received (decision_id);
    create index disclosure_received_unmatched on disclosure_received (consent_id) where decision_id is null;
    create index disclosure_received_of_person on disclosure_received (person_id);

    -- What does not fit together, for those who answer for it at the two bodies. Written with what makes it so, and settled
    -- by what ends it; a person's pages derive the same from the rows (src/consent/disclosures/reconciliation.ts).
    create table disclosure_anomaly (
      -- The permit, or, where there is none, what was received.
      about uuid not null,
      kind text not null check (kind in ('sent_after_permit', 'categories_differ', 'counts_differ', 'nothing_sent', 'received_twice',
        'received_without_permit', 'not_reported', 'unconfirmed')),
      decision_id uuid references decision,
      consent_id uuid,
      holder integer not null,
      recipient integer not null,
      noted_at timestamptz not null,
      settled_at timestamptz,
      primary key (about, kind)
    );
    create index disclosure_anomaly_of_holder on disclosure_anomaly (holder, noted_at, about, kind) where settled_at is null;
    create index disclosure_anomaly_of_recipient on disclosure_anomaly (recipient, noted_at, about, kind) where settled_at is null;

    -- How far the look for permits without a report has come: ids of permits follow their time.
    create table unconfirmed_mark (
      one boolean primary key default true check (one),
      decision_id uuid not null default '00000000-0000-0000-0000-000000000000'
    );
    insert into unconfirmed_mark default values;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
