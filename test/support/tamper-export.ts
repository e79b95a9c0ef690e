import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSession } from '../../src/base/database/db-session.ts'
import { publicKeys } from '../../src/base/keys/jws.ts'
import type { Keys } from '../../src/base/keys/keys.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { checkFiles, filesNamed } from '../../src/ledger/audit-export/check.ts'
import { exportUntil } from '../../src/ledger/audit-export/export.ts'
import { openFolder } from '../../src/ledger/audit-export/folder.ts'
import { hourOf } from '../../src/ledger/audit-export/hours.ts'
import { makeReferences } from '../../src/ledger/audit-export/references.ts'
import { folderFile } from '../../src/ledger/audit-export/shapes.ts'
import { issuer } from './broker.ts'
import type { Load } from './sharing-load.ts'
import { statementsBy } from './statements.ts'
import type { FileVersions, TamperedFile } from './tamper-files.ts'
import { noteVersions, withTamperedFile } from './tamper-files.ts'
import { noteDeedAbout } from './tamper-life.ts'
import type { Chance } from './tampering.ts'
import { pass } from './time.ts'

// The files of an audit export, changed: somebody who has their disk and no key. `audit check` finds it, or the next run, or the next run
// writes what happened anew, as it was.

export type TriedExport = {
  /** Makes one change in a copy of the folder, and looks at it. */
  try(chance: Chance): Promise<{ readonly file: TamperedFile; readonly found: readonly string[] }>
  close(): Promise<void>
}

/** An export with an hour that is over and one that is not, with deeds in both. */
export async function openExport(load: Load, keys: Keys, personId: string): Promise<TriedExport> {
  const dir = mkdtempSync(join(tmpdir(), 'accord-exported-'))
  const { session, close } = await openSession(load.stage.databaseUrl)
  const references = makeReferences(Buffer.alloc(32, 7))
  const own = { issuer, key: references.keyName }
  const { seals } = load.vault
  const statements = statementsBy(keys)
  const since = hourOf(new Date())
  await openFolder(dir, own, { since, now: since })
  const versions: FileVersions = new Map()
  const run = async (into: string, until?: Date) => {
    const folder = folderFile.parse(JSON.parse(readFileSync(join(into, 'export.json'), 'utf8')))
    const given = { session, statements, seals, issuer, references, folder, tell: silent }
    return exportUntil({ ...given, dir: into }, until)
  }
  await noteDeedAbout(load, personId)
  await pass(load.db, { seconds: 3600 })
  for (let n = 0; n < 2; n++) {
    await noteDeedAbout(load, personId)
    await pass(load.db, { seconds: 180 })
    await run(dir)
    noteVersions(dir, versions, filesIn)
  }
  const until = secondsAfter(new Date(), -120)
  const before = linesIn(dir)

  async function look({ ledgerDir: copy }: TamperedFile): Promise<readonly string[]> {
    try {
      const asked = { now: until, until: undefined }
      const { findings } = await checkFiles(await filesNamed([copy]), publicKeys(keys), asked)
      if (findings.length > 0) return findings
      await openFolder(copy, own, { since: undefined, now: until })
      await run(copy, until)
    } catch (error) {
      if (!(error instanceof OperatorError) && !(error instanceof SyntaxError)) throw error
      return [error.message]
    }
    return linesIn(copy) === before ? ['the next run put it right'] : []
  }
  return {
    try: (chance) =>
      withTamperedFile(dir, { chance, versions, filesIn }, async (file) => ({
        file,
        found: await look(file),
      })),
    async close() {
      await close()
      rmSync(dir, { recursive: true })
    },
  }
}

const silent = () => undefined

function filesIn(dir: string): string[] {
  return readdirSync(dir).toSorted()
}

function linesIn(dir: string): string {
  const files = filesIn(dir).filter((name) => name.endsWith('.ndjson'))
  return files.map((name) => `${name}\n${readFileSync(join(dir, name), 'utf8')}`).join('')
}
