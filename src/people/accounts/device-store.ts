import type { Database, Transaction } from '../../base/platform/database.ts'
import type { FirstSeals } from '../../base/platform/first-seals.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import { sealedRow } from '../../base/platform/row-seal.ts'

// Browsers in which a person has signed in. In one of them a try of a password counts apart, and she is not told of a sign-in: so each
// row bears a seal.

export const deviceSeal = sealedRow('known device', 1, {
  personId: 'uuid',
  deviceSha256: 'bytes',
  firstSeenAt: 'time',
})
const batch = 500
const maxBatches = 10_000

export type Device = { readonly personId: string; readonly deviceSha256: Buffer }
type DeviceRow = Device & { readonly firstSeenAt: Date; readonly seal: Buffer | null }

/** Whether an access was open before this instant: at its opening each browser is the first. */
export async function wasOpenBefore(
  tx: Transaction,
  personId: string,
  now: Date,
): Promise<boolean> {
  const row: unknown = await tx('accounts')
    .select('personId')
    .where({ personId })
    .where('openedAt', '<', now)
    .first()
  return row !== undefined
}

export async function isDeviceOf(db: Database, seals: RowSeals, key: Device): Promise<boolean> {
  const row: DeviceRow | undefined = await db('knownDevices')
    .select('personId', 'deviceSha256', 'firstSeenAt', 'seal')
    .where(key)
    .first()
  return row !== undefined && seals.holds(deviceSeal, row, row.seal)
}

/** Notes a sign-in. @returns whether the browser was known (one that somebody else noted is not), and whether the access was open before */
export async function noteDevice(
  tx: Transaction,
  seals: RowSeals,
  key: Device,
  now: Date,
): Promise<{ readonly isKnown: boolean; readonly wasOpen: boolean }> {
  const fresh = { ...key, firstSeenAt: now }
  const seal = seals.seal(deviceSeal, fresh)
  const { rows } = await tx.raw<{ rows: (Known & { readonly wasOpen: boolean })[] }>(
    `with known as (
       update known_devices set last_seen_at = :now where person_id = :personId and device_sha256 = :deviceSha256
       returning first_seen_at, seal
     ), added as (
       insert into known_devices (person_id, device_sha256, first_seen_at, last_seen_at, seal)
       select cast(:personId as uuid), cast(:deviceSha256 as bytea), :now, :now, cast(:seal as bytea) where not exists (select from known)
       on conflict do nothing
     )
     select known.first_seen_at, known.seal, a.opened_at < :now as was_open from accounts a left join known on true
     where a.person_id = :personId`,
    { ...key, now, seal },
  )
  const [found] = rows
  if (found === undefined) throw new Error('nobody')
  const { firstSeenAt, wasOpen } = found
  const isKnown =
    firstSeenAt !== null && seals.holds(deviceSeal, { ...key, firstSeenAt }, found.seal)
  if (firstSeenAt !== null && !isKnown)
    await tx('knownDevices').where(key).update({ firstSeenAt: now, seal })
  return { isKnown, wasOpen }
}

type Known = { readonly firstSeenAt: Date | null; readonly seal: Buffer | null }

/** Browsers of before the seals, as `accord seals first` seals them. */
export const firstDevices: FirstSeals = {
  table: 'known_devices',
  async sealAll(tx, seals) {
    let sealed = 0
    for (let n = 0; n < maxBatches; n++) {
      const rows: DeviceRow[] = await tx('knownDevices')
        .select('personId', 'deviceSha256', 'firstSeenAt', 'seal')
        .where({ seal: null })
        .limit(batch)
      for (const { seal: _none, ...row } of rows)
        await tx('knownDevices')
          .where({ personId: row.personId, deviceSha256: row.deviceSha256 })
          .update({ seal: seals.seal(deviceSeal, row) })
      sealed += rows.length
      if (rows.length < batch) break
    }
    return sealed
  },
}
