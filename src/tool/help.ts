import type { Command, CommandOption } from './command.ts'
import { allCommands, firstWords } from './commands.ts'

const head = 'Usage: npm run -s accord -- COMMAND'
const exits =
  'Exit 0: done, or holds; 1: refused, or does not hold; 2: wrong usage; 3: nothing wrong was found, but something is not proved, or late.'
const width = 30

/** Everything that the tool does. */
export async function usage(): Promise<string> {
  return [head, ...(await allCommands()).map(helpOf), exits].join('\n')
}

/** For who typed a command otherwise: what it does, or what those do that begin with its first word. */
export function usageOf(commands: readonly Command[]): string {
  return [head, helpOf(commands), exits].join('\n')
}

/** For who typed what is no command. */
export function noCommand(name: string): string {
  return `There is no command « ${name} », but: ${firstWords.join(', ')}. « npm run -s accord -- --help » says what each does.`
}

/** What these commands do, and what each of their options is. Options that several have are told once, behind all. */
export function helpOf(commands: readonly Command[]): string {
  const each = commands.flatMap(({ form, says, options }) => [
    ...described(`  accord ${form}`, says),
    ...Object.entries(options).flatMap(([name, option]) =>
      ownersOf(commands, name, option).length > 1 ? [] : optionLines(name, option),
    ),
  ])
  return [...each, ...sharedLines(commands)].join('\n')
}

function sharedLines(commands: readonly Command[]): string[] {
  const all = commands.flatMap(({ options }) => Object.entries(options))
  const shared = all
    .filter((one, at) => all.findIndex(([name, option]) => isSame(one, name, option)) === at)
    .map(([name, option]) => ({ name, option, owners: ownersOf(commands, name, option) }))
    .filter(({ owners }) => owners.length > 1)
  const groups = Map.groupBy(shared, ({ owners }) =>
    owners.length === commands.length ? 'each' : owners.map(lastWord).join(', '),
  )
  return [...groups].flatMap(([owners, options]) => [
    `    with ${owners}:`,
    ...options.flatMap(({ name, option }) => optionLines(name, option)),
  ])
}

function ownersOf(commands: readonly Command[], name: string, option: CommandOption): Command[] {
  return commands.filter(({ options }) => options[name] === option)
}

function isSame(
  [name, option]: readonly [string, CommandOption],
  other: string,
  of: CommandOption,
): boolean {
  return name === other && option === of
}

function lastWord({ words }: Command): string {
  return words.at(-1) ?? ''
}

function optionLines(name: string, { what, says }: CommandOption): string[] {
  return described(what === undefined ? `    --${name}` : `    --${name} ${what}`, says)
}

function described(words: string, says: string): string[] {
  const [first = '', ...more] = says.split('\n')
  const rest = more.map((line) => `${' '.repeat(width)}${line}`)
  if (words.length < width) return [`${words.padEnd(width)}${first}`, ...rest]
  return [words, `${' '.repeat(width)}${first}`, ...rest]
}
