import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Koa from 'koa'
import { myAccessRoutes } from './pages/my-access/index.ts'
import { makePairwise } from './people/accounts/index.ts'
import { myActivityRoutes } from './pages/my-activity/index.ts'
import { authzenOperations, authzenRoutes, largestBatch, largestPage } from './api/authzen/index.ts'
import type { Config } from './base/platform/config.ts'
import {
  againRoutes,
  consentRoutes,
  noticeRoutes,
  maxItems,
  maxLive,
  maxOpen,
  keptRoutes,
  severalRoutes,
  waitingRoutes,
} from './consent/asking/index.ts'
import { makeNotary } from './consent/record/index.ts'
import { mySharingRoutes } from './pages/my-sharing/index.ts'
import {
  disputeApi,
  disputeOperations,
  disputeRoutes,
  maxOpenDisputes,
} from './consent/disputes/index.ts'
import type { DecisionContext } from './consent/decisions/index.ts'
import { makeDecisionStore, recordRefusedToken } from './consent/decisions/index.ts'
import { makePasswords, passwordCharacters } from './signin/factors/index.ts'
import { answerErrors } from './base/web/answer-errors.ts'
import { assetRoutes } from './base/web/assets.ts'
import { beginRoutes } from './base/web/begin.ts'
import type { FollowClock } from './base/platform/clock-offset.ts'
import { openClock } from './base/platform/clock-offset.ts'
import { systemClock } from './base/platform/clock.ts'
import { openDatabase } from './base/platform/database.ts'
import { bodyLimits } from './base/web/forms.ts'
import type { Endpoint, ServedRoutes } from './base/web/endpoints.ts'
import { errorFormsOf } from './base/web/endpoints.ts'
import type { Foundation } from './base/web/foundation.ts'
import { frontDoor } from './base/web/front-door.ts'
import type { Jobs, Worker } from './base/platform/jobs.ts'
import { startWorker } from './base/platform/jobs.ts'
import { kioskFront } from './base/web/kiosk.ts'
import { openKeys } from './base/platform/keys.ts'
import { language } from './base/web/language.ts'
import type { Log } from './base/platform/log.ts'
import { openLog } from './base/platform/log.ts'
import type { Operation } from './base/web/operation.ts'
import { makePages } from './base/web/page.ts'
import { makeRequirePerson } from './base/web/person.ts'
import { requestLog } from './base/web/request-log.ts'
import { securityHeaders } from './base/web/security-headers.ts'
import { makeTries } from './base/web/tries.ts'
import { makeTurns } from './base/platform/turns.ts'
import { makeViews } from './base/web/views.ts'
import { makeWords } from './base/web/words.ts'
import { kioskRoutes } from './pages/kiosk/index.ts'
import { makeVault } from './ledger/chain/index.ts'
import { logRoutes, policyText, startLog } from './ledger/transparency-log/index.ts'
import { meApiRoutes, meContext, meOperations } from './api/me/index.ts'
import { checkRoutes, makeLetters, notificationRoutes } from './people/notifications/index.ts'
import { docsRoutes, openapiRoutes } from './api/openapi/index.ts'
import type { OpenProvider } from './provider/index.ts'
import {
  returnRoutes,
  largestDetails,
  maxOpaque,
  maxSessions,
  openProvider,
} from './provider/index.ts'
import {
  announceRegister,
  followRegister,
  largestService,
  maxCategories,
  openRegister,
} from './registry/index.ts'
import { reportOperations, reportRoutes } from './consent/disclosures/index.ts'
import { myDataRoutes } from './pages/my-data/index.ts'
import { signinRoutes } from './signin/journey/index.ts'
import { stopOperations, stopRoutes } from './consent/stops/index.ts'
import { jobsOf, timetable } from './timetable.ts'
import { siteApiRoutes, siteFileRoutes, siteOperations, siteRoutes } from './pages/site/index.ts'
import { verifierRoutes } from './ledger/verifier/index.ts'
import { maxPasskeys } from './webauthn/index.ts'

const root = join(import.meta.dirname, '..')
const waitingForOnePerson = 64

export type App = {
  readonly foundation: Foundation
  readonly server: Server
  /** The endpoints, each with its audience. */
  readonly endpoints: readonly Endpoint[]
  /** Starts the work on the queue of jobs, unless this process serves the web only. */
  startWork(): Promise<Worker>
  close(): Promise<void>
}

export type AppOptions = {
  /** Changes the text of each register object as it is read into memory. */
  readonly rewriteRegister?: ((text: string) => string) | undefined
  /** The log to use instead of standard output. */
  readonly log?: Log
}

/** The composition: opens the foundation and mounts the rooms, in order. `databaseUrl` has been migrated. */
export async function buildApp(
  config: Config,
  databaseUrl: string,
  { rewriteRegister, log = openLog(config.logLevel) }: AppOptions = {},
): Promise<App> {
  const foundation = await openFoundation(config, databaseUrl, log)
  const follow = await openClock(foundation.db, config)
  const live = await openRegister(foundation.db, rewriteRegister)
  const context: DecisionContext = {
    db: foundation.db,
    store: makeDecisionStore(foundation.db),
    vault: makeVault(foundation.keys.data),
    live,
    pairwise: makePairwise(foundation.keys.pairwise),
    turns: makeTurns(waitingForOnePerson),
  }
  const provider = openProvider(foundation, live, (personId, details) =>
    recordRefusedToken(context, personId, details),
  )
  const { web, endpoints } = compose(foundation, provider, context, follow)
  const handle = web.callback()
  const server = createServer(
    {
      requestTimeout: 15_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16_384,
    },
    (request, response) => void handle(request, response),
  )
  const unfollow = followRegister(foundation.db, live, foundation.log)
  return {
    foundation,
    server,
    endpoints,
    startWork: () =>
      startWork(foundation, databaseUrl, following(jobsOf(foundation, provider, context), follow)),
    async close() {
      await unfollow()
      await foundation.db.destroy()
    },
  }
}

async function startWork(foundation: Foundation, databaseUrl: string, jobs: Jobs): Promise<Worker> {
  // Register versions that are older than the log get their leaves too.
  await announceRegister(foundation.db, foundation.clock())
  const log = await startLog(foundation, databaseUrl)
  const worker = await startWorker(databaseUrl, jobs, timetable, foundation.log)
  return {
    async stop() {
      await Promise.all([worker.stop(), log.stop()])
    },
  }
}

async function openFoundation(config: Config, databaseUrl: string, log: Log): Promise<Foundation> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const words = makeWords()
  const views = makeViews(words, join(root, 'views'))
  return Object.freeze({
    config,
    db: openDatabase(databaseUrl),
    clock: systemClock,
    log,
    keys: await openKeys(config.keysDir),
    pages: makePages(views, { ...config, version }),
    words,
  })
}

type Composed = { readonly web: Koa; readonly endpoints: readonly Endpoint[] }

function compose(
  foundation: Foundation,
  provider: OpenProvider,
  context: DecisionContext,
  follow?: FollowClock,
): Composed {
  const { config, log, pages, keys } = foundation
  const web = new Koa({
    keys: [...keys.cookie],
    proxy: config.trustedProxies > 0,
    maxIpsCount: config.trustedProxies,
  })
  web.silent = true // answerErrors logs, with redaction
  const served = roomsOf(foundation, provider, context)
  const endpoints = served.flatMap((room) => room.endpoints)
  web.use(requestLog(log))
  web.use(securityHeaders(config)) // before the provider, and on errors: it adds its own hashes to our policy
  if (config.kiosk) web.use(kioskFront(keys, provider.sessionCookie))
  web.use(answerErrors(log, pages, errorFormsOf(endpoints)))
  if (follow !== undefined) web.use(timeMayHaveMoved(follow)) // outside production
  web.use(frontDoor(config)) // exact host, one spelling
  web.use(assetRoutes())
  web.use(language(config, keys, pages))
  for (const { serve } of served) web.use(serve)
  return { web, endpoints }
}

/** The routes of all rooms, in the order in which they are tried. */
function roomsOf(
  foundation: Foundation,
  provider: OpenProvider,
  context: DecisionContext,
): readonly ServedRoutes[] {
  const { config, keys } = foundation
  const { live, vault } = context
  const { callers, sessions, visits } = provider
  const person = makeRequirePerson(foundation, provider.whoIsThis, visits)
  const tries = makeTries(foundation) // one queue of signatures a process
  const notary = makeNotary(foundation, live, vault)
  const passwords = makePasswords(keys.data, vault) // one queue of hashes a process
  const ways = { vault, passwords, tries, letters: makeLetters(foundation) }
  const own = meContext({ foundation, live, notary, passwords, sessions }, tries)
  const asking = { foundation, live, notary, visits, person }
  const kiosk = { foundation, ...provider, cookieName: provider.sessionCookie }
  return [
    ...(config.kiosk ? [kioskRoutes(kiosk)] : []),
    siteRoutes(foundation, live.current), // before any cookie is read
    siteFileRoutes(foundation),
    siteApiRoutes(foundation, limitsOf(config), () => live.current()),
    openapiRoutes(foundation, operations),
    docsRoutes(foundation, operations),
    logRoutes(foundation),
    verifierRoutes(foundation, () => policyText(foundation.db, config.issuer)),
    ...authzenRoutes(foundation, callers, context),
    checkRoutes(foundation, tries),
    reportRoutes(foundation, callers, context),
    stopRoutes(foundation, callers, context),
    disputeApi(foundation, callers, context),
    beginRoutes(foundation, visits),
    meApiRoutes(own, callers),
    signinRoutes(foundation, { ...ways, ...provider }),
    ...askingRoutes.map((asked) => asked(asking)),
    disputeRoutes({ ...context, foundation, person }),
    returnRoutes(),
    mySharingRoutes({ foundation, live, vault, notary, person }),
    myActivityRoutes({ foundation, live, person }),
    myAccessRoutes({ foundation, ...ways, live, notary, sessions, person }),
    myDataRoutes({ ...own, person }),
    notificationRoutes({ foundation, person, tries }),
    provider.oidc, // last: speaks OpenID Connect, one request in one atomic unit
  ]
}

function timeMayHaveMoved(follow: FollowClock): Koa.Middleware {
  return async (_, next) => {
    await follow()
    await next()
  }
}

const askingRoutes = [
  consentRoutes,
  severalRoutes,
  waitingRoutes,
  keptRoutes,
  noticeRoutes,
  againRoutes,
]

/** The JSON operations with published shapes, room by room. */
const operations = [
  authzenOperations,
  reportOperations,
  stopOperations,
  disputeOperations,
  meOperations,
  siteOperations,
].flatMap((those) => Object.values<Operation>(those))

const limitsOf = ({ pushedPerMinute, visitsPerMinute }: Config) => ({
  body_bytes: bodyLimits,
  authorization_details: { items: maxItems, bytes: largestDetails },
  evaluations: largestBatch,
  page: largestPage,
  categories: maxCategories,
  person: {
    consents: maxLive,
    requests: maxOpen,
    disputes: maxOpenDisputes,
    passkeys: maxPasskeys,
    sessions: maxSessions,
  },
  password_characters: passwordCharacters,
  service: { redirect_uris: largestService.redirectUris, keys: largestService.keys },
  parameter_characters: { state: maxOpaque, nonce: maxOpaque },
  a_minute: { pushed_by_service: pushedPerMinute, visits_by_network: visitsPerMinute },
})

function following(jobs: Jobs, follow: FollowClock | undefined): Jobs {
  if (follow === undefined) return jobs
  const entries = Object.entries(jobs).map(
    ([name, work]) =>
      [name, (...given: Parameters<typeof work>) => follow().then(() => work(...given))] as const,
  )
  return Object.fromEntries(entries)
}
