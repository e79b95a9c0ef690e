import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { applyRegister, openRegister, readRegister } from '../../../src/registry/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { newFolder } from '../../support/fault-process.ts'
import { housePatience } from '../../support/patience.ts'
import { unservable } from '../../support/unservable.ts'
import { resultsIn, untilSomeoneWaits } from '../whole-register.ts'
import { given, seals } from '../../support/seals.ts'
import { registerCommand } from '../../support/commands.ts'

let fresh: FreshDatabase
let db: Database
let dir: string

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
})

afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

beforeEach(() => {
  dir = newFolder()
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

// Every test has an organisation and a service of its own: they share one database.
let count = 0
function pair(): { org: string; service: string } {
  count += 1
  return { org: `org_essai-${count}`, service: `essai-${count}` }
}

function organisation(id: string, more = ''): string {
  return `org_id: ${id}\nversion: 1\nname: { fr: Essai ${id}, en: Trial ${id} }\nstatus: active\n${more}`
}

const coordinate = 'A'.repeat(43)
const key = `jwks: { keys: [{ kty: EC, crv: P-256, x: ${coordinate}, y: ${coordinate} }] }\n`

function service(
  id: string,
  org: string,
  version = 1,
  uri = `https://${id}.example.test/cb`,
): string {
  return `client_id: ${id}\nversion: ${version}\norganisation: ${org}\nname: { fr: Essai ${id}, en: Trial ${id} }\nredirect_uris: [${uri}]\n${key}`
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(dir, file)), { recursive: true })
  writeFileSync(join(dir, file), text)
}

async function apply(): Promise<string[]> {
  return resultsIn(await registerCommand(db, ['apply', dir], new Date(), unservable, given))
}

async function refusalOf(applying: Promise<unknown>): Promise<string> {
  const error: unknown = await applying.then(
    () => undefined,
    (refused: unknown) => refused,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return String(error)
}

function rows(): Promise<{ id: string; version: number }[]> {
  return db('registerObjects').select('id', 'version').orderBy(['kind', 'id', 'version'])
}

test('a register is applied, loaded as it was written, and nothing is left to apply', async () => {
  const { org, service: id } = pair()
  write(`organisations/${org}.yaml`, organisation(org, 'jurisdiction: QC\n'))
  write(`services/${id}.yaml`, service(id, org))
  expect(await apply()).toEqual([`applied ${org}`, `applied ${id}`])
  expect(await apply()).toEqual(['nothing to apply'])
  expect((await openRegister(db, seals)).current().services.get(id)).toMatchObject({
    serviceId: id,
    orgId: org,
    name: { fr: `Essai ${id}`, en: `Trial ${id}` },
    metadata: {
      client_id: id,
      redirect_uris: [`https://${id}.example.test/cb`],
      jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate }] },
    },
  })
})

test('all faults of all files are reported at once, and nothing is applied', async () => {
  const { org, service: id } = pair()
  const before = await rows()
  write(`organisations/${org}.yaml`, organisation(org))
  write(`organisations/org_wrong-name.yaml`, organisation('org_other'))
  write('organisations/org_broken.yaml', 'org_id: [\n  nothing closes this')
  write('organisations/org_twice.yaml', `${organisation('org_twice')}version: 2\n`)
  write('services/no-home.yaml', service('no-home', 'org_nowhere'))
  write('services/no-address.yaml', service('no-address', org).replace(/redirect_uris.*\n/, ''))
  write(
    'services/no-version.yaml',
    service('no-version', org).replace('version: 1', 'version: one'),
  )
  write(`services/${id}.yaml`, service(id, org))
  const said = await refusalOf(apply())
  const files = [
    'organisations/org_wrong-name.yaml',
    'organisations/org_broken.yaml',
    'organisations/org_twice.yaml',
  ]
  for (const file of [
    ...files,
    'services/no-home.yaml',
    'services/no-address.yaml',
    'services/no-version.yaml',
  ])
    expect(said).toMatch(new RegExp(`^ {2}- ${file}:\\d+: `, 'm'))
  expect(said).not.toContain(`${org}.yaml`)
  expect(said).not.toContain(`services/${id}.yaml:`)
  expect(await rows()).toEqual(before)
})

test.each([
  ['an alias bomb', 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n'],
  ['a text', 'just words'],
  ['a list', '- org_id: org_x'],
  ['nothing', ''],
  ['a tag of a language', '!!js/function "x"'],
  ['two documents', `${organisation('org_nasty')}---\n${organisation('org_nasty')}`],
  ['a prototype', `${organisation('org_nasty')}__proto__: { status: active }\nstatus: wrong\n`],
  ['an id that leads elsewhere', organisation('../../etc/passwd')],
  ['a version below one', organisation('org_nasty').replace('version: 1', 'version: 0')],
  [
    'a version that is no whole number',
    organisation('org_nasty').replace('version: 1', 'version: 1.5'),
  ],
  [
    'a zero character',
    organisation('org_nasty').replace('fr: Essai org_nasty', String.raw`fr: "a\0b"`),
  ],
  [
    'half a character',
    organisation('org_nasty').replace('fr: Essai org_nasty', String.raw`fr: "a\uD800b"`),
  ],
  ['one language', organisation('org_nasty').replace(', en: Trial org_nasty', '')],
])('a file that is %s is reported, without a crash', async (_, text) => {
  write('organisations/org_nasty.yaml', text)
  expect(await refusalOf(apply())).toMatch(/organisations\/org_nasty\.yaml:\d+: /)
})

test('a missing or empty folder is an error', async () => {
  const nowhere = registerCommand(
    db,
    ['apply', join(dir, 'nowhere')],
    new Date(),
    unservable,
    given,
  )
  expect(await refusalOf(nowhere)).toContain('nowhere')
})

test('changed content under the same version is refused, and under a new version applied', async () => {
  const { org, service: id } = pair()
  write(`organisations/${org}.yaml`, organisation(org))
  write(`services/${id}.yaml`, service(id, org))
  await apply()
  write(`services/${id}.yaml`, service(id, org, 1, 'https://sp.example.test/new'))
  write(`organisations/${org}.yaml`, organisation(org, 'jurisdiction: CA\n'))
  const before = await rows()
  const said = await refusalOf(apply())
  expect(said).toContain(`services/${id}.yaml:2: the content changed but version is still 1`)
  expect(said).toContain(`organisations/${org}.yaml:2: the content changed but version is still 1`)
  expect(await rows()).toEqual(before)

  write(`organisations/${org}.yaml`, organisation(org))
  write(`services/${id}.yaml`, service(id, org, 2, 'https://sp.example.test/new'))
  expect(await apply()).toEqual([`applied ${id}`])
  const { metadata } = (await openRegister(db, seals)).current().services.get(id) ?? {}
  expect(metadata).toMatchObject({ redirect_uris: ['https://sp.example.test/new'] })
  // Going back to an old version is no edit either: it is refused.
  write(`services/${id}.yaml`, service(id, org, 1))
  expect(await refusalOf(apply())).toContain(`services/${id}.yaml`)
})

test.each([
  ['suspended', 'suspended'],
  ['closed', 'closed'],
])('a service or an organisation that is %s is not loaded', async (_, status) => {
  const [one, two] = [pair(), pair()]
  write(`organisations/${one.org}.yaml`, organisation(one.org).replace('active', status))
  write(`services/${one.service}.yaml`, service(one.service, one.org))
  write(`organisations/${two.org}.yaml`, organisation(two.org))
  write(`services/${two.service}.yaml`, `${service(two.service, two.org)}status: ${status}\n`)
  await apply()
  const { services } = (await openRegister(db, seals)).current()
  expect([services.has(one.service), services.has(two.service)]).toEqual([false, false])
})

// I31: a version is appended, French and English in one row, or nothing is.
test('rows of the register cannot be changed or deleted, not even by us', async () => {
  const { org, service: id } = pair()
  write(`organisations/${org}.yaml`, organisation(org))
  write(`services/${id}.yaml`, service(id, org))
  await apply()
  const before = await rows()
  for (const sql of [
    `update register_objects set content = '{}'`,
    `update register_objects set version = 9 where id = '${id}'`,
    `delete from register_objects where id = '${id}'`,
    'truncate register_objects cascade',
  ])
    await expect(db.raw(sql)).rejects.toThrow('never edited in place')
  expect(await rows()).toEqual(before)
})

test('of two applies of the same change at once one applies it, and the other waits and finds nothing to do', async () => {
  const { org, service: id } = pair()
  write(`organisations/${org}.yaml`, organisation(org))
  write(`services/${id}.yaml`, service(id, org))
  const files = await readRegister(dir)
  const second = await transact(db, async (tx) => {
    expect(await applyRegister(tx, seals, files, new Date())).toHaveLength(2)
    const waiting = apply()
    await untilSomeoneWaits(db)
    return { waiting }
  })
  expect(await second.waiting).toEqual(['nothing to apply'])
  const applied = (await rows()).filter((row) => row.id === id)
  expect(applied).toEqual([{ id, version: 1 }])
})

test('of two applies of different contents under one version one is refused', async () => {
  const { org, service: id } = pair()
  write(`organisations/${org}.yaml`, organisation(org))
  write(`services/${id}.yaml`, service(id, org))
  await apply()
  const both = await Promise.allSettled(
    ['https://one.example.test/', 'https://two.example.test/'].map(async (uri) => {
      const own = newFolder()
      mkdirSync(join(own, 'organisations'))
      mkdirSync(join(own, 'services'))
      writeFileSync(join(own, `organisations/${org}.yaml`), organisation(org))
      writeFileSync(join(own, `services/${id}.yaml`), service(id, org, 2, uri))
      return registerCommand(db, ['apply', own], new Date(), unservable, given)
    }),
  )
  expect(both.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('an apply that dies half-way has applied nothing', async () => {
  const { org, service: id } = pair()
  write(`organisations/${org}.yaml`, organisation(org))
  write(`services/${id}.yaml`, service(id, org))
  const files = await readRegister(dir)
  const before = await rows()
  const dying = transact(db, async (tx) => {
    await applyRegister(tx, seals, files, new Date())
    throw new Error('killed')
  })
  await expect(dying).rejects.toThrow('killed')
  expect(await rows()).toEqual(before)
})

test.each([[[]], [['apply']], [['apply', 'a', 'b']], [['remove', 'a']], [['toString', 'a']]])(
  'the words %j are wrong usage',
  async (words) => {
    expect(await registerCommand(db, words, new Date(), unservable, given)).toBeUndefined()
  },
)
