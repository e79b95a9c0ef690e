create table notification_preference (
  person_id uuid primary key references persons,
  channel text not null check (channel in ('email', 'sms', 'none')),
  language text not null check (language in ('fr', 'en')),
  changed_at timestamptz not null,
  -- Whether a person is told of sendings, and until when they were looked at for her; whether she is reminded of a question that waits.
  sendings text not null default 'never',
  sendings_told_until timestamptz,
  question_reminders boolean not null default false,
  constraint notification_preference_sendings check (
    sendings in ('never', 'weekly', 'each') and (sendings = 'never') = (sendings_told_until is null))
);
create index notification_preference_telling on notification_preference (person_id) where sendings <> 'never';
create index notification_preference_reminding on notification_preference (person_id) where question_reminders;

-- The kind of each message that was sent. Its words are in the code and contain nothing about the person. Kept 90 days.
-- A message to an address that was only typed in, and may belong to another person or to nobody, has no person here; its address is
-- kept, sealed, until the message has left or is given up.
create table notification (
  notification_id uuid primary key,
  person_id uuid references persons,
  kind text not null,
  channel text not null check (channel in ('email', 'sms', 'none')),
  contact_id uuid,
  language text not null check (language in ('fr', 'en')),
  template_version smallint not null,
  queued_at timestamptz not null,
  sent_at timestamptz,
  given_up_at timestamptz,
  -- A keyed digest of the code in the message; the code itself is not stored.
  code_digest bytea unique check (octet_length(code_digest) = 32),
  checks integer not null default 0,
  contains_personal_data boolean not null default false check (not contains_personal_data),
  sealed_address bytea,
  tried_at timestamptz,
  -- Since when whoever carries it has it: null again once it was said whether it left. A try that a kill ended leaves it.
  in_hands_at timestamptz,
  constraint notification_ends_once check (sent_at is null or given_up_at is null),
  constraint notification_goes_somewhere check (
    case when person_id is null then channel <> 'none' and contact_id is null
    else (channel = 'none') = (contact_id is null) and sealed_address is null end)
);
create index notification_of_person on notification (person_id, notification_id);
create index notification_by_age on notification (queued_at);
create index notification_untried on notification (queued_at)
  where channel = 'email' and tried_at is null and sent_at is null and given_up_at is null;
create index notification_unsent on notification (queued_at)
  where channel <> 'none' and sent_at is null and given_up_at is null;

-- Since when the relay has accepted no e-mail, when it last failed, and whether the relay answered then. All are null when the last
-- e-mail was accepted.
create table outgoing_mail (
  one boolean primary key default true check (one),
  failing_since timestamptz,
  failed_at timestamptz,
  reached boolean,
  check (num_nulls(failing_since, failed_at, reached) in (0, 3))
);
insert into outgoing_mail default values;
