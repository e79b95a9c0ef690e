import { noesByMonth } from '../../consent/asking/index.ts'
import type { Database } from '../../base/platform/database.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { Register } from '../../registry/index.ts'
import { few, publishedCount } from '../../base/platform/small-numbers.ts'
import { monthsBefore } from './delayed.ts'
import type { refused } from './shapes.ts'

/**
 * How often each body was refused, and how often it asked again after a refusal, for each month. A body with two figures below the
 * least is not named: even that there was one would count few people (docs/design/domain.md#i23).
 */
export async function refusedAnswer(
  db: Database,
  register: Register,
  now: Date,
): Promise<AnswerOf<typeof refused>> {
  const months = monthsBefore(now)
  const counted = await noesByMonth(db, months)
  return {
    months: months.map((first) => ({
      month: first.slice(0, 7),
      organisations: counted
        .filter(({ month }) => month === first)
        .map((body) => ({
          organisation: register.organisationByRoot(body.recipient)?.id ?? '',
          refused: publishedCount(body.refused),
          asked_again: publishedCount(body.askedAgain),
        }))
        .filter((body) => body.refused !== few || body.asked_again !== few)
        .toSorted((a, b) => (a.organisation < b.organisation ? -1 : 1)),
    })),
  }
}
