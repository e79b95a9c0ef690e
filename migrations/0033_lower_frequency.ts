import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- A person may lower how often something is sent, below what was sent in this window already: the count goes along as it
    -- is, for a use that is given back must leave the right rest. That a new use is within the limit is asserted where it is
    -- written.
    alter table consent_current
      drop constraint consent_current_check1,
      add constraint consent_current_window_uses check (window_uses >= 0);

    create or replace function use_consents(
      persons uuid[], consents uuid[], moments timestamptz[], window_starts timestamptz[], window_uses_before integer[]
    ) returns void language plpgsql as $$
    declare
      used integer;
    begin
      update consent_current c set uses = c.uses + 1, last_use_at = i.moment,
        window_started_at = coalesce(i.window_start, c.window_started_at),
        window_uses = coalesce(i.before + 1, c.window_uses)
      from unnest(persons, consents, moments, window_starts, window_uses_before) i(person, consent, moment, window_start, before)
      where c.person_id = i.person and c.consent_id = i.consent
        and c.state = 'active' and c.valid_from <= i.moment and c.valid_until > i.moment
        and (c.frequency_count is null or i.before < c.frequency_count);
      get diagnostics used = row_count;
      if used <> cardinality(persons) then raise exception 'a consent changed under its head'; end if;
    end $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
