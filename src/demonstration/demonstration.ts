import { once } from 'node:events'
import { createServer } from 'node:net'
import { startMailbox } from '../../demo/mailbox/mailbox.ts'
import { moved, startDemonstration } from '../../demo/start.ts'
import type { Config } from '../base/settings/config.ts'
import { createMissingKeys } from '../base/keys/keys.ts'
import { purposesElsewhere } from '../base/keys/known-keys.ts'
import { migrate } from '../base/migrating/migrate.ts'
import { sealsForMigration } from '../base/migrating/migration-seals.ts'
import { Secret } from '../base/values/secret.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import type { Around } from '../house/processes.ts'
import { openOwnDatabase, serve } from '../house/processes.ts'
import type { StopProcess } from '../house/shutdown.ts'
import { stoppable } from '../house/shutdown.ts'
import { printWelcome } from './terminal.ts'

// The entry of the demonstration, loaded by `demo` alone: a deployment has neither its files nor the packages that only it needs.

const demoPorts = [0, 1, 2, 3, 4, 5]

export const runDemonstration = stoppable(startEverything)

/** The demonstration: embedded PostgreSQL, migrations, demo register, mailbox, broker with its jobs, both applications, another province. */
export async function startEverything(
  given: Config,
  stops: StopProcess[],
  around: Pick<Around, 'log' | 'hashCost' | 'patience' | 'told'> = {},
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
  around.told?.throwIfAborted()
  const { requireDemonstration } = await import('../ledger/transparency-log/index.ts')
  await requireDemonstration(database.url)
  const migrations = await migrate(database.url, {
    dataFolder: database.dataFolder,
    openSeals: sealsForMigration(own),
  })
  await createMissingKeys(own.keysDir, {
    elsewhere: purposesElsewhere(own.signerSockets),
    upstream: true,
    signals: true,
  })
  around.told?.throwIfAborted()
  const rooms = await import('./rooms.ts')
  const config: Config = { ...own, fido: own.fido ?? (await rooms.demoFido(own.dataDir)) }
  // The register's files say 3001 and 3002; PORT moves them in memory, so that the next start finds nothing changed.
  const rewriteRegister = (text: string) => moved(text, config.port)
  await rooms.applyDemoRegister(database.url, config, rewriteRegister)
  // Of the invented maker nobody has a key.
  const desk = given.fido && (await rooms.openDemoDesk(database.url, config))
  const witness = await rooms.startDemoWitness(config, stops)
  const app = await serve(config, database.url, stops, { ...around, rewriteRegister })
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
    desk,
    addresses: { ...demo.addresses, mailbox: mailbox.address, witness },
  })
}

// Every port is looked at before anything starts: a busy one is named in one sentence.
async function refuseBusyPorts({ host, port }: Config): Promise<void> {
  for (const wanted of demoPorts.map((offset) => port + offset)) {
    const probe = createServer()
    probe.listen({ host, port: wanted })
    try {
      await once(probe, 'listening')
    } catch (cause) {
      throw new OperatorError(
        `Port ${wanted} is busy: stop what uses it, or choose other ports with PORT=${port + 100}.`,
        { cause },
      )
    }
    probe.close()
    await once(probe, 'close')
  }
}
