import type { Context } from 'koa'
import { z } from 'zod'
import type { ProposalRow } from '../factors/index.ts'
import { beginTotp, readTotp, showTotpAgain } from '../factors/index.ts'
import { transact } from '../../base/database/database.ts'
import { readForm } from '../../base/web/forms.ts'
import { languageOf, seeOther } from '../../base/web/page.ts'
import { Redirect, Refusal } from '../../base/values/refusal.ts'
import { deviceOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import { readCode } from '../../people/notifications/index.ts'
import { readRegistration } from '../../webauthn/index.ts'
import { visitAddress } from './address.ts'
import {
  beginOpening,
  countedAsNew,
  openBySecurityKey,
  openByTotp,
  passwordOfVisit,
  proveOpening,
} from './access-opening.ts'
import { credentialForm } from './password-routes.ts'
import type { JourneyContext, ProofAt, VisitRoutes } from './context.ts'
import { requireNobodyOpen } from './context.ts'
import type { Step } from './journey.ts'
import type { AccessOpening, PasswordPurpose } from './access-opening.ts'
import { recoverBySecurityKey, recoverByTotp } from './recovery.ts'
import { toPresentStep } from './step-show.ts'
import { stepNow, stepOf } from './steps.ts'
import { dropShownCode } from './store.ts'

const codeForm = z.object({ code: z.string().max(100) })
const passwordForm = z.object({ address: z.string().max(512), password: z.string().max(1024) })

type Page = (ctx: At<'visit'>, context: JourneyContext, at: AccessOpening) => Promise<void>

/** The pages that make a password and a second factor: for an access without a passkey, or for an access that is recovered. */
export function openingRoutes(
  context: JourneyContext,
  proving: ProofAt,
  visit: VisitRoutes,
): VisitRoutes {
  return pagesOf('retablissement', pagesOf('creation', visit))

  function pagesOf(making: PasswordPurpose, those: VisitRoutes): VisitRoutes {
    const page = (show: Page) => async (ctx: At<'visit'>) =>
      show(ctx, context, { ...(await proving(ctx)), making })
    return those
      .get(`/${making}/mot-de-passe`, page(showPassword))
      .post(`/${making}/mot-de-passe`, page(givePassword))
      .get(`/${making}/courriel`, page(showAddress))
      .post(`/${making}/courriel`, page(giveAddressCode))
      .get(`/${making}/code`, page(showTotp))
      .post(`/${making}/code`, page(openWithTotp))
      .get(`/${making}/cle-de-securite`, page(showKey))
      .post(`/${making}/cle-de-securite`, page(openWithKey))
  }
}

async function showPassword(
  ctx: At<'visit'>,
  context: JourneyContext,
  at: AccessOpening,
): Promise<void> {
  await requireStep(at)
  if (at.making === 'creation') requireNobodyOpen(at.visit)
  return context.show.newPassword(ctx, at, '')
}

async function givePassword(
  ctx: Context,
  context: JourneyContext,
  at: AccessOpening,
): Promise<void> {
  const typed = await readForm(ctx, context.foundation.keys, at.visit.id, passwordForm)
  const personId = await requireStep(at)
  try {
    await beginOpening(at, context.locksmith, typed, { language: languageOf(ctx), personId })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return context.show.newPassword(ctx, at, typed.address, error)
  }
  return next(ctx, at, 'courriel')
}

async function showAddress(
  ctx: Context,
  context: JourneyContext,
  at: AccessOpening,
): Promise<void> {
  await requireStep(at)
  const opening = await passwordOfVisit(at)
  if (opening.provedAt !== null) return next(ctx, at, 'code')
  return context.show.address(ctx, at, opening)
}

async function giveAddressCode(
  ctx: Context,
  context: JourneyContext,
  at: AccessOpening,
): Promise<void> {
  const { code } = await readForm(ctx, context.foundation.keys, at.visit.id, codeForm)
  await requireStep(at)
  const opening = await passwordOfVisit(at)
  // The form was sent twice: the first one went on.
  if (opening.provedAt !== null) return next(ctx, at, 'code')
  const tried = { kind: 'contact-code', peer: at.peer, account: opening.personId } as const
  const proved = await context.tries.counted(at, tried, {
    read: () => readCode(code),
    prove: (counted, given) => proveOpening(counted, at, context.locksmith, given),
  })
  if (!(proved instanceof Refusal)) return next(ctx, at, 'code')
  // Two right codes came at once, or this was the last try: the present state says which.
  if (proved.code === 'contact.code-over') return showAfterLast(ctx, context, at)
  return context.show.address(ctx, at, opening, proved)
}

async function showAfterLast(
  ctx: Context,
  context: JourneyContext,
  at: AccessOpening,
): Promise<void> {
  const opening = await passwordOfVisit(at)
  if (opening.provedAt !== null) return next(ctx, at, 'code')
  return context.show.address(ctx, at, opening, new Refusal('contact.code-over', 410))
}

/** The proposal of this visit, if its address is proved; otherwise sends the browser to that step. */
async function proved(ctx: Context, at: AccessOpening): Promise<ProposalRow | undefined> {
  await requireStep(at)
  const opening = await passwordOfVisit(at)
  if (opening.provedAt !== null) return opening
  next(ctx, at, 'courriel')
  return undefined
}

async function showTotp(ctx: Context, context: JourneyContext, at: AccessOpening): Promise<void> {
  const opening = await proved(ctx, at)
  if (opening === undefined) return
  const { db, visit, now } = at
  const { vault, brand } = context.locksmith
  const enrolling = { errand: visit.id, personId: opening.personId, brand, now }
  return context.show.newCode(ctx, at, await beginTotp(db, vault, enrolling))
}

async function openWithTotp(
  ctx: Context,
  context: JourneyContext,
  at: AccessOpening,
): Promise<void> {
  const { code } = await readForm(ctx, context.foundation.keys, at.visit.id, codeForm)
  if (await isDone(at)) return toPresentStep(ctx, at.visit)
  const opening = await proved(ctx, at)
  if (opening === undefined) return
  const tried = { kind: 'first-code', peer: at.peer, account: opening.personId } as const
  const codes = await opens(context, at, () =>
    context.tries.counted(at, tried, {
      read: () => readTotp(code),
      prove: (counted, token) =>
        at.making === 'creation'
          ? openByTotp(counted, at, context.locksmith, { token, language: languageOf(ctx) })
          : recoverByTotp(counted, at, context.locksmith, { token, personId: opening.personId }),
    }),
  )
  if (!(codes instanceof Refusal)) return context.show.codes(ctx, at.visit, codes)
  if (await isDone(at)) return toPresentStep(ctx, at.visit)
  if (isOver(codes)) return startAgain(ctx, context, at, codes)
  const { vault, brand } = context.locksmith
  const enrolling = { errand: at.visit.id, personId: opening.personId, brand, now: at.now }
  const shown = await showTotpAgain(at.db, vault, enrolling)
  if (shown !== undefined) return context.show.newCode(ctx, at, shown, codes)
  // Whatever was typed, the page was open for too long: it says so beside a new seed.
  const over = new Refusal('challenge.unusable', 409)
  return context.show.newCode(ctx, at, await beginTotp(at.db, vault, enrolling), over)
}

async function showKey(ctx: Context, context: JourneyContext, at: AccessOpening): Promise<void> {
  if ((await proved(ctx, at)) === undefined) return
  return context.show.newSecurityKey(ctx, at, await requireStep(at))
}

async function openWithKey(
  ctx: Context,
  context: JourneyContext,
  at: AccessOpening,
): Promise<void> {
  const { credential } = await readForm(ctx, context.foundation.keys, at.visit.id, credentialForm)
  if (await isDone(at)) return toPresentStep(ctx, at.visit)
  const opening = await proved(ctx, at)
  if (opening === undefined) return
  const { personId } = opening
  const codes = await opens(context, at, () =>
    context.tries.verified(at, {
      read: () => readRegistration(credential),
      prove: (counted, response) => {
        const creation = { response, name: deviceOf(ctx) }
        return at.making === 'creation'
          ? openBySecurityKey(counted, at, context.locksmith, creation, languageOf(ctx))
          : recoverBySecurityKey(counted, at, context.locksmith, { ...creation, personId })
      },
    }),
  )
  if (!(codes instanceof Refusal)) return context.show.codes(ctx, at.visit, codes)
  if (await isDone(at)) return toPresentStep(ctx, at.visit)
  if (isOver(codes)) return startAgain(ctx, context, at, codes)
  return context.show.newSecurityKey(ctx, at, await requireStep(at), codes)
}

/** A recovery opens no new access. */
function opens<T>(context: JourneyContext, at: AccessOpening, open: () => Promise<T>): Promise<T> {
  return at.making === 'creation' ? countedAsNew(at, context.locksmith, open) : open()
}

/** Whether this step is done already: a form that is sent again leads to the present state of the visit. */
async function isDone(at: AccessOpening): Promise<boolean> {
  return !stepsOf[at.making].includes((await stepNow(at, at.visit)).show)
}

const stepsOf: Readonly<Record<PasswordPurpose, readonly Step['show'][]>> = {
  creation: ['sign-in', 'step-up'],
  retablissement: ['ways-back'],
}

/** @returns whose access is recovered, if one is. @throws Redirect to the present step of the visit, if it is another one */
async function requireStep(at: AccessOpening): Promise<string | undefined> {
  const { visit, making } = at
  const step = await stepOf(at, visit)
  if (!stepsOf[making].includes(step.show)) throw new Redirect(visitAddress(visit))
  return step.show === 'ways-back' ? step.personId : undefined
}

// By now the address opens another access, or the recovery code was used up in another visit.
function isOver({ code }: Refusal): boolean {
  return code === 'address.taken' || code === 'recovery.code-refused'
}

async function startAgain(
  ctx: Context,
  context: JourneyContext,
  at: AccessOpening,
  problem: Refusal,
): Promise<void> {
  if (problem.code === 'address.taken' && at.making === 'retablissement')
    return context.show.newPassword(ctx, at, '', problem)
  if (problem.code === 'address.taken') return context.show.signIn(ctx, at.visit, problem)
  await transact(at.db, (tx) => dropShownCode(tx, at.visit.id))
  return context.show.recovery(ctx, at.visit, '', problem)
}

function next(ctx: Context, { visit, making }: AccessOpening, step: 'courriel' | 'code'): void {
  seeOther(ctx, visitAddress(visit, making, step))
}
