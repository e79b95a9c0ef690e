import './guard.js'
import type { ClosingContext } from './pages/my-access/index.ts'
import { accountCommand, accountUsage } from './pages/my-access/index.ts'
import { makePairwise } from './people/accounts/index.ts'
import { readConfig } from './base/platform/config.ts'
import type { Config } from './base/platform/config.ts'
import { makeNotary, receiptCommand, receiptUsage } from './consent/record/index.ts'
import { openClock } from './base/platform/clock-offset.ts'
import { systemClock } from './base/platform/clock.ts'
import { erasureCommand, erasureUsage } from './consent/erasure/index.ts'
import type { Eraser } from './consent/erasure/index.ts'
import type { Database } from './base/platform/database.ts'
import { openDatabase, startPatience } from './base/platform/database.ts'
import { asStartError } from './base/platform/database-fault.ts'
import { openKeys } from './base/platform/keys.ts'
import { requireKnownKeys } from './base/platform/known-keys.ts'
import { migrate } from './base/platform/migrate.ts'
import { borrowEmbedded } from './base/postgres/embedded.ts'
import type { RowSeals } from './base/platform/row-seal.ts'
import { makeRowSeals } from './base/platform/row-seal.ts'
import { requireSchema } from './base/platform/schema-fit.ts'
import { shownSettings } from './base/platform/shown-settings.ts'
import { StartError } from './base/platform/start-error.ts'
import { foldParts } from './folds.ts'
import { keysCommand, keysUsage } from './keys-command.ts'
import { makeVault } from './ledger/chain/index.ts'
import { monitorCommand, monitorUsage } from './ledger/monitor/index.ts'
import type { DatabaseParts } from './ledger/transparency-log/index.ts'
import { announcedLeaves, ledgerCommand, ledgerUsage } from './ledger/transparency-log/index.ts'
import { makeSessions, makeServiceCheck } from './provider/index.ts'
import type { ServiceCheck } from './registry/index.ts'
import {
  openRegister,
  registerCommand,
  registerLeaves,
  registerUsage,
  uncheckedRegister,
} from './registry/index.ts'
import { witnessCommand, witnessUsage } from './ledger/witness/index.ts'
import { sealsCommand, sealsUsage } from './seals-command.ts'

const usage = `Usage: npm run -s accord -- COMMAND
  accord config               the effective configuration, secrets masked
${keysUsage}
${sealsUsage}
${registerUsage}
${accountUsage}
${erasureUsage}
${receiptUsage}
${ledgerUsage}
${monitorUsage}
${witnessUsage}
Exit 0: done, or holds; 1: refused, or does not hold; 2: wrong usage.`

const usages: Readonly<Record<string, string>> = {
  keys: keysUsage,
  seals: sealsUsage,
  register: registerUsage,
  account: accountUsage,
  person: erasureUsage,
  receipt: receiptUsage,
  ledger: `${ledgerUsage}\n${monitorUsage}`,
  witness: witnessUsage,
}

// The demonstration's register names these addresses; its start moves them to other ports (`moved` in demo/start.ts).
const usualIssuer = 'http://localhost:3000'
const usualHosts = [1, 2, 3, 5].map((offset) => `localhost:${3000 + offset}`)

type Command = (config: Config, args: readonly string[]) => Promise<string[] | undefined>

const commands: Readonly<Record<string, Command>> = {
  config: showConfig,
  keys: (config, args) => keysCommand({ config, withDatabase, withAnyKeys }, args),
  seals: (config, args) =>
    withDatabase(config, (db, now) => sealsCommand(db, args, now, () => sealsOf(config))),
  register: (config, args) =>
    withDatabase(config, (db, now) =>
      registerCommand(db, args, now, unservableBy(config), () => sealsOf(config)),
    ),
  account: (config, args) =>
    withDatabase(config, (db, now) => accountCommand(db, args, now, () => partsOf(config, db))),
  person: (config, args) =>
    withDatabase(config, (db, now) => erasureCommand(db, args, now, () => eraserOf(config))),
  witness: (_config, args) => witnessCommand(args),
  ledger: (config, args) =>
    args[0] === 'monitor'
      ? monitorCommand(args.slice(1), systemClock)
      : ledgerCommand(config, args, (deed) => insideOf(config, deed)),
  receipt: ({ keysDir }, args) => receiptCommand(keysDir, args),
}

const [name = '', ...args] = process.argv.slice(2)
if (name === '--help' || name === 'help') {
  process.stdout.write(`${usage}\n`)
} else if (Object.hasOwn(commands, name) && args.includes('--help')) {
  // Help is printed before the configuration is read: a person who asks for it may have no configuration.
  process.stdout.write(`${usages[name] ?? usage}\n`)
} else {
  // Work that a signal broke off may still be under way; nothing waits for it.
  process.exit(await run(name, args))
}

async function run(command: string, rest: readonly string[]): Promise<number> {
  try {
    const lines = Object.hasOwn(commands, command)
      ? await commands[command]?.(readConfig(process.env, command === 'config'), rest)
      : undefined
    if (lines === undefined) {
      process.stderr.write(`${usage}\n`)
      return 2
    }
    writeOut(lines)
    return 0
  } catch (thrown) {
    const error = asStartError(thrown)
    if (!(error instanceof StartError)) throw error
    writeOut(error.lines)
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

function writeOut(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

function showConfig(config: Config, args: readonly string[]): Promise<string[] | undefined> {
  if (args.length > 1 || (args.length === 1 && args[0] !== '--json'))
    return Promise.resolve(undefined)
  const settings = shownSettings(config, process.env)
  if (args[0] === '--json') {
    const byName = settings.map(({ name, value = null, isDefault }) => [name, { value, isDefault }])
    return Promise.resolve([JSON.stringify(Object.fromEntries(byName), null, 2)])
  }
  const lines = settings.map(
    ({ name, value, isDefault }) =>
      `${name.padEnd(20)}${value ?? '-'}${isDefault && value !== undefined ? '  (default)' : ''}`,
  )
  return Promise.resolve([...lines, ...withoutChannel(config)])
}

// Warns at once of a missing channel: nothing is sent through it.
function withoutChannel({ smtpUrl, smsGatewayUrl, mode }: Config): string[] {
  const instead = mode === 'demonstration' ? ' but to the mailbox of « npm start »' : ''
  return [
    ...(smtpUrl === undefined ? [`SMTP_URL is absent: no e-mail is sent${instead}`] : []),
    ...(smsGatewayUrl === undefined
      ? [`SMS_GATEWAY_URL is absent: no text is sent${instead}`]
      : []),
  ]
}

function withDatabase<T>(
  config: Config,
  deed: (db: Database, now: Date) => Promise<T>,
): Promise<T> {
  return withAnyKeys(config, async (db, now) => {
    await requireKnownKeys(db, config)
    return deed(db, now)
  })
}

/** Without a look at the keys: for the commands that change them. */
function withAnyKeys<T>(config: Config, deed: (db: Database, now: Date) => Promise<T>): Promise<T> {
  return withDatabaseUrl(config, async (url) => {
    const db = openDatabase(url, startPatience)
    try {
      await requireSchema(db)
      await openClock(db, config)
      return await deed(db, systemClock())
    } finally {
      await db.destroy()
    }
  })
}

async function withDatabaseUrl<T>(config: Config, deed: (url: string) => Promise<T>): Promise<T> {
  const url = config.databaseUrl?.reveal()
  if (url !== undefined) return deed(url)
  // Only a demonstration has no DATABASE_URL (src/base/platform/config.ts): its own PostgreSQL is used, running or not.
  const own = await borrowEmbedded(config.dataDir)
  try {
    // A database that was not running is migrated first, as a start of this version would do.
    if (own.isStarted) await migrate(own.url)
    return await deed(own.url)
  } finally {
    await own.stop()
  }
}

function unservableBy(config: Config): ServiceCheck {
  const own = makeServiceCheck(config)
  if (config.mode !== 'demonstration') return own
  const outboundAllow = [...config.outboundAllow, ...usualHosts]
  const moved = makeServiceCheck({ issuer: usualIssuer, outboundAllow })
  // The demonstration may be served at either address: only faults at both count, and the shorter list is reported.
  return (service) => {
    const [here, there] = [own(service), moved(service)]
    return there.length < here.length ? there : here
  }
}

async function sealsOf({ keysDir }: Config): Promise<RowSeals> {
  if (keysDir === '') throw new StartError('KEYS_DIR is required for this command.')
  return makeRowSeals((await openKeys(keysDir)).seal)
}

async function eraserOf({ keysDir, issuer }: Config): Promise<Eraser> {
  if (keysDir === '') throw new StartError('KEYS_DIR is required for this command.')
  const keys = await openKeys(keysDir)
  return { vault: makeVault(keys), pairwise: makePairwise(keys.pairwise), keys, issuer }
}

// Closing an access ends sharings: each end is a sealed event with a signed receipt.
async function partsOf(config: Config, db: Database): Promise<ClosingContext> {
  if (config.keysDir === '') throw new StartError('KEYS_DIR is required to change an access.')
  const keys = await openKeys(config.keysDir)
  const vault = makeVault(keys)
  const notary = makeNotary({ keys, config }, await openRegister(db, vault.seals), vault)
  return { notary, sessions: makeSessions({ db, clock: systemClock }, vault.seals) }
}

// Without keys the command checks what can be checked without them.
function insideOf<T>(config: Config, deed: (given: DatabaseParts) => Promise<T>): Promise<T> {
  return withDatabaseUrl(config, async (databaseUrl) => {
    const keys = config.keysDir === '' ? undefined : await openKeys(config.keysDir)
    const db = openDatabase(databaseUrl, startPatience)
    try {
      await requireKnownKeys(db, config)
      const register = [...(await registerLeaves(db)), ...(await announcedLeaves(db))]
      const vault = keys && makeVault(keys)
      const parts = foldParts(await uncheckedRegister(db))
      return await deed({ db, databaseUrl, secrets: keys?.log ?? [], vault, parts, register })
    } finally {
      await db.destroy()
    }
  })
}
