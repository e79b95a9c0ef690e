import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { emptyRoot } from '../../../src/base/tlog/merkle.ts'
import { signatureLine, signNote } from '../../../src/base/tlog/note.ts'
import { closingBody, entryClasses, logEntry } from '../../../src/ledger/chain/index.ts'
import { noProgress, verifyFromOutside } from '../../../src/ledger/monitor/index.ts'
import type { HostileHouse } from './hostile.ts'
import { logSigner, openHostile, witnessSigner } from './hostile.ts'
import { newFolder } from '../../support/fault-process.ts'
import { callTool } from '../../support/tool.ts'
import { logsOf } from '../../../src/ledger/monitor/served-log.ts'

// What `accord ledger verify --url` says of a house whose log is whole, but whose public documents are not.

let house: HostileHouse
let path: string

beforeEach(async () => {
  house = await openHostile()
  house.addPeople(254)
  path = house.addPublic({ kind: 'organisation', id: 'org_library' })
  house.addPeople(40)
  house.addPublic({ kind: 'organisation', id: 'org_museum' })
  house.publish()
})
afterEach(() => house.close())

const wrong = 255

async function faults(): Promise<unknown> {
  const { findings } = await verifyFromOutside({
    url: house.url,
    now: new Date(),
    progress: noProgress,
  })
  return findings.map(({ index, because }) => [index, because])
}

test('a log whose public entries all have their documents is valid', async () => {
  const { findings, says } = await verifyFromOutside({
    url: house.url,
    now: new Date(),
    progress: noProgress,
  })
  expect(findings).toEqual([])
  expect(says[0]).toBe(`${house.origin}: 297 entries, 0 cosignatures, 3 public entries`)
})

test('a public entry that was taken out of the list is named', async () => {
  house.leaves.delete(wrong)
  expect(await faults()).toEqual([[wrong, 'it is public, but no list names its document']])
})

test('a house without a list has no document for any public entry', async () => {
  house.documents.set('/log/leaves', (response) => response.writeHead(404).end())
  expect(await faults()).toEqual(
    [0, wrong, 296].map((index) => [index, 'it is public, but no list names its document']),
  )
})

test('a list that names another document for an entry is found', async () => {
  const other = Buffer.from('{"kind":"organisation","id":"org_insurer"}')
  const sha256 = hash('sha256', other)
  house.documents.set('/other', other)
  house.leaves.set(wrong, { sha256, path: '/other' })
  expect(await faults()).toEqual([[wrong, 'the list names another document of it']])
})

test('an entry that the list invents is found', async () => {
  house.leaves.set(7, { sha256: '0'.repeat(64), path })
  expect(await faults()).toEqual([[7, 'the list names it, but it is no public entry']])
})

test.each<[string, Parameters<HostileHouse['documents']['set']>[1], string]>([
  ['is gone', (response) => response.writeHead(404).end(), 'is not there'],
  [
    'was changed by a letter',
    Buffer.from('{"id":"org_librarY","kind":"organisation"}'),
    'is another',
  ],
  ['is an error', (response) => response.writeHead(500).end(), 'cannot be read'],
  ['is longer than any', Buffer.alloc(2 * 1024 * 1024 + 1), 'cannot be read'],
  [
    'leads to another address',
    (response) => response.writeHead(302, { location: '/keys' }).end(),
    'cannot be read',
  ],
])('a document that %s is found', async (_, answer, because) => {
  house.documents.set(path, answer)
  expect(await faults()).toEqual([[wrong, `its document ${path} ${because}`]])
})

test.each([
  'no list\n',
  'log.test/log/2026/p0 1 00 /x\n',
  `log.test/log/2026/p0 1 ${'0'.repeat(64)} //elsewhere.test/x\n`,
  `log.test/log/2026/p0 1 ${'0'.repeat(64)} https://elsewhere.test/x\n`,
  `log.test/log/2026/p0 1 ${'0'.repeat(64)} /x\n`.repeat(2),
  `log.test/log/2026/p0 1 ${'0'.repeat(64)} /x`,
  `log.test/log/2026/p0 1 ${'0'.repeat(64)} /x\n`.repeat(50_001),
])('a malformed list is refused: %.70s', async (text) => {
  house.documents.set('/log/leaves', Buffer.from(text))
  await expect(faults()).rejects.toThrow('/log/leaves is no list of public entries')
})

/** What is found by whoever trusts these keys, and not those of the address. */
async function found(policy: string, since?: string, url = house.url): Promise<unknown> {
  const file = keptAs('policy', policy)
  const asked = { url, policy: file, since, now: new Date(), progress: noProgress }
  return (await verifyFromOutside(asked)).findings
}

function keptAs(name: string, text: string): string {
  const path = join(newFolder(), name)
  writeFileSync(path, text)
  return path
}

test('a checkpoint that the log did not sign, or too few witnesses, is found', async () => {
  const witness = witnessSigner('witness.test')
  const own = house.listed[0]?.verifier.vkey ?? ''
  const lines = `log ${own} ${house.url}/log/2026/p0\nwitness one ${witness.verifier.vkey}\n`
  const where = house.origin
  expect(await found(`${lines}quorum one\n`)).toEqual([
    { where, because: 'its checkpoint has not the cosignatures that the policy demands' },
  ])
  const text = checkpointText({ origin: where, size: 0, root: emptyRoot })
  house.note = signNote(text, []) + signatureLine(witness, text, 1_800_000_000)
  house.leaves.clear()
  expect(await found(`${lines}quorum one\n`)).toEqual([
    { where, because: 'its checkpoint is not signed by this log' },
  ])
})

test('an earlier checkpoint of a log that is not looked at proves nothing of it', async () => {
  const other = logSigner('other.test/log/2026/p0', 'first')
  const own = house.listed[0]?.verifier.vkey ?? ''
  const url = `${house.url}/log/2026/p0`
  const text = checkpointText({ origin: other.verifier.name, size: 0, root: emptyRoot })
  const since = keptAs('since', signNote(text, [other]))
  const policy = `log ${own}\nlog ${other.verifier.vkey}\nquorum none\n`
  expect(await found(policy, since, url)).toEqual([
    { where: other.verifier.name, because: 'no such log is looked at here' },
  ])
})

test('the public entries of a log that no house serves have no document', async () => {
  const theirs = await openHostile('other.test/theirs')
  theirs.publish()
  const vkey = theirs.listed[0]?.verifier.vkey ?? ''
  const url = `${theirs.url}/theirs`
  const [where, because] = [theirs.origin, 'it is public, but no list names its document']
  expect(await found(`log ${vkey} ${url}\nquorum none\n`, undefined, url)).toEqual([
    { where, index: 0, because },
  ])
  await theirs.close()
})

test('a log whose policy gives no address is looked for where its name says', () => {
  const { vkey } = logSigner('other.test/log/2026/p0', 'first').verifier
  const looked = { base: 'https://id.test', logs: 'https://id.test/log' }
  expect([...logsOf(looked, readPolicy(`log ${vkey}\nquorum none\n`))]).toEqual([
    ['other.test/log/2026/p0', 'https://other.test/log/2026/p0'],
  ])
})

test('of several wrong public entries the first is named first, and a changed tree is named too', async () => {
  house.documents.delete(path)
  house.leaves.delete(296)
  house.entries[270] = house.entries[271] ?? Buffer.alloc(34)
  expect(await faults()).toEqual([
    [0, expect.stringContaining('the tree of 297 entries is not the one that was signed')],
    [wrong, `its document ${path} is not there`],
    [296, 'it is public, but no list names its document'],
  ])
})

test('a log tells through which day all is closed: what is newer is late, what was hidden a hole, what is to come a lie', async () => {
  const now = new Date('2026-06-10T16:00:00Z')
  const told = (through: string, days = 1) =>
    house.entries.push(logEntry(closingBody({ through, days }), entryClasses.house))
  const verify = (at = now) => {
    house.publish()
    return verifyFromOutside({ url: house.url, now: at, progress: noProgress })
  }
  expect(await verify()).toMatchObject({ findings: [], notClosed: [] })
  told('2026-06-06', 0)
  told('2026-06-08')
  house.addPeople(3)
  const seen = await verify()
  expect(seen).toMatchObject({ findings: [], notClosed: [] })
  expect(seen.says[0]).toMatch(/, days closed through 2026-06-08$/)
  expect((await verify(new Date('2026-06-12T16:00:00Z'))).notClosed).toEqual([
    { closing: 'log', days: ['2026-06-09', '2026-06-10'] },
  ])
  const { note } = house
  house.entries.splice(-4, 1)
  house.note = note
  const hidden = await verifyFromOutside({ url: house.url, now, progress: noProgress })
  expect(hidden.findings).not.toEqual([])
  told('2026-06-10')
  expect((await verify()).findings).toEqual([
    {
      where: house.origin,
      index: 301,
      because: 'it says that 2026-06-10 is closed, a day that is not over',
    },
  ])
})

test('by a policy that only the address gives, or without a quorum, nothing is proved; by a file of the reader it is', async () => {
  const verify = (...more: string[]) =>
    callTool(['ledger', 'verify', '--url', house.url, ...more], {})
  house.witnesses = [witnessSigner('witness.test')]
  const vkey = house.witnesses[0]?.verifier.vkey
  const lines = `witness one ${vkey}\nquorum one\n`
  house.witnessLines = lines
  house.publish()
  const own = `log ${house.listed[0]?.verifier.vkey} ${house.url}/log/2026/p0\n`
  expect(await verify()).toMatchObject({
    code: 3,
    out: expect.stringContaining('297 entries, 1 cosignatures'),
    err: expect.stringMatching(/^Whose keys these are, only this address says.*\nNothing wrong/),
  })
  expect(await verify('--policy', keptAs('own', `${own}${lines}`))).toMatchObject({
    code: 0,
    out: expect.stringMatching(/\nIt holds\.\n$/),
  })
  const alone = await verify('--policy', keptAs('alone', `${own}quorum none\n`), '--json')
  expect(alone.code).toBe(3)
  expect(JSON.parse(alone.out)).toMatchObject({
    holds: false,
    findings: [],
    notProved: [expect.stringContaining('quorum none')],
  })
  const pin = join(newFolder(), 'kept/pin')
  const pinned = () => verify('--pin', pin)
  // Of two at once one keeps it, and the other one reads what was kept.
  const both = await Promise.all([pinned(), pinned()])
  expect(new Set(both.map(({ code }) => code))).toEqual(new Set([0, 3]))
  expect(await pinned()).toMatchObject({ code: 0, err: '' })
  // A further log is named, and not looked at; another demand is refused before anything is.
  const further = logSigner('log.test/log/2027/p0', 'first').verifier.vkey
  house.documents.set('/log/policy', Buffer.from(`${own}log ${further}\n${lines}`))
  const grown = await pinned()
  expect(grown).toMatchObject({ code: 3, err: expect.stringContaining('that is not looked at') })
  expect(grown.out).not.toContain('2027')
  for (const other of [
    `${own}quorum none\n`,
    `log ${further}\n${lines}`,
    `${own}${lines}witness two ${witnessSigner('two').verifier.vkey}\n`,
  ]) {
    house.documents.set('/log/policy', Buffer.from(other))
    house.asked.length = 0
    expect(await pinned()).toMatchObject({ code: 1, out: '' })
    expect(house.asked.some((path) => path.includes('/tile/'))).toBe(false)
  }
  expect((await verify('--pin', pin, '--policy', pin)).code).toBe(2)
  expect((await verify('--pin', newFolder())).code).toBe(1)
})
