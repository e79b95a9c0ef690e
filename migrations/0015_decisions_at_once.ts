import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What a person's next event needs, without her lock (PERMIT 1): whoever writes by it says which event he took for the
    -- next one, and has written nothing if it was not. The time is not later than the snapshot of an autocommit statement.
    create view ledger_heads as
      select h.person_id, h.next_seq, h.head_commitment, m.moment, d.wrapped_key, d.kek_id
      from person_head h
      cross join lateral (
        select greatest(date_trunc('milliseconds', now()), h.updated_at + interval '1 millisecond') as moment
      ) m
      left join dek d on d.person_id = h.person_id and d.year = extract(year from m.moment at time zone 'UTC')::smallint;

    -- Locks those heads that nobody else holds, in the order of their ids: who waits for none is waited for by none.
    create function lock_free_heads(persons uuid[]) returns table (person_id uuid, next_seq integer) language sql volatile as $$
      select h.person_id, h.next_seq from person_head h where h.person_id = any(persons) order by h.person_id
      for update skip locked
    $$;

    -- append_to_ledger for the heads of several people, which the caller holds.
    create function append_all_to_ledger(
      persons uuid[], seqs integer[], events uuid[], kinds text[], moments timestamptz[], commitments bytea[], bodies bytea[],
      new_keys bytea[], new_key_keks bytea[]
    ) returns void language plpgsql as $$
    declare
      moved integer;
    begin
      update person_head h set next_seq = i.seq + 1, head_commitment = i.commitment, updated_at = i.moment
      from unnest(persons, seqs, commitments, moments) i(person, seq, commitment, moment)
      where h.person_id = i.person and h.next_seq = i.seq and coalesce(h.updated_at, '-infinity') <= i.moment;
      get diagnostics moved = row_count;
      if moved <> cardinality(persons) then raise exception 'an event is not the next of its person'; end if;

      insert into dek (person_id, year, wrapped_key, kek_id, created_at)
      select i.person, extract(year from i.moment at time zone 'UTC'), i.new_key, i.kek, i.moment
      from unnest(persons, moments, new_keys, new_key_keks) i(person, moment, new_key, kek) where i.new_key is not null;

      insert into ledger_event (person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)
      select i.person, i.event, i.moment, i.moment, i.seq, h.shard, extract(year from i.moment at time zone 'UTC'), i.kind,
        i.commitment, i.body
      from unnest(persons, seqs, events, kinds, moments, commitments, bodies)
        i(person, seq, event, kind, moment, commitment, body),
        lateral (select shard from person_head p where p.person_id = i.person offset 0) h;

      insert into ledger_pending (event_id, shard, commitment)
      select i.event, h.shard, i.commitment
      from unnest(persons, events, commitments) with ordinality i(person, event, commitment, n),
        lateral (select shard from person_head p where p.person_id = i.person offset 0) h
      order by i.n;
    end $$;

    -- One use of each of these consents, in its window if it has a frequency limit. That they are live is asserted: it was
    -- decided by what the heads say is still so.
    create function use_consents(
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
        and c.state = 'active' and c.valid_from <= i.moment and c.valid_until > i.moment;
      get diagnostics used = row_count;
      if used <> cardinality(persons) then raise exception 'a consent changed under its head'; end if;
    end $$;

    -- Permits of several people, each written whole or not at all, in one transaction. @returns for each, in order:
    -- 'written'; 'lost' when its person's head or the register has moved, or another holds the head; 'reused' when its
    -- request has another permit.
    create function write_permits(
      epochs bigint[], persons uuid[], seqs integer[], requests uuid[], contents bytea[], permits json,
      window_starts timestamptz[], window_uses_before integer[], commitments bytea[], bodies bytea[],
      new_keys bytea[], new_key_keks bytea[]
    ) returns text[] language plpgsql as $$
    declare
      permit decision[] := array(select p from json_populate_recordset(null::decision, permits) p);
      held integer[];
      mine integer[];
    begin
      held := array(
        select i.n from lock_free_heads(persons) h
        join unnest(persons, seqs, epochs) with ordinality i(person, seq, epoch, n) on i.person = h.person_id and i.seq = h.next_seq
        where i.epoch = (select epoch from register_epoch)
        order by i.n);

      with claimed as (
        insert into decision_key (request_key, decision_id, content_sha256, at)
        select requests[n], (permit[n]).decision_id, contents[n], (permit[n]).evaluated_at
        from unnest(held) n order by requests[n]
        on conflict do nothing returning decision_id
      )
      select array(select n from unnest(held) n where (permit[n]).decision_id in (select decision_id from claimed) order by n)
      into mine;

      if cardinality(mine) > 0 then
        perform use_consents(
          array(select persons[n] from unnest(mine) n), array(select (permit[n]).consent_id from unnest(mine) n),
          array(select (permit[n]).evaluated_at from unnest(mine) n),
          array(select window_starts[n] from unnest(mine) n), array(select window_uses_before[n] from unnest(mine) n));
        insert into decision select (p).* from (select permit[n] as p from unnest(mine) n offset 0) those;
        perform append_all_to_ledger(
          array(select persons[n] from unnest(mine) n), array(select seqs[n] from unnest(mine) n),
          array(select (permit[n]).decision_id from unnest(mine) n),
          array_fill('disclosure.authorised'::text, array[cardinality(mine)]),
          array(select (permit[n]).evaluated_at from unnest(mine) n),
          array(select commitments[n] from unnest(mine) n), array(select bodies[n] from unnest(mine) n),
          array(select new_keys[n] from unnest(mine) n), array(select new_key_keks[n] from unnest(mine) n));
      end if;

      return array(
        select case when n = any(mine) then 'written' when n = any(held) then 'reused' else 'lost' end
        from generate_subscripts(persons, 1) n order by n);
    end $$;

    -- record_deny for several, in the order of their locks. @returns the id of each one's row, in their order
    create function record_denies(denies json) returns uuid[] language plpgsql as $$
    declare
      entry record;
      ids uuid[] := array_fill(null::uuid, array[json_array_length(denies)]);
    begin
      for entry in
        select d.* from rows from (json_to_recordset(denies) as (
          deny uuid, moment timestamptz, person uuid, consent uuid, holder integer, recipient integer, dataset integer,
          purpose integer, asked bigint, reason text, policy smallint, query text
        )) with ordinality d(deny, moment, person, consent, holder, recipient, dataset, purpose, asked, reason, policy, query, n)
        order by hashtextextended(concat_ws(' ', person, holder, recipient, dataset, purpose, reason), 0), n
      loop
        ids[entry.n] := record_deny(entry.deny, entry.moment, entry.person, entry.consent, entry.holder, entry.recipient,
          entry.dataset, entry.purpose, entry.asked, entry.reason, entry.policy, entry.query);
      end loop;
      return ids;
    end $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
