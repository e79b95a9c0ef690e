import { announceRegister, uncheckedRegister } from '../../src/registry/index.ts'
import { dayClosings, foldParts } from '../../src/house/folds.ts'
import { randomBytes } from 'node:crypto'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { systemClock } from '../../src/base/values/clock.ts'
import { makeRowSeals } from '../../src/base/sealing/row-seal.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { announcePublic, tellClosedDays } from '../../src/ledger/transparency-log/index.ts'
import { closeInquiries } from '../../src/consent/disclosures/index.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import type { SigningContext } from '../../src/ledger/transparency-log/sign.ts'
import { appendHouse, houseBody, trustedEnds } from '../../src/ledger/chain/index.ts'
import { verifierObject } from '../../src/ledger/verifier/index.ts'
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
import { enterPassword } from './tamper-access.ts'
import { openOutsider, shownOutside } from './tamper-outsider.ts'
import { openPages } from './tamper-pages.ts'
import { tryAnswer } from './tamper-answers.ts'
import { objectsOf } from './tamper-objects.ts'
import { equipDesk } from './tamper-desk.ts'
import { equip, renewWay } from './tamper-doors.ts'
import { guarded, isFact, isSame, listed, noFactRows, sealed } from './tamper-lists.ts'
import type { Report, Tried } from './tamper-report.ts'
import { nothingFound, reportOf } from './tamper-report.ts'
import type { Copy, Kind, Means, Table } from './tampering.ts'
import { copyRows, pick, tablesOf, tamperOnce } from './tampering.ts'
import { sequenceNow, signNow } from './leases.ts'
import type { World } from './tamper-looks.ts'
import { auditIn, inUndone, lookAround, saidOr } from './tamper-looks.ts'
import type { Before } from './tamper-shown.ts'
import { beforeNow, seenAgain, shownNow } from './tamper-shown.ts'
import { oneObjectTry } from './tamper-object-try.ts'

// Lives go on; now and then somebody changes rows, in a transaction that is rolled back once everybody has looked: a decision, as a
// process that has just started takes it; what `accord ledger verify` runs, and of it the fold, which is the check of each night; « Rien
// ne manque » of each person. Or somebody changes a file of the log, in a copy: the signer looks, too; or what a signer in another process remembers, or a file of the audit export. A monitor looks where rows or files
// were changed that outsiders are shown something of.

const people = 3
const stepsFirst = 30
const triesAStep = 8
// A long run says now and then how far it is.
const triesTold = 50
const mostCopies = 40
const batch = 500
// One try in so many changes a file, and one a row of a question between its page and her press.
const triesAFile = 8
const nthObject = 4
// Of so many, in this one her pages and the public ones are looked at, too.
const nthOnPages = 0

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
  await tellOfHouse(load)
  await growOld(life, sharers)
  await beginLife(life, sharers)
  for (const { personId } of sharers) {
    await equip({ ...load, keys: life.keys }, personId)
    await enterPassword({ ...load, seals: load.vault.seals }, personId)
  }
  for (const { personId } of sharers.slice(0, 1)) await equipDesk(stage, personId)
  for (let n = 0; n < stepsFirst; n++) await liveOn(life, pick(chance, sharers))
  // Each year that passed has a log of its own, whose key it announces.
  await draw(world)
  await announcePublic(load.db, issuer, [verifierObject], new Date())
  await tellOfHouse(load)
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

async function run(world: World, tries: number): Promise<Report> {
  const { chance, load } = world.life
  const tables = await tablesOf(load.db)
  const objects = await objectsOf(load.db)
  const earlier: Copy[] = []
  const versions: FileVersions = new Map()
  const [tried, quiet]: [Tried[], Tried[]] = [[], []]
  const [{ personId: who }] = world.sharers as readonly [Sharer]
  const trail = await openExport(load, world.life.keys, who)
  const people = world.sharers.map(({ personId }) => personId)
  const pages = await openPages({ load, ledgerDir: world.ledgerDir, people })
  let now: Copy = new Map()
  let before: Before = { decided: [], pages, watched: who, shown: new Map() }
  for (let n = 0; n < tries; n++) {
    if (n > 0 && n % triesTold === 0) {
      const { missed, wrong, false: falsely } = reportOf(world.seed, tried, quiet)
      const faults = [...missed, ...wrong, ...falsely]
      console.log([`${n} tries, ${faults.length} faults`, ...faults].join('\n'))
    }
    if (n % triesAStep === 0) {
      if (n > 0) earlier.push(now)
      if (earlier.length > mostCopies) earlier.shift()
      world.life.bodies = await bodiesOf(load.stage) // tokens last five minutes
      await liveOn(world.life, pick(chance, world.sharers))
      const { personId } = pick(chance, world.sharers)
      await renewWay({ ...load, keys: world.life.keys }, personId, chance)
      await draw(world)
      noteVersions(world.ledgerDir, versions)
      await pages.renew()
      now = await copyRows(load.db, [...guarded, ...sealed])
      before = await beforeNow(world, pages)
      quiet.push(await seenOutside(world, n), await seenAgain(world, n, before))
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
    if (n % triesAFile === nthObject) {
      tried.push(await oneObjectTry(world, n, before, objects))
      continue
    }
    const kind = kindOf(n, chance)
    const means = meansOf(world, tables, { now, earlier, kind })
    tried.push(await oneTry(world, n, before, means))
  }
  await Promise.all([trail.close(), pages.close()])
  return reportOf(world.seed, tried, quiet)
}

/** The entries of the house itself: through which day all is closed, and of a snapshot of the feed of heads. */
async function tellOfHouse({ db, vault, live, log }: Load): Promise<void> {
  await closeInquiries({ db, vault, live, log }, new Date())
  const told = await tellClosedDays(db, dayClosings, new Date())
  if (told === undefined) throw new Error('the log tells of no day that is closed')
  const snapshot = houseBody('snapshot', randomBytes(32))
  await transact(db, (tx) => appendHouse(tx, newUuid(new Date()), snapshot))
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
    isSame,
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
  before: Before,
  means?: Means & { readonly kind: Kind },
): Promise<Tried> {
  const { load } = world.life
  return inUndone(load, async (tx) => {
    const change = means === undefined ? undefined : await tamperOnce(tx, means, means.kind)
    const isOnPages = change !== undefined && n % triesAFile === nthOnPages
    const pages = isOnPages ? (await shownNow(world, tx, before)).named : []
    const found = await lookAround(world, tx, before.decided)
    const isShown = shownOutside.includes(change?.table ?? '')
    const outside = isShown ? await lookOutside(world, tx) : []
    return { n, change, found: { ...found, outside, pages } }
  })
}

/** She answers a page. Without tables nothing is changed meanwhile: then what she allowed is recorded, and nothing is found. */
function oneAnswerTry(
  world: World,
  n: number,
  { decided: before }: Before,
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
    // What says more than its page is wrong, whoever finds it afterwards.
    const harm = change === undefined ? {} : { harm: other }
    return { n, change, found: { ...looked, answer }, ...harm }
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
