import { noesByMonth } from '../../consent/asking/index.ts'
import type { Database } from '../../base/database/database.ts'
import {
  suppressedCount,
  publishedCount,
  sumOfFigures,
} from '../../base/values/disclosure-control.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { Register } from '../../registry/index.ts'
import { publishedRows } from '../open-data/index.ts'
import { monthsBefore } from './delayed-figures.ts'
import type { refusalFigures } from './shapes.ts'

/**
 * How often each body was refused, and how often it asked again after a refusal, for each month. Refusals are the sum of what the file
 * of the month says of its agreements. A body with two figures below the least is not named: even that there was one would count few
 * people (docs/design/domain.md#i23).
 */
export async function refusedAnswer(
  db: Database,
  register: Register,
  now: Date,
): Promise<AnswerOf<typeof refusalFigures>> {
  const months = monthsBefore(now)
  const files = await publishedRows(db, 'consentements-mensuels', months)
  const again = await noesByMonth(db, months)
  return {
    months: months.map((first) => {
      const rows = files.get(first) ?? []
      const askedAgain = new Map(
        again
          .filter(({ month }) => month === first)
          .map((body) => [register.organisationByRoot(body.recipient)?.id ?? '', body.askedAgain]),
      )
      const named = rows.map((row) => row['organisme_destinataire'] ?? '')
      const bodies = [...new Set([...named, ...askedAgain.keys()])]
      return {
        month: first.slice(0, 7),
        organisations: bodies
          .map((organisation) => ({
            organisation,
            refused: noesTo(rows, organisation),
            asked_again: publishedCount(askedAgain.get(organisation) ?? 0),
          }))
          .filter(
            (body) => body.refused !== suppressedCount || body.asked_again !== suppressedCount,
          )
          .toSorted((a, b) => (a.organisation < b.organisation ? -1 : 1)),
      }
    }),
  }
}

function noesTo(rows: readonly Readonly<Record<string, string>>[], organisation: string): string {
  return sumOfFigures(
    rows
      .filter((row) => row['organisme_destinataire'] === organisation)
      .flatMap((row) => [row['personnes_refus'] ?? '', row['personnes_arret'] ?? '']),
  )
}
