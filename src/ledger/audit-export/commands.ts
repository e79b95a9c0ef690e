import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { PublishedKeys, StatementSigner } from '../../base/keys/jws.ts'
import { openSession } from '../../base/database/db-session.ts'
import { nowAndThen } from '../../base/values/throttled-writer.ts'
import { readSecrets, writeOnce } from '../../base/keys/secret-files.ts'
import { StartError } from '../../base/values/start-error.ts'
import { toldToStop } from '../../base/jobs/shutdown-signal.ts'
import { wordsIn } from '../../base/values/parse-words.ts'
import { checkFiles, filesNamed } from './check.ts'
import { exportFollowing, exportUntil } from './export.ts'
import { openFolder } from './folder.ts'
import { makeReferences } from './references.ts'

/** What an export needs of the program around it. */
export type AuditExportParts = {
  readonly databaseUrl: string
  readonly statements: StatementSigner
  readonly issuer: string
  readonly now: Date
}

const text = { type: 'string' } as const
const options = {
  into: text,
  'reference-key': text,
  since: text,
  until: text,
  follow: { type: 'boolean' },
} as const
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/
const followMs = 10_000
/** An export of a year says how far it has come; one of an hour says nothing. */
const progressMs = 10_000

/**
 * `accord audit export --into DIR --reference-key FILE [--since TIME] [--until TIME | --follow]`
 * @returns the lines to print; undefined: wrong usage. @throws StartError
 */
export async function exportCommand(
  args: readonly string[],
  open: () => Promise<AuditExportParts>,
): Promise<string[] | undefined> {
  const asked = exportWords(args)
  if (asked === undefined) return undefined
  const [secret, ...more] = await readSecrets(asked.keyFile)
  if (secret === undefined || more.length > 0)
    throw new StartError(
      `${asked.keyFile} must hold one key, which this account may read: « accord audit reference-key » makes it.`,
    )
  const references = makeReferences(secret)
  const { databaseUrl, statements, issuer, now } = await open()
  const begin = { since: asked.since, now }
  const folder = await openFolder(asked.dir, { issuer, key: references.keyName }, begin)
  const { session, close } = await openSession(databaseUrl)
  const tell = nowAndThen(
    (line) => process.stderr.write(line),
    progressMs,
    () => performance.now(),
  )
  try {
    const exporting = { session, statements, issuer, references, dir: asked.dir, folder, tell }
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
  const told = toldToStop().then(() => true)
  return () => Promise.race([told, setTimeout(followMs, false)])
}

function exportWords(args: readonly string[]) {
  return wordsIn(args, options, (values, positionals) => {
    const { into: dir, 'reference-key': keyFile, follow = false } = values
    const [since, until] = [instantIn(values.since), instantIn(values.until)]
    if (positionals.length !== 1 || dir === undefined || keyFile === undefined) return undefined
    if (since === null || until === null || (follow && until !== undefined)) return undefined
    return { dir, keyFile, since, until, follow }
  })
}

/** null: it is no instant */
function instantIn(word: string | undefined): Date | undefined | null {
  if (word === undefined) return undefined
  const at = new Date(word)
  return instant.test(word) && !Number.isNaN(at.getTime()) ? at : null
}

/**
 * `accord audit check FILE… [--keys FILE|URL] [--until TIME]`: it needs no database.
 * @returns undefined: wrong usage. @throws StartError where something does not hold
 */
export async function checkCommand(
  args: readonly string[],
  now: Date,
  keysFrom: (given: string | undefined) => Promise<PublishedKeys>,
): Promise<string[] | undefined> {
  const asked = checkWords(args)
  if (asked === undefined) return undefined
  const files = await filesNamed(asked.paths)
  if (files.length === 0) throw new StartError('There is no file of an export.')
  const { findings, says } = await checkFiles(files, await keysFrom(asked.keys), {
    now,
    until: asked.until,
  })
  if (findings.length === 0) return [says, 'It holds.']
  throw new StartError(['It does not hold:', ...findings.map((one) => `  ${one}`), says].join('\n'))
}

function checkWords(args: readonly string[]) {
  return wordsIn(args, { keys: text, until: text }, (values, [, ...paths]) => {
    const until = instantIn(values.until)
    return paths.length === 0 || until === null ? undefined : { paths, keys: values.keys, until }
  })
}

/** `accord audit reference-key FILE`. @returns undefined: wrong usage */
export async function referenceKeyCommand([, file, ...more]: readonly string[]): Promise<
  string[] | undefined
> {
  if (file === undefined || file.startsWith('--') || more.length > 0) return undefined
  const secret = randomBytes(32)
  if (!(await writeOnce(file, secret.toString('base64url'))))
    throw new StartError(`${file} is there already: another key makes other references.`)
  return [`key of references ${makeReferences(secret).keyName} written to ${file}`]
}
