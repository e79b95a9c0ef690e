import { createHash } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { publicKeys } from '../../../src/base/keys/jws.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import { present } from '../../../src/base/values/present.ts'
import { checkFiles, filesNamed } from '../../../src/ledger/audit-export/check.ts'
import { exportAudit } from '../../../src/ledger/audit-export/commands.ts'
import {
  hashOfDigest,
  readDigest,
  signDigest,
  signOpenHour,
} from '../../../src/ledger/audit-export/digest.ts'
import { exportFollowing, exportUntil } from '../../../src/ledger/audit-export/export.ts'
import {
  exportProgress,
  noteOpenHour,
  openFolder,
  placeIn,
} from '../../../src/ledger/audit-export/folder.ts'
import { fileOfHour, hourFiles, hourMs, hourOf } from '../../../src/ledger/audit-export/hours.ts'
import { digestIn, digestLine, lineOf } from '../../../src/ledger/audit-export/lines.ts'
import { makeReferences } from '../../../src/ledger/audit-export/references.ts'
import { folderFile } from '../../../src/ledger/audit-export/shapes.ts'
import type { AuditedRow } from '../../../src/ledger/audit-export/store.ts'
import { recordActivity } from '../../../src/people/accounts/index.ts'
import { auditCheck, auditExport, auditReferenceKey } from '../../../src/tool/audit.ts'
import type { ToolAnswer } from '../../../src/tool/tool.ts'
import { secret } from '../../support/secrets.ts'
import type { Stage } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, startStage } from '../../support/sharing.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { newSharer, openLoad } from '../../support/sharing-load.ts'
import { statementsBy } from '../../support/statements.ts'
import { letTimeMove, pass, passUntil } from '../../support/time.ts'
import { callAndStop, callTool } from '../../support/tool.ts'
import { readOf } from '../../support/commands.ts'

// What operators did and what was refused, as lines for a SIEM (docs/decisions/0164-what-operators-do-is-noted.md).

const reasons = ['--reason', 'Canari en toutes lettres', '--reason-en', 'a canary in plain words']
const canaries = /canar|tremblay|exemple\.test/i

let stage: Stage
let load: Load
let sharer: Sharer
let other: Sharer
let folder: string
let since: Date
let until: Date
beforeAll(async () => {
  letTimeMove()
  folder = mkdtempSync(join(tmpdir(), 'accord-audit-'))
  stage = await startStage()
  load = await openLoad(stage)
  sharer = await newSharer(load)
  other = await newSharer(load)
  since = hourOf(new Date())
  await live()
  // The hours are over, and what operators do from now on is of none of them.
  until = secondsAfter(hourOf(new Date()), 3 * 3600)
  await passUntil(load.db, secondsAfter(until, 600))
  for (const name of ['key', 'key-2']) await tool('audit', 'reference-key', at(name))
  for (const name of ['key', 'key-2'])
    secret('key of the house', readFileSync(at(name), 'utf8').trim())
})
afterAll(async () => {
  await load.close()
  await stage.stop()
  rmSync(folder, { recursive: true })
})

/** Operators do and are refused something, and so are bodies and somebody who signs in. */
async function live(): Promise<void> {
  const named = ['--operator', 'Berthe Canari-Tremblay', ...reasons]
  await tool('account', 'show', sharer.consentId)
  await tool('account', 'suspend', sharer.consentId, ...named)
  await tool('account', 'restore', sharer.consentId, ...named)
  await tool('account', 'suspend', other.consentId, ...named, '--out', at('order.json'))
  await tool('account', 'show', 'con_00000000000000000000000001')
  await tool('service', 'secret', 'marie.canari@exemple.test')
  const token = await holderToken(stage, 'decide')
  await decide(stage, token, evaluation(other.sub, { purpose: 'pur_inconnue@1' }))
  const tried = { kind: 'access.signed-in', result: 'refused', reason: 'sign-in.refused' } as const
  const origin = { requestId: '0d4a2f4e-0000-4000-8000-000000000000', network: '203.0.113.0/24' }
  await recordActivity(load.db, { ...tried, personId: other.personId }, origin, new Date())
  await recordActivity(
    load.db,
    { ...tried, personId: undefined, reason: 'Canari, tel quel' },
    origin,
    new Date(),
  )
}

const at = (name: string) => join(folder, name)

const environment = () => ({
  DATABASE_URL: stage.databaseUrl,
  KEYS_DIR: stage.keysDir,
  CLOCK_OFFSET: 'P0D',
  INSTANCE: 'console-1',
  SUDO_USER: 'anna.canari',
})

function tool(...words: string[]): Promise<ToolAnswer> {
  return callTool(words, environment())
}

function exported(
  into: string,
  key = 'key',
  end = until,
  begin: Date | undefined = since,
): Promise<ToolAnswer> {
  const times = ['--since', begin.toISOString(), '--until', end.toISOString()]
  return tool('audit', 'export', '--into', at(into), '--reference-key', at(key), ...times)
}

/** The files of a folder, by their names. */
function filesIn(into: string): Record<string, string> {
  const names = readdirSync(at(into)).filter((name) => name.endsWith('.ndjson'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(at(into), name), 'utf8')]))
}

type Line = {
  readonly event: {
    readonly action: string
    readonly outcome?: string
    readonly id: string
    readonly reason?: string
    readonly sequence?: number
  }
  readonly accord?: { readonly late?: boolean }
  readonly user?: { readonly hash?: string; readonly target?: { readonly hash?: string } }
  readonly related?: { readonly hash: readonly string[] }
}

function linesIn(into: string): Line[] {
  return Object.values(filesIn(into))
    .flatMap((text) => text.trim().split('\n'))
    .map((line) => JSON.parse(line) as Line) // it was written as one
}

function byAction(lines: readonly Line[], action: string): Line {
  const found = lines.find(({ event }) => event.action === action)
  if (found === undefined) throw new Error(`no line of ${action}`)
  return found
}

test('each deed of operators and each refusal is one line, and nobody is named', async () => {
  expect(await exported('one')).toMatchObject({ code: 0 })
  expect(await progressOf('one')).toEqual(until)
  const lines = linesIn('one')
  const said = lines.map(({ event }) => [event.action, event.outcome, event.reason].join(' '))
  for (const one of [
    'account-show unknown begun',
    'account-show success done',
    'account-suspend success done',
    'account-restore success done',
    'account-suspend success prepared',
    'account-show failure refused',
    'service-secret failure refused',
    'access.signed-in failure sign-in.refused',
    'access.signed-in failure ',
    'register-version-applied success ',
  ])
    expect(said).toContain(one)
  const targetOf = (action: string) => byAction(lines, action).user?.target?.hash
  const target = targetOf('account-show')
  expect(target).toMatch(/^[\w-]{22}$/)
  // The same person, whatever happened to her; another one is another.
  expect(targetOf('account-suspend')).toBe(target)
  expect(targetOf('disclosure-denied')).not.toBe(target)
  const organization = { id: 'org_agence-revenu' }
  expect(byAction(lines, 'disclosure-denied')).toMatchObject({ organization })
  expect(byAction(lines, 'access.signed-in')).toMatchObject({
    user: { hash: targetOf('disclosure-denied') },
    source: { address: '203.0.113.0/24' },
  })
  const node = { name: 'console-1' }
  expect(byAction(lines, 'account-suspend')).toMatchObject({ service: { node } })
  // Who came to the machine is noted, whatever account the tool runs under, and leaves as a reference.
  expect(await load.db('operatorDeed').distinct('account')).toEqual([{ account: 'anna.canari' }])
  const text = Object.values(filesIn('one')).join('')
  expect(text).not.toMatch(canaries)
  for (const known of [sharer.personId, sharer.consentId, sharer.sub, other.personId])
    expect(text).not.toContain(known)
  expect(await check('one')).toEqual({ code: 0, said: expect.stringContaining('It holds.') })
})

/** Everything by which a line names somebody, or itself. */
function marks(into: string): string[] {
  return linesIn(into).flatMap(({ event, user, related }) =>
    [event.id, user?.hash, user?.target?.hash, ...(related?.hash ?? [])].filter(
      (mark) => mark !== undefined,
    ),
  )
}

test('another key makes other references, and the same key the same bytes', async () => {
  await exported('again')
  expect(filesIn('again')).toEqual(filesIn('one'))
  await exported('two', 'key-2')
  const [one, two] = [new Set(marks('one')), new Set(marks('two'))]
  expect(one.size).toBe(two.size)
  expect([...one].filter((mark) => two.has(mark))).toEqual([])
  const mixed = await exported('one', 'key-2')
  expect(mixed).toMatchObject({ code: 1, err: expect.stringContaining('another key') })
})

test('what was broken off goes on, line for line, also where two run at once', async () => {
  const whole = filesIn('one')
  const [first = '', ...later] = Object.keys(whole).toSorted()
  const text = whole[first] ?? ''
  const third = text.split('\n', 3).join('\n').length + 1
  // What was signed before a run was killed, and what it left on the disk.
  for (const [signed, kept] of [
    [0, 0],
    [0, Math.floor(text.length / 2)],
    [third, third + 7],
    [third, text.length - 1],
  ] as const) {
    cpSync(at('one'), at('cut'), { recursive: true })
    for (const name of later) rmSync(join(at('cut'), name))
    writeFileSync(join(at('cut'), first), text.slice(0, kept))
    await noteAsSigned('cut', first, text.slice(0, signed))
    await exported('cut')
    expect(filesIn('cut')).toEqual(whole)
    rmSync(at('cut'), { recursive: true })
  }
  const both = await Promise.all([exported('race'), exported('race')])
  expect(filesIn('race')).toEqual(whole)
  for (const { code, err } of both) if (code !== 0) expect(err).toContain('Another export writes')
})

/** As a run leaves a folder that has written so much of an hour, the first one of its folder. */
async function noteAsSigned(into: string, name: string, text: string): Promise<void> {
  const keys = await openKeys(stage.keysDir)
  const jws = digestIn(JSON.parse(filesIn('one')[name]?.trim().split('\n').at(-1) ?? ''))
  const claims = await readDigest(publicKeys(keys), jws ?? '')
  if (claims === undefined) throw new Error('no digest')
  const lines = text.split('\n').length - 1
  const deeds = [...text.matchAll(/"sequence":(\d+)/g)].map(([, number]) => Number(number))
  const last = deeds.at(-1)
  const number = last ?? Number(/"sequence":(\d+)/.exec(filesIn('one')[name] ?? '')?.[1]) - 1
  const row = await load
    .db('operatorDeed')
    .where({ deedNo: number })
    .first<{ sha256: Buffer } | undefined>('sha256')
  const signed = await signOpenHour(statementsBy(keys), {
    ...claims,
    until: claims.from,
    lines,
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    deed: row === undefined ? null : { number, sha256: row.sha256.toString('hex') },
  })
  await noteOpenHour(at(into), signed)
}

async function check(into: string, ...words: string[]) {
  const { code, out, err } = await tool('audit', 'check', at(into), ...words)
  return { code, said: out + err }
}

type Change = (files: Record<string, string>, names: readonly string[]) => void
const changes: Record<string, { change: Change; found: RegExp }> = {
  'a line is gone': {
    change: (files, [first = '']) => (files[first] = (files[first] ?? '').replace(/^.*\n/, '')),
    found: /not those that were signed/,
  },
  'a line was changed': {
    change: (files, [first = '']) =>
      (files[first] = (files[first] ?? '').replace('"failure"', '"success"')),
    found: /not those that were signed/,
  },
  'two lines were exchanged': {
    change: (files, [first = '']) =>
      (files[first] = (files[first] ?? '').replace(/^(.*\n)(.*\n)/, '$2$1')),
    found: /not those that were signed/,
  },
  'an hour is gone': {
    change: (files, [, second = '']) => delete files[second],
    found: /an hour before it is missing/,
  },
  'a digest is gone': {
    change: (files, [first = '']) => (files[first] = (files[first] ?? '').replace(/.*\n$/, '')),
    found: /it has no digest/,
  },
  'an hour has the digest of another': {
    change: (files, [, second = '', third = '']) => (files[third] = files[second] ?? ''),
    found: /not those that were signed/,
  },
  'a line stands there twice': {
    change: (files, [first = '']) =>
      (files[first] = (files[first] ?? '').replace(/^(.*\n)/, '$1$1')),
    found: /line 2 stands there twice/,
  },
  'a line is no line': {
    change: (files, [first = '']) => (files[first] = `{}\n${files[first] ?? ''}`),
    found: /line 1 is none of an export/,
  },
  'a line is no JSON': {
    change: (files, [first = '']) => (files[first] = `x\n${files[first] ?? ''}`),
    found: /line 1 is none of an export/,
  },
  'a line has no end': {
    change: (files, [first = '']) => (files[first] = 'x'.repeat(200_000)),
    found: /has a line that is too long/,
  },
  'a word of a digest was changed': {
    change: (files, [first = '']) =>
      (files[first] = (files[first] ?? '').replace('"audit-digest"', '"audit-digess"')),
    found: /is not the digest that was written behind these lines/,
  },
  'the time of a digest was changed': {
    change: (files, [first = '']) =>
      (files[first] = (files[first] ?? '').replace(
        /(\n{"@timestamp":")\d{4}(?=[^\n]*"audit-digest")/,
        '$11999',
      )),
    found: /is not the digest that was written behind these lines/,
  },
  'a line is behind a digest': {
    change: (files, [first = '']) =>
      (files[first] += (files[first] ?? '').split('\n', 1)[0] + '\n'),
    found: /follows the digest/,
  },
}

test.each(Object.keys(changes))('a check finds that %s', async (name) => {
  const files = filesIn('one')
  const { change, found } = changes[name] ?? {}
  change?.(files, Object.keys(files).toSorted())
  cpSync(at('one'), at('changed'), { recursive: true })
  for (const one of Object.keys(filesIn('changed'))) rmSync(join(at('changed'), one))
  for (const [one, text] of Object.entries(files)) writeFileSync(join(at('changed'), one), text)
  const checked = await check('changed')
  rmSync(at('changed'), { recursive: true })
  expect(checked).toEqual({ code: 1, said: expect.stringMatching(found ?? /never/) })
})

test('a check finds that the last hours are gone, where it is told how far they go', async () => {
  expect(await check('one', '--until', until.toISOString())).toMatchObject({ code: 0 })
  cpSync(at('one'), at('short'), { recursive: true })
  rmSync(join(at('short'), Object.keys(filesIn('one')).toSorted().at(-1) ?? ''))
  expect(await check('short')).toMatchObject({ code: 0 })
  const found = await check('short', '--until', until.toISOString())
  expect(found).toEqual({ code: 1, said: expect.stringContaining('signed until') })
})

test('what a check is told to look at is there, is of an export, and is named once', async () => {
  const names = Object.keys(filesIn('one')).toSorted()
  mkdirSync(join(at('odd'), names[0] ?? ''), { recursive: true })
  const words: readonly (readonly [string[], RegExp])[] = [
    [['nowhere'], /nowhere is not there/],
    [['key'], /key is not named as a file of an export/],
    [[join('odd', names[0] ?? '')], /There is no file of an export/],
    [['odd'], /ndjson cannot be read/],
    [['one', 'one'], /ndjson: it was given twice/],
  ]
  for (const [given, found] of words) {
    const { code, err } = await tool('audit', 'check', ...given.map(at))
    expect([code, err]).toEqual([1, expect.stringMatching(found)])
  }
  await expect(hourFiles(at('nowhere'))).rejects.toThrow('nowhere cannot be read')
  const backwards = names.toReversed().map((name) => join(at('one'), name))
  expect(await tool('audit', 'check', ...backwards)).toMatchObject({ code: 0 })
})

test('a check finds digests of other keys, of another house, and stops after a hundred findings', async () => {
  const keys = await openKeys(stage.keysDir)
  const own = publicKeys(keys)
  const asked = { now: secondsAfter(until, 600), until: undefined }
  const files = await filesNamed([at('one')])
  const byNobody = await checkFiles(files, { keys: [] }, asked)
  expect(byNobody.findings).toContain(
    `${files[0]?.name}: its digest was signed by none of these keys`,
  )
  expect(byNobody.says).toContain('no whole hour is signed')

  // An hour that the house signed, and that goes on with another key of references.
  const [first] = files
  const text = filesIn('one')[first?.name ?? ''] ?? ''
  const jws = digestIn(JSON.parse(text.trim().split('\n').at(-1) ?? '')) ?? ''
  const claims = await readDigest(own, jws)
  if (first === undefined || claims === undefined) throw new Error('no digest')
  const [from, to] = [1, 2].map((n) => secondsAfter(first.hour, n * 3600).toISOString())
  const next = { ...claims, from: from ?? '', until: to ?? '', lines: 0, sha256: hashOfDigest('') }
  const signed = await signDigest(statementsBy(keys), {
    ...next,
    previous: hashOfDigest(jws),
    key: 'other',
  })
  mkdirSync(at('mixed'))
  writeFileSync(join(at('mixed'), first.name), text)
  const name = fileOfHour(new Date(next.from))
  writeFileSync(join(at('mixed'), name), `${digestLine(next.until, signed, 0)}\n`)
  const mixed = await checkFiles(await filesNamed([at('mixed')]), own, asked)
  expect(mixed.findings).toEqual([`${name}: it is of another house, or another key of references`])

  mkdirSync(at('many'))
  const hours = Array.from({ length: 102 }, (_, n) => new Date(since.getTime() - n * hourMs))
  for (const hour of hours) writeFileSync(join(at('many'), fileOfHour(hour)), '')
  const many = await checkFiles(await filesNamed([at('many')]), own, asked)
  expect(many.findings.slice(99)).toEqual([
    expect.stringContaining('it has no digest'),
    expect.stringContaining('it was not looked at any more'),
  ])
  expect(many.says).toContain('100 hours, 0 lines')
})

test('an hour that is not over has no digest yet, and goes on in its file', async () => {
  // The exports until here are deeds of operators, and are settled.
  await pass(load.db, { seconds: 600 })
  const early = secondsAfter(since, -3600)
  // Its clock runs fast: people are told how far it has come.
  let now = 0
  const said: string[] = []
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 10_000))
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    said.push(String(line))
    return true
  })
  await exported('open', 'key', secondsAfter(until, 60), early)
  for (const spy of [clock, stderr]) spy.mockRestore()
  expect(said[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z: \d+ lines\n$/)
  const before = filesIn('open')
  const [begun = '', ...whole] = Object.keys(before).toSorted().toReversed()
  expect(await check('open')).toEqual({
    code: 0,
    said: expect.stringMatching(
      /; the last file is not over, and open\.json signs its first \d+ lines/,
    ),
  })
  expect(await exported('open', 'key', secondsAfter(until, 900), early)).toMatchObject({ code: 0 })
  const after = filesIn('open')
  for (const name of whole) expect(after[name]).toBe(before[name])
  expect(after[begun]).toContain('"audit-export"')
  expect(after[begun]).not.toContain('audit-digest')
  expect(await check('open')).toMatchObject({ code: 0 })
})

test('an export goes on behind what it wrote itself, and behind nothing else', async () => {
  const { keys } = publicKeys(await openKeys(stage.keysDir))
  const folderIn = (into: string) =>
    folderFile.parse(JSON.parse(readFileSync(join(at(into), 'export.json'), 'utf8')))
  const [last = '', before = ''] = Object.keys(filesIn('open')).toSorted().toReversed()
  const changed: readonly (readonly [(dir: string) => void, string])[] = [
    [(dir) => rmSync(join(dir, before)), `The file before ${last} is gone`],
    [
      (dir) => writeFileSync(join(dir, before), ''),
      `${before} has no digest, and a later file is there`,
    ],
    [
      (dir) => changeLine(join(dir, last), (line) => `x${line}`),
      'is not as it was written: line 1 is none',
    ],
    // Two lines are deleted, or one is renamed, with the note of what was signed, without it, or with one of another hour.
    [
      (dir) => changeLine(join(dir, last), () => ''),
      `The lines of ${last} are not those that were signed`,
    ],
    [
      (dir) =>
        changeLine(join(dir, last), (line) => line.replace('"audit-export"', '"account-show"')),
      `The lines of ${last} are not those that were signed`,
    ],
    [
      (dir) => writeFileSync(join(dir, last), ''),
      `The lines of ${last} are not those that were signed`,
    ],
    [(dir) => rmSync(join(dir, 'open.json')), `Nothing is signed of the lines of ${last}`],
    [(dir) => cpSync(join(at('one'), 'open.json'), join(dir, 'open.json')), `of another hour`],
    [
      (dir) => writeFileSync(join(dir, 'open.json'), '{"jws":"x"}'),
      'open.json is not of this export',
    ],
    [(dir) => rmSync(join(dir, last)), 'is gone: lines of it were signed'],
    [
      (dir) => {
        for (const name of readdirSync(dir)) if (name.endsWith('.ndjson')) rmSync(join(dir, name))
      },
      'is gone: lines of it were signed',
    ],
  ]
  for (const [change, found] of changed) {
    cpSync(at('open'), at('broken'), { recursive: true })
    change(at('broken'))
    const place = placeIn(at('broken'), folderIn('broken'), { keys })
    await expect(place).rejects.toThrow(found)
    // Without its note, nothing is signed of the hour that is not over.
    const isSilent = found.startsWith('Nothing is signed') || found === 'of another hour'
    expect([found, await check('broken')]).toEqual([
      found,
      isSilent
        ? { code: 0, said: expect.stringContaining('and no open.json beside it signs a line') }
        : { code: 1, said: expect.any(String) },
    ])
    rmSync(at('broken'), { recursive: true })
  }
  await expect(placeIn(at('open'), folderIn('open'), { keys: [] })).rejects.toThrow(
    'open.json is not of this export',
  )
  // An hour that is over is not gone on behind either, where its lines are others, or its digest is the one of a part.
  for (const [change, found] of [
    [
      (text: string) => text.replace(/^.*\n/, ''),
      'is not the digest that was written behind these lines',
    ],
    [
      (text: string) => text.replace(/"jws":"[^"]*"/, `"jws":"${jwsOfPart()}"`),
      'is not of this house',
    ],
  ] as const) {
    cpSync(at('one'), at('broken'), { recursive: true })
    rmSync(join(at('broken'), 'open.json'))
    const [first = '', ...later] = Object.keys(filesIn('one')).toSorted()
    for (const name of later) rmSync(join(at('broken'), name))
    const path = join(at('broken'), first)
    writeFileSync(path, change(readFileSync(path, 'utf8')))
    await expect(placeIn(at('broken'), folderIn('broken'), { keys })).rejects.toThrow(found)
    rmSync(at('broken'), { recursive: true })
  }
  const { issuer, key, since: began } = folderIn('one')
  const begin = { since: undefined, now: since }
  expect(await openFolder(at('one'), { issuer, key }, begin)).toEqual(folderIn('one'))
  for (const [own, from, found] of [
    [{ issuer: 'https://other.test', key }, undefined, `is the export of ${issuer}`],
    [{ issuer, key }, secondsAfter(since, 3600), `was begun at ${began}: it goes on by itself`],
  ] as const)
    await expect(openFolder(at('one'), own, { ...begin, since: from })).rejects.toThrow(found)
  for (const text of ['{}', '{']) {
    writeFileSync(join(at('odd'), 'export.json'), text)
    await expect(openFolder(at('odd'), { issuer, key }, begin)).rejects.toThrow(
      'export.json is not of an audit export',
    )
  }
})

const jwsOfPart = () =>
  (JSON.parse(readFileSync(join(at('open'), 'open.json'), 'utf8')) as { jws: string }).jws // it was written as one

/** Changes the first line of a file. */
function changeLine(path: string, change: (line: string) => string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^.*\n/, change))
}

test('what somebody did in the file of the open hour is signed by no run, and stops the next one', async () => {
  await tool('account', 'show', sharer.consentId)
  await pass(load.db, { seconds: 180 })
  const words = ['--into', at('open'), '--reference-key', at('key')]
  const [name = ''] = Object.keys(filesIn('open')).toSorted().toReversed()
  const path = join(at('open'), name)
  const text = readFileSync(path, 'utf8')
  const lines = text.trimEnd().split('\n')
  expect(lines.filter(isDeed).length).toBeGreaterThan(2)
  const others = lines.filter((line, n) => !isDeed(line) || n % 2 === 0)
  writeFileSync(path, `${others.join('\n')}\n`.replace('"audit-export"', '"account-show"'))
  const stopped = await tool('audit', 'export', ...words)
  expect(stopped).toMatchObject({
    code: 1,
    err: expect.stringMatching(/not as it was written|not those that were signed/),
  })
  // A line that nobody signed, behind those that were: the next run writes over it what happened.
  writeFileSync(path, `${text}${(lines[0] ?? '').replace('audit-export', 'account-close')}\n`)
  expect(await tool('audit', 'export', ...words)).toMatchObject({ code: 0 })
  const after = filesIn('open')[name] ?? ''
  expect(after.startsWith(text)).toBe(true)
  expect(after).not.toContain('account-close')
  expect(after.length).toBeGreaterThan(text.length)
})

const isDeed = (line: string) => line.includes('"audit-export"')

test('deeds that are not as they were noted are signed by no run', async () => {
  const no = await latestDeed()
  const change = (operator: string | null) =>
    load.db('operatorDeed').where({ deedNo: no }).update({ operator })
  const words = ['--into', at('open'), '--reference-key', at('key')]
  await change('Nobody')
  const stopped = await tool('audit', 'export', ...words)
  await change(null)
  expect(stopped).toMatchObject({
    code: 1,
    err: expect.stringContaining(
      `not as they were noted: deed ${no}: it is not as this broker noted it`,
    ),
  })
})

async function progressOf(into: string): Promise<Date | undefined> {
  return exportProgress(at(into), publicKeys(await openKeys(stage.keysDir)))
}

/** What an export needs of the program around it; `since`: the folder is a new one. */
async function followParts(into: string, since?: Date) {
  const secretKey = Buffer.from(readFileSync(at('key'), 'utf8').trim(), 'base64url')
  const references = makeReferences(secretKey)
  const keys = await openKeys(stage.keysDir)
  const { issuer } = folderFile.parse(
    JSON.parse(readFileSync(join(at('one'), 'export.json'), 'utf8')),
  )
  const own = { issuer, key: references.keyName }
  const folder = await openFolder(at(into), own, { since, now: new Date() })
  const { session, close } = await openSession(stage.databaseUrl)
  const [statements, seals] = [statementsBy(keys), makeRowSeals(keys.seal)]
  const [dir, tell] = [at(into), silent]
  const exporting = { session, statements, seals, issuer, references, dir, folder, tell }
  return { exporting, close }
}

const silent = () => undefined

test('a deed whose commit came late is exported by its number', async () => {
  // It waits for the head in the midst of its commit, while two exports write what came after it.
  const held = await load.db.transaction()
  await held.raw('select from operator_deed_head for update')
  const waiting = tool('account', 'show', sharer.consentId)
  await vi.waitUntil(async () => (await lockWaits()) > 0, { timeout: 30_000, interval: 20 })
  const late = await latestDeed()
  await pass(load.db, { seconds: 60 })
  const tried = { kind: 'access.signed-in', result: 'refused', reason: 'sign-in.refused' } as const
  const origin = { requestId: '0d4a2f4e-0000-4000-8000-000000000000', network: '203.0.113.0/24' }
  await recordActivity(load.db, { ...tried, personId: undefined }, origin, new Date())
  await pass(load.db, { seconds: 600 })
  const parts = await followParts('late', secondsAfter(new Date(), -7200))
  await exportUntil(parts.exporting, undefined)
  expect(numbersIn('late').at(-1)).toBe(late)
  await held.rollback()
  await waiting
  await pass(load.db, { seconds: 180 })
  await exportUntil(parts.exporting, undefined)
  await parts.close()
  const numbers = numbersIn('late')
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => (numbers[0] ?? 0) + n))
  expect(numbers.at(-1)).toBe(late + 2)
  expect(linesIn('late').filter(({ accord }) => accord?.late === true)).toHaveLength(1)
  expect(await check('late')).toMatchObject({ code: 0 })
})

async function latestDeed(): Promise<number> {
  const [row] = await load.db('operatorDeed').max('deedNo')
  return Number(row?.['max'] ?? 0)
}

async function lockWaits(): Promise<number> {
  const { rows } = await load.db.raw<{ rows: { count: number }[] }>(
    `select count(*)::integer from pg_stat_activity where wait_event_type = 'Lock' and query ilike '%operator_deed_head%'`,
  )
  return rows[0]?.count ?? 0
}

function numbersIn(into: string): number[] {
  return linesIn(into).flatMap(({ event }) =>
    event.sequence === undefined ? [] : [event.sequence],
  )
}

test('a check demands each number of a deed, within a file and from one to the next', async () => {
  const keys = await openKeys(stage.keysDir)
  const [first = ''] = Object.keys(filesIn('one')).toSorted()
  const lines = (filesIn('one')[first] ?? '').trimEnd().split('\n')
  const deeds = lines.filter((line) => line.includes('"sequence":'))
  const numbers = deeds.map((line) => Number(/"sequence":(\d+)/.exec(line)?.[1]))
  const read = await readDigest(publicKeys(keys), digestIn(JSON.parse(lines.at(-1) ?? '')) ?? '')
  if (read === undefined) throw new Error('no digest')
  const claims = read

  /** What a house of old, or one whose key somebody has, signs of hours with these lines. */
  async function found(...hours: readonly (readonly [deeds: readonly string[], last: number])[]) {
    rmSync(at('gap'), { recursive: true, force: true })
    mkdirSync(at('gap'))
    let previous: string | null = null
    for (const [n, [own, number]] of hours.entries()) {
      const [from, until] = [n, n + 1].map((h) => secondsAfter(since, h * 3600).toISOString())
      const text = own.map((line) => `${line}\n`).join('')
      const sha256 = createHash('sha256').update(text).digest('hex')
      const deed = { number, sha256: hashOfDigest('') }
      const said = {
        ...claims,
        from: from ?? '',
        until: until ?? '',
        lines: own.length,
        sha256,
        deed,
      }
      const jws: string = await signDigest(statementsBy(keys), { ...said, previous })
      previous = hashOfDigest(jws)
      const name = fileOfHour(new Date(said.from))
      writeFileSync(join(at('gap'), name), `${text}${digestLine(said.until, jws, own.length)}\n`)
    }
    return (await check('gap')).said
  }
  const no = (n: number) => numbers.at(n) ?? 0
  const [one, rest] = [deeds.slice(0, 2), deeds.slice(2)]
  expect(await found([one, no(1)], [rest, no(-1)])).toContain('It holds.')
  expect(await found([[], no(1)], [rest, no(-1)])).toContain('It holds.')
  expect(await found([one, no(1)], [rest.toSpliced(1, 1), no(-1)])).toContain(
    `line 2 is deed ${no(4)}, and deed ${no(3)} follows here`,
  )
  expect(await found([one, no(1)], [rest.slice(1), no(-1)])).toContain(
    `deed ${no(2)} is missing, and deed ${no(3)} is there`,
  )
  for (const kept of [rest.slice(0, -1), []])
    expect(await found([one, no(1)], [kept, no(-1)])).toContain(
      `deed ${no(-1)} was signed as its last one, and is not there`,
    )
})

test('an export that follows writes what comes meanwhile, until it is told to stop', async () => {
  const into = ['--into', at('follow'), '--reference-key', at('key')]
  const words = ['audit', 'export', ...into, '--since', until.toISOString(), '--follow']
  const out = expect.stringContaining('lines into') as unknown
  expect(await callAndStop(words, environment())).toMatchObject({ code: 0, out })
  const { exporting, close } = await followParts('follow')
  const written = linesIn('follow').length
  const begun = present(await progressOf('follow'), 'how far it has come')
  let waits = 0
  const { lines } = await exportFollowing(exporting, async () => {
    if (++waits > 1) return true
    await tool('account', 'show', sharer.consentId)
    await pass(load.db, { seconds: 180 })
    return false
  })
  await close()
  // An alarm rings by how far it has come, which it notes though it wrote no line.
  expect((await progressOf('follow'))?.getTime()).toBeGreaterThan(begun.getTime() + 100_000)
  expect(await progressOf('nobody')).toBeUndefined()
  const after = linesIn('follow')
  expect(after.slice(-2).map(({ event }) => event.action)).toEqual(['account-show', 'account-show'])
  expect(after).toHaveLength(written + lines)
  expect(new Set(after.map(({ event }) => event.id)).size).toBe(after.length)
})

test.each([
  '',
  '--into x',
  '--reference-key x',
  '--into x --reference-key y more',
  '--into x --reference-key y --since yesterday',
  '--into x --reference-key y --until 2026-13-01T00:00Z',
  '--into x --reference-key y --until 2026-11-01T00:00Z --follow',
])('wrong usage: audit export %s', (words) => {
  expect(
    readOf(
      auditExport,
      words.split(' ').filter((word) => word !== ''),
    ),
  ).toBeUndefined()
})

test('wrong usage of the commands beside it, and keys of references that are none', async () => {
  for (const words of [[], ['x', '--until', 'soon']])
    expect(readOf(auditCheck, words)).toBeUndefined()
  for (const words of [[], ['--help-me'], ['x', 'y']])
    expect(readOf(auditReferenceKey, words)).toBeUndefined()
  expect(await tool('audit', 'reference-key', at('key'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('is there already: another key makes other references'),
  })
  const both = ['key', 'key-2'].map((name) => readFileSync(at(name), 'utf8')).join('')
  writeFileSync(at('two-keys'), both)
  const more = { dir: 'x', since: undefined, until: undefined, follow: false }
  for (const file of ['nowhere', 'two-keys'])
    await expect(exportAudit({ ...more, keyFile: at(file) }, neverAsked)).rejects.toThrow(
      `${at(file)} must hold one key`,
    )
})

function neverAsked(): never {
  throw new Error('asked for what it needs, although its key is none')
}

test('a line names the signers of an order by their ids, an operator alone by his account', () => {
  const references = makeReferences(Buffer.alloc(32, 1))
  const deed: AuditedRow = {
    at: '2026-11-28T14:00:00.123456Z',
    source: 'deed',
    id: '1',
    action: 'account-suspend',
    outcome: 'success',
    reason: 'done',
    personId: null,
    serviceId: null,
    orgId: null,
    more: { operator: null, account: 'anna', signers: ['sig_a@1', 'Anne Canari'] },
  }
  const lineWith = (more: AuditedRow['more']): object =>
    JSON.parse(lineOf({ ...deed, more }, references).text) as object // it was written as one
  const account = references.of('account', 'anna')
  expect(lineWith(deed.more)).toMatchObject({
    user: { hash: account },
    accord: { account, signers: ['sig_a@1'] },
  })
  expect(lineWith({ operator: 'Berthe', signers: [] })).toMatchObject({
    user: { hash: references.of('operator', 'Berthe') },
  })
  const nobody = lineWith({ signers: [] })
  for (const member of ['user', 'accord']) expect(nobody).not.toHaveProperty(member)
})

test('a deed that is gone in the database stops the next export, and `ledger verify` finds it', async () => {
  cpSync(at('one'), at('later'), { recursive: true })
  const last = await load
    .db('operatorDeed')
    .where('at', '<', until)
    .orderBy('deedNo', 'desc')
    .first<{ deedNo: number }>('deedNo')
  const tx = await load.db.transaction()
  await tx.raw('set local session_replication_role = replica')
  await tx.raw('delete from operator_deed where deed_no = ?', [last.deedNo])
  await tx.commit()
  const words = ['--into', at('later'), '--reference-key', at('key')]
  const refused = await tool('audit', 'export', ...words)
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringContaining('not those that were exported'),
  })
  const verified = await tool('ledger', 'verify')
  expect(verified.code).toBe(1)
  expect(verified.err).toContain('operator_deed deed')
})

test('a command that cannot be noted is not carried out', async () => {
  // There is no further number.
  await load.db.raw(
    `insert into operator_deed (deed_no, at, phase, action, about_sha256, signers, instance, sha256, seal)
     select 2147483647, at, 'begun', action, about_sha256, signers, instance, sha256, seal
     from operator_deed order by deed_no desc limit 1`,
  )
  const named = ['--operator', 'Berthe', ...reasons]
  await expect(tool('account', 'suspend', other.consentId, ...named)).rejects.toThrow(
    /out of range/,
  )
  await load.db.raw(
    'delete from operator_deed where deed_no = (select max(deed_no) from operator_deed)',
  )
  const { personId } = other
  const after = await load.db('accounts').where({ personId }).first<object>('suspendedAt')
  expect(after).toEqual({ suspendedAt: null })
})
