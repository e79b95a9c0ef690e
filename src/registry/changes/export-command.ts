import type { Database } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { fileOf } from '../objects/file-names.ts'
import { exportRegister } from '../objects/yaml-files.ts'
import { earlierRegister } from './earlier-register.ts'
import { exportMedia } from '../media/media-export.ts'
import { objectName } from './plan-lines.ts'
import { storedObjects } from './store.ts'

export type ExportAsked = {
  /** A day or an instant; undefined: as it is now, whatever its seals say. */
  readonly at: string | undefined
}
type Exporting = {
  readonly db: Database
  /** The folder. */
  readonly path: string
  readonly now: Date
  readonly given: {
    readonly seals: () => Promise<RowSeals>
    readonly mediaDir: string | undefined
  }
}

/** `accord register export`. @throws OperatorError where nothing is written */
export async function exportInto({ at }: ExportAsked, { db, path, now, given }: Exporting) {
  const then =
    at === undefined ? undefined : await earlierRegister(db, await given.seals(), at, now)
  const exported = await exportRegister(then?.objects ?? (await storedObjects(db)), path)
  const media = await exportMedia(exported, given.mediaDir, path)
  const named = exported.map((object) => ({ ...objectName(object), file: fileOf(object) }))
  const wrote = `wrote ${exported.length + media.count} files into ${path}`
  const { missing } = media
  if (then === undefined) return { lines: [wrote, ...missing], json: { exported: named, missing } }
  const suspended = then.brakes.map(({ kind, id }) => ({ kind, id }))
  return {
    lines: [
      `${wrote}: the register as it was at ${at}, each version with its seal`,
      ...suspended.map(
        ({ kind, id }) => `suspended at once then, which no file says: ${kind} ${id}`,
      ),
      ...missing,
    ],
    json: { at, exported: named, suspended, missing },
  }
}
