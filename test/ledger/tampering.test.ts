import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTamperDrill } from '../support/tamper-drill.ts'
import type { TamperDrill } from '../support/tamper-drill.ts'
import { guarded, noFacts, notGuarded, sealed } from '../support/tamper-lists.ts'
import { tablesOf } from '../support/tampering.ts'

// An attacker with the whole database and no key makes one random change: the decision, the check of a night, `ledger verify` or « Rien
// ne manque » finds it. `npm run drill -- tamper` makes it long.

const tries = Number(process.env['DRILL_TRIES'] ?? 20)
const seed = Number(process.env['DRILL_SEED'] ?? 20_261_128)
const setUpMs = 120_000
const tryMs = 5000

let drill: TamperDrill
let ledgerDir: string

beforeAll(async () => {
  ledgerDir = mkdtempSync(join(tmpdir(), 'accord-tamper-'))
  drill = await startTamperDrill(seed, ledgerDir)
}, setUpMs)
afterAll(async () => {
  await drill.close()
  rmSync(ledgerDir, { recursive: true, force: true })
})

test('each table of the database is in one list: guarded, not guarded yet, or no fact', async () => {
  const lists = [...guarded, ...sealed, ...Object.keys(notGuarded), ...Object.keys(noFacts)]
  const tables = await tablesOf(drill.db)
  expect(tables.map(({ name }) => name).filter((name) => !name.startsWith('knex_'))).toEqual(
    lists.toSorted(),
  )
})

test(
  'a random change of rows is found, and without a change nothing is',
  async () => {
    const report = await drill.run(tries)
    console.log(report.lines.join('\n'))
    expect(report.false).toEqual([])
    expect(report.missed).toEqual([])
    expect(report.wrong).toEqual([])
  },
  setUpMs + tries * tryMs,
)
