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
import type { Follow } from './base/platform/clock-offset.ts'
import { openClock } from './base/platform/clock-offset.ts'
import { systemClock } from './base/platform/clock.ts'
import { openDatabase } from './base/platform/database.ts'
import { bodyLimits } from './base/web/forms.ts'
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
import { Refusal } from './base/platform/refusal.ts'
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
import { openapiRoutes } from './api/openapi/index.ts'
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
import { siteApiRoutes, siteOperations, siteRoutes } from './pages/site/index.ts'
import { verifierRoutes } from './ledger/verifier/index.ts'
import { maxPasskeys } from './webauthn/index.ts'

const root = join(import.meta.dirname, '..')
const waitingForOnePerson = 64

export type App = {
  readonly foundation: Foundation
  readonly server: Server
  /** Works the queue, unless this process serves the web only. */
  startWork(): Promise<Worker>
  close(): Promise<void>
}

export type Around = {
  /** Changes the register's texts in memory, as they are read. */
  readonly rewriteRegister?: ((text: string) => string) | undefined
  /** In the place of standard output. */
  readonly log?: Log
}

/** The composition: opens the foundation and hangs up the rooms, in order. `databaseUrl` has been migrated. */
export async function buildApp(
  config: Config,
  databaseUrl: string,
  { rewriteRegister, log = openLog(config.logLevel) }: Around = {},
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
  const handle = compose(foundation, provider, context, follow).callback()
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
    startWork: () =>
      startWork(foundation, databaseUrl, following(jobsOf(foundation, provider, context), follow)),
    async close() {
      await unfollow()
      await foundation.db.destroy()
    },
  }
}

async function startWork(foundation: Foundation, databaseUrl: string, jobs: Jobs): Promise<Worker> {
  // What stands in the register from before there was a log is a leaf of it too.
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

function compose(
  foundation: Foundation,
  provider: OpenProvider,
  context: DecisionContext,
  follow?: Follow,
): Koa {
  const { config, log, pages, keys } = foundation
  const { live, vault } = context
  const web = new Koa({
    keys: [...keys.cookie],
    proxy: config.trustedProxies > 0,
    maxIpsCount: config.trustedProxies,
  })
  web.silent = true // answerErrors logs, with redaction
  const person = makeRequirePerson(foundation, provider.whoIsThis, provider.visits)
  web.use(requestLog(log))
  web.use(securityHeaders(config)) // before the provider, and on errors: it adds its own hashes to our policy
  if (config.kiosk) web.use(kioskFront(keys, provider.sessionCookie))
  web.use(answerErrors(log, pages))
  if (follow !== undefined) web.use(timeMayHaveMoved(follow)) // outside production
  web.use(frontDoor(config, operations)) // exact host, one spelling
  web.use(assetRoutes())
  web.use(language(config, keys, pages))
  web.use(noMachinesInEnglish)
  if (config.kiosk)
    web.use(kioskRoutes({ foundation, ...provider, cookieName: provider.sessionCookie }))
  web.use(siteRoutes(foundation, live.current)) // before any cookie is read
  web.use(siteApiRoutes(foundation, limitsOf(config), () => live.current()))
  web.use(openapiRoutes(foundation, operations))
  web.use(logRoutes(foundation))
  web.use(verifierRoutes(foundation, () => policyText(foundation.db, config.issuer)))
  web.use(authzenRoutes(foundation, provider.callers, context))
  const tries = makeTries(foundation) // one line of signatures a process
  web.use(checkRoutes(foundation, tries))
  web.use(reportRoutes(foundation, provider.callers, context))
  web.use(stopRoutes(foundation, provider.callers, context))
  web.use(disputeApi(foundation, provider.callers, context))
  const notary = makeNotary(foundation, live, vault)
  const passwords = makePasswords(keys.data, vault) // one queue of hashes a process
  const ways = { vault, passwords, tries, letters: makeLetters(foundation) }
  web.use(beginRoutes(foundation, provider.visits))
  const own = meContext({ foundation, live, notary, passwords, sessions: provider.sessions }, tries)
  web.use(meApiRoutes(own, provider.callers))
  web.use(signinRoutes(foundation, { ...ways, ...provider }))
  const asking = { foundation, live, notary, visits: provider.visits, person }
  for (const asked of askingRoutes) web.use(asked(asking))
  web.use(disputeRoutes({ ...context, foundation, person }))
  web.use(returnRoutes())
  web.use(mySharingRoutes({ foundation, live, vault, notary, person }))
  web.use(myActivityRoutes({ foundation, live, person }))
  const { sessions } = provider
  web.use(myAccessRoutes({ foundation, ...ways, live, notary, sessions, person }))
  web.use(myDataRoutes({ ...own, person }))
  web.use(notificationRoutes({ foundation, person, tries }))
  web.use(onlyPagesInEnglish)
  web.use(provider.oidc) // last: speaks OpenID Connect, one request in one atomic unit
  return web
}

function timeMayHaveMoved(follow: Follow): Koa.Middleware {
  return async (_, next) => {
    await follow()
    await next()
  }
}

/** All that speaks JSON by shapes of its own. */
const askingRoutes = [
  consentRoutes,
  severalRoutes,
  waitingRoutes,
  keptRoutes,
  noticeRoutes,
  againRoutes,
]

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

// What no person reads has one spelling.
const noMachinesInEnglish: Koa.Middleware = async (ctx, next) => {
  const isEnglish = (ctx.state as { language?: string }).language === 'en'
  if (
    isEnglish &&
    /^\/(healthz|readyz|keys|log|register|access|api\/openapi\.json|conformance|disclosures|me|\.well-known)(\/|$)/.test(
      ctx.path,
    )
  )
    throw new Refusal('not-found', 404)
  await next()
}

// The protocol has one spelling: no /en/auth, no /en/token. What a person sees of it has its page in both languages.
const pagesOfProtocol = new Set(['/session/end', '/session/end/confirm', '/session/end/success'])
const onlyPagesInEnglish: Koa.Middleware = async (ctx, next) => {
  if ((ctx.state as { language?: string }).language === 'en' && !pagesOfProtocol.has(ctx.path))
    throw new Refusal('not-found', 404)
  await next()
}

function following(jobs: Jobs, follow: Follow | undefined): Jobs {
  if (follow === undefined) return jobs
  const entries = Object.entries(jobs).map(
    ([name, work]) =>
      [name, (...given: Parameters<typeof work>) => follow().then(() => work(...given))] as const,
  )
  return Object.fromEntries(entries)
}
