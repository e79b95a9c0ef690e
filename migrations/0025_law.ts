import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- 'open', 'deceased', or null for who may not be asked about.
    create view person_standing as
      select a.person_id,
             case when p.status = 'deceased' then 'deceased' when p.status = 'active' and a.closed_at is null then 'open' end as standing
      from accounts a join persons p using (person_id);

    -- What the law allows needs no consent, and some of it is shown to its person later (decision 0023): never what a consent
    -- allows, never later than the longest delay of any basis (src/registry/legal-bases.ts).
    alter table decision
      add column visible_from timestamptz,
      drop constraint decision_check,
      add constraint decision_outcome check (case outcome
        when 'permit' then person_seq is not null and status is not null and valid_until is not null
          and legal_basis_id is not null and permitted <> 0 and permitted & ~asked = 0
        else person_seq is null and status is null and permitted = 0 end),
      add constraint decision_rests_on_one check (outcome = 'deny'
        or (consent_id is not null) = (reason_code = 'CONSENT_ACTIVE')
          and (consent_id is not null) = (legal_basis_id in ('consent_53', 'consent_59_sensitive'))),
      add constraint decision_delay check (visible_from is null
        or consent_id is null and legal_basis_id is not null and legal_basis_id = 'investigation_59'
          and visible_from > evaluated_at and visible_from <= last_at + interval '365 days');
    alter table ledger_event add constraint ledger_event_delay check (visible_from = recorded_at
      or kind like 'disclosure.%' and visible_from <= recorded_at + interval '365 days');
    create index decision_delayed on decision (evaluated_at) where visible_from is not null;

    -- A permit that is shown later has a chain of its own, which bears its id: in the person's chain its number would be
    -- missing until then, and would betray it. Every other head is a known person's.
    alter table person_head
      drop constraint person_head_person_id_fkey,
      add column delayed boolean not null default false,
      add column known uuid generated always as (case when not delayed then person_id end) stored references persons;

    create function append_delayed_to_ledger(
      chain uuid, seq integer, event uuid, kind text, moment timestamptz, visible timestamptz, commitment bytea, body bytea,
      new_key bytea, new_key_kek bytea
    ) returns void language plpgsql as $$
    declare
      key_year smallint := extract(year from moment at time zone 'UTC');
      in_shard smallint;
    begin
      update person_head h set next_seq = seq + 1, head_commitment = commitment, updated_at = moment
      where h.person_id = chain and h.next_seq = seq and coalesce(h.updated_at, '-infinity') <= moment
      returning h.shard into in_shard;
      if not found then raise exception 'event % is not the next of its chain', seq; end if;
      if new_key is not null then
        insert into dek (person_id, year, wrapped_key, kek_id, created_at)
        values (chain, key_year, new_key, new_key_kek, moment);
      end if;
      insert into ledger_event (person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)
      values (chain, event, moment, visible, seq, in_shard, key_year, kind, commitment, body);
      insert into ledger_pending (event_id, shard, commitment) values (event, in_shard, commitment);
    end $$;

    -- Nothing of it before that. Whatever a person is shown of decisions is read from this view.
    create or replace view decision_history as
      select d.person_id, d.decision_id, d.evaluated_at, d.consent_id, d.holder, d.recipient, d.dataset, d.purpose,
             d.agreement, d.legal_basis_id, d.asked, d.permitted, d.outcome, d.reason_code, d.valid_until, d.status,
             d.query_id, d.times, d.last_at,
             s.disclosure_id, s.occurred_at, s.recorded_at, s.categories_actual, s.record_count, s.result, s.delivery,
             s.query_id as reported_query_id, s.query_group_id, s.initiator, s.late, s.in_flight, s.anomaly,
             d.visible_from
      from decision d left join disclosure s using (decision_id)
      where d.visible_from is null or d.visible_from <= now() + clock_offset();

    -- For what is done about permits whether their person sees them yet or not.
    create view permits as select decision_id, person_id, status, visible_from from decision where outcome = 'permit';

    -- Whose each delayed chain is.
    create view delayed_chains as
      select person_id, decision_id as chain_id, evaluated_at, visible_from from decision where visible_from is not null and outcome = 'permit';

    -- As before, and for permits that rest on the law: those use no consent, may be the first event of their person, and may be
    -- shown later, in a chain of their own.
    create or replace function write_permits(
      epochs bigint[], persons uuid[], seqs integer[], requests uuid[], contents bytea[], permits json,
      window_starts timestamptz[], window_uses_before integer[], commitments bytea[], bodies bytea[],
      new_keys bytea[], new_key_keks bytea[]
    ) returns text[] language plpgsql as $$
    declare
      permit decision[] := array(select p from json_populate_recordset(null::decision, permits) p);
      held integer[];
      mine integer[];
      consented integer[];
      shown integer[];
      n integer;
    begin
      if 1 = any(seqs) then
        insert into person_head (person_id, delayed)
        select i.person, (permit[i.n]).visible_from is not null
        from unnest(persons, seqs) with ordinality i(person, seq, n) where i.seq = 1 order by i.person
        on conflict do nothing;
      end if;

      held := array(
        select i.n from lock_free_heads(persons) h
        join unnest(persons, seqs, epochs) with ordinality i(person, seq, epoch, n) on i.person = h.person_id and i.seq = h.next_seq
        where i.epoch = (select epoch from register_epoch)
        order by i.n);

      with claimed as (
        insert into decision_key (request_key, decision_id, content_sha256, at)
        select requests[i], (permit[i]).decision_id, contents[i], (permit[i]).evaluated_at
        from unnest(held) i order by requests[i]
        on conflict do nothing returning decision_id
      )
      select array(select i from unnest(held) i where (permit[i]).decision_id in (select decision_id from claimed) order by i)
      into mine;

      if cardinality(mine) > 0 then
        consented := array(select i from unnest(mine) i where (permit[i]).consent_id is not null order by i);
        shown := array(select i from unnest(mine) i where (permit[i]).visible_from is null order by i);
        perform use_consents(
          array(select (permit[i]).person_id from unnest(consented) i), array(select (permit[i]).consent_id from unnest(consented) i),
          array(select (permit[i]).evaluated_at from unnest(consented) i),
          array(select window_starts[i] from unnest(consented) i), array(select window_uses_before[i] from unnest(consented) i));
        insert into decision select (p).* from (select permit[i] as p from unnest(mine) i offset 0) those;
        perform append_all_to_ledger(
          array(select persons[i] from unnest(shown) i), array(select seqs[i] from unnest(shown) i),
          array(select (permit[i]).decision_id from unnest(shown) i),
          array_fill('disclosure.authorised'::text, array[cardinality(shown)]),
          array(select (permit[i]).evaluated_at from unnest(shown) i),
          array(select commitments[i] from unnest(shown) i), array(select bodies[i] from unnest(shown) i),
          array(select new_keys[i] from unnest(shown) i), array(select new_key_keks[i] from unnest(shown) i));
        foreach n in array mine loop
          continue when (permit[n]).visible_from is null;
          perform append_delayed_to_ledger(persons[n], seqs[n], (permit[n]).decision_id, 'disclosure.authorised',
            (permit[n]).evaluated_at, (permit[n]).visible_from, commitments[n], bodies[n], new_keys[n], new_key_keks[n]);
        end loop;
      end if;

      return array(
        select case when i = any(mine) then 'written' when i = any(held) then 'reused' else 'lost' end
        from generate_subscripts(persons, 1) i order by i);
    end $$;

    -- As before; a deny that would betray what is shown later is itself shown later.
    create or replace function record_denies(denies json) returns uuid[] language plpgsql as $$
    declare
      entry record;
      ids uuid[] := array_fill(null::uuid, array[json_array_length(denies)]);
    begin
      for entry in
        select d.* from rows from (json_to_recordset(denies) as (
          deny uuid, moment timestamptz, person uuid, consent uuid, holder integer, recipient integer, dataset integer,
          purpose integer, asked bigint, reason text, policy smallint, query text, basis text, visible timestamptz
        )) with ordinality d(deny, moment, person, consent, holder, recipient, dataset, purpose, asked, reason, policy, query, basis,
          visible, n)
        order by hashtextextended(concat_ws(' ', person, holder, recipient, dataset, purpose, reason), 0), n
      loop
        ids[entry.n] := record_deny(entry.deny, entry.moment, entry.person, entry.consent, entry.holder, entry.recipient,
          entry.dataset, entry.purpose, entry.asked, entry.reason, entry.policy, entry.query);
        if entry.visible is not null then
          update decision d set legal_basis_id = entry.basis, visible_from = greatest(d.visible_from, entry.visible)
          where d.decision_id = ids[entry.n];
        end if;
      end loop;
      return ids;
    end $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
