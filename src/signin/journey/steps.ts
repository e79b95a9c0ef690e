import type { Foundation } from '../../base/web/foundation.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { Step } from './journey.ts'
import { nextStep } from './journey.ts'
import type { StepUpPage } from './pages.ts'
import { findAttempt } from './store.ts'

type Reading = Pick<Foundation, 'db' | 'clock'>

/** Where a visit stands. */
export async function stepOf({ db, clock }: Reading, visit: Visit): Promise<Step> {
  return nextStep(await findAttempt(db, visit.id, clock()), visit.level)
}

/** Why the step-up page asks for more than a sign-in; undefined: nobody has proved anything yet. */
export async function stepUpReason(
  { db, clock }: Reading,
  visit: Visit,
): Promise<StepUpPage['why'] | undefined> {
  const attempt = await findAttempt(db, visit.id, clock())
  if (attempt !== undefined && nextStep(attempt, visit.level).show === 'step-up') return 'recovered'
  return visit.why
}
