-- Rows of this room about these people, as the fold compares them with events.
create or replace function rows_of_matching(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select a.person_id, 'matching_answer', to_jsonb(a) from matching_answer a where a.person_id = any(people);
end;

-- Bodies that were stopped, for the audit export (see audited_deeds).
create or replace function audited_stops(since timestamptz, before timestamptz) returns table (
  at timestamptz, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb
) language sql stable begin atomic
  select s.stopped_at, 'matching-stop', s.org_id, 'matching-stopped', 'failure', 'files-of-nobody', null::uuid, null, s.org_id, '{}'::jsonb
  from matching_stop s where s.stopped_at >= since and s.stopped_at < before;
end;
