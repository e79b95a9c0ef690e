-- Who does a duty that one process at a time does, until when by this database's clock, and under which number. A number is given once;
-- every write of a duty names its number, and is refused once a younger one exists.
create table duty_lease (
  duty text primary key check (length(duty) between 1 and 60),
  number bigint not null check (number > 0),
  holder uuid not null,
  until timestamptz not null,
  -- The holder's connection: when it is gone, another process need not wait until the lease ends.
  backend integer not null,
  backend_began timestamptz not null
)
-- Renewed every other second, and locked by each write.
with (fillfactor = 20);
