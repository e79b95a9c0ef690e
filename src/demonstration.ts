import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startMailbox } from '../demo/mailbox/mailbox.ts'
import { moved, startDemonstration } from '../demo/start.ts'
import type { AppOptions } from './app.ts'
import { openClock } from './base/platform/clock-offset.ts'
import type { Config } from './base/platform/config.ts'
import { openDatabase, startPatience, transact } from './base/platform/database.ts'
import { createMissingKeys } from './base/platform/keys.ts'
import { openKeysAnywhere, openKnownKeys } from './base/platform/known-keys.ts'
import { migrate } from './base/platform/migrate.ts'
import { makeRowSeals } from './base/platform/row-seal.ts'
import { Secret } from './base/platform/secret.ts'
import { StartError } from './base/platform/start-error.ts'
import { writeWhole } from './base/platform/whole-file.ts'
import { logVerifiers } from './ledger/transparency-log/index.ts'
import { serveWitness } from './ledger/witness/index.ts'
import { openOwnDatabase, sealOlderRows, serve } from './processes.ts'
import { demoFido } from './demonstration-fido.ts'
import { demoSigners } from './demonstration-signers.ts'
import { makeServiceCheck } from './provider/index.ts'
import type { Service } from './registry/index.ts'
import { applyRegister, applySigned, readRegister, uncheckedRegister } from './registry/index.ts'
import type { StopProcess } from './stopping.ts'
import { stoppable } from './stopping.ts'
import { printWelcome } from './terminal.ts'

// The entry of the demonstration, loaded by `demo` alone: a deployment has neither its files nor the packages that only it needs.

const demoPorts = [0, 1, 2, 3, 4, 5]
const registerDir = join(import.meta.dirname, '../demo/register')
const earlierRegisterDir = join(import.meta.dirname, '../demo/register-2025')

export const runDemonstration = stoppable(startEverything)

/** The demonstration: embedded PostgreSQL, migrations, demo register, mailbox, broker with its jobs, both applications, another province. */
export async function startEverything(
  given: Config,
  stops: StopProcess[],
  around: Pick<AppOptions, 'log' | 'hashCost' | 'patience'> = {},
): Promise<void> {
  await refuseBusyPorts(given)
  const mailbox = await startMailbox({ issuer: given.issuer, port: given.port + 3 })
  stops.push(() => mailbox.close())
  // A configured mail server, gateway or metadata file is kept.
  const own: Config = {
    ...given,
    smtpUrl: given.smtpUrl ?? new Secret(mailbox.smtpUrl),
    smsGatewayUrl: given.smsGatewayUrl ?? new Secret(mailbox.smsGatewayUrl),
  }
  const database = await openOwnDatabase(own, stops)
  const config: Config = { ...own, fido: own.fido ?? (await demoFido(own.dataDir)) }
  const migrations = await migrate(database.url, database.dataFolder)
  await createMissingKeys(config.keysDir, {
    idToken: config.signerSocket === undefined,
    upstream: true,
    signals: true,
  })
  if (migrations > 0) await sealOlderRows(database.url, config)
  await applyDemoRegister(database.url, config)
  const witness = await startDemoWitness(config, stops)
  // The register's files say 3001 and 3002; PORT moves them in memory, so that the next start finds nothing changed.
  const app = await serve(config, database.url, stops, {
    ...around,
    rewriteRegister: (text) => moved(text, config.port),
  })
  const worker = await app.startWork()
  stops.push(() => worker.stop())
  const demo = await startDemonstration({
    issuer: config.issuer,
    port: config.port,
    dataDir: config.dataDir,
  })
  stops.push(() => demo.close())
  printWelcome({
    config,
    embedded: database.dataFolder !== undefined,
    migrations,
    addresses: { ...demo.addresses, mailbox: mailbox.address, witness },
  })
}

// A witness in the same process as the log that it watches, as its page says. The log asks for its cosignature, and the policy names it.
async function startDemoWitness(config: Config, stops: StopProcess[]): Promise<string> {
  const { issuer, host, ledgerDir } = config
  const port = config.port + 5
  const { log: secrets } = await openKeysAnywhere(config)
  const witness = await serveWitness({
    dir: join(config.dataDir, 'witness'),
    name: 'temoin-de-demonstration',
    host,
    port,
    logs: () => logVerifiers(secrets, issuer, new Date()),
    isDemonstration: true,
  })
  stops.push(() => witness.close())
  const address = `http://localhost:${port}`
  const lines = `# On the same machine as the log: alone it proves nothing.\nwitness demonstration ${witness.vkey} ${address}\nquorum demonstration\n`
  await writeWhole(join(ledgerDir, 'witnesses'), lines)
  return address
}

const demoReason = {
  fr: 'Le registre de la démonstration a changé.',
  en: 'The register of the demonstration has changed.',
}

async function applyDemoRegister(url: string, config: Config): Promise<void> {
  const db = openDatabase(url, startPatience)
  try {
    await openClock(db, config)
    // On the first start both versions of the changed objects are applied, so that a second version exists from the first day on. The
    // first register needs no signature; the two signers that it has sign what comes after.
    const known = await uncheckedRegister(db)
    const isNew = known.epoch === 0
    const now = new Date()
    const signers = await demoSigners(config.dataDir, known, now)
    const keys = await openKnownKeys(db, config)
    const seals = makeRowSeals(keys.seal)
    const served = makeServiceCheck(config, { hasRsa: keys.idTokenRsa.length > 0 })
    const unservable = (service: Service) =>
      served(JSON.parse(moved(JSON.stringify(service), config.port)) as Service) // only addresses were changed
    const earlier = isNew ? (await readRegister(earlierRegisterDir)).objects : []
    const first = { objects: [...earlier, ...signers.objects], problems: [] }
    const files = await readRegister(registerDir)
    const { issuer } = config
    const signing = { seals, keys: signers.keys, issuer, reason: demoReason, now, unservable }
    await transact(db, async (tx) => {
      if (first.objects.length > 0) await applyRegister(tx, seals, first, now, { unservable })
      await applySigned(tx, files, signing)
    })
  } finally {
    await db.destroy()
  }
}

// Every port is looked at before anything starts: a busy one is named in one sentence.
async function refuseBusyPorts({ host, port }: Config): Promise<void> {
  for (const wanted of demoPorts.map((offset) => port + offset)) {
    const probe = createServer()
    probe.listen({ host, port: wanted })
    try {
      await once(probe, 'listening')
    } catch (cause) {
      throw new StartError(
        `Port ${wanted} is busy: stop what uses it, or choose other ports with PORT=${port + 100}.`,
        { cause },
      )
    }
    probe.close()
    await once(probe, 'close')
  }
}
