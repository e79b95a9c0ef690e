import { newUuid } from '../../src/base/values/ids.ts'
import type { Database } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import type { Keys } from '../../src/base/keys/keys.ts'
import { contactSeals } from '../../src/people/accounts/index.ts'
import { contactToConfirm, confirmContact } from '../../src/people/accounts/contact-store.ts'
import { proposeContact } from '../../src/people/accounts/contacts.ts'
import type { MessageNotice } from '../../src/people/notifications/kinds.ts'
import { templateVersion } from '../../src/people/notifications/kinds.ts'
import { sendingJob } from '../../src/people/notifications/notify.ts'
import { present } from '../../src/base/values/present.ts'
import { untyped } from './database.ts'

// Very many letters that wait: people who have nothing but an address, and notices to them in the queue, as a deed leaves them there.

/** Fewer than an address gets in a day (ceilings.ts). */
const each = 70
const batch = 2000

export type Recipient = { readonly personId: string; readonly contactId: string }

/** So many people as that number of letters needs, each with a confirmed address. */
export async function peopleWithAddresses(
  db: Database,
  keys: Keys,
  letters: number,
): Promise<Recipient[]> {
  const seals = contactSeals(keys)
  const people: Recipient[] = []
  for (let n = 0; n < Math.ceil(letters / each); n++) {
    const now = new Date()
    const personId = newUuid(now)
    const address = `r${n}@exemple.test`
    const contactId = await transact(db, async (tx) => {
      await untyped(tx)('persons').insert({ personId, createdAt: now })
      await untyped(tx)('accounts').insert({ personId, openedAt: now })
      const proposed = { personId, channel: 'email', address, messageId: newUuid(now) } as const
      const id = await proposeContact(tx, seals, proposed, now)
      const waiting = present(await contactToConfirm(tx, personId, id, now), 'the address')
      await confirmContact(tx, seals.rows, waiting, now)
      return id
    })
    people.push({ personId, contactId })
  }
  return people
}

/** @returns the ids of the notices, in the order in which they wait */
export async function queueNotices(
  db: Database,
  people: readonly Recipient[],
  count: number,
  kindOf: (n: number) => MessageNotice,
): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const now = new Date()
    const some = Array.from({ length: Math.min(batch, count - ids.length) }, (_, n) => {
      const at = ids.length + n
      const person = present(people[at % people.length], 'a person')
      return { ...person, notificationId: newUuid(now), kind: kindOf(at) }
    })
    const rows = some.map((one) => {
      return { ...one, channel: 'email', language: 'fr', templateVersion, queuedAt: now }
    })
    const jobs = some.map(({ notificationId, kind }) =>
      sendingJob('email', kind, { notificationId }, 15),
    )
    await transact(db, async (tx) => {
      await untyped(tx)('notification').insert(rows)
      await tx.raw(
        `select graphile_worker.add_job(j->>'name', j->'payload', max_attempts => 15, priority => (j->>'priority')::int,
           queue_name => queue_of(j->'receiver'->>'name', j->'receiver'->>'call'))
         from json_array_elements(?::json) j`,
        [JSON.stringify(jobs)],
      )
    })
    ids.push(...some.map(({ notificationId }) => notificationId))
  }
  return ids
}

/** Takes out of the queue what no worker has. @returns the ids of those letters */
export async function takeOutOfQueue(db: Database): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `with out as (
       delete from graphile_worker._private_jobs where locked_at is null
       returning payload->>'notificationId' as id)
     update notification set given_up_at = now() where notification_id in (select id::uuid from out) returning notification_id as id`,
  )
  return rows.map(({ id }) => id)
}
