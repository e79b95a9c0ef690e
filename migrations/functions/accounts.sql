-- Tables of other rooms:
--   passwords: none hangs on a work access, which a trigger refuses.
--   password_proposals: none hangs on a work access, which a trigger refuses.
--   totp_factors: none hangs on a work access, which a trigger refuses.
--   recovery_codes: none hangs on a work access, which a trigger refuses.
--   card: none hangs on a work access, which a trigger refuses.
--   card_code: none hangs on a work access, which a trigger refuses.
--   upstream_identities: none hangs on a work access, which a trigger refuses.
--   vouched_values: none hangs on a work access, which a trigger refuses.
--   connections: none hangs on a work access, which a trigger refuses.
--   consent_request: none hangs on a work access, which a trigger refuses.
--   consent_record: none hangs on a work access, which a trigger refuses.
--   consent_current: none hangs on a work access, which a trigger refuses.
--   claim_answer: none hangs on a work access, which a trigger refuses.
--   matching_answer: none hangs on a work access, which a trigger refuses.
--   sign_in_request: none hangs on a work access, which a trigger refuses.
--   signal_event: none hangs on a work access, which a trigger refuses.

create or replace view open_accounts as
  select a.person_id, a.locale, a.opened_at
  from accounts a join persons p using (person_id)
  where a.closed_at is null and a.suspended_at is null and p.status = 'active' and a.use = 'own';

-- Accounts that accept proofs of identity. A closed account is among them, but its person can only open it again. A work access is not: a key
-- of it opens nothing that is a person's.
create or replace view proving_accounts as
  select a.person_id, a.session_epoch
  from accounts a join persons p using (person_id)
  where a.suspended_at is null and p.status = 'active' and a.use = 'own';

-- The same with work accesses, for a proof by a key alone: whoever reads it says what such a key opens.
create or replace view key_holders as
  select a.person_id, a.session_epoch, a.use
  from accounts a join persons p using (person_id)
  where a.suspended_at is null and p.status = 'active';

-- Which ways into an access stand, and the seal of this list: whoever reads a row of a way in reads it with that row.
create or replace view ways_listed as select person_id, ways, seal as ways_seal from ways_in;

-- Whether an access is held, with the list that says so: rooms that let something of a person flow read it with what they need.
create or replace view holds_seen as
  select a.person_id, h.since, h.until, h.added, h.seal, w.ways, w.seal as ways_seal
  from accounts a left join recovery_holds h using (person_id) left join ways_in w using (person_id);

-- What the seal of a standing covers, and that seal: rooms that let somebody in, or answer about her, read it with what they need.
create or replace view standings as
  select a.person_id, p.status, a.opened_at, a.closed_at, a.erase_at, a.suspended_at, a.session_epoch, a.sessions_from, a.session_kept,
         a.seal, a.use
  from accounts a join persons p using (person_id);

-- The same with the end of her chain, which bears the mark of the standing that was told last: an older row that was put back has a seal.
create or replace view standings_told as
  select a.person_id, p.status, a.opened_at, a.closed_at, a.erase_at, a.suspended_at, a.session_epoch, a.sessions_from, a.session_kept,
         a.seal, (select to_jsonb(e) from chain_ends e where e.person_id = a.person_id) as head, a.use
  from accounts a join persons p using (person_id);

-- What people call their accesses, sealed: read beside a session, for the head of its person's own pages.
create or replace view nicknames as select person_id, nickname from accounts where nickname is not null;

-- Lines for « Mon activité ». Each room has such a view, all with the same columns (decision 0048).
create or replace view lines_of_access as
  select person_id, at, activity_id as id, kind, service_id, null::uuid as consent_id, null::integer as holder,
         null::integer as recipient, null::integer as dataset, null::integer as purpose, null::integer as agreement,
         null::text as legal_basis_id, null::bigint as categories, case when kind in ('access.ordered', 'access.closed', 'access.reopened',
           'access.suspended', 'access.restored', 'file.compared', 'session.told', 'desk.searched', 'desk.dossier-made', 'help.opened', 'help.looked', 'help.closed') then reason end as reason, 1 as times,
         null::timestamptz as last_at, settled_at as other_at, null::timestamptz as shown_from, network
  from activity;

-- What was used, of the lines that say it.
create or replace view devices_of_access as select activity_id as id, device from activity where device is not null;

-- The times at which a person signed in.
create or replace view sign_ins as select person_id, at from activity where kind = 'access.signed-in' and result = 'done';

-- Called by SQL functions of other rooms.
create or replace function record_activities(entries jsonb, moment timestamptz) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into activity (activity_id, person_id, kind, service_id, acr, amr, result, reason, request_id, network, at)
  select activity_id, person_id, kind, service_id, acr, amr, result, reason, request_id, network, moment
  from jsonb_populate_recordset(null::activity, entries)
$$;

-- Notes of each notice to a service that a session has ended, in her activity: the line has the number of the notice.
create or replace function note_services_told(notices jsonb, moment timestamptz) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into activity (activity_id, person_id, kind, service_id, result, request_id, at)
  select n.jti, n."accountId", 'session.told', n."clientId", 'done', n.jti::text, moment
  from jsonb_to_recordset(notices) as n(jti uuid, "accountId" uuid, "clientId" text)
$$;

create or replace function session_epoch_of(person uuid) returns integer language sql stable begin atomic
  select session_epoch from accounts where person_id = person;
end;

-- Transactions that make sessions or tokens and transactions that end them lock the account's row. Several rows are locked in the
-- order of their ids, before any other row, so that no two transactions wait for each other.
create or replace function lock_accounts(people uuid[]) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform 1 from accounts where person_id = any(people) order by person_id for no key update;
end $$;

-- Sessions of the account were ended: the standing that results, with its seal. Null: it was not as the broker wrote it.
create or replace function note_sessions_ended(person uuid, epoch integer, since integer, kept text, made_seal bytea)
returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  update accounts set session_epoch = epoch, sessions_from = since, session_kept = kept, seal = made_seal where person_id = person
$$;

-- Deletes the row of a person whose account is deleted: all that is left is her random id.
create or replace function delete_person(person uuid) returns boolean language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from persons p where p.person_id = person and not exists (select 1 from accounts a where a.person_id = person);
  return found;
end $$;

-- Everybody who has or had an account, with or without a ledger. `offset 0` keeps the look at an account one of each person: a join of
-- the two tables reads all accounts before the first person who is asked for.
create or replace view known_people as
  select p.person_id, a.person_id is not null as has_account
  from persons p left join lateral (select a.person_id from accounts a where a.person_id = p.person_id offset 0) a on true;

-- How the accesses of these people stand, and their lists of ways in, as the fold compares them with events.
create or replace function rows_of_accounts(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select a.person_id, 'accounts', jsonb_build_object('person_id', a.person_id, 'status', p.status, 'closed_at', a.closed_at,
    'erase_at', a.erase_at, 'suspended_at', a.suspended_at, 'use', a.use)
  from accounts a join persons p using (person_id) where a.person_id = any(people)
  union all
  select w.person_id, 'ways_in', to_jsonb(w) from ways_in w where w.person_id = any(people);
end;

-- Browsers in which people signed in, each with its seal: read with whose password is tried.
create or replace view devices_noted as select person_id, device_sha256, first_seen_at, seal as device_seal from known_devices;

-- A person's confirmed addresses, in use or removed lately: read before she is told of something.
create or replace view confirmed_contacts as
  select person_id, contact_id, channel, removed_at from contact_point where confirmed_at is not null;

-- The confirmed e-mail address that a person has now, with all that shows whether it is believed: rooms that tell a service read it with
-- what they need.
create or replace view emails_in_use as
  select c.contact_id, c.person_id, c.channel, c.sealed, c.digest, c.created_at, c.message_id, c.confirm_by, c.confirmed_at, c.removed_at,
         c.seal, w.ways, w.seal as ways_seal
  from contact_point c left join ways_in w using (person_id)
  where c.channel = 'email' and c.confirmed_at is not null and c.removed_at is null;

-- Refusals at ways in, and rows that somebody else wrote, for the audit export (see audited_deeds).
create or replace function audited_access(since timestamptz, before timestamptz) returns table (
  at timestamptz, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb
) language sql stable begin atomic
  select a.at, 'activity', a.activity_id::text, a.kind, 'failure', a.reason, a.person_id, a.service_id, null,
    jsonb_build_object('request_id', a.request_id, 'network', a.network)
  from activity a where a.at >= since and a.at < before and (a.result = 'refused' or a.kind = 'record.untrusted');
end;

-- Nothing about its holder hangs on a work access: no other way in than its keys, no service, no question, consent, claim, or signal.
create or replace function refuse_work_access() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from accounts a where a.person_id = new.person_id and a.use = 'work')
  then raise exception 'a work access has no row in %', tg_table_name using errcode = 'check_violation'; end if;
  return new;
end $$;
create or replace trigger passwords_of_no_work_access before insert on passwords
  for each row execute function refuse_work_access();
create or replace trigger password_proposals_of_no_work_access before insert on password_proposals
  for each row execute function refuse_work_access();
create or replace trigger totp_factors_of_no_work_access before insert on totp_factors
  for each row execute function refuse_work_access();
create or replace trigger recovery_codes_of_no_work_access before insert on recovery_codes
  for each row execute function refuse_work_access();
create or replace trigger card_of_no_work_access before insert on card
  for each row execute function refuse_work_access();
create or replace trigger card_code_of_no_work_access before insert on card_code
  for each row execute function refuse_work_access();
create or replace trigger upstream_identities_of_no_work_access before insert on upstream_identities
  for each row execute function refuse_work_access();
create or replace trigger vouched_values_of_no_work_access before insert on vouched_values
  for each row execute function refuse_work_access();
create or replace trigger connections_of_no_work_access before insert on connections
  for each row execute function refuse_work_access();
create or replace trigger consent_request_of_no_work_access before insert on consent_request
  for each row execute function refuse_work_access();
create or replace trigger consent_record_of_no_work_access before insert on consent_record
  for each row execute function refuse_work_access();
create or replace trigger consent_current_of_no_work_access before insert on consent_current
  for each row execute function refuse_work_access();
create or replace trigger claim_answer_of_no_work_access before insert on claim_answer
  for each row execute function refuse_work_access();
create or replace trigger matching_answer_of_no_work_access before insert on matching_answer
  for each row execute function refuse_work_access();
create or replace trigger sign_in_request_of_no_work_access before insert on sign_in_request
  for each row execute function refuse_work_access();
create or replace trigger signal_event_of_no_work_access before insert on signal_event
  for each row execute function refuse_work_access();
