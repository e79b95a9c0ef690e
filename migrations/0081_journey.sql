-- bears: 0039_base.sql
-- short: rows live for an hour
-- contract: takes nothing away: the new list of proofs is the old one and one more
-- A key whose model is attested proves the device-bound level.
alter table signin_attempts drop constraint signin_attempts_proof_check,
  add constraint signin_attempts_proof_check check (proof in
    ('passkey', 'new-passkey', 'attested-passkey', 'recovery-code', 'recovered', 'password-totp', 'password-key', 'new-password',
     'upstream-one', 'upstream-two'));
