-- Which of these people have an open access that was never used: no service but our own, no question, answer or decision about the
-- person, and no sign-in after the first day. Before an access is closed, its person is checked again alone, under the lock of her
-- account. `offset 0`: looked up for each person, never all consents or decisions at once.
create or replace function unused_accounts(people uuid[], opened_before timestamptz, own_services text[])
returns table (person_id uuid) language sql stable begin atomic
  select a.person_id
  from unnest(people) p(person_id)
  cross join lateral (select o.person_id, o.opened_at from open_accounts o where o.person_id = p.person_id offset 0) a
  where a.opened_at < opened_before
    and not exists (select 1 from connection_history c
      where c.person_id = a.person_id and c.service_id <> all (own_services) offset 0)
    and not exists (select 1 from request_history r where r.person_id = a.person_id offset 0)
    and not exists (select 1 from consent_states r where r.person_id = a.person_id offset 0)
    and not exists (select 1 from decided d where d.person_id = a.person_id offset 0)
    and not exists (select 1 from ledger_users e where e.person_id = a.person_id offset 0)
    and not exists (select 1 from sign_ins s
      where s.person_id = a.person_id and s.at > a.opened_at + interval '1 day' offset 0);
end;
