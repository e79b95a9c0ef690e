import type { Config } from '../base/settings/config.ts'
import { NotProvedError, StartError, UnreadError } from '../base/values/start-error.ts'
import { deedIn, isDeedFirst, notedIn } from './audited-commands.ts'
import type { ReadCommand } from './command.ts'
import { commandsOf } from './commands.ts'
import { helpOf, noCommand, usage, usageOf, usageOfOld } from './help.ts'
import { houseOf } from './house.ts'
import { usages } from './usage.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Asked = {
  readonly config: Config
  readonly args: readonly string[]
  readonly env: Environment
}
/** @returns the lines to print; undefined: wrong usage. @throws StartError where it is refused, or does not hold; NotProvedError where something is late */
type OldCommand = (asked: Asked) => Promise<string[] | undefined>

/** The exit code of a command, and what it says on its standard output and error. */
export type ToolAnswer = {
  readonly code: 0 | 1 | 2 | 3
  readonly out: string
  readonly err: string
}

// A command is loaded when it is called: together they would load every room.
const commands: Readonly<Record<keyof typeof usages, OldCommand>> = {
  async config({ config, args, env }) {
    const { configCommand } = await import('./config-command.ts')
    return configCommand(config, args, env)
  },
  async models({ config, args }) {
    const { modelsCommand } = await import('./models-command.ts')
    return modelsCommand(config, args)
  },
  async keys({ config, args }) {
    const { keysCommand } = await import('./keys-command.ts')
    const { withAnyKeys, withDatabase } = await import('./command-database.ts')
    return keysCommand({ config, withDatabase, withAnyKeys }, args)
  },
  async seals({ config, args }) {
    const { sealsCommand } = await import('./seals-command.ts')
    const { sealsOf, withDatabase } = await import('./command-database.ts')
    return withDatabase(config, (db, now) => sealsCommand(db, args, now, () => sealsOf(config)))
  },
  async register({ config, args }) {
    const { registerHere } = await import('./register-command.ts')
    return registerHere(config, args)
  },
  async account({ config, args }) {
    const { accountHere } = await import('./account-command.ts')
    return accountHere(config, args)
  },
  async order({ args }) {
    const { orderCommand } = await import('../registry/index.ts')
    const { systemClock } = await import('../base/values/clock.ts')
    const { terminalHere } = await import('../base/ports/signing-terminal.ts')
    return orderCommand(args, systemClock(), terminalHere())
  },
  async audit({ config, args }) {
    const { auditHere } = await import('./audit-command.ts')
    return auditHere(config, args)
  },
  async 'open-data'({ config, args }) {
    const { openDataHere } = await import('./open-data-command.ts')
    return openDataHere(config, args)
  },
  async receipt({ config, args }) {
    const { receiptCommand } = await import('../consent/record/index.ts')
    return receiptCommand(config.keysDir, args)
  },
  async ledger({ config, args: [deed, ...rest], args }) {
    if (deed === 'monitor') return watchLog(rest)
    const { ledgerHere } = await import('./ledger-command.ts')
    return ledgerHere(config, args)
  },
  async signer({ args }) {
    const { signerCommand } = await import('./signer-command.ts')
    return signerCommand(args)
  },
  async witness({ args }) {
    const { witnessCommand } = await import('../ledger/witness/index.ts')
    return witnessCommand(args)
  },
}

/** The operator's tool. A command that watches or serves writes by itself meanwhile. */
export async function runTool(words: readonly string[], env: Environment): Promise<ToolAnswer> {
  const [first = ''] = words
  if (first === '--help' || first === 'help') return done([await usage()])
  const named = await commandsOf(first)
  if (named === undefined) return runOld(words, env)
  const found = named.find((one) => one.words.every((word, at) => words[at] === word))
  // Help is printed before the configuration is read: a person who asks for it may have no configuration.
  const meant = found === undefined ? named : [found]
  if (words.includes('--help')) return done([helpOf(meant)])
  const read = found?.read(words.slice(found.words.length))
  if (found === undefined || read === undefined) return misused(usageOf(meant))
  return ended(async () => {
    const { readConfig } = await import('../base/settings/config.ts')
    return done(await carryOut(read, readConfig(env, found.isOfWeb), env))
  })
}

async function runOld(
  [name = '', ...args]: readonly string[],
  env: Environment,
): Promise<ToolAnswer> {
  if (!isCommand(name)) return misused(name === '' ? await usage() : noCommand(name))
  if (args.includes('--help')) return done([usages[name]])
  if (!isDeedFirst(name, args)) return misused(usageOfOld(name))
  return ended(async () => {
    const { readConfig } = await import('../base/settings/config.ts')
    const config = readConfig(env, name === 'config')
    const lines = await carryOutOld(name, { config, args, env })
    return lines === undefined ? misused(usageOfOld(name)) : done(lines)
  })
}

async function ended(work: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
  try {
    return await work()
  } catch (thrown) {
    const error = await mendable(thrown)
    return { code: codeOf(error), out: textOf(error.lines), err: textOf([error.message]) }
  }
}

// What an operator does leaves a row, whatever command it is. Wrong usage leaves none: nothing runs.
async function carryOut(
  { noted, run }: ReadCommand,
  config: Config,
  env: Environment,
): Promise<readonly string[]> {
  if (noted === undefined) return run(houseOf(config, env))
  const { noting } = await import('./audit-trail.ts')
  return noting(config, noted, env, (open) => run(houseOf(open, env)))
}

function codeOf(error: StartError): 1 | 2 | 3 {
  if (error instanceof UnreadError) return 2
  return error instanceof NotProvedError ? 3 : 1
}

async function carryOutOld(
  name: keyof typeof commands,
  asked: Asked,
): Promise<readonly string[] | undefined> {
  const noted = notedIn(name, asked.args)
  if (noted === undefined) return commands[name](asked)
  const deed = deedIn(noted, asked.args)
  if (deed === undefined) return undefined
  const { noting } = await import('./audit-trail.ts')
  const isMisused = new Error('wrong usage')
  try {
    return await noting(asked.config, deed, asked.env, async (config) => {
      const lines = await commands[name]({ ...asked, config })
      if (lines === undefined) throw isMisused
      return lines
    })
  } catch (error) {
    if (error === isMisused) return undefined
    throw error
  }
}

function misused(why: string): ToolAnswer {
  return { code: 2, out: '', err: textOf([why]) }
}

function done(lines: readonly string[]): ToolAnswer {
  return { code: 0, out: textOf(lines), err: '' }
}

// A monitor looks from outside: it needs no room but its own.
async function watchLog(args: readonly string[]): Promise<string[] | undefined> {
  const { monitorCommand } = await import('../ledger/monitor/index.ts')
  const { systemClock } = await import('../base/values/clock.ts')
  return monitorCommand(args, systemClock)
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name)
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** @throws what nobody who types a command can mend: it is a bug, and shows its trace */
async function mendable(thrown: unknown): Promise<StartError> {
  if (thrown instanceof StartError) return thrown
  const { asStartError } = await import('../base/database/database-fault.ts')
  const error = asStartError(thrown)
  if (!(error instanceof StartError)) throw error
  return error
}
