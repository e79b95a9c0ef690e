-- Tables of other rooms:
--   consent_current: a trigger on it queues what a change of a consent tells its two bodies, so that no code which moves one can forget it
--   accounts: a trigger, for an access that is closed, suspended or opened again
--   passkeys: a trigger, for a way in that comes or goes
--   passwords: the same
--   totp_factors: the same
--   oidc_artifacts: whether a body has a live token of a consent that changes
--   register_objects: a trigger, for the status of an agreement; and whose a service is

-- Queues an event for each stream of a body that wants its kind, unless the body does not want to be told of this person.
-- Triggers still do so. Beside them what events tell is written too, where a test has made a table for it, so that both can be compared.
create or replace function queue_signal(in_party integer, in_person uuid, in_kind text, in_content jsonb, moment timestamptz)
returns void language plpgsql as $$
  declare
    place text := case when current_setting('accord.told', true) = 'by-event' then 'signal_by_event' else 'signal_event' end;
begin
  if to_regclass(place) is null then return; end if;
  execute format($sql$
  insert into %I (jti, stream_id, person_id, kind, content, occurred_at, queued_at)
  select gen_random_uuid(), s.stream_id, $2, $3, $4, $5, $5
  from signal_stream s
  where s.party = $1 and s.status <> 'disabled' and $3 = any(s.kinds)
    and not exists (
      select from signal_subject_removed r where r.stream_id = s.stream_id and r.person_id = $2)
  $sql$, place) using in_party, in_person, in_kind, in_content, moment;
end $$;

-- Tells a body that the details of a live token of its own are others now (CAEP).
create or replace function queue_token_signal(in_party integer, in_person uuid, arrangement uuid, said jsonb, moment timestamptz)
returns void language plpgsql as $$
begin
  if exists (
    select from signal_stream s
    where s.party = in_party and s.status <> 'disabled' and 'token-claims-change' = any(s.kinds) and exists (
      select from oidc_artifacts a
      where a.account_id = in_person and a.model in ('AccessToken', 'RefreshToken') and a.expires_at > moment
        and a.payload->'rar' @> jsonb_build_array(jsonb_build_object('arrangement', 'arr_' || written(arrangement)))
        and body_of_service(a.client_id) = s.org_id))
  then perform queue_signal(in_party, in_person, 'token-claims-change', said, moment); end if;
end $$;

-- A change of a consent is told to the two bodies of this consent, and to nobody else.
create or replace function queue_consent_signals() returns trigger language plpgsql as $$
  declare
    told text := case new.state
      when 'active' then 'consent-resumed'
      when 'suspended' then 'consent-suspended'
      when 'revoked' then 'consent-revoked'
      when 'void' then 'consent-revoked'
      when 'expired' then 'consent-expired'
      when 'superseded' then 'consent-superseded'
    end;
    said jsonb := jsonb_build_object('consent_id', new.consent_id, 'state', new.state, 'reasons', new.suspended_reasons);
    this_kind text;
    -- A yes beside a pause begins as one that is suspended.
    kinds text[] := case when tg_op = 'UPDATE' then array[told]
      when new.state = 'active' then array['consent-granted']
      when new.state = 'suspended' then array['consent-granted', told]
      else '{}' end;
  begin
    foreach this_kind in array kinds loop
      perform queue_signal(new.holder, new.person_id, this_kind, said, new.state_at);
      if new.recipient <> new.holder then
        perform queue_signal(new.recipient, new.person_id, this_kind, said, new.state_at);
      end if;
    end loop;
    -- What replaces a consent changes the tokens of its arrangement; that the old one is replaced says nothing more.
    if tg_op = 'UPDATE' and new.state <> 'superseded' or tg_op = 'INSERT' and new.state in ('active', 'suspended') and exists (
      select from consent_states c
      where c.person_id = new.person_id and c.arrangement_id = new.arrangement_id and c.consent_id <> new.consent_id)
    then perform queue_token_signal(new.recipient, new.person_id, new.arrangement_id, said, new.state_at); end if;
    return null;
  end
$$;
create or replace trigger consent_current_begins_signals after insert on consent_current
  for each row execute function queue_consent_signals();
create or replace trigger consent_current_moves_signals after update of state on consent_current
  for each row when (new.state is distinct from old.state) execute function queue_consent_signals();

-- Queues what a deed tells (src/consent/signals/signal-mapping.ts), in its order. A consent that is not there has no bodies.
create or replace function queue_signals(in_person uuid, signals json, moment timestamptz) returns void language plpgsql as $$
declare
  one record;
  about record;
begin
  if not exists (select from signal_stream) then return; end if;
  perform set_config('accord.told', 'by-event', true);
  for one in
    select t.whom, t.kind, t.content, coalesce(t.at, moment) as at, t.consent, coalesce(t.replacing, false) as replacing
    from rows from (json_to_recordset(signals) as ("to" text, kind text, content jsonb, at timestamptz, consent uuid, replacing boolean))
      with ordinality t(whom, kind, content, at, consent, replacing, n)
    order by t.n
  loop
    if one.whom = 'person' then
      perform queue_person_signal(in_person, one.kind, one.content, one.at);
      continue;
    end if;
    select c.holder, c.recipient, c.arrangement_id into about
    from consent_states c where c.person_id = in_person and c.consent_id = one.consent;
    if not found then continue; end if;
    if one.whom = 'parties' then
      perform queue_signal(about.holder, in_person, one.kind, one.content, one.at);
      if about.recipient <> about.holder then
        perform queue_signal(about.recipient, in_person, one.kind, one.content, one.at);
      end if;
    elsif one.whom = 'token' then
      if not one.replacing or exists (
        select from consent_states c
        where c.person_id = in_person and c.arrangement_id = about.arrangement_id and c.consent_id <> one.consent)
      then perform queue_token_signal(about.recipient, in_person, about.arrangement_id, one.content, one.at); end if;
    else
      raise exception 'nobody knows who is told: %', one.whom;
    end if;
  end loop;
  perform set_config('accord.told', '', true);
end $$;

-- Deletes what waits about these consents.
create or replace function erase_signals(person uuid, consents uuid[]) returns void language sql as $$
  delete from signal_event e where e.person_id = person and (e.content->>'consent_id')::uuid = any(consents)
$$;

-- Whose a service is, by its newest version.
create or replace function body_of_service(service text) returns text language sql stable as $$
  select r.content->>'organisation' from register_objects r where r.kind = 'service' and r.id = service
  order by r.version desc limit 1
$$;

-- Whether a body is or was a party of a consent of a person, as its holder or recipient.
create or replace function is_party_of(in_party integer, in_person uuid) returns boolean language sql stable as $$
  select exists (select from consent_states c where c.person_id = in_person and in_party in (c.holder, c.recipient))
$$;

-- Whether a body had to do with a person: by a consent, as its holder or recipient, or because she uses or used a service of it.
create or replace function is_known_to(in_party integer, in_org text, in_person uuid) returns boolean language sql stable as $$
  select is_party_of(in_party, in_person)
    or exists (
      select from connection_history h where h.person_id = in_person and body_of_service(h.service_id) = in_org)
$$;

-- Tells what happened to a person's access to each body that had to do with her; what changes for sharings, to the parties of her consents.
create or replace function queue_person_signal(in_person uuid, in_kind text, in_content jsonb, moment timestamptz)
returns void language plpgsql as $$
begin
  perform queue_signal(s.party, in_person, in_kind, in_content, moment)
  from (select distinct party, org_id from signal_stream where status <> 'disabled' and in_kind = any(kinds)) s
  where case in_kind when 'person-status-changed' then is_party_of(s.party, in_person) else is_known_to(s.party, s.org_id, in_person) end;
end $$;

-- Tells the bodies of these services.
create or replace function queue_service_signal(in_person uuid, services text[], in_kind text, in_content jsonb, moment timestamptz)
returns void language plpgsql as $$
begin
  perform queue_signal(s.party, in_person, in_kind, in_content, moment)
  from (select distinct party, org_id from signal_stream where status <> 'disabled' and in_kind = any(kinds)) s
  where s.org_id in (select body_of_service(service) from unnest(services) service);
end $$;

-- Sessions of an account were ended: the bodies of the services where they were used are told, as their sign-out notices are queued.
create or replace function queue_session_signal(in_person uuid, services text[]) returns void language plpgsql as $$
begin
  if exists (select from signal_stream) then
    perform queue_service_signal(in_person, services, 'session-revoked', '{}', clock_timestamp() + clock_offset());
  end if;
end $$;

-- Whether an access opens, as bodies are told of it.
create or replace function queue_account_signals() returns trigger language plpgsql as $$
  declare
    was text := case when old.suspended_at is not null then 'suspended' when old.closed_at is not null then 'closed' else 'active' end;
    is_now text := case when new.suspended_at is not null then 'suspended' when new.closed_at is not null then 'closed' else 'active' end;
    moment timestamptz := clock_timestamp() + clock_offset();
  begin
    if was = is_now or not exists (select from signal_stream) then return null; end if;
    perform queue_person_signal(new.person_id, 'person-status-changed', jsonb_build_object('status', is_now), moment);
    if was = 'active' then
      perform queue_person_signal(new.person_id, 'account-disabled', '{}', moment);
    elsif is_now = 'active' then
      perform queue_person_signal(new.person_id, 'account-enabled', '{}', moment);
    end if;
    return null;
  end
$$;
create or replace trigger accounts_move_signals after update of suspended_at, closed_at on accounts
  for each row execute function queue_account_signals();

-- How a key is called where bodies are told of it (CAEP 1.0).
create or replace function credential_of_key(kind text, backup_eligible boolean) returns text language sql immutable as $$
  select case when kind <> 'passkey' then 'fido-u2f' when backup_eligible then 'fido2-platform' else 'fido2-roaming' end
$$;

-- A way in came, went or took the place of another one: the bodies of the services that she uses are told of which kind it is. Called in
-- the `returning` of the statement that writes or deletes it, a row a call.
create or replace function queue_credential_signal(in_person uuid, in_type text, in_change text) returns void language plpgsql as $$
begin
  if not exists (select from signal_stream) then return; end if;
  perform set_config('accord.told', 'by-event', true);
  perform queue_service_signal(in_person, array(select service_id from live_connections c where c.person_id = in_person),
    'credential-change', jsonb_build_object('credential_type', in_type, 'change_type', in_change), clock_timestamp() + clock_offset());
  perform set_config('accord.told', '', true);
end $$;

-- A way in came or went: the bodies of the services that she uses are told of which kind it is.
create or replace function queue_credential_signals() returns trigger language plpgsql as $$
  declare
    made jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    gone jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    one jsonb := coalesce(made, gone);
    person uuid := (one->>'person_id')::uuid;
    deed text := case tg_op when 'INSERT' then 'create' when 'DELETE' then 'delete' else 'update' end;
    type text := case when tg_table_name = 'passwords' then 'password' when tg_table_name = 'totp_factors' then 'app'
      when one->>'kind' <> 'passkey' then 'fido-u2f' when (one->>'backup_eligible')::boolean then 'fido2-platform' else 'fido2-roaming' end;
  begin
    if not exists (select from signal_stream) then return null; end if;
    perform queue_service_signal(person, array(select service_id from live_connections c where c.person_id = person),
      'credential-change', jsonb_build_object('credential_type', type, 'change_type', deed), clock_timestamp() + clock_offset());
    return null;
  end
$$;
create or replace trigger passkeys_signals after insert or delete on passkeys
  for each row execute function queue_credential_signals();
create or replace trigger passwords_signals after insert or update of factor_id or delete on passwords
  for each row execute function queue_credential_signals();
create or replace trigger totp_factors_signals after insert or update of factor_id or delete on totp_factors
  for each row execute function queue_credential_signals();

-- The status of an agreement changed: its two bodies are told.
create or replace function queue_agreement_signals() returns trigger language plpgsql as $$
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
