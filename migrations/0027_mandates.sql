-- Who may act for whom (decision 0246): the side of the principal. Her row and the holder's name each other under seal
-- alone, so that no id in the database joins two people. An office has no person as its principal: both of its rows are in the holder's
-- chain, and bear one id.
create table mandate (
  mandate_id uuid primary key,
  -- Null: an organisation's, of which there is no row of a person.
  principal_id uuid references persons,
  org_id text check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  ground text not null check (ground in ('parent', 'tutor_minor', 'tutor_adult', 'representation', 'protection', 'will', 'helper',
    'assistant', 'liquidator', 'trusted', 'role', 'program', 'office', 'help')),
  holder_kind text not null check (holder_kind in ('person', 'desk', 'program')),
  -- Whose the other side is, how each side is named to the other, and the paper behind it: sealed, and bound to this row.
  sealed bytea not null,
  -- A bit an act (src/people/mandates/acts.ts). Acts for a person and acts of a desk are never in one mandate.
  acts integer not null check (acts > 0),
  topics text[] not null default '{}',
  organisations text[] not null default '{}',
  is_all boolean not null default false,
  is_sensitive boolean not null default false,
  needs text not null default 'alone' check (needs in ('alone', 'all')),
  -- The mandate of which this one is a part.
  above uuid,
  depth smallint not null default 0 check (depth between 0 and 2),
  -- A digest that finds the same paper again; of a help, one that finds its officer.
  evidence_mark bytea check (octet_length(evidence_mark) = 32),
  signed boolean not null default false,
  invited_at timestamptz not null,
  accepted_at timestamptz,
  confirmed_at timestamptz,
  from_at timestamptz,
  until_at timestamptz check (until_at > from_at),
  review_on date,
  suspended text[] not null default '{}' check (suspended <@ array['person', 'court', 'evidence', 'incident']),
  -- Mandates of the same child whose holders do not see what is done under this one.
  hidden_from uuid[] not null default '{}',
  ended_at timestamptz,
  ended_because text check (ended_because in ('principal', 'holder', 'court', 'body', 'all-taken-back', 'access-closed', 'session', 'over')),
  state_seq integer not null default 1 check (state_seq > 0),
  seal bytea check (octet_length(seal) = 20),
  constraint mandate_for_a_person check ((principal_id is null) = (ground = 'office')),
  constraint mandate_of_a_body check ((org_id is not null) = (ground in ('office', 'help'))),
  constraint mandate_acts_of_one_family check (acts < 256 or acts & 255 = 0),
  constraint mandate_acts_of_desks check ((acts >= 256) = (ground = 'office')),
  -- `answer` and `represent`, as the grounds have them (src/people/mandates/grounds.ts).
  constraint mandate_acts_that_answer check (acts & 16 = 0
    or ground in ('parent', 'tutor_minor', 'tutor_adult', 'representation', 'protection', 'will', 'role')),
  constraint mandate_acts_that_represent check (acts & 32 = 0
    or ground in ('parent', 'tutor_minor', 'tutor_adult', 'representation', 'protection', 'will', 'liquidator', 'role')),
  constraint mandate_below_another check ((above is null) = (depth = 0)),
  constraint mandate_begun_is_confirmed check (from_at is null or confirmed_at is not null),
  constraint mandate_ended_because check ((ended_at is null) = (ended_because is null))
);
create index mandate_of_principal on mandate (principal_id) where ended_at is null;
create index mandate_office_of_body on mandate (org_id) where ground = 'office' and ended_at is null;
create index mandate_to_close on mandate (until_at) where ended_at is null;
create unique index mandate_help_of_person on mandate (principal_id) where ground = 'help' and ended_at is null;
create unique index mandate_help_of_officer on mandate (evidence_mark) where ground = 'help' and ended_at is null;

-- The side of the holder: nothing in it is equal on the other side but the ground, and the id of an office.
create table mandate_held (
  held_id uuid primary key,
  holder_id uuid not null references persons,
  -- Whose the other side is, and how it is named here.
  sealed bytea not null,
  ground text not null,
  ended_at timestamptz,
  state_seq integer not null default 1 check (state_seq > 0),
  seal bytea check (octet_length(seal) = 20)
);
create index mandate_held_of_holder on mandate_held (holder_id) where ended_at is null;
