import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- A visit that was resumed, once: its row says so until it is swept, and keeps what leads on from it, nothing of its
    -- person. The version moves, so that no answer that was under way is written over it.
    create function end_visits(ended bytea[], moment timestamptz) returns void language plpgsql as $$
    declare
      done integer;
      lost bytea;
    begin
      with standing as (
        select a.id from oidc_artifacts a where a.id = any(ended) and a.consumed_at is null order by a.id for update
      ), resumed as (
        update oidc_artifacts a set
          consumed_at = moment, version = a.version + 1, account_id = null, session_uid = null, parent_id = null,
          payload = jsonb_strip_nulls(jsonb_build_object(
            'browser', a.payload->'browser', 'clientId', a.client_id, 'ownPath', a.payload->'ownPath'))
        from standing where a.id = standing.id returning a.id
      )
      select (select count(*) from resumed), (select e from unnest(ended) e where e not in (select id from resumed) limit 1)
      into done, lost;
      if done < cardinality(ended) then perform lost_race('ended', coalesce(lost, ended[1])); end if;
    end $$;

    -- As before, but that a visit is marked and not deleted.
    create or replace function apply_units(
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
      people uuid[];
      this_item jsonb;
    begin
      people := array(
        select (s->>'account_id')::uuid from jsonb_array_elements(sessions) s where s->>'account_id' is not null
        union
        select (a->>'account_id')::uuid from jsonb_array_elements(artifacts) a
        where a->>'account_id' is not null and a->>'model' <> 'Interaction'
      );
      if cardinality(people) > 0 then perform lock_accounts(people); end if;

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

      if cardinality(ended) > 0 then perform end_visits(ended, moment); end if;
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
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
