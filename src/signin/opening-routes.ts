import type { Context } from 'koa'
import { z } from 'zod'
import type { Proposal } from '../factors/index.ts'
import { beginTotp, readTotp, showTotpAgain } from '../factors/index.ts'
import { readForm } from '../foundation/forms.ts'
import { languageOf, seeOther } from '../foundation/page.ts'
import { Refusal } from '../foundation/refusal.ts'
import { deviceOf } from '../foundation/request-log.ts'
import type { Routes } from '../foundation/router.ts'
import type { Visit } from '../foundation/visit.ts'
import { readCode } from '../notifications/index.ts'
import { readRegistration } from '../webauthn/index.ts'
import { beginOpening, openBySecurityKey, openByTotp, openingOf, proveOpening } from './opening.ts'
import { credentialForm } from './password-routes.ts'
import type { Proving } from './prove.ts'
import type { Desk } from './show.ts'
import { here, stepOf, unproved } from './show.ts'

const codeForm = z.object({ code: z.string().max(100) })
const passwordForm = z.object({ address: z.string().max(512), password: z.string().max(1024) })

/** The pages of making an access that has no passkey. */
export function openingRoutes(
  desk: Desk,
  proving: (ctx: Context) => Promise<Proving>,
  visit: Routes,
): Routes {
  return visit
    .get('/creation/mot-de-passe', async (ctx) =>
      desk.show.newPassword(ctx, await unproved(ctx, desk), ''),
    )
    .post('/creation/mot-de-passe', async (ctx) => givePassword(ctx, desk, await proving(ctx)))
    .get('/creation/courriel', async (ctx) => showAddress(ctx, desk, await proving(ctx)))
    .post('/creation/courriel', async (ctx) => giveAddressCode(ctx, desk, await proving(ctx)))
    .get('/creation/code', async (ctx) => showTotp(ctx, desk, await proving(ctx)))
    .post('/creation/code', async (ctx) => openWithTotp(ctx, desk, await proving(ctx)))
    .get('/creation/cle-de-securite', async (ctx) => showKey(ctx, desk, await proving(ctx)))
    .post('/creation/cle-de-securite', async (ctx) => openWithKey(ctx, desk, await proving(ctx)))
}

async function givePassword(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const typed = await readForm(ctx, desk.foundation.keys, at.visit.id, passwordForm)
  await unproved(ctx, desk)
  try {
    await beginOpening(at, desk.locksmith, typed, languageOf(ctx))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return desk.show.newPassword(ctx, at.visit, typed.address, error)
  }
  return next(ctx, at.visit, 'courriel')
}

async function showAddress(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const visit = await unproved(ctx, desk)
  const opening = await openingOf(at)
  if (opening.provedAt !== null) return next(ctx, visit, 'code')
  return desk.show.address(ctx, visit, opening)
}

async function giveAddressCode(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { code } = await readForm(ctx, desk.foundation.keys, at.visit.id, codeForm)
  await unproved(ctx, desk)
  const opening = await openingOf(at)
  // Sent twice: it went on the first time.
  if (opening.provedAt !== null) return next(ctx, at.visit, 'code')
  const tried = { kind: 'contact-code', peer: at.peer, account: opening.personId } as const
  const proved = await desk.tries.counted(at, tried, {
    read: () => readCode(code),
    prove: (counted, given) => proveOpening(counted, at, desk.locksmith, given),
  })
  if (!(proved instanceof Refusal)) return next(ctx, at.visit, 'code')
  // Of two right ones at once, or after the last try: what stands now says which.
  if (proved.code === 'contact.code-over') return showAfterLast(ctx, desk, at)
  return desk.show.address(ctx, at.visit, opening, proved)
}

async function showAfterLast(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const opening = await openingOf(at)
  if (opening.provedAt !== null) return next(ctx, at.visit, 'code')
  return desk.show.address(ctx, at.visit, opening, new Refusal('contact.code-over', 410))
}

/** What waits in this visit, its address proved; otherwise the browser is sent to that step. */
async function proved(ctx: Context, desk: Desk, at: Proving): Promise<Proposal | undefined> {
  await unproved(ctx, desk)
  const opening = await openingOf(at)
  if (opening.provedAt !== null) return opening
  next(ctx, at.visit, 'courriel')
  return undefined
}

async function showTotp(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const opening = await proved(ctx, desk, at)
  if (opening === undefined) return
  const { db, visit, now } = at
  const { vault, brand } = desk.locksmith
  const enrolling = { errand: visit.id, personId: opening.personId, brand, now }
  return desk.show.newCode(ctx, visit, await beginTotp(db, vault, enrolling))
}

async function openWithTotp(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { code } = await readForm(ctx, desk.foundation.keys, at.visit.id, codeForm)
  if (await isDone(desk, at)) return here(ctx, at.visit)
  const opening = await proved(ctx, desk, at)
  if (opening === undefined) return
  const tried = { kind: 'first-code', peer: at.peer, account: opening.personId } as const
  const codes = await desk.tries.counted(at, tried, {
    read: () => readTotp(code),
    prove: (counted, token) =>
      openByTotp(counted, at, desk.locksmith, { token, language: languageOf(ctx) }),
  })
  if (!(codes instanceof Refusal)) return desk.show.codes(ctx, at.visit, codes)
  if (await isDone(desk, at)) return here(ctx, at.visit)
  if (codes.code === 'address.taken') return desk.show.signIn(ctx, at.visit, codes)
  const { vault, brand } = desk.locksmith
  const enrolling = { errand: at.visit.id, personId: opening.personId, brand, now: at.now }
  const shown = await showTotpAgain(at.db, vault, enrolling)
  // Open for too long: a new seed, and its own page says so.
  if (shown === undefined) return showTotp(ctx, desk, at)
  return desk.show.newCode(ctx, at.visit, shown, codes)
}

async function showKey(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  // At a public terminal no key is made.
  if (desk.foundation.config.kiosk) return next(ctx, at.visit, 'code')
  if ((await proved(ctx, desk, at)) === undefined) return
  return desk.show.newSecurityKey(ctx, at.visit)
}

async function openWithKey(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { credential } = await readForm(ctx, desk.foundation.keys, at.visit.id, credentialForm)
  if (desk.foundation.config.kiosk) return next(ctx, at.visit, 'code')
  if (await isDone(desk, at)) return here(ctx, at.visit)
  if ((await proved(ctx, desk, at)) === undefined) return
  const codes = await desk.tries.verified(at, {
    read: () => readRegistration(credential),
    prove: (counted, response) => {
      const creation = { response, name: deviceOf(ctx) }
      return openBySecurityKey(counted, at, desk.locksmith, creation, languageOf(ctx))
    },
  })
  if (!(codes instanceof Refusal)) return desk.show.codes(ctx, at.visit, codes)
  if (await isDone(desk, at)) return here(ctx, at.visit)
  if (codes.code === 'address.taken') return desk.show.signIn(ctx, at.visit, codes)
  return desk.show.newSecurityKey(ctx, at.visit, codes)
}

/** Sent again after it was done: the visit goes on where it stands. */
async function isDone(desk: Desk, { visit }: Proving): Promise<boolean> {
  return (await stepOf(desk, visit)).show !== 'sign-in'
}

function next(ctx: Context, visit: Visit, step: 'courriel' | 'code'): void {
  seeOther(ctx, `/connexion/${visit.id}/creation/${step}`)
}
