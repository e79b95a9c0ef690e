import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Up to here several people may have given one address, and nobody had shown that it was theirs. Nothing of that was released.
    do $$ begin
      if exists (select 1 from passwords) then
        raise exception 'unverified addresses' using hint =
          'This database holds passwords whose e-mail addresses were never verified (before migration 0115): begin with an empty one; for the demonstration, delete its data folder.';
      end if;
    end $$;

    -- An address opens one access at most, and its person has shown that she reads it (decision 0054).
    alter table passwords add column address_proved_at timestamptz not null;
    drop index passwords_of_address;
    create unique index passwords_by_address on passwords (address_mark);

    -- A password that waits for the code that was sent to its address: in a visit, for an access that is being made; in a
    -- session, for one that there is. Nothing of it opens anything.
    drop table signin_openings;
    create table password_proposals (
      errand_sha256 bytea primary key check (octet_length(errand_sha256) = 32),
      person_id uuid not null,
      factor_id uuid not null,
      proof bytea not null check (octet_length(proof) = 32),
      address_mark bytea not null check (octet_length(address_mark) = 32),
      sealed bytea not null,
      wrapped_key bytea not null,
      kek_id bytea not null,
      sealed_year smallint not null,
      -- The message from whose number the code follows, under a key that is not here; until when it is good, and how often one was tried.
      message_id uuid not null unique,
      code_by timestamptz not null,
      tries smallint not null default 0,
      proved_at timestamptz,
      expires_at timestamptz not null
    );
    create index password_proposals_by_expiry on password_proposals (expires_at);

    -- A message to an address that may be nobody's, or somebody else's than whoever asked for it: it is a line of no person, and
    -- its address lies here, sealed, until it has left or is given up.
    alter table notification alter column person_id drop not null;
    alter table notification add column sealed_address bytea;
    alter table notification add column tried_at timestamptz;
    alter table notification drop constraint notification_check;
    alter table notification add constraint notification_goes_somewhere check (
      case when person_id is null then channel <> 'none' and contact_id is null
      else (channel = 'none') = (contact_id is null) and sealed_address is null end);
    create index notification_untried on notification (queued_at)
      where channel = 'email' and tried_at is null and sent_at is null and given_up_at is null;

    -- Since when no e-mail was taken by the relay, when it last failed, and whether the relay answered then; all null: the last
    -- e-mail left.
    create table outgoing_mail (
      one boolean primary key default true check (one),
      failing_since timestamptz,
      failed_at timestamptz,
      reached boolean,
      check (num_nulls(failing_since, failed_at, reached) in (0, 3))
    );
    insert into outgoing_mail default values;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
