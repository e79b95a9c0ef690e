create table persons (
  person_id uuid primary key,
  status text not null default 'active' check (status in ('active', 'deceased', 'merged')),
  created_at timestamptz not null
);

create table accounts (
  person_id uuid primary key references persons,
  locale text not null default 'fr-CA' check (locale in ('fr-CA', 'en-CA')),
  opened_at timestamptz not null,
  -- Closed: only its person can open the account again, until erase_at.
  closed_at timestamptz,
  invited_at timestamptz,
  erase_at timestamptz,
  -- Suspended by the operator.
  suspended_at timestamptz,
  -- Grows whenever sessions of the account are ended. A sign-in carries the number that it read together with its proof, so that
  -- a sign-in which began before the sessions were ended cannot make a session afterwards.
  session_epoch integer not null default 0,
  -- Sessions that began under a smaller number were ended, but for the one from which the others were.
  sessions_from integer not null default 0,
  session_kept text,
  seal bytea check (octet_length(seal) = 20),
  -- What somebody calls her access, sealed. It stands above her own pages, and goes nowhere else.
  nickname bytea,
  -- Own: of a person, who decides about herself. Work: of somebody at a desk of a body; nothing about its holder hangs on it.
  use text not null default 'own' check (use in ('own', 'work')),
  constraint accounts_closed_with_an_end check ((closed_at is null) = (erase_at is null)),
  constraint accounts_nickname_check check (octet_length(nickname) between 37 and 1024)
);
create index accounts_to_erase_in_order on accounts (erase_at, person_id) where erase_at is not null;

-- Events of a person's access, and failed tries that are linked to no person. Kept 13 months.
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
  at timestamptz not null,
  -- What a person signed in with, as the list of her sessions says it ("Chrome, Linux").
  device text,
  -- A service that is told of a session that ended: when it confirmed, or was given up. `reason` says which; null while it is told.
  settled_at timestamptz,
  -- Of a sign-in: the ways in that made it. Who says « Ce n’était pas moi » about it suspends these.
  factor_ids uuid[]
);
create index activity_of_person on activity (person_id, at desc) where person_id is not null;
create index activity_by_time on activity (at);

-- Browsers in which a person has signed in before, known by a random number in a signed cookie and not by any feature of the machine.
create table known_devices (
  person_id uuid not null references persons,
  device_sha256 bytea not null check (octet_length(device_sha256) = 32),
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- The seal of a browser in which a person has signed in: somebody who writes to the database could make one of his known.
  seal bytea,
  primary key (person_id, device_sha256)
);
create index known_devices_by_age on known_devices (last_seen_at);
create index known_devices_by_device on known_devices (device_sha256);

-- « Était-ce vous ? »: shown in « Mon accès » until the person answers, for thirteen months at most. The kind 'line' is a notice that
-- the person raises herself, about any line of her activity.
create table notices (
  notice_id uuid primary key,
  person_id uuid not null references persons,
  kind text not null check (kind in ('new-device', 'factor-added', 'address-added', 'codes-made', 'recovered', 'line')),
  factor text check (factor in ('passkey', 'security-key', 'password', 'totp')),
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

-- The address to which a person wants messages sent: never a way to sign in, never a factor. It is sealed; the digest finds equal
-- addresses, for limits.
create table contact_point (
  contact_id uuid primary key,
  person_id uuid not null references persons,
  channel text not null check (channel in ('email', 'sms')),
  sealed bytea not null,
  digest bytea not null check (octet_length(digest) = 32),
  created_at timestamptz not null,
  -- The message whose code confirms the address, how long that code is valid, and how often a code was tried.
  message_id uuid not null,
  confirm_by timestamptz not null,
  tries smallint not null default 0,
  confirmed_at timestamptz,
  -- A removed address is kept for a few days: if a thief of a session removed it, its person is told at that address.
  removed_at timestamptz,
  seal bytea check (octet_length(seal) = 20),
  check (removed_at is null or confirmed_at is not null)
);
create unique index contact_point_in_use on contact_point (person_id, channel)
  where confirmed_at is not null and removed_at is null;
create unique index contact_point_to_confirm on contact_point (person_id, channel) where confirmed_at is null;
create index contact_point_of_person on contact_point (person_id);
create index contact_point_to_forget on contact_point (removed_at) where removed_at is not null;
create index contact_point_unconfirmed on contact_point (confirm_by) where confirmed_at is null;

-- After a recovery by code: until when no action is allowed that could lock the owner out, and which factors the recovery and its
-- sessions have added.
create table recovery_holds (
  person_id uuid primary key references persons,
  since timestamptz not null,
  until timestamptz not null check (until > since),
  added uuid[] not null,
  seal bytea check (octet_length(seal) = 20)
);
create index recovery_holds_by_end on recovery_holds (until);

-- The ways into an access that stand, by their names, under one seal: made anew by each deed that adds, replaces or takes away one. A row
-- of a way in that is not named here opens nothing, though it bears a seal of its own: somebody put it back.
create table ways_in (
  person_id uuid primary key references persons,
  ways text[] not null check (cardinality(ways) <= 100),
  seal bytea check (octet_length(seal) = 20),
  -- When the first of a person's ways in that wait ends. It opens and ends nothing, the sealed list alone does: a job finds by it whose list
  -- has a way that is over, without reading everybody's.
  ends_at timestamptz
);
create index ways_in_by_end on ways_in (ends_at) where ends_at is not null;
