import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { StatementKeys } from '../../../src/base/keys/jws.ts'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { emptyRoot } from '../../../src/base/tlog/merkle.ts'
import { signatureLine, signNote } from '../../../src/base/tlog/note.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { closingBody, entryClasses, logEntry } from '../../../src/ledger/chain/index.ts'
import { noProgress } from '../../../src/ledger/monitor/index.ts'
import type { PromiseAsked } from '../../../src/ledger/monitor/promises.ts'
import { lookForPromises } from '../../../src/ledger/monitor/promises.ts'
import { newFolder } from '../../support/fault-process.ts'
import { statementsBy } from '../../support/statements.ts'
import { callTool } from '../../support/tool.ts'
import type { HostileHouse } from './hostile.ts'
import { openHostile, witnessSigner } from './hostile.ts'

// Whoever holds decision tokens looks whether the log took in what they promise, by an address alone: `accord promise check`, and the
// program of docs/integrate/promise.md. The house has all keys of its log and those of its decisions; not those of its witness.

const made = new Date('2026-06-01T12:00:00Z')
const due = secondsAfter(made, 60)
const later = secondsAfter(made, 600)
const witness = witnessSigner('witness.test')
const isPythonHere = spawnSync('python3', ['-c', 'import cryptography']).status === 0

let house: HostileHouse
let keys: StatementKeys
let dir: string

beforeAll(async () => {
  const folder = newFolder()
  await createMissingKeys(folder)
  keys = await openKeys(folder)
  dir = newFolder()
  house = await openHostile()
})
afterAll(() => house.close())

beforeEach(() => {
  house.entries.length = 1
  house.witnesses = [witness]
  house.witnessLines = `witness w ${witness.verifier.vkey}\nquorum w\n`
  house.now = later
  house.documents.set('/keys', Buffer.from(JSON.stringify(publicKeys(keys))))
  house.addPeople(300)
  const closing = closingBody({ through: '2026-05-31', days: 1 })
  house.entries.push(logEntry(closing, entryClasses.house))
})

type Said = Record<string, unknown>

async function token(
  commitment: Buffer,
  claims: Said = {},
  typ: 'decision+jwt' | 'effect-ack+jwt' = 'decision+jwt',
) {
  return signStatement(statementsBy(keys), typ, {
    iss: 'https://log.test',
    aud: 'org_agence-revenu',
    jti: 'dec_1',
    iat: Math.floor(made.getTime() / 1000),
    origin: house.origin,
    commitment: commitment.toString('base64'),
    integrated_by: due.toISOString(),
    ...claims,
  })
}

/** A token, and its entry in the log where it is said. */
async function promised(isKept: boolean, claims: Said = {}): Promise<string> {
  const commitment = randomBytes(32)
  if (isKept) house.entries.push(logEntry(commitment))
  return token(commitment, claims)
}

let files = 0
function kept(text: string): string {
  const path = join(dir, `${files++}`)
  writeFileSync(path, text)
  return path
}

const policy = (lines = house.witnessLines) =>
  kept(`log ${house.listed[0]?.verifier.vkey} ${house.url}/log/2026/p0\n${lines}`)

async function look(tokens: readonly string[], more: Partial<PromiseAsked> = {}, now = later) {
  house.publish()
  const asked = { files: [kept(`${tokens.join('\n')}\n`)], policy: policy(), ...more }
  return lookForPromises(asked, now, noProgress)
}

async function statesOf(...of: Parameters<typeof look>) {
  return (await look(...of)).promises.map(({ state }) => state)
}

test('a promise that was kept is found, among entries of every class, by whoever reads whole tiles alone', async () => {
  house.asked.length = 0
  const seen = await look([
    await promised(true),
    await token(house.entries[9]?.subarray(2) ?? Buffer.alloc(0), {}, 'effect-ack+jwt'),
  ])
  expect(seen).toMatchObject({ faults: [], notProved: [] })
  expect(seen.promises).toMatchObject([
    { state: 'ok', id: 'dec_1', origin: house.origin, index: 302 },
    { state: 'ok', index: 9 },
  ])
  expect(
    house.asked.filter((path) => !/^\/(keys|log\/2026\/p0\/(checkpoint|tile\/.*))$/.test(path)),
  ).toEqual([])
})

test('one that was cut out is missing: token and checkpoint prove it, and the command ends with 1', async () => {
  const gone = await promised(false)
  const seen = await look([await promised(true), gone])
  expect(seen.promises).toMatchObject([
    { state: 'ok' },
    {
      state: 'missing',
      because: 'it is not in the log, and witnesses cosigned this tree after its time',
      evidence: { token: gone, checkpoint: house.note, key: { purpose: 'decision' } },
    },
  ])
  const asked = ['promise', 'check', kept(`${gone}\n\n`), '--policy', policy()]
  const told = await callTool(asked, {})
  expect(told).toMatchObject({ code: 1, err: 'Not every promise was kept.\n' })
  for (const part of [gone, house.note.trimEnd(), '1 promises: 1 MISSING'])
    expect(told.out).toContain(part)
  const json = await callTool([...asked, '--json'], {})
  expect(json.code).toBe(1)
  expect(JSON.parse(json.out)).toMatchObject({ holds: false, promises: [{ state: 'missing' }] })
})

test('before its time, and under a tree that no witness dated since, nothing is said of it', async () => {
  const open = await promised(false)
  expect(await statesOf([open], {}, secondsAfter(due, 9))).toEqual(['not-due'])
  house.now = due
  expect(await statesOf([open])).toEqual(['late'])
  house.witnessLines = 'quorum none\n'
  const alone = await look([open])
  expect(alone.promises).toMatchObject([
    { state: 'missing', because: expect.stringContaining('only your clock says') },
  ])
  expect(alone.notProved).toEqual([expect.stringContaining('quorum none')])
})

test('what is none of its promises is refused: another key, another house, another text', async () => {
  const [head, , end] = (await promised(true)).split('.')
  const others = await openKeys(await newKeys())
  const changed = [
    head,
    Buffer.from(JSON.stringify({ origin: house.origin })).toString('base64url'),
    end,
  ].join('.')
  const foreign = await signStatement(statementsBy(others), 'decision+jwt', {
    origin: house.origin,
  })
  const tokens = [
    changed,
    foreign,
    await promised(true, { iss: 'https://other.test' }),
    await promised(true, { commitment: 'AAAA' }),
    await promised(true, { integrated_by: 'soon' }),
    await signStatement(statementsBy(keys), 'consent-receipt+jwt', { origin: house.origin }),
    'no token',
    await promised(true, { origin: 'other.test/log/2026/p0' }),
  ]
  expect(await statesOf(tokens)).toEqual([...Array<string>(7).fill('refused'), 'unknown'])
})

async function newKeys(): Promise<string> {
  const folder = newFolder()
  await createMissingKeys(folder)
  return folder
}

test('a tree that does not hold proves nothing, neither way', async () => {
  const tokens = [await promised(true), await promised(false)]
  house.publish()
  const { note } = house
  house.entries[7] = logEntry(randomBytes(32))
  const asked = { files: [kept(tokens.join('\n'))], policy: policy() }
  const changed = await lookForPromises(asked, later, noProgress)
  expect(changed.promises.map(({ state }) => state)).toEqual(['ok', 'unknown'])
  expect(changed.faults).toEqual([expect.stringContaining('is not the one that was signed')])
  house.witnesses = []
  house.publish()
  expect((await lookForPromises(asked, later, noProgress)).faults).toEqual([
    `${house.origin}: its checkpoint has not the cosignatures that the policy demands`,
  ])
  expect(house.note).not.toBe(note)
})

test('behind a checkpoint that was kept the rest is not read; what is not found there is missing only where witnesses date it', async () => {
  house.now = secondsAfter(made, -60)
  house.publish()
  const since = kept(house.note)
  house.now = later
  const [found, gone] = [await promised(true), await promised(false)]
  house.asked.length = 0
  expect(await statesOf([found, gone], { since })).toEqual(['ok', 'missing'])
  expect(house.asked).not.toContain('/log/2026/p0/tile/entries/000')
  // A reader's own error accuses nobody: this tree may hold the entry.
  house.addPeople(300)
  house.publish()
  const tooYoung = kept(house.note)
  expect(await statesOf([found], { since: tooYoung })).toEqual(['unknown'])
})

test('after a restore the next log of the year takes in what the first one promised', async () => {
  const next = await openHostile('log.test/log/2026/p1')
  const commitment = randomBytes(32)
  next.entries.push(logEntry(commitment))
  next.witnesses = [witness]
  next.now = later
  next.publish()
  const further = `log ${next.listed[0]?.verifier.vkey} ${next.url}/log/2026/p1\n`
  const tokens = [await token(commitment), await promised(false)]
  const seen = await look(tokens, { policy: policy(further + house.witnessLines) })
  expect(seen.promises).toMatchObject([
    { state: 'ok', origin: next.origin, index: 1 },
    { state: 'missing', evidence: { checkpoint: next.note } },
  ])
  // Without the further log in the policy the first one alone is looked through.
  expect(await statesOf(tokens)).toEqual(['missing', 'missing'])
  await next.close()
})

test('the policy of the address alone proves nothing; a file keeps it, and refuses another one', async () => {
  const tokens = kept(`${await promised(true)}\n`)
  house.publish()
  const own = `${house.url}/log/policy`
  const check = (...more: string[]) => callTool(['promise', 'check', tokens, ...more], {})
  const first = await check('--policy', own)
  expect(first).toMatchObject({ code: 3, out: '1 promises: 1 in the log\n' })
  expect(first.err).toMatch(
    /^Whose keys these are, only this address says[^\n]*\nNothing wrong was found\.\n$/,
  )
  const pin = join(newFolder(), 'pin')
  expect(await check('--policy', own, '--pin', pin)).toMatchObject({
    code: 3,
    err: expect.stringContaining('seen for the first time'),
  })
  expect(await check('--policy', own, '--pin', pin)).toMatchObject({ code: 0, err: '' })
  expect(await check('--pin', pin)).toMatchObject({ code: 0 })
  house.witnessLines = 'quorum none\n'
  const other = await check('--policy', own, '--pin', pin)
  expect(other).toMatchObject({ code: 1, out: '' })
  expect(other.err).toContain('is another policy than the one kept')
  // With no policy at all, or with two, nothing runs.
  for (const more of [[], ['--policy', policy(), '--pin', pin]])
    expect((await check(...more)).code).toBe(2)
})

test('more than anybody holds is refused before it is looked at', async () => {
  await expect(look(Array<string>(20_001).fill('x'))).rejects.toThrow(
    'At most 20000 tokens at once.',
  )
  const many = Array<string>(1001).fill(kept('x'))
  await expect(look([], { files: many })).rejects.toThrow('At most 1000 files at once.')
  house.asked.length = 0
  await expect(look(['x'], { files: ['/nowhere'] })).rejects.toThrow('/nowhere cannot be read.')
  expect(house.asked).toEqual([])
  const size = 2_097_153
  const text = checkpointText({ origin: house.origin, size, root: emptyRoot })
  const seconds = later.getTime() / 1000
  house.note = signNote(text, house.signers) + signatureLine(witness, text, seconds)
  const asked = { files: [kept(await promised(true))], policy: policy() }
  await expect(lookForPromises(asked, later, noProgress)).rejects.toThrow(
    `${house.origin} has ${size} entries to read: give --since`,
  )
})

test('the two documents show the same program', () => {
  expect(programIn('promise.md')).toBe(programIn('promise.en.md'))
})

test.skipIf(!isPythonHere)(
  `the program of docs/integrate/promise.md says the same${isPythonHere ? '' : ': not run, Python is not on this machine'}`,
  async () => {
    const [good, gone] = [await promised(true), await promised(false)]
    house.publish()
    expect(await python([good])).toMatchObject({ code: 0, out: '' })
    const missing = await python([good, gone])
    expect(missing).toMatchObject({ code: 1, out: `MISSING\n${gone}\n${house.note}\n` })
    house.now = due
    house.publish()
    expect(await python([gone])).toMatchObject({ code: 3 })
    house.entries[7] = logEntry(randomBytes(32))
    expect((await python([good])).code).toBe(1)
    house.witnesses = []
    house.publish()
    expect((await python([good])).code).toBe(1)
  },
)

function programIn(document: string): string {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/integrate', document), 'utf8')
  return /^```python\n([^]*?)^```$/m.exec(text)?.[1] ?? ''
}

async function python(tokens: readonly string[]) {
  const program = programIn('promise.md')
    .replace('<LOG>', `${house.url}/log/2026/p0`)
    .replace('<LOG KEY>', house.listed[0]?.verifier.vkey ?? '')
    .replace('<WITNESS KEY>', witness.verifier.vkey)
  const child = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stdin.end(tokens.join('\n'))
  const [code] = (await once(child, 'close')) as [number | null] // as Node says
  return { code, out }
}
