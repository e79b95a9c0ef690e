import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// Runs long fault drills: tests of the suite with more rounds and another seed.

type Drill = {
  readonly files: readonly string[]
  /** The unit that is counted: the name of the option and of the variable. */
  readonly counts: 'pairs' | 'kills' | 'people' | 'tries' | 'runs'
  readonly usually: number
  readonly most: number
}

const most = 100_000
const mostPeople = 1_000_000

const drills: Readonly<Record<string, Drill>> = {
  histories: {
    files: ['test/consent/decisions/histories.test.ts'],
    counts: 'pairs',
    usually: 10_000,
    most,
  },
  log: {
    files: ['test/ledger/transparency-log/kills.test.ts'],
    counts: 'kills',
    usually: 200,
    most,
  },
  leases: {
    files: ['freezes', 'leases'].map((name) => `test/ledger/transparency-log/${name}.test.ts`),
    counts: 'runs',
    usually: 200,
    most,
  },
  fold: {
    files: ['test/ledger/fold/many.test.ts'],
    counts: 'people',
    usually: 20_000,
    most: mostPeople,
  },
  migrate: {
    files: ['test/base/platform/migrate-many.test.ts'],
    counts: 'people',
    usually: 20_000,
    most: mostPeople,
  },
  tamper: { files: ['test/ledger/tampering.test.ts'], counts: 'tries', usually: 500, most },
}
const largestSeed = 2_000_000

const help = `npm run drill -- NAME [--seed N] [--pairs N | --kills N | --people N | --tries N | --runs N]

  histories   several people, three processes of which one is killed (kill -9) again and again: yes, decisions, stops, pauses
              and reports at once; afterwards what was answered and what the database holds must be one story
  log         people's deeds while the log's sequencer and signer, at each of their steps, and PostgreSQL are killed (kill -9):
              what was acknowledged is in the tree once, and all that was ever signed is one tree's growth
  leases      the same deeds while the process that sequences and signs is frozen (SIGSTOP) at each of its steps and woken when
              another one has signed on: what is served never goes back; and two signers step by step, in orders of the seed's
  fold        many people, truly sealed: all their rows against all their events, how fast, and one changed row that is found
  migrate     many people's tables of the oldest schema that is brought on: how long a writer waits while migrations bring them to this
              one, and the longest lock
  tamper      lives go on, and somebody with the whole database and no key makes random changes of rows, an older row or person put back
              among them: a decision, the check of a night, \`ledger verify\` or « Rien ne manque » finds each; as many looks without a change;
              one time in eight a file of the log is changed: \`ledger verify\` or the signer finds it, or the signer puts it right

  --seed N    deals the choices, 0 to ${largestSeed}; without it one is drawn. It is printed: with it the same choices come again,
              though not the same instants
  --pairs N   of histories: stops and pauses against decisions, 1 to ${most} (10000; one to four minutes each thousand on two cores)
  --kills N   of log: 1 to ${most} (200; a second or two each)
  --people N  of fold and migrate: 1 to ${mostPeople} (20000; a minute each 4000 on two busy cores)
  --tries N   of tamper: 1 to ${most} (500; a second or two each)

Exit 0: it holds; 1: it does not, the seed is in the last lines; 2: wrong usage.`

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
  const { drill, seed, count } = given
  const dealt = `seed ${seed}, ${count} ${drill.counts}`
  console.log(dealt)
  const root = join(import.meta.dirname, '../..')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const counted = { [`DRILL_${drill.counts.toUpperCase()}`]: String(count) }
  const child = spawn(process.execPath, [vitest, 'run', ...drill.files], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, DRILL_SEED: String(seed), ...counted },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  console.log(`${dealt}: ${code === 0 ? 'it holds' : 'it does not hold'}`)
  return code === 0 ? 0 : 1
}

type Dealt = { readonly drill: Drill; readonly seed: number; readonly count: number }

function optionsIn(args: string[]): Dealt | 'help' | undefined {
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
      },
    })
    const { help: isHelp, seed, ...counted } = values
    if (isHelp === true) return 'help'
    const [name = '', ...more] = withoutNpm(positionals)
    const drill = Object.hasOwn(drills, name) ? drills[name] : undefined
    if (drill === undefined || more.length > 0) return undefined
    return dealtBy(drill, seed ?? seedOfNpm(positionals), counted)
  } catch {
    return undefined
  }
}

type Counted = Readonly<Partial<Record<Drill['counts'], string>>>

function dealtBy(drill: Drill, given: string | undefined, counted: Counted): Dealt | undefined {
  const others = Object.entries(counted).filter(([, text]) => text !== undefined)
  if (others.some(([name]) => name !== drill.counts)) return undefined
  const drawn = String(Math.floor(Math.random() * largestSeed))
  const seed = numberIn(given ?? drawn, 0, largestSeed)
  const count = numberIn(counted[drill.counts] ?? String(drill.usually), 1, drill.most)
  return seed === undefined || count === undefined ? undefined : { drill, seed, count }
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
