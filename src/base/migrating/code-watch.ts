import type { Database } from '../database/database.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import type { CodePlace } from './catalogue.ts'
import { catalogueDifferences, readCatalogue, releasedCatalogue } from './catalogue.ts'
import { believedRelease, laterReleases } from './release-catalogue.ts'
import { refuseCode } from './schema-version.ts'

// What the database runs is what this version was released with, or what a later version said under the key of seals.

export type CodeLook = {
  readonly db: Database
  readonly place: CodePlace
  readonly seals: RowSeals
}

/** Looks at once. @throws StartError where the database runs something else than this version, or a later one whose seal holds */
export async function requireKnownCode(looking: CodeLook): Promise<void> {
  refuseCode(await codeDifferences(looking))
}

/** What differs, by object; empty where nothing does. */
export async function codeDifferences({ db, place, seals }: CodeLook): Promise<string[]> {
  const release = releasedCatalogue()
  const held = await readCatalogue(db, place)
  const found = catalogueDifferences(release, held)
  if (found.length === 0) return found
  const later = believedRelease(seals, await laterReleases(db))
  return later === undefined ? found : catalogueDifferences(release, held, later.catalogue)
}
