import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What the log's room may read of people's chains: enough to find each event in a tree, nothing of its content.
    create view ledger_commitments as select person_id, person_seq, event_id, commitment from ledger_event;
    create view ledger_people as select person_id from person_head;

    create view register_leaves as select leaf_id from register_leaf;

    -- And what other rooms may read of the log: where an event stands.
    create view ledger_places as
      select p.event_id, l.log_id, l.year, l.shard, p.leaf_index, p.commitment from ledger_position p join log l using (log_id);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
