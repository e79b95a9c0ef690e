import type { Database } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import type { MessageNotice } from '../../people/notifications/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Reminder } from './reminder-store.ts'
import { noteReminder, remindersDue } from './reminder-store.ts'

const batch = 200
const maxBatches = 50

/**
 * Reminds people of their consents: a month and a week before the end, and once a year. Each reminder is sent once, even where
 * several processes run this at the same time. Reminders beyond the batches are sent the next day.
 * @returns how many reminders were noted
 */
export async function remindOfConsents(db: Database, now: Date): Promise<number> {
  let noted = 0
  for (let n = 0; n < maxBatches; n++) {
    const due = await remindersDue(db, now, batch)
    for (const reminder of due) if (await remind(db, reminder, now)) noted += 1
    if (due.length < batch) break
  }
  return noted
}

function remind(db: Database, reminder: Reminder, now: Date): Promise<boolean> {
  const kind: MessageNotice = reminder.due.startsWith('year-') ? 'consent.yearly' : 'consent.ending'
  return transact(db, async (tx) => {
    if (!(await noteReminder(tx, reminder, now))) return false
    await notify(tx, reminder.personId, kind, now)
    return true
  })
}
