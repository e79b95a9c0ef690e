import { hash } from 'node:crypto'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { emptyRoot } from '../../../src/base/tlog/merkle.ts'
import { openNote, signNote, signatureLine } from '../../../src/base/tlog/note.ts'
import { noProgress } from '../../../src/ledger/monitor/index.ts'
import { jsonOf, reportOf } from '../../../src/ledger/monitor/report.ts'
import { openMemory } from '../../../src/ledger/monitor/state.ts'
import type { WatchOptions, WatchPass } from '../../../src/ledger/monitor/watch.ts'
import { passOver } from '../../../src/ledger/monitor/watch.ts'
import { logEntry } from '../../../src/ledger/chain/index.ts'
import type { HostileHouse } from './hostile.ts'
import { logSigner, openHostile, witnessSigner } from './hostile.ts'

// A monitor meets a house that was honest at the last pass. The house has every key of its log.

let house: HostileHouse
let dir: string
let now: Date

const witness = witnessSigner('witness.test')
const hours = (count: number) => count * 3600 * 1000

beforeEach(async () => {
  now = new Date('2026-11-01T12:00:00Z')
  dir = mkdtempSync(join(tmpdir(), 'accord-monitor-'))
  house = await openHostile()
  house.now = now
  house.addPeople(299)
  house.publish()
})
afterEach(async () => {
  await house.close()
  rmSync(dir, { recursive: true, force: true })
})

async function pass(more: Partial<WatchOptions> = {}): Promise<WatchPass> {
  const memory = openMemory(dir)
  try {
    return await passOver({
      url: house.url,
      policy: undefined,
      accepts: false,
      maxAgeSeconds: 24 * 3600,
      now,
      memory,
      progress: noProgress,
      ...more,
    })
  } finally {
    memory.release()
  }
}

async function faults(more: Partial<WatchOptions> = {}): Promise<string[]> {
  const { findings } = await pass(more)
  return findings.map(({ where, index, because }) =>
    [where.replace(house.url, ''), ...(index === undefined ? [] : [index]), because].join(' '),
  )
}

/** The house signs a tree of as many entries that has nothing to do with the one before. */
function rewrite(size: number): void {
  house.entries = []
  house.leaves.clear()
  house.addPublic({ kind: 'log-key', origin: house.origin, vkey: vkeyOf(0) })
  house.addPeople(size - 1)
  house.publish()
}

const isGone: Parameters<HostileHouse['documents']['set']>[1] = (response) =>
  response.writeHead(404).end()

const vkeyOf = (n: number) => house.listed[n]?.verifier.vkey ?? ''
const later = (ms: number) => {
  now = new Date(now.getTime() + ms)
  house.now = now
}

describe('a house that stays honest', () => {
  test('holds, pass after pass, and only new entries are read', async () => {
    expect(await faults()).toEqual([])
    house.addPublic({ kind: 'organisation', id: 'org_library' })
    house.addPeople(300)
    house.publish()
    house.asked.length = 0
    const { findings, news, logs } = await pass()
    expect([findings, news]).toEqual([[], []])
    expect(logs).toMatchObject([
      { before: 300, entries: 601, publicEntries: 2, newPublicEntries: 1, witnesses: 0 },
    ])
    const bundles = house.asked.filter((path) => path.includes('entries'))
    expect(bundles).toEqual(['/log/2026/p0/tile/entries/001', '/log/2026/p0/tile/entries/002.p/89'])
    expect(await faults()).toEqual([])
  })

  test('may serve no partial tile that its tree has outgrown', async () => {
    await pass()
    house.addPeople(50)
    house.publish()
    // Who reads the tree of 350 entries finds only tiles of a larger one.
    house.addPeople(162)
    for (const path of ['entries/001', '0/001'])
      house.documents.set(`/log/2026/p0/tile/${path}.p/94`, isGone)
    expect(await faults()).toEqual([])
    house.documents.set('/log/2026/p0/tile/entries/001', Buffer.from('none'))
    expect(await faults()).toEqual([
      `${house.origin} 256 tile/entries/001.p/94 is no bundle of entries`,
    ])
  })

  test('keeps the documents that it saw, by their hash', async () => {
    await pass()
    const [name = ''] = readdirSync(join(dir, 'documents'))
    expect(`${hash('sha256', readFileSync(join(dir, 'documents', name)))}.json`).toBe(name)
  })

  test('may take a new key that signs beside the old one, and then let the old one rest', async () => {
    await pass()
    const second = logSigner(house.origin, 'second')
    house.listed = [second, ...house.listed]
    house.signers = [second, ...house.signers]
    house.addPublic({ kind: 'log-key', origin: house.origin, vkey: second.verifier.vkey })
    house.publish()
    const seen = await pass()
    expect(seen.findings).toEqual([])
    expect(seen.news).toEqual([
      `${house.origin}: a new key, ${second.verifier.vkey}, signs beside a known one`,
    ])
    house.signers = [second]
    house.addPeople(1)
    house.publish()
    later(hours(2))
    expect(await pass()).toMatchObject({ findings: [], news: [] })
  })

  test('says of a new key of receipts that it is new, once', async () => {
    await pass()
    house.keys.push({ kid: 'two', purpose: 'receipt', x: 'BBBB' })
    expect((await pass()).news).toEqual([`${house.url}/keys: a new key, two`])
    expect((await pass()).news).toEqual([])
  })
})

// I25.
describe('a past that was changed', () => {
  beforeEach(() => pass())

  test('a tree with fewer entries', async () => {
    house.entries.length = 200
    house.publish()
    const found = [`${house.origin} 200 it has fewer entries than before`]
    expect(await faults()).toEqual(found)
    // The memory does not follow what does not hold.
    expect(await faults()).toEqual(found)
  })

  test('two trees of one size, and both signed notes are kept as evidence', async () => {
    const first = house.note
    rewrite(300)
    expect(await faults()).toEqual([`${house.origin} two trees of 300 entries were signed`])
    const notes = readdirSync(join(dir, 'evidence')).map((name) =>
      readFileSync(join(dir, 'evidence', name)).toString(),
    )
    expect(notes.toSorted()).toEqual([first, house.note].toSorted())
    for (const note of notes)
      expect(
        openNote(
          note,
          [house.listed[0]?.verifier].flatMap((one) => one ?? []),
        ).signatures,
      ).toHaveLength(1)
  })

  test('another tree that is larger, whole in itself', async () => {
    rewrite(700)
    const [found] = await faults()
    expect(found).toContain(`${house.origin} 0 the tree of 300 entries is not the one that was`)
    expect(readdirSync(join(dir, 'evidence'))).toHaveLength(2)
  })

  test('an old entry changed under a signed tree that grew', async () => {
    house.entries[290] = logEntry(Buffer.alloc(32, 7))
    house.addPeople(5)
    house.publish()
    expect((await faults())[0]).toContain('the tree of 300 entries is not the one that was signed')
  })

  test('an edge of the old tree that is not shown', async () => {
    house.addPeople(5)
    house.publish()
    house.documents.set('/log/2026/p0/tile/1/000.p/1', isGone)
    expect(await faults()).toEqual([
      `${house.origin} the tiles of its first 256 entries cannot be read.`,
    ])
  })

  test('a new entry that is not the one that was signed', async () => {
    house.addPeople(5)
    house.publish()
    house.entries[302] = logEntry(Buffer.alloc(32, 7))
    expect((await faults())[0]).toContain(
      `${house.origin} 300 the tree of 305 entries is not the one that was signed`,
    )
  })
})

describe('public entries', () => {
  let path: string

  beforeEach(async () => {
    path = house.addPublic({ kind: 'organisation', id: 'org_library' })
    house.publish()
    await pass()
  })

  test('another document for an entry that was seen', async () => {
    house.documents.set(path, Buffer.from('{"id":"org_insurer","kind":"organisation"}'))
    expect(await faults()).toEqual([`${house.origin} 300 its document ${path} is another`])
  })

  test('a document that was seen, and is gone', async () => {
    house.documents.delete(path)
    expect(await faults()).toEqual([`${house.origin} 300 its document ${path} is not there`])
  })

  test('an old line that was taken out of the list, or leads elsewhere now', async () => {
    const line = house.leaves.get(300) ?? { sha256: '', path }
    house.leaves.delete(300)
    expect(await faults()).toContain(
      `${house.origin} 300 the list of public entries names it no more`,
    )
    house.leaves.set(300, { ...line, path: '/elsewhere' })
    expect(await faults()).toContain(
      `${house.origin} 300 the list names another document of it than before`,
    )
  })

  test('an old entry that the list invents', async () => {
    house.leaves.set(7, { sha256: '0'.repeat(64), path })
    expect(await faults()).toEqual([
      `${house.origin} 7 the list names it, but it is no public entry`,
    ])
  })

  test('a new public entry without a document, until it has one', async () => {
    const fresh = house.addPublic({ kind: 'organisation', id: 'org_museum' })
    const bytes = house.documents.get(fresh) ?? Buffer.alloc(0)
    house.documents.delete(fresh)
    house.publish()
    const found = [`${house.origin} 301 its document ${fresh} is not there`]
    expect(await faults()).toEqual(found)
    expect(await faults()).toEqual(found)
    house.documents.set(fresh, bytes)
    expect(await faults()).toEqual([])
  })

  test('more than one pass reads again come round', async () => {
    for (let n = 0; n < 520; n++) house.addPublic({ kind: 'organisation', id: `org_${n}` })
    const [, last] = [...house.leaves].at(-1) ?? []
    house.publish()
    await pass()
    house.documents.set(last?.path ?? '', Buffer.from('{}'))
    const rounds = [await faults(), await faults()].flat()
    expect(rounds).toEqual([`${house.origin} 820 its document ${last?.path} is another`])
  })
})

describe('keys', () => {
  test('the key of the log changed, and the known one does not sign beside it', async () => {
    await pass()
    const second = logSigner(house.origin, 'second')
    house.signers = [second]
    house.listed = [second, ...house.listed]
    house.addPeople(1)
    house.publish()
    const found = [
      `${house.origin} none of the keys known until now signed its checkpoint: its key was changed`,
    ]
    expect(await faults()).toEqual(found)
    expect(await faults()).toEqual(found)
    // Somebody looked, and says that it is right.
    expect(await faults({ accepts: true })).toEqual([])
    expect(await faults()).toEqual([])
  })

  test('a key that was listed and never signed beside a known one is not believed', async () => {
    await pass()
    const second = logSigner(house.origin, 'second')
    house.listed = [second, ...house.listed]
    const { findings, news } = await pass()
    expect(findings).toEqual([])
    expect(news).toEqual([`${house.origin}: a new key, ${second.verifier.vkey}, does not sign yet`])
    house.signers = [second]
    house.addPeople(1)
    house.publish()
    expect((await faults())[0]).toContain('none of the keys known until now signed its checkpoint')
  })

  test('a known key of the log that is listed no more', async () => {
    await pass()
    const second = logSigner(house.origin, 'second')
    house.signers = [second, ...house.signers]
    house.listed = [second]
    house.addPeople(1)
    house.publish()
    const [first] = house.signers.slice(1)
    expect(await faults()).toEqual([
      `/log/vkeys the key ${first?.verifier.vkey} is gone`,
      `/log/vkeys the key ${first?.verifier.vkey}, which the log announces, is missing`,
    ])
  })

  test('a key that the log announces, and that people are not told', async () => {
    // The log of the next year is not watched yet.
    const hidden = [house.origin, house.origin.replace('2026', '2027')].map((origin) => {
      const { vkey } = logSigner(origin, 'hidden').verifier
      house.addPublic({ kind: 'log-key', origin, vkey })
      return vkey
    })
    house.publish()
    expect(await faults()).toEqual(
      hidden.map((vkey) => `/log/vkeys the key ${vkey}, which the log announces, is missing`),
    )
  })

  test('a key that signs for an hour, and that the log does not announce', async () => {
    await pass()
    const second = logSigner(house.origin, 'second')
    house.signers = [second, ...house.signers]
    house.listed = [second, ...house.listed]
    house.addPeople(1)
    house.publish()
    expect(await faults()).toEqual([])
    later(hours(2))
    expect(await faults()).toEqual([
      `${house.origin} no public entry announces its key ${second.verifier.vkey}`,
    ])
  })

  test('a checkpoint that is of another log, or that the log did not sign itself', async () => {
    const text = checkpointText({ origin: house.origin, size: 0, root: emptyRoot })
    house.witnessLines = `witness one ${witness.verifier.vkey}\nquorum none\n`
    house.note = signNote(text, []) + signatureLine(witness, text, now.getTime() / 1000)
    expect(await faults()).toEqual([`${house.origin} its checkpoint is not signed by this log`])
    const other = checkpointText({ origin: 'other.test/log', size: 0, root: emptyRoot })
    house.note = signNote(other, house.signers)
    expect(await faults()).toEqual([`${house.origin} its checkpoint is of other.test/log`])
  })

  test('a key of receipts that is gone, or is another under the same name', async () => {
    await pass()
    house.documents.set('/keys', isGone)
    expect(await faults()).toEqual([`/keys ${house.url}/keys holds no keys.`])
    house.documents.delete('/keys')
    const kept = house.keys
    house.keys = []
    expect(await faults()).toEqual(['/keys the key one is gone'])
    house.keys = [{ kid: 'one', purpose: 'receipt', x: 'CCCC' }]
    expect(await faults()).toEqual(['/keys the key one is another than before'])
    house.keys = kept
    expect(await faults()).toEqual([])
    house.keys = [{ kid: 'two', purpose: 'receipt', x: 'DDDD' }]
    const accepted = `${house.url}/keys: the key one is gone: accepted`
    const news = [`${house.url}/keys: a new key, two`, accepted]
    expect(await pass({ accepts: true })).toMatchObject({ findings: [], news })
    expect(await pass()).toMatchObject({ findings: [], news: [] })
  })
})

describe('witnesses', () => {
  beforeEach(async () => {
    house.witnesses = [witness]
    house.witnessLines = `witness one ${witness.verifier.vkey}\nquorum one\n`
    house.publish()
    await pass()
  })

  test('one that the quorum demands did not cosign', async () => {
    house.witnesses = []
    house.addPeople(1)
    house.publish()
    expect(await faults()).toEqual([
      `${house.origin} its checkpoint has not the cosignatures that the policy demands`,
    ])
  })

  test('a policy that names it no more lowers nothing', async () => {
    house.witnesses = []
    house.witnessLines = 'quorum none\n'
    house.addPeople(1)
    house.publish()
    const found = [
      '/log/policy other witnesses, or another quorum, than before',
      `${house.origin} its checkpoint has not the cosignatures that the policy demands`,
    ]
    expect(await faults()).toEqual(found)
    expect(await faults()).toEqual(found)
    expect(await faults({ accepts: true })).toEqual([])
    expect(await faults()).toEqual([])
  })

  test('one whose clock is ahead, or that says again and again that it saw a tree, makes no log younger', async () => {
    house.now = new Date('2199-01-01T00:00:00Z')
    house.publish()
    const ahead = `${house.origin} the witness one dates its cosignature 2199-01-01T00:00:00.000Z, which is to come`
    expect(await faults()).toEqual([ahead])
    later(hours(25))
    house.witnesses = []
    house.witnessLines = 'quorum none\n'
    house.publish()
    const old = `${house.origin} it has not grown since 2026-11-01T12:00:00.000Z`
    expect((await faults({ accepts: true })).toSorted()).toEqual([old])
    house.witnesses = [witness]
    house.witnessLines = `witness one ${witness.verifier.vkey}\nquorum none\n`
    house.publish()
    expect(await faults({ accepts: true })).toEqual([old])
  })

  test('one that is away is told at once, and found after a day, where others are enough', async () => {
    const other = witnessSigner('other.test')
    house.witnessLines = `witness one ${witness.verifier.vkey}\nwitness two ${other.verifier.vkey}\ngroup both any one two\nquorum both\n`
    house.publish()
    expect((await pass({ accepts: true })).news).toContain(
      `${house.origin}: the witness two did not cosign this tree (never seen)`,
    )
    house.witnesses = [witness, other]
    house.publish()
    expect(await faults({ accepts: true })).toEqual([])
    house.witnesses = [witness]
    const missing = 'the witness two did not cosign this tree (last 2026-11-01T12:00:00.000Z)'
    for (const after of [hours(20), hours(5)]) {
      later(after)
      house.addPeople(1)
      house.publish()
      const seen = await pass()
      if (after === hours(20))
        expect(seen).toMatchObject({ findings: [], news: [`${house.origin}: ${missing}`] })
      else
        expect(seen.findings.map(({ because }) => because)).toEqual([
          'the witness two has not cosigned for a day (last 2026-11-01T12:00:00.000Z)',
        ])
    }
  })
})

describe('a witness that the monitor asks', () => {
  let file: string
  let seenByWitness: string
  let path: string

  beforeEach(async () => {
    file = join(dir, 'policy')
    house.witnesses = [witness]
    house.publish()
    seenByWitness = house.note
    const log = `log ${vkeyOf(0)} ${house.url}/log/2026/p0\n`
    writeFileSync(
      file,
      `${log}witness one ${witness.verifier.vkey} ${house.url}/one\nquorum none\n`,
    )
    path = `/one/${hash('sha256', house.origin)}/checkpoint`
    house.documents.set(path, (response) => response.end(seenByWitness))
  })

  test('that cosigned the tree that this reader sees confirms the log', async () => {
    expect(await pass({ policy: file })).toMatchObject({ findings: [], news: [] })
    house.addPeople(500)
    house.publish()
    expect(await faults({ policy: file })).toEqual([])
  })

  test('that cosigned another history shows it at the first pass, with both notes', async () => {
    rewrite(500)
    const found = [`${house.origin} the witness one cosigned another tree of 300 entries`]
    expect(await faults({ policy: file })).toEqual(found)
    expect(await faults({ policy: file })).toEqual(found)
    const notes = readdirSync(join(dir, 'evidence')).map((name) =>
      readFileSync(join(dir, 'evidence', name)).toString(),
    )
    expect(notes.toSorted()).toEqual([seenByWitness, house.note].toSorted())
  })

  test('may be ahead for a minute; after that the log hides something', async () => {
    const { note } = house
    house.addPeople(9)
    house.publish()
    seenByWitness = house.note
    house.note = note
    expect(await faults({ policy: file })).toEqual([])
    now = new Date(now.getTime() + 30_000)
    expect(await faults({ policy: file })).toEqual([])
    now = new Date(now.getTime() + 31_000)
    expect(await faults({ policy: file })).toEqual([
      `${house.origin} 300 the witness one cosigned 309 entries, which the log does not show`,
    ])
    house.note = seenByWitness
    expect(await faults({ policy: file })).toEqual([])
  })

  test('that was ahead shows that the log later dropped its tree', async () => {
    const { note, entries } = house
    house.entries = [...entries]
    house.addPeople(9)
    house.publish()
    seenByWitness = house.note
    house.note = note
    await pass({ policy: file })
    house.entries = entries
    house.addPeople(20)
    house.publish()
    expect(await faults({ policy: file })).toEqual([
      `${house.origin} the witness one cosigned another tree of 309 entries`,
    ])
  })

  test('whose tree the log does not show, for its tiles are not there', async () => {
    house.addPeople(300)
    house.publish()
    house.documents.set('/log/2026/p0/tile/0/001', isGone)
    const found = 'its tiles do not show the tree of 300 entries that the witness one cosigned'
    expect(await faults({ policy: file })).toContain(`${house.origin} ${found}`)
  })

  test('says nothing: it has no address, does not know the log, or answers of another log', async () => {
    house.documents.set(path, isGone)
    expect(await pass({ policy: file })).toMatchObject({ findings: [], news: [] })
    const origin = 'other.test/log'
    const text = checkpointText({ origin, size: 0, root: emptyRoot })
    house.documents.set(path, (response) =>
      response.end(`${text}\n${signatureLine(witness, text, now.getTime() / 1000)}`),
    )
    const said = `the witness one could not be asked: ${house.url}${path} is of another log.`
    expect(await pass({ policy: file })).toMatchObject({
      findings: [],
      news: [`${house.origin}: ${said}`],
    })
    writeFileSync(file, readFileSync(file, 'utf8').replace(` ${house.url}/one`, ''))
    expect(await pass({ policy: file })).toMatchObject({ findings: [], news: [] })
  })

  test('is not called where only the log names its address', async () => {
    house.witnessLines = `witness one ${witness.verifier.vkey} ${house.url}/one\nquorum one\n`
    expect(await faults()).toEqual([])
    expect(house.asked.filter((path) => path.startsWith('/one'))).toEqual([])
  })

  test('that shows a tree which the log did not sign accuses nobody but itself', async () => {
    for (const size of [300, 900]) {
      const text = checkpointText({ origin: house.origin, size, root: emptyRoot })
      seenByWitness = `${text}\n${signatureLine(witness, text, now.getTime() / 1000)}`
      const found = [`${house.origin} the witness one shows a tree that this log did not sign`]
      expect(await faults({ policy: file })).toEqual(found)
      later(hours(1))
      expect(await faults({ policy: file })).toEqual(found)
      expect(readdirSync(dir)).not.toContain('evidence')
    }
  })

  test('that gives no signed note is reported, and its note is not believed', async () => {
    for (const [answer, why] of [
      ['no note', 'is no signed note'],
      [house.note.replace(/\n— witness[^\n]*/, ''), 'is signed by none of these keys'],
    ] as const) {
      seenByWitness = answer
      const { findings, news } = await pass({ policy: file })
      expect(findings).toEqual([])
      expect(news).toEqual([expect.stringContaining(why)])
    }
  })
})

test('a log that does not grow is too old after a day, or after as long as is asked', async () => {
  await pass()
  now = new Date(now.getTime() + hours(23))
  expect(await faults()).toEqual([])
  now = new Date(now.getTime() + hours(2))
  const found = [`${house.origin} it has not grown since 2026-11-01T12:00:00.000Z`]
  expect(await faults()).toEqual(found)
  expect(await faults({ maxAgeSeconds: 72 * 3600 })).toEqual([])
})

test('a house that does not answer does not hold, and its memory stays', async () => {
  await pass()
  const { url } = house
  await house.close()
  const { findings } = await pass()
  expect(findings.map(({ because }) => because)).toContain(
    `${url}/checkpoint does not answer as it should.`,
  )
  house = await openHostile()
  await expect(pass()).rejects.toThrow(`This state is of ${url}, not of ${house.url}.`)
})

test('a log that is served no more is missed', async () => {
  await pass()
  house.documents.set('/log/policy', Buffer.from('quorum none\n'))
  house.documents.set('/log/2026/p0/checkpoint', (response) => response.writeHead(404).end())
  expect(await faults()).toContain(
    `${house.origin} ${house.url}/log/2026/p0/checkpoint is not there.`,
  )
})

test('a policy that is served no more is a finding, and the logs that it named are watched on', async () => {
  const place = `${house.url}/log/policy`
  house.documents.set('/log/policy', isGone)
  expect(await faults()).toEqual([` ${place} is not there.`])
  house.documents.delete('/log/policy')
  await pass()
  house.documents.set('/log/policy', Buffer.from('nonsense\n'))
  const { findings, logs } = await pass()
  expect(findings).toEqual([
    { where: place, because: `${place} has a line 1 that is none of a policy.` },
  ])
  expect(logs).toMatchObject([{ origin: house.origin, entries: 300 }])
})

// After a restore the next log of the same year goes on.
describe.each(['2027/p0', '2026/p1'])('the log %s that goes on', (number) => {
  let next: HostileHouse

  beforeEach(async () => {
    next = await openHostile(`log.test/log/${number}`)
    next.publish()
    await pass()
    const logs = [next, house].map(({ listed, url, origin }) => {
      const vkey = listed[0]?.verifier.vkey ?? ''
      return { vkey, line: `log ${vkey} ${url}/${origin.split('/').slice(1).join('/')}\n` }
    })
    const policy = `${logs.map(({ line }) => line).join('')}quorum none\n`
    house.documents.set('/log/policy', Buffer.from(policy))
    house.documents.set('/log/vkeys', Buffer.from(logs.map(({ vkey }) => `${vkey}\n`).join('')))
  })
  afterEach(() => next.close())

  test('is reported, and the log before it need not grow any more', async () => {
    const seen = await pass()
    expect(seen.findings).toEqual([])
    expect(seen.news).toEqual([`${next.origin}: a new log`])
    now = new Date(now.getTime() + hours(30))
    expect(await faults()).toEqual([
      `${next.origin} it has not grown since 2026-11-01T12:00:00.000Z`,
    ])
  })

  test('does not end the watch over the log before it, even if a policy leaves that log out', async () => {
    await pass()
    const file = join(dir, 'policy')
    const [line = ''] = house.documents.get('/log/policy')?.toString().split('\n') ?? []
    writeFileSync(file, `${line}\nquorum none\n`)
    expect(await faults({ policy: file })).toEqual([])
    house.entries.length = 200
    house.publish()
    expect(await faults({ policy: file })).toEqual([
      `${house.origin} 200 it has fewer entries than before`,
    ])
  })
})

test('a policy of the monitor’s own knows its keys, and no others', async () => {
  const file = join(dir, 'policy')
  const lineOf = (name: string) =>
    `log ${logSigner(house.origin, name).verifier.vkey} ${house.url}/log/2026/p0\nquorum none\n`
  writeFileSync(file, lineOf('first'))
  expect(await faults({ policy: file })).toEqual([])
  house.documents.set('/log/policy', isGone)
  expect(await pass({ policy: file })).toMatchObject({ findings: [], news: [] })
  writeFileSync(file, lineOf('second'))
  expect(await faults({ policy: file })).toEqual([
    `${house.origin} ${house.url}/log/2026/p0/checkpoint is signed by none of these keys.`,
  ])
})

test('a policy of the monitor’s own names logs of several houses, and of others: each house has its own list of keys', async () => {
  const file = join(dir, 'policy')
  const [other, theirs] = await Promise.all([
    openHostile('other.test/log/2026/p0'),
    openHostile('theirs.test/tlog'),
  ])
  // Who runs a log of another make publishes nothing that this reader knows, and has no list.
  theirs.leaves.clear()
  theirs.entries.length = 0
  for (const one of [other, theirs]) {
    one.addPeople(3)
    one.publish()
  }
  // What one house announces for the log of another says nothing.
  const hidden = logSigner(house.origin, 'hidden').verifier
  other.addPublic({ kind: 'log-key', origin: house.origin, vkey: hidden.vkey })
  other.publish()
  const lines = [house, other, theirs].map(
    ({ listed, url, origin }) =>
      `log ${listed[0]?.verifier.vkey} ${url}/${origin.split('/').slice(1).join('/')}\n`,
  )
  writeFileSync(file, `${lines.join('')}quorum none\n`)
  const seen = await pass({ policy: file })
  expect([seen.findings, seen.logs.length]).toEqual([[], 3])
  const { vkey } = other.listed[0]?.verifier ?? {}
  other.documents.set('/log/vkeys', Buffer.from(`${vkeyOf(0)}\n`))
  const where = `${other.url}/log/vkeys`
  expect((await pass({ policy: file })).findings).toEqual([
    { where, because: `the key ${vkey} is gone` },
    { where, because: `the key ${vkey}, which the log announces, is missing` },
  ])
  await Promise.all([other.close(), theirs.close()])
})

test('a policy of the monitor’s own that has not the log that is looked at', async () => {
  const file = join(dir, 'policy')
  const other = logSigner('other.test/log/2026/p0', 'first').verifier.vkey
  writeFileSync(file, `log ${other} ${house.url}/log/2026/p0\nquorum none\n`)
  const url = `${house.url}/log/2026/p0`
  const { findings, news } = await pass({ url, policy: file })
  expect(findings.map(({ because }) => because)).toEqual([
    `${url}/checkpoint is signed by none of these keys.`,
  ])
  expect(news).toEqual([
    `${house.url}/log/policy names the log ${house.origin}, which ${file} does not: it is not watched`,
  ])
})

test('a memory that cannot be read is not begun anew', async () => {
  await pass()
  truncateSync(join(dir, 'state.json'), 33 * 1024 * 1024)
  await expect(pass()).rejects.toThrow('state.json cannot be read as the state of a monitor')
  for (const text of ['{', '{"version":2}', '']) {
    writeFileSync(join(dir, 'state.json'), text)
    await expect(pass()).rejects.toThrow('state.json cannot be read as the state of a monitor')
  }
})

test('the report gives the entries that were read, the news, the faults, and what is not proved', async () => {
  const first = await pass()
  expect(reportOf(first)).toEqual([
    `${house.url}, looked at on 2026-11-01T12:00:00.000Z, the first time`,
    `${house.origin}: 300 entries (300 new), 1 of them public (1 new), cosigned by 0 of 0 witnesses, not grown since 2026-11-01T12:00:00.000Z`,
    expect.stringMatching(/^Whose keys these are, [^]*quorum none[^]*\nNothing wrong was found\.$/),
  ])
  expect(reportOf({ ...first, notProved: [] }).at(-1)).toBe('It holds.')
  rewrite(300)
  const second = await pass()
  expect(reportOf(second).slice(-2)).toEqual([
    'It does not hold:',
    `  ${house.origin}: two trees of 300 entries were signed`,
  ])
  const findings = Array.from({ length: 22 }, (_, index) => ({ where: 'x', index, because: 'y' }))
  const many = reportOf({ ...second, findings, news: ['a new log'] })
  expect(many.slice(2, 5)).toEqual(['New: a new log', 'It does not hold:', '  x, entry 0: y'])
  expect(many.slice(-2)).toEqual(['  x, entry 19: y', '  and 2 more'])
  expect(JSON.parse(jsonOf(second))).toMatchObject({
    holds: false,
    heldAt: '2026-11-01T12:00:00.000Z',
    findings: [{ where: house.origin }],
  })
})
