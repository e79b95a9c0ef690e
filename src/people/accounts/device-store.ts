import type { Database } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'

// Browsers in which a person has signed in. In one of them a try of a password counts apart, and she is not told of a sign-in: so each
// row bears a seal.

export const deviceTable = sealedTable('known_devices', {
  seal: ['known device', 1],
  covers: ['person_id', 'device_sha256', 'first_seen_at'],
  unsealed: { last_seen_at: 'changes with each use' },
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'activity',
    told: 'cookies-text',
    exported: 'devices',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'reconnaît le navigateur où elle s’est déjà connectée',
      en: 'knows the browser in which she signed in before',
    },
    columns: {
      pseudonym: 'person_id',
      opens: 'device_sha256',
      trace: 'first_seen_at last_seen_at',
      technical: 'seal',
    },
  },
})
/** Of a browser that many people share, so many are looked at. */
const mostLooked = 10

export type Device = { readonly personId: string; readonly deviceSha256: Buffer }
type DeviceRow = Device & { readonly firstSeenAt: Date; readonly seal: Buffer | null }

export async function isDeviceOf(db: Database, seals: RowSeals, key: Device): Promise<boolean> {
  const row: DeviceRow | undefined = await db('knownDevices')
    .select('personId', 'deviceSha256', 'firstSeenAt', 'seal')
    .where(key)
    .first()
  return row !== undefined && seals.holds(deviceTable, row, row.seal)
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
  return rows.some((row) => seals.holds(deviceTable, row, row.seal))
}

/** A browser beside a row of another table (the view `devices_noted`); without `firstSeenAt`, she never signed in in it. */
export type DeviceBeside = Device & {
  readonly firstSeenAt: Date | null
  readonly deviceSeal: Buffer | null
}

export function isKnownBeside(seals: RowSeals, row: DeviceBeside): boolean {
  return row.firstSeenAt !== null && seals.holds(deviceTable, row, row.deviceSeal)
}
