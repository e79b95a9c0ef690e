-- Tables of other rooms:
--   oidc_artifacts: whether a body has a live token of a consent that changes
--   register_objects: a trigger, for the status of an agreement; and whose a service is

-- How a kind is told, so that two bodies cannot join what happened to one person by its time (docs/design/domain.md#i21): in the next
-- night what is about a person and no emergency, to the minute what ends a session or an access, and the rest when it happens.
create or replace function pace_of_signal(kind text) returns text language sql immutable begin atomic
  select case
    when kind in ('person-status-changed', 'credential-change', 'account-enabled', 'account-purged') then 'night'
    when kind in ('session-revoked', 'account-disabled') then 'minute'
    else 'at once'
  end;
end;

-- When an event is due: at night between 00:30 and 05:00 in Québec, of an emergency within a minute. Where in between follows from the
-- secret name that the event has at this stream alone, so that the order of one body says nothing of the order of another one.
create or replace function signal_due(kind text, moment timestamptz, stream uuid, jti uuid) returns timestamptz language sql stable begin atomic
  select case pace_of_signal(kind)
    when 'at once' then moment
    when 'minute' then moment + chance * interval '60 s'
    else (night + interval '30 min' + chance * interval '4.5 h') at time zone 'America/Toronto'
  end
  from (
    select quebec_day(moment - interval '30 min') + 1 + time '00:00' as night) n
  cross join lateral (
    select ('x' || left(encode(sha256(convert_to(n.night::date || ' ' || stream || ' ' || jti, 'UTF8')), 'hex'), 12))::bit(48)::bigint
      / 281474976710656.0 as chance) c;
end;

-- Queues an event for each stream of a body that wants its kind, unless the body does not want to be told of this person. What an event of
-- her chain made is named by the secret of that event, as src/consent/signals/signal-name.ts computes it; anything else at random.
create or replace function queue_signal(
  in_party integer, in_person uuid, in_kind text, in_content jsonb, moment timestamptz, told_by integer default null, naming bytea default null
) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into signal_event (jti, stream_id, person_id, kind, content, event_seq, occurred_at, queued_at, due_at)
  select n.jti, s.stream_id, in_person, in_kind, in_content, told_by, moment, moment,
    case pace_of_signal(in_kind) when 'at once' then '-infinity' else signal_due(in_kind, moment, s.stream_id, n.jti) end
  from signal_stream s cross join lateral (
    select case when naming is null then gen_random_uuid()
      else encode(substring(sha256(naming || uuid_send(s.stream_id) || convert_to(in_kind, 'UTF8')) from 1 for 16), 'hex')::uuid end as jti
    where s.stream_id is not null) n
  where s.party = in_party and s.status <> 'disabled' and in_kind = any(s.kinds)
    and not exists (
      select from signal_subject_removed r where r.stream_id = s.stream_id and r.person_id = in_person)
$$;

-- Tells a body that the details of a live token of its own are others now (CAEP).
create or replace function queue_token_signal(
  in_party integer, in_person uuid, arrangement uuid, said jsonb, moment timestamptz, told_by integer, naming bytea
) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (
    select from signal_stream s
    where s.party = in_party and s.status <> 'disabled' and 'token-claims-change' = any(s.kinds) and exists (
      select from oidc_artifacts a
      where a.account_id = in_person and a.model in ('AccessToken', 'RefreshToken') and a.expires_at > moment
        and a.payload->'rar' @> jsonb_build_array(jsonb_build_object('arrangement', 'arr_' || written(arrangement)))
        and body_of_service(a.client_id) = s.org_id))
  then perform queue_signal(in_party, in_person, 'token-claims-change', said, moment, told_by, naming); end if;
end $$;

-- Queues what a deed tells (src/consent/signals/signal-mapping.ts), in its order. A consent that is not there has no bodies.
create or replace function queue_signals(in_person uuid, signals json, moment timestamptz, told_by integer, naming bytea)
returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  one record;
  about record;
begin
  if not exists (select from signal_stream) then return; end if;
  for one in
    select t.whom, t.kind, t.content, coalesce(t.at, moment) as at, t.consent, coalesce(t.replacing, false) as replacing
    from rows from (json_to_recordset(signals) as ("to" text, kind text, content jsonb, at timestamptz, consent uuid, replacing boolean))
      with ordinality t(whom, kind, content, at, consent, replacing, n)
    order by t.n
  loop
    if one.whom = 'person' then
      perform queue_person_signal(in_person, one.kind, one.content, one.at, told_by, naming);
      continue;
    end if;
    select c.holder, c.recipient, c.arrangement_id into about
    from consent_states c where c.person_id = in_person and c.consent_id = one.consent;
    if not found then continue; end if;
    if one.whom = 'parties' then
      perform queue_signal(about.holder, in_person, one.kind, one.content, one.at, told_by, naming);
      if about.recipient <> about.holder then
        perform queue_signal(about.recipient, in_person, one.kind, one.content, one.at, told_by, naming);
      end if;
    elsif one.whom = 'token' then
      if not one.replacing or exists (
        select from consent_states c
        where c.person_id = in_person and c.arrangement_id = about.arrangement_id and c.consent_id <> one.consent)
      then perform queue_token_signal(about.recipient, in_person, about.arrangement_id, one.content, one.at, told_by, naming); end if;
    else
      raise exception 'nobody knows who is told: %', one.whom;
    end if;
  end loop;
end $$;

-- Deletes what waits about these consents.
create or replace function erase_signals(person uuid, consents uuid[]) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  delete from signal_event e where e.person_id = person and (e.content->>'consent_id')::uuid = any(consents)
$$;

-- Whose a service is, by its newest version.
create or replace function body_of_service(service text) returns text language sql stable begin atomic
  select r.content->>'organisation' from register_objects r where r.kind = 'service' and r.id = service
  order by r.version desc limit 1;
end;

-- Whether a body is or was a party of a consent of a person, as its holder or recipient.
create or replace function is_party_of(in_party integer, in_person uuid) returns boolean language sql stable begin atomic
  select exists (select from consent_states c where c.person_id = in_person and in_party in (c.holder, c.recipient));
end;

-- Whether a body had to do with a person: by a consent, as its holder or recipient, or because she uses or used a service of it.
create or replace function is_known_to(in_party integer, in_org text, in_person uuid) returns boolean language sql stable begin atomic
  select is_party_of(in_party, in_person)
    or exists (
      select from connection_history h where h.person_id = in_person and body_of_service(h.service_id) = in_org);
end;

-- Tells what happened to a person's access to each body that had to do with her; what changes for sharings, to the parties of her consents.
-- That an access is open again is forgotten at its next end, where no body has taken it yet: told after the end, it would be false.
create or replace function queue_person_signal(
  in_person uuid, in_kind text, in_content jsonb, moment timestamptz, told_by integer default null, naming bytea default null
) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if in_kind = 'account-disabled' then
    delete from signal_event e where e.person_id = in_person and e.kind = 'account-enabled';
  end if;
  perform queue_signal(s.party, in_person, in_kind, in_content, moment, told_by, naming)
  from (select distinct party, org_id from signal_stream where status <> 'disabled' and in_kind = any(kinds)) s
  where case in_kind when 'person-status-changed' then is_party_of(s.party, in_person) else is_known_to(s.party, s.org_id, in_person) end;
end $$;

-- Tells the bodies of these services.
create or replace function queue_service_signal(in_person uuid, services text[], in_kind text, in_content jsonb, moment timestamptz)
returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform queue_signal(s.party, in_person, in_kind, in_content, moment)
  from (select distinct party, org_id from signal_stream where status <> 'disabled' and in_kind = any(kinds)) s
  where s.org_id in (select body_of_service(service) from unnest(services) service);
end $$;

-- Sessions of an account were ended: the bodies of the services where they were used are told, as their sign-out notices are queued.
create or replace function queue_session_signal(in_person uuid, services text[]) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from signal_stream) then
    perform queue_service_signal(in_person, services, 'session-revoked', '{}', clock_timestamp() + clock_offset());
  end if;
end $$;

-- How a key is called where bodies are told of it (CAEP 1.0).
create or replace function credential_of_key(kind text, backup_eligible boolean) returns text language sql immutable begin atomic
  select case when kind <> 'passkey' then 'fido-u2f' when backup_eligible then 'fido2-platform' else 'fido2-roaming' end;
end;

-- A way in came, went or took the place of another one: the bodies of the services that she uses are told of which kind it is. Called in
-- the `returning` of the statement that writes or deletes it, a row a call.
create or replace function queue_credential_signal(in_person uuid, in_type text, in_change text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from signal_stream) then return; end if;
  perform queue_service_signal(in_person, array(select service_id from live_connections c where c.person_id = in_person),
    'credential-change', jsonb_build_object('credential_type', in_type, 'change_type', in_change), clock_timestamp() + clock_offset());
end $$;

-- The status of an agreement changed: its two bodies are told. A trigger, because it is about no person: no event of a chain says it, and
-- the row of the register is the event.
create or replace function queue_agreement_signals() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  declare
    was text := (select r.content->>'status' from register_objects r
      where r.kind = 'agreement' and r.id = new.id and r.version < new.version order by r.version desc limit 1);
    is_now text := new.content->>'status';
  begin
    if is_now is not distinct from was or not exists (select from signal_stream) then return null; end if;
    perform queue_signal(o.object_no, null, 'agreement-status-changed',
      jsonb_build_object('agreement', new.id || '@' || new.version, 'status', is_now, 'previous_status', was), new.applied_at)
    from (
      select distinct on (r.id) r.object_no from register_objects r
      where r.kind = 'organisation' and r.id in (new.content->>'holder_org_id', new.content->>'recipient_org_id')
      order by r.id, r.version) o;
    return null;
  end
$$;
create or replace trigger register_objects_tell_signals after insert on register_objects
  for each row when (new.kind = 'agreement') execute function queue_agreement_signals();
