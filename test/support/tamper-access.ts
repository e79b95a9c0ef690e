import { randomBytes } from 'node:crypto'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import { openLog } from '../../src/base/logging/log.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import { emptyWantedRows } from '../../src/provider/unit/unit.ts'
import type { Row } from '../../src/provider/unit/unit-rows.ts'
import { makeUnitStore } from '../../src/provider/unit/unit-store.ts'
import { attemptAt, givenPasswordAt, saveGivenPassword } from '../../src/signin/journey/store.ts'

// The doors of sessions, tokens, visits, connections, standings, and of what was proved in a visit: each row is read by the code that
// opens something by it.

type House = { readonly db: Database; readonly seals: RowSeals }

/** A password that was entered in a visit of hers. Whatever else these doors need, a person has who shares something. */
export async function enterPassword(house: House, personId: string): Promise<void> {
  const now = new Date()
  const given = {
    proven: { personId, factorId: newUuid(now), sessionEpoch: 0 },
    addressMark: randomBytes(32),
    triesKey: 'tries',
    taken: [],
  }
  const visit = randomBytes(16).toString('base64url')
  await saveGivenPassword(house, visit, given, secondsAfter(now, 24 * 3600))
}

type Look = { readonly tx: Transaction; readonly seals: RowSeals }

/** Rows of these tables by which nothing opens, though they are there. */
export async function shutAccess(look: Look): Promise<string[]> {
  return [...(await shutByUnit(look)), ...(await shutInVisits(look))]
}

type Named = { readonly name: string }

/** Reads every row as one unit would. */
async function shutByUnit({ tx, seals }: Look): Promise<string[]> {
  const names = async (text: string) => {
    const { rows } = await tx.raw<{ rows: Named[] }>(text)
    return rows.map(({ name }) => name)
  }
  const artifacts = await names(`select encode(id, 'hex') as name from oidc_artifacts`)
  const sessions = await names(`select encode(id, 'hex') as name from oidc_sessions`)
  const entries = await names(
    `select session_uid || ' ' || client_id as name from oidc_session_authorizations`,
  )
  const accounts = await names('select person_id as name from accounts')
  const connections = await names(
    'select connection_id as name from connections where ended_at is null',
  )
  const sessionUids = entries.map((entry) => entry.split(' ', 1)[0] ?? '')
  const store = makeUnitStore(tx, seals, () => Promise.resolve())
  const wanted = { ...emptyWantedRows, artifacts, sessions, sessionUids, accounts, connections }
  const rows = await store.read({ wanted, replays: [], proofs: [] })
  const found = new Set(rows.map(nameOf))
  const there = [
    ...artifacts.map((id) => `oidc_artifacts ${id}`),
    ...sessions.map((id) => `oidc_sessions ${id}`),
    ...entries.map((id) => `oidc_session_authorizations ${id}`),
    ...accounts.map((id) => `accounts ${id}`),
    ...connections.map((id) => `connections ${id}`),
  ]
  return there.filter((name) => !found.has(name))
}

const nameless = [
  'email',
  'hold',
  'vouched',
  'sharing',
  'visit',
  'replay',
  'register',
  'untrusted',
] as const
type Nameless = Extract<Row, { readonly kind: (typeof nameless)[number] }>

// What is told of her, or of the request: no row by which something opens. Those of visits are for `shutInVisits`.
function isNameless(row: Row): row is Nameless {
  return nameless.some((kind) => kind === row.kind)
}

function nameOf(row: Row): string {
  if (isNameless(row)) return ''
  switch (row.kind) {
    case 'artifact':
      return `oidc_artifacts ${row.id}`
    case 'session':
      return `oidc_sessions ${row.id}`
    case 'authorization':
      return `oidc_session_authorizations ${row.uid} ${row.client_id}`
    case 'account':
      return `accounts ${row.account_id}`
    case 'connection':
      return `connections ${row.connection_id}`
    case 'claim':
      return `claim_answer ${row.account_id} ${row.client_id} ${row.answer.claim}`
  }
}

async function shutInVisits({ tx, seals }: Look): Promise<string[]> {
  const log = openLog('silent')
  const origin = { requestId: 'drill', network: undefined }
  // Rows that are over are looked at too.
  const reading = { db: tx, seals, log, origin, now: new Date(0) }
  const shut: string[] = []
  for (const [table, opens] of [
    ['signin_attempts', attemptAt],
    ['signin_passwords', givenPasswordAt],
  ] as const) {
    const { rows } = await tx.raw<{ rows: { visitIdSha256: Buffer }[] }>('select * from ??', [
      table,
    ])
    for (const { visitIdSha256: id } of rows)
      if ((await opens(reading, id)) === undefined) shut.push(`${table} ${id.toString('hex')}`)
  }
  return shut
}
