import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Grows whenever sessions of the account are ended. A sign-in carries the number that it read beside its proof: one that
    -- began before a deed that ends sessions makes no session after the deed.
    alter table accounts add column session_epoch integer not null default 0;

    create or replace view proving_accounts as
      select a.person_id, a.session_epoch
      from accounts a join persons p using (person_id)
      where a.suspended_at is null and p.status = 'active';

    create function session_epoch_of(person uuid) returns integer language sql stable as $$
      select session_epoch from accounts where person_id = person
    $$;

    -- The account's row is the lock between what makes sessions or tokens and what ends them. Several rows are locked in the
    -- order of their numbers, before anything else is, so that no two wait for each other.
    create function lock_accounts(people uuid[]) returns void language plpgsql as $$
    begin
      perform 1 from accounts where person_id = any(people) order by person_id for no key update;
    end $$;

    create function raise_session_epoch(person uuid) returns void language sql as $$
      update accounts set session_epoch = session_epoch + 1 where person_id = person
    $$;

    -- The factors that proved who she is, in the life of this session.
    alter table oidc_sessions add column factor_ids uuid[] not null default '{}';
    alter table signin_attempts
      add column factor_ids uuid[] not null default '{}',
      add column session_epoch integer not null default 0;
    alter table signin_passwords
      add column factor_id uuid,
      add column session_epoch integer;

    -- Of one account: what its suspension and its closing end.
    drop index oidc_artifacts_to_forget;
    create index oidc_artifacts_of_account on oidc_artifacts (account_id)
      where model in ('AuthorizationCode', 'AccessToken', 'RefreshToken');

    -- Deletes sessions, and queues a notice for each service that they had signed in to.
    create function drop_sessions(person uuid, uids text[]) returns void language plpgsql as $$
    declare
      told integer;
    begin
      delete from oidc_sessions where uid = any(uids) and account_id = person;
      with gone as (
        delete from oidc_session_authorizations where session_uid = any(uids) returning client_id, content->>'sid' as sid
      )
      select count(graphile_worker.add_job(
        'signals.back-channel-logout',
        json_build_object('clientId', client_id, 'accountId', person, 'sid', sid),
        max_attempts => 15
      )) into told from gone where sid is not null;
    end $$;

    -- Ends sessions of an account: all of them, but the one named, only the one named, or those that a factor made. A statement
    -- of its own locks the account first, so that what follows sees the sessions of every sign-in that came before.
    create function end_sessions(person uuid, but text, only_one text, made_by uuid[], with_tokens boolean)
    returns integer language plpgsql as $$
    declare
      uids text[];
    begin
      perform raise_session_epoch(person);
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
      end if;
      return cardinality(uids);
    end $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
