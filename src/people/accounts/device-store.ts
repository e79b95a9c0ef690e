import type { Database } from '../../base/database/database.ts'
import type { FirstSeals } from '../../base/sealing/first-seals.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'

// Browsers in which a person has signed in. In one of them a try of a password counts apart, and she is not told of a sign-in: so each
// row bears a seal.

export const deviceSeal = sealedRow('known device', 1, {
  personId: 'uuid',
  deviceSha256: 'bytes',
  firstSeenAt: 'time',
})
/** Of a browser that many people share, so many are looked at. */
const mostLooked = 10
const batch = 500
const maxBatches = 10_000

export type Device = { readonly personId: string; readonly deviceSha256: Buffer }
type DeviceRow = Device & { readonly firstSeenAt: Date; readonly seal: Buffer | null }

export async function isDeviceOf(db: Database, seals: RowSeals, key: Device): Promise<boolean> {
  const row: DeviceRow | undefined = await db('knownDevices')
    .select('personId', 'deviceSha256', 'firstSeenAt', 'seal')
    .where(key)
    .first()
  return row !== undefined && seals.holds(deviceSeal, row, row.seal)
}

/** Whether anybody signed in in a browser before. */
export async function isDeviceOfAnybody(
  db: Database,
  seals: RowSeals,
  deviceSha256: Buffer,
): Promise<boolean> {
  const rows: DeviceRow[] = await db('knownDevices')
    .select('personId', 'deviceSha256', 'firstSeenAt', 'seal')
    .where({ deviceSha256 })
    .orderBy('personId')
    .limit(mostLooked)
  return rows.some((row) => seals.holds(deviceSeal, row, row.seal))
}

/** A browser beside a row of another table (the view `devices_noted`); without `firstSeenAt`, she never signed in in it. */
export type DeviceBeside = Device & {
  readonly firstSeenAt: Date | null
  readonly deviceSeal: Buffer | null
}

export function isKnownBeside(seals: RowSeals, row: DeviceBeside): boolean {
  return row.firstSeenAt !== null && seals.holds(deviceSeal, row, row.deviceSeal)
}

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
