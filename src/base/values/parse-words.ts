import type { ParseArgsOptionsConfig } from 'node:util'
import { parseArgs } from 'node:util'

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>

/**
 * The words of a command line.
 * @param read what they ask for; undefined: they ask for nothing that there is
 * @returns what `read` returns; undefined too where an option is not among these, or has no value: wrong usage
 */
export function wordsIn<const Options extends ParseArgsOptionsConfig, Asked>(
  args: readonly string[],
  options: Options,
  read: (
    values: Parsed<Options>['values'],
    positionals: Parsed<Options>['positionals'],
  ) => Asked | undefined,
): Asked | undefined {
  const words = parsed(args, options)
  return words && read(words.values, words.positionals)
}

function parsed<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
): Parsed<Options> | undefined {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch {
    return undefined
  }
}
