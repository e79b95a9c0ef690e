import type { LogSecret } from '../../base/keys/log-keys.ts'
import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { Session } from '../../base/database/db-session.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { getText, postText } from '../../base/outbound/guarded-http.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import { readCheckpoint, sizeFrom } from '../../base/tlog/checkpoint.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import type { Verifier } from '../../base/tlog/note.ts'
import { openNote, readVkey } from '../../base/tlog/note.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { originOf } from '../chain/index.ts'
import { containsTree } from './rows-source.ts'
import { readRecord } from './record.ts'
import type { KnownTree } from './restore.ts'
import { verifiersOf } from './signers.ts'
import type { LogRow } from './store.ts'
import { keysOf, lastCheckpoint, logRows, witnessLines } from './store.ts'

// What others know of the log, beside what this database holds of it: the signer's record, where this machine has it, and the witnesses.

export type ComparisonInput = {
  readonly session: Session
  readonly issuer: string
  /** Empty: this machine has no record. */
  readonly ledgerDir: string
  /** Secrets of purpose `log`; none where this machine does not sign. */
  readonly secrets: readonly LogSecret[]
  readonly outboundAllow: readonly string[]
  readonly now: Date
}

export type OutsideTrees = {
  readonly known: readonly KnownTree[]
  /** How many witnesses have an address, and how many of them answered. */
  readonly witnesses: number
  readonly answered: number
  /** Of each witness that served a checkpoint, when it cosigned the newest one, in milliseconds. */
  readonly cosignedMs: ReadonlyMap<string, number>
}

type Place = { readonly origin: string; readonly year: number; readonly shard: number }
type Witness = LogPolicy['witnesses'][number]

// Older logs are closed: their newest tree is one of those that the signer's record names.
const yearsAsked = 2

/** What others know. It is read before the database is: whatever is signed meanwhile is in the database, too. */
export async function treesKnownOutside(parts: ComparisonInput): Promise<OutsideTrees> {
  const { session, ledgerDir } = parts
  const recorded = ledgerDir === '' ? [] : await inRecord(parts)
  const policy = await policyOf(session, ledgerDir)
  const asked = policy.witnesses.filter(({ url }) => url !== undefined)
  if (asked.length === 0)
    return { known: recorded, witnesses: 0, answered: 0, cosignedMs: new Map() }
  const logs = await askedLogs(parts, await logRows(session))
  const answers = await Promise.all(asked.map((witness) => askWitness(parts, witness, logs)))
  return {
    known: [...recorded, ...answers.flatMap((answer) => answer?.known ?? [])],
    witnesses: asked.length,
    answered: answers.filter((answer) => answer !== undefined).length,
    cosignedMs: new Map(
      asked.flatMap(({ name }, n) => {
        const at = answers[n]?.cosignedMs ?? 0
        return at > 0 ? [[name, at]] : []
      }),
    ),
  }
}

async function inRecord({ issuer, ledgerDir }: ComparisonInput): Promise<KnownTree[]> {
  const record = await readRecord(ledgerDir)
  return [...record].flatMap(([origin, { size, root }]) => {
    const place = placeIn(issuer, origin)
    return place === undefined ? [] : [{ ...place, size, root, knownTo: 'signed.json' }]
  })
}

/** Only of logs of this house: a record may name those of an earlier address. */
export function placeIn(issuer: string, origin: string): Place | undefined {
  const [, year, shard] = /\/log\/(\d{4})\/p(\d{1,2})$/.exec(origin) ?? []
  const place = { origin, year: Number(year), shard: Number(shard) }
  return origin === originOf(issuer, place.year, place.shard) ? place : undefined
}

// A restored database may name fewer witnesses than the operator's file.
async function policyOf(session: Session, ledgerDir: string): Promise<LogPolicy> {
  const file = ledgerDir === '' ? undefined : await readWhole(join(ledgerDir, 'witnesses'))
  return readPolicy(file?.toString() ?? (await witnessLines(session)))
}

type AskedLog = Place & {
  readonly keys: readonly Verifier[]
  /** The newest checkpoint that this database has. */
  readonly note: string | undefined
  readonly size: number
}

// Also the logs that a restored database may not have: this year's first one, and the next one of each year.
async function askedLogs(parts: ComparisonInput, logs: readonly LogRow[]): Promise<AskedLog[]> {
  const { session, issuer, secrets, now } = parts
  const recent = logs.filter(({ year }) => year > now.getUTCFullYear() - yearsAsked)
  const next = recent.map(({ year, shard }) => ({ year, shard: shard + 1 }))
  const wanted = [...recent, ...next, { year: now.getUTCFullYear(), shard: 0 }]
  const places = new Map(
    wanted.map(({ year, shard }) => [originOf(issuer, year, shard), { year, shard }]),
  )
  return Promise.all(
    [...places].map(async ([origin, { year, shard }]) => {
      const log = recent.find((one) => one.year === year && one.shard === shard)
      const own = await verifiersOf(secrets, origin)
      const noted = log === undefined ? [] : await keysOf(session, log.logId)
      const last = log && (await lastCheckpoint(session, log.logId))
      const keys = [...own, ...noted.map(({ vkey }) => readVkey(vkey))]
      return { origin, year, shard, keys, note: last?.note, size: last?.treeSize ?? 0 }
    }),
  )
}

/** @returns undefined where it does not answer */
async function askWitness(
  { outboundAllow }: ComparisonInput,
  { verifier, url = '', name }: Witness,
  logs: readonly AskedLog[],
): Promise<{ readonly known: readonly KnownTree[]; readonly cosignedMs: number } | undefined> {
  let cosignedMs = 0
  const house = url.replace(/\/$/, '')
  const known = async (log: AskedLog): Promise<KnownTree[]> => {
    const { origin, year, shard, note, size } = log
    const place = { origin, year, shard, knownTo: `the witness ${name}` }
    const served = await getText(`${house}/${hash('sha256', origin)}/checkpoint`, outboundAllow)
    if (served.status === 200) {
      const { tree, atMs } = treeIn(served.text, log, verifier)
      cosignedMs = Math.max(cosignedMs, atMs)
      return [{ ...place, ...tree }]
    }
    if (note === undefined) return []
    // Whoever serves no checkpoints answers as tlog-witness says: with the size of its newest tree, if it is another one.
    const target = `${house}/add-checkpoint`
    const answer = await postText(target, `old ${size}\n\n${note}`, outboundAllow)
    const theirs = answer.status === 409 ? sizeFrom(answer.text.trimEnd()) : undefined
    return theirs === undefined ? [] : [{ ...place, size: theirs, root: null }]
  }
  const settled = await Promise.allSettled(logs.map(known))
  const told = settled.filter((one) => one.status === 'fulfilled')
  return told.length === 0 ? undefined : { known: told.flatMap(({ value }) => value), cosignedMs }
}

// A witness cosigns what the log has signed. Of a log that this database does not have, only a process with its key knows the keys.
function treeIn(note: string, { origin, keys }: AskedLog, witness: Verifier) {
  const { text, signatures } = openNote(note, [witness])
  const tree = readCheckpoint(text)
  if (keys.length > 0) openNote(note, keys)
  if (tree.origin !== origin) throw new NoteError('is of another log')
  const atMs = Math.max(...signatures.map(({ time = 0 }) => time * 1000))
  return { tree: { size: tree.size, root: tree.root }, atMs }
}

/** Of each log, the largest tree that is known. */
export function largest(known: readonly KnownTree[]): KnownTree[] {
  const byOrigin = Map.groupBy(known, ({ origin }) => origin)
  return [...byOrigin.values()].map((trees) =>
    // Of two of one size the one with a root says more.
    trees.reduce((one, other) => {
      if (other.size !== one.size) return other.size > one.size ? other : one
      return one.root === null ? other : one
    }),
  )
}

/**
 * What this database holds of a tree that others know.
 * @returns undefined where it contains that tree; else the size of the newest signed tree that it has
 */
export async function heldSizeOfTree(
  session: Session,
  logs: readonly LogRow[],
  known: KnownTree,
): Promise<number | undefined> {
  const log = logs.find(({ year, shard }) => year === known.year && shard === known.shard)
  if (known.size === 0) return undefined
  if (log === undefined) return 0
  if (known.size <= log.treeSize && (await isInTree(session, log, known))) return undefined
  return (await lastCheckpoint(session, log.logId))?.treeSize ?? 0
}

async function isInTree(session: Session, log: LogRow, { size, root }: KnownTree) {
  if (root === null) return true
  if (size === log.treeSize) return root.equals(log.root)
  const signed = await lastCheckpoint(session, log.logId, size)
  if (signed !== undefined) return signed.root.equals(root)
  // Rows may be missing.
  return containsTree(session, log, { size, root }).catch(recoverFrom(RangeError, () => false))
}
