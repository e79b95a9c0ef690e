import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { heldRegisterEpoch } from '../../../src/consent/record/index.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { applyRegister, openRegister } from '../../../src/registry/index.ts'
import type { Register, RegisterObject } from '../../../src/registry/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { newFolder } from '../../support/fault-process.ts'
import { housePatience } from '../../support/patience.ts'
import { unservable } from '../../support/unservable.ts'
import { another, everything, unbroken, writeFiles } from '../whole-register.ts'
import { given, seals } from '../../support/seals.ts'
import { registerCommand } from '../../support/commands.ts'

// What a category is, and who a body is, over the versions of a register (docs/design/domain.md#register).

let fresh: FreshDatabase
let db: Database

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
  await apply(...everything)
})
afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

async function apply(...objects: readonly RegisterObject[]): Promise<Register> {
  await transact(db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
  return (await openRegister(db, seals)).current()
}

async function now(): Promise<Date> {
  const { rows } = await db.raw<{ rows: { at: Date }[] }>(
    'select greatest(clock_timestamp(), (select max(applied_at) from register_objects)) as at',
  )
  const at = rows[0]?.at
  if (at === undefined) throw new Error('the database has no clock')
  // Later than whatever was applied until now: instants are kept in milliseconds.
  return new Date(at.getTime() + 1)
}

let version = 1
function income(set: Readonly<Record<string, unknown>>): RegisterObject {
  version++
  return another('category', { version, ...set })
}

const words = (text: string) => ({ fr: text, en: text })
const essai = { fr: 'Essai', en: 'Trial' }
const wording = { reason: words('Plus simple.'), approved_on: '2026-01-05' }
const relied = { bodies: [], categories: ['cat_income'] }

test('undeclared new words are another meaning; going back to the old words brings the old meaning back', async () => {
  const at = await now()
  expect((await apply(income({ example: words('18 240') }))).meansTheSame(relied, at)).toBe(true)
  const other = await apply(income({ label: words('Comptes') }))
  expect(other.meansTheSame(relied, at)).toBe(false)
  expect(other.rewordings(relied, at)).toMatchObject([
    { member: 'label', before: essai, now: words('Comptes'), isMaterial: true },
  ])
  expect((await apply(income({ wording_change: undefined }))).meansTheSame(relied, at)).toBe(true)
})

test('declared words keep the meaning; a later undeclared change is another meaning', async () => {
  const at = await now()
  const said = await apply(income({ label: words('Revenu'), wording_change: wording }))
  expect(said.meansTheSame(relied, at)).toBe(true)
  expect(said.rewordings(relied, at)).toMatchObject([{ isMaterial: false, reason: wording.reason }])
  const same = await apply(income({ label: words('Revenu'), example: words('20 000') }))
  expect(same.meansTheSame(relied, at)).toBe(true)
  const other = await apply(income({ label: words('Revenu'), plain_description: words('Tout') }))
  expect(other.meansTheSame(relied, at)).toBe(false)
  const since = await now()
  expect(other.meansTheSame(relied, since)).toBe(true)
  // The words of an earlier meaning are no way back to it by a declaration of the present one.
  expect(
    (
      await apply(
        income({
          label: words('Salaire'),
          plain_description: words('Tout'),
          wording_change: wording,
        }),
      )
    ).meansTheSame(relied, at),
  ).toBe(false)
  await apply(income({}))
})

test('an instant is read with the names of its time; an object that was not there meant nothing, and has its first name', async () => {
  const before = await now()
  const register = await apply(income({ label: words('Autre chose') }))
  expect(register.asOf(before).category('cat_income')?.label).toEqual(essai)
  expect(register.category('cat_income')?.label).toEqual(words('Autre chose'))
  expect(register.asOf(await now()).category('cat_income')?.label).toEqual(words('Autre chose'))
  const always = new Date(0)
  expect(register.meansTheSame(relied, always)).toBe(false)
  expect(register.asOf(always).category('cat_income')?.label).toEqual(essai)
  expect(register.meansTheSame({ bodies: [0], categories: [] }, await now())).toBe(false)
  expect(register.meansTheSame({ bodies: [], categories: ['cat_none'] }, await now())).toBe(false)
  await apply(income({}))
})

test('categories and bodies are found by their id alone, and not by id@version', async () => {
  const register = (await openRegister(db, seals)).current()
  expect(register.category('cat_income@1')).toBeUndefined()
  expect(register.organisation('org_giver@1')).toBeUndefined()
})

test('an apply waits for transactions that use the register before it, and is dated after them', async () => {
  const writing = await db.transaction()
  await heldRegisterEpoch(writing)
  const applying = apply(income({ label: words('Plus tard') }))
  const blocked = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(async () => (await db.raw<{ rows: unknown[] }>(blocked)).rows.length).toBe(1)
  const at = await now()
  await writing.rollback()
  expect((await applying).meansTheSame(relied, at)).toBe(false)
  await apply(income({}))
})

describe('a declared rewording', () => {
  let dir: string
  beforeEach(() => {
    dir = newFolder()
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  // Versions of these were applied above: without a file they are kept.
  const applied = new Set(['category', 'organisation'])

  async function plan(...objects: readonly RegisterObject[]): Promise<string> {
    const ids = objects.map(({ id }) => id)
    writeFiles(dir, [
      ...everything.filter(({ id, kind }) => !applied.has(kind) && !ids.includes(id)),
      ...objects,
    ])
    const said = registerCommand(db, ['plan', dir], new Date(), unservable, given)
    return said.then(
      (lines) => unbroken(lines).join('\n'),
      (error: unknown) => String(error),
    )
  }

  test.each<[string, () => RegisterObject, string]>([
    ['another label', () => income({ label: words('Comptes') }), 'label (material: asked again)'],
    [
      'declared words',
      () => income({ label: words('Revenu'), wording_change: wording }),
      'label, wording_change (wording)',
    ],
    ['another example', () => income({ example: words('18 240') }), 'example'],
    [
      'a name',
      () => another('organisation', { version: 2, name: words('Assureur') }),
      'name (material: asked again)',
    ],
  ])('%s: the plan says whether people are asked again', async (_, object, said) => {
    const line = (await plan(object())).split('\n').find((one) => one.startsWith('~ ')) ?? ''
    expect(line.slice(line.indexOf(': ') + 2)).toBe(said)
  })

  test.each<[string, () => RegisterObject, string]>([
    ['the same words', () => income({ wording_change: wording }), 'leave wording_change out'],
    [
      'another sensitivity',
      () => income({ sensitivity: 'sensitive', wording_change: wording }),
      'another sensitivity is more than another wording',
    ],
    [
      'a day that has not come',
      () =>
        income({
          label: words('Revenu'),
          wording_change: { ...wording, approved_on: '2099-01-01' },
        }),
      '2099-01-01 has not come yet',
    ],
    [
      'nothing before it',
      () => another('category', { category_id: 'cat_new', wording_change: wording }),
      'has no version before it',
    ],
  ])('%s is refused as a rewording', async (_, object, said) => {
    expect(await plan(object())).toContain(said)
  })

  test('a kind or number that is given for the first time may be declared, and a changed one may not', async () => {
    const named = { version: 2, kind: 'public_body', neq: '1140000000', wording_change: wording }
    expect(await plan(another('organisation', named))).toContain('(wording)')
    await apply(another('organisation', named))
    const other = { ...named, version: 3, neq: '1170000000' }
    expect(await plan(another('organisation', other))).toContain(
      'another neq is more than another wording',
    )
  })

  test('the plan names an agreement by law that stops because its names mean something else, until it has a new version', async () => {
    const own = { purpose_id: 'pur_law', programme: 'Un autre', label: words('Loi') }
    const purpose = another('purpose', own)
    const law = {
      agreement_id: 'agr_law',
      legal_basis_id: 'collective_67_1',
      purposes: ['pur_law@1'],
    }
    await apply(purpose, another('agreement', law))
    const other = income({ label: words('Comptes') })
    expect(await plan(other)).toContain('! agreement agr_law: permits nothing')
    const renewed = another('agreement', { ...law, version: 2, periodicity: 'yearly' })
    expect(await plan(other, renewed)).not.toContain('permits nothing')
    const register = await apply(other)
    expect(register.byLaw.map((item) => register.isOutdated(item))).toEqual([true])
    const agreed = register.byLaw.map((item) => register.namesAgreed(item).category('cat_income'))
    expect(agreed).toMatchObject([{ label: essai }])
    const after = await apply(renewed)
    expect(after.byLaw.map((item) => after.isOutdated(item))).toEqual([false])
  })
})
