import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import {
  eventsOfKinds,
  liveFromJson,
  makeVault,
  emptyLiveSet,
  openBook,
  openSealed,
  readTimeline,
  sealHead,
  verifyTimeline,
} from '../../../src/ledger/chain/index.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { SealError } from '../../../src/ledger/chain/vault.ts'
import type { Stage } from './stage.ts'
import { openStage, revocation } from './stage.ts'
import { untyped } from '../../support/database.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

test('twenty transactions at once about one person are written one after the other', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()

  const entries = (
    await Promise.all(Array.from({ length: 20 }, () => stage.write(personId, 1)))
  ).flat()

  const inOrder = entries.toSorted((one, other) => one.personSeq - other.personSeq)
  expect(inOrder.map((entry) => entry.personSeq)).toEqual(
    Array.from({ length: 20 }, (_, n) => n + 1),
  )
  const times = inOrder.map((entry) => entry.recordedAt.getTime())
  expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other))
  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 20 })
  expect(await db('dek').where({ personId })).toHaveLength(1)
  // What waits for the log waits in the order of the chain.
  const waiting: string[] = await untyped(db)('ledgerPending')
    .whereIn(
      'eventId',
      entries.map((entry) => entry.eventId),
    )
    .orderBy('id')
    .pluck('event_id')
  expect(waiting).toEqual(inOrder.map((entry) => entry.eventId))
})

test('a transaction that waits for a person reads the time after the wait; one about another person does not wait', async () => {
  const { db, vault } = stage
  const [personId, otherId] = [await stage.newPerson(), await stage.newPerson()]
  let release: (() => void) | undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>()
  const first = stage.deed(personId, async (book) => {
    open()
    await held
    return book.append(revocation(book.now))
  })
  await isOpen

  const second = stage.write(personId, 1)
  await expect.poll(() => waitingForLocks()).toBe(1)
  await stage.write(otherId, 1)
  const afterTheOther = await clockOfTheDatabase()
  release?.()

  const [one, [two]] = await Promise.all([first, second])
  expect(one.recordedAt.getTime()).toBeLessThan(afterTheOther)
  expect(two?.recordedAt.getTime()).toBeGreaterThanOrEqual(afterTheOther)
  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 2 })
})

test('several events of one transaction have the same time and keep their order', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()

  const entries = await stage.deed(personId, async (book) => [
    await book.append(revocation(book.now)),
    await book.append(revocation(book.now)),
    await book.append(revocation(book.now)),
  ])

  expect(entries.map((entry) => entry.personSeq)).toEqual([1, 2, 3])
  expect(new Set(entries.map((entry) => entry.recordedAt.getTime())).size).toBe(1)
  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 3 })
})

test('a failed transaction writes no event', async () => {
  const { db } = stage
  const personId = await stage.newPerson()
  let eventId = ''

  const deed = stage.deed(personId, async (book) => {
    eventId = (await book.append(revocation(book.now))).eventId
    throw new Error('changed its mind')
  })

  await expect(deed).rejects.toThrow('changed its mind')
  for (const table of ['personHead', 'dek', 'ledgerEvent'])
    expect(await untyped(db)(table).where({ personId })).toEqual([])
  expect(await db('ledgerPending').where({ eventId })).toEqual([])
})

test('a refused event leaves the book unchanged', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()

  await stage.deed(personId, async (book) => {
    const showing = { ...revocation(book.now), fields: { note: personId } }
    await expect(book.append(showing)).rejects.toThrow('shows the person')
    await book.append(revocation(book.now))
  })

  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 1 })
})

test('of two people in one deed no event of one shows the id of the other', async () => {
  const { db, vault } = stage
  const people = [await stage.newPerson(), await stage.newPerson()].toSorted()
  const [one = '', other = ''] = people

  await transact(db, async (tx) => {
    const first = await openBook(tx, vault, one)
    const second = await openBook(tx, vault, other)
    const event = revocation(first.now)
    const showing = (id: string) => ({ ...event, fields: { ...event.fields, note: id } })
    await expect(first.append(showing(other))).rejects.toThrow('shows the person')
    await expect(second.append(showing(one))).rejects.toThrow('shows the person')
    await first.append(showing(randomUUID()))
  })

  expect(await verifyTimeline(db, vault, one)).toEqual({ holds: true, count: 1 })
})

test('an unknown person has no book', async () => {
  await expect(stage.write(randomUUID(), 1)).rejects.toThrow('foreign key')
})

test('if the clock was set back, time continues from the last event', async () => {
  const personId = await stage.newPerson()
  await stage.write(personId, 1)
  const ahead = new Date(Date.now() + 3_600_000)
  await stage.db('personHead').where({ personId }).update({ updatedAt: ahead })

  const entries = await stage.write(personId, 2)

  expect(entries.map((entry) => entry.recordedAt.getTime() - ahead.getTime())).toEqual([1, 2])
})

test('the first event of a year makes the key of that year, by UTC wherever the session is', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 2)
  const lastOfYear = new Date('2099-12-31T23:59:59.999Z')
  await db('personHead').where({ personId }).update({ updatedAt: lastOfYear })

  const inToronto = async (count: number) =>
    transact(db, async (tx) => {
      await tx.raw(`set local time zone 'America/Toronto'`)
      const book = await openBook(tx, vault, personId)
      for (let n = 0; n < count; n++) await book.append(revocation(book.now))
      return book.now
    })
  expect(await inToronto(2)).toEqual(new Date('2100-01-01T00:00:00.000Z'))
  await inToronto(1)

  const years: number[] = await untyped(db)('ledgerEvent')
    .where({ personId })
    .orderBy('personSeq')
    .pluck('dek_year')
  const thisYear = years[0] ?? 0
  expect(years).toEqual([thisYear, thisYear, 2100, 2100, 2100])
  const keys = await untyped(db)('dek').where({ personId }).orderBy('year')
  expect(keys.map((key) => key.year)).toEqual([thisYear, 2100])
  const [one, other] = await Promise.all(
    keys.map((key) => vault.unwrap({ personId, year: key.year }, key)),
  )
  expect(one && other?.equals(one)).toBe(false)
  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: 5 })
})

test('nothing is written with a destroyed key, and no new key replaces it', async () => {
  const { db } = stage
  const personId = await stage.newPerson()
  const [entry] = await stage.write(personId, 1)
  await db('dek')
    .where({ personId })
    .update({
      wrappedKey: null,
      destroyedAt: new Date(),
      destroyEventId: entry?.eventId ?? '',
    })

  await expect(stage.write(personId, 1)).rejects.toThrow('destroyed')
  expect(await db('ledgerEvent').where({ personId })).toHaveLength(1)
  expect(await db('dek').where({ personId })).toHaveLength(1)
})

test('a data key is read from the database each time; the vault caches none', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 1)
  const year = new Date().getUTCFullYear()
  const other = await makeVault(
    { data: [stage.kek], seal: [randomBytes(32)] },
    signalMapping,
  ).newDataKey({
    personId,
    year,
  })
  await db('dek').where({ personId }).update(other.wrapped)

  await stage.write(personId, 1)

  const [row] = await db('ledgerEvent').where({ personId, personSeq: 2 })
  expect(vault.open(other.key, row.body, row).text).toContain('question.reopened')
})

test('older events still open after a new key-encryption key', async () => {
  const { db, kek } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 2)
  const rotated = makeVault(
    { data: [randomBytes(32), kek], seal: [randomBytes(32)] },
    signalMapping,
  )

  await transact(db, async (tx) => {
    const book = await openBook(tx, rotated, personId)
    await book.append(revocation(book.now))
  })

  expect(await verifyTimeline(db, rotated, personId)).toEqual({ holds: true, count: 3 })
  const events = await readTimeline(db, rotated, personId, { after: 0, limit: 10 })
  expect(events.map((event) => event.payload?.['person_seq'])).toEqual([1, 2, 3])
})

test('a stored event shows its kind and time, and nothing of its content', async () => {
  const { db } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 1)

  const [row] = await db('ledgerEvent').where({ personId })

  expect(Object.keys(row).toSorted()).toEqual([
    'body',
    'commitment',
    'dekYear',
    'eventId',
    'kind',
    'personId',
    'personSeq',
    'recordedAt',
    'shard',
    'visibleFrom',
  ])
  for (const word of ['con_', 'revoked_at', 'aal']) expect(row.body.includes(word)).toBe(false)
})

test('opening a book costs one statement, and so does each event', async () => {
  const personId = await stage.newPerson()
  await stage.write(personId, 1)

  await transact(stage.db, async (tx) => {
    let statements = 0
    tx.on('query', () => (statements += 1))
    const book = await openBook(tx, stage.vault, personId)
    expect(statements).toBe(1)
    await book.append(revocation(book.now))
    expect(statements).toBe(2)
  })
})

async function waitingForLocks(): Promise<number> {
  const { rows } = await stage.db.raw(`
    select count(*)::integer as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
  return rows[0].waiting
}

async function clockOfTheDatabase(): Promise<number> {
  const { rows } = await stage.db.raw(`select date_trunc('milliseconds', clock_timestamp()) as at`)
  return rows[0].at.getTime()
}

test('a body sealed beside an event opens only for its person and id, and is erased with the key', async () => {
  const { db, vault } = stage
  const [personId, otherId] = [await stage.newPerson(), await stage.newPerson()]
  await stage.write(otherId, 1)
  const [id, anotherId] = [randomUUID(), randomUUID()]
  const sealed = await stage.deed(personId, async (book) => {
    await book.append(revocation(book.now))
    return book.seal(id, 'words')
  })
  expect(sealed.body.toString('latin1')).not.toContain('words')
  expect(await openSealed(db, vault, personId, { ...sealed, id })).toBe('words')
  const others = makeVault({ data: [randomBytes(32)], seal: [randomBytes(32)] }, signalMapping)
  await expect(openSealed(db, vault, otherId, { ...sealed, id })).rejects.toThrow(SealError)
  await expect(openSealed(db, vault, personId, { ...sealed, id: anotherId })).rejects.toThrow(
    SealError,
  )
  await expect(openSealed(db, others, personId, { ...sealed, id })).rejects.toThrow(SealError)
  const wrongYear = { ...sealed, id, year: sealed.year - 1 }
  await expect(openSealed(db, vault, personId, wrongYear)).rejects.toThrow(SealError)
  await stage.tamper(
    'update dek set wrapped_key = null, destroyed_at = now(), destroy_event_id = :id where person_id = :personId',
    { id, personId },
  )
  expect(await openSealed(db, vault, personId, { ...sealed, id })).toBeUndefined()
})

test('an event’s body is not accepted as a body beside it, and a body sealed before the first event opens with the key of that event', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  const [entry] = await stage.write(personId, 1)
  const row = await db('ledgerEvent').where({ personId }).first<{ body: Buffer; dekYear: number }>()
  const asSealed = {
    id: entry?.eventId ?? '',
    year: row?.dekYear ?? 0,
    body: row?.body ?? Buffer.alloc(0),
  }
  await expect(openSealed(db, vault, personId, asSealed)).rejects.toThrow(SealError)
  const [newcomer, id] = [await stage.newPerson(), randomUUID()]
  const early = await stage.deed(newcomer, async (book) => {
    const sealed = book.seal(id, 'words')
    await book.append(revocation(book.now))
    return sealed
  })
  expect(await openSealed(db, vault, newcomer, { ...early, id })).toBe('words')
})

test('what is shown later has a chain of its own, and nothing else has', async () => {
  const personId = await stage.newPerson()
  await expect(
    stage.deed(personId, (book) =>
      book.append({ ...revocation(book.now), visibleFrom: new Date() }),
    ),
  ).rejects.toThrow('a chain of its own')
  expect(await stage.db('ledgerEvent').where({ personId })).toEqual([])
})

test('a head without any event has no living rows, no seal, and gets none', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  await stage.deed(personId, async () => undefined)
  const { rows } = await db.raw<{ rows: { head: Record<string, unknown> }[] }>(
    'select to_jsonb(h) as head from ledger_heads h where person_id = ?',
    [personId],
  )
  expect(rows[0]?.head).toMatchObject({ head_commitment: null, updated_at: null, head_seal: null })
  expect(liveFromJson(vault.seals, personId, rows[0]?.head ?? null)).toEqual(emptyLiveSet)
  const head = { chainId: personId, nextSeq: 1, headCommitment: null, updatedAt: null }
  await transact(db, (tx) => sealHead(tx, vault.seals, head, emptyLiveSet))
  expect(await db('personHead').where({ personId }).first()).toMatchObject({ seal: null })
})

test('rows are not counted by a head that is not as it was sealed', async () => {
  const personId = await stage.newPerson()
  await stage.write(personId, 1)
  const forged = "update person_head set live = decode(repeat('00', 20), 'hex')"
  await stage.tamper(`${forged} where person_id = :personId`, { personId })
  const live = await stage.deed(personId, async (book) => {
    book.count(1)
    return book.live
  })
  expect(live).toBe('untrusted')
})

test('an event whose data key is gone, and not destroyed by an erasure, does not open', async () => {
  const { db, vault } = stage
  const personId = await stage.newPerson()
  await stage.deed(personId, (book) => book.append(revocation(book.now)))
  const read = () =>
    transact(db, (tx) => eventsOfKinds(tx, vault, personId, { kinds: ['consent.revoked'] }))
  expect((await read()).events).toHaveLength(1)
  await stage.tamper('delete from dek where person_id = :personId', { personId })
  await expect(read()).rejects.toThrow('its data key is none')
})
