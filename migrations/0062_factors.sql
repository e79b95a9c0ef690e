-- bears: 0058_provider.sql
-- contract: takes nothing away: the check allows what it allowed, and the first part of a code of sixteen characters
-- outside a transaction
-- A recovery code has sixteen characters: six find the access, ten prove it. What proves it is kept like a password: an HMAC of a slow
-- hash. Codes of before have no such proof: they stay until their set is replaced, and open nothing.
-- step
alter table recovery_codes add column if not exists proof bytea, alter column secret_sha256 drop not null;
-- step
alter table recovery_codes drop constraint if exists recovery_codes_code_index_check,
  drop constraint if exists recovery_codes_proof_check,
  add constraint recovery_codes_code_index_check check (length(code_index) in (6, 8)) not valid,
  add constraint recovery_codes_proof_check
    check ((proof is not null) = (length(code_index) = 6) and (proof is null or octet_length(proof) = 32)) not valid;
-- step
alter table recovery_codes validate constraint recovery_codes_code_index_check;
-- step
alter table recovery_codes validate constraint recovery_codes_proof_check;
