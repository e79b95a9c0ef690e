import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import { compareRegister } from '../../src/registry/changes/apply.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import { housePatience } from '../support/patience.ts'
import { unservable } from '../support/unservable.ts'
import { another, everything, objectOf, unbroken, whole, writeFiles } from './whole-register.ts'
import { given } from '../support/seals.ts'
import { registerCommand } from '../support/commands.ts'

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

async function say(...words: string[]): Promise<string[]> {
  return sayWith(given, ...words)
}

async function sayWith(how: typeof given, ...words: string[]): Promise<string[]> {
  return (await registerCommand(db, words, new Date(), unservable, how)) ?? ['wrong usage']
}

/** What stands at the end: each version in a line. */
function shortOf(lines: readonly string[]): string[] {
  return lines.slice(lines.indexOf('All of it, in short:') + 1)
}

async function json(...words: string[]): Promise<unknown> {
  return JSON.parse((await say(...words, '--json')).join('\n'))
}

function count(): Promise<{ count: string }[]> {
  return db('registerObjects').count()
}

// One story: each test goes on from the register that the one before has left.
test('the plan of a new register lists each object as new, in the order of references, and applies nothing', async () => {
  writeFiles(dir, everything)
  expect(shortOf(await say('plan', dir))).toEqual([
    '+ organisation org_giver version 1: new',
    '+ organisation org_taker version 1: new',
    '+ category cat_children version 1: new',
    '+ category cat_income version 1: new',
    '+ dataset dst_notice version 1: new',
    '+ purpose pur_aid version 1: new',
    '+ agreement agr_one version 1: new',
    '+ text txt_aid version 1: new',
    '+ service giver version 1: new',
  ])
  expect(await json('plan', dir)).toMatchObject({
    new: expect.arrayContaining([{ kind: 'text', id: 'txt_aid', version: 1 }]),
    changed: [],
    kept: [],
  })
  expect(await count()).toEqual([{ count: '0' }])
  expect(await json('apply', dir)).toMatchObject({
    applied: expect.arrayContaining([{ kind: 'purpose', id: 'pur_aid', version: 1 }]),
  })
  expect(await count()).toEqual([{ count: '9' }])
  expect(await say('plan', dir)).toEqual(['nothing to apply'])
  expect(await json('apply', dir)).toEqual({ applied: [] })
})

test('the plan of new versions names the changes, and keeps objects without a file', async () => {
  const kept = everything.filter(({ kind }) => kind !== 'organisation' && kind !== 'dataset')
  writeFiles(dir, [
    ...kept.filter(({ id }) => id !== 'pur_aid' && id !== 'cat_income'),
    another('purpose', { version: 3, max_uses: 4, status: 'retired', frequency_limit: undefined }),
    another('category', { version: 2 }),
  ])
  const [said, asJson] = [await say('plan', dir), await json('plan', dir)]
  expect(shortOf(said)).toEqual([
    '~ category cat_income version 1 → 2: nothing but the version',
    '~ purpose pur_aid version 1 → 3: frequency_limit, max_uses, status',
    '= dataset dst_notice version 1: no file, kept',
    '= organisation org_giver version 1: no file, kept',
    '= organisation org_taker version 1: no file, kept',
  ])
  expect(asJson).toEqual({
    text: said.filter((line) => !line.startsWith('= ')),
    new: [],
    changed: [
      { kind: 'category', id: 'cat_income', from: 1, to: 2, fields: [] },
      {
        kind: 'purpose',
        id: 'pur_aid',
        from: 1,
        to: 3,
        fields: ['frequency_limit', 'max_uses', 'status'],
      },
    ],
    kept: [
      { kind: 'dataset', id: 'dst_notice', version: 1 },
      { kind: 'organisation', id: 'org_giver', version: 1 },
      { kind: 'organisation', id: 'org_taker', version: 1 },
    ],
    outdated: [],
    cooling: [],
    matches: [],
    receives: [],
    refused: [],
    unasked: [],
  })
  expect(await count()).toEqual([{ count: '9' }])
})

test('a register that cannot be applied is not planned: the same faults are reported', async () => {
  writeFiles(dir, [
    another('organisation', { status: 'closed' }),
    another('organisation', { org_id: 'org_taker', version: 2, contact: undefined }),
    another('text', {
      version: 2,
      agreement_id: 'agr_gone@1',
      previous_version: 'txt_aid@1',
      material_change: false,
    }),
    another('category', { sensitivity: 'secret' }),
  ])
  const [planned, applied] = await Promise.all(
    ['plan', 'apply'].map((deed) => say(deed, dir).catch((refused: unknown) => refused)),
  )
  expect(planned).toBeInstanceOf(OperatorError)
  expect(planned).toEqual(applied)
  expect(String(planned).split('\n').slice(1)).toEqual([
    '  - categories/cat_income.yaml:1: sensitivity must be one of ordinary, sensitive',
    '  - organisations/org_giver.yaml:1: the content changed but version is still 1 (the register has 1)',
    '  - organisations/org_taker.yaml:1: contact is missing: agr_one@1 is in force, and people must reach org_taker',
    '  - texts/txt_aid.yaml:1: agr_gone@1 is neither in the files nor in the register',
  ])
  expect(await count()).toEqual([{ count: '9' }])
})

test('the plan says when a law agreement takes effect, and how many people refused the same for another programme', async () => {
  const own = { purpose_id: 'pur_law', programme: 'Un autre', label: { fr: 'Loi', en: 'Law' } }
  const change = { agreement_id: 'agr_law', legal_basis_id: 'law_67', purposes: ['pur_law@1'] }
  writeFiles(dir, [another('purpose', own), another('agreement', change)])
  const now = new Date('2026-11-24T15:00:00.000Z')
  const planned = async (people: number) => {
    const countRefusals = () => Promise.resolve(people)
    const said = await registerCommand(db, ['plan', dir], now, unservable, {
      ...given,
      countRefusals,
    })
    return unbroken(said).filter((line) => line.startsWith('  ! agreement'))
  }
  // The last apply is later than this day: what is new is dated after it.
  const lasts = /^ {2}! agreement agr_law: takes effect on 20\d\d-.*Z at the earliest$/
  expect(await planned(9)).toEqual([
    expect.stringMatching(lasts),
    '  ! agreement agr_law: moins de dix personnes ont refusé le même envoi pour un autre programme · fewer than ten people refused the same sending for another programme',
  ])
  for (const [people, said] of [
    [0, 'fewer than ten'],
    [10, '10'],
    [12, '10'],
    [13, '15'],
  ] as const)
    expect((await planned(people))[1]).toContain(`· ${said} people refused`)
})

test.each([
  [['plan']],
  [['plan', 'a', 'b']],
  [['plan', '--json']],
  [['--json']],
  [['--json', 'a']],
])('the words %j are wrong usage', async (words) => {
  expect(await registerCommand(db, words, new Date(), unservable, given)).toBeUndefined()
})

test('a register has a limited number of versions', () => {
  const many = Array.from({ length: 20_001 }, (_, i) =>
    another('organisation', { org_id: `org_number-${i}` }),
  )
  const compare = () => compareRegister([], { objects: many, problems: [] }, new Date())
  expect(compare).toThrow('the register: holds 20000 versions at most')
})

test('a missing folder is named', async () => {
  await expect(say('plan', join(dir, 'nowhere'))).rejects.toThrow(/nowhere: holds no register/)
})

test('a plan asks new and changed providers for their metadata, and holds them against their files', async () => {
  const asked: string[] = []
  let isAway = false
  let faults: { path: string[]; message: string; owner?: string }[] = []
  const asking: typeof given = {
    ...given,
    discover(provider, serviceAt) {
      asked.push(`${provider.issuer} ${serviceAt('https://giver.test')}`)
      return Promise.resolve({ isAway, faults })
    },
  }
  const provider = objectOf('identity-provider', whole['identity-provider'])
  const file = 'identity-providers/elsewhere.yaml'
  writeFiles(dir, [provider])
  faults = [{ path: ['issuer'], message: 'its metadata are of another issuer' }]
  await expect(sayWith(asking, 'plan', dir)).rejects.toThrow(
    new RegExp(`${file}:\\d+: its metadata are of another issuer$`),
  )
  isAway = true
  await expect(sayWith(asking, 'plan', dir)).rejects.toThrow('--offline plans without asking')
  const calls = asked.length
  expect(await sayWith(asking, 'plan', dir, '--offline')).toContain(
    '  ! identity-provider elsewhere: "it was not asked (--offline)"',
  )
  expect(asked.length).toBe(calls)
  expect(new Set(asked)).toEqual(new Set(['https://id.elsewhere.test giver']))
  await expect(sayWith(asking, 'apply', dir, '--offline')).resolves.toEqual(['wrong usage'])

  await sayWith(asking, 'apply', dir)
  expect(asked.length).toBe(calls)
  // Nobody asks or warns of a provider that is as it was, where no service has an address that it had not before.
  writeFiles(dir, [provider, another('service', { version: 90, contacts: ['a@giver.test'] })])
  for (const words of [[], ['--offline']]) {
    const lines = await sayWith(asking, 'plan', dir, ...words)
    expect(lines).toContain('~ service giver version 1 → 90: contacts')
    expect(lines.join('\n')).not.toContain('elsewhere')
  }
  expect(asked.length).toBe(calls)
  // Where one has, the others are asked; what is only theirs stands in nobody's way, and is no line of this plan.
  const there = another('service', { version: 90, redirect_uris: ['https://new.giver.test/back'] })
  writeFiles(dir, [provider, there])
  for (isAway of [true, false]) {
    expect((await sayWith(asking, 'plan', dir)).join('\n')).not.toContain('elsewhere')
    faults = [{ path: ['issuer'], message: 'at an address of this broker', owner: 'this broker' }]
  }
  expect(asked.length).toBe(calls + 2)
  faults = [{ path: ['issuer'], message: 'at an address of giver', owner: 'giver' }]
  await expect(sayWith(asking, 'plan', dir)).rejects.toThrow(`${file}:1: at an address of giver`)
})
