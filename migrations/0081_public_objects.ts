import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What is public and no version of the register, as an entry of the log: each document once, by its hash (DOMAIN 4.2).
    create table public_object (
      sha256 bytea primary key check (sha256 = sha256(convert_to(document, 'UTF8'))),
      leaf_id uuid not null unique,
      document text not null,
      announced_at timestamptz not null
    );
    create trigger public_object_is_immutable before update or delete or truncate on public_object
      for each statement execute function refuse_change();

    -- Every entry of class 'R', with the place where its document is published. New columns come last.
    create or replace view register_leaves as
      select l.leaf_id, l.sha256, '/register/objects/' || o.kind || '/' || o.id || '@' || o.version || '.json' as path
      from register_leaf l join register_objects o using (object_no)
      union all
      select leaf_id, sha256, '/log/objects/' || encode(sha256, 'hex') || '.json' from public_object;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
