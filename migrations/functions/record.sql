create or replace view live_connections as
  select connection_id, person_id, service_id, scopes, claims, first_used_at, last_used_at, seal
  from connections where ended_at is null;

-- Opens a connection unless a live one exists. One that somebody else wrote makes place for it.
-- @returns false if another request has opened it meanwhile
create or replace function open_connection(
  connection uuid, person uuid, service text, asked text[], moment timestamptz, made_seal bytea, untrusted uuid)
returns boolean language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update connections set ended_at = greatest(moment, first_used_at) where connection_id = untrusted and ended_at is null;
  insert into connections (connection_id, person_id, service_id, scopes, first_used_at, last_used_at, seal)
  values (connection, person, service, asked, moment, moment, made_seal)
  on conflict (person_id, service_id) where ended_at is null do nothing;
  return found;
end $$;

-- A connection that its person ended bears no seal: put back, it is none that the broker wrote.
create or replace function end_connection(person uuid, service text, moment timestamptz) returns boolean
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update connections set ended_at = greatest(moment, first_used_at), seal = null
  where person_id = person and service_id = service and ended_at is null;
  return found;
end $$;

create or replace function note_connections_used(used uuid[], moment timestamptz) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  update connections c set last_used_at = moment
  from (
    select connection_id from connections where connection_id = any(used) and last_used_at < moment
    order by connection_id for update
  ) older
  where c.connection_id = older.connection_id
$$;

create or replace function refuse_consent_change() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  begin
    raise exception 'a consent record never changes: its state is in consent_current';
  end
$$;
create or replace trigger consent_record_is_immutable before update or truncate on consent_record
  for each statement execute function refuse_consent_change();

create or replace function refuse_receipt_change() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  begin
    raise exception 'a receipt never changes: what comes later has a receipt of its own';
  end
$$;
create or replace trigger receipt_is_immutable before update or truncate on receipt
  for each statement execute function refuse_receipt_change();

-- Consents for other rooms: every column, for whoever judges a row needs all that its seal covers. The declined categories are in the
-- record; they stand first, so that a further column of the table is a further one of the view.
create or replace view consent_states as
  select (select r.categories_declined from consent_record r where r.consent_id = c.consent_id) as declined, c.*
  from consent_current c;

-- Writes what one use makes of each of these consents, as it was computed with its seal (src/consent/record/seal.ts#rowAfterUse), over the
-- row from which that was computed: it still has the number before. The function checks that the consents are live and that their limits
-- hold, although unchanged heads already imply it.
create or replace function use_consents(used json[]) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  written integer;
begin
  update consent_current c set uses = i.uses, last_use_at = i.last_use_at, state_seq = i.state_seq, seal = i.seal,
    window_started_at = i.window_started_at, window_uses = i.window_uses, window_returned = i.window_returned
  from unnest(used) u, json_populate_record(null::consent_current, u) i
  where c.person_id = i.person_id and c.consent_id = i.consent_id and c.state_seq = i.state_seq - 1
    and c.state = 'active' and c.valid_from <= i.last_use_at and c.valid_until > i.last_use_at
    and (c.frequency_count is null or i.window_uses <= c.frequency_count);
  get diagnostics written = row_count;
  if written <> cardinality(used) then raise exception 'a consent changed under its head'; end if;
end $$;

-- All consents and connections of a person, for « Prendre mes données » (decision 0018).
create or replace view consent_history as
  select c.person_id, c.consent_id, c.arrangement_id, r.version_in_arrangement, r.supersedes_consent_id, r.request_id,
         c.holder, c.recipient, c.dataset, c.purpose, c.agreement, p.text, r.legal_basis_id, c.categories,
         r.categories_declined as declined, r.express, r.one_time, c.state, c.state_at, c.suspended_reasons,
         c.valid_from, c.valid_until, r.valid_until_local, c.max_uses, c.frequency_count, c.frequency_per,
         c.lookback_from, c.lookback_to, c.uses, c.window_started_at, c.window_uses, c.last_use_at,
         r.presentation_id, p.lang, r.channel, r.acr, r.amr, r.created_at,
         c.state_seq, c.confirmed_at, c.uses_returned, c.window_returned, c.seal
  from consent_current c
  join consent_record r using (consent_id)
  join presented_words p using (presentation_id);

create or replace view connection_history as
  select person_id, connection_id, service_id, scopes, claims, first_used_at, last_used_at, ended_at from connections;

-- Lines of a person's answers and changes, from their receipts. A replaced record has no line: the new record's line tells it.
-- other_at: the end of the consent.
create or replace view lines_of_consents as
  select d.person_id, d.issued_at as at, d.receipt_id as id,
         case when d.kind = 'consent.granted' and r.supersedes_consent_id is not null then 'consent.changed' else d.kind end as kind,
         null::text as service_id, d.consent_id, r.holder, r.recipient, r.dataset, r.purpose, r.agreement, r.legal_basis_id,
         coalesce(nullif(r.categories_granted, 0), r.categories_declined) as categories, null::text as reason, 1 as times,
         null::timestamptz as last_at, r.valid_until as other_at, null::timestamptz as shown_from, null::text as network
  from receipt d join consent_record r using (consent_id)
  where d.kind <> 'consent.superseded';

-- Lines of consents that ended by themselves: at their term, even if no job has written that yet, or with the last use.
create or replace view lines_of_ends as
  select person_id, case state when 'expired' then least(state_at, valid_until) else valid_until end as at, consent_id as id,
         'consent.expired' as kind, null::text as service_id, consent_id, holder, recipient, dataset, purpose, agreement,
         null::text as legal_basis_id, categories, null::text as reason, 1 as times,
         null::timestamptz as last_at, null::timestamptz as other_at, null::timestamptz as shown_from, null::text as network
  from consent_current
  where state in ('active', 'suspended', 'expired')
    and case state when 'expired' then least(state_at, valid_until) else valid_until end <= now() + clock_offset();

-- Answers of a person, for questions that are asked again: what was asked, what she allowed, and whether she stopped it.
create or replace view answers_given as
  select c.person_id, c.consent_id, c.holder, c.recipient, c.dataset, c.categories, r.categories_declined as declined,
         c.state, c.state_at, r.created_at
  from consent_current c join consent_record r using (consent_id);

create or replace view noes_given as
  select recipient, state_at as at from consent_current where state in ('refused', 'revoked');

-- Refused changes of these records. They must be erased with the records, because their pages name the records.
create or replace function refused_changes(person uuid, consents uuid[]) returns uuid[] language sql stable begin atomic
  select array(
    select r.consent_id from pages_of_changes p join consent_record r using (presentation_id)
    where p.changes = any(consents) and r.person_id = person and not r.consent_id = any(consents));
end;

-- Deletes these records of a person with their states and receipts.
create or replace function erase_consents(person uuid, consents uuid[]) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from receipt where consent_id = any(consents);
  delete from consent_current where person_id = person and consent_id = any(consents);
  delete from consent_record where consent_id = any(consents);
end $$;

-- Rows of this room about these people, as the fold compares them with events.
create or replace function rows_of_record(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  -- The seal is left out, because no event tells it.
  select c.person_id, 'consent_current', to_jsonb(c) - 'seal' from consent_current c where c.person_id = any(people)
  union all
  select r.person_id, 'consent_record', to_jsonb(r) from consent_record r where r.person_id = any(people)
  union all
  select d.person_id, 'receipt', to_jsonb(d) from receipt d where d.person_id = any(people);
end;

-- Answers and how they ended, for counts. A record that a person made by narrowing one of hers answers no question.
create or replace view answers_counted as
  select r.person_id, r.consent_id, r.agreement, r.holder, r.recipient, r.purpose, r.legal_basis_id, r.created_at,
         c.state, c.state_at
  from consent_record r join consent_current c using (person_id, consent_id)
  where not exists (select 1 from narrowings n where n.consent_id = r.consent_id);

-- Consents that their person stopped, or that ended: narrowed ones among them.
create or replace view consents_ended as
  select r.person_id, r.consent_id, r.agreement, r.holder, r.recipient, r.purpose, r.legal_basis_id, c.state, c.state_at
  from consent_record r join consent_current c using (person_id, consent_id)
  where c.state in ('revoked', 'expired');
