import type { Context, Middleware } from 'koa'
import type { Provider } from 'oidc-provider'
import { Refusal } from '../../base/values/refusal.ts'
import { languageOf } from '../../base/web/page.ts'
import type { HeldClients } from '../clients/clients.ts'
import { ownService } from '../../registry/index.ts'
import { visitResumedAt } from '../clients/endpoints.ts'
import { fitsSession, currentSession } from '../logout/current-session.ts'
import { currentUnit } from '../unit/unit.ts'
import type { VisitOrigin, VisitState } from '../unit/interaction-model.ts'
import { closedVisit } from '../unit/interaction-model.ts'
import type { VisitAddresses } from '../unit/interaction-paths.ts'
import { visitPath } from '../unit/interaction-paths.ts'

/** Where a visit that cannot go on leads: to the service that began it, or to a page of ours. */
type Places = {
  readonly held: HeldClients
  readonly addresses: VisitAddresses
}

type Finding = Places & { readonly provider: Provider }

/**
 * Runs around the library and inside the unit. Lets the library resume a visit only if it is open in this browser, was answered, and
 * began in the session that is there now. Otherwise nothing is written, and the visit's page explains.
 */
export function resumable(finding: Finding, oidc: Middleware): Middleware {
  return async (ctx, next) => {
    const visitId = visitResumedAt(ctx.path)
    const goesTo = visitId && (await whereElse(ctx, finding, visitId))
    if (!goesTo) return oidc(ctx, next)
    ctx.redirect(goesTo)
    ctx.status = 303
  }
}

/** @returns the page of a visit that must not be resumed yet. @throws Refusal for a visit that can never be resumed */
async function whereElse(
  ctx: Context,
  { provider, held, addresses }: Finding,
  visitId: string,
): Promise<string | undefined> {
  const interaction = await provider.Interaction.find(visitId)
  if (interaction !== undefined) {
    const isReady =
      interaction.result !== undefined &&
      fitsSession(interaction, await currentSession(ctx, provider))
    return isReady ? undefined : visitPath(addresses, interaction)
  }
  const standing = closedVisit(currentUnit(), visitId)
  // The protocol's path has no English spelling, but the visit's page says the same in English.
  Object.assign(ctx.state, { otherLanguageHref: `/en${addresses.signIn({ id: visitId })}` })
  throw visitRefusal(ctx, { held, addresses }, standing, 400)
}

/** The refusal for a visit that cannot go on here, with the place where the person can go on instead. */
export function visitRefusal(
  ctx: Context,
  places: Places,
  standing: Exclude<VisitState, { is: 'open' }>,
  status: number,
): Refusal {
  switch (standing.is) {
    case 'unknown':
      return new Refusal('visit.not-found', 404)
    case 'elsewhere':
      return new Refusal('visit.elsewhere', 404, wayToBeginAgain(ctx, places, standing))
    case 'done':
      return new Refusal('visit.done', status, wayOn(ctx, places, standing))
    case 'expired':
      return new Refusal('visit.expired', status, wayToBeginAgain(ctx, places, standing))
  }
}

export function wayToBeginAgain(ctx: Context, places: Places, origin: VisitOrigin) {
  return { ...wayOn(ctx, places, origin), beginsAgain: true }
}

function wayOn(ctx: Context, { held, addresses }: Places, { clientId, ownPath }: VisitOrigin) {
  if (clientId === ownService || ownPath !== undefined)
    return { nextHref: ownPath?.replace(/^\/en(?=\/)/, '') ?? addresses.home }
  const nextHref = held.home(clientId)
  const nextName = held.label(clientId)?.name[languageOf(ctx)]
  return nextHref === undefined ? {} : { nextHref, nextName }
}
