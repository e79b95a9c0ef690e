import type { Config } from '../base/settings/config.ts'
import { NotProvedError, OperatorError, UnreadError } from '../base/values/operator-error.ts'
import type { ReadCommand } from './command.ts'
import { commandsOf } from './commands.ts'
import { helpOf, noCommand, usage, usageOf } from './help.ts'
import type { House } from './house.ts'
import { houseOf } from './house.ts'

/** The exit code of a command, and what it says on its standard output and error. */
export type ToolAnswer = {
  readonly code: 0 | 1 | 2 | 3
  readonly out: string
  readonly err: string
}

/** The operator's tool. A command that watches or serves writes by itself meanwhile. */
export async function runTool(words: readonly string[], env: House['env']): Promise<ToolAnswer> {
  const [first = ''] = words
  if (first === '--help' || first === 'help') return done([await usage()])
  const named = await commandsOf(first)
  if (named === undefined) return misused(first === '' ? await usage() : noCommand(first))
  const found = named.find((one) => one.words.every((word, at) => words[at] === word))
  const meant = found === undefined ? named : [found]
  // Help is printed before the configuration is read: a person who asks for it may have no configuration.
  if (words.includes('--help')) return done([helpOf(meant)])
  if (found === undefined) return misused(usageOf(meant))
  const read = found.read(words.slice(found.words.length))
  if ('wrong' in read) return misused(`${read.wrong}\n${usageOf(meant)}`)
  try {
    const { readConfig } = await import('../base/settings/config.ts')
    return done(await carryOut(read, readConfig(env, found.isOfWeb), env))
  } catch (thrown) {
    const error = await mendable(thrown)
    return { code: codeOf(error), out: textOf(error.lines), err: textOf([error.message]) }
  }
}

// What an operator does leaves a row, whatever command it is. Wrong usage leaves none: nothing runs.
async function carryOut(
  { noted, run }: ReadCommand,
  config: Config,
  env: House['env'],
): Promise<readonly string[]> {
  if (noted === undefined) return run(houseOf(config, env))
  const { auditDeed } = await import('./audit-trail.ts')
  return auditDeed(config, noted, env, (open) => run(houseOf(open, env)))
}

function codeOf(error: OperatorError): 1 | 2 | 3 {
  if (error instanceof UnreadError) return 2
  return error instanceof NotProvedError ? 3 : 1
}

function misused(why: string): ToolAnswer {
  return { code: 2, out: '', err: textOf([why]) }
}

function done(lines: readonly string[]): ToolAnswer {
  return { code: 0, out: textOf(lines), err: '' }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** @throws what nobody who types a command can mend: it is a bug, and shows its trace */
async function mendable(thrown: unknown): Promise<OperatorError> {
  if (thrown instanceof OperatorError) return thrown
  const { asOperatorError } = await import('../base/database/database-fault.ts')
  const error = asOperatorError(thrown)
  if (!(error instanceof OperatorError)) throw error
  return error
}
