-- Tables of other rooms:
--   mandate_held: the end of an officer's last office ends his session, in its transaction.
--   accounts: so does a suspension of his access, its closing, and an end of its sessions.
--   passkeys: so does a suspension of the key that made the session.

create or replace function end_desk_session_of_office() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from desk_session s where s.officer_id = new.holder_id and not exists (
    select from mandate_held h where h.holder_id = new.holder_id and h.ground = 'office' and h.ended_at is null);
  return null;
end $$;
create or replace trigger mandate_held_ends_desk_session after update of ended_at on mandate_held
  for each row when (new.ground = 'office' and new.ended_at is not null) execute function end_desk_session_of_office();

create or replace function end_desk_session_of_access() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from desk_session s where s.officer_id = new.person_id;
  return null;
end $$;
create or replace trigger accounts_end_desk_session after update on accounts
  for each row when (new.use = 'work' and (new.suspended_at is not null or new.closed_at is not null or new.session_epoch <> old.session_epoch))
  execute function end_desk_session_of_access();

create or replace function end_desk_session_of_key() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from desk_session s where s.passkey_id = new.passkey_id;
  return null;
end $$;
create or replace trigger passkeys_end_desk_session after update of suspended_at on passkeys
  for each row when (new.suspended_at is not null) execute function end_desk_session_of_key();
