import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Register objects are public, versioned and never edited in place (DOMAIN 2.1). object_no stands for one version
    -- of one object wherever a row of a person refers to it.
    create table register_objects (
      object_no integer generated always as identity unique,
      kind text not null check (kind in ('organisation', 'category', 'dataset', 'purpose', 'agreement', 'text', 'service')),
      id text not null check (length(id) between 1 and 64),
      version integer not null check (version > 0),
      content jsonb not null,
      applied_at timestamptz not null,
      primary key (kind, id, version)
    );

    create view current_register as
      select distinct on (kind, id) kind, id, version, object_no, content
      from register_objects order by kind, id, version desc;

    create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception 'a register object is never edited in place: apply a new version';
      end
    $$;
    create trigger register_objects_are_immutable before update or delete or truncate on register_objects
      for each statement execute function refuse_change();
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
