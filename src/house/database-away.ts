import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../base/settings/config.ts'
import { causeOf, isOutage } from '../base/database/database-outages.ts'
import type { Log } from '../base/logging/log.ts'
import { healthServer } from '../base/observing/health-server.ts'
import { retention } from '../base/values/retention.ts'
import { OperatorError } from '../base/values/operator-error.ts'

// A process whose settings and keys are right, and whose database does not answer at its start or within it: it waits. Whoever watches it hears that
// it is alive and not ready, and whoever comes to its pages that they are to come back.

const lookMs = 1000
const sayMs = 60_000
const limits = { requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 16_384 }

/** What answers for a process until it can itself. Closing it twice does no harm. */
export type StandIn = { open(): Promise<void>; close(): Promise<void> }

export type DatabaseWait = {
  readonly standIn: StandIn
  readonly log: Log
  readonly told: AbortSignal | undefined
}

/**
 * Waits for the database, with a line at level 50 at once and then each minute. What stands in is opened at the first outage, and stays.
 * @returns what the look found
 * @throws whatever is no outage: waiting does not mend it
 */
export async function awaitDatabase<T>(
  look: () => Promise<T>,
  { standIn, log, told }: DatabaseWait,
): Promise<T> {
  let saidAt: number | undefined
  for (;;) {
    told?.throwIfAborted()
    const seen = await look().then(
      (found) => ({ found }),
      (error: unknown) => ({ outage: outageOf(error) }),
    )
    if ('found' in seen) {
      if (saidAt !== undefined) log.info({}, 'the database answers: this process starts')
      return seen.found
    }
    if (saidAt === undefined) await standIn.open()
    if (saidAt === undefined || performance.now() - saidAt >= sayMs) {
      log.error({ error: seen.outage }, 'the database does not answer: this process waits for it')
      saidAt = performance.now()
    }
    await pause(lookMs, undefined, { signal: told })
  }
}

function outageOf(error: unknown): unknown {
  // What has a status was judged already: a signer that nobody answers for breaks a connection, too.
  if (error instanceof OperatorError && error.status !== undefined) throw error
  // A password or a certificate that is refused keeps a connection from us, too: waiting does not mend it.
  const cause = causeOf(error instanceof OperatorError ? error.cause : error)
  if (isOutage(cause)) return cause
  throw error
}

const root = join(import.meta.dirname, '../..')

// As `databaseUp` of src/base/logging/metrics.ts, by which the alarm of a database that is away rings.
const databaseDown = '# TYPE accord_database_up gauge\naccord_database_up 0\n'

/** What answers on METRICS_PORT of a process that waits. */
export function waitingHealth(log: Log): Server {
  return healthServer(
    () => Promise.resolve(false),
    () => Promise.resolve(databaseDown),
    log,
  )
}

/** What answers on PORT of a process that waits: `/healthz` as ever, and 503 everywhere else. */
export async function waitingWeb(config: Config, log: Log): Promise<Server> {
  const [{ makeViews }, { makeWords }, { makePages }, { headersOfAll }, overload, { problemType }] =
    await Promise.all([
      import('../base/web/views.ts'),
      import('../base/web/words.ts'),
      import('../base/web/page.ts'),
      import('../base/web/security-headers.ts'),
      import('../base/web/limits/overload.ts'),
      import('../api/openapi/index.ts'),
    ])
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const views = makeViews(makeWords(), join(root, 'views'))
  const refuse = overload.makeRefuse({
    code: 'unavailable',
    log,
    pages: makePages(views, {
      ...config,
      version,
      whyNothing: () => undefined,
      spans: () => retention,
    }),
    counted: undefined,
    headers: await headersOfAll(config),
    endpoints: [],
    typeOf: (code) => problemType(config.issuer, code),
  })
  const health = waitingHealth(log)
  return createServer(limits, (request, response) => {
    if (request.url === '/healthz') return void health.emit('request', request, response)
    refuse(request, response, {
      ...overload.targetOf(request.url ?? '/'),
      endpoint: undefined,
      atMs: performance.now(),
    })
  })
}
