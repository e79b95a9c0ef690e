import type { FoldParts } from '../../src/ledger/fold/index.ts'
import type { LiveRegister } from '../../src/registry/index.ts'
import {
  announceRegister,
  openRegister,
  registerLeaves,
  uncheckedRegister,
} from '../../src/registry/index.ts'
import { foldParts } from '../../src/house/folds.ts'
import type { Decision } from '../../src/consent/decisions/index.ts'
import { evaluate } from '../../src/consent/decisions/index.ts'
import { makeDecisionStore } from '../../src/consent/decisions/store.ts'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { isOutage } from '../../src/base/database/database-outages.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { systemClock } from '../../src/base/values/clock.ts'
import { uuidBytes } from '../../src/base/values/ids.ts'
import { makeRowSeals } from '../../src/base/sealing/row-seal.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { auditDatabase } from '../../src/ledger/transparency-log/audit.ts'
import { publishedLeaves } from '../../src/pages/open-data/index.ts'
import { announcedLeaves, announcePublic } from '../../src/ledger/transparency-log/index.ts'
import type { SigningContext } from '../../src/ledger/transparency-log/sign.ts'
import { signersOf } from '../../src/ledger/transparency-log/signers.ts'
import { logRows } from '../../src/ledger/transparency-log/store.ts'
import type { KnownEnd } from '../../src/ledger/chain/index.ts'
import { originOf, trustedEnds } from '../../src/ledger/chain/index.ts'
import { makeKnownHeads } from '../../src/ledger/chain/known-heads.ts'
import { verifierObject } from '../../src/ledger/verifier/index.ts'
import { chainPage } from '../../src/pages/my-data/chain.ts'
import { issuer } from './broker.ts'
import { chances } from './chances.ts'
import { investigation } from './law.ts'
import { startMovingStage } from './moving-stage.ts'
import { bodiesOf } from './reporting.ts'
import type { Load, Sharer } from './sharing-load.ts'
import { newSharers, openLoad } from './sharing-load.ts'
import type { Life } from './tamper-life.ts'
import { beginLife, growOld, liveOn, silenceFor } from './tamper-life.ts'
import type { TriedExport } from './tamper-export.ts'
import { openExport } from './tamper-export.ts'
import type { FileVersions } from './tamper-files.ts'
import { noteVersions, signerSays, withTamperedFile } from './tamper-files.ts'
import { farSignerSays, withTamperedMemory } from './tamper-signer.ts'
import { letTimeMove } from './time.ts'
import { enterPassword, shutAccess } from './tamper-access.ts'
import type { Outsider } from './tamper-outsider.ts'
import { openOutsider, shownOutside } from './tamper-outsider.ts'
import { tryAnswer } from './tamper-answers.ts'
import { equip, renewWay, shutDoors } from './tamper-doors.ts'
import { guarded, isFact, listed, noFactRows, sealed } from './tamper-lists.ts'
import type { Found, Report, Tried } from './tamper-report.ts'
import { nothingFound, reportOf } from './tamper-report.ts'
import type { Copy, Kind, Means, Table } from './tampering.ts'
import { copyRows, pick, tablesOf, tamperOnce } from './tampering.ts'
import { sequenceNow, signNow } from './leases.ts'

// Lives go on; now and then somebody changes rows, in a transaction that is rolled back once everybody has looked: a decision, as a
// process that has just started takes it; what `accord ledger verify` runs, and of it the fold, which is the check of each night; « Rien
// ne manque » of each person. Or somebody changes a file of the log, in a copy: the signer looks, too; or what a signer in another process remembers, or a file of the audit export. A monitor looks where rows or files
// were changed that outsiders are shown something of.

const people = 3
const stepsFirst = 30
const triesAStep = 8
const mostCopies = 40
const batch = 500
// One try in so many changes a file, and one a row of a question between its page and her press.
const triesAFile = 8

export type TamperDrill = {
  readonly db: Database
  /** So many tries, and as many looks at unchanged rows. */
  run(tries: number): Promise<Report>
  /** What a monitor finds after this statement, which is undone. */
  foundOutside(statement: string): Promise<readonly string[]>
  close(): Promise<void>
}

export async function startTamperDrill(seed: number, ledgerDir: string): Promise<TamperDrill> {
  letTimeMove()
  const stage = await startMovingStage()
  await stage.apply(...investigation(90))
  const load = await openLoad(stage)
  const chance = chances(seed)
  const life: Life = {
    load,
    bodies: await bodiesOf(stage),
    chance,
    keys: await openKeys(stage.keysDir),
  }
  const sharers = await newSharers(load, people)
  await announceRegister(load.db, new Date())
  const outsider = await openOutsider()
  const world = {
    life,
    sharers,
    ledgerDir,
    keysDir: stage.keysDir,
    secrets: life.keys.log.filter((secret) => Buffer.isBuffer(secret)),
    seed,
    outsider,
    fed: new Map(),
  }
  await beginLife(life, sharers)
  for (const { personId } of sharers) await silenceFor(load, personId)
  for (let n = 0; n < stepsFirst; n++) await liveOn(life, pick(chance, sharers))
  await draw(world)
  await growOld(life, sharers)
  await beginLife(life, sharers)
  for (const { personId } of sharers) {
    await equip({ ...load, keys: life.keys }, personId)
    await enterPassword({ ...load, seals: load.vault.seals }, personId)
  }
  for (let n = 0; n < stepsFirst; n++) await liveOn(life, pick(chance, sharers))
  // Each year that passed has a log of its own, whose key it announces.
  await draw(world)
  await announcePublic(load.db, issuer, [verifierObject], new Date())
  await draw(world)
  return {
    db: load.db,
    run: (tries) => run(world, tries),
    async foundOutside(statement) {
      await inUndone(load, (tx) => outsider.see({ tx, ledgerDir }))
      return inUndone(load, async (tx) => {
        await tx.raw('set local session_replication_role = replica')
        await tx.raw(statement)
        return outsider.look({ tx, ledgerDir })
      })
    },
    async close() {
      await outsider.close()
      await load.close()
      await stage.stop()
    },
  }
}

type World = {
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

async function run(world: World, tries: number): Promise<Report> {
  const { chance, load } = world.life
  const tables = await tablesOf(load.db)
  const earlier: Copy[] = []
  const versions: FileVersions = new Map()
  const [tried, quiet]: [Tried[], Tried[]] = [[], []]
  let [now, before]: [Copy, Decided] = [new Map(), []]
  const [{ personId: who }] = world.sharers as readonly [Sharer]
  const trail = await openExport(load, world.life.keys, who)
  for (let n = 0; n < tries; n++) {
    if (n % triesAStep === 0) {
      if (n > 0) earlier.push(now)
      if (earlier.length > mostCopies) earlier.shift()
      world.life.bodies = await bodiesOf(load.stage) // tokens last five minutes
      await liveOn(world.life, pick(chance, world.sharers))
      const { personId } = pick(chance, world.sharers)
      await renewWay({ ...load, keys: world.life.keys }, personId, chance)
      await draw(world)
      noteVersions(world.ledgerDir, versions)
      now = await copyRows(load.db, [...guarded, ...sealed])
      before = await inUndone(load, (tx) => decisionsOf(world, tx))
      quiet.push(await seenOutside(world, n))
    }
    quiet.push(await oneTry(world, n, before))
    if (n % triesAFile === 1) {
      const tryFile = n % (2 * triesAFile) === 1 ? oneFileTry : oneMemoryTry
      tried.push(await tryFile(world, n, versions), await oneExportTry(trail, world, n))
      continue
    }
    if (n % triesAFile === 6) {
      quiet.push(await oneAnswerTry(world, n, before))
      tried.push(await oneAnswerTry(world, n, before, tables))
      continue
    }
    const kind = kindOf(n, chance)
    const means = meansOf(world, tables, { now, earlier, kind })
    tried.push(await oneTry(world, n, before, means))
  }
  await trail.close()
  return reportOf(world.seed, tried, quiet)
}

const noWitness = () => Promise.resolve('')

/** Takes the waiting entries into the tree, and has it signed. */
async function draw({ life: { load }, ledgerDir, secrets, fed }: World): Promise<void> {
  const session = readingSession(load.db)
  for (let n = 0; (await sequenceNow(session)) > 0; n++)
    if (n > batch) throw new Error('entries without end')
  await signNow(session, deskOf(ledgerDir, secrets))
  for await (const ends of trustedEnds(session, load.vault.seals))
    for (const { chainId, nextSeq, headCommitment: commitment } of ends)
      fed.set(chainId, { nextSeq, commitment })
}

function deskOf(ledgerDir: string, secrets: World['secrets']): SigningContext {
  const log = openLog('silent')
  const seals = makeRowSeals(secrets)
  return {
    issuer,
    ledgerDir,
    shard: 0,
    secrets,
    clock: systemClock,
    log,
    seals,
    askWitnesses: noWitness,
  }
}

const besides: Readonly<Record<Kind, readonly string[]>> = {
  insert: sealed,
  update: sealed,
  delete: [],
  'old row': listed,
  'old person': [],
}

type Drawing = { readonly now: Copy; readonly earlier: readonly Copy[]; readonly kind: Kind }

function meansOf(
  { life: { chance }, sharers }: World,
  tables: readonly Table[],
  { now, earlier, kind }: Drawing,
): Means & { readonly kind: Kind } {
  const names: readonly string[] = [...guarded, ...besides[kind]]
  return {
    chance,
    kind,
    tables: tables.filter(({ name }) => names.includes(name)),
    isFact,
    isRowOfFact: (table, row) => noFactRows[table]?.is(row, now) !== true,
    now,
    earlier,
    people: sharers.map(({ personId }) => personId),
  }
}

/** One try in four puts back earlier rows. */
function kindOf(n: number, chance: () => number): Kind {
  if (n % 4 === 3) return pick(chance, ['old row', 'old person'])
  return pick(chance, ['insert', 'update', 'update', 'delete'])
}

async function oneTry(
  world: World,
  n: number,
  before: Decided,
  means?: Means & { readonly kind: Kind },
): Promise<Tried> {
  const { load } = world.life
  return inUndone(load, async (tx) => {
    const change = means === undefined ? undefined : await tamperOnce(tx, means, means.kind)
    const found = await lookAround(world, tx, before)
    const isShown = shownOutside.includes(change?.table ?? '')
    const outside = isShown ? await lookOutside(world, tx) : []
    return { n, change, found: { ...found, outside } }
  })
}

/** She answers a page. Without tables nothing is changed meanwhile: then what she allowed is recorded, and nothing is found. */
function oneAnswerTry(
  world: World,
  n: number,
  before: Decided,
  tables?: readonly Table[],
): Promise<Tried> {
  const { chance, load } = world.life
  const { personId } = pick(chance, world.sharers)
  return inUndone(load, async (tx) => {
    const drawing = tables === undefined ? undefined : { chance, all: tables }
    const { change, refused, isAsShown } = await tryAnswer(load, tx, personId, drawing)
    if (refused !== undefined) return { n, change, found: { ...nothingFound, answer: [refused] } }
    // She said yes: whoever looks may permit by it.
    const looked = { ...(await lookAround(world, tx, before)), decision: [], wrongPermits: 0 }
    const asShown = isAsShown === true ? ['as its page says'] : []
    const other = isAsShown === true ? [] : ['other than its page says']
    const answer = change === undefined ? other : asShown
    return { n, change, found: { ...looked, answer } }
  })
}

/** A monitor that comes by again takes in what has grown since. */
function seenOutside({ life: { load }, outsider, ledgerDir }: World, n: number): Promise<Tried> {
  return inUndone(load, async (tx) => {
    const outside = await outsider.see({ tx, ledgerDir })
    return { n, change: undefined, found: { ...nothingFound, outside } }
  })
}

function lookOutside({ outsider, ledgerDir }: World, tx: Transaction): Promise<string[]> {
  return outsider.look({ tx, ledgerDir })
}

function oneFileTry(world: World, n: number, versions: FileVersions): Promise<Tried> {
  const { chance, load } = world.life
  return withTamperedFile(world.ledgerDir, { chance, versions }, (file) =>
    inUndone(load, async (tx) => {
      const inCopy = { ...world, ledgerDir: file.ledgerDir }
      const parts = foldParts(await uncheckedRegister(tx))
      const { verify } = await saidOr(tx, (inner) => auditIn(inCopy, inner, parts))
      const outside = await lookOutside(inCopy, tx)
      const desk = deskOf(file.ledgerDir, world.secrets)
      const signer = await signerSays(readingSession(tx), desk, file)
      const change = { table: 'a file of the log', kind: file.kind, said: file.said }
      return { n, change, found: { ...nothingFound, verify, outside, signer } }
    }),
  )
}

async function oneExportTry(trail: TriedExport, world: World, n: number): Promise<Tried> {
  const { file, found } = await trail.try(world.life.chance)
  const change = { table: 'a file of the audit export', kind: file.kind, said: file.said }
  return { n, change, found: { ...nothingFound, trail: found } }
}

function oneMemoryTry(world: World, n: number, versions: FileVersions): Promise<Tried> {
  const { ledgerDir, keysDir } = world
  const { chance, load } = world.life
  return withTamperedMemory(ledgerDir, { chance, versions }, (file) =>
    inUndone(load, async (tx) => {
      const signer = await farSignerSays(readingSession(tx), { keysDir, ledgerDir }, file)
      const change = { table: 'the memory of a signer', kind: file.kind, said: file.said }
      return { n, change, found: { ...nothingFound, signer } }
    }),
  )
}

class Undone extends Error {}

/** All changes made here are rolled back. */
async function inUndone<T>({ db }: Load, deed: (tx: Transaction) => Promise<T>): Promise<T> {
  let done: { readonly result: T } | undefined
  try {
    await db.transaction(
      async (tx) => {
        // A look that computes for long on a busy machine is no client that went away.
        await tx.raw(`set local idle_in_transaction_session_timeout = '2min'`)
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

async function lookAround(world: World, tx: Transaction, before: Decided): Promise<Found> {
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
  const door = [...(await shutDoors(look)), ...(await shutAccess(look))]
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
async function saidOr(tx: Transaction, look: (inner: Transaction) => Promise<Said>): Promise<Said> {
  try {
    return await tx.transaction(look)
  } catch (error) {
    if (isOutage(error)) throw error
    const broken = [`broken off: ${String(error).slice(0, 200)}`]
    return { night: broken, verify: broken, own: broken }
  }
}

async function auditIn(
  { life: { load }, ledgerDir, secrets }: World,
  tx: Transaction,
  parts: FoldParts,
) {
  const session = readingSession(tx)
  const origins = (await logRows(session)).map(({ year, shard }) => originOf(issuer, year, shard))
  const vkeys = origins.flatMap((origin) =>
    signersOf(secrets, origin).map(({ verifier }) => verifier.vkey),
  )
  const register = [
    ...(await registerLeaves(tx)),
    ...(await announcedLeaves(tx)),
    ...(await publishedLeaves(tx)),
  ]
  const { vault } = load
  const audit = { session, issuer, ledgerDir, vkeys, vault, parts, register }
  const { findings, differences } = await auditDatabase(audit)
  const verify = findings.map(({ where, because }) => `${where}: ${because}`)
  return { ...silent, verify, night: differences > 0 ? verify : [] }
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

type Decided = readonly string[]

const caller = { clientId: 'agence-revenu', orgId: 'org_agence-revenu' }

/** What the holder is answered about each of them, by a process that starts now. */
async function decisionsOf(
  { life: { load }, sharers, fed }: World,
  tx: Transaction,
  live: LiveRegister = load.live,
): Promise<Decided> {
  const decided: string[] = []
  // It has read the feed, and written nothing itself.
  const heads = makeKnownHeads()
  for (const [chainId, { nextSeq, commitment }] of fed)
    if (commitment !== null) heads.fed.put(uuidBytes(chainId), nextSeq, commitment)
  const vault = { ...load.vault, heads }
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
        const store = makeDecisionStore(inner, vault.seals)
        const context = { ...load, vault, db: inner, store }
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
