import { writeId } from '../../base/values/ids.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { StillFlows } from '../../consent/standing/index.ts'
import { readStandingFacts, whatStillFlows } from '../../consent/standing/index.ts'
import { consentsOf, registerEpoch } from '../../consent/record/index.ts'
import type * as shapes from './answer-shapes.ts'
import type { HeldContext } from './deeds.ts'
import type { ReadContext } from './names.ts'
import { categoriesNamed, namedObject, organisation } from './names.ts'

type Flow = AnswerOf<typeof shapes.flow>

/** Who may receive what about her at this moment, a way a line: what her pages say, by the same function. */
export function flowAnswers({ flows }: StillFlows, { register }: ReadContext): Flow[] {
  return flows.flatMap(({ holder, recipient, category, ways }) =>
    ways.map((way) => ({
      from: organisation(holder, register),
      to: organisation(recipient, register),
      category: categoriesNamed([category], register)[0] ?? null,
      by: way.by === 'choice' ? ('consent' as const) : ('law' as const),
      consent_id: way.by === 'choice' ? writeId('con', way.consentId) : null,
      agreement: way.by === 'law' ? way.agreement.ref : null,
      purpose: namedObject(way.purpose),
      until: way.by === 'choice' ? way.until.toISOString() : null,
      days: way.days ?? null,
    })),
  )
}

/** The same, read for her export. */
export async function flowsHeld(
  { foundation: { db, clock }, notary, live }: HeldContext,
  personId: string,
): Promise<Flow[]> {
  const { seals, heads } = notary.vault
  const answers = await consentsOf(db, seals, personId)
  // The register is read after the rows, so that it knows every version that they name.
  const register = await live.at(await registerEpoch(db))
  const at = clock()
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  return flowAnswers(whatStillFlows(facts, register, at), { register, at })
}
