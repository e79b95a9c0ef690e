-- What opens an access, or adds a way into it, bears a seal: a MAC of the columns that count, under a key that is not in the database.
-- A row without it, or with another, opens nothing. Rows that are older get theirs once, by `accord seals first`.
alter table webauthn_users add column seal bytea check (octet_length(seal) = 20);
alter table passkeys add column seal bytea check (octet_length(seal) = 20);
alter table passwords add column seal bytea check (octet_length(seal) = 20);
alter table totp_factors add column seal bytea check (octet_length(seal) = 20);
alter table recovery_codes add column seal bytea check (octet_length(seal) = 20);
alter table factors_set_aside add column seal bytea check (octet_length(seal) = 20);
alter table contact_point add column seal bytea check (octet_length(seal) = 20);
alter table recovery_holds add column seal bytea check (octet_length(seal) = 20);

-- What waits for minutes is begun again.
delete from webauthn_challenges;
delete from totp_enrolments;
delete from password_proposals;
alter table webauthn_challenges add column seal bytea check (octet_length(seal) = 20);
alter table totp_enrolments add column seal bytea check (octet_length(seal) = 20);
alter table password_proposals add column seal bytea check (octet_length(seal) = 20);
