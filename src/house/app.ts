import type { Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Koa from 'koa'
import inTurn from 'koa-compose'
import { makePairwise } from '../people/accounts/index.ts'
import type { Config } from '../base/settings/config.ts'
import type { DecisionContext } from '../consent/decisions/index.ts'
import { makeDecisionStore, makeTimeCheck, recordRefusedToken } from '../consent/decisions/index.ts'
import type { Admission } from '../base/web/limits/admission.ts'
import { makeAdmission } from '../base/web/limits/admission.ts'
import { answerErrors } from '../base/web/answer-errors.ts'
import { assetRoutes } from '../base/web/assets.ts'
import type { FollowClock } from '../base/database/clock-offset.ts'
import { openClock } from '../base/database/clock-offset.ts'
import { machineNow, systemClock } from '../base/values/clock.ts'
import { exitStatuses, withExitStatus } from '../base/values/operator-error.ts'
import type { ClockWatch } from '../base/database/clock-skew.ts'
import { watchClock } from '../base/database/clock-skew.ts'
import type { Database, Patience } from '../base/database/database.ts'
import { openDatabase } from '../base/database/database.ts'
import { cookieKeys, rememberSession } from '../base/web/cookies.ts'
import type { Endpoint, ServedRoutes } from '../base/web/endpoints.ts'
import { endpointsOf, errorFormsOf } from '../base/web/endpoints.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { frontDoor } from '../base/web/front-door.ts'
import type { Jobs, Worker } from '../base/jobs/jobs.ts'
import { publicKeys } from '../base/keys/jws.ts'
import { openKnownKeys } from '../base/keys/known-keys.ts'
import { attestation } from '../base/web/attestation.ts'
import type { CodeWatch } from '../base/migrating/code-watch.ts'
import { watchCode } from '../base/migrating/code-watch.ts'
import type { FirstLook } from '../base/migrating/schema-version.ts'
import { makeSigner } from '../base/keys/remote-signer.ts'
import { thisMachine } from '../base/observing/load.ts'
import type { Log } from '../base/logging/log.ts'
import { processLog } from '../base/settings/instance.ts'
import { makeMeter, noMeter } from '../base/logging/meter.ts'
import { makeRefuse } from '../base/web/limits/overload.ts'
import { retentionNow } from '../base/values/retention.ts'
import { english, makePages } from '../base/web/page.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import type { RestoreWatch } from '../base/values/restore-watch.ts'
import type { HaltReason } from '../base/web/pages.ts'
import { makeReadiness } from '../base/observing/readiness.ts'
import { countRequests } from '../base/web/request-count.ts'
import { requestLog } from '../base/web/request-log.ts'
import { byFirstSegment, isForPeople } from '../base/web/router.ts'
import { headersOfAll, securityHeaders } from '../base/web/security-headers.ts'
import { collectorOf } from '../base/settings/trace-settings.ts'
import { traceRequests } from '../base/web/traced-requests.ts'
import { makeKeyedMutex } from '../base/jobs/keyed-mutex.ts'
import { makeViews } from '../base/web/views.ts'
import { makeWords } from '../base/web/words.ts'
import { problemType } from '../api/openapi/index.ts'
import { kioskFront } from '../pages/kiosk/index.ts'
import { myAccessPath } from '../pages/my-access/index.ts'
import { dayClosings, partsNow } from './folds.ts'
import { forgets } from './forgets.ts'
import { partsOf } from './parts.ts'
import { signalMapping } from '../consent/signals/index.ts'
import { tellBuild, tellGauges } from './gauges.ts'
import { tellLevelThree, tellMachine, machineToWatch } from './machine-gauges.ts'
import type { KnownHeads, Vault } from '../ledger/chain/index.ts'
import { makeVault } from '../ledger/chain/index.ts'
import type { FollowedHeads } from '../ledger/heads/index.ts'
import type { OpenProvider } from '../provider/index.ts'
import { followPlanned } from '../pages/status/index.ts'
import { openProvider } from '../provider/index.ts'
import type { Inquiries } from '../consent/disclosures/index.ts'
import { openInquiries } from '../consent/disclosures/index.ts'
import type { LiveRegister } from '../registry/index.ts'
import { followRegister, openRegister } from '../registry/index.ts'
import { operationsOf, routesOf } from './routes.ts'
import { questionAddress } from '../consent/asking/index.ts'
import { claimsAddress } from '../consent/claims/index.ts'
import { creationAddress, visitAddress } from '../signin/journey/index.ts'
import type { HashCost } from '../signin/factors/index.ts'
import type { LevelThree } from '../webauthn/index.ts'
import { openLevelThree } from '../webauthn/index.ts'
import { jobsOf, workOf } from './schedule.ts'
import type { GracefulServer } from './server.ts'
import { gracefulServer, serverOf } from './server.ts'
import type { StopProcess } from './shutdown.ts'
import { stopEach } from './shutdown.ts'
import { startWork } from './work-start.ts'
import { knowNewest } from './newest.ts'

const root = join(import.meta.dirname, '../..')
const waitingForOnePerson = 64

export type App = {
  readonly foundation: Foundation
  readonly server: Server
  readonly leaving: GracefulServer
  /** The endpoints, each with its audience. */
  readonly endpoints: readonly Endpoint[]
  /** Starts the work on the queue of jobs, unless this process serves the web only. */
  startWork(): Promise<Worker>
  /** Whether the work was started, and goes on. */
  isWorking(): boolean
  close(): Promise<void>
}

export type AppOptions = {
  /** Changes the text of each register object as it is read into memory. */
  readonly rewriteRegister?: ((text: string) => string) | undefined
  /** The log to use instead of standard output. */
  readonly log?: Log
  /** What a slow hash costs in a house of a test. No configuration says it, and a deployment refuses it. */
  readonly hashCost?: HashCost
  /** How long a house of a test waits for its database; the same holds. */
  readonly patience?: Patience
  /** How long a count of introspections waits to be written in a house of a test; the same holds. */
  readonly inquiryMs?: number
  /** What a house of a test reads and writes, and what it knows of chains, in place of its own; the same holds. */
  readonly over?: { readonly db: Database; readonly heads: KnownHeads }
  /** How often a house of a test looks what its database runs; the same holds. */
  readonly codeMs?: number
  /** What the database ran when this start looked at it. */
  readonly looked?: FirstLook | undefined
}

// The pages of a visit.
const addresses = {
  signIn: visitAddress,
  create: creationAddress,
  question: questionAddress,
  claims: claimsAddress,
  home: myAccessPath,
}

const ofRooms = { forgets, closings: dayClosings }

/**
 * The composition: opens the foundation and mounts the rooms, in order. `databaseUrl` has been migrated. What was opened is closed where
 * the rest cannot be opened, so that it can be tried again.
 */
export async function buildApp(
  config: Config,
  databaseUrl: string,
  options: AppOptions = {},
): Promise<App> {
  const opened: StopProcess[] = []
  try {
    return await openApp(config, databaseUrl, options, opened)
  } catch (error) {
    await stopEach(opened)
    throw error
  }
}

async function openApp(
  config: Config,
  databaseUrl: string,
  {
    rewriteRegister,
    log = processLog(config),
    hashCost,
    patience,
    inquiryMs,
    ...watch
  }: AppOptions,
  opened: StopProcess[],
): Promise<App> {
  refuseIfDeployed(config, [hashCost, patience, inquiryMs, watch.over, watch.codeMs])
  const db =
    watch.over?.db ?? openDatabase(databaseUrl, patience, collectorOf(config.traces) !== undefined)
  const opening = await openFoundation(config, db, log, { ...watch, opened })
  const { foundation, clockWatch, follow, vault, followed } = opening
  const live = await openLive(foundation, vault, rewriteRegister)
  tellGauges({ ...foundation, heads: vault.heads, clockWatch, live })
  const context = contextOf(foundation, vault, live)
  const inquiries = openInquiries(foundation, context, inquiryMs)
  opened.push(inquiries.stop)
  const provider = openOver(foundation, context, inquiries)
  const levelThree = await openLevels(foundation, vault.seals)
  opened.push(async () => levelThree?.close())
  const planned = await followPlanned(config.plannedWork, foundation)
  const parts = partsOf(foundation, provider, context, {
    databaseUrl,
    levelThree,
    planned,
    hashCost,
    operations: await operationsOf(),
    ...ofRooms,
    foldNow: () => partsNow(context),
  })
  const served = await routesOf(parts)
  const headers = await headersOfAll(config)
  const { web, endpoints, admission } = compose(foundation, provider, { follow, served, headers })
  const server = serverOf(web.callback(), admission)
  let worker: Worker | undefined
  opened.push(followRegister(foundation.db, live, foundation.log))
  return {
    foundation,
    server,
    leaving: gracefulServer(server, foundation.readiness, config.stopGraceMs),
    endpoints,
    async startWork() {
      const work = workOf(following(await jobsOf(parts), follow), parts)
      worker = await startWork(foundation, databaseUrl, work, context, followed.feed)
      return worker
    },
    isWorking: () => worker?.isAlive() === true,
    close: () => stopEach(opened),
  }
}

/** The register, by which what is kept is kept from now on. */
async function openLive(
  { db, spans }: Foundation,
  { seals }: Vault,
  rewrite: AppOptions['rewriteRegister'],
): Promise<LiveRegister> {
  const live = await openRegister(db, seals, rewrite)
  spans.follow(() => live.current().spans())
  return live
}

/** What decisions are made with, and most of what is about a sharing. */
function contextOf(
  { db, log, keys, meter, restored, code }: Foundation,
  vault: Vault,
  live: LiveRegister,
): DecisionContext {
  return {
    db,
    store: makeDecisionStore(db, vault.seals, code, meter),
    code,
    vault,
    log,
    isRestored: restored.isInDoubt,
    timeCheck: makeTimeCheck(restored),
    live,
    pairwise: makePairwise(keys.pairwise),
    turns: makeKeyedMutex(waitingForOnePerson),
  }
}

/** The provider, over what other rooms know of sharings. */
function openOver(
  foundation: Foundation,
  context: DecisionContext,
  { inquire }: Inquiries,
): OpenProvider {
  return openProvider(foundation, context.live, {
    addresses,
    vault: context.vault,
    timeCheck: context.timeCheck,
    recordRefusedToken: (personId, details) => recordRefusedToken(context, personId, details),
    inquire,
  })
}

/** @param given what only a house of a test is given */
function refuseIfDeployed({ mode }: Config, given: readonly unknown[]): void {
  if (mode !== 'demonstration' && given.some((one) => one !== undefined))
    throw new TypeError('a deployment hashes and waits as usual')
}

// What a house of a test knows of chains takes the place of its own.
function vaultOver({ keys }: Pick<Foundation, 'keys'>, over: AppOptions['over']): Vault {
  const own = makeVault(keys, signalMapping)
  return over === undefined ? own : { ...own, heads: over.heads }
}

// Only where the operator has a file of the models of keys.
async function openLevels(
  foundation: Foundation,
  seals: RowSeals,
): Promise<LevelThree | undefined> {
  const { fido } = foundation.config
  if (fido === undefined) return undefined
  const levelThree = await openLevelThree(fido, { ...foundation, seals })
  tellLevelThree(foundation.meter, levelThree)
  return levelThree
}

/** Where how to close each thing is noted that is opened, the database first. */
type Opened = { readonly opened: StopProcess[] }

type OpenedCheckpoint = {
  readonly foundation: Foundation
  readonly clockWatch: ClockWatch
  readonly follow: FollowClock | undefined
  readonly vault: Vault
  readonly followed: FollowedHeads
}

async function openFoundation(
  config: Config,
  db: Database,
  log: Log,
  { codeMs, looked, over, opened }: Pick<AppOptions, 'codeMs' | 'looked' | 'over'> & Opened,
): Promise<OpenedCheckpoint> {
  opened.push(() => db.destroy())
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const words = makeWords()
  const views = makeViews(words, join(root, 'views'))
  const warn = (line: string) => log.warn({}, line)
  const keys = await withExitStatus(exitStatuses.keys, () => openKnownKeys(db, config, warn, log))
  const signer = makeSigner(keys, config.signerSockets, log)
  const follow = await openClock(db, config)
  const clockWatch = await watchClock(db, log, { isMovable: follow !== undefined })
  opened.push(clockWatch.stop)
  const vault = vaultOver({ keys }, over)
  const { seals } = vault
  const place = { db, place: config, seals, log, isMovable: follow !== undefined }
  const code = await withExitStatus(exitStatuses.code, () => watchCode(place, looked, codeMs))
  opened.push(code.stop)
  const { followed, restored } = await knowNewest({ config, db, keys, log }, vault, opened)
  vault.heads.haltWhile(() => restored.isInDoubt() || code.isUntrusted())
  const meter = config.metricsPort === undefined ? noMeter : makeMeter()
  tellBuild(meter, version)
  tellMachine({
    meter,
    watched: machineToWatch(config),
    keys: publicKeys(keys),
    now: () => new Date(machineNow()),
  })
  const spans = retentionNow()
  const why = () => whyNothing(restored, code, vault.heads)
  const foundation = Object.freeze({
    config,
    db,
    readiness: makeReadiness(db, clockWatch.trouble, signer),
    restored,
    code,
    clock: systemClock,
    log,
    keys,
    signer,
    meter,
    pages: makePages(views, {
      ...config,
      version,
      whyNothing: why,
      spans: spans.now,
    }),
    whyNothing: why,
    words,
    spans,
  })
  return { foundation, clockWatch, follow, vault, followed }
}

function whyNothing(restored: RestoreWatch, code: CodeWatch, heads: KnownHeads): HaltReason {
  if (restored.isRestored()) return 'restored'
  if (code.isUntrusted()) return 'untrusted'
  return heads.isHalted() ? 'behind' : undefined
}

type Composing = {
  readonly follow: FollowClock | undefined
  /** Of each answer. */
  readonly headers: Readonly<Record<string, string>>
  readonly served: readonly ServedRoutes[]
}
type ComposedEmail = {
  readonly web: Koa
  readonly endpoints: readonly Endpoint[]
  readonly admission: Admission
}

function compose(
  foundation: Foundation,
  provider: OpenProvider,
  { follow, headers, served }: Composing,
): ComposedEmail {
  const { config, db, log, pages, keys, meter } = foundation
  const web = new Koa({
    proxy: config.trustedProxies > 0,
    maxIpsCount: config.trustedProxies,
  })
  web.keys = cookieKeys(keys)
  web.silent = true // answerErrors logs, with redaction
  const endpoints = endpointsOf(served)
  if (collectorOf(config.traces) !== undefined) web.use(traceRequests(endpoints))
  const counted = countRequests(meter, endpoints)
  web.use(requestLog(log, endpoints, counted))
  web.use(securityHeaders(config)) // before the provider, and on errors: it adds its own hashes to our policy
  if (config.kiosk) web.use(kioskFront(keys, provider.sessionCookie, endpoints))
  const typeOf = (code: string) => problemType(config.issuer, code)
  web.use(answerErrors(log, pages, errorFormsOf(endpoints), typeOf))
  if (follow !== undefined) web.use(timeMayHaveMoved(follow)) // outside production
  web.use(frontDoor(config)) // exact host, one spelling
  const inEnglish = inTurn([
    attestation(config, keys, pages),
    byFirstSegment(served.filter(isForPeople)),
  ])
  const forPeople = inTurn([rememberSession(provider.sessionCookie), english(inEnglish)])
  web.use(byFirstSegment([assetRoutes(), ...served], forPeople))
  const refuse = makeRefuse({ code: 'overloaded', log, pages, counted, headers, endpoints, typeOf })
  return { web, endpoints, admission: makeAdmission(thisMachine(db), meter, endpoints, refuse) }
}

function timeMayHaveMoved(follow: FollowClock): Koa.Middleware {
  return async (_, next) => {
    await follow()
    await next()
  }
}

function following(jobs: Jobs, follow: FollowClock | undefined): Jobs {
  if (follow === undefined) return jobs
  const entries = Object.entries(jobs).map(
    ([name, work]) =>
      [name, (...given: Parameters<typeof work>) => follow().then(() => work(...given))] as const,
  )
  return Object.fromEntries(entries)
}
