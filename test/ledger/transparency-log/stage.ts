import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from '../../../src/base/database/db-session.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import type { FolderKeys } from '../../../src/base/keys/keys.ts'
import type { Log } from '../../../src/base/logging/log.ts'
import { readCheckpoint } from '../../../src/base/tlog/checkpoint.ts'
import type { Verifier } from '../../../src/base/tlog/note.ts'
import { openNote } from '../../../src/base/tlog/note.ts'
import { originOf } from '../../../src/ledger/chain/index.ts'
import { folderOf } from '../../../src/ledger/transparency-log/files.ts'
import { readWhole } from '../../../src/base/settings/atomic-file.ts'
import type { SigningContext } from '../../../src/ledger/transparency-log/sign.ts'
import { signersOf } from '../../../src/ledger/transparency-log/signers.ts'
import type { RunningWitness } from '../../../src/ledger/witness/index.ts'
import { serveWitness } from '../../../src/ledger/witness/index.ts'
import type { Stage } from '../chain/stage.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { openStage } from '../chain/stage.ts'
import { sequenceNow, signNow } from '../../support/leases.ts'

export const issuer = 'http://accord.localhost'
export const year = new Date().getUTCFullYear()

const quiet = () => undefined
const silent: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

export type LogStage = Stage & {
  readonly session: Session
  readonly ledgerDir: string
  readonly folder: string
  readonly origin: string
  readonly desk: SigningContext
  readonly verifiers: readonly Verifier[]
  /** As many events of one new person, in the tree and signed. */
  grow(count: number): Promise<string>
  sequence(): Promise<number>
  sign(): Promise<void>
  /** What the checkpoint's file says, its signature checked. */
  published(): Promise<{ readonly size: number; readonly root: Buffer; readonly note: string }>
  close(): Promise<void>
}

export async function openLogStage(
  secrets: readonly Buffer[] = [randomBytes(32)],
  keys?: Pick<FolderKeys, 'data' | 'seal'>,
  given?: FreshDatabase,
): Promise<LogStage> {
  const stage = await openStage(keys, given)
  const ledgerDir = mkdtempSync(join(tmpdir(), 'accord-log-'))
  const origin = originOf(issuer, year)
  const session = readingSession(stage.db)
  const desk: SigningContext = {
    issuer,
    ledgerDir,
    shard: 0,
    secrets,
    clock: () => new Date(),
    log: silent,
    askWitnesses: () => Promise.resolve(''),
    seals: stage.vault.seals,
  }
  const folder = folderOf(ledgerDir, year, 0)
  const verifiers = signersOf(secrets, origin).map(({ verifier }) => verifier)
  const self: LogStage = {
    ...stage,
    session,
    ledgerDir,
    folder,
    origin,
    desk,
    verifiers,
    async grow(count) {
      const person = await stage.newPerson()
      await stage.write(person, count)
      await self.sequence()
      await self.sign()
      return person
    },
    sequence: () => sequenceNow(session),
    sign: () => signNow(session, desk),
    async published() {
      const note = (await readWhole(join(folder, 'checkpoint')))?.toString() ?? ''
      return { ...readCheckpoint(openNote(note, verifiers).text), note }
    },
    async close() {
      await stage.close()
      rmSync(ledgerDir, { recursive: true, force: true })
    },
  }
  return self
}

/** Serves a witness of a stage's log, and names it in the log's policy. @param told the keys of the log that its operator was told */
export async function serveStageWitness(
  { ledgerDir, verifiers }: LogStage,
  port: number,
  told: () => readonly Verifier[] = () => verifiers,
): Promise<RunningWitness> {
  const witness = await serveWitness({
    dir: join(ledgerDir, 'witness'),
    name: 'witness.test/1',
    host: 'localhost',
    port,
    logs: () => Promise.resolve(told()),
    isDemonstration: false,
  })
  const lines = `witness w ${witness.vkey} http://localhost:${port}\nquorum w\n`
  writeFileSync(join(ledgerDir, 'witnesses'), lines)
  return witness
}
