import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { SuiteRecord } from './suite-record.ts'

// The parts of a record of evidence: for each, the file that says it, of which commit, and what it says in short. What is not there is a part
// too, which says « missing »; what is of another commit says which.

/** Of a file that is read; a growing list of drills stays far below. */
const mostBytes = 64 * 1024 * 1024
const mostRecords = 200

/** `unknown`: the file names no commit that this repository has, or was changed since. */
export type Of =
  | { readonly is: 'this'; readonly commit: string }
  | { readonly is: 'another'; readonly commit: string; readonly behind: number }
  | { readonly is: 'unknown'; readonly named?: string }

export type Says = Readonly<Record<string, string | number | boolean | readonly string[]>>

export type Part =
  | { readonly name: string; readonly state: 'missing'; readonly why: string }
  | {
      readonly name: string
      readonly state: 'present'
      /** Its name beside the record. */
      readonly file: string
      readonly sha256: string
      /** When it was made, as far as it says. */
      readonly at?: string
      readonly of: Of
      /** Whether what was tried held: false for a run with failures. */
      readonly holds: boolean
      readonly says: Says
    }

/** A part with the file that it is of. */
export type Found = { readonly part: Part; readonly bytes?: Buffer }

/** What a record is made of. */
export type Sources = {
  /** The checkout. */
  readonly root: string
  /** The commits of its history, the newest first. */
  readonly history: readonly string[]
  /** The files that are not as the newest commit has them. */
  readonly changed: readonly string[]
  readonly suite?: string | undefined
  /** A folder of records that `npm run drill -- … --record FILE` wrote. */
  readonly drills?: string | undefined
  readonly drillNames: readonly string[]
  readonly suiteFiles: readonly string[]
  /** Of the files of the suite, those that show a page to axe. */
  readonly axeFiles: readonly string[]
}

export function foundParts(sources: Sources): Found[] {
  const suite = suiteParts(sources)
  return [
    ...suite,
    conformancePart(sources),
    ...drillParts(sources),
    documentPart(sources, 'lighthouse', 'docs/audit.md', lighthouseSays),
    documentPart(sources, 'performance', 'docs/performance.json', performanceSays),
    documentPart(sources, 'growth', 'docs/growth.md', () => ({ holds: true, says: {} })),
    documentPart(sources, 'pages', 'docs/pages.md', () => ({ holds: true, says: {} })),
  ]
}

function missing(name: string, why: string): Found {
  return { part: { name, state: 'missing', why } }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function readWhole(path: string): Buffer {
  if (statSync(path).size > mostBytes) throw new Error(`${path} has more than ${mostBytes} bytes`)
  return readFileSync(path)
}

/** The suite, and what of it is axe's: both of one file. */
function suiteParts({ root, history, suite, suiteFiles, axeFiles }: Sources): Found[] {
  if (suite === undefined || !existsSync(suite)) {
    const why = 'no record of a run: SUITE_RECORD=FILE npm test, then --suite FILE'
    return [missing('suite', why), missing('axe', why)]
  }
  const bytes = readWhole(suite)
  const record = suiteIn(suite, bytes.toString())
  const ran = new Map(record.files.map((one) => [one.file, one]))
  const common = {
    state: 'present' as const,
    file: 'suite.json',
    sha256: sha256(bytes),
    at: record.at,
    of: ofCommit(root, history, record.isClean ? record.commit : `${record.commit}-dirty`),
  }
  const notRun = suiteFiles.filter((file) => !ran.has(file))
  const { passed, failed, skipped, seconds, node } = record
  const axe = axeFiles.flatMap((file) => ran.get(file) ?? [])
  const axeNotRun = axeFiles.filter((file) => !ran.has(file))
  const sum = (of: 'passed' | 'failed' | 'skipped') => axe.reduce((all, one) => all + one[of], 0)
  return [
    {
      bytes,
      part: {
        name: 'suite',
        ...common,
        holds: failed === 0 && passed > 0 && notRun.length === 0,
        says: { passed, failed, skipped, seconds, node, files: ran.size, notRun },
      },
    },
    {
      part: {
        name: 'axe',
        ...common,
        holds: sum('failed') === 0 && sum('passed') > 0 && axeNotRun.length === 0,
        says: {
          passed: sum('passed'),
          failed: sum('failed'),
          skipped: sum('skipped'),
          files: axe.length,
          notRun: axeNotRun,
        },
      },
    },
  ]
}

type Line = { readonly result: string; readonly commit: string; readonly date: string }

function conformancePart({ root, history }: Sources): Found {
  const path = join(root, 'docs/conformance.jsonl')
  if (!existsSync(path))
    return missing('conformance', 'no docs/conformance.jsonl: npm run conformance')
  const bytes = readWhole(path)
  const lines = bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line) // docs/schemas has no say here: test/conformance writes and checks it
  const commits = [...new Set(lines.map(({ commit }) => commit))]
  const count = (result: string) => lines.filter((line) => line.result === result).length
  // Of several commits, the oldest counts: a record is as old as its oldest line.
  const judged = commits.map((commit) => ofCommit(root, history, commit))
  const oldest = judged.toSorted((a, b) => behindOf(b) - behindOf(a))[0] ?? { is: 'unknown' }
  return {
    bytes,
    part: {
      name: 'conformance',
      state: 'present',
      file: 'conformance.jsonl',
      sha256: sha256(bytes),
      at: lines.map(({ date }) => date).toSorted()[0] ?? '',
      of: oldest,
      holds: lines.length > 0 && count('FAILED') === 0,
      says: {
        modules: lines.length,
        passed: count('PASSED'),
        warning: count('WARNING'),
        skipped: count('SKIPPED'),
        failed: count('FAILED'),
        commits,
      },
    },
  }
}

function behindOf(of: Of): number {
  if (of.is === 'this') return 0
  return of.is === 'another' ? of.behind : Number.MAX_SAFE_INTEGER
}

type DrillRecord = {
  readonly at: string
  readonly seed: number
  readonly versions: { readonly accord: string; readonly node: string }
  readonly drills: readonly {
    readonly drill: string
    readonly count: number
    readonly counts?: string
    readonly holds: boolean
    readonly skipped: readonly unknown[]
    readonly seconds: number
    readonly figures?: readonly { readonly digest?: unknown }[]
  }[]
}

/** Of each drill its newest run among the records. */
function drillParts({ root, history, drills, drillNames }: Sources): Found[] {
  const records = drills === undefined || !existsSync(drills) ? [] : drillRecords(drills)
  const newest = new Map(
    records
      .toSorted((a, b) => a.record.at.localeCompare(b.record.at))
      .flatMap((one) => one.record.drills.map((run) => [run.drill, { ...one, run }] as const)),
  )
  return drillNames.map((name) => {
    const found = newest.get(name)
    if (found === undefined)
      return missing(
        `drill ${name}`,
        `no record: npm run drill -- ${name} --record FILE, then --drills FOLDER`,
      )
    const { bytes, file, record, run } = found
    // A drill that was skipped, because the machine lacks something, has tried nothing.
    if (run.holds && run.skipped.length > 0)
      return missing(
        `drill ${name}`,
        `skipped on ${record.at.slice(0, 10)}: ${run.skipped.map(String).join('; ')}`,
      )
    return {
      bytes,
      part: {
        name: `drill ${name}`,
        state: 'present',
        file,
        sha256: sha256(bytes),
        at: record.at,
        of: ofCommit(root, history, record.versions.accord),
        holds: run.holds,
        says: {
          seed: record.seed,
          seconds: run.seconds,
          node: record.versions.node,
          ...(run.counts === undefined ? {} : { [run.counts]: run.count }),
          // Of the image that it built.
          ...Object.assign({}, ...digestsIn(run.figures)),
        },
      },
    }
  })
}

function digestsIn(figures: readonly { readonly digest?: unknown }[] = []): Says[] {
  return figures.flatMap(({ digest }) => (typeof digest === 'string' ? [{ digest }] : []))
}

function drillRecords(folder: string): { file: string; bytes: Buffer; record: DrillRecord }[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
  if (names.length > mostRecords) throw new Error(`${folder} has more than ${mostRecords} records`)
  return names.map((name, at) => {
    const bytes = readWhole(join(folder, name))
    const record = drillsIn(join(folder, name), bytes.toString())
    return { file: `drills-${at + 1}.json`, bytes, record }
  })
}

const count = { type: 'integer', minimum: 0 }
const text = { type: 'string', maxLength: 1000 }
const whole = (properties: Readonly<Record<string, unknown>>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
})
const counts = { passed: count, failed: count, skipped: count }
const suiteShape = whole({
  format: { const: 'accord-suite' },
  at: text,
  commit: text,
  isClean: { type: 'boolean' },
  node: text,
  seconds: count,
  ...counts,
  files: { type: 'array', items: whole({ file: text, ...counts }) },
})
const drillShape = whole({
  at: text,
  seed: count,
  versions: whole({ accord: text, node: text }),
  drills: {
    type: 'array',
    items: whole({
      drill: text,
      count,
      holds: { type: 'boolean' },
      skipped: { type: 'array' },
      seconds: count,
    }),
  },
})

const ajv = new Ajv2020()
const isSuite = ajv.compile<SuiteRecord>(suiteShape)
const isDrills = ajv.compile<DrillRecord>(drillShape)

/** @throws Error that names the file, where it is not of this shape */
function suiteIn(path: string, content: string): SuiteRecord {
  const value = jsonIn(path, content)
  if (!isSuite(value))
    throw new Error(`${path} is no such record: ${ajv.errorsText(isSuite.errors)}`)
  return value
}

/** @throws Error that names the file, where it is not of this shape */
function drillsIn(path: string, content: string): DrillRecord {
  const value = jsonIn(path, content)
  if (!isDrills(value))
    throw new Error(`${path} is no such record: ${ajv.errorsText(isDrills.errors)}`)
  return value
}

function jsonIn(path: string, content: string): unknown {
  try {
    return JSON.parse(content)
  } catch (error) {
    throw new Error(`${path} is not JSON`, { cause: error })
  }
}

type Said = { readonly holds: boolean; readonly at?: string; readonly says: Says }

/** A document of the repository that names no commit: it is of the commit that brought it. */
function documentPart(
  { root, history, changed }: Sources,
  name: string,
  path: string,
  read: (text: string) => Said,
): Found {
  const full = join(root, path)
  if (!existsSync(full)) return missing(name, `no ${path}`)
  const bytes = readWhole(full)
  const brought = changed.includes(path) ? '' : git(root, 'log', '-1', '--format=%H', '--', path)
  return {
    bytes,
    part: {
      name,
      state: 'present',
      file: basename(path),
      sha256: sha256(bytes),
      of: ofCommit(root, history, brought ?? ''),
      ...read(bytes.toString()),
    },
  }
}

function lighthouseSays(text: string): Said {
  const at = /^Written by .*, (\d{4}-\d{2}-\d{2}):/m.exec(text)?.[1]
  const rows = [...text.matchAll(/^\| (\/\S*) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|/gm)]
  const least = (column: number) => Math.min(...rows.map((row) => Number(row[column])))
  return {
    holds: rows.length > 0 && least(2) === 1 && least(3) === 1,
    ...(at === undefined ? {} : { at }),
    says:
      rows.length === 0
        ? { pages: 0 }
        : {
            pages: rows.length,
            leastAccessibility: least(2),
            leastBestPractices: least(3),
            leastPerformance: least(4),
          },
  }
}

function performanceSays(text: string): Said {
  const record = JSON.parse(text) as {
    readonly at: string
    readonly machine: { readonly cpu: string; readonly cores: number }
    readonly versions: Readonly<Record<string, string>>
    readonly cases: Readonly<
      Record<string, { readonly accord?: { readonly opsPerSecond?: number } }>
    >
  } // what bench/ writes
  const speeds = Object.entries(record.cases).flatMap(([name, { accord }]) =>
    accord?.opsPerSecond === undefined ? [] : [[`${name} a second`, accord.opsPerSecond] as const],
  )
  return {
    holds: true,
    at: record.at,
    says: {
      cpu: record.machine.cpu,
      cores: record.machine.cores,
      node: record.versions['node'] ?? '',
      postgresql: record.versions['postgresql'] ?? '',
      ...Object.fromEntries(speeds),
    },
  }
}

/**
 * @param history the commits of this one, the newest first: what is in none of them is unknown
 * @param named a commit, or what `git describe --dirty` says of one; of a tree with changes nobody can say what it was
 */
export function ofCommit(root: string, history: readonly string[], named: string): Of {
  if (named === '') return { is: 'unknown' }
  const hex = /^(?:.*-g)?([0-9a-f]{7,64})$/.exec(named)?.[1]
  const commit =
    hex ?? git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${named}^{commit}`)
  const behind = commit === undefined ? -1 : history.findIndex((one) => one.startsWith(commit))
  const found = history[behind]
  if (found === undefined) return { is: 'unknown', named }
  return behind === 0 ? { is: 'this', commit: found } : { is: 'another', commit: found, behind }
}

const mostCommits = 100_000

/** What git says of a checkout; of a folder that is none, nothing. */
export function checkoutOf(
  root: string,
): Pick<Sources, 'history' | 'changed'> & { readonly tags: readonly string[] } {
  const lines = (...args: string[]) =>
    (git(root, ...args) ?? '').split('\n').filter((line) => line !== '')
  return {
    history: lines('rev-list', '--topo-order', `--max-count=${mostCommits}`, 'HEAD'),
    changed: lines('status', '--porcelain', '--no-renames').map((line) =>
      line.replace(/^\s*\S+ /, ''),
    ),
    tags: lines('tag', '--points-at', 'HEAD').slice(0, 20),
  }
}

/** @returns undefined where git says no, or is not there */
export function git(root: string, ...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}
