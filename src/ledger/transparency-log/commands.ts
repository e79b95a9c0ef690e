import { parseArgs } from 'node:util'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import type { Database } from '../../base/platform/database.ts'
import { openSession } from '../../base/platform/duty.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import type { Verifier } from '../../base/tlog/note.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { maxNoteBytes, openNote, splitNote } from '../../base/tlog/note.ts'
import { StartError } from '../../base/platform/start-error.ts'
import type { TileId } from '../../base/tlog/tiles.ts'
import { bundleOf, entriesIn, tilePath, tileWidth } from '../../base/tlog/tiles.ts'
import type { Vault } from '../chain/index.ts'
import { originOf } from '../chain/index.ts'
import type { Audit, Finding } from './audit.ts'
import { auditDatabase } from './audit.ts'
import { fetchSome, fetchText, readText } from './elsewhere.ts'
import { rememberHere, rememberUsage } from './remember.ts'
import { signersOf } from './signers.ts'
import { logRows } from './store.ts'
import type { LogFault } from './walk.ts'
import { walkLog } from './walk.ts'

export const ledgerUsage = `  accord ledger verify        re-reads the database and LEDGER_DIR: entries, tiles, roots, signatures, people's chains;
                              names the first entry that is wrong
    --url URL                 the same of the logs of a broker, or of one log by its own address, from outside; --policy FILE (tlog-policy) says whom to trust,
                              else what the address itself says; --since FILE: an earlier checkpoint that it must contain
                              --json, with each: for machines
${rememberUsage}`

const maxTileBytes = 64 * 1024

type Told = { readonly findings: readonly Finding[]; readonly says: readonly string[] }

type Place = { readonly issuer: string; readonly ledgerDir: string }

/** Needed only by the form of the command that reads the database. */
export type Inside = {
  readonly db: Database
  readonly databaseUrl: string
  readonly secrets: readonly Buffer[]
  readonly vault: Vault | undefined
  readonly register: Audit['register']
}

/**
 * `accord ledger verify [--url URL [--policy FILE] [--since FILE]] [--json]`, `accord ledger remember [--checkpoint FILE …]`
 * @returns the lines to print; undefined: wrong usage. @throws StartError where something does not hold
 */
export async function ledgerCommand(
  config: Place,
  args: readonly string[],
  inside: <T>(deed: (given: Inside) => Promise<T>) => Promise<T>,
): Promise<string[] | undefined> {
  if (args[0] === 'remember') {
    const checkpoints = checkpointsIn(args.slice(1))
    return checkpoints && inside((given) => remember(config, given, checkpoints))
  }
  const options = optionsOf(args)
  if (options === undefined) return undefined
  const { url } = options
  const { findings, says } =
    url === undefined
      ? await inside((given) => verifyHere(config, given))
      : await verifyThere({ ...options, url })
  if (options.isJson) {
    const text = JSON.stringify({ holds: findings.length === 0, findings, says }, null, 2)
    if (findings.length > 0) throw new StartError(text)
    return [text]
  }
  if (findings.length === 0) return [...says, 'It holds.']
  throw new StartError(['It does not hold:', ...findings.map(sentenceOf)].join('\n'))
}

async function remember(
  { issuer, ledgerDir }: Place,
  { databaseUrl, secrets }: Inside,
  checkpoints: readonly string[],
): Promise<string[]> {
  const { session, close } = await openSession(databaseUrl)
  try {
    return await rememberHere({ session, issuer, ledgerDir, secrets, checkpoints })
  } finally {
    await close()
  }
}

function checkpointsIn(args: readonly string[]): string[] | undefined {
  try {
    const options = { checkpoint: { type: 'string', multiple: true } } as const
    return parseArgs({ args: [...args], options }).values.checkpoint ?? []
  } catch {
    return undefined // an option that is none
  }
}

function sentenceOf({ where, index, because }: Finding): string {
  return index === undefined ? `  ${where}: ${because}` : `  ${where}, entry ${index}: ${because}`
}

type Options = {
  readonly isJson: boolean
  readonly url?: string | undefined
  readonly policy?: string | undefined
  readonly since?: string | undefined
}

function optionsOf([deed, ...args]: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const
  const options = { url: text, policy: text, since: text, json: { type: 'boolean' } } as const
  try {
    const { values } = parseArgs({ args: [...args], options })
    const { json: isJson = false, ...rest } = values
    const isOdd = rest.url === undefined ? Object.keys(rest).length > 0 : !URL.canParse(rest.url)
    return deed !== 'verify' || isOdd ? undefined : { isJson, ...rest }
  } catch {
    return undefined // an option that is none
  }
}

async function verifyHere({ issuer, ledgerDir }: Place, given: Inside): Promise<Told> {
  const { session, close } = await openSession(given.databaseUrl)
  try {
    // Reads one instant: a deed that is written meanwhile is seen whole or not at all.
    await session.rows('begin isolation level repeatable read read only')
    const origins = (await logRows(session)).map(({ year, shard }) => originOf(issuer, year, shard))
    const vkeys = origins.flatMap((origin) =>
      signersOf(given.secrets, origin).map(({ verifier }) => verifier.vkey),
    )
    return await auditDatabase({ ...given, session, issuer, ledgerDir, vkeys })
  } finally {
    await close()
  }
}

async function verifyThere({ url, policy: file, since }: Options & { url: string }): Promise<Told> {
  const base = url.replace(/\/$/, '')
  const own = await originAt(base)
  const policy = await policyOf(
    own === undefined ? `${base}/log` : new URL('../..', `${base}/`).href,
    file,
  )
  const earlier = since === undefined ? undefined : await earlierTree(since, policy)
  const [findings, says]: [Finding[], string[]] = [[], []]
  const known = new Map(policy.logs.map(({ verifier, url: at }) => [verifier.name, at]))
  const origins = own === undefined ? known : new Map([[own, base]])
  for (const [origin, at = `${new URL(base).protocol}//${origin}`] of origins) {
    const before = earlier?.origin === origin ? [earlier] : []
    const { faults, line } = await verifyServed(origin, at, policy, before)
    findings.push(...faults.map((fault) => ({ where: origin, ...fault })))
    says.push(line)
  }
  if (earlier !== undefined && !origins.has(earlier.origin))
    findings.push({ where: earlier.origin, because: 'no such log is looked at here' })
  if (file === undefined)
    says.push('Whose keys these are, this address itself says: give --policy to trust others.')
  return { findings, says }
}

/** The policy of the file; where no file is given, the policy that the house serves beside its logs. */
async function policyOf(logs: string, file: string | undefined): Promise<LogPolicy> {
  const place = file ?? `${logs.replace(/\/$/, '')}/policy`
  const text = file === undefined ? await fetchText(place) : await readText(file)
  return asked(place, () => readPolicy(text))
}

/** The log that is served at this address, as its checkpoint or the address says; undefined for the address of an issuer. */
async function originAt(base: string): Promise<string | undefined> {
  const bytes = await fetchSome(`${base}/checkpoint`, maxNoteBytes)
  try {
    if (bytes !== undefined) return readCheckpoint(splitNote(bytes.toString()).text).origin
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
  }
  return /\/log\/\d{4}\/p\d+$/.test(base) ? base.replace(/^https?:\/\//, '') : undefined
}

async function earlierTree(file: string, policy: LogPolicy): Promise<Checkpoint> {
  const note = await readText(file)
  return asked(file, () => readCheckpoint(openNote(note, verifiersOf(policy)).text))
}

async function verifyServed(
  origin: string,
  at: string,
  policy: LogPolicy,
  earlier: readonly Checkpoint[],
) {
  const faults: LogFault[] = []
  const note = await fetchText(`${at}/checkpoint`)
  const { text, signatures } = asked(`${at}/checkpoint`, () => openNote(note, verifiersOf(policy)))
  const tree = asked(`${at}/checkpoint`, () => readCheckpoint(text))
  if (tree.origin !== origin || !signatures.some(({ verifier }) => verifier.name === origin))
    faults.push({ because: 'its checkpoint is not signed by this log' })
  if (!policy.isQuorum(signatures))
    faults.push({ because: 'its checkpoint has not the cosignatures that the policy demands' })
  const isShorter = earlier.some(({ size }) => size > tree.size)
  const fault = isShorter
    ? { index: tree.size, because: 'it has fewer entries than before' }
    : await walkLog((tile) => fetchTile(at, tile), [...earlier, tree])
  if (fault !== undefined) faults.push(fault)
  const witnesses = signatures.filter(({ time }) => time !== undefined).length
  return { faults, line: `${origin}: ${tree.size} entries, ${witnesses} cosignatures` }
}

function verifiersOf({ logs, witnesses }: LogPolicy): Verifier[] {
  return [...logs, ...witnesses].map(({ verifier }) => verifier)
}

/** Turns the fault of a text that others gave into a sentence for the operator. */
function asked<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw new StartError(`${where} ${cause.message}.`, { cause })
  }
}

async function fetchTile(at: string, tile: TileId): Promise<Buffer> {
  const exact = await fetchSome(`${at}/${tilePath(tile)}`, maxTileBytes)
  if (exact !== undefined) return exact
  // C2SP tlog-tiles: once the tree has outgrown a partial tile, the full tile holds the same hashes.
  const full = await fetchSome(`${at}/${tilePath({ ...tile, width: tileWidth })}`, maxTileBytes)
  if (full === undefined) throw new RangeError('there is no such tile')
  if (tile.level !== 'entries') return full.subarray(0, tile.width * 32)
  return bundleOf((entriesIn(full, tileWidth) ?? []).slice(0, tile.width))
}
