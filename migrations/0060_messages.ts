import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Where a person wants to be written to: never a way in, never a factor. Sealed; the digest finds equal ones, for limits.
    create table contact_point (
      contact_id uuid primary key,
      person_id uuid not null references persons,
      channel text not null check (channel in ('email', 'sms')),
      sealed bytea not null,
      digest bytea not null check (octet_length(digest) = 32),
      created_at timestamptz not null,
      -- The message whose code confirms it, until when, and how often a code was tried.
      message_id uuid not null,
      confirm_by timestamptz not null,
      tries smallint not null default 0,
      confirmed_at timestamptz,
      -- Kept for a few days more: whoever removes it from a stolen session is told on at the old address.
      removed_at timestamptz,
      check (removed_at is null or confirmed_at is not null)
    );
    create unique index contact_point_in_use on contact_point (person_id, channel)
      where confirmed_at is not null and removed_at is null;
    create unique index contact_point_to_confirm on contact_point (person_id, channel) where confirmed_at is null;
    create index contact_point_of_person on contact_point (person_id);
    create index contact_point_to_forget on contact_point (removed_at) where removed_at is not null;
    create index contact_point_unconfirmed on contact_point (confirm_by) where confirmed_at is null;

    create table notification_preference (
      person_id uuid primary key references persons,
      channel text not null check (channel in ('email', 'sms', 'none')),
      language text not null check (language in ('fr', 'en')),
      changed_at timestamptz not null
    );

    -- That a message was sent, and of which kind: its words are in the code, and hold nothing of the person. Kept 90 days.
    create table notification (
      notification_id uuid primary key,
      person_id uuid not null references persons,
      kind text not null,
      channel text not null check (channel in ('email', 'sms', 'none')),
      contact_id uuid,
      language text not null check (language in ('fr', 'en')),
      template_version smallint not null,
      queued_at timestamptz not null,
      sent_at timestamptz,
      given_up_at timestamptz,
      -- Keyed digest of the code in it; the code itself is nowhere.
      code_digest bytea unique check (octet_length(code_digest) = 32),
      checks integer not null default 0,
      contains_personal_data boolean not null default false check (not contains_personal_data),
      check ((channel = 'none') = (contact_id is null)),
      check (sent_at is null or given_up_at is null)
    );
    create index notification_of_person on notification (person_id, notification_id);
    create index notification_by_age on notification (queued_at);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
