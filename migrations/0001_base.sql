-- How far the time of this database is ahead of the machine's: zero, unless tests or a demonstration replace this function.
-- Production refuses to start with another value. Every statement that needs the time uses now() + clock_offset(). The planner
-- inlines the constant and makes plans anew when it changes. The function holds a value that must survive a migrate, so it is
-- here and not in functions/, whose files are applied again at each migrate.
create function clock_offset() returns interval language sql stable as $$ select interval '0' $$;

-- The hash of each file of functions/ when it was last applied.
create table applied_functions (
  room text primary key,
  sha256 bytea not null check (octet_length(sha256) = 32),
  applied_at timestamptz not null
);

-- Counts of tries, shared by all processes and kept across restarts. expire is in milliseconds of Unix time.
create table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index rate_limits_by_expiry on rate_limits (expire);
