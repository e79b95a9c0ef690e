import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readByHand } from '../../../src/base/keys/jws.ts'
import type { SigningTerminal } from '../../../src/base/ports/signing-terminal.ts'
import { OperatorError, UnreadError } from '../../../src/base/values/operator-error.ts'
import type {
  AuthorizedOrder,
  OrderOfCommand,
  OrderWords,
  RegisterSigner,
} from '../../../src/registry/index.ts'
import { isDraft, readKey, authorizeOrder } from '../../../src/registry/index.ts'
import { hashIn, signOrder } from '../../support/two-signers.ts'
import { orderCommand, signingCommand } from '../../support/commands.ts'

// An order of operators: by whose keys it is carried out, and which it refuses.

const now = new Date('2026-11-28T15:00:00Z')
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
const why = { reason: 'papiers vus au comptoir', 'reason-en': 'papers seen at the counter' }
let folder: string
let signers: RegisterSigner[]
let files = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orders-'))
  signers = await Promise.all(
    ['a', 'b', 'gone', 'coming'].map(async (name): Promise<RegisterSigner> => {
      await signingCommand(['key', keyOf(name)], now)
      const { x } = await readKey(keyOf(name))
      return {
        id: `sig_${name}`,
        ref: `sig_${name}@1`,
        no: 1,
        root: 1,
        version: 1,
        appliedAt: now,
        office: { fr: `Bureau ${name}`, en: `Office ${name}` },
        organisation: 'org_x',
        publicKey: x,
        from: name === 'coming' ? '2026-12-01' : '2025-01-01',
        until: name === 'gone' ? '2026-11-27' : undefined,
      }
    }),
  )
  await signingCommand(['key', keyOf('stranger')], now)
})
afterAll(() => rmSync(folder, { recursive: true }))

const keyOf = (name: string) => join(folder, `${name}.jwk.json`)
const newFile = () => join(folder, `order-${(files += 1)}.json`)

function ordering(change: Partial<OrderOfCommand> = {}): OrderOfCommand {
  return {
    issuer: 'https://accord.example',
    deed: 'counter-code',
    about: 'con_1',
    details: {},
    signers,
    needed: 2,
    now,
    ...change,
  }
}

/** An order in a file, signed by these keys, each at its minute. */
async function signed(
  by: readonly string[],
  change: Partial<OrderOfCommand> = {},
): Promise<string> {
  const out = newFile()
  expect(isDraft(await authorizeOrder(ordering(change), { out, ...why }))).toBe(true)
  for (const name of by) await signOrder(out, keyOf(name), change.now ?? now)
  return out
}

async function taken(
  words: OrderWords,
  change: Partial<OrderOfCommand> = {},
): Promise<AuthorizedOrder> {
  const found = await authorizeOrder(ordering(change), words)
  if (isDraft(found)) throw new Error('it was only written')
  return found
}

test('two signers’ signatures over one order carry it out, and name their offices', async () => {
  const found = await taken({ order: await signed(['a', 'b']) })
  expect(found).toMatchObject({
    order: { deed: 'counter-code', about: 'con_1', reason: { fr: why.reason } },
    signatures: [
      { signer: 'sig_a@1', office: { fr: 'Bureau a', en: 'Office a' } },
      { signer: 'sig_b@1' },
    ],
    operator: undefined,
  })
  const [first] = found.signatures
  const claims = await readByHand(
    signers[0]?.publicKey ?? '',
    first?.jws ?? '',
    'operator-order+jwt',
  )
  expect(claims).toEqual({ order: found.sha256, iat: now.getTime() / 1000 })
  // A signature over an order is none over a change of the register.
  expect(
    await readByHand(signers[0]?.publicKey ?? '', first?.jws ?? '', 'register-change+jwt'),
  ).toBeUndefined()
})

test('one key signs on the spot what one may order, and never what two must', async () => {
  const words = { key: keyOf('a'), ...why }
  const one = { deed: 'suspend', needed: 1 } as const
  expect((await taken(words, one)).signatures).toMatchObject([{ signer: 'sig_a@1' }])
  await expect(taken(words)).rejects.toThrow('two signers must sign it, and 1 did')
})

test.each<[string, readonly string[], Partial<OrderOfCommand>, RegExp]>([
  ['by one', ['a'], {}, /two signers must sign it, and 1 did/],
  ['by nobody', [], {}, /two signers must sign it, and 0 did/],
  ['by one twice', ['a', 'a'], {}, /sig_a signed twice/],
  ['by a key that is not in the register', ['a', 'stranger'], {}, /by no signer of the register/],
  [
    'by a signer whose term is over',
    ['a', 'gone'],
    {},
    /sig_gone signed until \d{4}-\d\d-\d\d, and in Québec it is \d{4}/,
  ],
  [
    'by a signer whose term begins later',
    ['a', 'coming'],
    {},
    /sig_coming signs from \d{4}-\d\d-\d\d on, and/,
  ],
  [
    'over another person',
    ['a', 'b'],
    { about: 'con_2' },
    /over something else: counter-code con_2/,
  ],
  ['over another deed', ['a', 'b'], { deed: 'suspend' }, /over something else: suspend/],
  ['over other details', ['a', 'b'], { details: { through: '2025' } }, /over something else/],
  [
    'for another broker',
    ['a', 'b'],
    { issuer: 'https://other.example' },
    /it is for https:\/\/other/,
  ],
  ['made more than an hour ago', ['a', 'b'], { now: at(-61) }, /it is older than an hour/],
  ['made in the future', ['a', 'b'], { now: at(6) }, /it is dated in the future/],
])('an order is refused that was signed %s', async (_, by, made, because) => {
  await expect(taken({ order: await signed(by, made) })).rejects.toThrow(because)
})

test('a signature is refused over an order that was changed, and one that is older than its order', async () => {
  const path = await signed(['a', 'b'])
  const file = JSON.parse(readFileSync(path, 'utf8')) as { order: object; signatures: string[] }
  writeFileSync(path, JSON.stringify({ ...file, order: { ...file.order, about: 'con_2' } }))
  await expect(taken({ order: path }, { about: 'con_2' })).rejects.toThrow(
    'sig_a is not of this order',
  )
  const old = await signed(['b'])
  await signOrder(old, keyOf('a'), at(-61))
  await expect(taken({ order: old })).rejects.toThrow(
    'the signature of sig_a is older than an hour',
  )
})

test('once there are two signers, a name is no order; before, it is one, and no key is needed', async () => {
  const named = { operator: ' Anna Tremblay ', ...why }
  await expect(taken(named)).rejects.toThrow('Two of the register’s signers must order it')
  await expect(taken(named, { needed: 1 })).rejects.toThrow('--key FILE signs here')
  const [only] = signers
  const alone = { signers: only === undefined ? [] : [only] }
  expect(await taken(named, alone)).toMatchObject({ signatures: [], operator: 'Anna Tremblay' })
  await expect(taken(why, alone)).rejects.toThrow('--operator NAME')
  await expect(taken({ operator: 'Anna' }, alone)).rejects.toThrow('--reason-en')
})

test('a term that ran out does not bring names back', async () => {
  const over = signers.map((signer) => ({ ...signer, until: '2026-11-27' }))
  await expect(taken({ operator: 'Anna', ...why }, { signers: over })).rejects.toThrow(
    OperatorError,
  )
})

test('an order is never written over a file, and what is none is said so', async () => {
  const path = await signed([])
  await expect(taken({ out: path, ...why })).rejects.toThrow('is there already')
  await expect(taken({ order: keyOf('a') })).rejects.toThrow('is no order')
  await expect(orderCommand(['sign', path, '--key', path], now)).rejects.toThrow(
    'is no private key',
  )
  expect(await orderCommand(['sign', path], now)).toBeUndefined()
  expect(await orderCommand(['sing', path, '--key', keyOf('a')], now)).toBeUndefined()
})

test('nothing is signed by who has not read it, and a refusal leaves the file as it was', async () => {
  const path = await signed(['a'], { details: { through: '2025' } })
  const before = readFileSync(path)
  const hash = hashIn(path)
  const asked: string[][] = []
  const typing = (answer: string | undefined): SigningTerminal => ({
    ask(lines, question) {
      asked.push([...lines, question])
      return Promise.resolve(answer)
    },
  })
  const sign = (yes: readonly string[], terminal?: SigningTerminal) =>
    orderCommand(['sign', path, '--key', keyOf('b'), ...yes], now, terminal)
  const refused = async (...how: Parameters<typeof sign>) => {
    const error: unknown = await sign(...how).catch((thrown: unknown) => thrown)
    expect(readFileSync(path).equals(before)).toBe(true)
    if (!(error instanceof OperatorError)) throw new Error('it was signed')
    return error
  }
  // Neither a terminal nor a hash.
  const unread = await refused([])
  expect(unread).toBeInstanceOf(UnreadError)
  expect(unread.lines.join('\n')).toContain('"con_1"')
  expect(unread.message).toContain(`--yes ${hash}`)
  // Characters that are not those of this hash; the first ones alone, where nobody sees the text; nothing.
  const other = hash.startsWith('0') ? '1' : '0'
  const wrong = await refused([], typing(`${other}${hash.slice(1, 6)}`))
  expect(wrong).not.toBeInstanceOf(UnreadError)
  for (const answer of [undefined, '', hash.slice(0, 5), `${hash.slice(0, 6)}0`])
    await refused([], typing(answer))
  for (const yes of ['', hash.slice(0, 6), `${other}${hash.slice(1)}`])
    expect(await refused(['--yes', yes])).not.toBeInstanceOf(UnreadError)
  // The file changes while it is read.
  const moving: SigningTerminal = {
    ask() {
      writeFileSync(path, `${before.toString()}\n`)
      return Promise.resolve(hash.slice(0, 6))
    },
  }
  await expect(sign([], moving)).rejects.toThrow('was changed meanwhile')
  expect(readFileSync(path, 'utf8')).toBe(`${before.toString()}\n`)
  // All of it stands above the question; what was shown is not printed twice.
  const all = asked.at(-1)?.join('\n')
  for (const part of [
    'counter-code',
    '"con_1"',
    '"2025"',
    why.reason,
    why['reason-en'],
    `hash ${hash}`,
  ])
    expect(all).toContain(part)
  expect(await sign([], typing(` ${hash.slice(0, 6).toUpperCase()} `))).toEqual([`signed ${hash}`])
  expect(
    (JSON.parse(readFileSync(path, 'utf8')) as { signatures: string[] }).signatures,
  ).toHaveLength(2)
})

test('a file takes so many signatures and no more, and stays one that can be read', async () => {
  const path = await signed(['a', 'a', 'a', 'a'])
  await expect(signOrder(path, keyOf('b'), now)).rejects.toThrow('takes no more')
  await expect(taken({ order: path })).rejects.toThrow('sig_a signed twice')
})
