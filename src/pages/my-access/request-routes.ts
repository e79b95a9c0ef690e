import type { Context } from 'koa'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { isLevel, reaches } from '../../base/values/assurance-levels.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { SignInRequest } from '../../base/ports/ciba-port.ts'
import { readButton } from '../../base/web/forms.ts'
import { languageOf, setOwnPage } from '../../base/web/page.ts'
import type { SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { freshSeconds } from '../../base/web/person.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import type { Activity } from '../../people/accounts/index.ts'
import { openGate, recordActivity } from '../../people/accounts/index.ts'
import type { AccessContext } from './context.ts'
import type { RequestPage } from './pages.ts'
import { backToAccess, token } from './show.ts'
import { lineOf, requestIdOf } from './waiting-lines.ts'
import { lockForSession } from './ways-in.ts'

// « Mon accès » → a service asks her to sign in there, without her browser: two words, a yes with a recent proof, a no at one press.

const path = '/acces/demandes'

/** GET /acces/demandes/:id */
export async function showRequest(
  ctx: At<'id'>,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const line = lineOf(context, await requestAt(ctx, context, who), languageOf(ctx))
  if (line === undefined) throw over()
  const page: RequestPage = { csrf: token(context, who), request: line }
  setOwnPage(ctx, `${path}/${line.id}`)
  context.foundation.pages.show(ctx, 'my-access/request', page)
}

/** POST /acces/demandes/:id/approbation */
export async function approveRequest(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { foundation, sessions, signInRequests, vault } = context
  await readButton(ctx, foundation.keys, who.sessionUid)
  const request = await requestAt(ctx, context, who)
  const level: Level | undefined = isLevel(request.level) ? request.level : undefined
  // A session that somebody left open must not sign her in elsewhere.
  const since = secondsAfter(foundation.clock(), -freshSeconds)
  const returnTo = `${path}/${ctx.params.id}`
  if (who.authTime < since || !reaches(who.acr, level))
    return context.person.prove(ctx, { returnTo, maxAgeSeconds: freshSeconds, level })
  const { acr, amr, actor } = who
  try {
    await transact(foundation.db, async (tx) => {
      await lockForSession(tx, sessions, who)
      const gate = await openGate(tx, vault.seals, actor, false, foundation.clock())
      await signInRequests.approve(tx, gate, who, request.requestId, originOf(ctx))
      await note(ctx, context, tx, { kind: 'service.signed-in', acr, amr, ...of(who, request) })
    })
  } catch (error) {
    if (!(error instanceof ProofNeeded)) throw error
    return context.person.prove(ctx, { returnTo, ...error.needed })
  }
  return backToAccess(ctx, 'request-approved')
}

/** POST /acces/demandes/:id/refus: « Ce n’est pas moi ». */
export async function refuseRequest(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { foundation, sessions, signInRequests } = context
  await readButton(ctx, foundation.keys, who.sessionUid)
  const requestId = requestIdOf(ctx.params.id)
  await transact(foundation.db, async (tx) => {
    await lockForSession(tx, sessions, who)
    const refused = requestId && (await signInRequests.refuse(tx, who.personId, requestId))
    if (!refused) throw over()
    await note(ctx, context, tx, { kind: 'sign-in.declined', ...of(who, refused) })
  })
  return backToAccess(ctx, 'request-refused')
}

/** POST /acces/demandes/:id/arret: « Ne plus recevoir ces demandes », for the whole organisation. */
export async function silenceRequests(
  ctx: At<'id'>,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const { foundation, sessions, signInRequests } = context
  await readButton(ctx, foundation.keys, who.sessionUid)
  const request = await requestAt(ctx, context, who)
  await transact(foundation.db, async (tx) => {
    await lockForSession(tx, sessions, who)
    if (await signInRequests.silence(tx, who.personId, request.orgId))
      await note(ctx, context, tx, { kind: 'sign-in.silenced', ...of(who, request) })
  })
  return backToAccess(ctx, 'requests-silenced')
}

/** POST /acces/demandes/organismes/:org/reprise */
export async function allowRequests(
  ctx: At<'org'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { foundation, sessions, signInRequests } = context
  const { personId } = who
  await readButton(ctx, foundation.keys, who.sessionUid)
  await transact(foundation.db, async (tx) => {
    await lockForSession(tx, sessions, who)
    if (await signInRequests.allow(tx, personId, ctx.params.org))
      await note(ctx, context, tx, { kind: 'sign-in.reopened', personId, result: 'done' })
  })
  return backToAccess(ctx, 'requests-allowed')
}

/** @throws Refusal sign-in-request.over (410) */
async function requestAt(
  ctx: At<'id'>,
  { signInRequests }: AccessContext,
  { personId }: SignedInPerson,
): Promise<SignInRequest> {
  const requestId = requestIdOf(ctx.params.id)
  const waiting = await signInRequests.waiting(personId)
  const found = waiting.find((request) => request.requestId === requestId)
  if (found === undefined) throw over()
  return found
}

function over(): Refusal {
  return new Refusal('sign-in-request.over', 410, { nextHref: '/acces' })
}

function of({ personId }: SignedInPerson, { serviceId }: SignInRequest) {
  return { personId, serviceId, result: 'done' } as const
}

function note(
  ctx: Context,
  { foundation }: AccessContext,
  tx: Transaction,
  activity: Activity,
): Promise<void> {
  return recordActivity(tx, activity, originOf(ctx), foundation.clock())
}
