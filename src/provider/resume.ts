import type { Context, Middleware } from 'koa'
import { Refusal } from '../foundation/refusal.ts'
import { languageOf } from '../foundation/page.ts'
import type { Held } from './clients.ts'
import { ownService } from './clients.ts'
import { ensureRead } from './read.ts'
import { visitResumedAt } from './request-unit.ts'
import { currentUnit, rowId } from './unit.ts'
import type { Origin, Standing } from './visit-row.ts'
import { standingOf } from './visit-row.ts'

/** Around the library, inside the unit: it goes on with no visit but one that stands open in this browser, and writes nothing else. */
export function resumable(held: Held, oidc: Middleware): Middleware {
  return async (ctx, next) => {
    const visitId = visitResumedAt(ctx.path)
    if (visitId !== undefined) await requireOpen(ctx, held, visitId)
    await oidc(ctx, next)
  }
}

async function requireOpen(ctx: Context, held: Held, visitId: string): Promise<void> {
  const unit = currentUnit()
  await ensureRead(unit, { artifacts: [rowId('Interaction', visitId)] })
  const standing = standingOf(unit, visitId)
  if (standing.is === 'open') return
  // The protocol has one spelling; the visit's page says the same in the other language.
  Object.assign(ctx.state, { otherLanguageHref: `/en/connexion/${visitId}` })
  throw overBecause(ctx, held, standing, 400)
}

/** What a person reads of a visit that does not go on here, and where she goes on instead. */
export function overBecause(
  ctx: Context,
  held: Held,
  standing: Exclude<Standing, { is: 'open' }>,
  status: number,
): Refusal {
  switch (standing.is) {
    case 'unknown':
      return new Refusal('visit.not-found', 404)
    case 'elsewhere':
      return new Refusal('visit.elsewhere', 404, again(ctx, held, standing))
    case 'done':
      return new Refusal('visit.done', status, wayOn(ctx, held, standing))
    case 'expired':
      return new Refusal('visit.expired', status, again(ctx, held, standing))
  }
}

function again(ctx: Context, held: Held, origin: Origin) {
  return { ...wayOn(ctx, held, origin), beginsAgain: true }
}

function wayOn(ctx: Context, held: Held, { clientId, ownPath }: Origin) {
  if (clientId === ownService) return { nextHref: ownPath ?? '/acces' }
  const nextHref = held.home(clientId)
  const nextName = held.label(clientId)?.name[languageOf(ctx)]
  return nextHref === undefined ? {} : { nextHref, nextName }
}
