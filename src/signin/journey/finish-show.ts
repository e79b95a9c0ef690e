import type { Context } from 'koa'
import { findClosure } from '../../people/accounts/index.ts'
import { transact } from '../../base/database/database.ts'
import { deskPath, setDeskCookie } from '../../base/web/officer.ts'
import { seeOther } from '../../base/web/page.ts'
import type { CameBy, Visit } from '../../base/web/visit.ts'
import { findUpstreamSession } from '../upstream/index.ts'
import { assuranceOf, isFromElsewhere } from './assurance.ts'
import type { JourneyContext } from './context.ts'
import type { DeskEntered } from './desk-signin.ts'
import { visitReadingOf } from './context.ts'
import type { Attempt } from './journey.ts'
import { invitesStill, nextStep } from './journey.ts'
import { toPresentStep } from './step-show.ts'
import { personIn } from './steps.ts'
import { dropAttempt } from './store.ts'
import { mayLink } from './upstream.ts'
import { arrivalIn } from './upstream-way.ts'

// The end of a visit in which somebody has proved who she is.

/** After a proof: at once to the end, where nothing is left to show. So the browser is spared a page that only leads on. */
export function goOnWith(
  ctx: Context,
  context: JourneyContext,
  visit: Visit,
  proved: Attempt,
): Promise<void> | void {
  if (nextStep(proved, visit.level).show !== 'done') return toPresentStep(ctx, visit)
  return linkOrFinish(ctx, context, visit, proved)
}

export async function linkOrFinish(
  ctx: Context,
  context: JourneyContext,
  visit: Visit,
  attempt: Attempt,
): Promise<void> {
  const arrival = arrivalIn({ ...visitReadingOf(ctx, context), visit }, context.upstream)
  if (arrival?.links === true && mayLink(attempt))
    return context.show.link(ctx, visit, arrival.provider)
  return finish(ctx, context, visit, attempt)
}

/** His visit asked for a person, whom nobody became: it is left. */
export async function toDesk(
  ctx: Context,
  { visits }: JourneyContext,
  { id }: Visit,
  { desk }: DeskEntered,
): Promise<void> {
  await visits.leave(ctx, id)
  setDeskCookie(ctx, desk)
  seeOther(ctx, deskPath)
}

/** In a visit of somebody who is signed in already: she is invited to a passkey, or the visit goes on. */
export function whereItStandsSignedIn(
  ctx: Context,
  context: JourneyContext,
  visit: Visit,
): Promise<void> {
  if (visit.needs === 'invitation' && invitesStill(visit, context.foundation.clock()))
    return context.show.invitation(ctx, visit, personIn(visit))
  return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
}

async function finish(
  ctx: Context,
  context: JourneyContext,
  visit: Visit,
  attempt: Attempt,
): Promise<void> {
  const { personId, proof, provedAt, factorIds, sessionEpoch, otherDevice = false } = attempt
  const { openHere } = visit
  if (openHere !== undefined && openHere.personId !== personId)
    return context.show.openHere(ctx, visit, openHere, true)
  const closure = await findClosure(visitReadingOf(ctx, context), personId, visit.rows.standing)
  if (closure !== undefined) return context.show.closed(ctx, visit, closure)
  const cameBy = await cameByIn(context, visit, attempt)
  if (cameBy === 'counts-for-nothing') return toPresentStep(ctx, visit)
  await context.visits.finish(ctx, visit, {
    kind: 'signed-in',
    personId,
    at: provedAt,
    factorIds,
    sessionEpoch,
    cameBy,
    otherDevice,
    invites: attempt.invitationDue,
    ...assuranceOf(proof),
  })
}

// A proof elsewhere of which nobody knows any more in which session it was counts for nothing: no logout would find it. Nor does one whose
// provider was suspended since.
export async function cameByIn(
  context: JourneyContext,
  { id }: Visit,
  { proof }: Attempt,
): Promise<CameBy | undefined | 'counts-for-nothing'> {
  if (!isFromElsewhere(proof)) return undefined
  const { db, clock } = context.foundation
  const found = await findUpstreamSession(db, context.locksmith.vault.seals, id, clock())
  if (found !== undefined && context.upstream.held().has(found.providerId))
    return { provider: found.providerId, session: found.sessionSha256?.toString('hex') ?? null }
  await transact(db, (tx) => dropAttempt(tx, id))
  return 'counts-for-nothing'
}
