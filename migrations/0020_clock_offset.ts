import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- How far ahead of the machine this house's time is: nothing, unless tests or a demonstration move it, by replacing this
    -- function (DOMAIN 2.7). Production refuses to start over anything else. A constant that the planner puts in place, and
    -- plans are made anew when it changes: whatever asks the time asks for now() + clock_offset().
    create function clock_offset() returns interval language sql stable as $$ select interval '0' $$;

    create or replace view ledger_heads as
      select h.person_id, h.next_seq, h.head_commitment, m.moment, d.wrapped_key, d.kek_id
      from person_head h
      cross join lateral (
        select greatest(date_trunc('milliseconds', now() + clock_offset()), h.updated_at + interval '1 millisecond') as moment
      ) m
      left join dek d on d.person_id = h.person_id and d.year = extract(year from m.moment at time zone 'UTC')::smallint;

    create or replace function open_ledger(person uuid) returns table (
      next_seq integer, head_commitment bytea, moment timestamptz, wrapped_key bytea, kek_id bytea
    ) language plpgsql volatile as $$
    declare
      head person_head;
    begin
      insert into person_head (person_id) values (person) on conflict do nothing;
      select h.* into strict head from person_head h where h.person_id = person for update;
      -- In milliseconds, as payloads say it, and never twice the same for two deeds about one person (DOMAIN 2.7).
      moment := greatest(
        date_trunc('milliseconds', clock_timestamp() + clock_offset()), head.updated_at + interval '1 millisecond');
      return query
        select head.next_seq, head.head_commitment, moment, d.wrapped_key, d.kek_id
        from (values (extract(year from moment at time zone 'UTC'))) as this (year)
        left join dek d on d.person_id = person and d.year = this.year::smallint;
    end $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
