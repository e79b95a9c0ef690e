import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer, request } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../../src/base/database/database.ts'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import { noProgress, verifyFromOutside } from '../../../src/ledger/monitor/index.ts'
import { openMemory } from '../../../src/ledger/monitor/state.ts'
import { passOver } from '../../../src/ledger/monitor/watch.ts'
import { announcePublic } from '../../../src/ledger/transparency-log/index.ts'
import { verifierObject } from '../../../src/ledger/verifier/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'
import type { House } from '../../support/house.ts'
import { freePorts, openHouse } from '../../support/house.ts'
import { housePatience } from '../../support/patience.ts'
import { makeService, register } from '../../support/service.ts'

// A house of ours, seen from outside; a proxy before it is its only address, and may hide something.

let database: FreshDatabase
let dir: string
let house: House
let proxy: Server
let issuer: string
/** Changes the text at this path. */
let hide: readonly [path: string, change: (text: string) => string] | undefined

beforeAll(async () => {
  database = await freshDatabase()
  dir = mkdtempSync(join(tmpdir(), 'accord-monitor-'))
  await createMissingKeys(join(dir, 'keys'))
  const port = await freePorts(1)
  issuer = `http://localhost:${port}`
  const site = { issuer, ports: [] }
  const service = await makeService(site, { clientId: 'library', organisation: 'org_culture' })
  await register({ databaseUrl: database.url, keysDir: join(dir, 'keys') }, [service], [])
  house = await openHouse(database.url, dir, issuer, { WORK: 'yes' })
  proxy = createServer((asked, response) => {
    const { url: path, headers } = asked
    request({ port: house.port, path, headers: { host: headers.host } }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const body = Buffer.concat(parts)
        response.writeHead(answer.statusCode ?? 500)
        const [hidden, change] = hide ?? []
        response.end(hidden === path && change !== undefined ? change(body.toString()) : body)
      })
    }).end()
  }).listen(port, 'localhost')
  await once(proxy, 'listening')
  const db = openDatabase(database.url, housePatience)
  await until('the register, a key and the verifier are in the log', async () => {
    await announcePublic(db, issuer, [verifierObject], new Date())
    const { says } = await look().catch(() => ({ says: ['no log is signed yet'] }))
    return says[0]?.endsWith(', 4 public entries') === true
  })
  await db.destroy()
})

afterAll(async () => {
  proxy.close()
  proxy.closeAllConnections()
  await house.stop()
  await database.drop()
  rmSync(dir, { recursive: true, force: true })
})

beforeEach(() => {
  hide = undefined
})

const look = (url = issuer) => verifyFromOutside({ url, now: new Date(), progress: noProgress })

async function pass() {
  const memory = openMemory(join(dir, 'monitor'))
  try {
    const asked = { url: issuer, policy: undefined, accepts: false, maxAgeSeconds: 3600 }
    return await passOver({ ...asked, now: new Date(), memory, progress: noProgress })
  } finally {
    memory.release()
  }
}

test('a house that hides nothing holds: by its own address, by the address of its log, and for a monitor', async () => {
  expect((await look()).findings).toEqual([])
  const year = new Date().getUTCFullYear()
  expect((await look(`${issuer}/log/${year}/p0`)).findings).toEqual([])
  const first = await pass()
  expect(first.findings).toEqual([])
  expect(first.logs[0]?.publicEntries).toBe(4)
  expect((await pass()).findings).toEqual([])
})

// I30.
test('one public entry that the list leaves out is named', async () => {
  hide = ['/log/leaves', (text) => text.split('\n').toSpliced(1, 1).join('\n')]
  expect((await look()).findings).toMatchObject([
    { index: 1, because: 'it is public, but no list names its document' },
  ])
  expect((await pass()).findings).toMatchObject([
    { index: 1, because: 'the list of public entries names it no more' },
  ])
})

test('a version of the register that is shown to one reader with another content is named', async () => {
  const lines = (await (await fetch(`${issuer}/log/leaves`)).text()).split('\n')
  const line = lines.find((one) => one.includes('org_culture@')) ?? ''
  const [, index, , path = ''] = line.split(' ')
  hide = [path, (text) => text.replace('org_culture', 'org_insurer')]
  const found = [{ index: Number(index), because: `its document ${path} is another` }]
  expect((await look()).findings).toMatchObject(found)
  expect((await pass()).findings).toMatchObject(found)
})

test('a key of receipts that one reader is not shown is missed', async () => {
  hide = ['/keys', (text) => text.replace('"purpose":"receipt"', '"purpose":"decision"')]
  expect((await pass()).findings).toMatchObject([
    {
      where: `${issuer}/keys`,
      because: expect.stringContaining('is another than before') as string,
    },
  ])
})
