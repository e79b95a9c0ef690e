import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path/posix'

const root = join(import.meta.dirname, '../..')

/** What a test file needs beside modules, a database and houses in the hosts of its worker (CONTRIBUTING.md). */
export type Need =
  | 'a browser'
  | 'processes of its own'
  | 'a wait, or many things at once'
  | 'no more'

const starting =
  /\b(startServe|execFile|spawn|fork|launch|startEmbedded|startOwnServer|openOwnCluster|explainedDatabase|liveThrough)\b/

// A race is long by its nature: it is run until its two sides have met.
const manyAtOnce = /(^|-)(races|at-once|history|life-model)\.test\.ts$/
// Time that passes, messages until they have come, a database until a house has given it up, a register until each process has read it.
const waiting =
  /\bletTimeMove\(|\bstartPost\(|\.freeze(At)?\(|\bstartMovingStage\(|\bstartReceiver\(/
// A file that a drill makes longer does many things in its short form too.
const drilled = /\bDRILL_[A-Z]/

/** All test files, from the root of the repository, and in a fixed order. */
export function testFiles(): string[] {
  return globSync('test/**/*.test.ts', { cwd: root }).toSorted()
}

/** All of them, or with QUICK=yes (`npm run test:quick`) those that need no more; for `npm run drill` the drills too, which take minutes; for `npm run test:clients` those that need other people's programs. */
export function chosenFiles(): string[] {
  const files = testFiles()
  if (process.env['DRILL_SEED'] !== undefined)
    return [...files, ...globSync('test/drills/*.drill.ts', { cwd: root })]
  if (process.env['CLIENTS'] === 'yes') return globSync('test/demo/*.try.ts', { cwd: root })
  const isQuick = process.env['QUICK'] === 'yes'
  return isQuick ? files.filter((file) => needOf(file) === 'no more') : files
}

// Each worker may hold two hosts, their pools of connections and a browser. One more than the cores: a file often waits.
const workers = 3

// What somebody reads who asks which day, month or hour it is.
const reading =
  /\bnew Date\(\)|\bDate\.now\(\)|\bsystemClock\b|\b(day(Of|After|Before|sBetween)|(start|end)OfDay|monthOf|lastTwelve|later)\(|\bletTimeMove|\bpass(Until)?\(|\bclock_offset\(|\bnow\(\)/
// Their houses follow the clock that tests move (decision 0027); a file of metadata is read before a house has moved.
const moving = /\bletTimeMove/
const unmoved = /\bmakeFido\b/
// PostgreSQL's own deadlines do not come under faketime.
const deadlines = /\block table\b|\b(lock|statement)_timeout\b|\bpg_sleep\b/i

/**
 * The files that read a clock or a month, which `npm run drill -- calendar` runs as on other days: those whose houses can be moved, and
 * those that need everything moved around them. A browser has a clock of its own; processes that are started, killed or cut off have
 * deadlines, which faketime holds up.
 */
export function calendarFiles(): Readonly<Record<'moved' | 'faked', readonly string[]>> {
  const read = testFiles()
    .filter((file) => needOf(file) !== 'a browser' && needOf(file) !== 'processes of its own')
    .filter((file) => !file.startsWith('test/process/'))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
    .filter(({ text }) => reading.test(text))
  const faked = read.filter((one) => !isMoved(one) && !deadlines.test(one.text))
  return {
    moved: read.filter(isMoved).map(({ file }) => file),
    faked: faked.map(({ file }) => file),
  }
}

type Read = { readonly file: string; readonly text: string }

function isMoved({ text }: Read): boolean {
  return moving.test(text) && !unmoved.test(text)
}

/** How many files are run at once; TEST_WORKERS tries another number. */
export function chosenWorkers(): number {
  return Number(process.env['TEST_WORKERS'] ?? workers)
}

/**
 * Flags of Node for workers and hosts, of which nine run on two cores: one thread beside the main one compiles and collects garbage. The
 * usual four of each mostly wait for each other there.
 */
export const besideOthers = ['--v8-pool-size=1']

/** What the tests start reads what was compiled once, as `src/guard.js` has it for a process of the house. */
export function shareCompiled(): void {
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/accord')
}

export function needOf(file: string): Need {
  const text = readFileSync(join(root, file), 'utf8')
  const modules = [...reached(file, new Set())].map((path) => basename(path))
  if (modules.includes('chromium.ts')) return 'a browser'
  if (starting.test(text)) return 'processes of its own'
  // A judge asks a house some thousand times.
  const isJudged = modules.includes('judged-house.ts')
  const isLong =
    isJudged || waiting.test(text) || drilled.test(text) || manyAtOnce.test(basename(file))
  return isLong ? 'a wait, or many things at once' : 'no more'
}

/** Whether a test file uses this module of the tests, itself or through others. */
export function usesModule(file: string, module: string): boolean {
  return reached(file, new Set()).has(module)
}

/** The files of tests and programs that a file imports, itself among them; types are not run. */
function reached(file: string, found: Set<string>): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const text = readFileSync(join(root, file), 'utf8')
  for (const [, path = ''] of text.matchAll(/^import (?!type )[^;']*?from '(\.[^']+)'$/gm)) {
    const imported = join(dirname(file), path)
    if (/^(?:test|scripts)\//.test(imported)) reached(imported, found)
  }
  return found
}
