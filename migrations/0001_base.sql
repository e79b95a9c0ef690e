-- How far ahead of the machine the time of this database is: nothing, unless tests or a demonstration move it, by replacing this
-- function. Production refuses to start over anything else. The planner puts the constant in place, and plans are made anew
-- when it changes. Every statement that asks the time asks for now() + clock_offset(). This function holds a fact, so it stands
-- here and not in functions/, whose files are applied again at each migrate.
create function clock_offset() returns interval language sql stable as $$ select interval '0' $$;

-- The files of functions/ as they were applied last.
create table applied_functions (
  room text primary key,
  sha256 bytea not null check (octet_length(sha256) = 32),
  applied_at timestamptz not null
);

-- Counts of tries, shared by all processes and kept over restarts. expire is in milliseconds of Unix time.
create table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index rate_limits_by_expiry on rate_limits (expire);
