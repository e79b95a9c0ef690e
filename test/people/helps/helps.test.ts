import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { readDuration, secondsAfter } from '../../../src/base/values/clock.ts'
import type { FlowGate } from '../../../src/base/values/gate.ts'
import type { CountedTry } from '../../../src/base/web/limits/tries.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { canonical, makeVault, readTimeline } from '../../../src/ledger/chain/index.ts'
import {
  endByOfficer,
  endByPerson,
  lookInHelp,
  looksOf,
  makeHelpCode,
  openByCode,
  settleHelp,
} from '../../../src/people/helps/index.ts'
import { closingJobs } from '../../../src/people/helps/jobs.ts'
import type { HelpVault, HelpingOfficer } from '../../../src/people/helps/judge.ts'
import type { HelpView } from '../../../src/people/helps/tables.ts'
import { groundOf } from '../../../src/people/mandates/grounds.ts'
import {
  endOffice,
  helpSeconds,
  mandateSeals,
  openOffice,
} from '../../../src/people/mandates/index.ts'
import type { DeskRole } from '../../../src/people/offices/index.ts'
import { roles } from '../../../src/people/offices/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { differencesOf } from '../../support/fold.ts'
import { joinedPairs } from '../../support/joined-dump.ts'
import { housePatience } from '../../support/patience.ts'

// A help from its digits to its end, against everything that ends it, on connections of their own.

const keys = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const mandates = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
const house = { type: 'broker' } as const
const organisation = 'org_aide-etudes'
const holder = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const
const origin = { requestId: 'req-of-a-test', network: undefined }
const counted = {} as CountedTry
const until = dayAfter(dayOf(new Date()), 'P200D')

let database: FreshDatabase
let db: Database
let other: Database
/** Sessions that somebody ended. */
const ended = new Set<string>()
const isAlive = (_tx: unknown, _account: string, session: string) =>
  Promise.resolve(!ended.has(session))
const partsOn = (on: Database): HelpVault => {
  return { ...mandates, db: on, sessions: { isAlive }, deskSessions: { isAlive } }
}

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
  other = openDatabase(database.url, housePatience)
})
afterAll(async () => {
  await Promise.all([db.destroy(), other.destroy()])
  await database.drop()
})

async function newPerson(): Promise<string> {
  const personId = randomUUID()
  await db('persons').insert({ personId, createdAt: new Date() })
  return personId
}

async function newOfficer(role: DeskRole = 'counter', body = organisation) {
  const officerId = await newPerson()
  const mandateId = await transact(db, (tx) =>
    openOffice(
      tx,
      mandates,
      {
        officerId,
        organisation: body,
        role,
        acts: roles[role],
        untilAt: endOfDay(until),
        orderSha256: null,
        namedBy: [],
      },
      house,
    ),
  )
  const at: HelpingOfficer = { officerId, organisation: body, holder, sessionUid: randomUUID() }
  return { at, mandateId }
}

async function withDigits(now = new Date()) {
  const personId = await newPerson()
  return { personId, ...(await digitsOf(personId, now)) }
}

async function digitsOf(personId: string, now = new Date()) {
  const sessionUid = randomUUID()
  const maker = { personId, sessionUid, organisation, language: 'fr' } as const
  const { digits } = await transact(db, (tx) =>
    makeHelpCode(tx, mandates.seals.rows, { personId } as FlowGate, maker, now),
  )
  return { digits, sessionUid }
}

function open(officer: HelpingOfficer, digits: string, on = db) {
  return openByCode(counted, partsOn(on), officer, { digits, origin })
}

function look(officer: HelpingOfficer, helpId: string, what: HelpView = 'sharings', on = db) {
  return transact(on, (tx) =>
    lookInHelp(tx, partsOn(on), officer, { helpId, what, language: 'fr', origin }),
  )
}

function close(personId: string, on = db) {
  const her = { personId, acr: 'urn:accord:aal:2' }
  return transact(on, (tx) => endByPerson(tx, partsOn(on), her, origin))
}

async function opened() {
  const officer = await newOfficer()
  const person = await withDigits()
  return { ...person, officer, helpId: await open(officer.at, person.digits) }
}

const refused = { code: 'help.code-refused', status: 409 }
const notFound = { code: 'not-found', status: 404 }
const differences = (personId: string) => differencesOf({ db, vault: mandates.vault }, personId)

async function eventsOf(personId: string) {
  const events = await readTimeline(db, mandates.vault, personId, { after: 0, limit: 10 })
  return events.map((event) => event.payload)
}

async function linesOf(personId: string) {
  return db('activity').select('kind', 'reason').where({ personId }).orderBy('activityId')
}

test('a help lasts as long as its ground says', () => {
  expect(readDuration(groundOf('help').longest ?? '')).toBe(helpSeconds * 1000)
})

// First: it ends the helps of all others.
test('within the hour the end of a help that is over is written', async () => {
  const { personId, officer, helpId } = await opened()
  const untilAt = secondsAfter(new Date(), -1)
  const run = (now: Date) => closingJobs(partsOn(db), () => now)['helps.close']?.({}, {} as never)
  await run(new Date())
  await look(officer.at, helpId)
  ended.add(officer.at.sessionUid)
  await run(secondsAfter(untilAt, helpSeconds + 60))
  expect(await db('mandate').select('endedBecause').where({ mandateId: helpId }).first()).toEqual({
    endedBecause: 'session',
  })
  expect(await differences(personId)).toEqual([])
})

test('her digits open a help, each look is a line at once, and its end holds the hash of the looks', async () => {
  const { personId, officer, helpId } = await opened()
  const seen = await look(officer.at, helpId)
  expect(seen).toMatchObject({ personId, language: 'fr' })
  expect(seen.until).toEqual(secondsAfter(seen.since, helpSeconds))
  await look(officer.at, helpId, 'lines')
  const looks: { at: Date; no: number; what: string }[] = await db('helpLook')
    .select('at', 'no', 'what')
    .where({ helpId })
    .orderBy('no')
  expect(await linesOf(personId)).toEqual([
    { kind: 'help.opened', reason: `${organisation} device` },
    { kind: 'help.looked', reason: `${organisation} sharings` },
    { kind: 'help.looked', reason: `${organisation} lines` },
  ])
  await transact(db, (tx) => endByOfficer(tx, partsOn(db), officer.at, { helpId, origin }))
  const [first, last] = await eventsOf(personId)
  expect(first).toMatchObject({ kind: 'help.opened', organisation, role: 'counter', way: 'device' })
  const lines = looks.map(({ at, ...line }) => ({ ...line, at: at.toISOString() }))
  const sha256 = createHash('sha256').update(canonical(lines)).digest('hex')
  expect(last).toMatchObject({ kind: 'help.closed', looks: 2, sha256, because: 'holder' })
  expect((await linesOf(personId)).at(-1)).toEqual({
    kind: 'help.closed',
    reason: `${organisation} holder`,
  })
  expect(await db('helpLook').where({ helpId })).toEqual([])
  expect(await differences(personId)).toEqual([])
})

test('a look that somebody else wrote into the database is not listed', async () => {
  const { personId, officer, helpId } = await opened()
  await look(officer.at, helpId)
  const forged = { helpId, no: 2, personId, what: 'lines', at: new Date() } as const
  await db('helpLook').insert(forged)
  const listed = await looksOf(db, mandates.seals.rows, helpId)
  expect(listed.map(({ what }) => what)).toEqual(['sharings'])
})

test('an officer on the telephone opens it by the same digits, and his role is told', async () => {
  const officer = await newOfficer('telephone')
  const { personId, digits } = await withDigits()
  await open(officer.at, digits)
  expect(await linesOf(personId)).toEqual([
    { kind: 'help.opened', reason: `${organisation} telephone` },
  ])
})

test.each<[string, (it: Attack) => unknown, object]>([
  [
    'are of another body',
    async (it) => (it.officer = (await newOfficer('counter', 'org_autre')).at),
    refused,
  ],
  ['are wrong', (it) => (it.digits = it.digits === '00000000' ? '00000001' : '00000000'), refused],
  ['were used', (it) => open(it.officer, it.digits).then((helpId) => endAs(it, helpId)), refused],
  ['were replaced by newer ones', (it) => digitsOf(it.personId), refused],
  ['were made in a session that is over', (it) => ended.add(it.sessionUid), refused],
  [
    'are given to somebody without this act',
    async (it) => (it.officer = (await newOfficer('namer')).at),
    { code: 'desk.act', status: 403 },
  ],
  [
    'stand in a row that was moved to her',
    async (it) => {
      const victim = await newPerson()
      await db('helpCode').where({ personId: it.personId }).update({ personId: victim })
    },
    refused,
  ],
  [
    'stand in a row that lasts longer by SQL alone',
    (it) =>
      db('helpCode')
        .where({ personId: it.personId })
        .update({ expiresAt: secondsAfter(new Date(), 3600) }),
    refused,
  ],
])('digits that %s open nothing', async (_what, change, because) => {
  const it: Attack = { ...(await withDigits()), officer: (await newOfficer()).at }
  await change(it)
  await expect(open(it.officer, it.digits)).rejects.toMatchObject(because)
})

type Attack = { personId: string; digits: string; sessionUid: string; officer: HelpingOfficer }

function endAs({ officer }: Attack, helpId: string) {
  return transact(db, (tx) => endByOfficer(tx, partsOn(db), officer, { helpId, origin }))
}

test('digits serve for ten minutes', async () => {
  const { at } = await newOfficer()
  const late = await withDigits(secondsAfter(new Date(), -600))
  await expect(open(at, late.digits)).rejects.toMatchObject(refused)
  const still = await withDigits(secondsAfter(new Date(), -500))
  await expect(open(at, still.digits)).resolves.toEqual(expect.any(String))
})

test('used digits whose row somebody puts back with its true seal open no second help', async () => {
  const officer = await newOfficer()
  const { personId, digits } = await withDigits()
  const row = await db('helpCode').where({ personId }).first()
  const helpId = await open(officer.at, digits)
  await endAs({ officer: officer.at } as Attack, helpId)
  await db('helpCode').insert({ ...row })
  await expect(open(officer.at, digits)).rejects.toMatchObject({ code: 'help.another' })
})

test('one person has one help, and one officer gives one', async () => {
  const { officer, personId } = await opened()
  const another = { code: 'help.another', status: 409 }
  const { digits } = await digitsOf(personId)
  await expect(open((await newOfficer()).at, digits)).rejects.toMatchObject(another)
  await expect(open(officer.at, (await withDigits()).digits)).rejects.toMatchObject(another)
})

test('of two officers who type the same digits at once, one opens it', async () => {
  const { digits } = await withDigits()
  const [one, two] = [await newOfficer(), await newOfficer()]
  const done = await Promise.allSettled([open(one.at, digits), open(two.at, digits, other)])
  expect(done.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

type Opened = Awaited<ReturnType<typeof opened>>

test.each<[string, (it: Opened) => unknown, string]>([
  ['she closes it', ({ personId }) => close(personId), 'principal'],
  ['he ends it', (it) => endAs({ officer: it.officer.at } as Attack, it.helpId), 'holder'],
  ['her session ends', ({ sessionUid }) => ended.add(sessionUid), 'session'],
  ['his session ends', ({ officer }) => ended.add(officer.at.sessionUid), 'session'],
  [
    'his office ends',
    ({ officer }) =>
      transact(db, (tx) =>
        endOffice(
          tx,
          mandates,
          { officerId: officer.at.officerId, mandateId: officer.mandateId },
          'body',
          house,
        ),
      ),
    'body',
  ],
])('once %s, every look answers as if there had never been a help', async (_what, end, because) => {
  const it = await opened()
  await look(it.officer.at, it.helpId)
  await end(it)
  await expect(look(it.officer.at, it.helpId)).rejects.toMatchObject(notFound)
  await expect(endAs({ officer: it.officer.at } as Attack, it.helpId)).rejects.toMatchObject(
    notFound,
  )
  expect(await settleHelp(partsOn(db), { personId: it.personId }, origin)).toBeUndefined()
  const row = { mandateId: it.helpId }
  expect(await db('mandate').select('endedBecause').where(row).first()).toEqual({
    endedBecause: because,
  })
  expect(await differences(it.personId)).toEqual([])
})

test('another officer, and the same one in another session, find no help', async () => {
  const { officer, helpId } = await opened()
  const another = await newOfficer()
  await expect(look(another.at, helpId)).rejects.toMatchObject(notFound)
  const later = { ...officer.at, sessionUid: randomUUID() }
  await expect(look(later, helpId)).rejects.toMatchObject(notFound)
})

const set = (columns: string) => (it: Opened) =>
  db.raw(`update mandate set ${columns} where mandate_id = ?`, [it.helpId])

test.each<[string, (it: Opened) => Promise<unknown>]>([
  ['lasts longer', set(`until_at = until_at + interval '1 hour'`)],
  ['has one act more', set('acts = acts | 4')],
  ['is of another body', set(`org_id = 'org_b'`)],
  [
    'is of another person',
    async (it) =>
      db('mandate')
        .where({ mandateId: it.helpId })
        .update({ principalId: await newPerson() }),
  ],
  [
    'is of another officer',
    async (it) => {
      const foreign = await opened()
      const row = await db('mandate').select('sealed').where({ mandateId: foreign.helpId }).first()
      await db('mandate')
        .where({ mandateId: it.helpId })
        .update({ sealed: row?.sealed ?? Buffer.alloc(8) })
    },
  ],
])('a help whose row somebody changed, so that it %s, lets nobody see', async (_what, change) => {
  const it = await opened()
  await change(it)
  await expect(look(it.officer.at, it.helpId)).rejects.toMatchObject(notFound)
})

test('a closed help whose row is put back with its true seal lets nobody see', async () => {
  const it = await opened()
  const row = await db('mandate').where({ mandateId: it.helpId }).first()
  await close(it.personId)
  await db('mandate')
    .where({ mandateId: it.helpId })
    .update({ ...row })
  await expect(look(it.officer.at, it.helpId)).rejects.toMatchObject(notFound)
  expect(await differences(it.personId)).not.toEqual([])
})

test('a dump joined by every column finds no person with the officer who saw with her', async () => {
  const count = Number(process.env['PAIRS'] ?? 20)
  const pairs: (readonly [string, string])[] = []
  const helps: string[] = []
  for (let n = 0; n < count; n++) {
    const { personId, officer, helpId } = await opened()
    await look(officer.at, helpId)
    if (n % 2 === 0) await close(personId)
    pairs.push([personId, officer.at.officerId])
    helps.push(helpId)
  }
  expect(await joinedPairs(db, pairs)).toEqual([])
  // The dump would find them by one value that both sides have.
  const [row] = await db('mandateHeld')
    .select('sealed')
    .where({ holderId: pairs[1]?.[1] ?? '' })
  await db('mandate')
    .where({ mandateId: helps[1] ?? '' })
    .update({ sealed: row?.sealed ?? Buffer.alloc(8) })
  expect(await joinedPairs(db, pairs)).toEqual([pairs[1]])
})

// A look that commits is in the hash of the end, or it found nothing.
test('a look against an end: whatever she closed is seen no more', async () => {
  const rounds = Number(process.env['HELP_ROUNDS'] ?? 8)
  const seen = { looked: 0, refused: 0 }
  for (let round = 0; round < rounds; round++) {
    const { personId, officer, helpId } = await opened()
    const [looked] = await Promise.allSettled([
      look(officer.at, helpId, 'lines', other),
      close(personId),
    ])
    const event = (await eventsOf(personId)).at(-1)
    const isSeen = looked.status === 'fulfilled'
    seen[isSeen ? 'looked' : 'refused'] += 1
    expect(event).toMatchObject({ kind: 'help.closed', looks: isSeen ? 1 : 0 })
    await expect(look(officer.at, helpId)).rejects.toMatchObject(notFound)
  }
  if (process.env['HELP_ROUNDS'] !== undefined) process.stdout.write(`${JSON.stringify(seen)}\n`)
})
