import { writeId } from '../../base/values/ids.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { StillFlows } from '../../consent/standing/index.ts'
import type * as shapes from './answer-shapes.ts'
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
