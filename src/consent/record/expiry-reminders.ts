import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import type { Log } from '../../base/logging/log.ts'
import type { MessageNotice } from '../../people/notifications/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Reminder, ReminderPlace } from './reminder-store.ts'
import { firstPlace, noteReminder, remindersDue } from './reminder-store.ts'

/** Rows that a statement looks at, and statements of one run. */
export type ReminderLimits = Readonly<Record<'rows' | 'batches', number>>

const usualLimits: ReminderLimits = { rows: 1000, batches: 24 }

const unreminded = 'a person could not be reminded of a consent'

type Reminding = { readonly db: Database; readonly log: Log }

/** `next`: from where the walk goes on; undefined: it looked at all. */
export type ReminderBatch = { readonly noted: number; readonly next: ReminderPlace | undefined }

/**
 * Reminds people of their consents: a month and a week before the end, and once a year; some thousand at most. Each reminder is sent once,
 * even where several processes run this at the same time. One for whom it fails holds up no other.
 */
export async function remindBatch(
  { db, log }: Reminding,
  now: Date,
  from: ReminderPlace = firstPlace,
  limits = usualLimits,
): Promise<ReminderBatch> {
  let noted = 0
  let next: ReminderPlace | undefined = from
  for (let n = 0; n < limits.batches && next !== undefined; n++) {
    const due = await remindersDue(db, now, next, limits.rows)
    const run = await isolateEach(due.reminders, log, unreminded, (one) => remind(db, one, now))
    noted += run.done
    next = due.next
  }
  return { noted, next }
}

function remind(db: Database, reminder: Reminder, now: Date): Promise<boolean> {
  const kind: MessageNotice = reminder.due.startsWith('year-') ? 'consent.yearly' : 'consent.ending'
  return transact(db, async (tx) => {
    if (!(await noteReminder(tx, reminder, now))) return false
    await notify(tx, reminder.personId, kind, now)
    return true
  })
}
