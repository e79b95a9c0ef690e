import { once } from 'node:events'
import type { Server } from 'node:http'
import type { App, AppOptions } from './app.ts'
import type { Config, Watchdog } from '../base/settings/config.ts'
import type { StandIn, DatabaseWait } from './database-away.ts'
import type { Worker } from '../base/jobs/jobs.ts'
import { awaitDatabase, waitingHealth, waitingWeb } from './database-away.ts'
import { drain } from '../base/jobs/graceful-drain.ts'
import { startEmbedded } from '../base/postgres/embedded-server.ts'
import { healthServer } from '../base/observing/health-server.ts'
import { watchScrapes } from '../base/observing/scrape-watch.ts'
import type { Log } from '../base/logging/log.ts'
import { createMissingKeys } from '../base/keys/keys.ts'
import { countOutages } from '../base/database/outage-log.ts'
import { acceptedLoss } from '../base/database/durability.ts'
import { noteServed } from '../base/observing/availability-store.ts'
import { migrate, requireMigrated } from '../base/migrating/migrate.ts'
import { sealsForMigration } from '../base/migrating/migration-seals.ts'
import { present } from '../base/values/present.ts'
import { requireOwnIssuer, requireUrl } from './migration.ts'
import { openKeysAnywhere, purposesElsewhere } from '../base/keys/known-keys.ts'
import { processLog } from '../base/settings/instance.ts'
import { withExitStatus, exitStatuses, OperatorError } from '../base/values/operator-error.ts'
import { collectorOf } from '../base/settings/trace-settings.ts'
import type { StopProcess } from './shutdown.ts'
import { stoppable } from './shutdown.ts'

// The rooms are four fifths of what a process loads. They are loaded when nothing that can be looked at without them is wrong any more.

/** What is around a start: `told` is the stop that the process was told meanwhile, which breaks the start off before its next step. */
export type Around = AppOptions & { readonly told?: AbortSignal }

export const runServe = stoppable(startServing)

/** Serves in this process until the functions in `stops` are called, the last one first. */
export async function startServing(
  config: Config,
  stops: StopProcess[],
  around?: Around,
): Promise<void> {
  const url = config.databaseUrl?.reveal() ?? (await openOwnDatabase(config, stops)).url
  around?.told?.throwIfAborted()
  if (config.databaseUrl === undefined) {
    await migrate(url, { dataFolder: config.dataDir, openSeals: sealsForMigration(config) })
    const elsewhere = purposesElsewhere(config.signerSockets)
    await createMissingKeys(config.keysDir, { elsewhere })
  }
  const app = await serve(config, url, stops, around)
  if (config.work) stops.push((await startWork(app, config, around)).stop)
  stops.push(app.leaving.leave)
  app.foundation.log.info({ outcome: config.issuer }, 'serving')
}

export const runWork = stoppable(startWorkAlone)

/** Works in this process, which serves nothing, until the functions in `stops` are called. */
export async function startWorkAlone(
  config: Config,
  stops: StopProcess[],
  around?: Around,
): Promise<void> {
  const { app, standIn } = await open(config, requireUrl(config), stops, around)
  await standIn.close()
  await tellHealth(app, config, true, stops)
  await giveFeed(config, stops)
  const worker = await startWork(app, config, around)
  stops.push(worker.stop, app.leaving.leave)
  app.foundation.log.info({ outcome: config.issuer }, 'working')
}

const healthDrainMs = 1000

/** Tells on METRICS_PORT how the process is, from before it serves or works until after both have ended. */
async function tellHealth(
  { foundation: { readiness, meter, log }, isWorking }: App,
  { metricsPort: port, metricsHost: host }: Config,
  works: boolean,
  stops: StopProcess[],
): Promise<void> {
  if (port === undefined) return
  const isReady = async () => {
    await readiness.check()
    return !works || isWorking()
  }
  const scrapes = watchScrapes(log)
  const metrics = () => {
    scrapes.noteRead()
    return meter.text()
  }
  const health = healthServer(isReady, metrics, log)
  await listen(health, { host, port })
  stops.push(scrapes.stop, () => drain(health, healthDrainMs))
}

/** Gives the feed of heads on HEADS_PORT to machines that do not have its folder. */
async function giveFeed(config: Config, stops: StopProcess[]): Promise<void> {
  const { port, host } = config.heads
  if (port === undefined) return
  const { feedServer, folderHere } = await import('../ledger/heads/index.ts')
  const server = feedServer(present(folderHere(config), 'the folder of the feed of heads'))
  await listen(server, { host, port })
  stops.push(() => drain(server, healthDrainMs))
}

/** The database that is named, or the embedded one, which is started. */
export async function openOwnDatabase(
  config: Config,
  stops: StopProcess[],
): Promise<{ url: string; dataFolder: string | undefined }> {
  const url = config.databaseUrl?.reveal()
  if (url !== undefined) return { url, dataFolder: undefined }
  const embedded = await startEmbedded({ dataDir: config.dataDir })
  stops.push(() => embedded.stop())
  return { url: embedded.url, dataFolder: config.dataDir }
}

/** Serves the web until the functions in `stops` are called. */
export async function serve(
  config: Config,
  url: string,
  stops: StopProcess[],
  around?: Around,
): Promise<App> {
  const { app, standIn } = await open(config, url, stops, around, config)
  await standIn.close()
  await tellHealth(app, config, config.work, stops)
  await giveFeed(config, stops)
  await listen(app.server, config)
  stops.push(app.leaving.close, noteServed(app.foundation).stop)
  return app
}

async function open(
  config: Config,
  url: string,
  stops: StopProcess[],
  around: Around | undefined,
  web?: Address,
): Promise<{ app: App; standIn: StandIn }> {
  const log = countOutages(around?.log ?? processLog(config))
  if (config.watchdog !== undefined) await tellSystemd(config.watchdog, stops, log)
  await withExitStatus(exitStatuses.keys, () => openKeysAnywhere(config, ['id-token']))
  around?.told?.throwIfAborted()
  const standIn = makeStandIn(config, web, log)
  stops.push(standIn.close)
  await trace(config, stops, log)
  const build = async () => {
    const looked = await requireMigrated(url, config)
    await requireOwnIssuer(url, config)
    const { buildApp } = await import('./app.ts')
    around?.told?.throwIfAborted()
    return buildApp(config, url, { ...around, log, looked })
  }
  const app = await awaited(build, config, { standIn, log, told: around?.told })
  stops.push(() => app.close())
  const why = acceptedLoss(config)
  if (why !== undefined) app.foundation.log.warn({ why }, 'no standby confirms what is written')
  if (web !== undefined && config.fido === undefined)
    app.foundation.log.info({}, 'FIDO_METADATA is absent: no desk is served')
  return { app, standIn }
}

/** Where the database goes away in a start, or is slow, the same is waited for as where it was away before. */
function awaited<T>(
  step: () => Promise<T>,
  { databaseUrl }: Config,
  waiting: DatabaseWait,
): Promise<T> {
  // Nobody but this process starts the embedded server.
  return databaseUrl === undefined ? step() : awaitDatabase(step, waiting)
}

// A process that is open answers for itself: its /readyz says no until it works.
const itself: StandIn = { open: () => Promise.resolve(), close: () => Promise.resolve() }

/** Starts the work of a process that is open. */
function startWork(app: App, config: Config, around: Around | undefined): Promise<Worker> {
  const { log } = app.foundation
  return awaited(() => app.startWork(), config, { standIn: itself, log, told: around?.told })
}

/** What answers for a process until it can: on METRICS_PORT, and on PORT where it serves. */
function makeStandIn(config: Config, web: Address | undefined, log: Log): StandIn {
  const servers: Server[] = []
  return {
    async open() {
      const { metricsPort, metricsHost } = config
      if (metricsPort !== undefined) {
        const health = waitingHealth(log)
        await listen(health, { host: metricsHost, port: metricsPort })
        servers.push(health)
      }
      if (web !== undefined) {
        const server = await waitingWeb(config, log)
        await listen(server, web)
        servers.push(server)
      }
    },
    async close() {
      await Promise.all(servers.splice(0).map((server) => drain(server, healthDrainMs)))
    },
  }
}

// Stopped last: what hangs while it stops is ended, too.
async function tellSystemd(watchdog: Watchdog, stops: StopProcess[], log: Log): Promise<void> {
  const { startWatchdog } = await import('./watchdog.ts')
  const { stop } = await withExitStatus(exitStatuses.settings, () => startWatchdog(watchdog, log))
  stops.push(stop)
}

/** Before anything is opened, so that the last spans leave when all has been closed. Without a collector nothing of the SDK is loaded. */
async function trace({ traces }: Config, stops: StopProcess[], log: Log): Promise<void> {
  const collector = collectorOf(traces)
  if (collector === undefined) return
  const { startTracing } = await import('../base/observing/trace-export.ts')
  stops.push((await startTracing(collector, traces, log)).stop)
}

type Address = Pick<Config, 'host' | 'port'>

async function listen(server: Server, { host, port }: Address): Promise<void> {
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new OperatorError(
      `Port ${port} cannot be listened on (${String(cause instanceof Error && 'code' in cause ? cause.code : cause)}).`,
      { cause },
    )
  }
}
