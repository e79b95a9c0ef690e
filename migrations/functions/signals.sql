-- Tables of other rooms:
--   consent_current: a trigger on it queues what a change of a consent tells its two bodies, so that no code which moves one can forget it

-- Queues an event for each stream of a body that wants its kind, unless the body does not want to be told of this person.
create or replace function queue_signal(in_party integer, in_person uuid, in_kind text, in_content jsonb, moment timestamptz)
returns void language sql as $$
  insert into signal_event (jti, stream_id, person_id, kind, content, occurred_at, queued_at)
  select gen_random_uuid(), s.stream_id, in_person, in_kind, in_content, moment, moment
  from signal_stream s
  where s.party = in_party and s.status <> 'disabled' and in_kind = any(s.kinds)
    and not exists (
      select from signal_subject_removed r where r.stream_id = s.stream_id and r.person_id = in_person)
$$;

-- A change of a consent is told to the two bodies of this consent, and to nobody else.
create or replace function queue_consent_signals() returns trigger language plpgsql as $$
  declare
    told text := case new.state
      when 'active' then case when tg_op = 'INSERT' then 'consent-granted' else 'consent-resumed' end
      when 'suspended' then 'consent-suspended'
      when 'revoked' then 'consent-revoked'
      when 'void' then 'consent-revoked'
      when 'expired' then 'consent-expired'
      when 'superseded' then 'consent-superseded'
    end;
    said jsonb := jsonb_build_object('consent_id', new.consent_id, 'state', new.state, 'reasons', new.suspended_reasons);
  begin
    if told is null then return null; end if;
    perform queue_signal(new.holder, new.person_id, told, said || '{"role": "holder"}', new.state_at);
    if new.recipient <> new.holder then
      perform queue_signal(new.recipient, new.person_id, told, said || '{"role": "recipient"}', new.state_at);
    end if;
    return null;
  end
$$;
create or replace trigger consent_current_begins_signals after insert on consent_current
  for each row execute function queue_consent_signals();
create or replace trigger consent_current_moves_signals after update of state on consent_current
  for each row when (new.state is distinct from old.state) execute function queue_consent_signals();

-- Deletes what waits about these consents.
create or replace function erase_signals(person uuid, consents uuid[]) returns void language sql as $$
  delete from signal_event e where e.person_id = person and (e.content->>'consent_id')::uuid = any(consents)
$$;

-- Whether a body had to do with a person: by a consent, as its holder or recipient, or because she uses or used a service of it.
create or replace function is_known_to(in_party integer, in_org text, in_person uuid) returns boolean language sql stable as $$
  select exists (select from consent_states c where c.person_id = in_person and in_party in (c.holder, c.recipient))
    or exists (
      select from connection_history h join current_register r on r.kind = 'service' and r.id = h.service_id
      where h.person_id = in_person and r.content->>'organisation' = in_org)
$$;
