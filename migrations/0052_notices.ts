import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Browsers in which a person has signed in before: a random number in a signed cookie, no feature of the machine.
    create table known_devices (
      person_id uuid not null references persons,
      device_sha256 bytea not null check (octet_length(device_sha256) = 32),
      first_seen_at timestamptz not null,
      last_seen_at timestamptz not null,
      primary key (person_id, device_sha256)
    );
    create index known_devices_by_age on known_devices (last_seen_at);

    -- What a person is asked about: was it you? A line in « Mon accès » until she answers, thirteen months at most.
    create table notices (
      notice_id uuid primary key,
      person_id uuid not null references persons,
      kind text not null check (kind in ('new-device', 'factor-added', 'recovered')),
      factor text check (factor in ('passkey', 'password', 'totp')),
      factor_id uuid,
      device text,
      network text,
      at timestamptz not null,
      answer text check (answer in ('mine', 'not-mine')),
      answered_at timestamptz,
      check ((answer is null) = (answered_at is null))
    );
    create index notices_of_person on notices (person_id, at desc);
    create index notices_by_time on notices (at);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
