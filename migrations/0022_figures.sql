-- What happened in a month of Québec's calendar, by agreement and outcome: numbers, and nobody in them. A month is counted once, some days
-- after its end, and never again.
create table counted_month (
  month date primary key check (extract(day from month) = 1),
  counted_at timestamptz not null,
  -- Of the rows of monthly_count with this month: how many there are, and the hash of them.
  cells integer not null check (cells >= 0),
  sha256 bytea not null check (octet_length(sha256) = 32),
  -- How many minutes the month had since the first one that was noted, and in how many of them a process could serve; null: none was noted yet.
  minutes integer check (minutes > 0),
  served integer check (served between 0 and minutes),
  check ((minutes is null) = (served is null)),
  seal bytea not null check (octet_length(seal) = 20)
);

create table monthly_count (
  month date not null references counted_month (month),
  outcome text not null check (outcome in
    ('permitted', 'permitted-later', 'denied', 'granted', 'refused', 'stopped', 'expired', 'confirmed', 'inquired', 'inquired-excused',
     'asked-again')),
  -- Ids of the register, without their version. Of what has none: null.
  agreement text,
  holder text,
  recipient text,
  purpose text,
  basis text,
  -- Of a denial its reason; of a confirmed stop the hours that it took, begun ones among them.
  detail text check (length(detail) between 1 and 60),
  times bigint not null check (times > 0),
  -- How many people are behind it; of questions that were asked again, visits.
  people integer not null check (people > 0 and people <= times),
  constraint monthly_count_once unique nulls not distinct (month, outcome, agreement, holder, recipient, purpose, basis, detail)
);
