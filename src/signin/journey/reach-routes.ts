import type { Context } from 'koa'
import { z } from 'zod'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { transact } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readForm } from '../../base/web/forms.ts'
import type { JourneyContext, ProofAt, VisitRoutes } from './context.ts'
import type { ProofContext } from './proofs.ts'
import { toPresentStep } from './step-show.ts'
import { stepOf } from './steps.ts'
import { markReachAnswered } from './store.ts'

// « Où vous prévenir? », once, after the codes of a first access or of a recovery: whoever is told nothing learns of no thief. The visit waits
// for no message: the code that is sent there is given later, in « Mes messages ».

const form = z.object({
  address: z.string().max(320).default(''),
  // « Pas maintenant »
  later: z.literal('oui').optional(),
})

export function reachRoutes(
  context: JourneyContext,
  proving: ProofAt,
  visit: VisitRoutes,
): VisitRoutes {
  return visit.post('/adresse', async (ctx) => answer(ctx, context, await proving(ctx)))
}

async function answer(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { db, visit, origin, peer } = at
  const { address, later } = await readForm(ctx, context.foundation.keys, visit.id, form)
  const step = await stepOf(at, visit)
  if (step.show !== 'reach') return toPresentStep(ctx, visit)
  const { personId, factorIds } = step.attempt
  if (later === undefined) {
    const proposed = await context.reach
      .propose({ personId, factorIds, origin, peer }, channelOf(context, address), address)
      .catch(recoverFrom(Refusal, (problem) => problem))
    if (proposed instanceof Refusal)
      return context.show.reach(ctx, visit, { typed: address, problem: proposed })
  }
  await transact(db, (tx) => markReachAnswered(tx, visit.id))
  return toPresentStep(ctx, visit)
}

// One field for both: whatever has an @ is an e-mail address.
function channelOf({ reach: { channels } }: JourneyContext, typed: string): 'email' | 'sms' {
  const [first = 'email', second] = channels
  if (second === undefined) return first
  return typed.includes('@') ? 'email' : 'sms'
}
