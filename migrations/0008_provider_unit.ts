import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- One request's writes, all or none (PERFORMANCE 3). Whatever lost a race is raised as AC001 with what it was;
    -- the whole unit is then undone and the caller answers (PROVIDER 4).
    create function apply_unit(
      moment timestamptz,
      consumed bytea[],
      replays bytea[], replays_until timestamptz[],
      ended bytea[],
      dropped bytea[],
      revoked text[],
      opened jsonb,
      artifacts jsonb,
      session jsonb,
      activities jsonb,
      jobs jsonb
    ) returns void language plpgsql as $$
    declare
      this_id bytea;
      this_item jsonb;
    begin
      foreach this_id in array consumed loop
        update oidc_artifacts set consumed_at = moment where id = this_id and consumed_at is null;
        if not found then perform lost_race('consumed', this_id); end if;
      end loop;

      for i in 1 .. cardinality(replays) loop
        insert into oidc_replays (id, expires_at) values (replays[i], replays_until[i]) on conflict do nothing;
        if not found then perform lost_race('replayed', replays[i]); end if;
      end loop;

      foreach this_id in array ended loop
        delete from oidc_artifacts where id = this_id;
        if not found then perform lost_race('ended', this_id); end if;
      end loop;

      if cardinality(dropped) > 0 then delete from oidc_artifacts where id = any(dropped); end if;
      if cardinality(revoked) > 0 then delete from oidc_artifacts where grant_id = any(revoked); end if;

      for this_item in select * from jsonb_array_elements(opened) loop
        if (this_item->>'is_new')::boolean then
          if not open_connection((this_item->>'connection_id')::uuid, (this_item->>'person_id')::uuid,
               this_item->>'service_id', array['openid'], moment) then
            perform lost_race('connection', null);
          end if;
        else
          perform note_connection_used((this_item->>'connection_id')::uuid, moment);
        end if;
      end loop;

      if jsonb_array_length(artifacts) > 0 then
        perform put_artifacts(artifacts);
      end if;
      if session is not null then perform put_session(session, moment); end if;
      if jsonb_array_length(activities) > 0 then
        perform record_activity(entry, moment) from jsonb_array_elements(activities) entry;
      end if;
      if jsonb_array_length(jobs) > 0 then
        perform graphile_worker.add_job(job->>'name', (job->'payload')::json, max_attempts => (job->>'max_attempts')::integer)
        from jsonb_array_elements(jobs) job;
      end if;
    end $$;

    create function lost_race(what text, which bytea) returns void language plpgsql as $$
      begin
        raise exception using errcode = 'AC001', message = what, detail = coalesce(encode(which, 'hex'), '');
      end
    $$;

    -- New rows, and rewrites of rows of a known version (Interaction, DeviceCode, CIBA request) that never clear consumed_at.
    -- A token is inserted only beside a live connection: revocation is a fact, not a message (ARCHITECTURE 5).
    create function put_artifacts(artifacts jsonb) returns void language plpgsql as $$
    declare
      wanted integer := jsonb_array_length(artifacts);
      written integer;
    begin
      with rows as (
        select decode(a.id, 'hex') as row_id, a.*
        from jsonb_to_recordset(artifacts) as a(
          id text, model text, payload jsonb, grant_id text, connection_id uuid, client_id text, account_id uuid,
          session_uid text, parent_id text, version integer, expires_at timestamptz)
        where a.connection_id is null
           or exists (select 1 from live_connections c where c.connection_id = a.connection_id)
      ), inserted as (
        insert into oidc_artifacts as o
          (id, model, payload, grant_id, connection_id, client_id, account_id, session_uid, parent_id, version, expires_at)
        select row_id, model, payload, grant_id, connection_id, client_id, account_id, session_uid,
               decode(parent_id, 'hex'), 1, expires_at
        from rows where version = 0
        returning 1
      ), updated as (
        update oidc_artifacts o
        set payload = r.payload, account_id = r.account_id, grant_id = r.grant_id, connection_id = r.connection_id,
            version = o.version + 1, expires_at = r.expires_at
        from rows r where r.version > 0 and o.id = r.row_id and o.version = r.version
        returning 1
      )
      select (select count(*) from inserted) + (select count(*) from updated) into written;
      if written < wanted then perform lost_race('put', null); end if;
    end $$;

    -- old_id: the row that was read (null for a new session). A rotated row that is gone was either rotated by another
    -- tab, and then a sibling of its uid lives, or ended by the person, and then nothing may bring it back.
    create function put_session(session jsonb, moment timestamptz) returns void language plpgsql as $$
    declare
      new_id bytea := decode(session->>'id', 'hex');
      old_id bytea := decode(session->>'old_id', 'hex');
      known_uid text := session->>'uid';
      written integer;
    begin
      if session->>'deed' = 'end' then
        delete from oidc_sessions where uid = known_uid;
        delete from oidc_session_authorizations where session_uid = known_uid;
        return;
      end if;

      if old_id is not null then
        update oidc_sessions set
          id = new_id, account_id = (session->>'account_id')::uuid, payload = session->'payload',
          signed_in_at = (session->>'signed_in_at')::timestamptz, device = session->>'device',
          network = session->>'network', last_seen_at = moment, expires_at = (session->>'expires_at')::timestamptz
        where id = old_id;
      end if;
      if old_id is null or not found then
        if old_id is not null and not exists (select 1 from oidc_sessions where uid = known_uid) then
          perform lost_race('session', old_id);
        end if;
        insert into oidc_sessions (id, uid, account_id, payload, device, network, signed_in_at, last_seen_at, expires_at)
        values (new_id, known_uid, (session->>'account_id')::uuid, session->'payload', session->>'device',
          session->>'network', (session->>'signed_in_at')::timestamptz, moment, (session->>'expires_at')::timestamptz);
      end if;

      -- A service is told one sid per session: of two tabs at one service the later one loses and is read again, or its
      -- id token would carry a sid that no notice of sign-out ever names.
      with added as (
        insert into oidc_session_authorizations as a (session_uid, client_id, content)
        select known_uid, key, value from jsonb_each(session->'added')
        on conflict (session_uid, client_id) do update set content = excluded.content
          where a.content->>'sid' is null or a.content->>'sid' = excluded.content->>'sid'
        returning 1
      )
      select count(*) into written from added;
      if written < (select count(*) from jsonb_object_keys(session->'added')) then
        perform lost_race('session', new_id);
      end if;
      delete from oidc_session_authorizations
      where session_uid = known_uid
        and client_id in (select jsonb_array_elements_text(session->'removed'));
    end $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
