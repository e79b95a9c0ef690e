-- bears: 0039_base.sql
-- short: a register has a few hundred versions, twenty thousand at most
-- contract: takes nothing away: the new list of kinds is the old one and three more
-- Kinds of register objects: what holds for the whole register, who signs its changes, and each change that was signed.
alter table register_objects drop constraint register_objects_kind_check,
  add constraint register_objects_kind_check check (kind in
    ('organisation', 'category', 'dataset', 'purpose', 'agreement', 'text', 'service', 'setting', 'signer', 'change'));
