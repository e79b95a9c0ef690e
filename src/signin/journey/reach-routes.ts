import type { Context } from 'koa'
import { z } from 'zod'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { transact } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readForm } from '../../base/web/forms.ts'
import { tellShared } from '../../base/web/shared-browser.ts'
import {
  lockAccount,
  makeNicknames,
  putNickname,
  readNickname,
} from '../../people/accounts/index.ts'
import type { JourneyContext, ProofAt, VisitRoutes } from './context.ts'
import type { Attempt } from './journey.ts'
import type { ProofContext } from './proofs.ts'
import { asksNickname } from './reach-show.ts'
import { toPresentStep } from './step-show.ts'
import { stepOf } from './steps.ts'
import { findAttempt, markReachAnswered } from './store.ts'

// « Où vous prévenir? », once, after the codes of a first access or of a recovery: whoever is told nothing learns of no thief. The visit waits
// for no message: the code that is sent there is given later, in « Mes messages ». Beside it stand what she calls her access, and whether
// she shares this device: the two by which people of one device see whose access is open.

const form = z.object({
  address: z.string().max(320).default(''),
  nickname: z.string().max(512).default(''),
  shared: z.literal('oui').optional(),
  // « Pas maintenant »
  later: z.literal('oui').optional(),
})
type Typed = z.infer<typeof form>

export function reachRoutes(
  context: JourneyContext,
  proving: ProofAt,
  visit: VisitRoutes,
): VisitRoutes {
  return visit.post('/adresse', async (ctx) => answer(ctx, context, await proving(ctx)))
}

async function answer(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { config, keys } = context.foundation
  const { visit } = at
  const typed = await readForm(ctx, keys, visit.id, form)
  const step = await stepOf(at, visit)
  if (step.show !== 'reach') return toPresentStep(ctx, visit)
  const { attempt } = step
  const nickname = await taken(context, at, attempt, typed).catch(
    recoverFrom(Refusal, (problem) => problem),
  )
  if (nickname instanceof Refusal) {
    const said = { ...typed, isShared: typed.shared !== undefined, problem: nickname }
    return context.show.reach(ctx, visit, attempt, said)
  }
  if (await answered(context, at, attempt, nickname)) {
    // What is true of the device holds though she gives no address now.
    if (!config.kiosk && typed.shared !== undefined) tellShared(ctx, true)
  }
  return toPresentStep(ctx, visit)
}

/** Sends a code to the address. @returns what she calls her access. @throws Refusal contact.…, nickname.…, too-many-attempts */
async function taken(
  context: JourneyContext,
  { origin, peer }: ProofContext,
  attempt: Attempt,
  { address, nickname: typed, shared, later }: Typed,
): Promise<string | undefined> {
  // « Pas maintenant » takes nothing of what was typed.
  if (later !== undefined) return undefined
  const { personId, factorIds } = attempt
  const nickname = asksNickname(context.foundation.config, attempt)
    ? readNickname(typed)
    : undefined
  const saysOther = nickname !== undefined || shared !== undefined
  // Who gives her name alone goes on: her own page says then that nobody warns her.
  if (address.trim() === '' && saysOther) return nickname
  await context.reach.propose(
    { personId, factorIds, origin, peer },
    channelOf(context, address),
    address,
  )
  return nickname
}

/** Writes what she calls her access. @returns whether this was the answer that ends the step: of two presses at once one is */
function answered(
  { foundation: { keys } }: JourneyContext,
  at: ProofContext,
  { personId }: Attempt,
  nickname: string | undefined,
): Promise<boolean> {
  const { db, visit } = at
  return transact(db, async (tx) => {
    await lockAccount(tx, personId)
    // Her sessions were ended meanwhile: what was proved here counts for nothing.
    const attempt = await findAttempt({ ...at, db: tx }, visit.id)
    if (attempt?.personId !== personId || attempt.reachDue !== true) return false
    await markReachAnswered(tx, visit.id)
    if (nickname !== undefined) await putNickname(tx, makeNicknames(keys), personId, nickname)
    return true
  })
}

// One field for both: whatever has an @ is an e-mail address.
function channelOf({ reach: { channels } }: JourneyContext, typed: string): 'email' | 'sms' {
  const [first = 'email', second] = channels
  if (second === undefined) return first
  return typed.includes('@') ? 'email' : 'sms'
}
