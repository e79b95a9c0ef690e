import type { Context } from 'koa'
import { z } from 'zod'
import { readAddress, readTotp } from '../factors/index.ts'
import { readForm } from '../../base/web/forms.ts'
import { newPersonId } from '../../base/values/ids.ts'
import { seeOther } from '../../base/web/page.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readAssertion } from '../../webauthn/index.ts'
import { visitAddress } from './address.ts'
import { tryOfCode, givePassword, proveByCode, proveBySecurityKey } from './password-signin.ts'
import type { JourneyContext, ProofAt, VisitRoutes } from './context.ts'
import { requireUnproved } from './context.ts'
import { goOnWith } from './finish-show.ts'
import type { ProofContext } from './proofs.ts'
import { toPresentStep } from './step-show.ts'
import { giveBackCounts } from './store.ts'
import { passwordIn } from './visit-rows.ts'

export const credentialForm = z.object({ credential: z.string().max(32_768) })
const codeForm = z.object({ code: z.string().max(100) })
const addressForm = z.object({ address: z.string().max(512) })
const passwordForm = z.object({ address: z.string().max(512), password: z.string().max(1024) })

/** The pages of the way in without a passkey. */
export function passwordRoutes(
  context: JourneyContext,
  proving: ProofAt,
  visit: VisitRoutes,
): VisitRoutes {
  return visit
    .post('/courriel', async (ctx) => giveAddress(ctx, context, await proving(ctx)))
    .post('/mot-de-passe', async (ctx) => usePassword(ctx, context, await proving(ctx)))
    .get('/code', async (ctx) => showCode(ctx, context, await proving(ctx)))
    .post('/code', async (ctx) => useCode(ctx, context, await proving(ctx)))
    .post('/cle-de-securite', async (ctx) => useKey(ctx, context, await proving(ctx)))
}

async function giveAddress(
  ctx: Context,
  context: JourneyContext,
  { visit }: ProofContext,
): Promise<void> {
  const { address } = await readForm(ctx, context.foundation.keys, visit.id, addressForm)
  try {
    return context.show.password(ctx, visit, readAddress(address))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return context.show.signIn(ctx, visit, error, address)
  }
}

async function usePassword(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const typed = await readForm(ctx, context.foundation.keys, at.visit.id, passwordForm)
  await givePassword(at, context.locksmith, typed)
  return seeOther(ctx, visitAddress(at.visit, 'code'))
}

async function showCode(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { visit } = at
  const given = await passwordIn(at, visit)
  if (given === undefined) return toPresentStep(ctx, visit)
  await requireUnproved(at, visit)
  return context.show.code(ctx, visit, given)
}

async function useCode(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { code } = await readForm(ctx, context.foundation.keys, at.visit.id, codeForm)
  const given = await passwordIn(at, at.visit)
  if (given === undefined) return toPresentStep(ctx, at.visit)
  const proved = await context.tries.counted(at, await tryOfCode(at, given), {
    read: () => readTotp(code),
    prove: (counted, token) => proveByCode(counted, at, context.locksmith, { given, token }),
    // The tries of a password that belongs to nobody belong to a new id, which is nobody's.
    owner: { personId: given.proven?.personId ?? newPersonId() },
  })
  if (proved instanceof Refusal)
    return context.show.code(ctx, at.visit, given, { tried: 'code', problem: proved })
  // So the password was right too.
  await giveBackCounts(at.db, at.visit.id)
  return goOnWith(ctx, context, at.visit, proved)
}

async function useKey(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { credential } = await readForm(ctx, context.foundation.keys, at.visit.id, credentialForm)
  const given = await passwordIn(at, at.visit)
  if (given === undefined) return toPresentStep(ctx, at.visit)
  const proved = await context.tries.verified(at, {
    read: () => readAssertion(credential),
    prove: (counted, response) => proveBySecurityKey(counted, at, { given, response }),
  })
  if (proved instanceof Refusal)
    return context.show.code(ctx, at.visit, given, { tried: 'key', problem: proved })
  await giveBackCounts(at.db, at.visit.id)
  return goOnWith(ctx, context, at.visit, proved)
}
