import type { Config } from '../settings/config.ts'
import type { Database, Transaction } from '../database/database.ts'
import { transact } from '../database/database.ts'
import type { HeldKeys, KeyJudgement, KnownKey } from './key-check.ts'
import type { KeyPurpose, LogPurpose, SignerSockets } from '../values/key-purposes.ts'
import { heldKeys, judgeKeys, purposesLost } from './key-check.ts'
import type { FarKeys } from './remote-keys.ts'
import { readFarKeys } from './remote-keys.ts'
import { guardKeyFiles } from './key-files.ts'
import type { Keys } from './keys.ts'
import { readHeldKeys, requireKeys } from './keys.ts'
import { dependsOnKeys, insertKeys, knownKeys, lockedKeys, namedKeys } from './key-store.ts'
import type { Log } from '../logging/log.ts'
import type { FarPurpose } from './signer.ts'
import { farPurposes, forEachPurpose, pairsOf } from './signer.ts'
import { OperatorError } from '../values/operator-error.ts'

/** Where the keys of a process lie, and how strictly they are judged. */
export type KeyPlace = Pick<Config, 'mode' | 'keysDir'> & Partial<Pick<Config, 'signerSockets'>>
type Say = (line: string) => void

/**
 * Reads the keys of a process, and refuses those of another database. The keys that come first to a new database are noted there.
 * @throws OperatorError naming each purpose that is wrong, and the key that is expected
 */
export async function openKnownKeys(
  db: Database,
  place: KeyPlace,
  say: Say = onStandardError,
  log: Log = noLog,
): Promise<Keys> {
  await guardKeyFiles(place.keysDir, place.mode, say)
  const keys = await openKeysAnywhere(place, ['id-token'], log)
  await requireKnown(db, place, keys)
  return keys
}

/** The keys of a process or a command: those in KEYS_DIR, and those with the signer. @throws OperatorError naming those that are missing */
export async function openKeysAnywhere(
  place: Pick<KeyPlace, 'keysDir' | 'signerSockets'>,
  needed: readonly string[] = [],
  log: Log = noLog,
): Promise<Keys> {
  return requireKeys(place.keysDir, await readKeysAnywhere(place, log), needed)
}

/**
 * The same, where a purpose may have no key. Keys of one purpose lie at one place: of two, one would be the wrong one after a change.
 * @throws OperatorError where they lie at two
 */
export async function readKeysAnywhere(
  { keysDir, signerSockets = {} }: Pick<KeyPlace, 'keysDir' | 'signerSockets'>,
  log: Log = noLog,
): Promise<Keys> {
  const own = await readHeldKeys(keysDir)
  if (isNowhere(signerSockets)) return own
  const far = await readFarKeys(signerSockets, log)
  const near = pairsOf(own)
  const twice = purposesIn(far).filter((purpose) => {
    if (purpose === 'log-pq') return own.logPq.length > 0
    return purpose === 'data' || purpose === 'log'
      ? own[purpose].length > 0
      : near[purpose].length > 0
  })
  if (twice.length > 0)
    throw new OperatorError(
      `Keys of purpose ${twice.join(', ')} lie in ${keysDir} and with the signer: leave them with the signer alone.`,
    )
  const both = forEachPurpose((purpose) => [...near[purpose], ...far.pairs[purpose]])
  return {
    ...own,
    idToken: both['id-token'],
    idTokenRsa: both['id-token-rsa'],
    upstream: both.upstream,
    signals: both.signals,
    decision: both.decision,
    receipt: both.receipt,
    data: [...own.data, ...far.data],
    log: [...own.log, ...far.log],
    logPq: [...own.logPq, ...far.logPq],
  }
}

function isNowhere(sockets: SignerSockets): boolean {
  return Object.keys(sockets).length === 0
}

/** The purposes whose keys lie with a signer. */
export function purposesElsewhere(sockets: SignerSockets): string[] {
  return Object.keys(sockets)
}

function purposesIn({ pairs, data, log, logPq }: FarKeys): (FarPurpose | 'data' | LogPurpose)[] {
  return [
    ...farPurposes.filter((purpose) => pairs[purpose].length > 0),
    ...(data.length > 0 ? (['data'] as const) : []),
    ...(log.length > 0 ? (['log'] as const) : []),
    ...(logPq.length > 0 ? (['log-pq'] as const) : []),
  ]
}

// A command says by its end what went wrong.
const nothing = () => undefined
const noLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** The same for a command, which may hold keys of some purposes or of none: it does nothing with those that it lacks. */
export async function requireKnownKeys(
  db: Database,
  place: KeyPlace,
  say: Say = onStandardError,
): Promise<void> {
  if (place.keysDir === '') return
  await guardKeyFiles(place.keysDir, place.mode, say)
  await requireKnown(db, place, await readHeldKeys(place.keysDir))
}

function onStandardError(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function requireKnown(db: Database, place: KeyPlace, keys: Keys): Promise<void> {
  const held = heldKeys(keys)
  const { first } = requireSoundKeys(place, held, await knownKeys(db))
  if (first.size === 0) return
  await transact(db, async (tx) => {
    const again = await lockedKeys(tx)
    // Another process may have been first meanwhile: then its keys count.
    const { first: mine } = requireSoundKeys(place, held, again)
    if (mine.size === 0) return
    await requireUnused(tx, place, mine, keys)
    for (const [purpose, values] of mine) await insertKeys(tx, purpose, values, 'used')
  })
}

/** @throws OperatorError where something is wrong with the keys of a process */
export function requireSoundKeys(
  place: KeyPlace,
  held: HeldKeys,
  known: readonly KnownKey[],
): KeyJudgement {
  const judgement = judgeKeys(held, known)
  if (judgement.faults.length > 0) throw strangeKeys(place, judgement.faults)
  return judgement
}

function strangeKeys({ keysDir }: KeyPlace, faults: readonly string[]): OperatorError {
  const isOther = faults.some((fault) => fault.startsWith('pairwise '))
  const copy = isOther
    ? ''
    : ' Where this database is an older copy: « accord ledger restored --keys ».'
  return new OperatorError(
    `The keys in ${keysDir} are not those of this database: ${faults.join('; ')}. Put the right ones there; a new one is announced before it is used (docs/operate.md).${copy}`,
  )
}

// An attacker who empties the table of check values must not get other keys accepted: a database on which people depend gets its first
// check values by a command, which looks at what the rows name. The demonstration has no operator, and looks by itself.
async function requireUnused(
  tx: Transaction,
  { mode }: KeyPlace,
  first: HeldKeys,
  keys: Keys,
): Promise<void> {
  if (!(await dependsOnKeys(tx))) return
  if (mode === 'demonstration') return requireNamed(tx, keys, [...first.keys()])
  throw new OperatorError(
    `This database is in use and knows no key of purpose ${[...first.keys()].join(', ')}: be sure that KEYS_DIR holds its own, then « accord keys announce ».`,
  )
}

/** @throws OperatorError where rows name a key, of one of these purposes, that is not held */
export async function requireNamed(
  tx: Transaction,
  keys: Keys,
  noted: readonly KeyPurpose[],
): Promise<void> {
  const lost = purposesLost(keys, await namedKeys(tx))
  const wrong = lost.filter((purpose) => (noted as readonly string[]).includes(purpose))
  if (wrong.length > 0)
    throw new OperatorError(
      `Rows of this database name keys of purpose ${wrong.join(', ')} that are not in KEYS_DIR: put the right ones there.`,
    )
}
