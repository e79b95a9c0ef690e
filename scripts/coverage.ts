import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// `npm run coverage`: which blocks of src the suite runs. V8 counts them in each process: workers, hosts of houses, commands, and processes
// that are started as an operator starts them; one that is killed tells nothing. A block is a function, or a part of one that runs another
// number of times than what is around it: each way of an if, a ?:, a ??, a case, a catch, a loop.

const help = `npm run coverage [-- [--at COMMIT] [--only FOLDER]… [--missed] [TEST FILES]]
The blocks of src that the suite runs, or these test files of it; of another commit, in a clone of its own.
--only src/provider --only src/consent: how much of these folders, instead of each folder in src
--missed: each block that nothing runs, with its file and line, and how many blocks it holds`
const root = join(import.meta.dirname, '..')
const hook = join(import.meta.dirname, 'coverage-hook.ts')
const slowly = ['--testTimeout=300000', '--hookTimeout=300000']

type Range = { readonly startOffset: number; readonly endOffset: number; readonly count: number }
type Script = {
  readonly url: string
  readonly functions: readonly { readonly ranges: readonly Range[] }[]
}
type Place = readonly [start: number, end: number]
/** Of one file: whether any process ran a block. */
type Blocks = Map<string, boolean>

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      at: { type: 'string' },
      only: { type: 'string', multiple: true },
      missed: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) return void process.stdout.write(`${help}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'accord-coverage-'))
  chmodSync(folder, 0o711)
  try {
    const tree = values.at === undefined ? resolve(root) : cloneAt(values.at, join(folder, 'tree'))
    const raw = join(folder, 'raw')
    // Every process tells what it ran, that of an ordinary user too.
    mkdirSync(raw)
    chmodSync(raw, 0o1777)
    runSuite(tree, raw, positionals)
    const blocks = merged(raw, tree)
    const only = values.only ?? globSync('src/*/', { cwd: tree }).toSorted()
    if (values.missed === true) process.stdout.write(missedIn(blocks, tree, only))
    process.stdout.write(tableOf(blocks, tree, only))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function cloneAt(commit: string, tree: string): string {
  execFileSync('git', ['clone', '--quiet', root, tree], { stdio: 'inherit' })
  execFileSync('git', ['checkout', '--quiet', commit], { cwd: tree, stdio: 'inherit' })
  execFileSync('npm', ['ci', '--silent'], { cwd: tree, stdio: 'inherit' })
  return tree
}

function runSuite(cwd: string, raw: string, files: readonly string[]): void {
  const env = {
    ...process.env,
    NODE_V8_COVERAGE: raw,
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import ${hook}`,
  }
  // Modules as Node reads them: it takes types out and leaves all else at its place.
  const vitest = ['exec', '--', 'vitest', 'run', '--experimental.viteModuleRunner=false']
  const { status } = spawnSync('npm', [...vitest, ...slowly, ...files], {
    cwd,
    env,
    stdio: 'inherit',
  })
  waitForLast(raw)
  if (status !== 0)
    process.stdout.write('Tests failed: what they would have run is not counted below.\n')
}

// Hosts end after their workers, and write as they end.
const quietMs = 5000

function waitForLast(raw: string): void {
  for (let [before, now] = [-1, readdirSync(raw).length]; before !== now;) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, quietMs)
    ;[before, now] = [now, readdirSync(raw).length]
  }
}

function merged(raw: string, tree: string): ReadonlyMap<string, Blocks> {
  const all = new Map<string, Blocks>()
  const files = readdirSync(raw).map((name) => join(raw, name))
  // First all blocks that any process tells, then how often each process ran them.
  for (const deed of [note, count]) {
    for (const { url, functions } of files.flatMap(scriptsIn)) {
      const file = url.startsWith('file://') ? fileURLToPath(url) : ''
      if (!file.startsWith(`${tree}/src/`)) continue
      const known: Blocks = all.get(file) ?? new Map()
      all.set(file, known)
      deed(
        known,
        functions.flatMap(({ ranges }) => ranges),
      )
    }
  }
  return all
}

function scriptsIn(file: string): readonly Script[] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly result: readonly Script[] }).result
  } catch {
    return [] // A process was killed while it wrote.
  }
}

function note(known: Blocks, ranges: readonly Range[]): void {
  for (const { startOffset, endOffset } of ranges) known.set(`${startOffset}-${endOffset}`, false)
}

/** A process may tell only a part of the blocks that another tells: the innermost one around a block says how often that ran. */
function count(known: Blocks, ranges: readonly Range[]): void {
  const nested = ranges.toSorted(
    (a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset,
  )
  for (const [name, isRun] of known) {
    if (isRun) continue
    const [start = 0, end = 0] = name.split('-').map(Number)
    let times = 0
    for (const around of nested) {
      if (around.startOffset > start) break
      if (around.endOffset >= end) times = around.count
    }
    if (times > 0) known.set(name, true)
  }
}

function tableOf(
  all: ReadonlyMap<string, Blocks>,
  tree: string,
  folders: readonly string[],
): string {
  const lines = folders.map((folder) => {
    const files = globSync(`${folder.replace(/\/$/, '')}/**/*.ts`, { cwd: tree })
    const known = files.map((file) => all.get(join(tree, file)))
    const unseen = files.filter((file, i) => known[i] === undefined && hasCode(join(tree, file)))
    const blocks = known.flatMap((one) => [...(one?.values() ?? [])])
    const run = blocks.filter(Boolean).length
    const share = ((100 * run) / Math.max(blocks.length, 1)).toFixed(2)
    const never = unseen.length === 0 ? '' : `; never loaded: ${unseen.join(', ')}`
    return `${folder}: ${run} of ${blocks.length} blocks, ${share} %, in ${files.length} files${never}\n`
  })
  return lines.join('')
}

function missedIn(
  all: ReadonlyMap<string, Blocks>,
  tree: string,
  folders: readonly string[],
): string {
  const files = folders.flatMap((folder) =>
    globSync(`${folder.replace(/\/$/, '')}/**/*.ts`, { cwd: tree }),
  )
  return files
    .toSorted()
    .flatMap((file) => missedBlocks(all.get(join(tree, file)) ?? new Map(), file, tree))
    .join('')
}

function isWithin(one: Place, [start, end]: Place): boolean {
  return one[0] >= start && one[1] <= end
}

/** The outermost blocks that nothing ran, a line each: file, line, how many blocks are in it, how its text begins. */
function missedBlocks(known: Blocks, file: string, tree: string): readonly string[] {
  const text = readFileSync(join(tree, file), 'utf8')
  const missed = [...known]
    .filter(([, isRun]) => !isRun)
    .map(([name]) => name.split('-').map(Number) as unknown as Place)
    .toSorted(([a, ends], [b, end]) => a - b || end - ends)
  const outermost = missed.filter((one, i) => !missed.slice(0, i).some((o) => isWithin(one, o)))
  return outermost.map(([start, end]) => {
    const line = text.slice(0, start).split('\n').length
    const held = missed.filter((one) => isWithin(one, [start, end])).length
    const words = text.slice(start, end).trim().replaceAll(/\s+/g, ' ').slice(0, 100)
    return `${file}:${line} (${held}) ${words}\n`
  })
}

/** Types alone are never loaded. */
function hasCode(file: string): boolean {
  return (
    existsSync(file) &&
    /^(export )?(async )?(function|const|class)\b/m.test(readFileSync(file, 'utf8'))
  )
}

main()
