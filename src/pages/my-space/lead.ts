import type { AnswersGiven } from '../../consent/decisions/index.ts'
import { permittedByLaw } from '../../consent/disclosures/index.ts'
import type { ThreadedLead } from '../../consent/standing/index.ts'
import {
  readStandingFacts,
  sayNow,
  threadedLeadOf,
  usedByLaw,
  whatStillFlows,
} from '../../consent/standing/index.ts'
import type { AccessContext } from '../my-access/index.ts'
import type { SpaceReading } from './space-reading.ts'

type Known = {
  readonly answers: AnswersGiven
  /** Questions that wait. */
  readonly waiting: number
}

/** Who may receive something about her now: by the function that says it everywhere. */
export async function leadNow(
  { foundation: { db }, vault }: AccessContext,
  { who: { personId }, register, language, now, words }: SpaceReading,
  { answers, waiting }: Known,
): Promise<ThreadedLead> {
  const { seals, heads } = vault
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  const wasUsed = usedByLaw(await permittedByLaw(db, personId), register)
  const said = sayNow(whatStillFlows(facts, register, now), { waiting, wasUsed }, now)
  return threadedLeadOf(said, { words, register, language })
}
