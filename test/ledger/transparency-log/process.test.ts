import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  holdsConsistency,
  hashRanges,
  consistencyRanges,
  emptyRoot,
} from '../../../src/base/tlog/merkle.ts'
import { readCheckpoint } from '../../../src/base/tlog/checkpoint.ts'
import { holdsProof, readProof } from '../../../src/base/tlog/log-proof.ts'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { openNote, readVkey } from '../../../src/base/tlog/note.ts'
import { entriesIn, nodesFromTiles, tilePath } from '../../../src/base/tlog/tiles.ts'
import { announcedLeaves, announcePublic } from '../../../src/ledger/transparency-log/index.ts'
import { verifierObject } from '../../../src/ledger/verifier/index.ts'
import { announceRegister, registerLeaves } from '../../../src/registry/index.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'
import type { House } from '../../support/house.ts'
import { openHouse } from '../../support/house.ts'
import { housePatience } from '../../support/patience.ts'
import { makeService, register } from '../../support/service.ts'
import { issuer, year } from './stage.ts'

let database: FreshDatabase
let dataDir: string
let worker: House
const houses: House[] = []

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = mkdtempSync(join(tmpdir(), 'accord-log-'))
  await createMissingKeys(join(dataDir, 'keys'))
  const site = { issuer, ports: [] }
  await register(
    { databaseUrl: database.url, keysDir: join(dataDir, 'keys') },
    [await makeService(site, { clientId: 'library', organisation: 'org_culture' })],
    [],
  )
  const db = openDatabase(database.url, housePatience)
  await db('log').insert({ year: 2001, shard: 0, queue: 9, state: 'frozen', root: emptyRoot })
  await db.destroy()
  // One that works and signs, one that only serves: the second has no files.
  worker = await openHouse(database.url, dataDir, issuer, { WORK: 'yes' }, 1)
  houses.push(worker)
  houses.push(
    await openHouse(database.url, dataDir, issuer, { LEDGER_DIR: join(dataDir, 'elsewhere') }),
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

test('the register is in a signed tree within seconds, served equally from files and from rows', async () => {
  const db = openDatabase(database.url, housePatience)
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
  expect(tree.origin).toBe(`accord.localhost${log}`)
  expect(tree.size).toBeGreaterThanOrEqual(leaves.length)
  const fromRow = await get(houses[1], `${log}/checkpoint`)
  expect(readCheckpoint(openNote(fromRow.body.toString(), vkeys).text).origin).toBe(tree.origin)
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
  // What the job announces may follow already.
  expect(entries.slice(0, leaves.length).map((entry) => entry.toString('hex'))).toEqual(
    leaves.map(({ sha256 }) => `0152${sha256.toString('hex')}`),
  )
  // Announced once: another start finds nothing to add.
  await announceRegister(db, new Date())
  expect(await db('ledgerPending')).toEqual([])
  await db.destroy()
})

// I25.
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
    { databaseUrl: database.url, keysDir: join(dataDir, 'keys') },
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

function hashIn(found: RegExpExecArray | null): string {
  return createHash('sha256')
    .update(found?.[1] ?? '')
    .digest('hex')
}

test('each public entry is the hash of what is published at its place, and anybody has its proof (I30)', async () => {
  const db = openDatabase(database.url, housePatience)
  await announcePublic(db, issuer, [verifierObject], new Date())
  expect(await announcePublic(db, issuer, [verifierObject], new Date())).toBe(0)
  const known = [...(await registerLeaves(db)), ...(await announcedLeaves(db))]
  expect(known.filter(({ holds }) => !holds)).toEqual([])
  await db.destroy()
  const lines = async () =>
    (await get(houses[1], '/log/leaves')).body.toString().split('\n').slice(0, -1)
  await until('all are in the tree', async () => (await lines()).length === known.length)
  const size = async () =>
    Number((await get(houses[0], `${log}/checkpoint`)).body.toString().split('\n')[1])
  await until('it is signed', async () => (await size()) >= known.length)
  const vkeys = (await get(houses[0], '/log/vkeys')).body.toString().trim().split('\n')
  const published: Record<string, unknown>[] = []
  for (const line of await lines()) {
    const [origin, index, sha256, path = ''] = line.split(' ')
    expect(origin).toBe(`accord.localhost${log}`)
    const { body, cache } = await get(houses[1], path)
    expect(createHash('sha256').update(body).digest('hex')).toBe(sha256)
    expect(cache).toContain('immutable')
    published.push(JSON.parse(body.toString()) as Record<string, unknown>)
    const proof = readProof((await get(houses[1], `${log}/proof/${index}`)).body.toString())
    expect(openNote(proof.checkpoint, vkeys.map(readVkey)).signatures).toHaveLength(1)
    const entry = Buffer.from(`0152${sha256}`, 'hex')
    expect([proof.index, holdsProof(proof, entry)]).toEqual([Number(index), true])
  }
  expect(published).toContainEqual({
    kind: 'log-key',
    origin: `accord.localhost${log}`,
    vkey: vkeys[0],
  })
  expect(published.map(({ id }) => id)).toContain('org_culture')
  // Of the verifier that was fetched, whoever has it makes the same document; the page runs the same script.
  const page = (await get(houses[0], '/verifier/fichier')).body.toString()
  const scriptIn = (html: string) => hashIn(/<script type="module">([^]*?)<\/script>/.exec(html))
  expect(scriptIn((await get(houses[1], '/verifier')).body.toString())).toBe(scriptIn(page))
  expect(published).toContainEqual({
    kind: 'verifier',
    script_sha256: scriptIn(page),
    style_sha256: hashIn(/<style>([^]*?)<\/style>/.exec(page)),
  })
  // In an earlier tree, where it was signed.
  const sized = await get(houses[0], `${log}/proof/0?size=${await size()}`)
  expect(
    readCheckpoint(readProof(sized.body.toString()).checkpoint.split('\n\n')[0] + '\n').size,
  ).toBe(await size())
})

test.each([
  // A log in which nothing was signed yet.
  '/log/2001/p0/checkpoint',
  '/log/2001/p0/tile/0/000',
  `${log}/tile/0/${'x000/'.repeat(20)}000`,
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
  `/log/${year}/p0/proof/1000000`,
  `/log/${year}/p0/proof/00`,
  `/log/${year}/p0/proof/-1`,
  `/log/${year}/p0/proof/0?size=0`,
  `/log/${year}/p0/proof/0?size=999999`,
  `/log/${year}/p0/proof/0?size=x`,
  `/log/${year}/p0/proof/0?size=1&size=2`,
  `/log/${year}/p0/proof/0?other=1`,
  `/log/objects/${'0'.repeat(64)}.json`,
  '/log/objects/x.json',
  '/register/objects/organisation/org_culture@2.json',
  '/register/objects/organisation/org_culture@1',
  '/register/objects/organisation/org_culture@01.json',
  '/register/objects/organisation/%27@1.json',
  '/register/objects/service/org_culture@1.json',
])('%s is not found', async (path) => {
  for (const house of houses) expect((await get(house, path)).status).toBe(404)
})

test('a process that is told to stop lets go of its duties, and another takes them up', async () => {
  await worker.stop()
  const site = { issuer, ports: [] }
  await register(
    { databaseUrl: database.url, keysDir: join(dataDir, 'keys') },
    [await makeService(site, { clientId: 'theatre', organisation: 'org_stage' })],
    [],
  )
  const heir = await openHouse(database.url, dataDir, issuer, { WORK: 'yes' })
  houses.push(heir)
  const size = async () =>
    Number((await get(heir, `${log}/checkpoint`)).body.toString().split('\n')[1])
  const db = openDatabase(database.url, housePatience)
  const leaves = (await registerLeaves(db)).length + (await announcedLeaves(db)).length
  await db.destroy()
  await until('all is in the tree', async () => (await size()) >= leaves)
})
