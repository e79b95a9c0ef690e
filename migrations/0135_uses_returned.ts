import type { Knex } from 'knex'

// A report that nothing was sent gives its use back at most as often as the limit allows (decision 0058): else a limit would be
// none for a body that asks and reports nothing, again and again.

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- How many uses came back, in all and in the window that window_started_at begins.
    alter table consent_current
      add column uses_returned integer not null default 0,
      add column window_returned integer not null default 0 check (window_returned >= 0),
      add constraint consent_current_uses_returned check (uses_returned >= 0 and uses_returned <= coalesce(max_uses, uses_returned));

    -- Whether the use came back; null unless nothing was sent.
    alter table disclosure add column use_returned boolean;
    update disclosure set use_returned = true where status = 'nil';
    alter table disclosure add constraint disclosure_use_returned check ((status = 'nil') = (use_returned is not null));

    -- Permits under which nothing was sent, and whether their use came back.
    create view uses_returned as select decision_id, use_returned from disclosure where use_returned is not null;

    alter table disclosure_anomaly
      drop constraint disclosure_anomaly_kind_check,
      add constraint disclosure_anomaly_kind_check check (kind in ('sent_after_permit', 'categories_differ', 'counts_differ', 'nothing_sent',
        'received_twice', 'received_without_permit', 'not_reported', 'unconfirmed', 'nil_too_often'));

    -- As before; a new window begins with nothing that came back.
    create or replace function use_consents(
      persons uuid[], consents uuid[], moments timestamptz[], window_starts timestamptz[], window_uses_before integer[]
    ) returns void language plpgsql as $$
    declare
      used integer;
    begin
      update consent_current c set uses = c.uses + 1, last_use_at = i.moment,
        window_started_at = coalesce(i.window_start, c.window_started_at),
        window_uses = coalesce(i.before + 1, c.window_uses),
        window_returned = case when i.window_start is null or i.window_start = c.window_started_at then c.window_returned else 0 end
      from unnest(persons, consents, moments, window_starts, window_uses_before) i(person, consent, moment, window_start, before)
      where c.person_id = i.person and c.consent_id = i.consent
        and c.state = 'active' and c.valid_from <= i.moment and c.valid_until > i.moment
        and (c.frequency_count is null or i.before < c.frequency_count);
      get diagnostics used = row_count;
      if used <> cardinality(persons) then raise exception 'a consent changed under its head'; end if;
    end $$;

    -- Takes a use back from a consent, and from what it was narrowed to, for its uses went along: if the limits of the newest of
    -- them let one come back. In the window only if that is still the one in which it was counted. After the person's lock.
    create function return_use(person uuid, used uuid, counted_in timestamptz) returns boolean language plpgsql as $$
    begin
      with recursive counted as (
        select used as consent_id, 0 as step
        union all
        select n.consent_id, c.step + 1 from counted c join narrowings n on n.narrows = c.consent_id
      ), newest as (
        select s.* from counted c join consent_current s using (consent_id) where s.person_id = person order by c.step desc limit 1
      )
      update consent_current s set uses = s.uses - 1, uses_returned = s.uses_returned + 1,
        window_uses = s.window_uses - (s.window_started_at is not distinct from counted_in and counted_in is not null)::integer,
        window_returned = s.window_returned + (s.window_started_at is not distinct from counted_in and counted_in is not null)::integer
      from newest n
      where s.person_id = person and s.consent_id in (select consent_id from counted)
        and (n.max_uses is null or n.uses_returned < n.max_uses)
        and (n.frequency_count is null or n.window_started_at is distinct from counted_in or n.window_returned < n.frequency_count);
      return found;
    end $$;

    -- The same for what the law permits, which is counted by its permits. What is counted is shown at once, for the register
    -- refuses a limit beside a delay: it stands in the person's own chain, and is reported under her lock.
    create function may_return_lawful_use(
      person uuid, recipient_no integer, purpose_no integer, since timestamptz, most_since integer, most integer
    ) returns boolean language sql stable as $$
      select (most is null or count(*) < most)
        and (most_since is null or count(*) filter (where d.evaluated_at >= since) < most_since)
      from decision d
      where d.person_id = person and d.outcome = 'permit' and d.consent_id is null and d.recipient = recipient_no
        and d.purpose = purpose_no and d.status = 'nil'
        and exists (select 1 from uses_returned u where u.decision_id = d.decision_id and u.use_returned)
    $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
