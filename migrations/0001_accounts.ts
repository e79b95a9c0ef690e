import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    create table persons (
      person_id uuid primary key,
      status text not null default 'active' check (status in ('active', 'deceased', 'merged')),
      created_at timestamptz not null
    );

    create table accounts (
      person_id uuid primary key references persons,
      locale text not null default 'fr-CA' check (locale in ('fr-CA', 'en-CA')),
      opened_at timestamptz not null,
      closed_at timestamptz
    );

    create view open_accounts as
      select a.person_id, a.locale, a.opened_at
      from accounts a join persons p using (person_id)
      where a.closed_at is null and p.status = 'active';

    -- What happened to a person's access, and failed tries that name nobody. Kept 13 months.
    create table activity (
      activity_id uuid primary key,
      person_id uuid references persons,
      kind text not null,
      service_id text,
      acr text,
      amr text[],
      result text not null check (result in ('done', 'refused')),
      reason text,
      request_id text not null,
      network text,
      at timestamptz not null
    );
    create index activity_of_person on activity (person_id, at desc) where person_id is not null;
    create index activity_by_time on activity (at);

    -- For deeds that are themselves SQL functions of another room.
    create function record_activity(entry jsonb, moment timestamptz) returns void language sql as $$
      insert into activity (activity_id, person_id, kind, service_id, acr, amr, result, reason, request_id, network, at)
      select activity_id, person_id, kind, service_id, acr, amr, result, reason, request_id, network, moment
      from jsonb_populate_record(null::activity, entry)
    $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
