import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- The writes of several requests, all or none: a statement a kind, not one a row (PERFORMANCE 3). Whoever loses a race is
    -- found by the caller, who applies the units again in smaller numbers until the loser stands alone. Rows are locked in the
    -- order of their ids, so that two batches never wait for each other.
    create function apply_units(
      moment timestamptz,
      consumed bytea[],
      replays bytea[], replays_until timestamptz[],
      ended bytea[],
      dropped bytea[],
      revoked text[],
      opened jsonb,
      artifacts jsonb,
      sessions jsonb,
      activities jsonb,
      jobs jsonb
    ) returns void language plpgsql as $$
    declare
      done integer;
      lost bytea;
      this_item jsonb;
    begin
      if cardinality(consumed) > 0 then
        with free as (
          select a.id from oidc_artifacts a where a.id = any(consumed) and a.consumed_at is null order by a.id for update
        ), used as (
          update oidc_artifacts a set consumed_at = moment from free where a.id = free.id returning a.id
        )
        select (select count(*) from used), (select c from unnest(consumed) c where c not in (select id from used) limit 1)
        into done, lost;
        if done < cardinality(consumed) then perform lost_race('consumed', coalesce(lost, consumed[1])); end if;
      end if;

      if cardinality(replays) > 0 then
        with noted as (
          insert into oidc_replays (id, expires_at) select * from unnest(replays, replays_until) r(id, until) order by id
          on conflict do nothing returning id
        )
        select (select count(*) from noted), (select r from unnest(replays) r where r not in (select id from noted) limit 1)
        into done, lost;
        if done < cardinality(replays) then perform lost_race('replayed', coalesce(lost, replays[1])); end if;
      end if;

      if cardinality(ended) > 0 then
        with there as (
          select a.id from oidc_artifacts a where a.id = any(ended) order by a.id for update
        ), gone as (
          delete from oidc_artifacts a using there where a.id = there.id returning a.id
        )
        select (select count(*) from gone), (select e from unnest(ended) e where e not in (select id from gone) limit 1)
        into done, lost;
        if done < cardinality(ended) then perform lost_race('ended', coalesce(lost, ended[1])); end if;
      end if;

      if cardinality(dropped) > 0 then
        delete from oidc_artifacts a using (
          select d.id from oidc_artifacts d where d.id = any(dropped) order by d.id for update
        ) there where a.id = there.id;
      end if;
      if cardinality(revoked) > 0 then
        delete from oidc_artifacts a using (
          select r.id from oidc_artifacts r where r.grant_id = any(revoked) order by r.id for update
        ) there where a.id = there.id;
      end if;

      if jsonb_array_length(opened) > 0 then
        for this_item in
          select o from jsonb_array_elements(opened) o where (o->>'is_new')::boolean order by o->>'person_id', o->>'service_id'
        loop
          if not open_connection((this_item->>'connection_id')::uuid, (this_item->>'person_id')::uuid,
               this_item->>'service_id', array['openid'], moment) then
            perform lost_race('connection', null);
          end if;
        end loop;
        perform note_connections_used(array(
          select (o->>'connection_id')::uuid from jsonb_array_elements(opened) o where not (o->>'is_new')::boolean
        ), moment);
      end if;

      if jsonb_array_length(artifacts) > 0 then perform put_artifacts(artifacts); end if;
      for this_item in select s from jsonb_array_elements(sessions) s order by s->>'uid', s->>'id' loop
        perform put_session(this_item, moment);
      end loop;
      if jsonb_array_length(activities) > 0 then perform record_activities(activities, moment); end if;
      if jsonb_array_length(jobs) > 0 then
        perform graphile_worker.add_job(job->>'name', (job->'payload')::json, max_attempts => (job->>'max_attempts')::integer)
        from jsonb_array_elements(jobs) job;
      end if;
    end $$;

    create function note_connections_used(used uuid[], moment timestamptz) returns void language sql as $$
      update connections c set last_used_at = moment
      from (
        select connection_id from connections where connection_id = any(used) and last_used_at < moment
        order by connection_id for update
      ) older
      where c.connection_id = older.connection_id
    $$;

    create function record_activities(entries jsonb, moment timestamptz) returns void language sql as $$
      insert into activity (activity_id, person_id, kind, service_id, acr, amr, result, reason, request_id, network, at)
      select activity_id, person_id, kind, service_id, acr, amr, result, reason, request_id, network, moment
      from jsonb_populate_recordset(null::activity, entries)
    $$;

    drop function apply_unit;
    drop function note_connection_used;
    drop function record_activity;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
