import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Session } from '../../src/base/database/db-session.ts'
import { RefusalToSign } from '../../src/ledger/transparency-log/record.ts'
import type { SigningContext } from '../../src/ledger/transparency-log/sign.ts'
import { signNow } from './leases.ts'
import type { Chance } from './tampering.ts'
import { pick } from './tampering.ts'

// Files of the log, changed in a copy of their folder: somebody who has the disk and no key. `accord ledger verify` or the signer finds
// it, or the signer writes the file anew, as it was, in its next turn.

export const fileKinds = ['file changed', 'file cut', 'file gone', 'old file'] as const
export type FileKind = (typeof fileKinds)[number]

/** The texts that files had before, by their paths in the folder, oldest first. */
export type FileVersions = Map<string, Buffer[]>

/** A change of a file in a copy of the folder. */
export type TamperedFile = {
  readonly ledgerDir: string
  readonly kind: FileKind
  readonly said: string
  readonly path: string
  readonly before: Buffer
}

/** Notes what the files that change say now. */
export function noteVersions(ledgerDir: string, versions: FileVersions, filesIn = filesOf): void {
  for (const path of filesIn(ledgerDir)) {
    const known = versions.get(path) ?? []
    const bytes = readFileSync(join(ledgerDir, path))
    if (known.at(-1)?.equals(bytes) !== true) versions.set(path, [...known, bytes])
  }
}

type Drawing = {
  readonly chance: Chance
  readonly versions: FileVersions
  /** Which files of the folder count; absent: those of a log. */
  readonly filesIn?: (dir: string) => string[]
}

/** Makes one change in a copy of the folder, looks at it, and throws the copy away. */
export async function withTamperedFile<T>(
  ledgerDir: string,
  drawing: Drawing,
  look: (file: TamperedFile) => Promise<T>,
): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), 'accord-tampered-'))
  try {
    cpSync(ledgerDir, copy, { recursive: true })
    return await look(tamperFile(copy, drawing))
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function tamperFile(
  ledgerDir: string,
  { chance, versions, filesIn = filesOf }: Drawing,
): TamperedFile {
  const older = [...versions].filter(([, known]) => known.length > 1)
  const kind = pick(chance, older.length === 0 ? fileKinds.slice(0, 3) : fileKinds)
  const path = pick(chance, kind === 'old file' ? older.map(([one]) => one) : filesIn(ledgerDir))
  const file = join(ledgerDir, path)
  const before = readFileSync(file)
  if (kind === 'file gone') rmSync(file)
  else writeFileSync(file, changedBytes(kind, before, chance, versions.get(path) ?? []))
  return { ledgerDir, kind, said: path, path, before }
}

function changedBytes(
  kind: FileKind,
  before: Buffer,
  chance: Chance,
  known: readonly Buffer[],
): Buffer {
  const at = Math.floor(chance() * before.length)
  if (kind === 'old file') return pick(chance, known.slice(0, -1))
  if (kind === 'file cut') return before.subarray(0, at)
  const bytes = Buffer.from(before)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(chance() * 8))
  return bytes
}

/** What the signer says in its next turn, or that it has put the file right. */
export async function signerSays(
  session: Session,
  desk: SigningContext,
  { path, before }: TamperedFile,
): Promise<string[]> {
  try {
    await signNow(session, desk)
  } catch (error) {
    if (!(error instanceof RefusalToSign)) throw error
    return [error.message]
  }
  const file = join(desk.ledgerDir, path)
  return existsSync(file) && readFileSync(file).equals(before) ? ['the signer put it right'] : []
}

/**
 * The files that a reader of the newest tree, or the signer, reads: the record, the checkpoint, and of each tile its newest state. Older
 * states of a tile that still grows are for readers who hold an old checkpoint.
 */
function filesOf(ledgerDir: string): string[] {
  const all = readdirSync(ledgerDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ledgerDir.length + 1))
    .filter((path) => /^signed\.json$|\/checkpoint$|\/tile\//.test(path))
  return all
    .filter((path) => {
      if (!dirname(path).endsWith('.p')) return true
      const others = all.filter((one) => dirname(one) === dirname(path))
      return others.every((one) => Number(basename(one)) <= Number(basename(path)))
    })
    .toSorted()
}
