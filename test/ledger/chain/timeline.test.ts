import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import type { EventKind, ChainVerdict, Vault } from '../../../src/ledger/chain/index.ts'
import {
  commitmentAt,
  eventAt,
  makeVault,
  openBook,
  readTimeline,
  verifyStretch,
  verifyTimeline,
} from '../../../src/ledger/chain/index.ts'
import { SealError } from '../../../src/ledger/chain/vault.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { Stage } from './stage.ts'
import { openStage, revocation } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

test('a person reads her events in order, a page at a time, and nobody else’s', async () => {
  const { db, vault } = stage
  const [personId, otherId] = [await stage.newPerson(), await stage.newPerson()]
  const entries = await stage.write(personId, 5)
  await stage.write(otherId, 1)

  const first = await readTimeline(db, vault, personId, { after: 0, limit: 3 })
  const rest = await readTimeline(db, vault, personId, { after: 3, limit: 3 })

  expect([...first, ...rest]).toMatchObject(entries)
  expect(first).toHaveLength(3)
  expect(await readTimeline(db, vault, personId, { after: 5, limit: 3 })).toEqual([])
  for (const [index, event] of [...first, ...rest].entries()) {
    expect(schemaProblems(event.payload)).toEqual([])
    expect(event.payload).toMatchObject({
      kind: event.kind,
      event_id: writeId('evt', event.eventId),
      recorded_at: event.recordedAt.toISOString(),
      prev_commitment: entries[index - 1]?.commitment.toString('base64') ?? null,
    })
    expect(await commitmentAt(db, personId, event.personSeq)).toEqual(event.commitment)
    expect(JSON.stringify(event).toLowerCase()).not.toContain(personId)
  }
  await expect(commitmentAt(db, personId, 6)).rejects.toThrow('no such event')
})

test('a page has an end, and a chain is walked over many', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  await stage.deed(personId, async (book) => {
    for (let n = 0; n < 401; n++) await book.append(revocation(book.now))
  })

  expect(await readTimeline(db, vault, personId, { after: 0, limit: 1000 })).toHaveLength(200)
  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 401 })
  const page = await verifyStretch(db, vault, personId, { after: 0, limit: 1000 })
  expect(page).toMatchObject({ isEnd: false, wrong: undefined })
  expect(page.entries).toHaveLength(200)
  await stage.tamper(
    'update ledger_event set kind = :kind where person_id = :personId and person_seq = 401',
    {
      personId,
      kind: 'consent.granted',
    },
  )
  expect(await verifyTimeline(db, vault, personId)).toMatchObject({ holds: false, personSeq: 401 })
})

test('a person without events has a valid, empty timeline', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()

  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 0 })
  await stage.deed(personId, async () => undefined)
  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 0 })
})

test('a chain is valid at every moment, also while it grows', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  const verdicts: ChainVerdict[] = []
  const verifying = async () => {
    for (let n = 0; n < 40; n++) verdicts.push(await verifyTimeline(db, vault, personId))
  }

  await Promise.all([stage.write(personId, 60), verifying()])

  expect(verdicts.filter((verdict) => !verdict.holds)).toEqual([])
  expect(new Set(verdicts.map((verdict) => verdict.holds && verdict.count)).size).toBeGreaterThan(2)
})

test('a destroyed key erases the content of its year; the chain stays valid', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  const before = await stage.write(personId, 2)
  await nextYear(personId)
  const after = await stage.write(personId, 1)
  await erase(personId, before[0]?.recordedAt.getUTCFullYear() ?? 0, 'content.erased')

  const events = await readTimeline(db, vault, personId, { after: 0, limit: 10 })

  expect(events.map((event) => event.payload?.['kind'])).toEqual([
    undefined,
    undefined,
    'question.reopened',
    'content.erased',
  ])
  expect(events.map((event) => event.personSeq)).toEqual([1, 2, 3, 4])
  expect(events[2]?.payload?.['event_id']).toBe(writeId('evt', after[0]?.eventId ?? ''))
  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 4 })
})

test.each([
  ['its commitment', `set commitment = '\\x${'00'.repeat(32)}' where person_seq = 2`, 3],
  [
    'its time',
    `set recorded_at = recorded_at - interval '1 hour', visible_from = visible_from - interval '1 hour' where person_seq = 2`,
    2,
  ],
  ['its year', 'set dek_year = dek_year - 1 where person_seq = 2', 2],
  [
    'a year that is not erased',
    `set dek_year = (select min(dek_year) from ledger_event e where e.person_id = :personId) where person_seq = 3`,
    3,
  ],
])(
  'a change of a column beside erased content is still found: %s',
  async (_, change, personSeq) => {
    const { db, vault } = stage
    const personId = await stage.newPerson()
    const before = await stage.write(personId, 2)
    await nextYear(personId)
    await stage.write(personId, 1)
    await erase(personId, before[0]?.recordedAt.getUTCFullYear() ?? 0, 'content.erased')

    await stage.tamper(`update ledger_event ${change} and person_id = :personId`, { personId })

    expect(await verifyTimeline(db, vault, personId)).toMatchObject({ holds: false, personSeq })
  },
)

test('a key destroyed without an erasure event is reported as a fault', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  const before = await stage.write(personId, 2)
  await nextYear(personId)
  await stage.write(personId, 1)
  await erase(personId, before[0]?.recordedAt.getUTCFullYear() ?? 0, 'notice.shown')

  expect(await verifyTimeline(db, vault, personId)).toEqual({
    holds: false,
    personSeq: 1,
    because: 'it is erased, and no event says so',
  })
})

test('with other keys nothing opens', async () => {
  const { db } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 2)
  const stranger = makeVault({ data: [randomBytes(32)], seal: [randomBytes(32)] }, signalMapping)

  await expect(readTimeline(db, stranger, personId, { after: 0, limit: 1 })).rejects.toThrow(
    SealError,
  )
  expect(await verifyTimeline(db, stranger, personId)).toMatchObject({ holds: false, personSeq: 1 })
})

test('an outage during the check of a chain is not reported as a fault of the chain', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 1)
  const broken = {
    ...vault,
    open: () => {
      throw new RangeError('out of memory')
    },
  }

  await expect(verifyTimeline(db, broken, personId)).rejects.toThrow('out of memory')
})

test('a broken body stops the reading instead of leaving a gap', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 2)
  await stage.tamper(`update ledger_event set body = body || '\\x00' where person_id = :personId`, {
    personId,
  })

  await expect(readTimeline(db, vault, personId, { after: 0, limit: 1 })).rejects.toThrow(SealError)
})

async function nextYear(personId: string): Promise<void> {
  const updatedAt = new Date('2098-01-01T00:00:00.000Z')
  await stage.db('personHead').where({ personId }).update({ updatedAt })
}

/** As erasure will do it: an event that says so, in the transaction that destroys the key. */
async function erase(personId: string, year: number, kind: EventKind): Promise<void> {
  await transact(stage.db, async (tx) => {
    const book = await openBook(tx, stage.vault, personId)
    const actor = { type: 'broker' } as const
    const { eventId } = await book.append({ kind, actor, fields: { year } })
    await tx('dek')
      .where({ personId, year })
      .update({ wrappedKey: null, destroyedAt: book.now, destroyEventId: eventId })
  })
}

test('a stretch in the midst of a chain is checked without its head; an event is found at its place alone', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  const [, second] = await stage.write(personId, 3)
  await stage.tamper('update person_head set next_seq = 9 where person_id = :personId', {
    personId,
  })
  const stretch = (limit: number) => verifyStretch(db, vault, personId, { after: 0, limit })
  expect(await stretch(2)).toMatchObject({ isEnd: false, wrong: undefined })
  expect((await stretch(3)).wrong).toEqual({
    holds: false,
    personSeq: 4,
    because: 'it is missing',
  })
  expect((await eventAt(db, vault, personId, 2))?.eventId).toBe(second?.eventId)
  expect(await eventAt(db, vault, personId, 4)).toBeUndefined()
})

test('a key that cannot be asked now is no altered event', async () => {
  const { db } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 1)
  const vault: Vault = {
    ...stage.vault,
    unwrap: () => Promise.reject(new Error('the signer is away')),
  }
  await expect(eventAt(db, vault, personId, 1)).rejects.toThrow('is away')
})
