import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Broker, Person } from './broker.ts'
import { codeOf, signUp, signUpByPages, startBroker } from './broker.ts'
import { untyped } from './database.ts'
import { personOfKey } from './many-sessions.ts'
import { json } from './service.ts'

// A person made by deeds leaves the same rows as a person who came by the pages; otherwise a test that begins with her would begin with
// other rows.

let broker: Broker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker.stop())

const ways = { pages: signUpByPages, deeds: signUp }

async function wentBy(way: keyof typeof ways) {
  const { services, db } = broker
  const person: Person = await ways[way](broker, services.library)
  const tokens = await services.library.redeem(codeOf(person.callback), person.errand)
  const space = await person.browser.get('/acces')
  const personId = await personOfKey(db, person.authenticator)
  return { person, personId, tokens: json(tokens), space: space.status }
}

test('a person made by deeds has the same rows, cookies and tokens as one who came by the pages', async () => {
  const [pages, deeds] = [await wentBy('pages'), await wentBy('deeds')]

  expect(deeds.space).toBe(200)
  expect(Object.keys(deeds.tokens)).toEqual(Object.keys(pages.tokens))
  expect(cookiesOf(deeds.person)).toEqual(cookiesOf(pages.person))
  expect(deeds.person.codes).toHaveLength(10)
  expect(deeds.person.codes.map(shapeOf)).toEqual(pages.person.codes.map(shapeOf))
  expect(await rowsOf(deeds.personId)).toEqual(await rowsOf(pages.personId))
})

// Except the rows of a visit: the one person was shown its pages, the other passed them.
function cookiesOf({ browser }: Person): string[] {
  return browser
    .cookies()
    .filter(({ name }) => !/^(int|browser)\b/.test(name))
    .map(({ name, path }) => `${name} ${path}`)
    .toSorted()
}

const shapeOf = (code: string) => code.replaceAll(/[0-9A-Z]/g, 'x')

/** What each table holds of a person: how many rows, and of their columns those that are the same for everybody. */
async function rowsOf(personId: string): Promise<Readonly<Record<string, unknown>>> {
  const db = untyped(broker.db)
  const { rows: columns } = await broker.db.raw<{ rows: { table: string; column: string }[] }>(
    `select table_name as table, column_name as column from information_schema.columns
     where table_schema = 'public' and column_name in ('person_id', 'account_id') and data_type = 'uuid'
       and table_name in (select tablename from pg_tables where schemaname = 'public') order by 1`,
  )
  const found: Record<string, unknown> = {}
  for (const { table, column } of columns) {
    const rows: Record<string, unknown>[] = await db(table).where({ [column]: personId })
    found[table] = rows.map(plain).toSorted((a, b) => (a < b ? -1 : 1))
  }
  return found
}

/** Ids, hashes and times, each replaced by the name of its kind. */
function plain(row: Record<string, unknown>): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'number' && value > 1e9) return 'a time'
    if (typeof value !== 'string') return value
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return 'a time'
    // A way into an access: its kind, and its id or time.
    if (/^(key|codes) /.test(value)) return value.split(' ')[0]
    if (/^10\.\d+\.\d+\.0\/24$/.test(value)) return 'a network'
    return /^[A-Z0-9]{6}(?:..)?$|^(?=.*\d)[\w.-]{8,}$|^[\w-]{21,43}$/.test(value) ? 'an id' : value
  }).replaceAll(/\{"type":"Buffer","data":\[[\d,]*\]\}/g, '"bytes"')
}
