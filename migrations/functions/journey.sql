-- What was proved in a visit, unless sessions of its person were ended since, and the password that was given in it: read with the visit.
create or replace view attempts_that_count as
  select visit_id_sha256, person_id, proof, codes_due, invitation_due, proved_at, factor_ids, session_epoch, code_index, expires_at, seal,
    reach_due, other_device
  from signin_attempts
  where session_epoch = session_epoch_of(person_id);

create or replace view passwords_given as
  select visit_id_sha256, person_id, factor_id, session_epoch, address_mark, tries_key, expires_at, seal
  from signin_passwords;
