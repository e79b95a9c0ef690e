import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What the room of consents may read of the pages on which they were given, and which record narrows which.
    create view presented_words as select presentation_id, text, lang, rendered_sha256 from presentation;
    create view narrowings as select narrows, consent_id from consent_request_item where narrows is not null;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
