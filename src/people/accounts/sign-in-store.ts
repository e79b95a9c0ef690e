import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { deviceTable } from './device-store.ts'

// What a sign-in leaves in the account of its person, by one statement.

const invitedAgainSeconds = 30 * 24 * 3600

export type SignInRow = {
  readonly personId: string
  readonly activityId: string
  readonly acr: string
  readonly amr: readonly string[]
  /** The ways in that made it. */
  readonly factorIds: readonly string[]
  /** As people call the browser. */
  readonly device: string
  /** Undefined: a browser that is never remembered. */
  readonly deviceSha256: Buffer | undefined
  readonly at: Date
}

export type SignInNoted = {
  /** Whether she never signed in in this browser, and her access was open before: at its opening each browser is the first. */
  readonly isNewDevice: boolean
  /** Whether to ask her now if she wants a passkey. */
  readonly isInvited: boolean
  /** When another access was used last in this browser; null: none was. */
  readonly otherSeenAt: Date | null
}

type Read = {
  readonly firstSeenAt: Date | null
  readonly seal: Buffer | null
  readonly wasOpen: boolean
  readonly isInvited: boolean
  readonly otherSeenAt: Date | null
}

/** Writes the line of activity, and remembers the browser. @param invites whether she may be asked for a passkey: again after thirty days */
export async function insertSignIn(
  tx: Transaction,
  seals: RowSeals,
  row: SignInRow,
  { requestId, network }: Origin,
  invites: boolean,
): Promise<SignInNoted> {
  const { personId, deviceSha256, at } = row
  const browser = deviceSha256 && { personId, deviceSha256 }
  const seal = browser && seals.seal(deviceTable, { ...browser, firstSeenAt: at })
  const { rows } = await tx.raw<{ rows: Read[] }>(
    `with line as (
       insert into activity (activity_id, person_id, kind, acr, amr, result, request_id, network, device, at, factor_ids)
       values (:activityId, :personId, 'access.signed-in', :acr, :amr, 'done', :requestId, :network, :device, :at, :factorIds)
     ), invited as (
       update accounts set invited_at = :at
       where person_id = :personId and :invites and (invited_at is null or invited_at < :before) returning person_id
     ), known as (
       update known_devices set last_seen_at = :at where person_id = :personId and device_sha256 = :deviceSha256
       returning first_seen_at, seal
     ), added as (
       insert into known_devices (person_id, device_sha256, first_seen_at, last_seen_at, seal)
       select cast(:personId as uuid), cast(:deviceSha256 as bytea), cast(:at as timestamptz), cast(:at as timestamptz), cast(:seal as bytea)
       where cast(:deviceSha256 as bytea) is not null and not exists (select from known) on conflict do nothing
     )
     select known.first_seen_at, known.seal, a.opened_at < :at as was_open, exists (select from invited) as is_invited,
       (select max(k.last_seen_at) from known_devices k
         where k.device_sha256 = cast(:deviceSha256 as bytea) and k.person_id <> :personId) as other_seen_at
     from accounts a left join known on true where a.person_id = :personId`,
    {
      ...row,
      amr: [...row.amr],
      factorIds: [...row.factorIds],
      deviceSha256: deviceSha256 ?? null,
      requestId,
      network: network ?? null,
      seal: seal ?? null,
      invites,
      before: secondsAfter(at, -invitedAgainSeconds),
    },
  )
  const found = present(rows[0], 'the account that was signed in to')
  const { firstSeenAt, wasOpen, isInvited, otherSeenAt } = found
  const asked = { isInvited, otherSeenAt }
  if (browser === undefined || firstSeenAt === null) return { isNewDevice: wasOpen, ...asked }
  if (seals.holds(deviceTable, { ...browser, firstSeenAt }, found.seal))
    return { isNewDevice: false, ...asked }
  // Somebody else noted this browser: it is new, and its row becomes ours.
  await tx('knownDevices').where(browser).update({ firstSeenAt: at, seal })
  return { isNewDevice: wasOpen, ...asked }
}
