import { catalogueDigest, readCatalogue } from '../../src/base/migrating/catalogue.ts'
import { releaseTable } from '../../src/base/migrating/release-catalogue.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import { undemanding } from './database.ts'
import type { Database } from '../../src/base/database/database.ts'

// What bodies are told, a second time and by another way: triggers look at rows alone, as the house itself did once. A deed that moves a
// consent, a way in or an access and forgets to say so is found by the difference.

/** Lets triggers write what rows tell into `by_rows.signal_event`, from now on. */
export async function watchRows(db: Database, seals: RowSeals): Promise<void> {
  await db.raw(byRows)
  await sealWhatRuns(db, seals)
}

// The triggers are of no release: a house permits beside them what a later version says that it runs.
async function sealWhatRuns(db: Database, seals: RowSeals): Promise<void> {
  const catalogue = await readCatalogue(db, undemanding)
  const row = {
    version: '9999_tests.sql',
    sha256: catalogueDigest(catalogue),
    begunAt: new Date(),
    endedAt: null,
  }
  const objects = JSON.stringify(Object.fromEntries(catalogue))
  await db('releaseCatalogue').insert({ ...row, objects, seal: seals.seal(releaseTable, row) })
}

const byRows = /* sql */ `
create schema by_rows;
create table by_rows.signal_event
  (like public.signal_event including defaults including generated including identity);

create function by_rows.queue_signal(in_party integer, in_person uuid, in_kind text, in_content jsonb, moment timestamptz)
returns void language sql set search_path = by_rows, public as $$
  insert into signal_event (jti, stream_id, person_id, kind, content, occurred_at, queued_at)
  select gen_random_uuid(), s.stream_id, in_person, in_kind, in_content, moment, moment
  from signal_stream s
  where s.party = in_party and s.status <> 'disabled' and in_kind = any(s.kinds)
    and not exists (
      select from signal_subject_removed r where r.stream_id = s.stream_id and r.person_id = in_person)
$$;

create function by_rows.queue_token_signal(in_party integer, in_person uuid, arrangement uuid, said jsonb, moment timestamptz)
returns void language plpgsql set search_path = by_rows, public as $$
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

create function by_rows.queue_consent_signals() returns trigger language plpgsql set search_path = by_rows, public as $$
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

create function by_rows.queue_person_signal(in_person uuid, in_kind text, in_content jsonb, moment timestamptz)
returns void language plpgsql set search_path = by_rows, public as $$
begin
  if in_kind = 'account-disabled' then
    delete from signal_event e where e.person_id = in_person and e.kind = 'account-enabled';
  end if;
  perform queue_signal(s.party, in_person, in_kind, in_content, moment)
  from (select distinct party, org_id from signal_stream where status <> 'disabled' and in_kind = any(kinds)) s
  where case in_kind when 'person-status-changed' then is_party_of(s.party, in_person) else is_known_to(s.party, s.org_id, in_person) end;
end $$;

create function by_rows.queue_service_signal(in_person uuid, services text[], in_kind text, in_content jsonb, moment timestamptz)
returns void language plpgsql set search_path = by_rows, public as $$
begin
  perform queue_signal(s.party, in_person, in_kind, in_content, moment)
  from (select distinct party, org_id from signal_stream where status <> 'disabled' and in_kind = any(kinds)) s
  where s.org_id in (select body_of_service(service) from unnest(services) service);
end $$;

create function by_rows.queue_account_signals() returns trigger language plpgsql set search_path = by_rows, public as $$
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

create function by_rows.queue_credential_signals() returns trigger language plpgsql set search_path = by_rows, public as $$
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

create trigger consent_current_begins_signals_by_rows after insert on consent_current
  for each row execute function by_rows.queue_consent_signals();

create trigger consent_current_moves_signals_by_rows after update of state on consent_current
  for each row when (new.state is distinct from old.state) execute function by_rows.queue_consent_signals();

create trigger accounts_move_signals_by_rows after update of suspended_at, closed_at on accounts
  for each row execute function by_rows.queue_account_signals();

create trigger passkeys_signals_by_rows after insert or delete on passkeys
  for each row execute function by_rows.queue_credential_signals();

create trigger passwords_signals_by_rows after insert or update of factor_id or delete on passwords
  for each row execute function by_rows.queue_credential_signals();

create trigger totp_factors_signals_by_rows after insert or update of factor_id or delete on totp_factors
  for each row execute function by_rows.queue_credential_signals();
`
