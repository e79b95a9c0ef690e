import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Which reminder of which consent was sent: each once, whichever process it is.
    create table consent_reminder (
      person_id uuid not null,
      consent_id uuid not null,
      due text not null check (due ~ '^(month|week|year-[0-9]{1,2})$'),
      reminded_at timestamptz not null,
      primary key (person_id, consent_id, due),
      foreign key (person_id, consent_id) references consent_current on delete cascade
    );
    create index consent_current_by_start on consent_current (valid_from, consent_id) where state in ('active', 'suspended');
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
