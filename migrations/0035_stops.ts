import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- A stop waits for the word of the two bodies (DOMAIN 2.3). Each has its row from the stop's own transaction on, whoever
    -- stops and by whatever way: no deed can forget it.
    create table revocation_delivery (
      consent_id uuid not null references consent_record,
      -- The number of the body's first version.
      party integer not null,
      role text not null check (role in ('holder', 'recipient')),
      person_id uuid not null,
      queued_at timestamptz not null,
      acknowledged_at timestamptz,
      effect text check (effect in ('pending', 'stopped', 'kept_by_law', 'deleted')),
      law text check (char_length(law) between 1 and 255),
      effect_at timestamptz,
      -- The event that tells the last word.
      person_seq integer,
      primary key (consent_id, party),
      check ((effect is null) = (effect_at is null) and (effect is null) = (person_seq is null)
        and (effect is null) = (acknowledged_at is null)),
      check ((law is not null) = (effect is not distinct from 'kept_by_law'))
    );
    create index revocation_delivery_waiting on revocation_delivery (party, queued_at, consent_id)
      where effect is null or effect = 'pending';
    create index revocation_delivery_of_person on revocation_delivery (person_id);

    create function queue_revocation() returns trigger language plpgsql as $$
      begin
        insert into revocation_delivery (consent_id, party, role, person_id, queued_at)
        values (new.consent_id, new.holder, 'holder', new.person_id, new.state_at),
               (new.consent_id, new.recipient, 'recipient', new.person_id, new.state_at)
        on conflict do nothing;
        return null;
      end
    $$;
    create trigger consent_current_stops after update of state on consent_current
      for each row when (new.state in ('revoked', 'void') and old.state is distinct from new.state)
      execute function queue_revocation();

    insert into revocation_delivery (consent_id, party, role, person_id, queued_at)
    select consent_id, holder, 'holder', person_id, state_at from consent_current where state in ('revoked', 'void')
    union all
    select consent_id, recipient, 'recipient', person_id, state_at from consent_current where state in ('revoked', 'void')
    on conflict do nothing;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
