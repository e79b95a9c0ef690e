import type { Foundation } from '../../base/web/foundation.ts'
import { Redirect } from '../../base/values/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { ContactSettings } from '../../people/notifications/index.ts'
import type { CardProofs } from '../factors/index.ts'
import type { RowReader } from '../../people/accounts/index.ts'
import type { At, Routes } from '../../base/web/router.ts'
import type { Visit, Visits } from '../../base/web/visit.ts'
import type { visitRoute } from './address.ts'
import { visitAddress } from './address.ts'
import type { PasswordSignin } from './password-signin.ts'
import type { ProofContext } from './proofs.ts'
import type { Show } from './show.ts'
import { stepOf } from './steps.ts'
import type { SigninTries } from './failed-signins.ts'
import type { UpstreamWay } from './upstream-way.ts'

/** What the routes of a visit share. */
export type JourneyContext = {
  readonly foundation: Foundation
  readonly visits: Visits
  readonly show: Show
  readonly tries: SigninTries
  readonly locksmith: PasswordSignin
  readonly upstream: UpstreamWay
  readonly reach: ContactSettings
  readonly cards: CardProofs
}

/** What the rows of a visit are read with. */
export function visitReadingOf(
  ctx: Parameters<typeof originOf>[0],
  { foundation: { db, log, clock }, locksmith }: JourneyContext,
): RowReader {
  return { db, log, seals: locksmith.vault.seals, origin: originOf(ctx), now: clock() }
}

/** The routes below the address of a visit, and what a handler of theirs proves with. */
export type VisitRoutes = Routes<typeof visitRoute>
export type ProofAt = (ctx: At<'visit'>) => Promise<ProofContext>

/** A visit in which nobody has proved enough. @throws Redirect to its present step */
export async function unprovedVisit(ctx: At<'visit'>, context: JourneyContext): Promise<Visit> {
  const visit = await context.visits.current(ctx)
  await requireUnproved(visitReadingOf(ctx, context), visit)
  return visit
}

export async function requireUnproved(reading: RowReader, visit: Visit): Promise<void> {
  const { show } = await stepOf(reading, visit)
  if (show !== 'sign-in' && show !== 'step-up') throw new Redirect(visitAddress(visit))
}

/** As `unprovedVisit`, where a new access begins: a person who is already signed in here is asked about that first. */
export async function visitToBegin(ctx: At<'visit'>, context: JourneyContext): Promise<Visit> {
  const visit = await unprovedVisit(ctx, context)
  requireNobodyOpen(visit)
  return visit
}

export function requireNobodyOpen(visit: Visit): void {
  if (visit.openHere !== undefined) throw new Redirect(visitAddress(visit))
}
