import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/base/database/database.ts'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { ClockWire, Shift } from '../support/clock-wire.ts'
import { openClockWire } from '../support/clock-wire.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import { byServing } from '../support/database-roles.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { demoRegister } from '../support/demo-register.ts'
import type { Launched } from '../support/fault-process.ts'
import { launch, newFolder, until } from '../support/fault-process.ts'
import { send } from '../support/fault-client.ts'
import { freePorts } from '../support/house.ts'
import { operatorEnv } from '../support/operator.ts'
import { housePatience } from '../support/patience.ts'
import { newPerson } from '../support/person.ts'
import type { Service } from '../support/service.ts'
import { json, makeService, register } from '../support/service.ts'
import { allowAgain, openLoad } from '../support/sharing-load.ts'
import type { Json, Stage } from '../support/sharing.ts'
import { evaluation, withoutPlain } from '../support/sharing.ts'

// Two processes of a deployment, in the settings of production, where no clock is moved: one has a right clock and does the work, the
// other one's own clock, or the clock of the database behind its wire, is another. Nothing in the database is changed.

const issuer = 'https://accord.example.test'
const second = 1000
// As the demonstration's files have it.
const holderApi = 'http://localhost:3002/api'

let database: FreshDatabase
let wire: ClockWire
let folder: string
let ports: readonly [right: number, other: number]
const launched: Launched[] = []
let revenue: Service
let token: string
let asking: () => Json

beforeAll(async () => {
  database = await freshDatabase()
  wire = await openClockWire(database.url)
  folder = newFolder()
  const keysDir = join(folder, 'keys')
  await createMissingKeys(keysDir)
  const first = await freePorts(2)
  ports = [first, first + 1]
  setOwnClock(0)
  writeFileSync(
    join(folder, 'clock.mjs'),
    `import { readFileSync } from 'node:fs'
     const machine = Date.now
     Date.now = () => machine() + Number(readFileSync(${JSON.stringify(aheadFile())}, 'utf8'))`,
  )
  const clock = pathToFileURL(join(folder, 'clock.mjs')).href
  serve(ports[0], database.url, [], {})
  serve(ports[1], wire.url, ['--import', clock], { WORK: 'no' })
  for (const port of ports) await until('it is ready', () => isReady(port))
  const site = { issuer, ports }
  revenue = await makeService(site, {
    clientId: 'agence-revenu',
    organisation: 'org_agence-revenu',
    more: { resource_server: holderApi, grant_types: ['authorization_code', 'client_credentials'] },
  })
  const aid = await makeService(site, { clientId: 'aide-etudes', organisation: 'org_aide-etudes' })
  const { objects } = await demoRegister()
  const others = objects.filter(({ kind }) => kind !== 'service').map(often)
  await register({ databaseUrl: database.url, keysDir }, [revenue, aid], others)
  const person = await allowing(keysDir, site)
  asking = () => {
    const { resource, ...rest } = evaluation(person)
    const { properties, ...named } = resource as { readonly properties: Json }
    const subject = { format: 'iss_sub', iss: issuer, sub: person }
    return { ...rest, resource: { ...named, properties: { ...properties, data_subject: subject } } }
  }
  // Each process takes the register over by itself.
  for (const port of ports)
    token = await vi.waitFor(() => tokenOf(port), { timeout: 30_000, interval: 100 })
  await permitsAgain()
}, 120_000)

afterAll(async () => {
  await Promise.all(launched.map((one) => one.end('SIGTERM')))
  await wire.close()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

/** May be asked for as often as these tests do. */
function often(object: RegisterObject): RegisterObject {
  if (object.id !== 'pur_calcul-aide') return withoutPlain(object)
  return { ...object, content: { ...object.content, frequency_limit: { count: 200, per: 'P1Y' } } }
}

function serve(port: number, url: string, first: readonly string[], more: object): void {
  const env = {
    NODE_ENV: 'production',
    ISSUER: issuer,
    DATABASE_URL: byServing(url),
    DURABILITY: 'single',
    KEYS_DIR: join(folder, 'keys'),
    LEDGER_DIR: join(folder, 'ledger'),
    TRUSTED_PROXIES: '1',
    STOP_GRACE: '0',
    PORT: String(port),
    ...operatorEnv,
    ...more,
  }
  launched.push(launch([...first, '--import', './src/guard.js', 'src/main.ts', 'serve'], { env }))
}

/** A person who allows what Student Aid asks. @returns her identifier at the holder */
async function allowing(keysDir: string, site: Pick<Stage, 'issuer' | 'ports'>): Promise<string> {
  const db = openDatabase(database.url, housePatience)
  const stage = { ...site, db, keysDir, databaseUrl: database.url }
  const load = await openLoad(stage as unknown as Stage) // the deeds ask nothing else of it
  try {
    const { personId } = await newPerson(stage)
    await allowAgain(load, personId, { locations: [holderApi] })
    return load.pairwise.subject(personId, 'org_agence-revenu')
  } finally {
    await load.close()
    await db.destroy()
  }
}

const aheadFile = () => join(folder, 'ahead')

function setOwnClock(aheadMs: number): void {
  writeFileSync(aheadFile(), String(aheadMs))
}

async function tokenOf(port: number): Promise<string> {
  const answered = await revenue.clientCredentials(`${issuer}/access`, 'decide', { port })
  expect(answered.status, answered.body).toBe(200)
  return String(json(answered)['access_token'])
}

/** What the two processes answer: the right one first. */
async function decided(): Promise<readonly unknown[]> {
  const answers = ports.map(async (port) => {
    const answer = await revenue.api('/access/v1/evaluation', token, asking(), { port })
    if (answer.status !== 200) return answer.status
    const { decision, context } = json(answer)
    const [reason] = (context as { readonly reason_codes: readonly string[] }).reason_codes
    return decision === true ? 'permit' : reason
  })
  return Promise.all(answers)
}

function ready(port: number) {
  const headers = { Host: new URL(issuer).host, 'X-Forwarded-Proto': 'https' }
  return send(port, '/readyz', { headers })
}

function isReady(port: number): Promise<boolean> {
  const [right, other] = launched
  if (right?.process.exitCode !== null || other?.process.exitCode !== null)
    throw new Error(launched.map((one) => one.output()).join('\n'))
  return ready(port).then(
    ({ status }) => status === 200,
    () => false,
  )
}

async function bothPermit(): Promise<void> {
  expect(await decided()).toEqual(['permit', 'permit'])
}

/** The denies that stand in rows. */
async function deniesWritten(): Promise<number> {
  const db = openDatabase(database.url, housePatience)
  try {
    const { rows } = await db.raw<{ rows: { denies: number }[] }>(
      "select count(*)::integer as denies from decision where outcome = 'deny'",
    )
    return rows[0]?.denies ?? 0
  } finally {
    await db.destroy()
  }
}

/** The connections of before are gone, and the feed of heads has come on. */
async function permitsAgain(): Promise<void> {
  await vi.waitFor(bothPermit, { timeout: 60_000, interval: 100 })
}

// A deny of a year ago would be a row of a day that is over, and of a year ahead one of a day to come: neither is written.
test.each<Shift>(['half a minute behind', 'half a minute ahead', 'a year behind', 'a year ahead'])(
  'where the database behind its wire is %s, a process permits nothing, and the other one permits',
  async (by) => {
    const written = await deniesWritten()
    wire.move(by)
    await expect.poll(decided).not.toEqual([expect.anything(), 503])
    expect(await decided()).toEqual(['permit', 'RECORD_UNTRUSTED'])
    expect(await deniesWritten()).toBe(written)
    wire.move(undefined)
    await permitsAgain()
  },
)

test.each([30 * second, -30 * second])(
  'a process whose own clock is %d ms ahead permits nothing, and the other one permits',
  async (ahead) => {
    setOwnClock(ahead)
    expect(await decided()).toEqual(['permit', 'RECORD_UNTRUSTED'])
    setOwnClock(0)
    await permitsAgain()
  },
)
