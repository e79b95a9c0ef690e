import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What a person takes with her of what she was asked says too what it would have changed. New columns come last.
    create or replace view request_history as
      select r.person_id, r.request_id, i.item_no, r.client_id, r.recipient, r.created_at, r.expires_at, i.consent_id,
             i.agreement, i.purpose, i.dataset, i.text, i.categories_required, i.categories_optional, i.valid_until,
             i.valid_until_local, i.max_uses, i.frequency_count, i.frequency_per, i.lookback_from, i.lookback_to, i.state,
             i.amends
      from consent_request r join consent_request_item i using (request_id);

    create or replace view presentation_history as
      select r.person_id, p.presentation_id, p.request_id, p.item_no, p.text, p.lang, p.canonical_sha256, p.rendered_sha256,
             p.grant_label, p.refuse_label, p.order_of_items, p.optional_prechecked, p.shown_at, p.channel,
             p.assistance_offered, p.assistance_used, h.html, p.changes
      from consent_request r
      join presentation p using (request_id)
      join rendered_page h on h.sha256 = p.rendered_sha256;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
