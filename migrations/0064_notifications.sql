-- bears: 0039_base.sql
-- contract: refuses nothing that older code writes: it writes no column of these
-- outside a transaction
-- Whether a person is told of sendings, and until when they were looked at for her; whether she is reminded of a question that waits.
-- step
alter table notification_preference
  add column if not exists sendings text not null default 'never',
  add column if not exists sendings_told_until timestamptz,
  add column if not exists question_reminders boolean not null default false;
-- step
alter table notification_preference drop constraint if exists notification_preference_sendings,
  add constraint notification_preference_sendings check (
    sendings in ('never', 'weekly', 'each') and (sendings = 'never') = (sendings_told_until is null)) not valid;
-- step
alter table notification_preference validate constraint notification_preference_sendings;
-- step
drop index concurrently if exists notification_preference_telling;
-- step
create index concurrently notification_preference_telling on notification_preference (person_id) where sendings <> 'never';
-- step
drop index concurrently if exists notification_preference_reminding;
-- step
create index concurrently notification_preference_reminding on notification_preference (person_id) where question_reminders;
