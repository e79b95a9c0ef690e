import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What the law allows is shown to the person once per version of the agreement (decision 0024). A row: she pressed
    -- « J'ai compris », on exactly this page.
    create table notice_shown (
      notice_id uuid primary key,
      person_id uuid not null references persons,
      agreement integer not null,
      purpose integer not null,
      dataset integer not null,
      categories bigint not null check (categories <> 0),
      lang text not null check (lang in ('fr-CA', 'en-CA')),
      rendered_sha256 bytea not null references rendered_page,
      shown_at timestamptz not null
    );
    create unique index notice_shown_once on notice_shown (person_id, agreement, purpose, dataset, categories);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
