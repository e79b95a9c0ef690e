import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { PublishedKeys, StatementSigner } from '../../base/keys/jws.ts'
import { openSession } from '../../base/database/db-session.ts'
import { makeThrottledWriter } from '../../base/values/throttled-writer.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { readSecrets, writeOnce } from '../../base/keys/secret-files.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { shutdownSignal } from '../../base/jobs/shutdown-signal.ts'
import { checkFiles, filesNamed } from './check.ts'
import { exportFollowing, exportUntil } from './export.ts'
import { openFolder } from './folder.ts'
import { makeReferences } from './references.ts'

/** What an export needs of the program around it. */
export type AuditExportParts = {
  readonly databaseUrl: string
  readonly statements: StatementSigner
  readonly seals: RowSeals
  readonly issuer: string
  readonly now: Date
}

const followMs = 10_000
/** An export of a year says how far it has come; one of an hour says nothing. */
const progressMs = 10_000

type Exported = {
  readonly dir: string
  /** The file of the key of references. */
  readonly keyFile: string
  readonly since: Date | undefined
  readonly until: Date | undefined
  readonly follow: boolean
}

/** `accord audit export`. @returns the lines to print. @throws OperatorError */
export async function exportAudit(
  asked: Exported,
  open: () => Promise<AuditExportParts>,
): Promise<string[]> {
  const [secret, ...more] = await readSecrets(asked.keyFile)
  if (secret === undefined || more.length > 0)
    throw new OperatorError(
      `${asked.keyFile} must hold one key, which this account may read: « accord audit reference-key » makes it.`,
    )
  const references = makeReferences(secret)
  const { databaseUrl, statements, seals, issuer, now } = await open()
  const begin = { since: asked.since, now }
  const folder = await openFolder(asked.dir, { issuer, key: references.keyName }, begin)
  const { session, close } = await openSession(databaseUrl)
  const tell = makeThrottledWriter(
    (line) => process.stderr.write(line),
    progressMs,
    () => performance.now(),
  )
  try {
    const { dir } = asked
    const exporting = { session, statements, seals, issuer, references, dir, folder, tell }
    const { lines, until } = asked.follow
      ? await exportFollowing(exporting, stopping())
      : await exportUntil(exporting, asked.until)
    return [`${lines} lines into ${asked.dir}, until ${until.toISOString()}`]
  } finally {
    await close()
  }
}

/** Waits a while. @returns whether this process was told to stop */
function stopping(): () => Promise<boolean> {
  const told = shutdownSignal().then(() => true)
  return () => Promise.race([told, setTimeout(followMs, false)])
}

type Checked = {
  readonly paths: readonly string[]
  readonly keys: string | undefined
  readonly until: Date | undefined
}

/** `accord audit check`: it needs no database. @throws OperatorError where something does not hold */
export async function checkAudit(
  asked: Checked,
  now: Date,
  keysFrom: (given: string | undefined) => Promise<PublishedKeys>,
): Promise<string[]> {
  const files = await filesNamed(asked.paths)
  if (files.length === 0) throw new OperatorError('There is no file of an export.')
  const { findings, says } = await checkFiles(files, await keysFrom(asked.keys), {
    now,
    until: asked.until,
  })
  if (findings.length === 0) return [says, 'It holds.']
  throw new OperatorError(
    ['It does not hold:', ...findings.map((one) => `  ${one}`), says].join('\n'),
  )
}

/** `accord audit reference-key` */
export async function makeReferenceKey(file: string): Promise<string[]> {
  const secret = randomBytes(32)
  if (!(await writeOnce(file, secret.toString('base64url'))))
    throw new OperatorError(`${file} is there already: another key makes other references.`)
  return [`key of references ${makeReferences(secret).keyName} written to ${file}`]
}
