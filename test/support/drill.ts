import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// Long fault drills: tests of the suite, made long and dealt out by another seed.

const drills: Readonly<Record<string, string>> = {
  histories: 'test/disclosure/histories.test.ts',
}
const most = 100_000
const largestSeed = 2_000_000

const help = `npm run drill -- NAME [--seed N] [--pairs N]

  histories   several people, three processes of which one is killed (kill -9) again and again: yes, decisions, stops, pauses
              and reports at once; afterwards what was answered and what the database holds must be one story

  --seed N    deals the choices, 0 to ${largestSeed}; without it one is drawn. It is printed: with it the same choices come again,
              though not the same instants
  --pairs N   stops and pauses against decisions, 1 to ${most} (10000; one to four minutes each thousand on two cores)

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
  const { file, seed, pairs } = given
  console.log(`seed ${seed}, ${pairs} pairs`)
  const root = join(import.meta.dirname, '../..')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', file], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, DRILL_SEED: String(seed), DRILL_PAIRS: String(pairs) },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  console.log(`seed ${seed}, ${pairs} pairs: ${code === 0 ? 'it holds' : 'it does not hold'}`)
  return code === 0 ? 0 : 1
}

type Drill = { readonly file: string; readonly seed: number; readonly pairs: number }

function optionsIn(args: string[]): Drill | 'help' | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        seed: { type: 'string' },
        pairs: { type: 'string', default: '10000' },
      },
    })
    if (values.help === true) return 'help'
    const [name = '', ...more] = withoutNpm(positionals)
    const file = Object.hasOwn(drills, name) ? drills[name] : undefined
    const drawn = String(Math.floor(Math.random() * largestSeed))
    const seed = numberIn(values.seed ?? seedOfNpm(positionals) ?? drawn, 0, largestSeed)
    const pairs = numberIn(values.pairs, 1, most)
    if (file === undefined || more.length > 0 || seed === undefined || pairs === undefined)
      return undefined
    return { file, seed, pairs }
  } catch {
    return undefined
  }
}

// `npm run drill NAME --seed N`, without `--`: npm takes the option for its own, and leaves its value among the words.
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
