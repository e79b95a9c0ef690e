import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const here = join(import.meta.dirname, '../..')

/** How a process is started as shipped: the flags of Node, and the variables of the C library, by which it needs less memory. */
export type ShippedStart = {
  readonly env: Readonly<Record<string, string>>
  readonly flags: readonly string[]
  /** What Node loads, with the words of the command. */
  readonly words: readonly string[]
}

/**
 * The scripts of `package.json` are where it is said; recipes and benchmark follow them (docs/design/house.md#how-node-is-started).
 * @param tree another checkout
 * @throws Error where the script does not start Node
 */
export function shippedStart(script = 'serve', tree = here): ShippedStart {
  const { scripts } = JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>
  }
  const [, variables, flags, words] =
    /^((?:[A-Z_]+=\S+ )*)exec node ((?:--[a-z\d-]+(?:=\S+)? )*)(--import .+)$/.exec(
      scripts[script] ?? '',
    ) ?? []
  if (variables === undefined || flags === undefined || words === undefined)
    throw new Error(`the script ${script} does not start Node`)
  const pairs = listOf(variables).map((pair) => pair.split('=', 2) as [string, string]) // as the pattern wants them
  return { env: Object.fromEntries(pairs), flags: listOf(flags), words: listOf(words) }
}

function listOf(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}
