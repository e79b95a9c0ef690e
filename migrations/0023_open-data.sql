-- Files of a month that anybody may use. A file never changes: its hash is an entry of the public log, and a correction is a new file.
create table published_file (
  file_no integer generated always as identity primary key,
  dataset text not null check (dataset ~ '^[a-z][a-z-]{2,59}$'),
  month date not null check (extract(day from month) = 1),
  -- 0: the first file of its month; else the number of the correction.
  correction smallint not null check (correction between 0 and 99),
  format text not null check (format in ('csv', 'json')),
  document text not null check (octet_length(document) <= 2000000),
  sha256 bytea not null check (sha256 = sha256(convert_to(document, 'UTF8'))),
  leaf_id uuid not null unique,
  published_at timestamptz not null,
  -- Of a correction: why, in both languages.
  reason jsonb,
  check ((correction = 0) = (reason is null)),
  unique (dataset, month, correction, format)
);
