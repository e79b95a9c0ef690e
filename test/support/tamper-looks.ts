import type { FoldParts } from '../../src/ledger/fold/index.ts'
import type { LiveRegister } from '../../src/registry/index.ts'
import {
  openRegister,
  registerFindings,
  registerLeaves,
  uncheckedRegister,
} from '../../src/registry/index.ts'
import { dayClosings, foldParts } from '../../src/house/folds.ts'
import type { Decision } from '../../src/consent/decisions/index.ts'
import { evaluate } from '../../src/consent/decisions/index.ts'
import type { CodeGuard } from '../../src/consent/decisions/code-guard.ts'
import { codeOf } from './code-of.ts'
import { makeDecisionStore } from '../../src/consent/decisions/store.ts'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { isOutage } from '../../src/base/database/database-outages.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { auditDatabase } from '../../src/ledger/transparency-log/audit.ts'
import { publishedLeaves } from '../../src/pages/open-data/index.ts'
import { announcedLeaves } from '../../src/ledger/transparency-log/index.ts'
import { signersOf } from '../../src/ledger/transparency-log/signers.ts'
import { logRows } from '../../src/ledger/transparency-log/store.ts'
import type { KnownEnd, KnownHeads } from '../../src/ledger/chain/index.ts'
import { originOf } from '../../src/ledger/chain/index.ts'
import { uuidBytes } from '../../src/base/values/ids.ts'
import { makeKnownHeads } from '../../src/ledger/chain/known-heads.ts'
import { mandateSeals } from '../../src/people/mandates/index.ts'
import { chainPage } from '../../src/pages/my-data/chain.ts'
import { issuer } from './broker.ts'
import type { Load, Sharer } from './sharing-load.ts'
import type { Life } from './tamper-life.ts'
import { shutAccess } from './tamper-access.ts'
import type { Outsider } from './tamper-outsider.ts'
import { shutDesk } from './tamper-desk.ts'
import { shutDoors } from './tamper-doors.ts'
import type { Found } from './tamper-report.ts'
import { nothingFound } from './tamper-report.ts'

// Who looks at what the tamper drill changed: a decision, as a process that has just started takes it; what `accord ledger verify` runs,
// and of it the fold, which is the check of each night; « Rien ne manque » of each person; the doors of an access.

/** What the tries are made in, and what whoever looks has. */
export type World = {
  readonly life: Life
  readonly sharers: readonly Sharer[]
  readonly ledgerDir: string
  readonly keysDir: string
  readonly secrets: readonly Buffer[]
  readonly seed: number
  readonly outsider: Outsider
  /** What the feed of heads has: the ends of chains whose events are in the tree. */
  readonly fed: Map<string, KnownEnd>
}

// Of a transaction: more of them in a row are no chance.
const mostDeadlocks = 5

class Undone extends Error {}

/**
 * All changes made here are rolled back. A changed object locks what the processes of the stage read each second, in another order: where
 * PostgreSQL ends this transaction for it (40P01), nothing was done, and it is done again.
 */
export async function inUndone<T>(
  { db }: Pick<Load, 'db'>,
  deed: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let n = 1; ; n++)
    try {
      return await undoneWithin(db, async (tx) => {
        // A look that computes for long on a busy machine is no client that went away.
        await tx.raw(`set local idle_in_transaction_session_timeout = '2min'`)
        return deed(tx)
      })
    } catch (error) {
      if (n === mostDeadlocks || !isDeadlock(error)) throw error
    }
}

function isDeadlock(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '40P01'
}

/** The same within a transaction. */
export async function undoneWithin<T>(
  db: Database | Transaction,
  deed: (tx: Transaction) => Promise<T>,
): Promise<T> {
  let done: { readonly result: T } | undefined
  try {
    await db.transaction(
      async (tx) => {
        done = { result: await deed(tx) }
        throw new Undone()
      },
      { isolationLevel: 'repeatable read' },
    )
  } catch (error) {
    if (!(error instanceof Undone)) throw error
  }
  if (done === undefined) throw new Error('nothing was done')
  return done.result
}

/** What everybody finds who looks without a browser. */
export async function lookAround(world: World, tx: Transaction, before: Decided): Promise<Found> {
  const live = await liveIn(tx, world.life.load)
  const read = await partsIn(tx)
  const parts = () => {
    if (read instanceof Error) throw read
    return read
  }
  const audited = await saidOr(tx, async (inner) => auditIn(world, inner, parts()))
  const own: string[] = []
  for (const { personId } of world.sharers)
    own.push(...(await saidOr(tx, async (inner) => ownIn(world, inner, personId, parts()))).own)
  const { seals } = world.life.load.vault
  const look = { tx, seals, now: new Date() }
  const mandates = { vault: world.life.load.vault, seals: mandateSeals(world.life.keys) }
  const door = [
    ...(await shutDoors(look)),
    ...(await shutAccess(look)),
    ...(await shutDesk(mandates, look)),
  ]
  const seen = { ...nothingFound, ...audited, own, door }
  if (live === undefined) return { ...seen, decision: refused }
  const decided = await decisionsOf(world, tx, live)
  const untrusted = decided.filter((one) => one === 'RECORD_UNTRUSTED' || one === 'INTERNAL')
  const wrongPermits = decided.filter((one, i) => one === 'PERMIT' && before[i] !== 'PERMIT').length
  return { ...seen, decision: untrusted, wrongPermits }
}

// No process starts with a register that is not as it was applied, and none goes over to it.
const refused = ['the register is refused']

async function liveIn(tx: Transaction, { vault }: Load): Promise<LiveRegister | undefined> {
  try {
    return await tx.transaction((inner) => openRegister(inner, vault.seals))
  } catch (error) {
    if (isOutage(error)) throw error
    return undefined
  }
}

// A register that cannot be read breaks off each check that needs it.
async function partsIn(tx: Transaction): Promise<FoldParts | Error> {
  try {
    return await tx.transaction(async (inner) => foldParts(await uncheckedRegister(inner)))
  } catch (error) {
    if (isOutage(error) || !(error instanceof Error)) throw error
    return error
  }
}

type Said = Pick<Found, 'night' | 'verify' | 'own'>
const silent: Said = { night: [], verify: [], own: [] }

// A check that cannot go on says so: its command fails, its page is none, its job is an error in the log.
export async function saidOr(
  tx: Transaction,
  look: (inner: Transaction) => Promise<Said>,
): Promise<Said> {
  try {
    return await tx.transaction(look)
  } catch (error) {
    if (isOutage(error)) throw error
    const broken = [`broken off: ${String(error).slice(0, 200)}`]
    return { night: broken, verify: broken, own: broken }
  }
}

export async function auditIn(
  { life: { load }, ledgerDir, secrets }: World,
  tx: Transaction,
  parts: FoldParts,
) {
  const session = readingSession(tx)
  const origins = (await logRows(session)).map(({ year, shard }) => originOf(issuer, year, shard))
  const vkeys = origins.flatMap((origin) =>
    signersOf(secrets, origin).map(({ verifier }) => verifier.vkey),
  )
  const publicLeaves = [
    ...(await registerLeaves(tx)),
    ...(await announcedLeaves(tx)),
    ...(await publishedLeaves(tx)),
  ]
  const { vault } = load
  const audit = {
    session,
    issuer,
    ledgerDir,
    vkeys,
    vault,
    parts,
    publicLeaves,
    closings: dayClosings,
  }
  const { findings, differences, notClosed } = await auditDatabase(audit)
  const ofRegister = await registerFindings(tx, vault.seals)
  const found = [...ofRegister, ...findings].map(({ where, because }) => `${where}: ${because}`)
  // Late is said, too: the command ends with 3.
  const late = notClosed.map(({ closing, days }) => `${closing}: ${days.length} days late`)
  return { ...silent, verify: [...found, ...late], night: differences > 0 ? found : [] }
}

async function ownIn(
  { life: { load } }: World,
  tx: Transaction,
  personId: string,
  parts: FoldParts,
) {
  const by = { vault: load.vault, partsNow: () => Promise.resolve(parts) }
  const own: string[] = []
  const register = load.live.current()
  for (let after = 0; ;) {
    const at = { path: '/', after, now: new Date(), register, language: 'fr' as const }
    const page = await chainPage(tx, by, personId, at)
    if (page.wrong !== undefined) own.push(`entry ${page.wrong} is wrong`)
    if (page.differences !== undefined && page.differences !== 0)
      own.push(`${page.differences} differences`)
    if (page.later.some(({ isWrong }) => isWrong)) own.push('a later entry is wrong')
    if (page.laterHref === undefined || page.last <= after) return { ...silent, own }
    after = page.last
  }
}

export type Decided = readonly string[]

const caller = { clientId: 'agence-revenu', orgId: 'org_agence-revenu' }

/** What a process knows that starts now: it has read the feed, and written nothing itself. */
export function headsOf({ fed }: World): KnownHeads {
  const heads = makeKnownHeads()
  for (const [chainId, { nextSeq, commitment }] of fed)
    if (commitment !== null) heads.fed.put(uuidBytes(chainId), nextSeq, commitment)
  return heads
}

/** What the holder is answered about each of them, by a process that starts now. */
export async function decisionsOf(
  world: World,
  tx: Transaction,
  live: LiveRegister = world.life.load.live,
  guarded: (db: Database) => CodeGuard = codeOf,
): Promise<Decided> {
  const { life, sharers } = world
  const { load } = life
  const decided: string[] = []
  const vault = { ...load.vault, heads: headsOf(world) }
  for (const { sub } of sharers) {
    const asked = {
      recipient: 'org_aide-etudes',
      dataset: 'dst_avis-cotisation@1',
      purpose: 'pur_calcul-aide@1',
      categories: ['cat_revenu-net'],
      sub,
      period: undefined,
      agreement: undefined,
      lawCase: undefined,
      requestId: crypto.randomUUID(),
      queryId: undefined,
    }
    try {
      const answer: Decision = await tx.transaction(async (inner) => {
        const code = guarded(inner)
        const store = makeDecisionStore(inner, vault.seals, code)
        // The time of a try is that of its transaction, which a busy machine looks at for long.
        const context = { ...load, vault, db: inner, code, store, timeCheck: () => () => true }
        return evaluate({ ...context, live }, caller, asked)
      })
      decided.push(answer.permit ? 'PERMIT' : answer.because)
    } catch (error) {
      if (isOutage(error)) throw error
      decided.push('INTERNAL')
    }
  }
  return decided
}
