import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- The person's own arrangement that a service asks to change or renew; null for something new, and for what narrows.
    alter table consent_request_item
      add column amends uuid,
      add constraint consent_request_item_amends check (amends is null or narrows is null);

    -- What was shown beside it, as it was allowed until then: a yes replaces that record and no other.
    alter table presentation add column changes uuid references consent_record;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
