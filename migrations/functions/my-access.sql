-- Open accesses that were never used: no service but our own, no question, answer or decision about the person, and no sign-in after
-- the first day. Before an access is closed, its person is checked again alone, under the lock of her account.
create or replace function unused_accounts(opened_before timestamptz, own_services text[], most integer, only_person uuid)
returns table (person_id uuid) language sql stable as $$
  select a.person_id
  from open_accounts a
  where a.opened_at < opened_before
    and (only_person is null or a.person_id = only_person)
    and not exists (select 1 from connection_history c
      where c.person_id = a.person_id and c.service_id <> all (own_services))
    and not exists (select 1 from request_history r where r.person_id = a.person_id)
    and not exists (select 1 from consent_states r where r.person_id = a.person_id)
    and not exists (select 1 from decided d where d.person_id = a.person_id)
    and not exists (select 1 from ledger_users e where e.person_id = a.person_id)
    and not exists (select 1 from sign_ins s
      where s.person_id = a.person_id and s.at > a.opened_at + interval '1 day')
  order by a.opened_at
  limit most
$$;
