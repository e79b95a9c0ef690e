import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { apart, apartEnv } from '../test/support/apart.ts'
import type { Counted, Drill } from '../test/support/drills.ts'
import { drills } from '../test/support/drills.ts'
import { recordFile } from '../test/support/record-file.ts'

// Runs drills: tests of the suite with more rounds and another seed, and files of their own that take minutes.

const largestSeed = 2_000_000
const root = join(import.meta.dirname, '..')

const help = `npm run drill -- NAME [--seed N] [--pairs N | --kills N | --people N | --tries N | --runs N | --faults N | --restores N | --requests N | --consents N | --days N | --letters N] [--from COMMIT]
                       [--events N] [--keep DIR]
npm run drill -- all [--seed N] [--from COMMIT]         each of them once, shorter: made for half an hour on two quiet cores

  histories   several people, three processes of which one is killed (kill -9) again and again: yes, decisions, stops, pauses
              and reports at once; afterwards what was answered and what the database holds must be one story
  races       a stop, a pause or a narrowing against decisions, on two processes: no question that is asked after it was acknowledged is
              permitted
  lives       random lives of a consent beside a small model of what must come of it, and against the ledger; before each stop, pause and
              narrowing what its page promises, against what is there after it, and against what the bodies are answered; and what
              all pages of generated people say of what may be sent about them
  log         people's deeds while the log's sequencer and signer, at each of their steps, and PostgreSQL are killed (kill -9):
              what was acknowledged is in the tree once, and all that was ever signed is one tree's growth
  leases      the same deeds while the process that sequences and signs is frozen (SIGSTOP) at each of its steps and woken when
              another one has signed on: what is served never goes back; and two signers step by step, in orders of the seed's
  fold        many people, truly sealed: all their rows against all their events, how fast, and one changed row that is found
  migrate     many people's tables of the oldest schema that is brought on: how long a writer waits while migrations bring them to this
              one, and the longest lock
  small-numbers
              three months of published files about invented people, and their corrections: a solver that knows the rule finds no cell
              and no difference of one to nine people
  tamper      lives go on, and somebody with the whole database and no key makes random changes of rows, an older row or person put back
              among them: a decision, the check of a night, \`ledger verify\` or « Rien ne manque » finds each; as many looks without a change;
              one time in eight a file of the log is changed: \`ledger verify\` or the signer finds it, or the signer puts it right
  unpushed    requests in the address of a service that need not push, from many networks: each makes one row at most, a sign-in takes as
              long as before, and the sweep of an hour takes all of them
  labels      hostile requests, each with other paths, methods, hosts, headers, clients, providers and categories: the metrics have as many
              series as before
  growth      permits and denies among 10000 consents, among ten times as many, and so on: the processor time of each is the same, no table is
              read from end to end, and while the ends of a tenth of the consents are written a permit takes no more than twice as long;
              alone, with a million consents or more, it writes docs/growth-consents.md
  conformance all modules of docs/conformance.jsonl, in an order of the seed's, those too that wait: each has the result of its line
  mail        very many e-mails wait at a relay each of whose answers takes 20 ms: how many leave in a second, how long codes take that are asked
              for meanwhile, and that kills of the worker (kill -9) lose none and repeat only what the relay had in its hands
  overload    three times as many requests as a process can do, at a rate that waits for nobody: how much it does of what it can, how long
              answers and refusals take, and that stops and decisions go before sign-ins and pages (half a minute, on quiet cores)
  begin       two empty servers with systemd (as root): each command of docs/operate/begin.en.md as it stands, then those of an upgrade
              and of a restore in earnest
  image       \`npm run image\` twice, to the byte the same; then migrate, serve and work in it alone, its root read-only, as its user, against a
              PostgreSQL with three roles, and what the guide for operators asks of a first production (as root, with umoci)
  calendar    the test files that read a clock or a month, as on other days: the first and last ones of months and years, those of a leap
              year, the nights in which Québec's clocks are changed, a minute before midnight and after it there and in UTC. By the clock
              that tests move; what that does not reach, by Debian's faketime, or it is skipped, which is said
  outages     each route of the house while its database goes away, at each statement of each request: no answer is a fault of ours

Two web processes behind a proxy and two workers, while people make an access, allow, are decided about and stop. Afterwards all that was
acknowledged must be there, nothing permitted after a stop, nothing answered 500, and \`ledger verify\` must hold:
  kill        kill -9 of a web process, a worker, all of them, and PostgreSQL
  freeze      SIGSTOP and SIGCONT of the same
  signals     kill -9 of workers while they push what happens to streams of both bodies: each event arrives, those of a person in order,
              and none at another body
  combinations
              two or three faults, one after another or at once: an older copy, a promoted standby, a changed key, lost files, a full
              disk and a wrong clock (as root, with faketime), a frozen duty, other code and more. Once they are over it serves by
              itself, or with the one command that the page of the alarm that rang names; what a copy lacks has to ring
  disk-full   no room for the log's files, and none for PostgreSQL (as root)
  failover    the primary is lost, or hangs and comes back; its synchronous standby takes over
  partition   three machines, of which the network cuts off that of the primary (as root)
  hosts       three machines with a web process and a worker each behind a balancer, a primary and a synchronous standby on two more: one
              machine's cable is pulled, the primary is lost, all three machines are upgraded one after the other; requests that failed,
              for how long, how fast; alone, it writes docs/hosts.md (as root)
  pitr        PostgreSQL is restored from a base backup and its write-ahead log, to a moment and to the last instant
  restore     a base backup of random age is put back beside the log's newer folder: nothing is permitted, people sign in and stop, two
              operators let it go on, and the next log of the year is signed
  upgrade     another version's processes serve while migrate runs, and are replaced by this one's
  rollback    the same, and back again
  rotation    every key is changed, step by step, while processes are restarted one after the other: no request may fail

  --seed N      deals the choices, 0 to ${largestSeed}; without it one is drawn. It is printed: with it the same choices come again,
                though not the same instants
  --pairs N     of histories: stops and pauses against decisions (10000; one to four minutes each thousand on two cores);
                of races: of each of three kinds (1000; two minutes)
  --kills N     of log (200; a second or two each) and signals (20; ten seconds each)
  --runs N      of lives (500; two minutes) and leases (200; some seconds each)
  --people N    of fold and migrate (20000; a minute each 4000 on two busy cores), and of small-numbers (100000; half a minute)
  --tries N     of tamper (500; a second or two each) and combinations (200; ten seconds to a minute each on quiet cores)
  --faults N    of kill and freeze (35, 25; ten seconds each)
  --restores N  of restore (5; a minute each)
  --requests N  of unpushed and labels (100000; some milliseconds each; of labels 1000000 at most)
  --consents N  of growth (1000000, at most 10000000; three minutes each million to fill, on two quiet cores): how much disk it takes is said
                first, and it does not begin without a third more
  --days N      of calendar (12, all of them; five to ten minutes each on two quiet cores)
  --letters N   of mail: as many still wait when the last code has left (100000; for two minutes of measuring, half a minute to fill).
                From 20000 on it fails where fewer than 200 leave in a second. DRILL_LANES=N: so many as MAIL_LANES, not 24
  --events N    of growth: three to ten times as many as consents (three)
  --keep DIR    of growth: the folder is kept, and is not filled again by the next run with it
  --from COMMIT of upgrade and rollback: the other version; by default the last tag, and nothing is done where there is none;
                of hosts: what the machines run before the upgrade (by default this version)
  --record FILE where the record is written, as JSON: figures, seed, versions (a new file in ${tmpdir()})

Exit 0: it holds, or is skipped, which is said; 1: it does not, the seed is in the last lines; 2: wrong usage.`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const given = optionsIn(args)
  if (given === 'help') {
    console.log(help)
    return 0
  }
  if (given === undefined) {
    console.error(help)
    return 2
  }
  const { planned, seed, record } = given
  const file = recordFile(
    record ?? join(mkdtempSync(join(tmpdir(), 'accord-drill-')), 'record.json'),
  )
  // Before a drill writes its page.
  const version = await commit()
  const results: Result[] = []
  for (const one of planned) results.push(await run(one, given))
  const holds = results.every((one) => one.holds)
  writeFileSync(file, `${JSON.stringify(recordOf(seed, version, results), null, 2)}\n`)
  console.log(`record: ${file}`)
  for (const { drill, count, counts, holds: one, skipped } of results)
    console.log(`${dealtWords(drill, seed, count, counts)}: ${wordOf(one, skipped)}`)
  return holds ? 0 : 1
}

type Planned = { readonly name: string; readonly drill: Drill; readonly count: number }
type Given = {
  readonly planned: readonly Planned[]
  readonly seed: number
  readonly from: string | undefined
  readonly events: string | undefined
  readonly keep: string | undefined
  readonly record: string | undefined
}
type Figures = Readonly<Record<string, unknown>>
type Result = {
  readonly drill: string
  readonly count: number
  readonly counts: Counted | undefined
  readonly holds: boolean
  readonly skipped: readonly unknown[]
  readonly seconds: number
  readonly figures: readonly Figures[]
}

async function run(
  { name, drill, count }: Planned,
  { planned, seed, from, events, keep }: Given,
): Promise<Result> {
  const { files, counts, env = {}, apart: isApart } = drill
  console.log(dealtWords(name, seed, count, counts))
  const folder = mkdtempSync(join(tmpdir(), 'accord-figures-'))
  const figuresFile = join(folder, 'figures')
  writeFileSync(figuresFile, '')
  const began = performance.now()
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const before = isApart === true ? apart() : undefined
  const [program = '', ...words] = [...(before ?? []), process.execPath, vitest, 'run', ...files]
  const child = spawn(program, words, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      DRILL_SEED: String(seed),
      DRILL_FIGURES: figuresFile,
      ...(counts === undefined ? {} : { [`DRILL_${counts.toUpperCase()}`]: String(count) }),
      ...(from === undefined ? {} : { DRILL_FROM: from }),
      ...(events === undefined ? {} : { DRILL_EVENTS: events }),
      ...(keep === undefined ? {} : { DRILL_KEEP: keep }),
      ...(before === undefined ? {} : apartEnv),
      ...(planned.length === 1 ? { DRILL_PAGE: 'yes' } : {}),
      ...env,
    },
  })
  // What runs apart hears no signal of a terminal: it ends at once, with all that it has made.
  if (before !== undefined) endWith(child, folder)
  const [code] = (await once(child, 'exit')) as [number | null]
  const figures = readFileSync(figuresFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Figures)
  rmSync(folder, { recursive: true })
  return {
    drill: name,
    count,
    counts,
    holds: code === 0,
    skipped: figures.flatMap(({ skipped }) => skipped ?? []),
    seconds: Math.round((performance.now() - began) / 1000),
    figures,
  }
}

function endWith(child: ChildProcess, folder: string): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
      process.exit(1)
    })
}

function dealtWords(name: string, seed: number, count: number, counts?: Counted): string {
  return `${name}: seed ${seed}${counts === undefined ? '' : `, ${count} ${counts}`}`
}

function wordOf(holds: boolean, skipped: readonly unknown[]): string {
  if (!holds) return 'it does not hold'
  return skipped.length === 0 ? 'it holds' : `skipped: ${skipped.join('; ')}`
}

function recordOf(seed: number, accord: string, results: readonly Result[]) {
  return {
    at: new Date().toISOString(),
    seed,
    versions: {
      accord,
      node: process.versions.node,
      cores: availableParallelism(),
    },
    drills: results,
  }
}

async function commit(): Promise<string> {
  const git = spawn('git', ['describe', '--always', '--dirty'], { cwd: root })
  let text = ''
  git.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  git.on('error', () => undefined)
  await once(git, 'close').catch(() => undefined)
  return text.trim() === '' ? 'unknown' : text.trim()
}

function optionsIn(args: string[]): Given | 'help' | undefined {
  try {
    const text = { type: 'string' } as const
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        seed: text,
        pairs: text,
        kills: text,
        people: text,
        tries: text,
        runs: text,
        faults: text,
        restores: text,
        requests: text,
        consents: text,
        days: text,
        letters: text,
        events: text,
        keep: text,
        from: text,
        record: text,
      },
    })
    const { help: isHelp, seed: words, from, events, keep, record, ...counted } = values
    if (isHelp === true) return 'help'
    const [name = '', ...more] = withoutNpm(positionals)
    const seed = seedIn(words ?? seedOfNpm(positionals))
    const planned = plannedBy(name, counted)
    if (more.length > 0 || seed === undefined || planned === undefined) return undefined
    if (from !== undefined && !planned.some(({ drill }) => drill.from)) return undefined
    if (!canFill(planned, events, keep)) return undefined
    return { planned, seed, from, events, keep: whole(keep), record: whole(record) }
  } catch {
    return undefined
  }
}

function whole(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path)
}

/** Whether the drill takes a number of events and a folder, where they are given. */
function canFill(planned: readonly Planned[], events?: string, keep?: string): boolean {
  if (events === undefined && keep === undefined) return true
  const fills = planned.length === 1 && planned.every(({ drill }) => drill.fills)
  return fills && (events === undefined || numberIn(events, 1, 999_999_999) !== undefined)
}

function seedIn(text: string | undefined): number | undefined {
  return text === undefined
    ? Math.floor(Math.random() * largestSeed)
    : numberIn(text, 0, largestSeed)
}

type Counts = Readonly<Partial<Record<Counted, string>>>

function plannedBy(name: string, counted: Counts): Planned[] | undefined {
  const given = Object.entries(counted).filter(([, text]) => text !== undefined)
  if (name === 'all') {
    const all = Object.entries(drills)
    return given.length > 0
      ? undefined
      : all.map(([one, drill]) => ({ name: one, drill, count: drill.among }))
  }
  const drill = Object.hasOwn(drills, name) ? drills[name] : undefined
  if (drill === undefined || given.some(([unit]) => unit !== drill.counts)) return undefined
  const [, text = String(drill.usually)] = given[0] ?? []
  const count = numberIn(text, 1, drill.most)
  return count === undefined ? undefined : [{ name, drill, count }]
}

// In `npm run drill NAME --seed N` without `--`, npm takes the option for its own and leaves only its value among the arguments.
function seedOfNpm([, last]: readonly string[]): string | undefined {
  const given = process.env['npm_config_seed']
  return given === 'true' ? last : given
}

function withoutNpm(words: readonly string[]): readonly string[] {
  return process.env['npm_config_seed'] === 'true' ? words.slice(0, 1) : words
}

function numberIn(text: string, least: number, largest: number): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined
  const number = Number(text)
  return number >= least && number <= largest ? number : undefined
}
