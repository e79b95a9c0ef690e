import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import type { Frontier } from '../../../src/base/tlog/merkle.ts'
import {
  consistencyRanges,
  emptyFrontier,
  grow,
  hashRanges,
  leafHash,
  rootOf,
} from '../../../src/base/tlog/merkle.ts'
import { openNote, readVkey, signerFrom, signNote } from '../../../src/base/tlog/note.ts'
import { youngestIn } from '../../../src/ledger/transparency-log/temporary-files.ts'
import { signDuty } from '../../../src/ledger/transparency-log/sign.ts'
import { makeAskWitnesses } from '../../../src/ledger/transparency-log/witnesses.ts'
import { auditDatabase } from '../../../src/ledger/transparency-log/audit.ts'
import type { RunningWitness } from '../../../src/ledger/witness/index.ts'
import { serveWitness, witnessUntilStopped } from '../../../src/ledger/witness/index.ts'
import { hashOf } from '../../../src/ledger/witness/state.ts'
import { freePorts } from '../../support/house.ts'
import { issuer, openLogStage } from '../transparency-log/stage.ts'
import { signNow, underLease } from '../../support/leases.ts'
import { present } from '../../../src/base/values/present.ts'
import { witnessServe } from '../../../src/tool/witness.ts'
import { readOf } from '../../support/commands.ts'

const origin = 'log.test/log/2026/p0'
const log = signerFrom(origin, 'ed25519', Buffer.alloc(32, 1))
const leaves = Array.from({ length: 300 }, (_, i) => leafHash(Buffer.from([i & 255, i >> 8])))
const nodes = new Map<string, Buffer>()
grow(emptyFrontier, leaves, ({ level, index }, hash) => nodes.set(`${level}/${index}`, hash))

let dir: string
let port: number
let served: RunningWitness

beforeEach(async () => {
  watched = [log.verifier]
  dir = mkdtempSync(join(tmpdir(), 'accord-witness-'))
  port = await freePorts(1)
  served = await start()
})

afterEach(async () => {
  await served.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Until when the witness waits for the keys of its logs. */
let held: Promise<unknown> = Promise.resolve()
let watched = [log.verifier]
const logs = async () => {
  await held
  return watched
}
const quiet = () => undefined
const read = ({ level, index }: { level: number; index: number }) =>
  Promise.resolve(nodes.get(`${level}/${index}`) ?? Buffer.alloc(32))

function start(folder = dir): Promise<RunningWitness> {
  return serveWitness({
    dir: folder,
    name: 'witness.test/1',
    host: 'localhost',
    port,
    logs,
    isDemonstration: true,
  })
}

function treeOf(size: number): Frontier {
  return grow(emptyFrontier, leaves.slice(0, size))
}

function noteOf(size: number, root = rootOf(treeOf(size)), signer = log): string {
  return signNote(checkpointText({ origin, size, root }), [signer])
}

async function bodyOf(old: number, size: number, note = noteOf(size)): Promise<string> {
  const path = old > size ? [] : await hashRanges(consistencyRanges(old, size), read)
  return `old ${old}\n${path.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${note}`
}

function brokenLine(): string {
  const [, line = ''] = noteOf(300).split('\n\n')
  return line
}

async function add(body: string): Promise<{ status: number; text: string; type: string | null }> {
  const answer = await fetch(`http://localhost:${port}/add-checkpoint`, { method: 'POST', body })
  return {
    status: answer.status,
    text: await answer.text(),
    type: answer.headers.get('content-type'),
  }
}

test('a witness cosigns a log from its first tree on, and keeps the cosigned tree', async () => {
  for (const [old, size] of [
    [0, 5],
    [5, 5],
    [5, 256],
    [256, 300],
  ] as const) {
    const answer = await add(await bodyOf(old, size))
    expect(answer.status).toBe(200)
    const { signatures } = openNote(noteOf(size) + answer.text, [readVkey(served.vkey)])
    expect(Math.abs((signatures[0]?.time ?? 0) - Date.now() / 1000)).toBeLessThan(60)
  }
  const kept = await (await fetch(`http://localhost:${port}/${hashOf(origin)}/checkpoint`)).text()
  expect(openNote(kept, [log.verifier, readVkey(served.vkey)]).signatures).toHaveLength(2)
})

test('a witness refuses with the specification’s status codes, and its state follows no refused request', async () => {
  expect((await add(await bodyOf(0, 100))).status).toBe(200)
  const stranger = signerFrom(origin, 'ed25519', Buffer.alloc(32, 9))
  const unknown = signerFrom('other.test', 'ed25519', Buffer.alloc(32, 1))
  const other = leafHash(Buffer.from('other'))
  const cases: readonly [number, string][] = [
    [
      404,
      `old 0\n\n${signNote(checkpointText({ origin: 'other.test', size: 1, root: other }), [unknown])}`,
    ],
    [403, await bodyOf(100, 200, noteOf(200, undefined, stranger))],
    // One line under the log’s name that does not hold makes it no note, beside one that does.
    [403, (await bodyOf(100, 200)) + brokenLine()],
    [400, await bodyOf(101, 100)],
    [409, await bodyOf(0, 200)],
    [409, await bodyOf(50, 60)],
    [409, await bodyOf(0, 0)],
    [422, await bodyOf(100, 100, noteOf(100, other))],
    [422, (await bodyOf(100, 100)).replace('\n\n', `\n${other.toString('base64')}\n\n`)],
    [422, await bodyOf(100, 200, noteOf(200, other))],
    [422, (await bodyOf(100, 200)).replace(/\n[^\n]+\n\n/, '\n\n')],
    [400, ''],
    [400, 'old 1'],
    [400, `old 01\n\n${noteOf(200)}`],
    [400, `old 100\nAAAA\n\n${noteOf(200)}`],
    [400, `old 100\n${`${other.toString('base64')}\n`.repeat(64)}\n${noteOf(200)}`],
    [400, 'old 100\n\nno note'],
    [413, 'x'.repeat(140_000)],
  ]
  for (const [status, body] of cases) {
    const answer = await add(body).catch(() => ({ status: 413, text: '', type: '' }))
    expect([status, answer.status, body.slice(0, 40)]).toEqual([status, status, body.slice(0, 40)])
    if (status === 409) expect([answer.text, answer.type]).toEqual(['100\n', 'text/x.tlog.size'])
  }
  expect((await add(await bodyOf(100, 101))).status).toBe(200)
})

function fork(n: number): string {
  return noteOf(100, leafHash(Buffer.from([n])))
}

type Status = { readonly witness: string; readonly logs: readonly LogStatus[] }
type LogStatus = {
  readonly origin: string
  readonly size: number
  readonly forks: readonly {
    readonly size: number
    readonly cosigned: string
    readonly other: string
  }[]
  readonly keeps_more: boolean
}

async function status(): Promise<readonly LogStatus[]> {
  const answer = await fetch(`http://localhost:${port}/status.json`)
  expect(answer.headers.get('content-type')).toBe('application/json')
  return ((await answer.json()) as Status).logs
}

test('a second tree of the same size that the log signed is kept beside the first, served, and said', async () => {
  const read = async (path: string) => (await fetch(`http://localhost:${port}${path}`)).text()
  const other = leafHash(Buffer.from('other'))
  // Nothing was cosigned: nothing contradicts.
  expect((await add(await bodyOf(0, 0, noteOf(0, other)))).status).toBe(422)
  expect(await status()).toEqual([{ origin, size: 0, forks: [], keeps_more: true }])
  expect(await read('/status')).toContain('No fork was seen.')
  expect((await add(await bodyOf(0, 100))).status).toBe(200)
  const cosigned = await read(`/${hashOf(origin)}/checkpoint`)
  const stranger = signerFrom(origin, 'ed25519', Buffer.alloc(32, 9))
  // Not signed by the log, of another size, or the tree itself: no fork.
  expect((await add(await bodyOf(100, 100, noteOf(100, other, stranger)))).status).toBe(403)
  expect((await add(await bodyOf(100, 200, noteOf(200, other)))).status).toBe(422)
  expect((await add(await bodyOf(100, 100))).status).toBe(200)
  expect((await status())[0]?.forks).toEqual([])
  // Whatever the proof and the old size: the signature proves it.
  const forked = noteOf(100, other)
  const unknown = `— stranger.test ${Buffer.alloc(70, 7).toString('base64')}\n`
  expect((await add(await bodyOf(100, 100, forked + unknown))).status).toBe(422)
  expect((await add(await bodyOf(50, 100, forked))).status).toBe(409)
  expect((await add(await bodyOf(150, 100, forked))).status).toBe(400)
  const [log1] = await status()
  const path = `/${hashOf(origin)}/forks/1`
  const found = { size: 100, cosigned: `${path}/cosigned`, other: `${path}/other` }
  expect(log1).toEqual({ origin, size: 100, forks: [found], keeps_more: true })
  const [one, two] = [await read(found.cosigned), await read(found.other)]
  // The cosignature was renewed meanwhile: the tree is the same.
  const keys = [log.verifier, readVkey(served.vkey)]
  expect(openNote(one, keys).text).toBe(openNote(cosigned, keys).text)
  expect(openNote(one, keys).signatures).toHaveLength(2)
  expect(two).toBe(forked)
  for (const words of ['A fork was seen', 'Une bifurcation a été vue', found.other, origin])
    expect(await read('/status')).toContain(words)
  expect(await read('/')).toContain('href="/status"')
  expect((await fetch(`http://localhost:${port}/${hashOf(origin)}/forks/2/other`)).status).toBe(404)
  // The log goes on where it was cosigned, and what was kept stays: over a restart, and where the log is watched no more.
  expect((await add(await bodyOf(100, 200))).status).toBe(200)
  await served.close()
  watched = []
  served = await start()
  expect((await status())[0]?.forks).toEqual([found])
  expect([await read(found.cosigned), await read(found.other)]).toEqual([one, two])
})

test('sixteen forks of a log are kept, the first ones, and one that was half written counts as none', async () => {
  expect((await add(await bodyOf(0, 100))).status).toBe(200)
  const folder = join(dir, 'forks', hashOf(origin))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '1.cosigned'), 'half')
  for (let n = 0; n < 20; n++) expect((await add(await bodyOf(100, 100, fork(n)))).status).toBe(422)
  const [of] = await status()
  expect([of?.forks.length, of?.keeps_more]).toEqual([16, false])
  expect(readdirSync(folder)).toHaveLength(32)
  const last = await (await fetch(`http://localhost:${port}${of?.forks[15]?.other}`)).text()
  expect(last).toBe(fork(15))
  const page = await (await fetch(`http://localhost:${port}/status`)).text()
  expect(page).toContain('no further one is kept')
  // What cannot be kept is not answered as if it were.
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'no folder')
  expect((await add(await bodyOf(100, 100, fork(1)))).status).toBe(500)
})

test('an empty tree with another root than the specified one is refused', async () => {
  expect((await add(await bodyOf(0, 0, noteOf(0, leafHash(Buffer.from('other')))))).status).toBe(
    422,
  )
  expect((await add((await bodyOf(0, 5)).replace('\n\n', `\n${'A'.repeat(43)}=\n\n`))).status).toBe(
    422,
  )
  expect((await add(await bodyOf(0, 0))).status).toBe(200)
  expect((await add(await bodyOf(0, 5))).status).toBe(200)
})

test('a witness accepts a note with sixteen unknown signatures of 5 kB', async () => {
  const strangers = Array.from(
    { length: 16 },
    (_, i) => `— stranger.test/${i} ${Buffer.alloc(5000, i).toString('base64')}\n`,
  )
  const answer = await add(await bodyOf(0, 5, noteOf(5) + strangers.join('')))
  expect(answer.status).toBe(200)
  const kept = await (await fetch(`http://localhost:${port}/${hashOf(origin)}/checkpoint`)).text()
  expect(openNote(kept, [log.verifier, readVkey(served.vkey)]).signatures).toHaveLength(2)
  expect(kept).not.toContain('stranger')
  expect((await add(await bodyOf(0, 5))).status).toBe(409)
})

test('of two racing requests one is cosigned, and the state never goes back', async () => {
  expect((await add(await bodyOf(0, 10))).status).toBe(200)
  const bodies = await Promise.all([20, 200, 30, 40].map((size) => bodyOf(10, size)))
  const answers = await Promise.all(bodies.map(add))
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    200, 409, 409, 409,
  ])
})

test('a witness remembers its state after a restart, and refuses to start if the state cannot be read', async () => {
  expect((await add(await bodyOf(0, 10))).status).toBe(200)
  const { vkey } = served
  await served.close()
  served = await start()
  expect(served.vkey).toBe(vkey)
  expect((await add(await bodyOf(0, 5))).status).toBe(409)
  for (const lost of ['gone', 'x'.repeat(300_000)]) {
    writeFileSync(join(dir, 'logs', hashOf(origin)), lost)
    expect((await add(await bodyOf(0, 5))).status).toBe(500)
  }
  expect(readdirSync(join(dir, 'logs'))).toEqual([hashOf(origin)])
})

test('a hundred requests wait at most; one more is told so, and the rest are answered in turn', async () => {
  const gate = new EventEmitter()
  held = once(gate, 'open')
  const body = await bodyOf(0, 5)
  const answers = Array.from({ length: 101 }, () => add(body))
  expect(await Promise.any(answers)).toMatchObject({ status: 503, text: 'too many at once\n' })
  gate.emit('open')
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  expect(Map.groupBy(statuses, String).get('409')).toHaveLength(99)
  expect(statuses).toContain(200)
})

test('a witness answers nothing but what it is asked for, and starts at no port or key but its own', async () => {
  const get = (path: string, method = 'GET') =>
    fetch(`http://localhost:${port}${path}`, { method }).then(({ status }) => status)
  expect(await get('/add-checkpoint', 'PUT')).toBe(405)
  for (const path of ['/add-checkpoint', `/${hashOf('other.test')}/checkpoint`, '/logs'])
    expect([path, await get(path)]).toEqual([path, 404])
  const other = join(dir, 'other')
  await expect(start(other)).rejects.toThrow(`Port ${port} cannot be listened on.`)
  // Its folder is free again.
  writeFileSync(join(other, 'key'), 'AAAA\n')
  await expect(start(other)).rejects.toThrow('must hold 32 bytes in base64url')
  await expect(start(other)).rejects.toThrow('must hold 32 bytes in base64url')
  const odd = { dir: join(dir, 'odd'), name: 'a name', host: 'localhost', port, logs }
  await expect(serveWitness({ ...odd, isDemonstration: false })).rejects.toThrow(
    'a name is no name of a key.',
  )
})

test.each([
  '',
  '--dir x --policy y',
  '--policy x --name y',
  '--dir x --policy y --name z --port 0',
  '--dir x --policy y --name z --port 70000',
  'more --dir x --policy y --name z',
])('wrong usage: witness serve %s', (words) => {
  expect(readOf(witnessServe, words.split(' '))).toBeUndefined()
})

test('a policy that is not there, or is none, is named', async () => {
  const policy = join(dir, 'policy')
  const args = ['--dir', join(dir, 'own'), '--policy', policy, '--name', 'own.test']
  const { asked } = present(readOf(witnessServe, args), 'what was typed')
  await expect(witnessUntilStopped(asked)).rejects.toThrow(`${policy} cannot be read.`)
  writeFileSync(policy, 'none\n')
  await expect(witnessUntilStopped(asked)).rejects.toThrow(
    `${policy} has a line 1 that is none of a policy.`,
  )
})

test('the witness’s page says that one witness alone proves nothing', async () => {
  const page = await (await fetch(`http://localhost:${port}/`)).text()
  expect(page).toContain('il ne prouve rien seul')
  expect(page).toContain('alone it proves nothing')
  expect(page).toContain(served.vkey)
})

test('a log publishes the cosignature, and a rewritten history is found even with the log’s key', async () => {
  const stage = await openLogStage()
  await served.close()
  served = await serveWitness({
    dir,
    name: 'witness.test/1',
    host: 'localhost',
    port,
    logs: () => Promise.resolve(stage.verifiers),
    isDemonstration: true,
  })
  const said: object[] = []
  const warn = (fields: object) => said.push(fields)
  const askWitnesses = makeAskWitnesses([`localhost:${port}`], {
    debug: quiet,
    info: quiet,
    warn,
    error: quiet,
  })
  writeFileSync(
    join(stage.ledgerDir, 'witnesses'),
    `witness one ${served.vkey} http://localhost:${port}\nquorum one\n`,
  )
  const desk = { ...stage.desk, askWitnesses }
  const sign = () => signNow(stage.session, desk)
  for (const count of [3, 4]) {
    await stage.write(await stage.newPerson(), count)
    await stage.sequence()
    await sign()
    const note = (await stage.published()).note
    expect(openNote(note, [readVkey(served.vkey)]).signatures).toHaveLength(1)
  }
  // A witness that was away is asked again after a minute, although nothing was added and nothing new is signed.
  await stage.write(await stage.newPerson(), 2)
  await stage.sequence()
  await signNow(stage.session, { ...desk, askWitnesses: () => Promise.resolve('') })
  let ahead = 0
  const duty = signDuty({ ...desk, clock: () => new Date(Date.now() + ahead) })
  const turn = async () =>
    underLease(
      stage.session,
      'log.sign/0',
      (lease) => duty.turn(stage.session, lease),
      await youngestIn(stage.ledgerDir),
    )
  const isCosigned = async () => (await stage.published()).note.includes('— witness.test/1 ')
  for (ahead of [0, 50_000]) {
    await turn()
    expect(await isCosigned()).toBe(false)
  }
  ahead = 61_000
  await turn()
  expect(await isCosigned()).toBe(true)
  const last = await stage.published()
  expect(openNote(last.note, [readVkey(served.vkey), ...stage.verifiers]).signatures).toHaveLength(
    2,
  )
  const { rows } = await stage.db.raw<{ rows: object[] }>(
    'select note from checkpoint order by tree_size desc limit 1',
  )
  expect(rows).toEqual([{ note: last.note }])
  // The insider: database, files, log key and the signer's memory; every trace of what was signed removed.
  await stage.tamper(
    'delete from ledger_position; delete from ledger_pending; delete from checkpoint; delete from log',
  )
  rmSync(join(stage.ledgerDir, 'signed.json'))
  rmSync(stage.folder, { recursive: true })
  await stage.tamper(
    'delete from ledger_event where person_seq > 2; update person_head h set next_seq = 3, head_commitment = (select commitment from ledger_event e where e.person_id = h.person_id and person_seq = 2)',
  )
  await stage.tamper(
    'insert into ledger_pending (event_id, shard, commitment) select event_id, 0, commitment from ledger_event order by person_id, person_seq',
  )
  await stage.sequence()
  await sign()
  const { note, size } = await stage.published()
  expect(size).toBe(6)
  // Its own key signs it, and the witness does not: whoever demands a witness is not deceived.
  expect(openNote(note, stage.verifiers).signatures).toHaveLength(1)
  expect(() => openNote(note, [readVkey(served.vkey)])).toThrow('signed by none of these keys')
  expect(said).toEqual([
    {
      job: 'log.witness',
      outcome: 'one',
      host: `localhost:${port}`,
      why: expect.any(String) as unknown,
    },
  ])
  expect(JSON.stringify(said)).toMatch(/the note is shorter|answered 4/)
  const { findings } = await auditDatabase({
    session: stage.session,
    issuer,
    ledgerDir: stage.ledgerDir,
    vkeys: [],
    vault: undefined,
    publicLeaves: [],
  })
  expect(findings).toEqual([])
  await stage.close()
})

test('`accord witness serve` is a program of its own: a policy, a folder, no database', async () => {
  const policy = join(dir, 'policy')
  writeFileSync(policy, `log ${log.verifier.vkey}\nquorum none\n`)
  const own = await freePorts(1)
  const args = [
    '--import',
    './src/guard.js',
    'src/accord.ts',
    'witness',
    'serve',
    '--dir',
    join(dir, 'own'),
    '--policy',
    policy,
    '--name',
    'own.test',
    '--port',
    String(own),
  ]
  const child = spawn(process.execPath, args, { env: { ...process.env, DATABASE_URL: '' } })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  expect(line.toString()).toMatch(/^witness own\.test\+[0-9a-f]{8}\+\S+ http:\/\/localhost:\d+\n$/)
  const answer = await fetch(`http://localhost:${own}/add-checkpoint`, {
    method: 'POST',
    body: await bodyOf(0, 7),
  })
  expect(answer.status).toBe(200)
  // Who runs it reads of a fork, once.
  const told = once(child.stderr, 'data')
  for (const n of [1, 1]) {
    const body = await bodyOf(7, 7, noteOf(7, leafHash(Buffer.from([n]))))
    const forked = await fetch(`http://localhost:${own}/add-checkpoint`, { method: 'POST', body })
    expect(forked.status).toBe(422)
  }
  const [said] = (await told) as [Buffer]
  expect(said.toString()).toBe(
    `fork: ${origin} signed two trees of 7 entries; both notes are kept, see /status\n`,
  )
  const seen = await fetch(`http://localhost:${own}/status.json`)
  expect(((await seen.json()) as Status).logs[0]?.forks).toHaveLength(1)
  const page = await (await fetch(`http://localhost:${own}/`)).text()
  expect(page).toContain('own.test')
  expect(page).not.toContain('il ne prouve rien seul')
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  expect((await gone)[0]).toBe(0)
})
