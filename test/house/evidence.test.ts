import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EvidenceRecord } from '../../scripts/evidence.ts'
import {
  checkEvidence,
  checkSignature,
  evidence,
  makeEvidence,
  signEvidence,
} from '../../scripts/evidence.ts'

// A record of evidence about a small repository of its own: what is missing, changed, or of another commit is named.

let folder: string
let repository: string
let out: string
let first: string
let head: string

const git = (...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=A', '-c', 'user.email=a@exemple.test', '-c', 'commit.gpgsign=false', ...args],
    {
      cwd: repository,
      encoding: 'utf8',
    },
  ).trim()
const put = (name: string, value: unknown) => {
  const path = join(repository, name)
  fs.writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

const module = (commit: string, result = 'PASSED') =>
  `${JSON.stringify({ plan: 'p', module: `m-${result}`, result, commit: commit.slice(0, 12), date: '2026-11-28' })}\n`
const audit =
  '# L\n\nWritten by `npm run audit`, 2026-11-28: pages.\n\n| page | a | b | p |\n|---|---|---|---|\n| / | 1 | 1 | 0.98 | 941 | 19266 |\n'

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'accord-evidence-'))
  repository = join(folder, 'repository')
  fs.mkdirSync(join(repository, 'docs'), { recursive: true })
  git('init', '-q')
  put('package.json', { name: 'accord', version: '9.9.9' })
  put('package-lock.json', { packages: { 'node_modules/vitest': { version: '5.1.1' } } })
  put('docs/audit.md', audit)
  git('add', '.')
  git('commit', '-qm', 'first')
  first = git('rev-parse', 'HEAD')
  put('docs/conformance.jsonl', module(first) + module(first, 'SKIPPED'))
  put('.gitignore', '/outside/\n/suite-outside.json\n')
  git('add', '.')
  git('commit', '-qm', 'second')
  head = git('rev-parse', 'HEAD')
  fs.mkdirSync(join(repository, 'outside'))
})
afterAll(() => fs.rmSync(folder, { recursive: true }))
beforeEach(() => {
  out = fs.mkdtempSync(join(folder, 'out-'))
})

const suiteOf = (commit: string, isClean = true) =>
  put('suite-outside.json', {
    format: 'accord-suite',
    at: '2026-11-28T20:00:00.000Z',
    commit,
    isClean,
    node: '24.22.3',
    seconds: 9,
    passed: 3,
    failed: 0,
    skipped: 1,
    files: [
      { file: 'test/a.test.ts', passed: 2, failed: 0, skipped: 1 },
      { file: 'test/axe.test.ts', passed: 1, failed: 0, skipped: 0 },
    ],
  })
const drillOf = (name: string, accord: string, skipped: readonly string[] = []) => {
  const run = {
    drill: name,
    count: 7,
    counts: 'faults',
    holds: true,
    skipped,
    seconds: 60,
    figures: [{ digest: `sha256:of-${name}`, forMs: 7 }],
  }
  put(`outside/drills-${name}.json`, {
    at: '2026-11-28T19:00:00.000Z',
    seed: 42,
    versions: { accord, node: '24.22.3' },
    drills: [run],
  })
}

function made(more: Readonly<Record<string, unknown>> = {}): EvidenceRecord {
  return makeEvidence({
    root: repository,
    out,
    now: new Date('2026-11-28T21:00:00Z'),
    npm: '11.0.0',
    suite: join(repository, 'suite-outside.json'),
    drills: join(repository, 'outside'),
    drillNames: ['kill', 'partition', 'restore'],
    suiteFiles: ['test/a.test.ts', 'test/axe.test.ts'],
    axeFiles: ['test/axe.test.ts'],
    ...more,
  })
}

const part = (record: EvidenceRecord, name: string) => record.parts.find((one) => one.name === name)

test('a record names what is there with its commit, what is of another, and what is missing', () => {
  suiteOf(head)
  drillOf('kill', head.slice(0, 9))
  drillOf('partition', head.slice(0, 9), ['no root'])
  const record = made()

  expect(record).toMatchObject({
    product: { name: 'accord', version: '9.9.9' },
    tree: { commit: head, isClean: true },
    missing: ['drill partition', 'drill restore', 'performance', 'growth', 'pages'],
    doesNotHold: [],
    ofAnotherCommit: ['conformance', 'lighthouse'],
    ofUnknownCommit: [],
  })
  expect(part(record, 'suite')).toMatchObject({
    holds: true,
    of: { is: 'this', commit: head },
    says: { passed: 3, notRun: [] },
  })
  expect(part(record, 'axe')).toMatchObject({ holds: true, says: { passed: 1, files: 1 } })
  expect(part(record, 'conformance')).toMatchObject({
    of: { is: 'another', commit: first, behind: 1 },
    says: { modules: 2, passed: 1, skipped: 1, failed: 0 },
  })
  expect(part(record, 'drill kill')).toMatchObject({
    of: { is: 'this' },
    says: { seed: 42, faults: 7, digest: 'sha256:of-kill' },
  })
  expect(part(record, 'drill partition')).toMatchObject({ why: 'skipped on 2026-11-28: no root' })
  expect(part(record, 'lighthouse')).toMatchObject({
    at: '2026-11-28',
    says: { pages: 1, leastPerformance: 0.98 },
  })
  expect(checkEvidence(join(out, 'evidence.json')).faults).toEqual([])
})

test('a part that is old, of a tree with changes, or only a part of the suite is said to be so', () => {
  suiteOf(first)
  expect(part(made(), 'suite')).toMatchObject({ of: { is: 'another', commit: first, behind: 1 } })
  suiteOf(head, false)
  drillOf('kill', `${head.slice(0, 9)}-dirty`)
  const dirty = made()
  expect(dirty.ofUnknownCommit).toEqual(['suite', 'axe', 'drill kill'])
  suiteOf('0'.repeat(40))
  expect(part(made(), 'suite')).toMatchObject({ of: { is: 'unknown' } })
  const some = made({ suiteFiles: ['test/a.test.ts', 'test/axe.test.ts', 'test/never.test.ts'] })
  expect(some.doesNotHold).toEqual(['suite'])
  expect(part(some, 'suite')).toMatchObject({ says: { notRun: ['test/never.test.ts'] } })
})

test('a failure anywhere is among what does not hold', () => {
  suiteOf(head)
  const kept = fs.readFileSync(join(repository, 'docs/conformance.jsonl'), 'utf8')
  put('docs/conformance.jsonl', kept + module(first, 'FAILED'))
  put('docs/audit.md', audit.replace('| / | 1 |', '| / | 0.9 |'))
  const record = made()
  put('docs/conformance.jsonl', kept)
  put('docs/audit.md', audit)
  expect(record.tree.isClean).toBe(false)
  expect(record.doesNotHold).toEqual(['conformance', 'lighthouse'])
  expect(record.ofUnknownCommit).toContain('lighthouse')
})

test('a part that was changed or taken away afterwards is found, and a record that is none is refused', () => {
  suiteOf(head)
  drillOf('kill', head.slice(0, 9))
  made()
  const file = join(out, 'evidence.json')
  fs.appendFileSync(join(out, 'suite.json'), ' ')
  fs.rmSync(join(out, 'audit.md'))
  expect(checkEvidence(file).faults).toEqual([
    'suite: suite.json is not the file of the record',
    'axe: suite.json is not the file of the record',
    'lighthouse: audit.md is not there',
  ])
  const lines: string[] = []
  expect(evidence(['check', file], (line) => lines.push(line))).toBe(1)
  expect(lines).toContain('CHANGED lighthouse: audit.md is not there')
  expect(lines.at(-1)).toBe('it does not hold')

  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as { parts: { file?: string }[] }
  record.parts[0] = { ...record.parts[0], file: '../../suite.json' }
  fs.writeFileSync(file, JSON.stringify(record))
  expect(() => checkEvidence(file)).toThrow('no record of evidence')
})

test('a record of a run that is none is refused by its name', () => {
  const bad = put('outside/bad.json', '{')
  expect(() => made({ suite: bad })).toThrow(`${bad} is not JSON`)
  put('outside/bad.json', { format: 'accord-suite', passed: 3 })
  expect(() => made({ suite: bad })).toThrow(`${bad} is no such record: data must have`)
  expect(() => made()).toThrow(`${bad} is no such record`)
  fs.rmSync(bad)
})

test.each([
  ['an unknown option', ['--sweet', 'x']],
  ['a signer without a name', ['check', 'evidence.json', '--signers', 'x']],
  ['two files', ['check', 'a', 'b']],
  ['making and checking at once', ['check', 'a', '--sign', 'k']],
])('%s is wrong usage', (_, args) => {
  expect(evidence(args, () => undefined)).toBe(2)
})

test('a file that is not there is one sentence', () => {
  const lines: string[] = []
  const say = (line: string) => lines.push(line)
  expect(evidence(['check', join(folder, 'none.json')], say)).toBe(1)
  expect(evidence(['--suite', join(folder, 'none.json')], say)).toBe(1)
  expect(lines).toEqual([
    `there is no ${join(folder, 'none.json')}`,
    `there is no ${join(folder, 'none.json')}`,
  ])
})

const hasOpenSsh = spawnSync('ssh-keygen', ['-?']).error === undefined

describe.skipIf(!hasOpenSsh)('a signature (ssh-keygen)', () => {
  let signers: string
  beforeAll(() => {
    for (const name of ['operator', 'stranger'])
      keygen('-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name))
    signers = join(folder, 'allowed_signers')
    const key = fs.readFileSync(join(folder, 'operator.pub'), 'utf8')
    fs.writeFileSync(signers, `exploitant@exemple.test namespaces="accord-evidence" ${key}`)
  })
  const by = () => ({ signers, identity: 'exploitant@exemple.test' })

  test('is the operator’s over the whole record, and nobody else’s', () => {
    suiteOf(head)
    made()
    const file = join(out, 'evidence.json')
    expect(checkSignature(file)).toEqual({ is: 'absent' })
    expect(evidence(['check', file], () => undefined)).toBe(0)
    const wanted = ['check', file, '--signers', signers, '--identity', by().identity]
    expect(evidence(wanted, () => undefined)).toBe(1)

    signEvidence(file, join(folder, 'operator'))
    expect(checkSignature(file)).toMatchObject({
      is: 'good',
      says: expect.stringContaining('ED25519') as string,
    })
    expect(checkSignature(file, by())).toMatchObject({ is: 'good' })
    expect(checkSignature(file, { signers, identity: 'autre@exemple.test' })).toMatchObject({
      is: 'bad',
    })
    expect(evidence(wanted, () => undefined)).toBe(0)

    const text = fs.readFileSync(file, 'utf8')
    fs.writeFileSync(file, text.replace('"passed": 3', '"passed": 4'))
    expect(checkSignature(file, by())).toMatchObject({ is: 'bad' })
    expect(checkSignature(file)).toMatchObject({ is: 'bad' })
    fs.writeFileSync(file, text)

    signEvidence(file, join(folder, 'stranger'))
    expect(checkSignature(file)).toMatchObject({ is: 'good' })
    expect(checkSignature(file, by())).toMatchObject({ is: 'bad' })
  })

  test('goes when the record is made anew, and one for something else is none', () => {
    suiteOf(head)
    made()
    const file = join(out, 'evidence.json')
    keygen('-q', '-Y', 'sign', '-f', join(folder, 'operator'), '-n', 'file', file)
    expect(checkSignature(file, by())).toMatchObject({ is: 'bad' })
    made()
    expect(checkSignature(file)).toEqual({ is: 'absent' })
  })
})

function keygen(...args: string[]): string {
  return execFileSync('ssh-keygen', args, { encoding: 'utf8', stdio: 'pipe' })
}
