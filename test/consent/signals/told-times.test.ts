import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../src/base/database/database.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { dayOf } from '../../../src/base/values/calendar.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import { present } from '../../../src/base/values/present.ts'
import { signalKinds } from '../../../src/consent/signals/event-types.ts'
import { headsOf } from '../../../src/consent/signals/outbox-store.ts'
import type { Stream, WaitingEvent } from '../../../src/consent/signals/rows.ts'
import { claimsOf } from '../../../src/consent/signals/security-event-token.ts'
import type { Register } from '../../../src/registry/index.ts'
import { freshDatabase, patience } from '../../support/database.ts'
import type { FreshDatabase } from '../../support/database.ts'

// When two bodies are told of one person: nothing that they get joins her two identifiers by its time (docs/design/domain.md#i21).

const people = 200
const nights = 8
// 0.5 % is chance. Twice as much as that would be an order that says something.
const mostJoined = 0.02
const [hourMs, dayMs] = [3_600_000, 86_400_000]
// Noon in Québec, long before any clock that runs this.
const firstNoon = new Date('2026-02-03T17:00:00Z')

let database: FreshDatabase
let db: Database
const streams: Record<1 | 2, string> = { 1: newUuid(new Date()), 2: newUuid(new Date()) }

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, patience)
  for (const party of [1, 2] as const)
    await db.raw(
      `insert into signal_stream (stream_id, org_id, party, method, requested, kinds, status, created_at, seal)
       values (?, ?, ?, 'poll', '{}', cast(? as text[]), 'enabled', now(), decode(repeat('00', 20), 'hex'))`,
      [streams[party], `org_body-${party}`, party, [...signalKinds]],
    )
}, 60_000)
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

/** Something happens to a person, and both bodies have to do with her. */
async function happens(personId: string, kind: string, at: Date, content = {}): Promise<void> {
  await db.raw(`select queue_signal(party, ?, ?, ?::jsonb, ?) from signal_stream order by party`, [
    personId,
    kind,
    JSON.stringify(content),
    at,
  ])
}

type Seen = { readonly personId: string; readonly said: string; readonly at: number }

/** What a body has of each event: what its token says but for its own names of the event and the person, and when it came. */
async function seenBy(party: 1 | 2, now: Date): Promise<Seen[]> {
  const heads = await headsOf(db, streams[party], now, 10 * people)
  return heads.map((event) => {
    const { jti, sub_id, aud, ...said } = present(tokenOf(party, event), 'a token')
    expect([jti, sub_id, aud]).not.toContain(undefined)
    return {
      personId: event.personId ?? '',
      said: JSON.stringify(said),
      at: Math.max(event.firstDueAt.getTime(), 0),
    }
  })
}

function tokenOf(party: 1 | 2, event: WaitingEvent) {
  const stream = { streamId: streams[party], orgId: `org_body-${party}`, party, kinds: signalKinds }
  return claimsOf(
    {
      issuer: 'https://accord.test',
      pairwise: { subject: (id: string) => `${party}-${id}` } as never,
    },
    stream as unknown as Stream,
    { ...event, isKnown: true },
    {} as Register,
  )
}

/** How many the two bodies join rightly, together: each that says the same, by the nearest time, or by the place in the order. */
function joined(one: readonly Seen[], other: readonly Seen[]): { byTime: number; byPlace: number } {
  let [byTime, byPlace] = [0, 0]
  for (const [place, seen] of one.entries()) {
    const same = other.filter(({ said }) => said === seen.said)
    const nearest = same.toSorted((a, b) => Math.abs(a.at - seen.at) - Math.abs(b.at - seen.at))[0]
    if (nearest?.personId === seen.personId) byTime++
    if (other[place]?.personId === seen.personId) byPlace++
  }
  return { byTime, byPlace }
}

async function forget(): Promise<void> {
  await db.raw('delete from signal_event')
}

describe('200 people, to each of whom something happens on one day, and two bodies', () => {
  test('what is no emergency is told in the next night, and at most 2 % are joined', async () => {
    const sums = { byTime: 0, byPlace: 0 }
    for (let night = 0; night < nights; night++) {
      const noon = new Date(firstNoon.getTime() + night * dayMs)
      await db.raw(
        `select queue_signal(s.party, p.person, 'credential-change', '{"credential_type":"password","change_type":"create"}', p.at)
         from (
           select gen_random_uuid() as person, cast(:noon as timestamptz) + i * interval '3 min' as at
           from generate_series(1, :people) i) p, signal_stream s`,
        { noon, people },
      )
      // Until 00:30 nobody is told anything, whenever it happened.
      const morning = new Date(noon.getTime() + 17 * hourMs)
      expect(await seenBy(1, new Date(noon.getTime() + 12 * hourMs))).toEqual([])
      const [one, other] = [await seenBy(1, morning), await seenBy(2, morning)]
      expect([one.length, other.length]).toEqual([people, people])
      expect(new Set([...one, ...other].map(({ said }) => said)).size).toBe(1)
      const { byTime, byPlace } = joined(one, other)
      sums.byTime += byTime
      sums.byPlace += byPlace
      await forget()
    }
    expect(sums.byTime / (people * nights)).toBeLessThanOrEqual(mostJoined)
    expect(sums.byPlace / (people * nights)).toBeLessThanOrEqual(mostJoined)
  })

  test('a token of a night has its day alone, at 00:00 UTC, and comes between 00:30 and 05:00 in Québec', async () => {
    for (const at of ['2026-03-07T17:00:00Z', '2026-03-08T03:10:00Z', '2026-03-08T05:29:00Z'])
      await happens(newUuid(new Date(at)), 'account-enabled', new Date(at))
    await happens(newUuid(firstNoon), 'account-purged', new Date('2026-03-08T05:31:00Z'))
    const events = await headsOf(db, streams[1], new Date('2026-03-10T12:00:00Z'), 10)
    const told = events.map((event) => ({
      ...present(tokenOf(1, event), 'a token'),
      due: event.firstDueAt,
    }))
    // That night the clocks go forward.
    expect(
      told
        .map((claims: Readonly<Record<string, unknown>>) =>
          new Date(Number(claims['iat']) * 1000).toISOString(),
        )
        .toSorted(),
    ).toEqual([
      ...Array.from({ length: 3 }, () => '2026-03-08T00:00:00.000Z'),
      '2026-03-09T00:00:00.000Z',
    ])
    for (const { due, ...claims } of told) {
      const { iat, events: said }: Readonly<Record<string, unknown>> = claims
      expect(dayOf(due)).toBe(new Date(Number(iat) * 1000).toISOString().slice(0, 10))
      const time = due.toLocaleTimeString('en-GB', { timeZone: 'America/Toronto' })
      expect(time >= '00:30:00' && time < '05:00:00').toBe(true)
      expect(Object.values(said as object)).toEqual([{}])
    }
    await forget()
  })

  test('an emergency is told to the minute, within a minute, and waits for no night', async () => {
    const at = new Date(firstNoon.getTime() + 31_000)
    const personId = newUuid(at)
    await happens(personId, 'credential-change', firstNoon)
    await happens(personId, 'session-revoked', at)
    await happens(personId, 'account-disabled', at)
    const soon = new Date(at.getTime() + 60_000)
    for (const party of [1, 2] as const) {
      const heads = await headsOf(db, streams[party], soon, 10)
      // Of the two emergencies the second waits for the first.
      expect(heads.map(({ kind }) => kind)).toEqual(['session-revoked'])
      const { iat, events } = present(tokenOf(party, present(heads[0], 'a head')), 'a token')
      expect([0, 60]).toContain(Number(iat) - firstNoon.getTime() / 1000)
      expect(Object.values(events as object)).toEqual([
        { event_timestamp: firstNoon.getTime() / 1000 },
      ])
    }
    await forget()
  })

  test('a person’s events of one night come in their order, and an access that ended is not told to be open', async () => {
    const personId = newUuid(firstNoon)
    for (const [i, status] of ['suspended', 'active', 'closed'].entries())
      await happens(personId, 'person-status-changed', new Date(firstNoon.getTime() + i), {
        status,
      })
    const told: unknown[] = []
    for (let round = 0; round < 3; round++) {
      const [head] = await headsOf(db, streams[1], new Date(firstNoon.getTime() + dayMs), 10)
      told.push(head?.content['status'])
      await db.raw('delete from signal_event where jti = ?', [head?.jti ?? null])
    }
    expect(told).toEqual(['suspended', 'active', 'closed'])
    await forget()

    const opened = new Date(firstNoon.getTime() + hourMs)
    await happens(personId, 'account-enabled', opened)
    await db.raw(`select queue_person_signal(?, 'account-disabled', '{}', ?)`, [personId, opened])
    const { rows } = await db.raw<{ rows: object[] }>('select from signal_event')
    expect(rows).toEqual([])
  })

  test('every kind is told at its pace', async () => {
    const { rows } = await db.raw<{ rows: { kind: string; pace: string }[] }>(
      'select kind, pace_of_signal(kind) as pace from unnest(cast(? as text[])) kind',
      [[...signalKinds, 'verification']],
    )
    const at = (pace: string) => rows.filter((row) => row.pace === pace).map(({ kind }) => kind)
    expect(at('night')).toEqual([
      'person-status-changed',
      'credential-change',
      'account-enabled',
      'account-purged',
    ])
    expect(at('minute')).toEqual(['session-revoked', 'account-disabled'])
    expect(at('at once')).toEqual([
      'consent-granted',
      'consent-revoked',
      'consent-expired',
      'consent-suspended',
      'consent-resumed',
      'consent-superseded',
      'agreement-status-changed',
      'token-claims-change',
      'verification',
    ])
  })
})
