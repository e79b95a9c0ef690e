import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicKeys, signStatement } from '../../../src/base/platform/jws.ts'
import type { Keys } from '../../../src/base/platform/keys.ts'
import { openKeys } from '../../../src/base/platform/keys.ts'
import { dayOf } from '../../../src/base/platform/calendar.ts'
import { dossierCommand, readingCommand } from '../../../src/consent/dossiers/index.ts'
import { issuer } from '../../support/broker.ts'
import type { Load } from '../../support/sharing-load.ts'
import { eventsOf, openLoad } from '../../support/sharing-load.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import { shareAsNewcomer, startStage, stop } from '../../support/sharing.ts'
import { signLog } from '../../support/sign-log.ts'
import type { TwoSigners } from '../../support/two-signers.ts'
import { twoSigners } from '../../support/two-signers.ts'
import { statementsBy } from '../../support/statements.ts'

// What an auditor gets of one person: by whose order, what it tells, and what its check refuses.

let stage: Stage
let load: Load
let keys: Keys
let two: TwoSigners
let shared: Shared
let published: string

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  keys = await openKeys(stage.keysDir)
  two = await twoSigners()
  published = two.file('keys.json')
  writeFileSync(published, JSON.stringify(publicKeys(keys)))
  shared = await shareAsNewcomer(stage)
  await stop(shared.browser, shared.consentId)
})
afterAll(async () => {
  two.remove()
  await load.close()
  await stage.stop()
})

const today = () => dayOf(new Date())
const why = ['--reason', 'vérification annuelle', '--reason-en', 'yearly audit']
const personId = () => load.pairwise.person(shared.sub, 'org_agence-revenu') ?? ''

function audit(...words: string[]): Promise<string[] | undefined> {
  return dossierCommand(stage.db, ['person', shared.consentId, ...words], new Date(), () =>
    Promise.resolve({
      vault: load.vault,
      statements: statementsBy(keys),
      pairwise: load.pairwise,
      issuer,
      signers: two.signers,
    }),
  )
}

let orders = 0
/** An order for a dossier of today, signed by these keys. */
async function ordered(by: readonly string[], ...words: string[]): Promise<string> {
  const file = two.file(`order-${(orders += 1)}.json`)
  await audit(...span(), ...words, '--out', file, ...why)
  await two.sign(file, ...by)
  return file
}

const span = () => ['--from', today(), '--to', today()]
const check = (file: string, ...words: string[]) =>
  readingCommand('', ['verify', file, '--keys', published, ...words])

test('a dossier is made by the order of two, read by its owner alone, and tells what her chain tells; she sees it', async () => {
  const [into, before] = [two.file('dossier'), await eventsOf(load, personId(), 'access.ordered')]
  await audit(...span(), '--into', into, '--order', await ordered(two.keys))
  expect(statSync(into).mode & 0o777).toBe(0o600)
  const says = (await check(into)) ?? []
  expect(says[0]).toContain(`about ${shared.consentId}`)
  expect(says[1]).toContain(
    'Bureau un · Office un and Bureau deux · Office deux: vérification annuelle',
  )
  const lines = says.slice(4).map((line) => line.split('  ')[2])
  expect(lines).toEqual([
    'access.opened',
    'consent.presented',
    'consent.granted',
    'consent.revoked',
    'access.ordered',
  ])
  expect(says.join('\n')).toMatch(/consent\.granted .*recipient=org_aide-etudes/)
  expect(says.join('\n')).not.toContain(personId())
  expect(await eventsOf(load, personId(), 'access.ordered')).toHaveLength(before.length + 1)
  const { body } = await shared.browser.get('/activite?quoi=acces')
  expect(body).toContain('Un dossier sur vous a été remis à une personne qui vérifie.')
  expect(body).toContain('vérification annuelle')
  expect(await messages()).toHaveLength(1)
})

/** What she was told by messages: of each dossier one, by the way that she chose. */
function messages(): Promise<object[]> {
  return stage.db('notification').where({ personId: personId(), kind: 'dossier.made' })
}

/** Makes an auditor’s key. */
async function toKey(file: string): Promise<string[]> {
  const [line = ''] = (await readingCommand('', ['key', file])) ?? []
  writeFileSync(`${file}.pub`, line)
  expect(line).not.toContain('"d"')
  return ['--to-key', `${file}.pub`]
}

test('a dossier is sealed to the auditor’s key, which the order names', async () => {
  const [own, other] = [two.file('auditor.jwk'), two.file('other.jwk')]
  const [mine, others] = [await toKey(own), await toKey(other)]
  const order = await ordered(two.keys, ...mine)
  const into = two.file('sealed')
  for (const words of [others, []])
    await expect(audit(...span(), '--into', into, ...words, '--order', order)).rejects.toThrow(
      'over something else',
    )
  await audit(...span(), '--into', into, ...mine, '--order', order)
  const sealed = readFileSync(into, 'utf8')
  expect(sealed.split('.')).toHaveLength(5)
  expect(await check(into, '--key', own)).toHaveLength(4 + 6)
  await expect(check(into, '--key', other)).rejects.toThrow('sealed to another key')
  await expect(check(into)).rejects.toThrow('its signature does not hold')
  await expect(audit(...span(), '--into', `${into}-2`, ...mine, '--order', order)).rejects.toThrow(
    'carried out before',
  )
  expect(existsSync(`${into}-2`)).toBe(false)
})

test.each<[string, string[]]>([
  ['more than a year', ['--from', '2025-01-01', '--to', '2026-01-01']],
  ['days that are turned around', ['--from', '2026-02-01', '--to', '2026-01-01']],
  ['no day', ['--from', '2026-02-30', '--to', '2026-03-01']],
  ['no span', []],
])('%s is wrong usage', async (_, words) => {
  expect(await audit(...words, '--into', two.file('x'), ...why)).toBeUndefined()
})

test('one signature, or a name, makes no dossier, and nothing is written', async () => {
  const into = two.file('none')
  const [one] = two.keys
  const order = await ordered([one])
  const [before, told] = [await eventsOf(load, personId(), 'access.ordered'), await messages()]
  for (const words of [
    ['--order', order],
    ['--key', one, ...why],
    ['--operator', 'Anna', ...why],
  ])
    await expect(audit(...span(), '--into', into, ...words)).rejects.toThrow(/signers must/)
  expect(existsSync(into)).toBe(false)
  expect(await eventsOf(load, personId(), 'access.ordered')).toHaveLength(before.length)
  expect(await messages()).toHaveLength(told.length)
})

test('a file that is there already stays, and the order is not spent', async () => {
  const [into, order] = [two.file('there'), await ordered(two.keys)]
  writeFileSync(into, 'mine')
  await expect(audit(...span(), '--into', into, '--order', order)).rejects.toThrow(
    'is there already',
  )
  expect(readFileSync(into, 'utf8')).toBe('mine')
  await audit(...span(), '--into', `${into}-free`, '--order', order)
})

type Claims = { readonly events: readonly { readonly payload?: string; readonly proof?: string }[] }

test('the check refuses a dossier that the house itself changed: an event left out, other words, another order of events', async () => {
  const into = two.file('whole')
  await audit(...span(), '--into', into, '--order', await ordered(two.keys))
  const claims = jose.decodeJwt<Claims>(readFileSync(into, 'utf8').trim())
  const again = async (events: Claims['events']) => {
    const file = two.file(`forged-${(orders += 1)}`)
    writeFileSync(
      file,
      await signStatement(statementsBy(keys), 'audit-dossier+jwt', { ...claims, events }),
    )
    return check(file)
  }
  const [first, second, third, ...rest] = claims.events
  expect(await again(claims.events)).toHaveLength(4 + claims.events.length)
  if (first === undefined || second === undefined || third === undefined) throw new Error('few')
  await expect(again([first, third, ...rest])).rejects.toThrow('the one before it is missing')
  const reworded = { ...second, payload: second.payload?.replace('aide', 'laid') ?? '' }
  await expect(again([first, reworded, third])).rejects.toThrow('make another entry')
  await expect(again([second, first, third])).rejects.toThrow('is missing')
  const forged = await new jose.SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'audit-dossier+jwt' })
    .sign((await jose.generateKeyPair('EdDSA')).privateKey)
  writeFileSync(two.file('strange'), forged)
  await expect(check(two.file('strange'))).rejects.toThrow('its signature does not hold')
})

/** What the check says of these claims, if the house signs them. */
async function said(claims: object, policy: string): Promise<string[] | undefined> {
  const file = two.file(`proved-${(orders += 1)}`)
  writeFileSync(file, await signStatement(statementsBy(keys), 'audit-dossier+jwt', { ...claims }))
  writeFileSync(`${file}.policy`, policy)
  return check(file, '--policy', `${file}.policy`)
}

describe('with a policy of the log', () => {
  let claims: Claims
  let policy: string

  beforeAll(async () => {
    await signLog(stage.db, stage.keysDir)
    const into = two.file('in-log')
    await audit(...span(), '--into', into, '--order', await ordered(two.keys))
    claims = jose.decodeJwt<Claims>(readFileSync(into, 'utf8').trim())
    policy = (await shared.browser.get('/log/policy')).body
  })

  test('it says how many entries the log holds, and which have no signed tree yet', async () => {
    const proved = claims.events.filter(({ proof }) => proof !== undefined)
    expect(proved.length).toBeGreaterThan(3)
    // The order of this dossier came after the tree.
    expect(proved.length).toBeLessThan(claims.events.length)
    expect((await said(claims, policy))?.[3]).toBe(
      `A log that you trust holds ${proved.length} of them; the others had no signed tree yet.`,
    )
  })

  test.each<[string, (text: string) => string, string]>([
    [
      'of another log',
      () =>
        'log journal.quebec.example/2026/p0+d3ac454e+AdBKsjJ0K7SrOhNovUYV5ObQIkq3GgFrr4UgozLJd4c3\nquorum none\n',
      'its proof ',
    ],
    [
      'that demands a witness',
      (text) =>
        `${text.replace('quorum none', '')}
witness w temoin.cai.example/1+5bd9e2c0+BKCapfR6Z1mAL/lV+NwtKhSlyZ0jvpf4ZBJ/+Tg0VaTw
quorum w
`,
      'too few witnesses',
    ],
  ])('a policy %s refuses it', async (_, change, because) => {
    await expect(said(claims, change(policy))).rejects.toThrow(because)
  })

  test('the proof of another event, or a changed one, is refused, though the house signed it', async () => {
    const [first, second, ...rest] = claims.events
    if (first?.proof === undefined || second?.proof === undefined) throw new Error('few')
    const swapped = (proof: string) => ({
      ...claims,
      events: [{ ...first, proof }, second, ...rest],
    })
    await expect(said(swapped(second.proof), policy)).rejects.toThrow(
      'event 1: its path does not lead to the signed tree',
    )
    await expect(said(swapped(first.proof.replace(/\n— .*/s, '\n')), policy)).rejects.toThrow(
      'event 1: ',
    )
    await expect(said(swapped('no proof'), policy)).rejects.toThrow('event 1: its proof')
  })
})
