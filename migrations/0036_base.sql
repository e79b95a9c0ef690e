-- When each worker of the job queue gave its last sign of life. The name is what the queue writes beside the jobs that it has taken.
create table worker_beat (
  worker text primary key check (length(worker) <= 100),
  beat_at timestamptz not null
) with (fillfactor = 50);

-- The jobs that were given up, counted by day, job and reason: 13 months.
create table job_given_up (
  day date not null,
  job text not null check (length(job) <= 60),
  service_id text not null default '' check (length(service_id) <= 60),
  -- In our own words, or the class of an error: never a message, which may hold a secret.
  why text not null check (length(why) <= 200),
  -- Of the answer, where there was one.
  status smallint not null default 0,
  times integer not null default 1 check (times > 0),
  last_at timestamptz not null,
  primary key (day, job, service_id, why, status)
);
