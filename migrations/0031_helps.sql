-- Eight digits that a person tells to a desk so that it sees with her (decision 0248). One at a time; used, it is gone.
create table help_code (
  person_id uuid primary key references persons,
  -- The help that it opens bears this id: a row that is put back opens nothing again.
  help_id uuid not null unique,
  -- The one body at whose desk it serves.
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  -- A MAC of the body and the digits.
  digits_mark bytea not null unique check (octet_length(digits_mark) = 20),
  -- In which session she made it, and in which language she read.
  session_uid text not null,
  language text not null check (language in ('fr', 'en')),
  made_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > made_at),
  seal bytea check (octet_length(seal) = 20)
);
create index help_code_over on help_code (expires_at);

-- What an officer opened in a help, until the event that closes it holds the hash of these rows.
create table help_look (
  help_id uuid not null,
  no integer not null check (no > 0),
  person_id uuid not null references persons,
  what text not null check (what in ('help', 'sharings', 'questions', 'lines')),
  at timestamptz not null,
  seal bytea check (octet_length(seal) = 20),
  primary key (help_id, no)
);
create index help_look_of_person on help_look (person_id);

-- A desk asks by telephone to see with a person (decision 0248): she says yes where she reads the same two words. One of a body at a time.
create table help_request (
  -- The help that it opens bears this id.
  help_id uuid primary key,
  person_id uuid not null references persons,
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  -- Who asks, in which session, and the two words.
  sealed bytea not null check (octet_length(sealed) < 2000),
  made_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > made_at),
  seal bytea check (octet_length(seal) = 20),
  unique (person_id, org_id)
);
create index help_request_over on help_request (expires_at);
