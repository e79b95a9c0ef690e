import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { moveClock } from '../../src/base/database/clock-offset.ts'
import { readId } from '../../src/base/values/ids.ts'
import { newHandKey } from '../../src/base/keys/jws.ts'
import { openSession } from '../../src/base/database/db-session.ts'
import type { DeedAction } from '../../src/base/observing/operator-audit-store.ts'
import { allCommands } from '../../src/tool/commands.ts'
import { register } from '../support/service.ts'
import type { Stage } from '../support/sharing.ts'
import { shareAsNewcomer, startStage } from '../support/sharing.ts'
import { callTool } from '../support/tool.ts'
import { hashIn } from '../support/two-signers.ts'

// What is noted of a command of an operator is what ran, wherever its options stand (docs/decisions/0164-what-operators-do-is-noted.md).

/** A command that is noted, with what it is typed about. */
type Typed = {
  readonly words: readonly [name: string, deed: string]
  readonly about?: readonly string[]
  /** As its row names it. */
  readonly object?: string
  /** Options that are typed together: none of a set is beside one of another. */
  readonly sets: readonly (readonly Option[])[]
}
type Option = readonly [name: string, value?: string | (() => string)]
type Row = {
  readonly no: number
  readonly action: string
  readonly object: string | null
  readonly person: string | null
  readonly operator: string | null
  readonly phase: string
}

let stage: Stage
let folder: string
let sharing: string
let person: string
let others: readonly [string, string]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'accord-deeds-'))
  stage = await startStage()
  sharing = (await shareAsNewcomer(stage)).consentId
  person = await ownerOf(sharing)
  others = [(await shareAsNewcomer(stage)).consentId, (await shareAsNewcomer(stage)).consentId]
  writeFileSync(join(folder, 'key.json'), JSON.stringify(await newHandKey()))
})
afterAll(async () => {
  await stage.stop()
  rmSync(folder, { recursive: true })
})

let files = 0
const absent = () => join(folder, `absent-${++files}`)
const flag = (name: string): Option => [name]

const operator: Option = ['operator', 'Anna']
const reasons: readonly Option[] = [
  ['reason', 'papiers vus'],
  ['reason-en', 'papers seen'],
]
const key = (): Option => ['key', join(folder, 'key.json')]
const out: Option = ['out', absent]
const order: Option = ['order', absent]

/** The ways to say who orders a deed, beside these options; of the last two, one excludes the other. */
function ordered(...more: readonly Option[]): Typed['sets'] {
  return [
    [operator, ...reasons, ...more],
    [out, ...reasons, ...more],
    [key(), order, ...reasons, ...more],
  ]
}

// As many as there are actions. What none of them may do here is refused by its own judgement: a file is not there, a name is of nothing.
function commands(): Record<DeedAction, Typed> {
  const hers = { about: [sharing], object: sharing }
  const all = [operator, out, key(), order, ...reasons]
  const ofAgreement = {
    about: ['agreement', 'agr_2026-001'],
    object: 'agreement agr_2026-001',
  }
  const days = [
    ['from', '2026-01-01'],
    ['to', '2026-02-01'],
  ] as const
  const house: Option = ['house', stage.keysDir]
  const nowhere = [['into', absent] as const, ['reference-key', absent] as const]
  const instants = [['since', '2026-01-01T00:00:00Z'] as const]
  const json = flag('json')
  return {
    'account-show': { words: ['account', 'show'], ...hers, sets: [[json]] },
    'account-suspend': { words: ['account', 'suspend'], ...hers, sets: ordered(json) },
    'account-restore': { words: ['account', 'restore'], ...hers, sets: ordered(json) },
    'account-counter-code': { words: ['account', 'counter-code'], ...hers, sets: ordered(json) },
    'account-deceased': { words: ['account', 'deceased'], ...hers, sets: ordered(json) },
    'person-erase': {
      words: ['person', 'erase'],
      ...hers,
      sets: [
        [['through', '2025']],
        ...ordered(['through', '2025'], ['confirm', 'deadbeef']),
        // The year is not over: no code fits.
        [['through', '2999'], ['confirm', 'deadbeef'], operator, ...reasons],
      ],
    },
    'erasure-finish': { words: ['person', 'finish'], sets: [[]] },
    'person-hold': {
      words: ['person', 'hold'],
      ...hers,
      sets: [
        [['until', '2999-01-01'], operator, ...reasons],
        [['until', '2999-01-01'], ...all],
      ],
    },
    'person-release': { words: ['person', 'release'], ...hers, sets: [all] },
    'breach-list': {
      words: ['breach', 'list'],
      ...ofAgreement,
      sets: [
        [...days, ['into', absent], operator, ...reasons],
        [...days, ['into', absent], ...all],
      ],
    },
    'person-export': { words: ['person', 'export'], ...hers, sets: [[['into', absent], ...all]] },
    'person-settle': { words: ['person', 'settle'], ...hers, sets: ordered() },
    'dossier-make': {
      words: ['audit', 'person'],
      ...hers,
      sets: [
        ...ordered(...days, ['into', absent]),
        [...days, ['into', absent], ['to-key', absent], operator, ...reasons],
      ],
    },
    'audit-export': {
      words: ['audit', 'export'],
      sets: [
        [...nowhere, ...instants, ['until', '2026-01-02T00:00:00Z']],
        [...nowhere, ...instants, flag('follow')],
      ],
    },
    'brake-begin': {
      words: ['brake', 'begin'],
      ...ofAgreement,
      sets: [[operator, ...reasons], all],
    },
    'brake-confirm': { words: ['brake', 'confirm'], ...ofAgreement, sets: [all] },
    'brake-release': { words: ['brake', 'release'], ...ofAgreement, sets: [all] },
    'office-first': {
      words: ['office', 'first'],
      about: ['org_culture', 'E-1', 'E-2'],
      object: 'org_culture',
      sets: [[['until', '2999-01-01'], ...all]],
    },
    'matching-show': {
      words: ['matching', 'show'],
      about: ['7K2P9-QX4AB'],
      object: '7K2P9-QX4AB',
      sets: [[]],
    },
    'matching-lift': {
      words: ['matching', 'lift'],
      about: ['org_culture'],
      object: 'org_culture',
      sets: ordered(),
    },
    'keys-announce': {
      words: ['keys', 'announce'],
      about: ['cookie'],
      object: 'cookie',
      sets: [[flag('instead'), house]],
    },
    'keys-rotate': {
      words: ['keys', 'rotate'],
      about: ['cookie'],
      object: 'cookie',
      sets: [[flag('use'), flag('at-once'), house]],
    },
    'keys-rotate-all': {
      words: ['keys', 'rotate-all'],
      sets: [[['since', '2026-01-31T12:00:00Z'], flag('at-once')]],
    },
    // The name of a key may begin so: it is base64url.
    'keys-retire': {
      words: ['keys', 'retire'],
      about: ['cookie', '-AAAAAAAAAAAAAAAAAAAAA'],
      object: 'cookie -AAAAAAAAAAAAAAAAAAAAA',
      sets: [[flag('at-once'), house]],
    },
    'seals-first': { words: ['seals', 'first'], sets: [[operator, ['reason', 'un essai']]] },
    'register-apply': { words: ['register', 'apply'], about: [absent()], sets: [[json]] },
    'service-secret': {
      words: ['service', 'secret'],
      about: ['library'],
      object: 'library',
      sets: [[flag('retire')]],
    },
    'open-data-correct': {
      words: ['open-data', 'correct'],
      about: ['nothing', '2026-01'],
      object: 'nothing 2026-01',
      sets: [reasons],
    },
    'ledger-remember': { words: ['ledger', 'remember'], sets: [[['checkpoint', absent]]] },
    'ledger-restored': {
      words: ['ledger', 'restored'],
      sets: [
        [operator, ['reason', 'un essai']],
        [out, ['reason', 'un essai']],
        [key(), order, ['reason', 'un essai']],
        [flag('keys'), ['older-keys', absent], ['confirm', '00000000']],
      ],
    },
    // Closed last: an access that is closed is refused the rest.
    'account-close': { words: ['account', 'close'], ...hers, sets: ordered(json, flag('confirm')) },
  }
}

const typedOption = ([name, value]: Option): string[] =>
  value === undefined ? [`--${name}`] : [`--${name}`, typeof value === 'string' ? value : value()]
/** With the value that it has in each form. */
const typedOnce = ([name, value]: Option): Option =>
  value === undefined ? [name] : [name, typeof value === 'string' ? value : value()]
const inOneWord = (option: Option): string[] =>
  option[1] === undefined ? typedOption(option) : [typedOption(option).join('=')]

test('every noted command is typed here, with every option that it has', async () => {
  const typed = commands()
  const noted = (await allCommands())
    .flat()
    .flatMap(({ noted: one, ...command }) =>
      'action' in one ? [{ ...command, action: one.action }] : [],
    )
  expect(noted.map(({ action }) => action).toSorted()).toEqual(Object.keys(typed).toSorted())
  for (const { words, options, action } of noted) {
    const names = new Set(typed[action].sets.flat().map(([name]) => name))
    expect([words, [...names].toSorted()]).toEqual([
      typed[action].words,
      Object.keys(options).toSorted(),
    ])
  }
})

test('wrong usage runs nothing and leaves no row: an option before the deed, one that is none, a word too many', async () => {
  const [last, before] = [await lastDeed(), await contents()]
  for (const { words, about = [], sets } of Object.values(commands())) {
    const [name, deed] = words
    for (const set of sets)
      for (const option of set) {
        const others = set.filter((one) => one !== option).flatMap(typedOption)
        await expectNothing([name, ...typedOption(option), deed, ...about, ...others])
        await expectNothing([name, ...inOneWord(option), ...others, deed, ...about])
        await expectNothing([...words, ...about, ...set.flatMap(typedOption), '--unknown'])
        await expectNothing([...words, ...about, ...set.flatMap(typedOption), 'more', 'words'])
      }
    // Another command's word in the place of the deed, and the deed in the place of what it is about.
    if (about.length > 0) await expectNothing([name, ...about, deed])
  }
  expect(await rowsAfter(last)).toEqual([])
  expect(await contents()).toEqual(before)
})

async function expectNothing(typed: readonly string[]): Promise<void> {
  const { code, out: said, err } = await callTool(typed, environment())
  expect({ typed, code, said }).toEqual({ typed, code: 2, said: '' })
  expect(err).toMatch(/^(.+\n)?Usage: /)
}

test('wherever the options of a deed stand behind it, the same is noted and run', async () => {
  const all = (await allCommands()).flat()
  for (const { words, about = [], sets } of Object.values(commands())) {
    const command = all.find((one) => one.words.join() === words.join())
    const [first, more] = [about.slice(0, 1), about.slice(1)]
    for (const set of sets.map((one) => one.map(typedOnce))) {
      const [plain, other] = [set.flatMap(typedOption), set.toReversed().flatMap(inOneWord)]
      const forms = [
        [...about, ...plain],
        [...about, ...other],
        [...plain, ...about],
        [...first, ...plain, ...more],
      ]
      const readings = forms.map((typed) => command?.read(typed))
      const [said] = readings
      expect(said).toMatchObject({ asked: expect.anything(), noted: expect.anything() })
      // What runs gets what was asked, and nothing beside it.
      const expected = { ...said, run: expect.any(Function) }
      forms.forEach((typed, at) => expect([typed, readings[at]]).toEqual([typed, expected]))
    }
  }
})

test('the rows of a deed say what ran', async () => {
  const phases = new Set<string>()
  seen = await contents()
  for (const [action, { words, about = [], sets, object = null }] of Object.entries(commands())) {
    const expected = { action, object, person: object === sharing ? person : null }
    for (const set of sets) {
      const typed = [...words, ...about, ...set.toReversed().flatMap(inOneWord)]
      phases.add(`${action} ${await expectNoted(typed, expected)}`)
    }
  }
  // Some of them act, so that there is something to note.
  for (const each of ['show', 'suspend', 'restore', 'deceased', 'close'])
    expect(phases).toContain(`account-${each} done`)
  for (const each of ['account-suspend', 'person-erase', 'dossier-make', 'account-close'])
    expect(phases).toContain(`${each} prepared`)
})

let seen = ''
type Expected = Pick<Row, 'action' | 'object' | 'person'>

/** @returns how it ended: wherever its options stand, the words are understood */
async function expectNoted(
  typed: readonly string[],
  expected: Expected,
  env = environment(),
): Promise<string> {
  const last = await lastDeed()
  const { code, err } = await callTool(typed, env)
  const [before, after] = [seen, await contents()]
  seen = after
  const isChanged = before !== after
  const rows = await rowsAfter(last)
  const told = { typed, code, err, rows }
  expect(code === 2, JSON.stringify(told)).toBe(false)
  const isPlan = typed.includes('erase') && !typed.some((word) => word.startsWith('--confirm'))
  const isWritten = typed.some((word) => /^--out(=|$)/.test(word))
  const done = isPlan || isWritten ? 'prepared' : 'done'
  const end = code === 0 ? done : 'refused'
  const named = typed.some((word) => word.startsWith('--operator')) ? 'Anna' : null
  const row = { no: expect.any(Number), ...expected, operator: named }
  expect({ typed, err, rows }).toEqual({
    typed,
    err,
    rows: [
      { ...row, phase: 'begun' },
      { ...row, phase: end },
    ],
  })
  expect({ ...told, isUnnoted: isChanged && end !== 'done' }).toEqual({ ...told, isUnnoted: false })
  return end
}

test('an order that is carried out is noted as done, whatever else is typed', async () => {
  const [other] = others
  const keyFile = join(folder, 'key.json')
  const signer = await newHandKey()
  writeFileSync(keyFile, JSON.stringify(signer))
  await register(
    stage,
    [],
    [
      {
        kind: 'signer',
        id: 'sig_un',
        version: 1,
        content: {
          signer_id: 'sig_un',
          version: 1,
          office: { fr: 'Bureau un', en: 'Office one' },
          organisation: 'Régie du registre',
          public_key: signer.x,
          from: '2025-01-06',
        },
      },
    ],
  )
  const env = environment()
  const written = absent()
  const words = ['account', 'suspend', other]
  const why = ['--reason', 'r', '--reason-en', 'r']
  expect((await callTool([...words, '--out', written, ...why], env)).code).toBe(0)
  await callTool(['order', 'sign', written, '--key', keyFile, '--yes', hashIn(written)], env)
  const [last, before] = [await lastDeed(), await suspended()]
  const { code, err } = await callTool([...words, '--order', written, '--out', absent()], env)
  const ran = (await suspended()) - before
  const ends = (await rowsAfter(last)).map(({ phase }) => phase).slice(1)
  // What was carried out is noted so; where both words together are refused, nothing is carried out.
  if (code === 0) expect({ err, ran, ends }).toEqual({ err, ran: 1, ends: ['done'] })
  else
    expect({ err, ran, ends: ends.filter((end) => end !== 'refused') }).toMatchObject({
      ran: 0,
      ends: [],
    })
  expect((await callTool([...words, '--order', written], env)).err).toBe('')
  expect((await rowsAfter(last)).at(-1)?.phase).toBe('done')
})

test('an erasure is noted as done of its person, wherever its code stands', async () => {
  const [, other] = others
  const why = ['--operator', 'Anna', '--reason', 'ordre', '--reason-en', 'order']
  const closed = await callTool(['account', 'close', other, '--confirm', ...why], environment())
  expect(closed).toMatchObject({ code: 0 })
  // Her sharings are over, and this year is over in the next one.
  const year = String(new Date().getUTCFullYear())
  // A command does not move the clock, and goes by one that was moved.
  await moveClock(stage.db, 400 * 24 * 3_600_000)
  const env = { ...environment(), CLOCK_OFFSET: 'P400D' }
  const owner = await ownerOf(other)
  const shown = await callTool(['person', 'erase', other, '--through', year], env)
  const code = /--confirm (\w{8})$/m.exec(shown.out)?.[1] ?? shown.err
  const named = () => stage.db('operatorDeed').where({ personId: owner }).orWhere({ object: other })
  expect((await named()).length).toBeGreaterThan(3)
  const last = await lastDeed()
  const typed = ['person', 'erase', `--confirm=${code}`, other, '--through', year, ...why]
  // Somebody else is writing the files anew: she is erased, and nothing is certified yet.
  const held = await openSession(stage.databaseUrl)
  await held.session.rows("select pg_advisory_lock(hashtext('accord.file-rewriting'))")
  const { code: exit, out: said, err: waits } = await callTool(typed, env)
  // What it was about is erased, in its own rows too: the row of its end comes after that.
  const row = { action: 'person-erase', object: null, person: null, operator: 'Anna' }
  expect({ exit, rows: await rowsAfter(last) }).toMatchObject({
    exit: 3,
    rows: [
      { ...row, phase: 'begun' },
      { ...row, phase: 'done' },
    ],
  })
  expect(said).toMatch(/^Erased; evt_\w+ says so\.\n$/)
  expect(waits).toContain('nothing is certified: it waits for another process')
  const certificates = () => stage.db('erasure').where({ personId: owner }).pluck('certificate')
  expect(await certificates()).toEqual([null])
  await held.close()
  const finished = await callTool(['person', 'finish'], env)
  expect(finished).toMatchObject({ code: 0, out: expect.stringContaining('Certified 1;') })
  expect(await certificates()).toEqual([expect.stringMatching(/^eyJ/)])
  expect(await named()).toEqual([])
  // Nor is it kept where somebody types it again.
  expect(await callTool(['account', 'show', other], env)).toMatchObject({ code: 1 })
  expect(await named()).toEqual([])
  const { rows } = await stage.db.raw<{ rows: { text: string }[] }>(
    'select d::text as text from operator_deed d',
  )
  expect(rows.filter(({ text }) => text.includes(other) || text.includes(owner))).toEqual([])
  const verified = await callTool(['ledger', 'verify'], env)
  expect(verified.err).not.toContain('operator_deed')
})

function environment(): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: stage.keysDir,
    CLOCK_OFFSET: 'P0D',
    LEDGER_DIR: join(folder, 'ledger'),
    SUDO_USER: 'anna',
  }
}

async function suspended(): Promise<number> {
  return (await stage.db('accounts').whereNotNull('suspendedAt')).length
}

async function ownerOf(reference: string): Promise<string> {
  const consentId = readId('con', reference)
  const [row] = await stage.db('requestHistory').where({ consentId }).select('personId')
  return String(row?.personId)
}

async function lastDeed(): Promise<number> {
  const { rows } = await stage.db.raw<{ rows: { no: number }[] }>(
    'select coalesce(max(deed_no), 0)::int as no from operator_deed',
  )
  return rows[0]?.no ?? 0
}

async function rowsAfter(no: number): Promise<Row[]> {
  const { rows } = await stage.db.raw<{ rows: Row[] }>(
    `select deed_no::int as no, action, object, person_id as person, operator, phase from operator_deed where deed_no > ? order by deed_no`,
    [no],
  )
  return rows
}

// Processes write there by themselves.
const ownTables = ['served_minute', 'worker_beat', 'duty_lease', 'rate_limits']

/** A hash over every row of every other table, but those that note deeds. */
async function contents(): Promise<string> {
  const { rows: tables } = await stage.db.raw<{ rows: { name: string }[] }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'operator_deed%'
       and table_name <> all (:own) order by 1`,
    { own: ownTables },
  )
  const each = tables.map(
    ({ name }) => `(select md5(string_agg(t::text, ',' order by t::text)) from "${name}" t)`,
  )
  const { rows } = await stage.db.raw<{ rows: { hash: string }[] }>(
    `select md5(array_to_string(array[${each.join(', ')}], '/', '-')) as hash`,
  )
  return String(rows[0]?.hash)
}
