import type { Knex } from 'knex'

// A question that a person answered with no, asked again (decision 0058).

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table ledger_event
      drop constraint ledger_event_kind_check,
      add constraint ledger_event_kind_check check (kind in (
        'consent.presented', 'consent.granted', 'consent.refused', 'consent.revoked', 'consent.suspended', 'consent.resumed',
        'consent.confirmed', 'consent.expired', 'consent.superseded', 'consent.voided',
        'question.silenced', 'question.reopened',
        'notice.shown',
        'disclosure.authorised', 'disclosure.recorded', 'disclosure.nil', 'disclosure.received', 'disclosure.unconfirmed',
        'disclosure.disputed', 'disclosure.answered', 'disclosure.corrected',
        'revocation.delivered', 'revocation.acknowledged', 'revocation.effect-reported',
        'access.opened', 'access.factor-added', 'access.factor-removed', 'access.recovered', 'access.closed',
        'content.erased'));

    -- What a person answered, for the rooms that ask: what she was asked, what of it she allowed, and whether she stopped it.
    create view answers_given as
      select c.person_id, c.consent_id, c.holder, c.recipient, c.dataset, c.categories, r.categories_declined as declined,
             c.state, c.state_at, r.created_at
      from consent_current c join consent_record r using (consent_id);
    -- How often a body was told no, month by month.
    create index consent_current_noes on consent_current (state_at, recipient) where state in ('refused', 'revoked');
    create view noes_given as
      select recipient, state_at as at from consent_current where state in ('refused', 'revoked');

    -- « Ne plus me le demander »: whoever asks for one of these categories again is told no, until the person reopens it.
    create table silenced_question (
      silence_id uuid primary key,
      person_id uuid not null references persons,
      recipient integer not null,
      holder integer not null,
      dataset integer not null,
      categories bigint not null check (categories <> 0),
      silenced_at timestamptz not null,
      -- How often it was answered for her since.
      times integer not null default 0 check (times >= 0),
      last_at timestamptz,
      unique (person_id, recipient, holder, dataset, categories)
    );

    -- That a body asked again after a no, once a visit and item, and what came of it; it names nobody. A visit goes on by it.
    create table asked_again (
      -- SHA-256 of the visit's id, another one than the request's.
      visit bytea not null check (octet_length(visit) = 32),
      item_no smallint not null check (item_no > 0),
      recipient integer not null,
      asked_at timestamptz not null,
      became text not null check (became in ('reminded', 'kept', 'seen', 'silenced')),
      primary key (visit, item_no)
    );
    create index asked_again_by_time on asked_again (asked_at, recipient);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
