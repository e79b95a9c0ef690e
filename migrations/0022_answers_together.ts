import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Several things asked at once are answered one by one and sent together: what was sent, so that the same again is known.
    alter table consent_request add column answers_sha256 bytea check (octet_length(answers_sha256) = 32);

    -- What a person has decided on a page of several and has not sent. It counts for nothing, and goes with the visit.
    create table answer_draft (
      request_id uuid not null,
      item_no smallint not null,
      presentation_id uuid references presentation,
      answer text not null check (answer in ('granted', 'refused', 'later')),
      chosen text[] not null,
      express text[] not null,
      until date,
      at timestamptz not null,
      primary key (request_id, item_no),
      check ((presentation_id is null) = (answer = 'later')),
      foreign key (request_id, item_no) references consent_request_item
    );
    create index answer_draft_by_age on answer_draft (at);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
