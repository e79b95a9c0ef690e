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

const tries = Number(process.env['DRILL_TRIES'] ?? 12)
const seed = Number(process.env['DRILL_SEED'] ?? 20_261_128)
// A long run goes beside other work: these end what hangs, and measure nothing.
const setUpMs = tries > 12 ? 900_000 : 120_000
const tryMs = tries > 12 ? 30_000 : 5000

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

test('a monitor finds what rows that are shown outside say now, and nothing where nothing was changed', async () => {
  expect(await drill.foundOutside('select')).toEqual([])
  const relabelled = `update register_objects set content = jsonb_set(content, '{label,fr}', '"Tous vos comptes"') where id = 'cat_revenu-net'`
  expect(await drill.foundOutside(relabelled)).toEqual([expect.stringContaining('is another')])
  expect(await drill.foundOutside(`delete from public_object`)).not.toEqual([])
  const retired = `update register_leaf set sha256 = sha256(sha256) where object_no = 1`
  expect(await drill.foundOutside(retired)).not.toEqual([])
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
