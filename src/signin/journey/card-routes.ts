import type { Context } from 'koa'
import { z } from 'zod'
import { Refusal } from '../../base/values/refusal.ts'
import { readForm } from '../../base/web/forms.ts'
import type { Visit } from '../../base/web/visit.ts'
import { proveByCard, readCard, takesCards, tryOfCard } from './card-signin.ts'
import type { JourneyContext, ProofAt, VisitRoutes } from './context.ts'
import { requireUnproved, unprovedVisit } from './context.ts'
import { goOnWith } from './finish-show.ts'
import type { ProofContext } from './proofs.ts'

const cardForm = z.object({ number: z.string().max(100), code: z.string().max(100) })

/** The page on which a card opens an access. */
export function cardRoutes(
  context: JourneyContext,
  proving: ProofAt,
  visit: VisitRoutes,
): VisitRoutes {
  return visit
    .get('/carte', async (ctx) => showCard(ctx, context, await unprovedVisit(ctx, context)))
    .post('/carte', async (ctx) => useCard(ctx, context, await proving(ctx)))
}

function showCard(ctx: Context, context: JourneyContext, visit: Visit): void {
  requireTaken(context, visit)
  context.show.card(ctx, visit, '')
}

/** @throws Refusal not-found (404): no card opens this visit */
function requireTaken({ foundation }: JourneyContext, visit: Visit): void {
  if (!takesCards(foundation.config.kiosk, visit)) throw new Refusal('not-found', 404)
}

async function useCard(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { visit } = at
  const typed = await readForm(ctx, context.foundation.keys, visit.id, cardForm)
  requireTaken(context, visit)
  await requireUnproved(at, visit)
  const proved = await prove(context, at, typed)
  if (proved instanceof Refusal) return context.show.card(ctx, visit, typed.number, proved)
  return goOnWith(ctx, context, visit, proved)
}

async function prove(context: JourneyContext, at: ProofContext, typed: z.infer<typeof cardForm>) {
  const read = () => readCard(typed)
  try {
    // What is no number and no code is told apart before anything is counted or looked for.
    const given = read()
    const { tried, owner } = await tryOfCard(at, context.cards, given)
    return await context.tries.counted(at, tried, {
      read,
      prove: (counted) => proveByCard(counted, at, context.cards, given),
      owner,
    })
  } catch (error) {
    if (error instanceof Refusal && isTyping(error.code)) return error
    throw error
  }
}

function isTyping(code: string): boolean {
  return code === 'card.number-typed' || code === 'card.code-typed'
}
