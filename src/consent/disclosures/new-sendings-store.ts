import type { Database } from '../../base/database/database.ts'
import type { AwaitsSendings } from '../../people/notifications/index.ts'

/**
 * Which of these people have something new: a sending that its holder reported, or a reception without a permit, that they can see since
 * they were last told. What is kept from them for a time counts from the day on which they see it. Whose chain did not grow meanwhile has
 * nothing new, so that most people cost one look at a row.
 */
export async function peopleWithNews(
  db: Database,
  people: readonly AwaitsSendings[],
  until: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await db.raw<{ rows: { personId: string }[] }>(
    `select w.person_id from unnest(:ids::uuid[], :since::timestamptz[]) w(person_id, since)
     where (exists (select from last_entries e where e.person_id = w.person_id and e.updated_at > w.since offset 0)
       or exists (select from delayed_chains c where c.person_id = w.person_id and c.visible_from > w.since and c.visible_from <= :until offset 0))
     and (exists (
       select from decision_history d
       where d.person_id = w.person_id and d.status = 'recorded' and d.recorded_at <= :until
         and greatest(d.recorded_at, d.visible_from) > w.since and greatest(d.recorded_at, d.visible_from) <= :until offset 0)
     or exists (
       select from lines_of_receptions r where r.person_id = w.person_id and r.at > w.since and r.at <= :until offset 0))`,
    {
      ids: people.map(({ personId }) => personId),
      since: people.map(({ toldUntil }) => toldUntil),
      until,
    },
  )
  return new Set(rows.map(({ personId }) => personId))
}
