-- What other bodies' providers of identities vouch for of a person: what one of them said last, by one account elsewhere. The values are
-- sealed. Without that account in the list of her ways in, a row counts for nothing.
create table vouched_values (
  factor_id uuid primary key,
  person_id uuid not null references persons (person_id),
  issuer text not null check (length(issuer) between 1 and 255),
  level text not null check (level in ('urn:accord:aal:1', 'urn:accord:aal:2', 'urn:accord:aal:3')),
  sealed bytea not null check (octet_length(sealed) between 37 and 8192),
  vouched_at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20)
);
create index vouched_values_of_person on vouched_values (person_id);
