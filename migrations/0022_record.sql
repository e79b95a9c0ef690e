-- The seal of a row: a MAC of all its columns, under a key that is not in the database. A row without it, or with another, permits
-- nothing. Null: a row that was made before there were seals, or that was not as the broker wrote it.
alter table consent_current add column seal bytea check (octet_length(seal) = 20);

-- The number that the row had when the permit was decided, and the seal of the row that the use makes of it.
alter type consent_use add attribute state_seq integer;
alter type consent_use add attribute seal bytea;
alter type new_permit add attribute state_seq integer;
alter type new_permit add attribute seal bytea;
