import type { Context } from 'koa'
import { z } from 'zod'
import { readAddress, readTotp } from '../factors/index.ts'
import { readForm } from '../../base/web/forms.ts'
import { newPersonId } from '../../base/platform/ids.ts'
import { seeOther } from '../../base/web/page.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Routes } from '../../base/web/router.ts'
import { readAssertion } from '../../webauthn/index.ts'
import {
  codeTried,
  givePassword,
  passwordWasRight,
  proveByCode,
  proveBySecurityKey,
} from './by-password.ts'
import type { Proving } from './prove.ts'
import type { Desk } from './show.ts'
import { here, unproved } from './show.ts'
import { findGivenPassword } from './store.ts'

export const credentialForm = z.object({ credential: z.string().max(32_768) })
const codeForm = z.object({ code: z.string().max(100) })
const addressForm = z.object({ address: z.string().max(512) })
const passwordForm = z.object({ address: z.string().max(512), password: z.string().max(1024) })

/** The pages of the way in without a passkey. */
export function passwordRoutes(
  desk: Desk,
  proving: (ctx: Context) => Promise<Proving>,
  visit: Routes,
): Routes {
  return visit
    .post('/courriel', async (ctx) => giveAddress(ctx, desk, await proving(ctx)))
    .post('/mot-de-passe', async (ctx) => usePassword(ctx, desk, await proving(ctx)))
    .get('/code', async (ctx) => showCode(ctx, desk, await proving(ctx)))
    .post('/code', async (ctx) => useCode(ctx, desk, await proving(ctx)))
    .post('/cle-de-securite', async (ctx) => useKey(ctx, desk, await proving(ctx)))
}

async function giveAddress(ctx: Context, desk: Desk, { visit }: Proving): Promise<void> {
  const { address } = await readForm(ctx, desk.foundation.keys, visit.id, addressForm)
  try {
    return desk.show.password(ctx, visit, readAddress(address))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return desk.show.signIn(ctx, visit, error, address)
  }
}

async function usePassword(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const typed = await readForm(ctx, desk.foundation.keys, at.visit.id, passwordForm)
  await givePassword(at, desk.locksmith, typed)
  return seeOther(ctx, `/connexion/${at.visit.id}/code`)
}

async function showCode(ctx: Context, desk: Desk, { db, visit, now }: Proving): Promise<void> {
  const given = await findGivenPassword(db, visit.id, now)
  if (given === undefined) return here(ctx, visit)
  return desk.show.code(ctx, await unproved(ctx, desk), given)
}

async function useCode(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { code } = await readForm(ctx, desk.foundation.keys, at.visit.id, codeForm)
  const given = await findGivenPassword(at.db, at.visit.id, at.now)
  if (given === undefined) return here(ctx, at.visit)
  const proved = await desk.tries.counted(at, await codeTried(at, given), {
    read: () => readTotp(code),
    prove: (counted, token) => proveByCode(counted, at, desk.locksmith, { given, token }),
    // The tries of a password that is nobody's are nobody's.
    owner: { personId: given.proven?.personId ?? newPersonId() },
  })
  if (proved instanceof Refusal)
    return desk.show.code(ctx, at.visit, given, { tried: 'code', problem: proved })
  await passwordWasRight(at, desk.locksmith)
  return here(ctx, at.visit)
}

async function useKey(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { credential } = await readForm(ctx, desk.foundation.keys, at.visit.id, credentialForm)
  const given = await findGivenPassword(at.db, at.visit.id, at.now)
  if (given === undefined) return here(ctx, at.visit)
  const proved = await desk.tries.verified(at, {
    read: () => readAssertion(credential),
    prove: (counted, response) => proveBySecurityKey(counted, at, { given, response }),
  })
  if (proved instanceof Refusal)
    return desk.show.code(ctx, at.visit, given, { tried: 'key', problem: proved })
  await passwordWasRight(at, desk.locksmith)
  return here(ctx, at.visit)
}
