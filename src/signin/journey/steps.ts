import type { Transaction } from '../../base/database/database.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { RowReader } from '../../people/accounts/index.ts'
import { present } from '../../base/values/present.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { Attempt, Step } from './journey.ts'
import { invitesStill, nextStep } from './journey.ts'
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

/** By what she proved who she is; undefined: that was too long ago, or her session was ended meanwhile, so that it no longer counts. */
export async function findStandingProof(
  tx: Transaction,
  at: Proving,
  personId: string,
): Promise<Pick<Attempt, 'personId' | 'factorIds'> | undefined> {
  const { visit, sessions } = at
  if (visit.needs === 'invitation') {
    const { sessionUid = '', factorIds } = visit
    if (!invitesStill(visit, at.now)) return undefined
    return (await sessions.isAlive(tx, personId, sessionUid)) ? { personId, factorIds } : undefined
  }
  const attempt = await findAttempt({ ...at, db: tx }, visit.id)
  return attempt?.personId === personId ? attempt : undefined
}

type Proving = Omit<RowReader, 'db'> & {
  readonly visit: Visit
  readonly sessions: Sessions
  readonly now: Date
}
