import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Why a consent is suspended: each cause is lifted by whoever set it, and sharing goes on when none is left. What the
    -- register suspends is no row of ours: it is looked at when it is decided.
    alter table consent_current
      add column confirmed_at timestamptz,
      add constraint consent_current_reasons
        check (suspended_reasons <@ array['person', 'incident', 'order'] and (state = 'suspended' or suspended_reasons = '{}'));

    -- The consent that a person narrows by this item, on a page of her own; null for what a service asks. What was used
    -- under it counts for the record that replaces it, and what is given back is given back to both.
    alter table consent_request_item add column narrows uuid references consent_record;
    create index consent_request_item_narrows on consent_request_item (narrows) where narrows is not null;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
