import type { RowReader } from '../../people/accounts/index.ts'
import { present } from '../../base/values/present.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { Step } from './journey.ts'
import { nextStep } from './journey.ts'
import type { StepUpPage } from './pages.ts'
import { findAttempt } from './store.ts'
import { attemptIn } from './visit-rows.ts'

/** Where a visit stood when it was read. */
export async function stepOf(reading: RowReader, visit: Visit): Promise<Step> {
  return nextStep(await attemptIn(reading, visit), visit.level)
}

/** Where a visit stands now, after a deed that may have changed that. */
export async function stepNow(reading: RowReader, visit: Visit): Promise<Step> {
  return nextStep(await findAttempt(reading, visit.id), visit.level)
}

/** The person of a visit in which somebody is signed in. */
export function personIn({ personId }: Visit): string {
  return present(personId, 'the person of a visit')
}

/** Why the step-up page asks for more than a sign-in; undefined: nobody has proved anything yet. */
export async function stepUpReason(
  reading: RowReader,
  visit: Visit,
): Promise<StepUpPage['why'] | undefined> {
  const attempt = await attemptIn(reading, visit)
  if (attempt !== undefined && nextStep(attempt, visit.level).show === 'step-up')
    return attempt.proof === 'recovered' ? 'recovered' : 'level'
  return visit.why
}
