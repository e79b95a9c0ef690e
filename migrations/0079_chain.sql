-- outside a transaction
-- bears: 0066_chain.sql
-- contract: takes nothing away: the new list of kinds is the old one and one more
-- That a service asked whether a file of its own is of her, and what it was answered.
-- step
alter table ledger_event drop constraint if exists ledger_event_kind_check, add constraint ledger_event_kind_check check (kind in (
  'consent.presented', 'consent.granted', 'consent.refused', 'consent.revoked', 'consent.suspended', 'consent.resumed',
  'consent.confirmed', 'consent.expired', 'consent.superseded', 'consent.voided',
  'question.silenced', 'question.reopened',
  'notice.shown',
  'decisions.refused',
  'disclosure.authorised', 'disclosure.recorded', 'disclosure.nil', 'disclosure.received', 'disclosure.unconfirmed',
  'disclosure.disputed', 'disclosure.answered', 'disclosure.corrected', 'disclosure.declared',
  'revocation.delivered', 'revocation.acknowledged', 'revocation.effect-reported',
  'access.opened', 'access.factor-added', 'access.factor-removed', 'access.recovered', 'access.closed', 'access.ordered',
  'access.providers-blocked',
  'signature.required', 'signature.lifted',
  'claims.answered', 'claims.ended', 'connection.ended',
  'file.compared',
  'content.erased')) not valid;
-- step
alter table ledger_event validate constraint ledger_event_kind_check;
