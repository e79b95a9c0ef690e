import type { Router } from '@koa/router'
import {
  type Application,
  type Errand,
  findSession,
  seeOther,
  showPage,
  type State,
  type Visit,
} from '../application.ts'
import { callBrokerAs } from '../call-broker.ts'
import { expiringMap, type ExpiringMap } from '../expiring-map.ts'
import { addressIn, homeOf, locales } from '../pages.ts'
import { lazyProvider } from '../provider.ts'
import { isFromOwnPages } from '../security-headers.ts'
import { goToProvider } from '../sign-in.ts'
import { takePolled } from '../signals/poll.ts'
import { takingSignals } from '../signals/signal.ts'
import { signalsRight } from '../signals/stream.ts'
import { sessionLifetimeSeconds } from '../sessions.ts'
import { answerStops } from '../stops.ts'
import { type Agency, askAgency } from './ask-agency.ts'
import type { Sharing } from './bursary-file.ts'
import { consentIn, mirrorTo, tellTo } from './mirror.ts'
import { type BursaryPages, bursaryPages, paths } from './pages.ts'
import {
  askingFor,
  bursaryCommunication,
  type Communication,
  grantedOf,
  loanCommunication,
  renewalOf,
  standingOf,
} from './request.ts'
import { addResidence } from './residence.ts'

// The agency asks the broker before it answers, and asks twice if it must.
const patienceSeconds = 15
// As long as a session shows it.
const toldBounds = { limit: 1000, lifetimeSeconds: sessionLifetimeSeconds }

type Bursary = {
  readonly app: Application
  readonly agency: Agency
  readonly loan: Communication
  readonly pages: BursaryPages
  /** When the broker told us that a consent was stopped. */
  readonly told: ExpiringMap<Date>
}

/**
 * « Demander une bourse »: asks the person for the right, then the agency for the notice, and shows what came of it.
 * Beside it, what needs no permission: see `addResidence`.
 */
export function addBursary(
  router: Router<State>,
  app: Application,
  { issuer, agencyApi }: { readonly issuer: string; readonly agencyApi: string },
): { close(): void } {
  const asked = bursaryCommunication(issuer, agencyApi)
  const findProvider = lazyProvider(issuer, app.party.clientId, app.key, patienceSeconds)
  const pages = bursaryPages(app.pages, issuer)
  const loan = loanCommunication(issuer, agencyApi)
  const report = callBrokerAs(findProvider, { resource: `${issuer}/disclosures`, scope: 'report' })
  const tell = tellTo(issuer, report)
  const mirror = mirrorTo(tell, asked)
  const told = expiringMap<Date>(toldBounds)
  const bursary = { app, agency: { asked, findProvider, mirror }, loan, pages, told }
  router.post(paths.file, (ctx) => begin(ctx, bursary))
  router.post(paths.calculation, (ctx) => calculateAgain(ctx, bursary))
  router.post(paths.nextYear, (ctx) => prepareNextYear(ctx, bursary))
  router.post(paths.otherWay, (ctx) => takeUpload(ctx))
  for (const locale of locales) {
    router.get(addressIn(locale, paths.file), (ctx) => showFile(ctx, bursary))
    router.get(addressIn(locale, paths.refused), (ctx) => showPage(ctx, pages.refused(locale)))
    router.get(addressIn(locale, paths.otherWay), (ctx) =>
      showPage(ctx, pages.otherWay(locale, 'envoi' in ctx.query)),
    )
  }
  addResidence(router, app, { issuer, agencyApi, findProvider, tell })
  const stops = answerStops(issuer, report)
  const call = callBrokerAs(findProvider, signalsRight(issuer))
  const body = { issuer, clientId: app.party.clientId, organisation: 'org_aide-etudes' }
  const polled = takePolled(
    issuer,
    call,
    takingSignals(body, 'polled', (consentId) => {
      told.put(consentId, app.now(), app.now())
      stops.soon()
    }),
  )
  return {
    close() {
      stops.close()
      polled.close()
    },
  }
}

async function begin(ctx: Visit, bursary: Bursary): Promise<void> {
  const { app } = bursary
  if (isFromOwnPages(ctx.headers, app.party.address)) {
    return goToProvider(ctx, app, errandOf(bursary))
  }
  seeOther(ctx, homeOf(ctx.state.locale))
}

/** « Préparer l’an prochain »: two purposes in one request, and the first of them only renewed. */
async function prepareNextYear(ctx: Visit, bursary: Bursary): Promise<void> {
  const { app, agency, loan } = bursary
  const sharing = findSession(ctx, app)?.session.file?.sharing
  if (sharing?.standing === undefined || !isFromOwnPages(ctx.headers, app.party.address))
    return seeOther(ctx, addressIn(ctx.state.locale, paths.file))
  const asks = askingFor(renewalOf(agency.asked, sharing.standing), loan)
  // A no leaves what was allowed as it is.
  return goToProvider(ctx, app, { ...errandOf(bursary), asks, refused: seeFile })
}

function seeFile(ctx: Visit): void {
  seeOther(ctx, addressIn(ctx.state.locale, paths.file))
}

function errandOf(bursary: Bursary): Errand {
  const { agency, loan } = bursary
  const { asked } = agency
  return {
    asks: askingFor(asked),
    refused: goOnWithout,
    async granted(ctx, sessionId, tokens) {
      const { details } = tokens
      const categories = grantedOf(asked, details)
      if (categories === undefined) return goOnWithout(ctx)
      const standing = standingOf(asked, details)
      const hasLoan = grantedOf(loan, details) !== undefined
      await calculate(bursary, sessionId, { tokens, categories, standing, hasLoan })
      seeFile(ctx)
    },
  }
}

function goOnWithout(ctx: Visit): void {
  seeOther(ctx, addressIn(ctx.state.locale, paths.refused))
}

async function calculateAgain(ctx: Visit, bursary: Bursary): Promise<void> {
  const { app } = bursary
  const { id, session } = findSession(ctx, app) ?? {}
  const sharing = session?.file?.sharing
  const isAsked = isFromOwnPages(ctx.headers, app.party.address)
  if (id !== undefined && sharing !== undefined && isAsked) await calculate(bursary, id, sharing)
  seeOther(ctx, addressIn(ctx.state.locale, paths.file))
}

async function calculate(
  { app, agency }: Bursary,
  sessionId: string,
  sharing: Sharing,
): Promise<void> {
  const asked = await askAgency(agency, sharing)
  // Looked up again: while the agency was asked, the person may have signed out.
  const session = app.sessions.find(sessionId, app.now())
  if (session === undefined) return
  const { reply } = asked
  const received =
    reply.kind === 'received' ? { notice: reply.notice, at: app.now() } : session.file?.received
  const consentId = consentIn(sharing, agency.asked)
  app.sessions.replace(sessionId, { ...session, file: { ...asked, received, consentId } })
}

function showFile(ctx: Visit, { app, pages, told }: Bursary): void {
  const file = findSession(ctx, app)?.session.file
  if (file === undefined) return seeOther(ctx, homeOf(ctx.state.locale))
  const toldAt = told.find(file.consentId ?? '', app.now())
  showPage(ctx, pages.file(ctx.state.locale, file, toldAt))
}

// The form has no named field: a browser sends no file. The next page says so.
function takeUpload(ctx: Visit): void {
  seeOther(ctx, `${addressIn(ctx.state.locale, paths.otherWay)}?envoi`)
}
