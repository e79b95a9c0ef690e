import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- One id for a permit: the decision, its ledger event and its disclosure (PERMIT 1.1). Denies about a known person are
    -- rows too; equal ones within 24 hours are one row with a count, so that a polling holder cannot fill a history.
    create table decision (
      decision_id uuid primary key,
      evaluated_at timestamptz not null,
      person_id uuid not null,
      person_seq integer,
      consent_id uuid,
      holder integer not null,
      recipient integer,
      dataset integer not null,
      purpose integer,
      agreement integer,
      legal_basis_id text,
      asked bigint not null,
      permitted bigint not null,
      outcome text not null check (outcome in ('permit', 'deny')),
      reason_code text not null,
      policy_version smallint not null,
      valid_until timestamptz,
      status text check (status in ('authorised', 'recorded', 'nil', 'unconfirmed', 'disputed')),
      query_id text,
      times integer not null default 1,
      last_at timestamptz not null,
      check (case outcome
        when 'permit' then person_seq is not null and consent_id is not null and status is not null
          and valid_until is not null and permitted <> 0 and permitted & ~asked = 0
        else person_seq is null and status is null and permitted = 0 end)
    );
    create index decision_of_person on decision (person_id, evaluated_at);

    -- Which request a permit answered: the same one gets the same permit, and one use (I14). Pruned after a day.
    create table decision_key (
      request_key uuid primary key,
      decision_id uuid not null,
      -- SHA-256 of what was asked: the same name with other content is another request, and gets nothing.
      content_sha256 bytea not null check (octet_length(content_sha256) = 32),
      at timestamptz not null
    );
    create index decision_key_by_age on decision_key (at);

    -- Writes a deny, or counts it into an equal one of the last 24 hours. One statement for its caller; two at once agree.
    create function record_deny(
      deny uuid, moment timestamptz, person uuid, consent uuid, holder_no integer, recipient_no integer, dataset_no integer,
      purpose_no integer, asked_mask bigint, reason text, policy smallint, query text
    ) returns uuid language plpgsql as $$
    declare
      known uuid;
    begin
      perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', person, holder_no, recipient_no, dataset_no, purpose_no, reason), 0));
      update decision d set times = d.times + 1, last_at = greatest(d.last_at, moment), asked = d.asked | asked_mask
      where d.decision_id = (
        select e.decision_id from decision e
        where e.person_id = person and e.evaluated_at > moment - interval '24 hours' and e.outcome = 'deny'
          and e.reason_code = reason and e.holder = holder_no and e.recipient is not distinct from recipient_no
          and e.dataset = dataset_no and e.purpose is not distinct from purpose_no
          and e.consent_id is not distinct from consent
        order by e.evaluated_at desc limit 1)
      returning d.decision_id into known;
      if known is not null then return known; end if;
      insert into decision (decision_id, evaluated_at, person_id, consent_id, holder, recipient, dataset, purpose,
        asked, permitted, outcome, reason_code, policy_version, query_id, last_at)
      values (deny, moment, person, consent, holder_no, recipient_no, dataset_no, purpose_no,
        asked_mask, 0, 'deny', reason, policy, query, moment);
      return deny;
    end $$;

    -- What the holder reports that it sent, or that it sent nothing.
    create table disclosure (
      disclosure_id uuid primary key,
      decision_id uuid not null unique references decision,
      person_id uuid not null,
      person_seq integer not null,
      status text not null check (status in ('recorded', 'nil')),
      occurred_at timestamptz not null,
      recorded_at timestamptz not null,
      categories_actual bigint not null,
      record_count integer check (record_count >= 0),
      result text check (result in ('found', 'not_found', 'partial')),
      delivery text not null check (delivery in ('pull', 'push', 'bulk')),
      query_id text,
      query_group_id text,
      initiator jsonb,
      late boolean not null,
      in_flight boolean not null,
      anomaly boolean not null,
      -- SHA-256 of the report: the same again is answered again, another one is refused.
      report_sha256 bytea not null check (octet_length(report_sha256) = 32)
    );
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
