import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- A person uses a service and lets it know these claims (DOMAIN 2.2). An OIDC Grant is a view of it.
    create table connections (
      connection_id uuid primary key,
      person_id uuid not null references persons,
      service_id text not null,
      scopes text[] not null,
      claims text[] not null default '{}',
      first_used_at timestamptz not null,
      last_used_at timestamptz not null,
      ended_at timestamptz
    );
    create unique index connections_live on connections (person_id, service_id) where ended_at is null;

    create view live_connections as
      select connection_id, person_id, service_id, scopes, claims, first_used_at, last_used_at
      from connections where ended_at is null;

    -- Opens a connection unless a live one exists. False: another request opened it meanwhile.
    create function open_connection(connection uuid, person uuid, service text, asked text[], moment timestamptz)
    returns boolean language sql as $$
      with opened as (
        insert into connections (connection_id, person_id, service_id, scopes, first_used_at, last_used_at)
        values (connection, person, service, asked, moment, moment)
        on conflict (person_id, service_id) where ended_at is null do nothing
        returning 1
      )
      select exists (select 1 from opened)
    $$;

    create function note_connection_used(connection uuid, moment timestamptz) returns void language sql as $$
      update connections set last_used_at = moment where connection_id = connection and last_used_at < moment
    $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
