import { afterAll, beforeAll, expect, test } from 'vitest'
import { remindOfQuestions } from '../../../src/consent/asking/index.ts'
import { reminderJobs } from '../../../src/consent/record/index.ts'
import { remindBatch } from '../../../src/consent/record/expiry-reminders.ts'
import { firstPlace } from '../../../src/consent/record/reminder-store.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { brakeByOrder, openRegister } from '../../../src/registry/index.ts'
import { savePreference } from '../../../src/people/notifications/preference-store.ts'
import { whileNotTold } from '../../support/cannot-be-told.ts'
import { sealsOf } from '../../support/seals.ts'
import { housePatience } from '../../support/patience.ts'
import type { Load } from '../../support/sharing-load.ts'
import { at, currentRow, newSharers, openLoad, stopAt } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { answer, askNewcomer, startStage } from '../../support/sharing.ts'

const daySeconds = 24 * 3600
const log = openLog('silent')

async function remindOfConsents(db: Database, now: Date): Promise<number> {
  const { noted, next } = await remindBatch({ db, log }, now)
  expect(next).toBeUndefined()
  return noted
}

let stage: Stage
let load: Load
beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** A whole batch of people before all others who want to be reminded, and of whom nobody asks anything. */
async function crowdBefore(): Promise<void> {
  const crowd = `select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as person_id from generate_series(1, 500) n`
  for (const into of ['persons (person_id, created_at)', 'accounts (person_id, opened_at)'])
    await load.db.raw(`insert into ${into} select person_id, now() from (${crowd}) c`)
  await load.db.raw(
    `insert into notification_preference (person_id, channel, language, changed_at, question_reminders)
     select person_id, 'none', 'fr', now(), true from (${crowd}) c`,
  )
}

function told(personId: string): Promise<string[]> {
  return load.db('notification').where({ personId }).orderBy('queuedAt').pluck('kind')
}

test('each end is announced once a month and once a week before, by one process, and not if it was brought forward', async () => {
  const sharers = await newSharers(load, 3)
  const stopped = at(sharers, 2)
  const { validUntil } = await currentRow(load, stopped.consentId)
  await stopAt(stopped, stopped.consentId, at(stage.ports, 0))
  const before = (days: number) => secondsAfter(validUntil, -days * daySeconds)
  expect(await remindOfConsents(load.db, before(31))).toBe(0)
  const stranger = openDatabase(stage.databaseUrl, housePatience)
  const [first] = sharers.slice(0, 2).toSorted((a, b) => (a.consentId < b.consentId ? -1 : 1))
  for (const day of [29, 6]) {
    // One who cannot be told holds up no other, and is told by the next run.
    const remind = () => remindOfConsents(load.db, before(day))
    expect(await whileNotTold(load.db, String(first?.personId), remind)).toBe(1)
    const all = [load.db, stranger, load.db, stranger]
    const noted = await Promise.all(all.map((db) => remindOfConsents(db, before(day))))
    expect(noted.reduce((sum, n) => sum + n)).toBe(1)
    expect(await remindOfConsents(load.db, before(day - 1))).toBe(0)
  }
  await stranger.destroy()
  expect(await remindOfConsents(load.db, secondsAfter(validUntil, 1))).toBe(0)
  for (const { personId } of sharers.slice(0, 2))
    expect(await told(personId)).toEqual(['consent.given', 'consent.ending', 'consent.ending'])
  expect(await told(stopped.personId)).toEqual(['consent.given', 'consent.stopped'])
})

test('a sharing that goes on is recalled once a year', async () => {
  const sharer = at(await newSharers(load, 1), 0)
  const { consentId, personId } = sharer
  const { validFrom, validUntil } = await currentRow(load, consentId)
  // No demonstration's consent lasts longer than a year: this one began earlier.
  const years = secondsAfter(validFrom, -2 * 366 * daySeconds)
  await load.db('consentCurrent').where({ personId }).update({ validFrom: years })
  await load.db('consentCurrent').whereNot({ personId }).update({ state: 'revoked' })
  const now = secondsAfter(validFrom, daySeconds)
  expect(now < secondsAfter(validUntil, -31 * daySeconds)).toBe(true)
  const jobs = reminderJobs({ db: load.db, log }, () => now)
  const attempt = { attempt: 1, maxAttempts: 1 }
  await jobs['consent.remind']?.({}, attempt)
  expect(await remindOfConsents(load.db, secondsAfter(now, 20 * daySeconds))).toBe(0)
  // A walk that a process of another version began among windows of its own is over.
  await jobs['consent.remind-on']?.({ from: { ...firstPlace, window: 99 } }, attempt)
  expect(await told(personId)).toEqual(['consent.given', 'consent.yearly'])
})

test('the end of a short sharing is not announced before half of it is over', async () => {
  const sharer = at(await newSharers(load, 1), 0)
  const { consentId, personId } = sharer
  const { validFrom } = await currentRow(load, consentId)
  const end = secondsAfter(validFrom, 40 * daySeconds)
  await load.db('consentCurrent').where({ personId }).update({ validUntil: end })
  expect(await remindOfConsents(load.db, secondsAfter(end, -29 * daySeconds))).toBe(0)
  expect(await remindOfConsents(load.db, secondsAfter(end, -6 * daySeconds))).toBe(1)
})

test('a question that waits is recalled once, three days before it is over, to who wants that', async () => {
  const asked = [await askNewcomer(stage), await askNewcomer(stage), await askNewcomer(stage)]
  const [wants, answers, wantsNot] = [at(asked, 0), at(asked, 1), at(asked, 2)]
  const choice = { channel: 'none', language: 'fr', sendings: 'never' } as const
  for (const { personId } of asked) {
    const questionReminders = personId !== wantsNot.personId
    await transact(load.db, (tx) =>
      savePreference(tx, personId, { ...choice, questionReminders }, new Date()),
    )
  }
  await answer(answers, 'refus')
  const { personId } = wants
  await crowdBefore()
  const questions: { expiresAt: Date }[] = await load.db('consentRequest').where({ personId })
  const { expiresAt } = at(questions, 0)
  const before = (hours: number) => secondsAfter(expiresAt, -hours * 3600)
  const seals = await sealsOf(stage.keysDir)
  const registerNow = async () => (await openRegister(load.db, seals)).current()
  const free = await registerNow()
  const remind = async (hours: number, register = free) => {
    const live = { current: () => register }
    return (await remindOfQuestions({ db: load.db, log, live }, before(hours))).reminded
  }
  expect(await remind(73)).toBe(0)
  // She could not answer it.
  const words = { operator: 'Anna', reason: 'Un essai', 'reason-en': 'A trial' }
  const asking = { deed: 'brake', kind: 'agreement', id: 'agr_2026-001', words } as const
  await brakeByOrder(load.db, { seals, issuer: stage.issuer }, asking, new Date())
  expect(await remind(71, await registerNow())).toBe(0)
  expect(await whileNotTold(load.db, personId, () => remind(71))).toBe(0)
  const both = await Promise.all([1, 2].map(() => remind(71)))
  expect(both.toSorted((a, b) => a - b)).toEqual([0, 1])
  expect(await remind(1)).toBe(0)
  expect(await told(personId)).toEqual(['question.waiting'])
  for (const other of [answers, wantsNot])
    expect(await told(other.personId)).not.toContain('question.waiting')
})
