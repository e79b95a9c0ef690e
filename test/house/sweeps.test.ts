import { expect, test } from 'vitest'
import { openDatabase } from '../../src/base/database/database.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import { retention } from '../../src/base/values/retention.ts'
import type { Spans } from '../../src/base/values/retention.ts'
import { accountsRoom } from '../../src/people/accounts/room.ts'
import { notificationsRoom } from '../../src/people/notifications/room.ts'
import { freshDatabase } from '../support/database.ts'
import { housePatience } from '../support/patience.ts'

// What the register says of spans is asked at each sweep.

const now = new Date('2027-06-15T16:00:00Z')

test('activity and messages are swept by the spans of now, which a register may make shorter', async () => {
  const fresh = await freshDatabase()
  const db = openDatabase(fresh.url, housePatience)
  try {
    for (const day of ['2026-05-10', '2026-11-10', '2027-03-10', '2027-05-10']) {
      const at = new Date(`${day}T16:00:00Z`)
      await db('activity').insert({
        activityId: newUuid(at),
        kind: 'sign-in',
        result: 'done',
        requestId: 'a-request',
        at,
      })
      await db('notification').insert({
        notificationId: newUuid(at),
        kind: 'contact.confirm',
        channel: 'email',
        language: 'fr',
        templateVersion: 1,
        queuedAt: at,
      })
    }
    let spans: Spans = retention
    const foundation = { db, clock: () => now, spans: { now: () => spans } }
    const sweep = async () => {
      for (const room of [accountsRoom, notificationsRoom])
        for (const one of Object.values((await room.sweeps?.({ foundation } as never)) ?? {}))
          await one()
      const left = ['activity', 'notification'].map((table) => db(table as 'activity').select())
      return (await Promise.all(left)).map((rows) => rows.length)
    }
    expect(await sweep()).toEqual([3, 1])
    spans = { ...retention, activity: 'P6M', messages: 'P30D' }
    expect(await sweep()).toEqual([2, 0])
  } finally {
    await db.destroy()
    await fresh.drop()
  }
})
