import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { residenceCommunication } from '../../demo/applications/recipient/request.ts'
import { moved } from '../../demo/start.ts'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { legalBasis, openRegister } from '../../src/registry/index.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { housePatience } from '../support/patience.ts'
import { callTool } from '../support/tool.ts'
import { resultsIn, unbroken } from '../registry/whole-register.ts'
import { unservable } from '../support/unservable.ts'
import { given, seals } from '../support/seals.ts'
import { registerCommand } from '../support/commands.ts'

const register = new URL('../../demo/register/', import.meta.url)
const read = async (path: string): Promise<unknown> =>
  parse(await readFile(new URL(path, register), 'utf8'))

test.each([
  { service: 'aide-etudes', address: 'http://localhost:3001' },
  { service: 'agence-revenu', address: 'http://localhost:3002' },
])('$service is registered at $address with the strict profile', async ({ service, address }) => {
  expect(await read(`services/${service}.yaml`)).toMatchObject({
    client_id: service,
    organisation: `org_${service}`,
    redirect_uris: [`${address}/callback`],
    post_logout_redirect_uris: [`${address}/`],
    backchannel_logout_uri: `${address}/backchannel-logout`,
    jwks_uri: `${address}/jwks`,
    token_endpoint_auth_method: 'private_key_jwt',
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    subject_type: 'pairwise',
  })
})

let fresh: FreshDatabase
let db: Database

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
})

afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

test('the register applies to an empty database, and then there is nothing left to apply', async () => {
  const words = ['apply', register.pathname]
  const applied = await registerCommand(db, words, new Date(), unservable, given)
  expect(resultsIn(applied)).toHaveLength(39)
  expect(await registerCommand(db, words, new Date(), unservable, given)).toEqual([
    'nothing to apply',
  ])
})

test('`register plan` judges the demonstration’s files as a start on other ports does', async () => {
  const env = { DATABASE_URL: fresh.url, PORT: '3210' }
  const planned = await callTool(['register', 'plan', register.pathname], env)
  expect(planned).toEqual({ code: 0, out: 'nothing to apply\n', err: '' })
})

test('the demonstration’s register has each kind of sharing', async () => {
  const live = (await openRegister(db, seals)).current()
  // Based on law, thirty days after the Commission received the agreement.
  const law = live.agreement('agr_2026-014')
  expect(legalBasis(law?.legalBasis ?? '')).toMatchObject({
    requiresConsent: false,
    caiDelayDays: 30,
  })
  expect(live.purpose('pur_verification-loyer')?.status).toBe('published')
  expect(live.textFor('pur_verification-loyer@1', 'agr_2026-014')).toBeUndefined()
  // Sensitive, so by an express consent.
  expect(live.category('cat_limitation-fonctionnelle')?.sensitivity).toBe('sensitive')
  expect(live.agreement('agr_2026-022')?.legalBasis).toBe('consent_59_sensitive')
  // One time, a count, a frequency.
  expect(live.purpose('pur_preuve-residence')).toMatchObject({ maxUses: 1, maxDuration: 'P30D' })
  expect(live.purpose('pur_tarif-residents')).toMatchObject({
    maxUses: 3,
    frequencyLimit: undefined,
  })
  expect(live.purpose('pur_calcul-aide')?.frequencyLimit).toEqual({ count: 4, per: 'P1Y' })
  // A renewal.
  expect(await read('agreements/agr_2026-031.yaml')).toMatchObject({
    supersedes: 'agr_2023-007@2',
    status: 'in_force',
  })
  expect(live.agreement('agr_2023-007')?.status).toBe('ended')
  // A text that asks again.
  expect(live.text('txt_tarif-residents')).toMatchObject({
    version: 2,
    isMaterial: true,
    previous: 'txt_tarif-residents@1',
  })
})

test('the register of 2025 comes before it: the change is a renewal, and a text that asks again', async () => {
  const other = await freshDatabase()
  const otherDb = openDatabase(other.url, housePatience)
  const earlier = new URL('../../demo/register-2025/', import.meta.url)
  try {
    await registerCommand(
      otherDb,
      ['apply', earlier.pathname],
      new Date('2025-06-02T12:00:00Z'),
      unservable,
      given,
    )
    const words = ['plan', register.pathname]
    const plan = unbroken(await registerCommand(otherDb, words, new Date(), unservable, given))
    expect(plan.filter((line) => line.includes('asks each person'))).toHaveLength(3) // what the Agency asks people for
    expect(plan.filter((line) => line.startsWith('~ '))).toEqual([
      '~ purpose pur_tarif-residents version 1 → 2: default_duration, max_duration, max_uses, refusal_consequence, why',
      '~ agreement agr_2023-007 version 1 → 2: ended_reason, status',
      '~ agreement agr_2024-018 version 1 → 2: periodicity, purposes',
      '~ text txt_tarif-residents version 1 → 2: agreement_id, approved_on, blocks, material_change, plain, previous_version, purpose_id, short (material: asked again)',
    ])
    await registerCommand(otherDb, ['apply', register.pathname], new Date(), unservable, given)
    const live = (await openRegister(otherDb, seals)).current()
    const [one, two] = [live.text('txt_tarif-residents@1'), live.text('txt_tarif-residents@2')]
    expect(one?.pairSha256).not.toEqual(two?.pairSha256)
  } finally {
    await otherDb.destroy()
    await other.drop()
  }
})

test('the register has the details that Student Aid asks for, at the addresses of the demonstration', async () => {
  const live = (await openRegister(db, seals, (text) => moved(text, 4000))).current()
  const purpose = live.purpose('pur_calcul-aide')
  const agreement = live.agreement('agr_2026-001')
  const dataset = live.dataset('dst_avis-cotisation')
  expect(purpose).toMatchObject({
    recipient: 'org_aide-etudes',
    necessity: {
      'cat_revenu-net': 'required',
      'cat_situation-familiale': 'required',
      'cat_personnes-a-charge': 'optional',
    },
    status: 'published',
  })
  expect(agreement).toMatchObject({
    legalBasis: 'consent_53',
    holder: 'org_agence-revenu',
    recipient: 'org_aide-etudes',
    datasets: [{ dataset: dataset?.ref, categories: dataset?.categories }],
    purposes: [purpose?.ref],
    status: 'in_force',
  })
  expect(live.textFor(purpose?.ref ?? '', 'agr_2026-001')?.id).toBe('txt_calcul-aide')
  expect(dataset?.resourceServer).toBe('http://localhost:4002/api')
  expect(live.holderOf('http://localhost:4002/api')).toBe('org_agence-revenu')
  expect(live.services.get('aide-etudes')?.metadata).toMatchObject({
    authorization_details_types: ['http://localhost:4000/rar/communication/v1'],
  })
})

test('the register also has the sharing by law that Student Aid uses without asking', async () => {
  const live = (await openRegister(db, seals, (text) => moved(text, 4000))).current()
  const { issuer, api } = { issuer: 'http://localhost:4000', api: 'http://localhost:4002/api' }
  const asked = residenceCommunication(issuer, api)
  expect(live.agreement(asked.agreement)).toMatchObject({
    legalBasis: 'agreement_68_1',
    holder: asked.holder,
    recipient: asked.recipient,
    datasets: [{ dataset: `${asked.identifier}@1`, categories: asked.datatypes }],
    purposes: [`${asked.purpose}@1`],
    status: 'in_force',
    shownAfterDays: 0,
  })
  expect(live.dataset(asked.identifier)?.resourceServer).toBe(api)
})

test('a person is asked in words that name no address and stay the same on every port', async () => {
  const [usual, other] = await Promise.all(
    [3000, 4000].map(async (port) =>
      (await openRegister(db, seals, (text) => moved(text, port)))
        .current()
        .text('txt_calcul-aide'),
    ),
  )
  expect(usual?.pairSha256).toEqual(other?.pairSha256)
  expect(JSON.stringify(usual?.blocks)).not.toMatch(/https?:|www\.|@/)
})

test.each([
  ['fr', 'a space before ? ! or ;', /[\s\u00a0\u202f][?!;]/],
  ['fr', 'a colon without its hard space', /[^\u00a0]:/],
  ['fr', 'a guillemet without its hard space', /«[^\u00a0]|[^\u00a0]»/],
  ['en', 'a space before punctuation', /[\s\u00a0\u202f][?!:;]/],
  ['en', 'French quotation marks', /[«»]/],
  ['both', 'a straight apostrophe or quotation mark', /['"]/],
  ['both', 'two spaces, or one at an end', /[\s\u00a0]{2}|^\s|\s$/],
])('the words of the register in %s never have %s', async (language, _, fault) => {
  const words = await everyWord()
  expect(words.length).toBeGreaterThan(60)
  const faulty = words.filter(
    ([of, text]) => (language === 'both' || of === language) && fault.test(text),
  )
  expect(faulty).toEqual([])
})

/** Every text of every file that stands in two languages. */
async function everyWord(): Promise<[string, string][]> {
  const folders = ['./', '../register-2025/']
  const files = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(new URL(folder, register), { recursive: true })
      return names.filter((name) => name.endsWith('.yaml')).map((name) => folder + name)
    }),
  )
  return (await Promise.all(files.flat().map(read))).flatMap(wordsIn)
}

function wordsIn(content: unknown): [string, string][] {
  if (typeof content !== 'object' || content === null) return []
  return Object.entries(content).flatMap(([name, value]) =>
    (name === 'fr' || name === 'en') && typeof value === 'string'
      ? // An address is no words.
        [[name, value] as [string, string]].filter(() => !URL.canParse(value))
      : wordsIn(value),
  )
}

test('each organisation is in the file of its name', async () => {
  for (const file of await readdir(new URL('organisations/', register))) {
    expect(await read(`organisations/${file}`)).toMatchObject({
      org_id: file.replace('.yaml', ''),
      status: 'active',
    })
  }
})

test.each([
  ['http://localhost:3001/callback', 'http://localhost:4001/callback'],
  ['http://localhost:3000', 'http://localhost:4000'],
  [
    '- http://localhost:3005/\n- http://localhost:3002/',
    '- http://localhost:4005/\n- http://localhost:4002/',
  ],
  ['http://localhost:3006/', 'http://localhost:3006/'],
  ['http://localhost:2999/', 'http://localhost:2999/'],
  ['http://localhost:30011/', 'http://localhost:30011/'],
  ['https://localhost:3001/', 'https://localhost:3001/'],
  ['version: 3001', 'version: 3001'],
])('with port 4000, %j becomes %j', (written, read) => {
  expect(moved(written, 4000)).toBe(read)
})
