import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- After a recovery by code, until when nothing that could lock its owner out is done, and which factors the recovery and
    -- its sessions have added since.
    create table recovery_holds (
      person_id uuid primary key references persons,
      since timestamptz not null,
      until timestamptz not null check (until > since),
      added uuid[] not null
    );
    create index recovery_holds_by_end on recovery_holds (until);

    -- A password or an application in whose place a recovery put another one. It opens the access until the hold is over, comes
    -- back if the recovery is undone, and goes if it stands. The content is the row as it was, so that it can be put back whole.
    create table factors_set_aside (
      factor_id uuid primary key,
      person_id uuid not null references persons,
      kind text not null check (kind in ('password', 'totp')),
      content jsonb not null,
      stands_until timestamptz not null
    );
    create index factors_set_aside_of_person on factors_set_aside (person_id);
    create index factors_set_aside_by_proof on factors_set_aside ((content->>'proof')) where kind = 'password';
    create index factors_set_aside_by_end on factors_set_aside (stands_until);

    -- The code that a visit has shown, until a way in was made with it: only then is it used up.
    alter table signin_attempts add column code_index text;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
