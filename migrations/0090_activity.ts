import type { Knex } from 'knex'

// Lines of a person's life with us, of each room its own, in one shape (decision 0048). Each view is read by person and time,
// newest first, a page at a time: none of the indexes holds what changes when a consent is used or a permit reported.

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    create view lines_of_access as
      select person_id, at, activity_id as id, kind, service_id, null::uuid as consent_id, null::integer as holder,
             null::integer as recipient, null::integer as dataset, null::integer as purpose, null::integer as agreement,
             null::text as legal_basis_id, null::bigint as categories, null::text as reason, 1 as times,
             null::timestamptz as last_at, null::timestamptz as other_at, null::timestamptz as shown_from, network
      from activity;

    -- What somebody asked her; a narrowing is her own question. Its body is the one that asks. other_at: until when.
    create view lines_of_requests as
      select r.person_id, r.created_at as at, i.consent_id as id, i.state as kind, r.client_id as service_id, i.consent_id,
             null::integer as holder, r.recipient, i.dataset, i.purpose, i.agreement, null::text as legal_basis_id,
             i.categories_required | i.categories_optional as categories, null::text as reason, 1 as times,
             null::timestamptz as last_at, r.expires_at as other_at, null::timestamptz as shown_from, null::text as network
      from consent_request r join consent_request_item i using (request_id)
      where i.narrows is null;

    -- What she answered and changed, by the receipts of it. What a new record replaces is told with that one. other_at: its end.
    create view lines_of_consents as
      select d.person_id, d.issued_at as at, d.receipt_id as id,
             case when d.kind = 'consent.granted' and r.supersedes_consent_id is not null then 'consent.changed' else d.kind end as kind,
             null::text as service_id, d.consent_id, r.holder, r.recipient, r.dataset, r.purpose, r.agreement, r.legal_basis_id,
             coalesce(nullif(r.categories_granted, 0), r.categories_declined) as categories, null::text as reason, 1 as times,
             null::timestamptz as last_at, r.valid_until as other_at, null::timestamptz as shown_from, null::text as network
      from receipt d join consent_record r using (consent_id)
      where d.kind <> 'consent.superseded';

    -- Ends that nobody pressed: by the term, whenever it is written, or by the last use.
    create view lines_of_ends as
      select person_id, case state when 'expired' then least(state_at, valid_until) else valid_until end as at, consent_id as id,
             'consent.expired' as kind, null::text as service_id, consent_id, holder, recipient, dataset, purpose, agreement,
             null::text as legal_basis_id, categories, null::text as reason, 1 as times,
             null::timestamptz as last_at, null::timestamptz as other_at, null::timestamptz as shown_from, null::text as network
      from consent_current
      where state in ('active', 'suspended', 'expired')
        and case state when 'expired' then least(state_at, valid_until) else valid_until end <= now() + clock_offset();

    -- What she was told that the law allows.
    create view lines_of_notices as
      select person_id, shown_at as at, notice_id as id, 'notice.shown' as kind, null::text as service_id, null::uuid as consent_id,
             null::integer as holder, null::integer as recipient, dataset, purpose, agreement, null::text as legal_basis_id,
             categories, null::text as reason, 1 as times,
             null::timestamptz as last_at, null::timestamptz as other_at, null::timestamptz as shown_from, null::text as network
      from notice_shown;

    -- Permits with what was reported, and denies; nothing before it may be seen. other_at: when it was sent.
    create view lines_of_decisions as
      select person_id, evaluated_at as at, decision_id as id, coalesce(status, 'refused') as kind, null::text as service_id,
             consent_id, holder, recipient, dataset, purpose, agreement, legal_basis_id,
             coalesce(nullif(categories_actual, 0), nullif(permitted, 0), asked) as categories,
             case outcome when 'deny' then reason_code end as reason, times, last_at, occurred_at as other_at,
             visible_from as shown_from, null::text as network
      from decision_history;

    -- What a body says that it received, and nobody permitted. other_at: when, by its own clock.
    create view lines_of_receptions as
      select person_id, recorded_at as at, received_id as id, 'unpermitted' as kind, null::text as service_id, consent_id, holder,
             recipient, dataset, null::integer as purpose, null::integer as agreement, null::text as legal_basis_id, categories,
             null::text as reason, 1 as times, null::timestamptz as last_at, occurred_at as other_at,
             null::timestamptz as shown_from, null::text as network
      from disclosure_received where decision_id is null;

    create index receipt_of_person on receipt (person_id, issued_at, receipt_id);
    create index consent_request_by_time on consent_request (person_id, created_at);
    drop index consent_request_of_person;
    create index consent_current_ends on consent_current
      (person_id, (case state when 'expired' then least(state_at, valid_until) else valid_until end), consent_id)
      where state in ('active', 'suspended', 'expired');
    create index disclosure_received_alone on disclosure_received (person_id, recorded_at) where decision_id is null;

    -- « Ce n'était pas moi » may be said of any line that bears her name, also where nobody had asked her.
    alter table notices drop constraint notices_kind_check,
      add constraint notices_kind_check check (kind in ('new-device', 'factor-added', 'recovered', 'line'));
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
