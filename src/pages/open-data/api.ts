import { dayOf } from '../../base/values/calendar.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Callers, OwnApi } from '../../base/web/caller.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { readQuery } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import { routes } from '../../base/web/router.ts'
import type { CountedMonth } from '../../consent/figures/index.ts'
import { monthlyCounts } from '../../consent/figures/index.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { fiscalYear, monthsOf } from './reports.ts'
import { figuresQuery, operations } from './shapes.ts'

const disclosuresApi: OwnApi = { path: '/disclosures', scope: 'report' }
/** Four years. */
const mostMonths = 48

/** The exact figures behind a body's two reports, for the body itself. These routes read no cookie. */
export function ownFiguresRoutes(
  { db, clock }: Foundation,
  callers: Callers,
  { vault }: { readonly vault: Pick<Vault, 'seals'> },
): ServedRoutes {
  return routes('programs')
    .on(operations.ownFigures, async (ctx) => {
      const { orgId } = await callers.require(ctx, disclosuresApi)
      const { year: name } = readQuery(ctx, figuresQuery)
      const year = fiscalYear(name)
      if (year === undefined || year.from > dayOf(clock())) throw new Refusal('not-found', 404)
      const wanted = new Set(monthsOf(year))
      const counted = (await monthlyCounts(db, vault.seals, mostMonths)).filter(
        ({ month, isGenuine }) => isGenuine && wanted.has(month),
      )
      ctx.set('Cache-Control', 'no-store')
      ctx.body = figuresOf(orgId, name, counted.toReversed())
    })
    .served('page')
}

function figuresOf(
  organisation: string,
  year: string,
  counted: readonly CountedMonth[],
): AnswerOf<(typeof operations.ownFigures.answers)[200]> {
  const items = counted.flatMap(({ month, counts }) =>
    counts
      .filter(({ outcome }) => outcome === 'permitted' || outcome === 'permitted-later')
      .filter(({ holder, recipient }) => holder === organisation || recipient === organisation)
      .map(({ outcome, agreement, holder, recipient, purpose, basis, times, people }) => ({
        month: month.slice(0, 7),
        agreement,
        holder,
        recipient,
        purpose,
        legal_basis: basis,
        shown_later: outcome === 'permitted-later',
        communications: times,
        people,
      })),
  )
  return { organisation, year, months: counted.map(({ month }) => month.slice(0, 7)), items }
}
