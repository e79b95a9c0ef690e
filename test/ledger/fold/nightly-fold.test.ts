import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import type { Session } from '../../../src/base/database/db-session.ts'
import { openSession, readingSession } from '../../../src/base/database/db-session.ts'
import { keepChainEnd } from '../../support/chain-end.ts'
import { underLease } from '../../support/leases.ts'
import type { LogFields } from '../../../src/base/logging/log.ts'
import { emptyLiveSet, sealedHead } from '../../../src/ledger/chain/index.ts'
import { knownPerson } from '../../../src/ledger/chain/index.ts'
import {
  dateIn,
  foldInSnapshot,
  foldPeople,
  idOf,
  memberIn,
  textIn,
  InvalidEvent,
  uuidIn,
  walkEverybody,
} from '../../../src/ledger/fold/index.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { beginWalk, nightlyFoldDuty, seventhOf } from '../../../src/ledger/fold/nightly-fold.ts'
import type { OpenWalk } from '../../../src/ledger/fold/walk-store.ts'
import { lastWalk, openWalkOf } from '../../../src/ledger/fold/walk-store.ts'
import type { Stage } from '../chain/stage.ts'
import { openStage } from '../chain/stage.ts'

// The walk of a night over everybody: begun once, taken up again where it was, its result kept and told.

let stage: Stage
let session: Session
let close: () => Promise<void>
let people: string[]
const errors: LogFields[] = []

beforeAll(async () => {
  stage = await openStage()
  ;({ session, close } = await openSession(stage.databaseUrl))
  people = []
  for (const count of [3, 1, 2]) {
    const personId = await stage.newPerson()
    await stage.write(personId, count)
    people.push(personId)
  }
  // More people without any event than one batch holds.
  const others = Array.from({ length: 600 }, () => ({
    personId: randomUUID(),
    createdAt: new Date(),
  }))
  await stage.db('persons').insert(others)
})
afterAll(async () => {
  await close()
  await stage.close()
})
beforeEach(async () => {
  await stage.tamper('delete from fold_walk')
  errors.length = 0
})

const quiet = () => undefined
const log = {
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: (said: LogFields) => errors.push(said),
}

const parts = {
  rows: [],
  strays: [],
  together: () => Promise.resolve([]),
  tellers: () => [],
}

const duty = () =>
  nightlyFoldDuty({
    vault: stage.vault,
    db: stage.db,
    partsNow: () => Promise.resolve(parts),
    // After every night of these tests.
    clock: () => secondsAfter(new Date(), 100 * 3600),
    log,
  })

const turn = () => underLease(session, 'ledger.fold', (lease) => duty().turn(session, lease))

async function walkAll(): Promise<OpenWalk & { readonly ended: boolean }> {
  while (await turn());
  const walk = await lastWalk(session)
  if (walk === undefined) throw new Error('no walk')
  return { ...walk, ended: (await openWalkOf(session)) === undefined }
}

test('a walk covers every person once, and without an open walk nobody is looked at', async () => {
  expect(await turn()).toBe(false)
  await beginWalk(stage.db, new Date())
  await beginWalk(stage.db, new Date())
  expect(await stage.db('foldWalk')).toHaveLength(1)
  const walk = await walkAll()
  expect(walk).toMatchObject({ ended: true, seventh: null, people: 603, events: 6, differences: 0 })
  expect(errors).toEqual([])
})

test('a walk that was broken off goes on after its last batch', async () => {
  await beginWalk(stage.db, new Date())
  await turn()
  const half = await openWalkOf(session)
  expect(half).toMatchObject({ people: 250 })
  await turn()
  expect((await openWalkOf(session))?.reached.localeCompare(half?.reached ?? '')).toBe(1)
  expect(await walkAll()).toMatchObject({ ended: true, people: 603, events: 6 })
})

test('a difference is kept, named by its event, and logged at level 50', async () => {
  const [personId = ''] = people
  const putBack = await keepChainEnd(stage.db, personId)
  const where = 'where person_id = :personId and person_seq = 2'
  await stage.tamper(`update ledger_event set body = body || '\\x00' ${where}`, { personId })
  await beginWalk(stage.db, new Date())
  const walk = await walkAll()
  await stage.tamper(`update ledger_event set body = substr(body, 1, length(body) - 1) ${where}`, {
    personId,
  })
  expect(await stage.db('ledgerEvent').where({ personId, kind: 'rows.differed' })).toHaveLength(1)
  await putBack()
  expect(walk).toMatchObject({
    differences: 1,
    named: [
      {
        table: 'ledger_event',
        called: expect.stringMatching(/^evt_/),
        because: 'it does not open',
      },
    ],
  })
  expect(JSON.stringify(walk.named)).not.toContain(personId)
  expect(errors).toEqual([expect.objectContaining({ job: 'ledger.fold' })])
})

test('a person who is put back to an earlier state, with her events, leaves entries of the log', async () => {
  const [personId = ''] = people
  const { db } = stage
  const kept = await db('ledgerEvent').where({ personId }).orderBy('personSeq')
  const head = await db('personHead').where({ personId }).first()
  const [before, last] = kept.slice(-2)
  const set = 'set next_seq = :next, head_commitment = :head, updated_at = :at, seal = :seal'
  const write = `update person_head ${set} where person_id = :personId`
  const { commitment, recordedAt } = before
  const older = {
    chainId: personId,
    nextSeq: last.personSeq,
    headCommitment: commitment,
    updatedAt: recordedAt,
  }
  // Somebody had kept the seal that it bore then.
  const seal = sealedHead(stage.vault.seals, older, emptyLiveSet)?.seal
  await stage.tamper('delete from ledger_event where event_id = :id', { id: last.eventId })
  const then = { next: last.personSeq, head: commitment, at: recordedAt, seal }
  await stage.tamper(write, { personId, ...then })
  await beginWalk(db, new Date())
  const walk = await walkAll()
  const { nextSeq: next, headCommitment, updatedAt: at } = head
  await stage.tamper(write, { personId, next, head: headCommitment, at, seal: head.seal })
  await db('ledgerEvent').insert(last)
  const because = 'the feed of heads has a later end of this chain: its person was put back'
  expect(walk.named).toEqual([
    { table: 'person_head', called: writeId('evt', before.eventId), because },
    { table: 'ledger_position', called: 'all logs', because: '1 entries belong to no event' },
  ])
})

test('above a number of events a night covers a seventh of the people, and seven nights cover everybody once', async () => {
  const seen: number[] = []
  let looked = 0
  for (let night = 0; night < 8; night++) {
    // Later than every event so far, so that nobody has a new event.
    await beginWalk(stage.db, secondsAfter(new Date(), night * 3600), 5)
    const { seventh, people: count } = await walkAll()
    seen.push(seventh ?? -1)
    const all: { personId: string }[] = await stage.db('persons').select('personId')
    const hers = all.filter(({ personId }) => seventhOf(personId) === seventh)
    if (night > 0) {
      expect(count).toBe(hers.length)
      looked += count
    }
  }
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 0])
  const everybody: unknown[] = await stage.db('persons').select('personId')
  expect(looked, 'seven nights look at everybody, once').toBe(everybody.length)
})

test('a person with an event since the walk before is covered in any night', async () => {
  await beginWalk(stage.db, new Date(), 5)
  await walkAll()
  const outside = await personOutside(1)
  await stage.write(outside, 1)
  await beginWalk(stage.db, secondsAfter(new Date(), 1), 5)
  const { seventh, events } = await walkAll()
  expect(seventh).toBe(1)
  const [{ count } = { count: 0 }] = await readingSession(stage.db).rows<{ count: number }>(
    'select count(*)::integer as count from ledger_event',
  )
  expect(events).toBeGreaterThan(0)
  expect(events).toBeLessThan(count)
})

async function personOutside(seventh: number): Promise<string> {
  for (;;) {
    const personId = await stage.newPerson()
    if (seventhOf(personId) !== seventh) return personId
  }
}

test('a chain that is said to be shown later, and is not, is a difference; a person with very many events is left to the night', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 1)
  const set = (columns: string) =>
    stage.tamper(`update person_head set ${columns} where person_id = :personId`, { personId })
  const because = async () => {
    const person = await knownPerson(session, personId)
    if (person === undefined) throw new Error('nobody')
    const [folded] = await foldPeople(session, vault, parts, [person])
    return folded?.differences.map((difference) => difference.because)
  }
  expect(await because()).toEqual([])
  await set('delayed = true')
  expect(await because()).toEqual(['delayed is not what was written'])
  await set('delayed = false, next_seq = 2002')
  const own = () =>
    foldInSnapshot(db, vault, () => Promise.resolve(parts), { personId, now: new Date() })
  expect(await own()).toBe('too-many')
  await set('next_seq = 2')
  expect(await own()).toEqual({ events: 1, differences: [] })
})

test('a walk whose database is away ends, and says why', async () => {
  const away: Session = { rows: () => Promise.reject(new Error('the database is away')) }
  await expect(walkEverybody(away, stage.vault, parts)).rejects.toThrow('is away')
})

test('what an event does not say, or not rightly, is untellable', () => {
  const event = { at: 'yesterday', id: 'con_x', years: { from: 2026 } }
  expect(() => dateIn(event, 'at')).toThrow(new InvalidEvent('its at is no instant'))
  expect(() => uuidIn(event, 'con', 'id')).toThrow(new InvalidEvent('its id is no con_'))
  expect(memberIn(event, 'years', 'from')).toBe(2026)
  expect(memberIn(event, 'years', 'through')).toBeNull()
  expect(() => textIn(event, 'service')).toThrow(InvalidEvent)
  expect(idOf({ id: null }, 'id')).toBe('')
})
