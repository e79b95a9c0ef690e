-- bears: 0039_base.sql
-- short: rows live for an hour
-- contract: takes nothing away: the new list of proofs is the old one and two more
-- A sign-in at another body's provider proves who somebody is, once or by two factors.
alter table signin_attempts drop constraint signin_attempts_proof_check,
  add constraint signin_attempts_proof_check check (proof in
    ('passkey', 'new-passkey', 'recovery-code', 'recovered', 'password-totp', 'password-key', 'new-password', 'upstream-one', 'upstream-two'));
