import type { Database } from '../../src/base/database/database.ts'

/** Does the work while no message to a person can be written. */
export async function whileNotTold<T>(
  db: Database,
  personId: string,
  work: () => Promise<T>,
): Promise<T> {
  await db.raw(
    `alter table notification add constraint fails check (person_id <> '${personId}') not valid`,
  )
  try {
    return await work()
  } finally {
    await db.raw('alter table notification drop constraint fails')
  }
}
