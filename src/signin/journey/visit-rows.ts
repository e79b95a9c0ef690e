import { bytesOfJson } from '../../base/database/column-names.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { RowReader } from '../../people/accounts/index.ts'
import type { SigninProof } from './assurance.ts'
import type { Attempt } from './journey.ts'
import type { AttemptRow, GivenPassword, GivenPasswordRow } from './store.ts'
import { visitHash } from '../../base/web/visit.ts'
import { trustedAttempt, trustedPassword } from './store.ts'

// What came with a visit when it was read, and costs no statement of its own. A deed that needs to know how a visit stands after other
// deeds, or under a lock, reads anew (`findAttempt`).

/** As `findAttempt`, as it was when the visit was read. */
export async function attemptIn(
  reading: RowReader,
  { id, rows }: WithRows,
): Promise<Attempt | undefined> {
  const row = rows.attempt === null ? undefined : attemptRow(id, rows.attempt)
  return row !== undefined && row.expiresAt > reading.now ? trustedAttempt(reading, row) : undefined
}

type WithRows = Pick<Visit, 'id' | 'rows'>

/** The password that was given in a visit. */
export async function passwordIn(
  reading: RowReader,
  { id, rows }: WithRows,
): Promise<GivenPassword | undefined> {
  const row = rows.password === null ? undefined : passwordRow(id, rows.password)
  return row !== undefined && row.expiresAt > reading.now
    ? trustedPassword(reading, row)
    : undefined
}

type Json = Readonly<Record<string, unknown>>

// As PostgreSQL writes the columns.
function attemptRow(visitId: string, json: Json): AttemptRow {
  return {
    ...sealed(visitId, json),
    personId: json['person_id'] as string,
    proof: json['proof'] as SigninProof, // the table has no others
    codesDue: json['codes_due'] as boolean,
    reachDue: json['reach_due'] as boolean,
    invitationDue: json['invitation_due'] as boolean,
    otherDevice: json['other_device'] as boolean,
    provedAt: new Date(json['proved_at'] as string),
    factorIds: json['factor_ids'] as string[],
    sessionEpoch: json['session_epoch'] as number,
    codeIndex: json['code_index'] as string | null,
  }
}

function passwordRow(visitId: string, json: Json): GivenPasswordRow {
  return {
    ...sealed(visitId, json),
    personId: json['person_id'] as string, // all three are null where the password is nobody's
    factorId: json['factor_id'] as string,
    sessionEpoch: json['session_epoch'] as number,
    addressMark: bytesOfJson(json['address_mark'] as string),
    triesKey: json['tries_key'] as string,
  }
}

function sealed(visitId: string, json: Json) {
  const seal = json['seal'] as string | null
  return {
    // Of the visit that was asked for: a row of another one has another seal.
    visitIdSha256: visitHash(visitId),
    expiresAt: new Date(json['expires_at'] as string),
    seal: seal === null ? null : bytesOfJson(seal),
  }
}
