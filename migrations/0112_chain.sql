-- outside a transaction
-- bears: 0100_accounts.sql
-- contract: takes nothing away: the new list of kinds is the old one and one more
-- That a holder introspected a sharing's token, and nobody asked for a decision.
-- step
alter table ledger_event drop constraint if exists ledger_event_kind_check, add constraint ledger_event_kind_check check (kind in (
  'consent.presented', 'consent.granted', 'consent.refused', 'consent.revoked', 'consent.suspended', 'consent.resumed',
  'consent.confirmed', 'consent.expired', 'consent.superseded', 'consent.voided',
  'question.silenced', 'question.reopened',
  'notice.shown',
  'decisions.refused',
  'disclosure.authorised', 'disclosure.recorded', 'disclosure.nil', 'disclosure.received', 'disclosure.unconfirmed',
  'disclosure.disputed', 'disclosure.answered', 'disclosure.corrected', 'disclosure.declared', 'disclosure.inquired',
  'revocation.delivered', 'revocation.acknowledged', 'revocation.effect-reported',
  'access.opened', 'access.factor-added', 'access.factor-removed', 'access.recovered', 'access.closed', 'access.ordered',
  'access.providers-blocked',
  'signature.required', 'signature.lifted',
  'claims.answered', 'claims.ended', 'connection.ended',
  'file.compared',
  'content.erased')) not valid;
-- step
alter table ledger_event validate constraint ledger_event_kind_check;
