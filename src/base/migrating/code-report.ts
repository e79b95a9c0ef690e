import type { Log } from '../logging/log.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import { catalogueDifferences, readCatalogue, releasedCatalogue } from './catalogue.ts'
import type { CodeLook } from './code-watch.ts'
import { codeDifferences, tellDifferences } from './code-watch.ts'
import { laterReleases } from './release-catalogue.ts'

// What the database runs, for whoever asks: `ledger verify`, and the job of each night, which says it again as long as it is so.

export type CodeReport = {
  /** By object, each in words. */
  readonly differences: readonly string[]
  readonly says: readonly string[]
}

/** Without the key of seals nobody is believed who says there that a later version runs. */
export async function reportCode({
  db,
  place,
  seals,
}: Omit<CodeLook, 'seals'> & { readonly seals: RowSeals | undefined }): Promise<CodeReport> {
  if (seals !== undefined) {
    const differences = await codeDifferences({ db, place, seals })
    return { differences, says: differences.length === 0 ? [asReleased()] : [] }
  }
  const differences = catalogueDifferences(releasedCatalogue(), await readCatalogue(db, place))
  if (differences.length === 0) return { differences, says: [asReleased()] }
  const isSaidLater = (await laterReleases(db)).length > 0
  return {
    differences,
    says: isSaidLater
      ? ['What a later version runs here is said under a seal: KEYS_DIR is not given.']
      : [],
  }
}

function asReleased(): string {
  return `${releasedCatalogue().size} objects of the database’s code are those of the release`
}

/** One line of level 50 where the database runs something else. */
export async function tellOtherCode(looking: CodeLook, log: Pick<Log, 'error'>): Promise<void> {
  const found = await codeDifferences(looking)
  if (found.length > 0) tellDifferences(log, found, { job: 'ledger.fold' })
}
