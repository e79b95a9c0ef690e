-- bears: 0039_base.sql
-- short: a register has a few hundred versions, twenty thousand at most
-- contract: takes nothing away: the new list of kinds is the old one and one more
-- A kind of register objects: another body's sign-in that people may use here.
alter table register_objects drop constraint register_objects_kind_check,
  add constraint register_objects_kind_check check (kind in
    ('organisation', 'category', 'dataset', 'purpose', 'agreement', 'text', 'service', 'setting', 'signer', 'change', 'identity-provider'));
