import type { Knex } from 'knex'

// Of which days the information was asked for (decision 0057): days of Québec, as the holder named them. They are read as text, for a
// date would become an instant of this machine's zone.

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table decision
      add column period_from date,
      add column period_to date,
      add constraint decision_period check ((period_from is null) = (period_to is null) and period_from <= period_to);

    create or replace view decision_history as
      select d.person_id, d.decision_id, d.evaluated_at, d.consent_id, d.holder, d.recipient, d.dataset, d.purpose,
             d.agreement, d.legal_basis_id, d.asked, d.permitted, d.outcome, d.reason_code, d.valid_until, d.status,
             d.query_id, d.times, d.last_at,
             s.disclosure_id, s.occurred_at, s.recorded_at, s.categories_actual, s.record_count, s.result, s.delivery,
             s.query_id as reported_query_id, s.query_group_id, s.initiator, s.late, s.in_flight, s.anomaly,
             d.visible_from, d.period_from::text as period_from, d.period_to::text as period_to
      from decision d left join disclosure s using (decision_id)
      where d.visible_from is null or d.visible_from <= now() + clock_offset();

    -- Which answers were to a change of what stood.
    create view changes_asked as select consent_id from consent_request_item where amends is not null;

    -- A pause that a yes ends is ended by a tick of its own, which is kept with the rest of what she decided.
    alter table answer_draft add column resumes boolean not null default false;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
