import { hash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noProgress, verifyFromOutside } from '../../../src/ledger/monitor/index.ts'
import type { HostileHouse } from './hostile.ts'
import { openHostile } from './hostile.ts'

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
  const { findings } = await verifyFromOutside({ url: house.url, progress: noProgress })
  return findings.map(({ index, because }) => [index, because])
}

test('a log whose public entries all have their documents is valid', async () => {
  const { findings, says } = await verifyFromOutside({ url: house.url, progress: noProgress })
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
