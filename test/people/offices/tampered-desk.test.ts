import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import { issuer } from '../../support/broker.ts'
import { chances } from '../../support/chances.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { vaultOf } from '../../support/officers.ts'
import { housePatience } from '../../support/patience.ts'
import { newPerson } from '../../support/person.ts'
import { deskTables, equipDesk, shutDesk } from '../../support/tamper-desk.ts'
import { isFact, isSame } from '../../support/tamper-lists.ts'
import { undoneWithin } from '../../support/tamper-looks.ts'
import type { Copy, Kind, Table } from '../../support/tampering.ts'
import { copyRows, tablesOf, tamperOnce } from '../../support/tampering.ts'

// Somebody with SQL and no key changes one value of a row of a desk, or adds a row like it: nothing is decided by it any more.

// Of these there is one row a person, or a mark that is unique: another row takes the place of one, which is a change of its values.
const oneEach = ['work_access', 'desk_session', 'desk_code', 'card', 'help_code']
const insertsEach = 3
const chance = chances(20_261_203)

let database: FreshDatabase
let db: Database
let keysDir: string
let tables: readonly Table[]
let now: Copy
let owners: readonly string[]

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
  keysDir = mkdtempSync(join(tmpdir(), 'accord-desk-'))
  await createMissingKeys(keysDir)
  const house = { db, keysDir, issuer, ports: [] }
  const made = [await newPerson(house), await newPerson(house)]
  owners = made.map(({ personId }) => personId)
  for (const personId of owners) await equipDesk(house, personId)
  now = await copyRows(db, deskTables)
  tables = (await tablesOf(db)).filter(({ name }) => now.has(name))
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
  rmSync(keysDir, { recursive: true, force: true })
})

type Change = Parameters<typeof tamperOnce>[1] & { readonly kind: Kind }

/** What nothing is decided by after a change, which is taken back. */
async function shutAfter(change?: Change) {
  const vault = await vaultOf({ keysDir })
  return undoneWithin(db, async (tx) => {
    const done = change && (await tamperOnce(tx, change, change.kind))
    return { done, shut: await shutDesk(vault, { tx, now: new Date() }) }
  })
}

function drawing(table: Table, kind: Kind, column?: string): Change {
  return {
    kind,
    chance,
    tables: [table],
    isFact: (_, name) => name === column,
    isSame,
    isRowOfFact: () => true,
    now,
    earlier: [],
    people: owners,
  }
}

test('nothing is shut where nothing was changed', async () => {
  expect([...now.values()].every((rows) => rows.length >= owners.length)).toBe(true)
  expect((await shutAfter()).shut).toEqual([])
})

test.each(deskTables)(
  'whatever value of a row of %s is changed, nothing is decided by it',
  async (name) => {
    const table = tableOf(name)
    const facts = table.columns.filter((column) => isFact(name, column.name))
    expect(facts.length).toBeGreaterThan(3)
    const open: string[] = []
    for (const { name: column } of facts) {
      const { done, shut } = await shutAfter(drawing(table, 'update', column))
      const isShut = shut.some((one) => one.startsWith(`${name} `))
      if (done === undefined || !isShut) open.push(`${column}: ${done?.said}`)
    }
    expect(open).toEqual([])
  },
)

test.each(deskTables.filter((name) => !oneEach.includes(name)))(
  'nothing is decided by a row that is added to %s',
  async (name) => {
    for (let n = 0; n < insertsEach; n++) {
      const { done, shut } = await shutAfter(drawing(tableOf(name), 'insert'))
      expect([done?.said, shut]).toEqual([expect.any(String), [expect.stringContaining(name)]])
    }
  },
)

function tableOf(name: string): Table {
  const table = tables.find((one) => one.name === name)
  if (table === undefined) throw new Error(`no table ${name}`)
  return table
}
