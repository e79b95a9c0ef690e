import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { applyRegister, openRegister } from '../../../src/registry/index.ts'
import type { RegisterObject } from '../../../src/registry/changes/store.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, untyped } from '../../support/database.ts'
import { another, blocksOf, everything, untilSomeoneWaits, whole } from '../whole-register.ts'
import { housePatience } from '../../support/patience.ts'
import { seals } from '../../support/seals.ts'

let fresh: FreshDatabase
let db: Database

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
  await apply(everything)
})

afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

function apply(objects: readonly RegisterObject[]): Promise<RegisterObject[]> {
  return transact(db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
}

async function epoch(): Promise<number> {
  const row = await untyped(db)<{ epoch: string }>('registerEpoch').first()
  return Number(row?.epoch)
}

async function numbers(id: string): Promise<number[]> {
  const rows: { objectNo: number }[] = await db('registerObjects').where({ id }).orderBy('version')
  return rows.map((row) => row.objectNo)
}

// Every test changes an object of its own: they share one database.
function organisation(id: string, version = 1): RegisterObject {
  return another('organisation', { org_id: id, version })
}

test('the register in memory has the content of the files', async () => {
  const register = (await openRegister(db, seals)).current()
  const both = { fr: 'Essai', en: 'Trial' }
  const taker = { fr: 'Essai org_taker', en: 'Trial org_taker' }
  expect(register.organisation('org_taker')).toMatchObject({
    name: taker,
    shortName: taker,
    status: 'active',
  })
  expect(register.category('cat_income')).toMatchObject({
    label: both,
    description: both,
    example: both,
    sensitivity: 'ordinary',
  })
  expect(register.dataset('dst_notice')).toMatchObject({
    ref: 'dst_notice@1',
    holder: 'org_giver',
    categories: ['cat_income', 'cat_children'],
    resourceServer: 'https://giver.test/api',
  })
  expect(register.purpose('pur_aid@1')).toMatchObject({
    recipient: 'org_taker',
    necessity: { cat_income: 'required', cat_children: 'optional' },
    retention: { period: both, trigger: both },
    maxDuration: 'P12M',
    defaultDuration: 'P9M',
    frequencyLimit: { count: 4, per: 'P1Y' },
    maxUses: undefined,
    status: 'published',
  })
  expect(register.agreement('agr_one')).toMatchObject({
    legalBasis: 'consent_53',
    holder: 'org_giver',
    recipient: 'org_taker',
    datasets: [{ dataset: 'dst_notice@1', categories: ['cat_income', 'cat_children'] }],
    purposes: ['pur_aid@1'],
    from: '2026-01-05',
    until: '2031-01-04',
    status: 'in_force',
  })
  expect(register.textFor('pur_aid@1', 'agr_one')).toBe(register.text('txt_aid@1'))
  expect(register.holderOf('https://giver.test/api')).toBe('org_giver')
  expect(register.services.get('giver')).toEqual({
    serviceId: 'giver',
    ref: 'giver@1',
    orgId: 'org_giver',
    name: both,
    description: both,
    organisationName: both,
    organisationInSentence: both,
    resourceServer: 'https://giver.test/api',
    profile: 'fapi',
    claims: [],
    metadata: {
      client_id: 'giver',
      redirect_uris: ['https://giver.test/cb'],
      jwks: whole.service['jwks'],
    },
  })
})

test('an unknown object is undefined', async () => {
  const register = (await openRegister(db, seals)).current()
  expect([
    register.dataset('dst_notice@9'),
    register.dataset('pur_aid'),
    register.purpose('toString'),
    register.textFor('pur_aid', 'agr_one'),
    register.textFor('pur_aid@1', 'agr_two'),
    register.organisationByRoot(0),
    register.agreementByNo(-1),
    register.holderOf('https://giver.test/'),
    register.holderOf('undefined'),
  ]).toEqual(Array.from({ length: 9 }))
})

function datasetOf(version: number, category: string): RegisterObject {
  const categories = [{ category_id: category }]
  return another('dataset', { dataset_id: 'dst_versions', version, categories })
}

test('every version of an object stays with its own number; the first version’s number stands for the object', async () => {
  await apply([datasetOf(1, 'cat_income')])
  await apply([organisation('org_between')])
  await apply([datasetOf(2, 'cat_children')])
  const [first, second] = await numbers('dst_versions')
  const register = (await openRegister(db, seals)).current()
  expect(register.dataset('dst_versions@1')).toMatchObject({
    no: first,
    root: first,
    categories: ['cat_income'],
  })
  expect(register.dataset('dst_versions')).toMatchObject({ no: second, root: first, version: 2 })
  expect(register.dataset('dst_versions@2')).toBe(register.dataset('dst_versions'))
  expect(register.datasetByNo(Number(first))).toBe(register.dataset('dst_versions@1'))
  expect(register.datasetByNo(Number(second))).toBe(register.dataset('dst_versions@2'))
})

test('a body keeps its number over its versions, and is known while suspended; its services are not', async () => {
  const service = another('service', {
    client_id: 'paused',
    organisation: 'org_paused',
    resource_server: 'https://paused.test/api',
    redirect_uris: ['https://paused.test/cb'],
  })
  await apply([organisation('org_paused'), service])
  const before = (await openRegister(db, seals)).current()
  await apply([another('organisation', { org_id: 'org_paused', version: 2, status: 'suspended' })])
  const after = (await openRegister(db, seals)).current()
  const [first = 0] = await numbers('org_paused')
  expect(before.organisationByRoot(first)).toMatchObject({ id: 'org_paused', status: 'active' })
  expect(after.organisationByRoot(first)).toMatchObject({ version: 2, status: 'suspended' })
  expect(after.organisation('org_paused')).toBe(after.organisationByRoot(first))
  expect([before.services.has('paused'), after.services.has('paused')]).toEqual([true, false])
  expect(before.holderOf('https://paused.test/api')).toBe('org_paused')
  expect(after.holderOf('https://paused.test/api')).toBeUndefined()
})

function purposeOf(version: number): RegisterObject {
  return another('purpose', { purpose_id: 'pur_texts', version })
}

function textOf(version: number, purposeVersion: number): RegisterObject {
  const previous = { previous_version: `txt_texts@${version - 1}`, material_change: version === 3 }
  return another('text', {
    ...(version > 1 && previous),
    text_id: 'txt_texts',
    version,
    purpose_id: `pur_texts@${purposeVersion}`,
    agreement_id: 'agr_texts@1',
  })
}

test('a purpose keeps its latest text when a newer text is for its next version', async () => {
  const agreement = another('agreement', {
    agreement_id: 'agr_texts',
    purposes: ['pur_texts@1', 'pur_texts@2'],
  })
  await apply([purposeOf(1)])
  await apply([purposeOf(2), agreement, textOf(1, 1)])
  await apply([textOf(2, 1)])
  await apply([textOf(3, 2)])
  const register = (await openRegister(db, seals)).current()
  expect(register.textFor('pur_texts@1', 'agr_texts')?.version).toBe(2)
  expect(register.textFor('pur_texts@2', 'agr_texts')?.version).toBe(3)
  expect(register.text('txt_texts')?.version).toBe(3)
})

test('an agreement begins with the later of its two first days', async () => {
  await apply(
    [
      { agreement_id: 'agr_later', in_force_from: '2026-03-01' },
      { agreement_id: 'agr_sooner', in_force_from: '2025-12-01' },
    ].map((change) => another('agreement', change)),
  )
  const register = (await openRegister(db, seals)).current()
  expect(register.agreement('agr_later')?.from).toBe('2026-03-01')
  expect(register.agreement('agr_sooner')?.from).toBe('2026-01-05')
})

test('the hash of a text covers its words in one language, in NFC', async () => {
  const roles =
    'who_asks who_gives what why how_long if_refuse if_accept withdraw rights_help legal'
  const blocks = blocksOf(roles).map((block) =>
    block.role === 'why'
      ? { role: 'why', fr: 'Pour l\u2019e\u0301tude : "{until}"', en: 'For\nstudy {until}' }
      : block,
  )
  const unlimited = {
    purpose_id: 'pur_hashed',
    frequency_limit: undefined,
    necessity_by_category: { cat_income: 'required' },
  }
  await apply([
    another('purpose', unlimited),
    another('agreement', { agreement_id: 'agr_hashed', purposes: ['pur_hashed@1'] }),
    another('text', {
      text_id: 'txt_hashed',
      purpose_id: 'pur_hashed@1',
      agreement_id: 'agr_hashed@1',
      blocks,
    }),
  ])
  const text = (await openRegister(db, seals)).current().text('txt_hashed')
  // RFC 8785 by hand: names in order, no space.
  const written = (lang: string, word: string, why: string) => {
    const parts = roles.split(' ').map((role) => {
      const words =
        role === 'why' ? why : `"${word} ${role}${role === 'how_long' ? ' {until}' : ''}"`
      return `{"role":"${role}","text":${words}}`
    })
    const short = ['if_no', 'if_yes', 'not_sent', 'what', 'why'].map(
      (name) => `"${name}":"${lang === 'fr-CA' ? 'Essai' : 'Trial'}"`,
    )
    return `{"blocks":[${parts.join(',')}],"lang":"${lang}","short":{${short.join(',')}},"text_id":"txt_hashed","version":1}`
  }
  const fr = sha256(written('fr-CA', 'Bloc', String.raw`"Pour l’étude : \"{until}\""`))
  const en = sha256(written('en-CA', 'Block', String.raw`"For\nstudy {until}"`))
  expect(text?.sha256.fr.toString('hex')).toBe(fr.toString('hex'))
  expect(text?.sha256.en.toString('hex')).toBe(en.toString('hex'))
  expect(text?.pairSha256.toString('hex')).toBe(sha256(Buffer.concat([fr, en])).toString('hex'))
})

function sha256(value: string | Buffer): Buffer {
  return createHash('sha256').update(value).digest()
}

test('only an apply changes the epoch', async () => {
  const before = await epoch()
  expect(before).toBeGreaterThan(0)
  await apply([organisation('org_epoch')])
  const after = await epoch()
  expect(after).toBeGreaterThan(before)
  await apply([organisation('org_epoch')])
  await expect(
    apply([another('organisation', { org_id: 'org_epoch', status: 'closed' })]),
  ).rejects.toThrow()
  const undone = transact(db, async (tx) => {
    const objects = [organisation('org_epoch', 2)]
    await applyRegister(tx, seals, { objects, problems: [] }, new Date())
    throw new Error('killed')
  })
  await expect(undone).rejects.toThrow('killed')
  expect(await epoch()).toBe(after)
})

test('the table has one epoch', async () => {
  await expect(db.raw('insert into register_state values (1)')).rejects.toThrow('one_row')
})

test('the register in memory stays until a newer epoch is asked for', async () => {
  const live = await openRegister(db, seals)
  const held = live.current()
  await apply([organisation('org_held')])
  expect(live.current()).toBe(held)
  expect(await live.at(held.epoch)).toBe(held)
  expect(await live.at(0)).toBe(held)
  const newer = await live.at(await epoch())
  expect(newer.epoch).toBe(await epoch())
  expect(newer.organisation('org_held')).toBeDefined()
  expect(held.organisation('org_held')).toBeUndefined()
  expect(live.current()).toBe(newer)
})

test('many requests at once share one reload', async () => {
  const live = await openRegister(db, seals)
  await apply([organisation('org_many')])
  const asked = await epoch()
  const reads = countReads()
  const found = await Promise.all(Array.from({ length: 20 }, () => live.at(asked)))
  expect(new Set(found)).toEqual(new Set([live.current()]))
  expect(reads()).toBe(1)
})

test('a reload that read too early is repeated', async () => {
  const live = await openRegister(db, seals)
  const asked = live.current().epoch + 1
  const reads = countReads()
  const waiting = await transact(db, async (tx) => {
    await tx.raw('lock table register_objects')
    const early = live.at(asked)
    await untilSomeoneWaits(db)
    await applyRegister(
      tx,
      seals,
      { objects: [organisation('org_early')], problems: [] },
      new Date(),
    )
    return { early, late: live.at(asked) }
  })
  const [early, late] = await Promise.all([waiting.early, waiting.late])
  expect(early.epoch).toBe(asked)
  expect(late).toBe(early)
  expect(early.organisation('org_early')).toBeDefined()
  // One of the apply, one of its time, one of its leaves for the log, two of reloads.
  expect(reads()).toBe(5)
})

test('a failed reload keeps the register in memory, and the next one is tried', async () => {
  const hasty = openDatabase(fresh.url, { ...housePatience, statementMs: 2000 })
  const live = await openRegister(hasty, seals)
  const held = live.current()
  await transact(db, async (tx) => {
    await tx.raw('lock table register_objects')
    await expect(live.at(held.epoch + 1)).rejects.toThrow('timeout')
    expect(live.current()).toBe(held)
  })
  await apply([organisation('org_next')])
  expect((await live.at(held.epoch + 1)).organisation('org_next')).toBeDefined()
  await hasty.destroy()
})

test('an older epoch in the database never replaces the register in memory', async () => {
  const [before] = await db('registerState').select()
  await apply([organisation('org_newest')])
  const live = await openRegister(db, seals)
  const held = live.current()
  // The register of before, with the seal that it had.
  await transact(db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx('registerObjects').where({ id: 'org_newest' }).delete()
    await tx.raw('set local session_replication_role = origin')
    await tx('registerState').update({ ...before })
  })
  await expect(live.at(held.epoch + 1)).rejects.toThrow(`no epoch ${held.epoch + 1}`)
  expect(live.current()).toBe(held)
})

test('the demonstration can change the addresses in every object', async () => {
  const live = await openRegister(db, seals, (text) => text.replaceAll('giver.test', 'moved.test'))
  const register = live.current()
  expect(register.dataset('dst_notice')?.resourceServer).toBe('https://moved.test/api')
  expect(register.holderOf('https://moved.test/api')).toBe('org_giver')
  expect(register.services.get('giver')?.metadata['redirect_uris']).toEqual([
    'https://moved.test/cb',
  ])
  expect(whole.service['redirect_uris']).toEqual(['https://giver.test/cb'])
})

/** How often the objects are read from now on. */
function countReads(): () => number {
  let count = 0
  db.on('query', ({ sql }: { sql: string }) => {
    if (/from register_objects/.test(sql)) count += 1
  })
  return () => count
}
