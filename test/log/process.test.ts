import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { holdsConsistency, hashRanges, consistencyRanges } from '../../src/foundation/merkle.ts'
import { readCheckpoint } from '../../src/foundation/checkpoint.ts'
import { createMissingKeys } from '../../src/foundation/keys.ts'
import { readPolicy } from '../../src/foundation/log-policy.ts'
import { openNote, readVkey } from '../../src/foundation/note.ts'
import { entriesIn, nodesFromTiles, tilePath } from '../../src/foundation/tiles.ts'
import { announceRegister, registerLeaves } from '../../src/registry/index.ts'
import { openDatabase } from '../../src/foundation/database.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { until } from '../support/fault-process.ts'
import type { House } from '../support/house.ts'
import { startServe } from '../support/house.ts'
import { makeService, register } from '../support/service.ts'
import { issuer, year } from './stage.ts'

let database: FreshDatabase
let dataDir: string
const houses: House[] = []

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = mkdtempSync(join(tmpdir(), 'accord-log-'))
  await createMissingKeys(join(dataDir, 'keys'))
  const site = { issuer, ports: [] }
  await register(
    database.url,
    [await makeService(site, { clientId: 'library', organisation: 'org_culture' })],
    [],
  )
  // One that works and signs, one that only serves: the second has no files.
  houses.push(await startServe(database.url, dataDir, issuer, { WORK: 'yes' }))
  houses.push(
    await startServe(database.url, dataDir, issuer, { LEDGER_DIR: join(dataDir, 'elsewhere') }),
  )
})

afterAll(async () => {
  await Promise.all(houses.map((house) => house.stop()))
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

type Answer = { readonly status: number; readonly body: Buffer; readonly cache: string }

function get(house: House | undefined, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { port: house?.port, path, headers: { host: new URL(issuer).host } },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            body: Buffer.concat(parts),
            cache: String(answer.headers['cache-control']),
          }),
        )
      },
    )
    asked.on('error', reject).end()
  })
}

const log = `/log/${year}/p0`

test('the register is in a tree that is signed within seconds, served alike from files and from rows', async () => {
  const db = openDatabase(database.url)
  const leaves = await registerLeaves(db)
  await until(
    'the log is signed',
    async () => (await get(houses[0], `${log}/checkpoint`)).status === 200,
  )
  const vkeys = (await get(houses[0], '/log/vkeys')).body
    .toString()
    .trim()
    .split('\n')
    .map(readVkey)
  const policy = readPolicy((await get(houses[0], '/log/policy')).body.toString())
  expect(policy.logs.map(({ verifier, url }) => [verifier.vkey, url])).toEqual([
    [vkeys[0]?.vkey, `${issuer}${log}`],
  ])
  const note = await get(houses[0], `${log}/checkpoint`)
  expect(note.cache).toBe('no-cache')
  const tree = readCheckpoint(openNote(note.body.toString(), vkeys).text)
  expect(tree).toMatchObject({ origin: `accord.localhost${log}`, size: leaves.length })
  for (const tile of ['tile/entries/000', 'tile/0/000'].map(
    (path) => `${log}/${path}.p/${tree.size}`,
  )) {
    const [fromFile, fromRows] = [await get(houses[0], tile), await get(houses[1], tile)]
    expect(fromFile.status).toBe(200)
    expect(fromFile.cache).toContain('immutable')
    expect(fromRows.body).toEqual(fromFile.body)
  }
  const bundle = (await get(houses[0], `${log}/tile/entries/000.p/${tree.size}`)).body
  const entries = entriesIn(bundle, tree.size) ?? []
  expect(entries.map((entry) => entry.toString('hex'))).toEqual(
    leaves.map(({ sha256 }) => `0152${sha256.toString('hex')}`),
  )
  // Announced once: another start finds nothing to add.
  await announceRegister(db, new Date())
  expect(await db('ledgerPending')).toEqual([])
  await db.destroy()
})

test('the log only grows: a later checkpoint contains the earlier one', async () => {
  const earlier = await get(houses[0], `${log}/checkpoint`)
  const vkeys = (await get(houses[0], '/log/vkeys')).body
    .toString()
    .trim()
    .split('\n')
    .map(readVkey)
  const old = readCheckpoint(openNote(earlier.body.toString(), vkeys).text)
  const site = { issuer, ports: [] }
  await register(
    database.url,
    [await makeService(site, { clientId: 'museum', organisation: 'org_museums' })],
    [],
  )
  const tree = async () =>
    readCheckpoint(
      openNote((await get(houses[0], `${log}/checkpoint`)).body.toString(), vkeys).text,
    )
  await until('it has grown', async () => (await tree()).size > old.size)
  const next = await tree()
  const read = nodesFromTiles(
    next.size,
    async (tile) => (await get(houses[1], `${log}/${tilePath(tile)}`)).body,
  )
  const path = await hashRanges(consistencyRanges(old.size, next.size), read)
  expect(holdsConsistency(old, next, path)).toBe(true)
})

test.each([
  `${log}/tile/0/001`,
  `${log}/tile/0/000`,
  `${log}/tile/0/000.p/255`,
  `${log}/tile/0/000.p/0`,
  `${log}/tile/9/000`,
  `${log}/tile/entries/..%2f..%2fsigned.json`,
  `${log}/signed.json`,
  '/log/2999/p0/checkpoint',
  '/log/1/p0/checkpoint',
  `/log/${year}/p00/checkpoint`,
  `/log/${year}/p1/checkpoint`,
])('there is no %s', async (path) => {
  for (const house of houses) expect((await get(house, path)).status).toBe(404)
})

test('a process that is told to stop lets go of its duties, and another takes them up', async () => {
  const [first] = houses
  await first?.stop()
  expect(first?.process.exitCode).toBe(0)
  const site = { issuer, ports: [] }
  await register(
    database.url,
    [await makeService(site, { clientId: 'theatre', organisation: 'org_stage' })],
    [],
  )
  const heir = await startServe(database.url, dataDir, issuer, { WORK: 'yes' })
  houses.push(heir)
  const size = async () =>
    Number((await get(heir, `${log}/checkpoint`)).body.toString().split('\n')[1])
  const db = openDatabase(database.url)
  const leaves = (await registerLeaves(db)).length
  await db.destroy()
  await until('all is in the tree', async () => (await size()) === leaves)
})
