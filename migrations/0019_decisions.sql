-- Refusals are in the ledger too: when a day of Québec is over, one event a person holds the hash of the denies about her of that day
-- (decision 0080). A row here says which event that is. Denies that the person sees later have an event of their own.
create table refused_day (
  person_id uuid not null,
  day date not null,
  -- The time from which the person sees these denies; null: at once.
  visible_from timestamptz,
  -- An event that is shown later is the first of a chain that bears the event's id.
  event_id uuid not null,
  constraint refused_day_once unique nulls not distinct (person_id, day, visible_from)
);

-- The last day that is closed for everybody; null before the first.
create table refused_mark (one boolean primary key default true check (one), day date);
insert into refused_mark (day) values (null);

alter table ledger_event drop constraint ledger_event_kind_check, add constraint ledger_event_kind_check check (kind in (
  'consent.presented', 'consent.granted', 'consent.refused', 'consent.revoked', 'consent.suspended', 'consent.resumed',
  'consent.confirmed', 'consent.expired', 'consent.superseded', 'consent.voided',
  'question.silenced', 'question.reopened',
  'notice.shown',
  'decisions.refused',
  'disclosure.authorised', 'disclosure.recorded', 'disclosure.nil', 'disclosure.received', 'disclosure.unconfirmed',
  'disclosure.disputed', 'disclosure.answered', 'disclosure.corrected',
  'revocation.delivered', 'revocation.acknowledged', 'revocation.effect-reported',
  'access.opened', 'access.factor-added', 'access.factor-removed', 'access.recovered', 'access.closed',
  'content.erased'));
alter table ledger_event drop constraint ledger_event_delay, add constraint ledger_event_delay check (visible_from = recorded_at
  or (kind like 'disclosure.%' or kind = 'decisions.refused') and visible_from <= recorded_at + interval '365 days');
