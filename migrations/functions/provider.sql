create or replace function lost_race(what text, which bytea) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  begin
    raise exception using errcode = 'AC001', message = what, detail = coalesce(encode(which, 'hex'), '');
  end
$$;

-- Inserts new rows, and rewrites rows of a known version (visits) without clearing consumed_at. A token or code is inserted only if its
-- connection is live and its account open: otherwise a token that was requested while the account was being suspended or closed would
-- outlive that.
create or replace function put_artifacts(artifacts jsonb) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted integer := jsonb_array_length(artifacts);
  written integer;
begin
  with rows as (
    select decode(a.id, 'hex') as row_id, a.*
    from jsonb_to_recordset(artifacts) as a(
      id text, model text, payload jsonb, grant_id text, connection_id uuid, client_id text, account_id uuid,
      session_uid text, parent_id text, version integer, expires_at timestamptz, seal bytea)
    where a.connection_id is null
       or (exists (select 1 from live_connections c where c.connection_id = a.connection_id offset 0)
           and exists (select 1 from open_accounts o where o.person_id = a.account_id offset 0))
  ), inserted as (
    insert into oidc_artifacts as o
      (id, model, payload, grant_id, connection_id, client_id, account_id, session_uid, parent_id, version, expires_at, seal)
    select row_id, model, payload, grant_id, connection_id, client_id, account_id, session_uid,
           decode(parent_id, 'hex'), 1, expires_at, seal
    from rows where version = 0
    returning 1
  ), updated as (
    update oidc_artifacts o
    set model = r.model, payload = r.payload, grant_id = r.grant_id, connection_id = r.connection_id, client_id = r.client_id,
        account_id = r.account_id, session_uid = r.session_uid, parent_id = decode(r.parent_id, 'hex'), version = o.version + 1,
        expires_at = r.expires_at, seal = r.seal
    from rows r where r.version > 0 and o.id = r.row_id and o.version = r.version
    returning 1
  )
  select (select count(*) from inserted) + (select count(*) from updated) into written;
  if written < wanted then perform lost_race('put', null); end if;
end $$;

-- Writes or ends one session. old_id: the row that was read; null for a new session. The accounts are already locked. A sign-in with
-- another epoch than the account's makes no session. A sign-in that would make the 51st session ends the one unused for longest, and
-- the person is told.
create or replace function put_session(session jsonb, moment timestamptz) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  most constant integer := 50;
  new_id bytea := decode(session->>'id', 'hex');
  old_id bytea := decode(session->>'old_id', 'hex');
  known_uid text := session->>'uid';
  person uuid := (session->>'account_id')::uuid;
  signed_in timestamptz := (session->>'signed_in_at')::timestamptz;
  is_sign_in boolean;
  made_by uuid[] := array(select value::uuid from jsonb_array_elements_text(session->'factor_ids'));
  began integer := (session->>'session_epoch')::integer;
  new_seal bytea := (session->>'seal')::bytea;
  surplus text[];
  written integer;
begin
  if session->>'deed' = 'end' then
    delete from oidc_sessions where uid = known_uid;
    delete from oidc_session_authorizations where session_uid = known_uid;
    return;
  end if;

  is_sign_in := person is not null and not exists (
    select from oidc_sessions
    where uid = known_uid and account_id = person and signed_in_at is not distinct from signed_in
  );
  if is_sign_in and session_epoch_of(person) is distinct from (session->>'epoch')::integer then
    perform lost_race('proof', null);
  end if;

  if old_id is not null then
    update oidc_sessions set
      id = new_id, account_id = person, payload = session->'payload', signed_in_at = signed_in,
      device = session->>'device', network = session->>'network', last_seen_at = moment,
      expires_at = (session->>'expires_at')::timestamptz, factor_ids = made_by, session_epoch = began, seal = new_seal
    where id = old_id;
  end if;
  if old_id is null or not found then
    -- The row that was read is gone. Either another tab has rotated it, and then a row with the same uid exists, or the person has
    -- ended the session, and then it must not come back.
    if old_id is not null and not exists (select 1 from oidc_sessions where uid = known_uid) then
      perform lost_race('session', old_id);
    end if;
    insert into oidc_sessions
      (id, uid, account_id, payload, device, network, signed_in_at, last_seen_at, expires_at, factor_ids, session_epoch, seal)
    values (new_id, known_uid, person, session->'payload', session->>'device', session->>'network', signed_in, moment,
      (session->>'expires_at')::timestamptz, made_by, began, new_seal);
  end if;

  -- A service gets one sid for each session. If two tabs sign in to one service at once, the later one loses and is judged again:
  -- otherwise its ID token would have a sid that no logout notice ever names. A row that somebody else wrote makes place.
  delete from oidc_session_authorizations
  where session_uid = known_uid
    and client_id in (select jsonb_array_elements_text(session->'untrusted'));
  with added as (
    insert into oidc_session_authorizations as a (session_uid, client_id, content, seal)
    select known_uid, client_id, content, seal
    from jsonb_to_recordset(session->'added') as s(client_id text, content jsonb, seal bytea)
    on conflict (session_uid, client_id) do update set content = excluded.content, seal = excluded.seal
      where a.content->>'sid' is null or a.content->>'sid' = excluded.content->>'sid'
    returning 1
  )
  select count(*) into written from added;
  if written < jsonb_array_length(session->'added') then
    perform lost_race('session', new_id);
  end if;
  delete from oidc_session_authorizations
  where session_uid = known_uid
    and client_id in (select jsonb_array_elements_text(session->'removed'));

  if is_sign_in then
    surplus := array(
      select uid from oidc_sessions where account_id = person and expires_at > moment and uid <> known_uid
      group by uid order by max(last_seen_at) desc, uid offset most - 1
    );
    if cardinality(surplus) > 0 then
      perform drop_sessions(person, surplus);
      perform record_activities(jsonb_build_array(session->'line'), moment);
      perform graphile_worker.add_job(
        'signin.session-limit', json_build_object('personId', person), max_attempts => 8);
    end if;
  end if;
end $$;

-- Requests of services that a person signs in there: ten a day of one body at most, and one at a time of one service. The accounts are
-- already locked. One that she is not to see counts and answers as the others do, and is refused later: nobody can tell it from one that
-- she refuses herself.
create or replace function put_sign_in_requests(requests jsonb, moment timestamptz) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  most_a_day constant integer := 10;
  r record;
  is_silent boolean;
begin
  for r in
    select * from jsonb_to_recordset(requests) as q(
      request_id uuid, artifact_id bytea, person_id uuid, org_id text, service_id text, words jsonb, level text,
      requested_at timestamptz, expires_at timestamptz, ping bytea, seal bytea, is_wanted boolean, refused_at timestamptz)
    order by person_id, request_id
  loop
    if exists (
      select from sign_in_request
      where person_id = r.person_id and service_id = r.service_id and approval is null and expires_at > moment
        and (ended_at is null or ended_at > moment)
    ) then perform lost_race('request-waits', r.artifact_id); end if;
    if (select count(*) from sign_in_request
        where person_id = r.person_id and org_id = r.org_id and requested_at > moment - interval '1 day') >= most_a_day then
      perform lost_race('request-limit', r.artifact_id);
    end if;
    is_silent := not r.is_wanted or not exists (select from open_accounts where person_id = r.person_id)
      or exists (select from sign_in_silence where person_id = r.person_id and org_id = r.org_id);
    insert into sign_in_request
      (request_id, artifact_id, person_id, org_id, service_id, words, level, requested_at, expires_at, ping, seal, ended_at)
    values (r.request_id, r.artifact_id, r.person_id, r.org_id, r.service_id, r.words, r.level, r.requested_at, r.expires_at,
      r.ping, r.seal, case when is_silent then r.refused_at end);
    perform graphile_worker.add_job('signals.request-waits', json_build_object('requestId', r.request_id),
      max_attempts => 4, priority => 10);
    if is_silent and r.ping is not null then
      perform tell_request_answered(r.service_id, r.request_id, r.refused_at - moment + interval '1 s');
    end if;
  end loop;
end $$;

-- Queues that a service is told of an answer, at the address that its file names.
create or replace function tell_request_answered(service text, request uuid, wait interval) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  -- The queue goes by the machine's own clock.
  perform graphile_worker.add_job('signals.request-answered', json_build_object('requestId', request),
    max_attempts => 5, run_at => now() + clock_offset() + (wait - clock_offset()), queue_name => queue_of('service ' || service, request::text));
end $$;

-- Refuses what waits, of one request, one service or one body where it is named, and what was approved and not fetched yet.
create or replace function end_sign_in_requests(person uuid, request uuid, service text, body text, moment timestamptz)
returns integer language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  ended integer := 0;
  r record;
begin
  for r in
    update sign_in_request set ended_at = moment
    where person_id = person and expires_at > moment and (ended_at is null or ended_at > moment)
      and (request is null or request_id = request) and (service is null or service_id = service) and (body is null or org_id = body)
    returning request_id, service_id, approval is null and ping is not null as is_told
  loop
    ended := ended + 1;
    if r.is_told then perform tell_request_answered(r.service_id, r.request_id, interval '0'); end if;
  end loop;
  return ended;
end $$;

-- Refuses the write of a request that was judged by an older register than the present one, and returns the present epoch in the error,
-- so that the request can be judged once more. Null: the request was not judged by the register.
create or replace function require_epoch(judged bigint) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  moved bigint := (select epoch from register_epoch where epoch <> judged);
begin
  if moved is not null then
    raise exception using errcode = 'AC001', message = 'register', detail = moved::text;
  end if;
end $$;

-- Applies the writes of several requests, all or none, with one statement for each kind of write. A lost race is raised as error AC001
-- with its kind; the caller then applies the units in smaller batches until the loser is alone. Accounts are locked first and rows in
-- the order of their ids, so that two batches never wait for each other.
create or replace function apply_units(writes jsonb) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  w record;
  done integer;
  lost bytea;
  people uuid[];
  this_item jsonb;
begin
  select * into strict w from jsonb_to_record(writes) as (
    moment timestamptz, consumed jsonb, replays jsonb, ended jsonb, dropped bytea[], revoked text[],
    opened jsonb, artifacts jsonb, sessions jsonb, requests jsonb, activities jsonb, jobs jsonb);

  people := array(
    select (s->>'account_id')::uuid from jsonb_array_elements(w.sessions) s where s->>'account_id' is not null
    union
    select (a->>'account_id')::uuid from jsonb_array_elements(w.artifacts) a
    where a->>'account_id' is not null and a->>'model' <> 'Interaction'
  );
  if cardinality(people) > 0 then perform lock_accounts(people); end if;

  if jsonb_array_length(w.consumed) > 0 then
    with given as (
      select id, consumed_at, seal from jsonb_to_recordset(w.consumed) as c(id bytea, consumed_at timestamptz, seal bytea)
    ), free as (
      select a.id from oidc_artifacts a where a.id in (select id from given) and a.consumed_at is null order by a.id for update
    ), used as (
      update oidc_artifacts a set consumed_at = g.consumed_at, seal = g.seal from free join given g using (id) where a.id = free.id
      returning a.id
    )
    select (select count(*) from used),
      coalesce((select id from given where id not in (select id from used) limit 1), (select id from given limit 1))
    into done, lost;
    if done < jsonb_array_length(w.consumed) then perform lost_race('consumed', lost); end if;
  end if;

  if jsonb_array_length(w.replays) > 0 then
    with replays as (
      select id, until from jsonb_to_recordset(w.replays) as r(id bytea, until timestamptz)
    ), noted as (
      insert into oidc_replays (id, expires_at) select id, until from replays order by id
      on conflict do nothing returning id
    )
    select (select count(*) from noted),
      coalesce((select id from replays where id not in (select id from noted) limit 1), (select id from replays limit 1))
    into done, lost;
    if done < jsonb_array_length(w.replays) then perform lost_race('replayed', lost); end if;
  end if;

  if jsonb_array_length(w.ended) > 0 then perform end_visits(w.ended); end if;
  if cardinality(w.dropped) > 0 then
    delete from oidc_artifacts a using (
      select d.id from oidc_artifacts d where d.id = any(w.dropped) order by d.id for update
    ) there where a.id = there.id;
  end if;
  if cardinality(w.revoked) > 0 then
    delete from oidc_artifacts a using (
      select r.id from oidc_artifacts r where r.grant_id = any(w.revoked) order by r.id for update
    ) there where a.id = there.id;
  end if;

  if jsonb_array_length(w.opened) > 0 then
    for this_item in
      select o from jsonb_array_elements(w.opened) o where (o->>'is_new')::boolean order by o->>'person_id', o->>'service_id'
    loop
      if not open_connection((this_item->>'connection_id')::uuid, (this_item->>'person_id')::uuid, this_item->>'service_id',
           array['openid'], (this_item->>'at')::timestamptz, (this_item->>'seal')::bytea, (this_item->>'untrusted')::uuid) then
        perform lost_race('connection', null);
      end if;
    end loop;
    perform note_connections_used(array(
      select (o->>'connection_id')::uuid from jsonb_array_elements(w.opened) o where not (o->>'is_new')::boolean
    ), w.moment);
  end if;

  if jsonb_array_length(w.artifacts) > 0 then perform put_artifacts(w.artifacts); end if;
  for this_item in select s from jsonb_array_elements(w.sessions) s order by s->>'uid', s->>'id' loop
    perform put_session(this_item, w.moment);
  end loop;
  if jsonb_array_length(w.requests) > 0 then perform put_sign_in_requests(w.requests, w.moment); end if;
  if jsonb_array_length(w.activities) > 0 then perform record_activities(w.activities, w.moment); end if;
  if jsonb_array_length(w.jobs) > 0 then
    -- The queue goes by the machine's own clock.
    perform graphile_worker.add_job(job->>'name', (job->'payload')::json, max_attempts => (job->>'max_attempts')::integer,
      run_at => now() + clock_offset() + (coalesce((job->>'wait_ms')::integer, 0) * interval '1 ms' - clock_offset()), queue_name => queue_of(job->>'receiver', job->>'call'))
    from jsonb_array_elements(w.jobs) job;
    perform note_services_told((
      select jsonb_agg(job->'payload') from jsonb_array_elements(w.jobs) job where job->>'name' = 'signals.back-channel-logout'
    ), w.moment);
  end if;
end $$;

-- Ends visits that were resumed; a visit can end only once, and as it was read. Until the sweep the row keeps only its end and the way
-- on, and nothing about the person. The version grows, so that an answer which is under way cannot overwrite the row.
create or replace function end_visits(ended jsonb) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  done integer;
  lost bytea;
begin
  with given as (
    select * from jsonb_to_recordset(ended) as e(
      id bytea, known bytea, payload jsonb, version integer, consumed_at timestamptz, seal bytea)
  ), standing as (
    select a.id from oidc_artifacts a join given g on g.id = a.id and g.known = a.seal
    where a.consumed_at is null order by a.id for update of a
  ), resumed as (
    update oidc_artifacts a set
      consumed_at = g.consumed_at, version = g.version, account_id = null, session_uid = null, parent_id = null,
      payload = g.payload, seal = g.seal
    from standing join given g using (id) where a.id = standing.id returning a.id
  )
  select (select count(*) from resumed),
    coalesce((select id from given where id not in (select id from resumed) limit 1), (select id from given limit 1))
  into done, lost;
  if done < jsonb_array_length(ended) then perform lost_race('ended', lost); end if;
end $$;

-- Queues logout notices, and notes of each in the person's activity that it goes out. One service is told at once and each other one
-- within a minute, by chance: two services join nobody by the second of her sign-out (docs/design/domain.md#i21).
create or replace function queue_logout_notices(calls jsonb) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform graphile_worker.add_job('signals.back-channel-logout', n.call::json, max_attempts => 15,
    run_at => now() + clock_offset() + (case n.turn when 1 then 0 else n.chance end * interval '60 s' - clock_offset()),
    queue_name => queue_of('service ' || (n.call->>'clientId'), n.call->>'sid'))
  from (
    select call, row_number() over (order by chance) as turn, chance
    from (
      select call, ('x' || left(gen_random_uuid()::text, 8))::bit(32)::bigint / 4294967296.0 as chance
      from jsonb_array_elements(calls) call) c) n;
  perform note_services_told(calls, now() + clock_offset());
end $$;

-- Deletes sessions, and queues a logout notice for each service that they were used at.
create or replace function drop_sessions(person uuid, uids text[]) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  calls jsonb;
  services text[];
begin
  delete from oidc_sessions where uid = any(uids) and account_id = person;
  with gone as (
    delete from oidc_session_authorizations where session_uid = any(uids) returning client_id, content->>'sid' as sid
  )
  select jsonb_agg(jsonb_build_object('clientId', client_id, 'accountId', person, 'sid', sid, 'jti', gen_random_uuid())),
    array_agg(distinct client_id) into calls, services from gone where sid is not null;
  if services is null then return; end if;
  perform queue_logout_notices(calls);
  perform queue_session_signal(person, services);
end $$;

-- Keeps which sessions end, for the browsers that have their cookies: those that `end_sessions` is about to end with the same choice. A
-- session that was over by itself was ended by nobody.
create or replace function note_session_endings(
  person uuid, but text, only_one text, made_by uuid[], why text, moment timestamptz, told_until timestamptz)
returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into session_ending (id, because, ended_at, expires_at)
  select id, why, moment, told_until from oidc_sessions
  where account_id = person and expires_at > moment
    and (but is null or uid <> but)
    and (only_one is null or uid = only_one)
    and (made_by is null or factor_ids && made_by)
  on conflict do nothing
$$;

-- Ends sessions of an account: all, all but one, only one, or those that a factor made. The caller has locked the account in a
-- statement of its own, so that this one sees the sessions of all earlier sign-ins, and gives the standing that results.
create or replace function end_sessions(
  person uuid, but text, only_one text, made_by uuid[], with_tokens boolean, epoch integer, since integer, kept text, made_seal bytea)
returns integer language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  uids text[];
begin
  perform note_sessions_ended(person, epoch, since, kept, made_seal);
  uids := array(
    select distinct uid from oidc_sessions
    where account_id = person
      and (but is null or uid <> but)
      and (only_one is null or uid = only_one)
      and (made_by is null or factor_ids && made_by)
  );
  perform drop_sessions(person, uids);
  if with_tokens then
    delete from oidc_artifacts
    where account_id = person and model in ('AuthorizationCode', 'AccessToken', 'RefreshToken');
    perform end_sign_in_requests(person, null, null, null, now() + clock_offset());
  end if;
  return cardinality(uids);
end $$;

-- Ends a person's codes and tokens that were issued since a moment, but for those of one session; of the second of that moment all. The
-- caller has locked the account in a statement of its own.
create or replace function end_tokens_since(person uuid, since timestamptz, but text) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  delete from oidc_artifacts
  where account_id = person and model in ('AuthorizationCode', 'AccessToken', 'RefreshToken')
    and session_uid is distinct from but and (payload->>'iat')::bigint >= floor(extract(epoch from since));
$$;

-- Ends a person's sign-ins at one service: what her sessions hold of it goes, with a logout notice for each, and so do its codes and
-- tokens for her. Her sessions go on. The caller has locked the account in a statement of its own: a code that is issued later finds the
-- connection as it is then.
create or replace function leave_service(person uuid, service text) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  calls jsonb;
begin
  with gone as (
    delete from oidc_session_authorizations a
    where a.client_id = service and a.session_uid in (select uid from oidc_sessions where account_id = person)
    returning a.content->>'sid' as sid
  )
  select jsonb_agg(jsonb_build_object('clientId', service, 'accountId', person, 'sid', sid, 'jti', gen_random_uuid()))
  into calls from gone where sid is not null;
  if calls is not null then perform queue_logout_notices(calls); end if;
  delete from oidc_artifacts
  where account_id = person and client_id = service and model in ('AuthorizationCode', 'AccessToken', 'RefreshToken');
  perform end_sign_in_requests(person, null, service, null, now() + clock_offset());
end $$;
