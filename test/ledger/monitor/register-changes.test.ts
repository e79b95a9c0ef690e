import { hash } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { newHandKey, signByHand } from '../../../src/base/keys/jws.ts'
import type { JsonValue } from '../../../src/ledger/chain/index.ts'
import { canonical } from '../../../src/ledger/chain/index.ts'
import { noProgress, verifyFromOutside } from '../../../src/ledger/monitor/index.ts'
import { kindsInOrder, watchRegister } from '../../../src/ledger/monitor/register-changes.ts'
import { fileKinds } from '../../../src/registry/objects/object-schemas.ts'
import { openHostile } from './hostile.ts'

// A version of the register that somebody wrote alone, seen by whoever has the public documents and nothing else.

type Object = {
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly content: { readonly [name: string]: JsonValue }
}
type Key = Awaited<ReturnType<typeof newHandKey>>
type By = readonly (readonly [ref: string, key: Key])[]

const [a, b, c, mallory] = await Promise.all([
  newHandKey(),
  newHandKey(),
  newHandKey(),
  newHandKey(),
])
const signedAt = Date.parse('2026-11-24T15:00:00.000Z') / 1000

const plain = (kind: string, id: string, version = 1): Object => ({
  kind,
  id,
  version,
  content: { id, version },
})
const signer = (id: string, key: Key, version = 1, until?: string): Object => ({
  kind: 'signer',
  id,
  version,
  content: { public_key: key.x ?? '', from: '2026-01-05', ...(until !== undefined && { until }) },
})
const sha = (document: object) => hash('sha256', canonical({ ...document }))

/** Versions, then the change that names them. @param said what the change says in the place of what is true */
async function changed(objects: readonly Object[], by: By, said: object = {}): Promise<Object[]> {
  const members = { type: 'accord.register-plan.v1', issuer: 'https://id.test', epoch: 7 }
  const plan = sha({ ...members, objects })
  const signatures = await Promise.all(
    by.map(async ([ref, key]) => ({
      signer: ref,
      jws: await signByHand(key, { plan, iat: signedAt }, 'register-change+jwt'),
    })),
  )
  const id = `chg_${plan.slice(0, 8)}`
  const content = {
    change_id: id,
    version: 1,
    ...members,
    plan_sha256: plan,
    objects: objects.map((one) => ({
      kind: one.kind,
      id: one.id,
      version: one.version,
      sha256: sha(one),
    })),
    signatures,
    ...said,
  }
  return [...objects, { kind: 'change', id, version: 1, content }]
}

async function found(
  objects: readonly Object[],
  register = watchRegister(),
  origin = 'log.test/log/2026/p0',
): Promise<readonly unknown[]> {
  // Documents come in whichever order they are read.
  for (const [index, one] of [...objects.entries()].toReversed()) {
    const bytes = Buffer.from(canonical({ ...one }))
    register.take(origin, { index, sha256: sha(one), bytes })
  }
  return (await register.findings()).map(({ because }) => because)
}

let first: Object[]
const both: By = [
  ['sig_a@1', a],
  ['sig_b@1', b],
]

beforeAll(async () => {
  first = await changed(
    [plain('organisation', 'org_one'), signer('sig_a', a), signer('sig_b', b)],
    [],
  )
})

test('the order of kinds is the one in which files are applied', () => {
  expect(kindsInOrder).toEqual(fileKinds)
})

test('a register that two sign holds, and so does the change that brings the first two', async () => {
  const later = await changed([plain('category', 'cat_x'), plain('text', 'txt_x')], both)
  expect(await found([...first, ...later])).toEqual([])
})

test('before there are two signers nothing needs a signature', async () => {
  expect(
    await found([plain('text', 'txt_x'), signer('sig_a', a), plain('text', 'txt_x', 2)]),
  ).toEqual([])
})

test('what one run of files brings beside the second signer needs none; what comes after does', async () => {
  const run = [
    plain('organisation', 'org_one'),
    signer('sig_a', a),
    signer('sig_b', b),
    signer('sig_c', c),
    plain('category', 'cat_x'),
    plain('service', 'library'),
  ]
  expect(await found(run)).toEqual([])
  const because = 'the version category cat_x@2 is in no change that was signed'
  expect(await found([...run, plain('category', 'cat_x', 2)])).toEqual([because])
  const signed = await changed([plain('service', 'museum')], both)
  expect(await found([...run, ...signed, plain('service', 'zoo')])).toEqual([
    'the version service zoo@1 is in no change that was signed',
  ])
})

const once = plain('category', 'cat_x')
test.each<[string, By, object, RegExp]>([
  ['nobody', [], {}, /did not sign$/],
  ['one', both.slice(0, 1), {}, /did not sign$/],
  ['one, twice', [both[0] ?? ['', a], both[0] ?? ['', a]], {}, /did not sign$/],
  [
    'one, and a stranger under a signer’s name',
    [
      ['sig_a@1', a],
      ['sig_b@1', mallory],
    ],
    {},
    /did not sign$/,
  ],
  [
    'one, and a version of a signer that is not there',
    [
      ['sig_a@1', a],
      ['sig_b@2', b],
    ],
    {},
    /did not sign$/,
  ],
  ['two, over another plan', both, { issuer: 'https://other.test' }, /is of another plan$/],
  ['two, over another hash', both, { plan_sha256: 'a'.repeat(64) }, /is of another plan$/],
])('a version whose change is signed by %s is named', async (_, by, said, because) => {
  expect(await found([...first, ...(await changed([once], by, said))])).toEqual([
    expect.stringMatching(/^the version category cat_x@1 is in chg_/),
  ])
  expect(await found([...first, ...(await changed([once], by, said))])).toEqual([
    expect.stringMatching(because),
  ])
})

test('a change that names other versions than those before it is named, and they are, too', async () => {
  const [version = once, change = once] = await changed([once], both)
  const other = { ...version, content: { ...version.content, label: 'other' } }
  expect(await found([...first, other, change])).toEqual([
    'the version category cat_x@1 is in no change that was signed',
    expect.stringContaining('names other versions than those before it'),
  ])
  // Nor does a change that was signed cover what somebody puts between.
  expect(await found([...first, version, plain('text', 'txt_x'), change])).toHaveLength(3)
})

test('signers whom nobody signed sign nothing, and neither does one who was taken out', async () => {
  const invented = await changed([signer('sig_m', mallory)], [])
  const his = await changed(
    [once],
    [
      ['sig_a@1', a],
      ['sig_m@1', mallory],
    ],
  )
  expect(await found([...first, ...invented, ...his])).toHaveLength(2)
  const third = await changed([signer('sig_c', c)], both)
  const by = [
    ['sig_a@1', a],
    ['sig_c@1', c],
  ] as const
  const over = await changed([signer('sig_b', b, 2, '2026-11-23')], by)
  expect(await found([...first, ...third, ...over, ...(await changed([once], by))])).toEqual([])
  const late = await changed(
    [once],
    [
      ['sig_a@1', a],
      ['sig_b@2', b],
    ],
  )
  expect(await found([...first, ...third, ...over, ...late])).toHaveLength(1)
})

test('the signers of one house sign nothing of another', async () => {
  const own = await changed([once], both)
  const theirs = await changed(
    [once],
    [
      ['sig_a@1', c],
      ['sig_b@1', mallory],
    ],
  )
  const others = await changed([signer('sig_a', c), signer('sig_b', mallory)], [])
  for (const [change, count] of [
    [own, 0],
    [theirs, 1],
  ] as const) {
    const register = watchRegister()
    // The log of others stands first, at the place that every log without a year has.
    await found([...others, ...theirs], register, 'other.test/theirs')
    expect(await found([...first, ...change], register)).toHaveLength(count)
  }
})

test('a register that is too large to be held against its changes is said to be', async () => {
  const register = watchRegister(10)
  expect(await found([...first, ...first], register)).toEqual([
    'the versions of its register are too large to hold them against their changes',
  ])
})

test('`ledger verify --url` names it with its entry', async () => {
  const house = await openHostile()
  try {
    for (const one of first) house.addPublic(one)
    house.addPeople(3)
    for (const one of await changed([once], both)) house.addPublic(one)
    house.publish()
    const look = () => verifyFromOutside({ url: house.url, now: new Date(), progress: noProgress })
    expect((await look()).findings).toEqual([])
    const index = house.entries.length
    house.addPublic(plain('category', 'cat_x', 2))
    house.publish()
    const because = 'the version category cat_x@2 is in no change that was signed'
    expect((await look()).findings).toEqual([{ where: house.origin, index, because }])
  } finally {
    await house.close()
  }
})
