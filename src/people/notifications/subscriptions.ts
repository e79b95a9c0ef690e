import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { notify } from './notify.ts'
import type { AwaitsSendings, WhoAwaits } from './preference-store.ts'
import {
  awaitingReminders,
  awaitingSendings,
  lockReminders,
  moveToldUntil,
} from './preference-store.ts'
import { wasNotified } from './store.ts'

// Messages that a person asks for beyond those that her access needs: of new sendings, of a question that waits. Rooms that know of the
// one or the other walk through these people, and say when there is something new.

const weekSeconds = 7 * 24 * 3600
const firstId = '00000000-0000-0000-0000-000000000000'

type Stretch = { readonly after: string | undefined; readonly limit: number }

/** The next people, by their ids, who want to be told when there are new sendings. */
export function whoAwaitsSendings(
  db: Database,
  { after = firstId, limit }: Stretch,
  until: Date,
): Promise<WhoAwaits> {
  return awaitingSendings(db, { after, limit, weekAgo: secondsAfter(until, -weekSeconds) })
}

/** Tells a person that there is something new up to an instant: once, whichever process is first. */
export async function tellOfSendings(
  tx: Transaction,
  person: AwaitsSendings,
  until: Date,
  now: Date,
): Promise<boolean> {
  if (!(await moveToldUntil(tx, person, until))) return false
  await notify(tx, person.personId, 'disclosure.new', now)
  return true
}

/** The next people, by their ids, who want to be reminded of a question that waits. */
export function whoAwaitsReminders(
  db: Database,
  { after = firstId, limit }: Stretch,
): Promise<string[]> {
  return awaitingReminders(db, { after, limit })
}

/** Reminds a person that a question waits, unless she was since then: once, whichever process is first. */
export async function remindOfQuestion(
  tx: Transaction,
  personId: string,
  since: Date,
  now: Date,
): Promise<boolean> {
  if (!(await lockReminders(tx, personId))) return false
  if (await wasNotified(tx, personId, 'question.waiting', since)) return false
  await notify(tx, personId, 'question.waiting', now)
  return true
}
