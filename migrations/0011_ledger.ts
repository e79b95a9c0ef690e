import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- The end of a person's chain, and her lock: whatever a decision about her may depend on changes only under it, with
    -- an event. "Head unchanged" therefore means "all that was read is still so" (PERMIT 1).
    create table person_head (
      person_id uuid primary key references persons,
      updated_at timestamptz,
      next_seq integer not null default 1 check (next_seq > 0),
      shard smallint not null default 0,
      head_commitment bytea check (octet_length(head_commitment) = 32),
      check ((next_seq = 1) = (head_commitment is null) and (next_seq = 1) = (updated_at is null))
    ) with (fillfactor = 80);

    -- One data key a person-year, wrapped under a key that is not in the database. To destroy it is to erase: at once here,
    -- and in backups when they are as old as they may become (DOMAIN 4.8). A destroyed key leaves its row, which says by
    -- which event, and keeps a new one from being made for the same year.
    create table dek (
      person_id uuid not null,
      year smallint not null check (year > 0),
      wrapped_key bytea,
      kek_id bytea not null check (octet_length(kek_id) = 8),
      created_at timestamptz not null,
      destroyed_at timestamptz,
      destroy_event_id uuid,
      primary key (person_id, year),
      check ((destroyed_at is null) = (wrapped_key is not null) and (destroyed_at is null) = (destroy_event_id is null))
    );

    -- Written once, never changed. No index on event_id: an event is found by its person, and its uuid is unique by its making.
    -- No foreign keys: each insert would lock a parent row that all share.
    -- Not partitioned: the unique key holds no time, so monthly partitions need a key derived from recorded_at, and this
    -- table can be attached as the first of them when its size asks for it (PERMIT 2.5).
    create table ledger_event (
      person_id uuid not null,
      event_id uuid not null,
      recorded_at timestamptz not null,
      visible_from timestamptz not null,
      person_seq integer not null check (person_seq > 0),
      shard smallint not null,
      dek_year smallint not null,
      kind text not null check (kind in (
        'consent.presented', 'consent.granted', 'consent.refused', 'consent.revoked', 'consent.suspended', 'consent.resumed',
        'consent.confirmed', 'consent.expired', 'consent.superseded', 'consent.voided',
        'notice.shown',
        'disclosure.authorised', 'disclosure.recorded', 'disclosure.nil', 'disclosure.unconfirmed', 'disclosure.disputed',
        'disclosure.corrected',
        'revocation.delivered', 'revocation.acknowledged', 'revocation.effect-reported',
        'access.opened', 'access.factor-added', 'access.factor-removed', 'access.recovered', 'access.closed',
        'content.erased')),
      commitment bytea not null check (octet_length(commitment) = 32),
      -- iv ‖ AES-256-GCM(data key, salt ‖ payload) ‖ tag, bound to event_id and person_seq.
      body bytea not null,
      primary key (person_id, person_seq),
      check (visible_from >= recorded_at)
    );
    -- Ciphertext does not compress: PostgreSQL need not try.
    alter table ledger_event alter column body set storage external;

    create function refuse_ledger_change() returns trigger language plpgsql as $$
      begin
        raise exception 'the ledger never changes: erasure destroys keys, not rows';
      end
    $$;
    create trigger ledger_event_is_immutable before update or delete or truncate on ledger_event
      for each statement execute function refuse_ledger_change();

    -- What the public log has still to take in, in this order. A person's event n+1 is inserted after n has committed, so
    -- whoever sees n+1 sees n; a sequence that hands out its values in blocks (cache > 1) would break that.
    create table ledger_pending (
      id bigint generated always as identity (cache 1) primary key,
      event_id uuid not null,
      shard smallint not null,
      commitment bytea not null check (octet_length(commitment) = 32)
    );

    -- Locks a person's head, made here if she has none, and reads what her next event needs. Each statement of a volatile
    -- function sees what has committed before it: the time and the key are read after the wait, not before it.
    create function open_ledger(person uuid) returns table (
      next_seq integer, head_commitment bytea, moment timestamptz, wrapped_key bytea, kek_id bytea
    ) language plpgsql volatile as $$
    declare
      head person_head;
    begin
      insert into person_head (person_id) values (person) on conflict do nothing;
      select h.* into strict head from person_head h where h.person_id = person for update;
      -- In milliseconds, as payloads say it, and never twice the same for two deeds about one person (DOMAIN 2.7).
      moment := greatest(date_trunc('milliseconds', clock_timestamp()), head.updated_at + interval '1 millisecond');
      return query
        select head.next_seq, head.head_commitment, moment, d.wrapped_key, d.kek_id
        from (values (extract(year from moment at time zone 'UTC'))) as this (year)
        left join dek d on d.person_id = person and d.year = this.year::smallint;
    end $$;

    -- The only writer of events, for rooms and for their SQL functions. That the event is the next one and not older than
    -- the last is asserted once more: whoever appends holds the head.
    create function append_to_ledger(
      person uuid, seq integer, event uuid, kind text, moment timestamptz, commitment bytea, body bytea,
      new_key bytea, new_key_kek bytea
    ) returns void language plpgsql as $$
    declare
      key_year smallint := extract(year from moment at time zone 'UTC');
      in_shard smallint;
    begin
      update person_head h set next_seq = seq + 1, head_commitment = commitment, updated_at = moment
      where h.person_id = person and h.next_seq = seq and coalesce(h.updated_at, '-infinity') <= moment
      returning h.shard into in_shard;
      if not found then raise exception 'event % is not the next of its person', seq; end if;
      if new_key is not null then
        insert into dek (person_id, year, wrapped_key, kek_id, created_at)
        values (person, key_year, new_key, new_key_kek, moment);
      end if;
      insert into ledger_event (person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)
      values (person, event, moment, moment, seq, in_shard, key_year, kind, commitment, body);
      insert into ledger_pending (event_id, shard, commitment) values (event, in_shard, commitment);
    end $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
