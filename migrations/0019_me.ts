import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Everything held about a person, as she may take it with her (decision 0018): views, for the room that reads across.
    create view consent_history as
      select c.person_id, c.consent_id, c.arrangement_id, r.version_in_arrangement, r.supersedes_consent_id, r.request_id,
             c.holder, c.recipient, c.dataset, c.purpose, c.agreement, p.text, r.legal_basis_id, c.categories,
             r.categories_declined as declined, r.express, r.one_time, c.state, c.state_at, c.suspended_reasons,
             c.valid_from, c.valid_until, r.valid_until_local, c.max_uses, c.frequency_count, c.frequency_per,
             c.lookback_from, c.lookback_to, c.uses, c.window_started_at, c.window_uses, c.last_use_at,
             r.presentation_id, p.lang, r.channel, r.acr, r.amr, r.created_at
      from consent_current c
      join consent_record r using (consent_id)
      join presentation p using (presentation_id);

    create view request_history as
      select r.person_id, r.request_id, i.item_no, r.client_id, r.recipient, r.created_at, r.expires_at, i.consent_id,
             i.agreement, i.purpose, i.dataset, i.text, i.categories_required, i.categories_optional, i.valid_until,
             i.valid_until_local, i.max_uses, i.frequency_count, i.frequency_per, i.lookback_from, i.lookback_to, i.state
      from consent_request r join consent_request_item i using (request_id);

    create view presentation_history as
      select r.person_id, p.presentation_id, p.request_id, p.item_no, p.text, p.lang, p.canonical_sha256, p.rendered_sha256,
             p.grant_label, p.refuse_label, p.order_of_items, p.optional_prechecked, p.shown_at, p.channel,
             p.assistance_offered, p.assistance_used, h.html
      from consent_request r
      join presentation p using (request_id)
      join rendered_page h on h.sha256 = p.rendered_sha256;

    create view connection_history as
      select person_id, connection_id, service_id, scopes, claims, first_used_at, last_used_at, ended_at from connections;

    create view decision_history as
      select d.person_id, d.decision_id, d.evaluated_at, d.consent_id, d.holder, d.recipient, d.dataset, d.purpose,
             d.agreement, d.legal_basis_id, d.asked, d.permitted, d.outcome, d.reason_code, d.valid_until, d.status,
             d.query_id, d.times, d.last_at,
             s.disclosure_id, s.occurred_at, s.recorded_at, s.categories_actual, s.record_count, s.result, s.delivery,
             s.query_id as reported_query_id, s.query_group_id, s.initiator, s.late, s.in_flight, s.anomaly
      from decision d left join disclosure s using (decision_id);

    -- What a write under an Idempotency-Key was answered, for a day. The key is hashed with its service and its person.
    create table me_answer (
      key_sha256 bytea primary key check (octet_length(key_sha256) = 32),
      request_sha256 bytea not null check (octet_length(request_sha256) = 32),
      answer jsonb,
      at timestamptz not null
    );
    create index me_answer_by_age on me_answer (at);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
