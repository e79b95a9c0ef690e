import { bytesOfJson } from '../../base/database/column-names.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ClaimAnswer } from './rows.ts'
import { isTrueAnswer } from './seal.ts'

type Json = Readonly<Record<string, unknown>>

/** An answer as JSON of the view `claim_answers`. @returns undefined: it is not as this broker wrote it */
export function answerFromJson(seals: RowSeals, json: Json): ClaimAnswer | undefined {
  const text = (name: string) => json[name] as string // as PostgreSQL writes the column
  const answer = {
    personId: text('person_id'),
    serviceId: text('service_id'),
    claim: text('claim'),
    isGiven: json['is_given'] === true,
    purposeSha256: bytesOfJson(text('purpose_sha256')),
    answeredAt: new Date(text('answered_at')),
  }
  const seal = bytesOfJson(text('seal'))
  return isTrueAnswer(seals, { ...answer, seal }) ? answer : undefined
}
