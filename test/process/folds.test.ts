import { actorOfOwnAccess } from '../../src/people/accounts/index.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { foldParts } from '../../src/house/folds.ts'
import {
  confirmConsent,
  pauseConsent,
  resumeConsent,
  revokeConsent,
} from '../../src/consent/record/index.ts'
import { closeDays } from '../../src/consent/decisions/index.ts'
import { closeInquiries } from '../../src/consent/disclosures/index.ts'
import { openDispute } from '../../src/consent/disputes/index.ts'
import { dayAfter, dayOf } from '../../src/base/values/calendar.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { transact } from '../../src/base/database/database.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { writeId } from '../../src/base/values/ids.ts'
import type { JsonValue } from '../../src/ledger/chain/index.ts'
import { knownPeople } from '../../src/ledger/chain/index.ts'
import type { StoredRow, ToldTable } from '../../src/ledger/fold/index.ts'
import type { PersonRead } from '../../src/ledger/fold/fold.ts'
import { readPeople, tellPerson } from '../../src/ledger/fold/fold.ts'
import { compare } from '../../src/ledger/fold/told-rows.ts'
import { uncheckedRegister } from '../../src/registry/index.ts'
import { acr, amend, amr, narrow } from '../consent/record/living.ts'
import { until } from '../support/fault-process.ts'
import { differencesOf } from '../support/fold.ts'
import { investigated, investigation, lawful } from '../support/law.ts'
import type { MovingStage } from '../support/moving-stage.ts'
import { startMovingStage } from '../support/moving-stage.ts'
import type { Bodies } from '../support/reporting.ts'
import { bodiesOf } from '../support/reporting.ts'
import type { Load, Sharer } from '../support/sharing-load.ts'
import { allowAgain, askingIn, newSharer, openLoad, uuidOf } from '../support/sharing-load.ts'
import type { Decision } from '../support/sharing.ts'
import { decide, evaluation, holderToken } from '../support/sharing.ts'

// The owner of the database, who has no key, changes rows: events tell what the rows were (I1).

let stage: MovingStage
let load: Load
let bodies: Bodies
let sharer: Sharer
/** Her consents: one that stands, one that she stopped, a refused change. */
let consents: { readonly live: string; readonly stopped: string; readonly refused: string }

beforeAll(async () => {
  stage = await startMovingStage()
  await stage.apply(...investigation(90))
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
  sharer = await newSharer(load)
  consents = await liveThrough()
}, 180_000)
afterAll(async () => {
  await load.close()
  await stage.stop()
})

function inMonths(months: number): string {
  return dayAfter(dayOf(new Date()), `P${months}M`)
}

/** A life that leaves a row in nearly every table. */
async function liveThrough(): Promise<typeof consents> {
  const { personId, sub } = sharer
  const first = uuidOf(sharer.consentId)
  const by = actorOfOwnAccess({ personId, acr, amr, provedAt: new Date(), factorIds: [] })
  const deed = (consentId: string) => ({ ...by, consentId })
  await speakOf(await bodies.permit(sharer))
  await transact(load.db, (tx) => pauseConsent(tx, load.notary, deed(first)))
  await transact(load.db, (tx) => resumeConsent(tx, load.notary, deed(first)))
  await transact(load.db, (tx) => confirmConsent(tx, load.notary, deed(first)))
  const narrower = { lastDay: inMonths(2), keep: [], times: 3 }
  const stopped = await narrow(load, personId, first, narrower)
  const change = { lastDay: inMonths(5), withOptional: false, granted: false }
  const refused = (await amend(load, personId, stopped, change)) ?? ''
  await transact(load.db, (tx) => revokeConsent(tx, load.notary, deed(stopped)))
  const effect = { consent_id: writeId('con', stopped), effect: 'kept_by_law', law: 'LAI, 73' }
  await bodies.asHolder('/disclosures/effects', { ...effect, kept_until: '2099-12-31' })
  await bodies.asRecipient('/disclosures/effects', { ...effect, effect: 'pending', law: undefined })
  await declareWithoutPermit()
  const token = await holderToken(stage, 'decide')
  for (const categories of [['cat_revenu-net'], ['cat_situation-familiale']])
    await decide(stage, token, evaluation(sub, { categories }))
  await decide(stage, token, evaluation(sub, { purpose: 'pur_inconnue@1' }))
  await closeDays(load.db, load.vault, secondsAfter(new Date(), 2 * 24 * 3600), openLog('silent'))
  await introspectOften()
  const live = uuidOf(await allowAgain(load, personId))
  await matchLater(live)
  await bodies.report(await bodies.permit(sharer), { status: 'nil', categories: [] })
  for (const asked of [lawful(sub), investigated(sub)])
    await bodies.report(await decide(stage, token, asked))
  return { live, stopped, refused }
}

/** What both bodies say, a correction, and her question with its answer. */
async function speakOf(permit: Decision): Promise<void> {
  const decisionId = String(permit.context['decision_id'])
  await bodies.report(permit, { record_count: 2 })
  await bodies.receive({ decision_id: decisionId, record_count: 1 })
  const reason = { fr: 'Compté deux fois', en: 'Counted twice' }
  await bodies.report(permit, { status: 'corrected', record_count: 1, reason })
  const question = { personId: sharer.personId, acr, decisionId, text: 'Pourquoi ?' }
  const { disputeId } = await transact(load.db, (tx) => openDispute(tx, askingIn(load), question))
  const path = `/disclosures/disputes/${writeId('dsp', disputeId)}/answer`
  await bodies.asHolder(path, { outcome: 'error', text: 'Par erreur.' })
}

/** What the recipient says by itself that it received. */
async function declareWithoutPermit(): Promise<void> {
  const said = await bodies.receive({
    status: 'declared',
    sub: load.pairwise.subject(sharer.personId, 'org_aide-etudes'),
    reference: 'lot-1',
    dataset: 'dst_avis-cotisation',
    legal_basis: 'agreement_68_1',
    law: {
      act: { fr: 'Loi', en: 'Act' },
      section: '1',
      url: { fr: 'https://loi.example', en: 'https://law.example' },
    },
  })
  expect(said.status).toBe(201)
}

/** More introspections by the holder than there were decisions. */
async function introspectOften(): Promise<void> {
  const { personId } = sharer
  const counted = () => load.db('inquiryTally').where({ personId }).update({ introspected: 100 })
  await until('the first introspection is counted', async () => (await counted()) > 0)
  await closeInquiries(load, secondsAfter(new Date(), 2 * 24 * 3600))
}

/** Something received without a permit, until the report names its query. */
async function matchLater(consentId: string): Promise<void> {
  const said = { consent_id: writeId('con', consentId), query_id: 'q-7' }
  await bodies.receive(said)
  await bodies.report(await bodies.permit(sharer), { query_id: 'q-7' })
}

/** A statement of the database's owner: no trigger and no foreign key stands in the way. */
async function tamper(statement: string): Promise<void> {
  await transact(load.db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(statement)
  })
}

/** The differences that the fold finds after these statements, which are then rolled back. */
async function foundAfter(...statements: readonly string[]): Promise<string[]> {
  const named = statements.flatMap((one) => [
    ...one.matchAll(/^(?:update|delete from|insert into) (\w+)/g),
  ])
  const tables = [...new Set(named.map(([, table = '']) => table))]
  for (const table of tables) await tamper(`create table kept_${table} as table ${table}`)
  for (const statement of statements) await tamper(statement)
  const found = await differencesOf(load)
  for (const table of tables) {
    await tamper(`delete from ${table}`)
    await tamper(`insert into ${table} select * from kept_${table}`)
    await tamper(`drop table kept_${table}`)
  }
  return found.map(({ table, because }) => `${table}: ${because}`).toSorted()
}

const other = (table: string, ...columns: readonly string[]) =>
  columns.map((name) => `${table}: ${name} is not what was written`).toSorted()
const current = (...columns: readonly string[]) => other('consent_current', ...columns)

test('rows that the house wrote are as events tell them', async () => {
  expect(await differencesOf(load)).toEqual([])
})

function of(name: keyof typeof consents): string {
  return `where consent_id = '${consents[name]}'`
}

describe('a change by SQL alone is found, with its row and column', () => {
  test('a stopped consent is set to active', async () => {
    expect(
      await foundAfter(`update consent_current set state = 'active' ${of('stopped')}`),
    ).toEqual(current('state'))
  })

  test('a refusal is turned into a yes', async () => {
    const yes = `update consent_current set state = 'active', categories = 3 ${of('refused')}`
    expect(await foundAfter(yes)).toEqual(current('state', 'categories'))
  })

  test.each<[string, string, string[]]>([
    ['a category is added', 'categories = categories | 4', ['categories']],
    [
      'term and frequency are widened',
      `valid_until = valid_until + interval '10 years', frequency_count = 1000`,
      ['valid_until', 'frequency_count'],
    ],
    ['uses are set to zero', 'uses = 0, window_uses = 0', ['uses', 'window_uses']],
    ['an instant moves by a microsecond', `state_at = state_at + interval '1 us'`, ['state_at']],
  ])('%s', async (_, change, columns) => {
    expect(await foundAfter(`update consent_current set ${change} ${of('live')}`)).toEqual(
      current(...columns),
    )
  })

  test('a label, a report and a shown page are rewritten', async () => {
    const found = await foundAfter(
      `update presentation set grant_label = 'Continuer', rendered_sha256 = (select sha256 from rendered_page where sha256 <> rendered_sha256 limit 1)
       where presentation_id = (select presentation_id from consent_record ${of('live')})`,
      `update disclosure set record_count = 99 where status = 'recorded' and query_id = 'q-7'`,
    )
    expect(found).toEqual(
      [
        ...other('presentation', 'grant_label'),
        ...other('presentation', 'rendered_sha256'),
        ...other('disclosure', 'record_count'),
      ].toSorted(),
    )
  })

  test('the words of a kept page are replaced', async () => {
    await load.db.raw('alter table rendered_page drop constraint rendered_page_check')
    const found = await foundAfter(`update rendered_page set html = 'Autre chose'`)
    expect(new Set(found)).toEqual(new Set(other('presentation', 'is_page_kept')))
  })

  test('a record is changed, with its triggers off', async () => {
    expect(
      await foundAfter(`update consent_record set express = not express ${of('live')}`),
    ).toEqual(other('consent_record', 'express'))
  })

  test('a consent is invented for a question that she only looked at', async () => {
    const id = `'00000000-0000-7000-8000-000000000001'`
    const found = await foundAfter(
      `insert into consent_record select (jsonb_populate_record(r, jsonb_build_object('consent_id', ${id}, 'presentation_id', ${id},
         'arrangement_id', ${id}))).* from consent_record r ${of('live')}`,
      `insert into consent_current select (jsonb_populate_record(c, jsonb_build_object('consent_id', ${id}, 'arrangement_id', ${id}))).*
       from consent_current c ${of('live')}`,
    )
    expect(found).toEqual([
      'consent_current: no event tells of it',
      'consent_record: no event tells of it',
    ])
  })

  test('a sending is deleted, with all reports about it', async () => {
    const found = await foundAfter(
      `delete from disclosure where query_id = 'q-7'`,
      `delete from disclosure_received where query_id = 'q-7'`,
      `delete from decision where decision_id in (select decision_id from kept_disclosure where query_id = 'q-7')`,
    )
    expect(new Set(found)).toEqual(
      new Set([
        'decision: it is missing',
        'disclosure: it is missing',
        'disclosure_received: it is missing',
        'disclosure_anomaly: it is missing',
        // The rows of the contradictions are still there.
        'disclosure_anomaly: it is about no decision',
      ]),
    )
  })

  test.each<[string, string, string]>([
    ['is deleted', 'delete from decision where', 'refusals are missing'],
    [
      'gets another count',
      'update decision set times = 9 where',
      'refusals are not what was written',
    ],
    [
      'gets another reason',
      `update decision set reason_code = 'CONSENT_EXPIRED' where`,
      'refusals are not what was written',
    ],
  ])('a refused attempt of a day that is over %s', async (_, change, because) => {
    const denied = `outcome = 'deny' and reason_code <> 'PURPOSE_UNKNOWN'`
    expect(await foundAfter(`${change} ${denied}`)).toEqual([`decision: ${because}`])
  })

  test('a refused attempt gets the number of an event, with the check of the table dropped', async () => {
    await load.db.raw('alter table decision drop constraint decision_outcome')
    const found = await foundAfter(`update decision set person_seq = 1 where outcome = 'deny'`)
    expect(new Set(found)).toEqual(new Set(['decision: it has what no refusal has']))
  })

  test('a refused attempt is invented on a closed day without one, and the mark of closed days is deleted', async () => {
    const past = `now() - interval '9 days'`
    const at = `'decision_id', gen_random_uuid(), 'evaluated_at', ${past}, 'last_at', ${past}`
    const found = await foundAfter(
      `insert into decision select (jsonb_populate_record(d, jsonb_build_object(${at}))).* from decision d
       where person_id = '${sharer.personId}' and outcome = 'deny' limit 1`,
      'update refused_mark set day = null',
    )
    expect(found).toEqual(['decision: no event tells of it'])
  })

  test('a refused attempt is invented, and the event of its day is hidden', async () => {
    const found = await foundAfter(
      `insert into decision select (jsonb_populate_record(d, jsonb_build_object('decision_id', gen_random_uuid()))).*
       from decision d where outcome = 'deny' limit 1`,
      `delete from refused_day where person_id = '${sharer.personId}'`,
    )
    expect(found).toEqual([
      'decision: refusals are not what was written',
      'refused_day: it is missing',
    ])
  })

  test('a sending that is shown later is deleted, or given to another person', async () => {
    const hidden = 'visible_from is not null'
    expect(await foundAfter(`delete from decision where ${hidden}`)).toEqual(
      expect.arrayContaining(['ledger_event: no permit has this chain']),
    )
    const nextId = `(select person_id from persons where person_id <> '${sharer.personId}' limit 1)`
    await load.db('persons').insert({ personId: crypto.randomUUID(), createdAt: new Date() })
    expect(await foundAfter(`update decision set person_id = ${nextId} where ${hidden}`)).toEqual(
      expect.arrayContaining(['ledger_event: it is about somebody else']),
    )
  })

  test('a contradiction between two bodies is invented about a decision that is not there', async () => {
    const invented = `insert into disclosure_anomaly (about, kind, holder, recipient, noted_at)
      values (gen_random_uuid(), 'not_reported', 1, 2, now())`
    expect(await foundAfter(invented)).toEqual(['disclosure_anomaly: it is about no decision'])
  })

  test.each([
    ['its seal', 'seal = null', 'person_head: its seal does not hold'],
    [
      'its list',
      "live = decode(repeat('00', 19) || '07', 'hex')",
      'person_head: its seal does not hold',
    ],
    [
      'its time',
      "updated_at = updated_at + interval '1 hour'",
      'ledger_event: the head has another time',
    ],
  ])('of the end of a chain, also of one that is shown later: %s', async (_, change, found) => {
    await tamper('create table kept_heads as table person_head')
    const columns = ['live', 'seal', 'updated_at']
    for (const which of ['delayed', `person_id = '${sharer.personId}'`]) {
      await tamper(`update person_head set ${change} where ${which}`)
      const said = (await differencesOf(load)).map(({ table, because }) => `${table}: ${because}`)
      const back = columns.map((name) => `${name} = k.${name}`).join(', ')
      await tamper(
        `update person_head h set ${back} from kept_heads k where k.person_id = h.person_id`,
      )
      expect(said).toContain(found)
    }
    await tamper('drop table kept_heads')
  })

  test('a way in is listed that never came, or her list is gone', async () => {
    const hers = `where person_id = '${sharer.personId}'`
    const way = `'key ${crypto.randomUUID()}'`
    expect(
      await foundAfter(`update ways_in set ways = array_append(ways, ${way}) ${hers}`),
    ).toEqual(['ways_in: it lists a way in that never came'])
    expect(await foundAfter(`delete from ways_in ${hers}`)).toEqual(['ways_in: it is missing'])
  })

  test('the deliveries of a stop, a receipt and a question are deleted', async () => {
    expect(
      await foundAfter(
        `delete from revocation_delivery ${of('stopped')}`,
        `delete from receipt ${of('stopped')}`,
        `delete from dispute where person_id = '${sharer.personId}'`,
      ),
    ).toEqual(
      expect.arrayContaining([
        'dispute: it is missing',
        'receipt: it is missing',
        'revocation_delivery: it is missing',
      ]),
    )
  })
})

describe('column by column', () => {
  // What no event tells, and why, stands beside `untold` in the rooms.
  const untold = [
    'consent_request.visit',
    'consent_request.answers_sha256',
    'ways_in.seal',
    'ways_in.ends_at',
  ]

  let read: PersonRead
  let told: readonly ToldTable[]
  beforeAll(async () => {
    const session = readingSession(load.db)
    const people = await knownPeople(session, '00000000-0000-0000-0000-000000000000', 100)
    const parts = foldParts(await uncheckedRegister(load.db))
    const all = await readPeople(
      session,
      parts,
      people.filter(({ personId }) => personId === sharer.personId),
    )
    const [hers] = all
    if (hers === undefined) throw new Error('nobody was read')
    read = hers
    told = (await tellPerson(load.vault, parts, hers)).tables ?? []
  })

  function tables(): string[] {
    return [...read.held.keys()]
  }

  function found(table: string, rows: readonly StoredRow[]): number {
    return compare(told, new Map([...read.held, [table, rows]])).length
  }

  function permitsOf(table: string): readonly StoredRow[] {
    // A deny is in no event of its own.
    return (read.held.get(table) ?? []).filter((row) => row['outcome'] !== 'deny')
  }

  test('there is a row of nearly every table', () => {
    expect(tables().toSorted()).toEqual([
      'accounts',
      'consent_current',
      'consent_record',
      'consent_request',
      'consent_request_item',
      'decision',
      'disclosure',
      'disclosure_anomaly',
      'disclosure_declared',
      'disclosure_received',
      'dispute',
      'inquiry_day',
      'presentation',
      'receipt',
      'refused_day',
      'revocation_delivery',
      'ways_in',
    ])
  })

  test('each column of each row is held against an event', () => {
    const blind = tables().flatMap((table) => {
      const rows = permitsOf(table)
      const names = Object.keys(rows[0] ?? {})
      return names
        .filter((name) =>
          rows.some((row, i) => found(table, rows.with(i, altered(row, name))) === 0),
        )
        .map((name) => `${table}.${name}`)
    })
    expect(blind.toSorted()).toEqual(untold.toSorted())
  })

  test('no row can go, and none can come', () => {
    for (const table of tables()) {
      const rows = permitsOf(table)
      for (const [i, row] of rows.entries()) {
        expect(found(table, rows.toSpliced(i, 1))).toBeGreaterThan(0)
        const more = Object.keys(row).reduce(altered, row)
        expect(found(table, [...rows, { ...more, outcome: 'permit' }])).toBeGreaterThan(0)
      }
    }
  })
})

function altered(row: StoredRow, name: string): StoredRow {
  return { ...row, [name]: otherThan(row[name] ?? null) }
}

function otherThan(value: JsonValue): JsonValue {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value))
    return value.endsWith('a') ? value.replace(/a$/, 'b') : value.replace(/.$/, 'a')
  if (typeof value === 'string') return value.startsWith('a') ? `b${value}` : `a${value}`
  return value === null ? 'a' : [JSON.stringify(value)]
}
