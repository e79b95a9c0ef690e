import { randomUUID } from 'node:crypto'
import type { Router } from '@koa/router'
import * as oidc from 'openid-client'
import {
  type Application,
  type Errand,
  findSession,
  seeOther,
  showPage,
  type State,
  type Visit,
} from '../application.ts'
import { errorMessages } from '../log.ts'
import { addressIn, homeOf, locales } from '../pages.ts'
import { answerOf, type FindProvider } from '../provider.ts'
import type { Tokens } from '../relying-party.ts'
import { isFromOwnPages } from '../security-headers.ts'
import { isObject } from '../shape.ts'
import { goToProvider } from '../sign-in.ts'
import { reasonIn } from './ask-agency.ts'
import type { Tell } from './mirror.ts'
import {
  askingFor,
  categories,
  type Communication,
  grantedOf,
  residenceCommunication,
} from './request.ts'
import type { Residence, ResidentIn } from './residence-file.ts'
import { residencePage, residencePath } from './residence-page.ts'

const years = [2024, 2025]

type Surroundings = {
  readonly issuer: string
  readonly agencyApi: string
  readonly findProvider: FindProvider
  readonly tell: Tell
}

type Desk = Surroundings & { readonly app: Application; readonly asked: Communication }

/** « Vérifier que j’habite au Québec »: what the law allows. The broker tells the person of it, once; then we ask the agency. */
export function addResidence(
  router: Router<State>,
  app: Application,
  surroundings: Surroundings,
): void {
  const { issuer, agencyApi } = surroundings
  const desk = { ...surroundings, app, asked: residenceCommunication(issuer, agencyApi) }
  router.post(residencePath, (ctx) => begin(ctx, desk))
  for (const locale of locales)
    router.get(addressIn(locale, residencePath), (ctx) => showResidence(ctx, desk))
}

async function begin(ctx: Visit, desk: Desk): Promise<void> {
  const { app } = desk
  if (isFromOwnPages(ctx.headers, app.party.address)) return goToProvider(ctx, app, errandOf(desk))
  seeOther(ctx, homeOf(ctx.state.locale))
}

function errandOf(desk: Desk): Errand {
  const { app, asked } = desk
  return {
    asks: askingFor(asked),
    // Not of this, which is no question: of signing in.
    refused: (ctx) => seeOther(ctx, homeOf(ctx.state.locale)),
    async granted(ctx, sessionId, tokens) {
      const residence = await askAgency(desk, tokens)
      // Looked up again: while the agency was asked, the person may have signed out.
      const session = app.sessions.find(sessionId, app.now())
      if (session !== undefined) app.sessions.replace(sessionId, { ...session, residence })
      seeOther(ctx, addressIn(ctx.state.locale, residencePath))
    },
  }
}

function showResidence(ctx: Visit, { app, issuer }: Desk): void {
  const residence = findSession(ctx, app)?.session.residence
  const { locale } = ctx.state
  if (residence === undefined) return seeOther(ctx, homeOf(locale))
  showPage(ctx, residencePage(app.pages, issuer, locale, residence))
}

/** The token serves once, at once: another time begins with the broker, which has nothing to ask then. */
async function askAgency(desk: Desk, tokens: Tokens): Promise<Residence> {
  try {
    if (grantedOf(desk.asked, tokens.details) === undefined)
      return { kind: 'denied', reason: undefined }
    return await read(await call(desk, tokens), desk)
  } catch (error) {
    console.error(`no residence from the agency: ${errorMessages(error)}`)
    return { kind: 'unavailable' }
  }
}

async function call({ findProvider, agencyApi }: Desk, tokens: Tokens): Promise<Response> {
  const address = new URL(`${agencyApi}/residence`)
  address.searchParams.set('annees', years.join())
  return oidc
    .fetchProtectedResource(
      await findProvider(),
      tokens.accessToken,
      address,
      'GET',
      undefined,
      new Headers({ accept: 'application/json', 'x-query-id': randomUUID() }),
      { DPoP: tokens.dpop },
    )
    .catch(answerOf)
}

async function read(response: Response, { app, tell }: Desk): Promise<Residence> {
  const { status } = response
  if (status !== 200 && status !== 403) throw new Error(`status ${status}`)
  const content: unknown = await response.json()
  if (status === 403) return { kind: 'denied', reason: reasonIn(content) }
  const found = yearsIn(content)
  for (const { decisionId } of found)
    tell({ categories: [categories.residence], by: { decision_id: decisionId } })
  return { kind: 'received', years: found, at: app.now() }
}

// Perhaps fewer than we asked for: each is permitted by itself.
function yearsIn(content: unknown): readonly ResidentIn[] {
  const list = isObject(content) && Array.isArray(content['annees']) ? content['annees'] : []
  const found = (list as unknown[]).map(yearIn)
  const named = new Set(found.map(({ year }) => year))
  if (found.length === 0 || named.size < found.length) throw new Error('no years')
  return found
}

function yearIn(item: unknown): ResidentIn {
  const {
    annee: year,
    residence_quebec: isResident,
    decision_id: decisionId,
  } = isObject(item) ? item : {}
  if (typeof year !== 'number' || !years.includes(year)) throw new Error('not a year of ours')
  if (typeof isResident !== 'boolean' || typeof decisionId !== 'string')
    throw new Error('not a residence')
  return { year, isResident, decisionId }
}
