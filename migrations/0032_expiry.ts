import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What the job that writes ends into the ledger looks for. No column that counting a use changes is in them.
    create index consent_current_by_end on consent_current (valid_until, consent_id) where state in ('active', 'suspended');
    create index consent_current_counted on consent_current (consent_id) where state = 'active' and max_uses is not null;

    -- Permits whose use may still be given back.
    create view permits_unreported as
      select person_id, consent_id from decision where outcome = 'permit' and status not in ('recorded', 'nil', 'disputed');
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
