import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readHeldKeys } from '../../../src/base/keys/keys.ts'
import { transact } from '../../../src/base/database/database.ts'
import { dayAfter, dayBefore, dayOf } from '../../../src/base/values/calendar.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import type { FirstNamersAsked } from '../../../src/pages/desk/index.ts'
import { nameFirst } from '../../../src/pages/desk/index.ts'
import type { MandateVault } from '../../../src/people/mandates/index.ts'
import { mandateSeals } from '../../../src/people/mandates/index.ts'
import { endOfficeAtDesk, officesOfBody } from '../../../src/people/offices/index.ts'
import type { Register } from '../../../src/registry/index.ts'
import { openRegister } from '../../../src/registry/index.ts'
import { reachMembers } from '../../../src/registry/objects/file-fields.ts'
import { officeFirst } from '../../../src/tool/office.ts'
import { textOf } from '../../deploy/recipe.ts'
import type { Authenticator, AuthenticatorOptions } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Broker } from '../../support/broker.ts'
import { issuer, postAndFollow, startBroker } from '../../support/broker.ts'
import type { Browser } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import { readOf } from '../../support/commands.ts'
import { differencesOf } from '../../support/fold.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import { bodyWithDesk, deskHours } from '../../support/officers.ts'
import type { TwoSigners } from '../../support/two-signers.ts'
import { twoSigners } from '../../support/two-signers.ts'

// The first namers come by an order of two signers, and make their keys with their codes. One story.

const body = 'org_desk'
const path = '/cles-du-comptoir'
const until = dayAfter(dayOf(new Date()), 'P200D')

let fido: Fido
let broker: Broker
let two: TwoSigners
let vault: MandateVault
let register: Pick<Register, 'organisation' | 'signers'>

beforeAll(async () => {
  fido = await makeFido()
  const bodies = [bodyWithDesk(body, { hours: deskHours })]
  broker = await startBroker(undefined, bodies, undefined, fido.env)
  two = await twoSigners()
  const keys = await readHeldKeys(broker.keysDir)
  vault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
  const known = (await openRegister(broker.db, vault.vault.seals)).current()
  register = { signers: two.signers, organisation: (id) => known.organisation(id) }
})
afterAll(async () => {
  await broker.stop()
  fido.stop()
  two.remove()
})

type Ordering = Partial<Omit<FirstNamersAsked, 'words'>> & { readonly signed?: number }
let files = 0

/** Writes the order, lets some sign it, and carries it out. */
async function order({ signed = 2, ...changed }: Ordering, parts: object = {}, times = 1) {
  const file = two.file(`first-${++files}.json`)
  const asked = { organisation: body, numbers: ['E-1', 'E-2'], until, ...changed }
  const named = (words: FirstNamersAsked['words']) =>
    nameFirst(
      broker.db,
      { vault, register, issuer, knowsModels: true, ...parts },
      { ...asked, words },
      new Date(),
    )
  await named({ out: file, reason: 'un comptoir ouvre', 'reason-en': 'a desk opens' })
  await two.sign(file, ...two.keys.slice(0, signed))
  for (let time = 1; time < times; time++) await named({ order: file })
  return named({ order: file })
}

/** The codes of what was printed, two halves each. */
const codesIn = (lines: readonly string[]) =>
  lines.flatMap((line) => {
    const [, one = '', other = ''] = /code: (\S+) (\S+)$/.exec(line) ?? []
    return one === '' ? [] : [[one, other] as const]
  })
const namers = async () =>
  (await officesOfBody(broker.db, vault, body, new Date())).filter(({ role }) => role === 'namer')

const numbersNamed = async () => (await namers()).map(({ number = '' }) => number).toSorted()

test.each<[string, Ordering, object, RegExp]>([
  ['one signer', { signed: 1 }, {}, /two signers must sign it, and 1 did/],
  ['a body that there is not', { organisation: 'org_nowhere' }, {}, /no organisation org_nowhere/],
  ['a body without a desk', { organisation: 'org_culture' }, {}, /org_culture keeps no desk/],
  ['no file of models', {}, { knowsModels: false }, /FIDO_METADATA/],
  ['one number twice', { numbers: ['e 1', 'E1'] }, {}, /are one/],
  ['one number', { numbers: ['E-1'] }, {}, /say two numbers/],
  ['three numbers', { numbers: ['E-1', 'E-2', 'E-3'] }, {}, /say two numbers/],
  ['a number that cannot be read', { numbers: ['é', 'E-2'] }, {}, /1 to 40 letters/],
  ['a day that is over', { until: dayBefore(dayOf(new Date()), 'P1D') }, {}, /no day within/],
])('nobody is named by an order with %s', async (_what, ordering, parts, why) => {
  await expect(order(ordering, parts)).rejects.toThrow(why)
  expect(await namers()).toEqual([])
})

let codes: (readonly [string, string])[] = []

test('an order names the first two, once, and nobody more', async () => {
  const lines = await order({})
  codes = codesIn(lines)
  expect(codes).toHaveLength(2)
  expect(lines.at(-1)).toContain(`${issuer}${path}`)
  expect(await numbersNamed()).toEqual(['E-1', 'E-2'])
  await expect(order({ numbers: ['E-3', 'E-4'] })).rejects.toThrow(/two of them decide/)
})

const blueKey = (more: Partial<AuthenticatorOptions> = {}) =>
  makeAuthenticator({ origin: issuer, counter: 0, model: fido.model, ...more })

async function give(browser: Browser, [one, other]: readonly [string, string]) {
  const { action, fields } = formOf(await browser.get(path))
  return postAndFollow(browser, action, { ...fields, one, two: other })
}
async function make(browser: Browser, key: Authenticator) {
  const { action, fields, options } = formOf(await browser.get(path))
  return postAndFollow(browser, action, { ...fields, credential: key.create(options) })
}
const keysOf = async (officerId: string | undefined) =>
  (await broker.db('passkeys').where({ personId: officerId ?? '' })).length

test('with his code he makes two keys that their maker attests, and no third', async () => {
  const [code = ['', ''], foreign = ['', '']] = codes
  const officerId = (await namers())[0]?.officerId
  const browser = makeBrowser(broker)
  const wrong = await give(browser, [code[0], foreign[1]])
  expect([wrong.status, wrong.body]).toEqual([400, expect.stringContaining('Ce code n’ouvre rien')])
  const first = await give(browser, [code[1], code[0]])
  expect(first.body).toContain('Votre première clé')
  expect(JSON.parse(formOf(first).options)).toMatchObject({ attestation: 'direct' })

  const bare = await make(browser, makeAuthenticator({ origin: issuer }))
  expect([bare.status, await keysOf(officerId)]).toEqual([409, 0])
  const key = blueKey()
  expect((await make(browser, key)).body).toContain('Votre seconde clé')
  // Elsewhere the code begins anew: what was made by it goes, and the older browser makes nothing more.
  const other = makeBrowser(broker)
  const older = formOf(await browser.get(path))
  expect((await give(other, code)).body).toContain('Votre première clé')
  expect(await keysOf(officerId)).toBe(0)
  const late = blueKey().create(older.options)
  const refused = await browser.post(older.action, { ...older.fields, credential: late })
  expect([refused.status, await keysOf(officerId)]).toEqual([400, 0])

  await make(other, blueKey())
  const last = formOf(await other.get(path))
  expect((await make(other, blueKey())).body).toContain('Vos deux clés sont faites')
  const third = await other.post(last.action, { ...last.fields, credential: late })
  expect([third.status, await keysOf(officerId)]).toEqual([400, 2])
  expect((await give(other, code)).body).toContain('Ce code n’ouvre rien')
  expect(await differencesOf({ db: broker.db, vault: vault.vault }, officerId ?? '')).toEqual([])
})

test('in the place of a lost one an order brings another; one whose keys are lost comes back by it', async () => {
  const [one, other] = await namers()
  const officer = one?.officerId
  const again = codesIn(await order({ numbers: ['E-1'] }))
  expect([again.length, await keysOf(officer)]).toEqual([1, 0])
  expect(await numbersNamed()).toEqual(['E-1', 'E-2'])
  const holder = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const
  const by = { officerId: officer ?? '', organisation: body, holder }
  await transact(broker.db, (tx) => endOfficeAtDesk(tx, vault, by, other?.mandateId ?? ''))
  await expect(order({ numbers: ['E-3', 'E-4'] })).rejects.toThrow(/say one number/)
  expect(codesIn(await order({ numbers: ['E-3'] }))).toHaveLength(1)
  expect(await numbersNamed()).toEqual(['E-1', 'E-3'])
})

test('the page for operators says in its blocks what there is', async () => {
  const page = textOf('docs/operate/desk.en.md')
  const [, deed = ''] = /^DEED='(.+)'$/m.exec(page) ?? []
  expect(readOf(officeFirst, deed.split(' ').slice(2))).toMatchObject({
    asked: { numbers: ['E-1001', 'E-1002'], until: '2027-06-30' },
  })
  const [, yaml = ''] = /^```yaml\n([^]*?)^```$/m.exec(page) ?? []
  expect(reachMembers.desk.safeParse((parse(yaml) as { desk: unknown }).desk).error).toBeUndefined()
})

test('an order is carried out once', async () => {
  await expect(order({ numbers: ['E-1', 'E-3'] }, {}, 2)).rejects.toThrow(/carried out already/)
})
