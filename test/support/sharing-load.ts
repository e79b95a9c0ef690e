import { codeOf } from './code-of.ts'
import type { CodeGuard } from '../../src/consent/decisions/code-guard.ts'
import { randomBytes } from 'node:crypto'
import { answerRequest } from '../../src/consent/asking/answer.ts'
import { newRequest, recordPresentation } from '../../src/consent/asking/ask.ts'
import type { Notary } from '../../src/consent/record/index.ts'
import { readDetail } from '../../src/consent/asking/index.ts'
import { registerEpoch } from '../../src/consent/record/index.ts'
import { identitySeals } from '../../src/people/identity/index.ts'
import { mandateSeals } from '../../src/people/mandates/index.ts'
import { makePairwise, actorOfOwnAccess } from '../../src/people/accounts/index.ts'
import type { Pairwise } from '../../src/people/accounts/index.ts'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import { readId, writeId } from '../../src/base/values/ids.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import type { TimeCheck } from '../../src/consent/decisions/index.ts'
import { makeDecisionStore, makeTimeCheck } from '../../src/consent/decisions/index.ts'
import type { DecisionStore } from '../../src/consent/decisions/store.ts'
import type { Log } from '../../src/base/logging/log.ts'
import { openLog } from '../../src/base/logging/log.ts'
import type { KeyedMutex } from '../../src/base/jobs/keyed-mutex.ts'
import { makeKeyedMutex } from '../../src/base/jobs/keyed-mutex.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import type { EventKind, Payload, TimelineEvent, Vault } from '../../src/ledger/chain/index.ts'
import { makeVault, readTimeline } from '../../src/ledger/chain/index.ts'
import type { LiveRegister } from '../../src/registry/index.ts'
import { openRegister } from '../../src/registry/index.ts'
import type { Answer, Browser } from './browser.ts'
import { formOf } from './browser.ts'
import { readFlows } from '../../src/consent/standing/index.ts'
import { issuer } from './broker.ts'
import { patience } from './database.ts'
import { json } from './service.ts'
import type { Decision, Json, Stage } from './sharing.ts'
import { detail, shareAsNewcomer } from './sharing.ts'
import { statementsBy } from './statements.ts'

// Many sharings over the two processes of a stage. People sign up on the pages once; further consents of theirs are given by
// the rooms' own deeds in this process, on the same database with the same keys. Stops, decisions and reports go over HTTP.

const maxTries = 10
const pageSize = 200
const maxPages = 50

export type Load = {
  readonly stage: Stage
  readonly db: Database
  readonly store: DecisionStore
  readonly vault: Vault
  readonly notary: Notary
  readonly live: LiveRegister
  readonly pairwise: Pairwise
  readonly turns: KeyedMutex
  readonly log: Log
  readonly isRestored: () => boolean
  readonly code: CodeGuard
  readonly timeCheck: TimeCheck
  close(): Promise<void>
}

export async function openLoad(stage: Stage): Promise<Load> {
  const db = openDatabase(stage.databaseUrl, patience)
  const keys = await openKeys(stage.keysDir)
  const vault = makeVault(keys, signalMapping)
  const live = await openRegister(db, vault.seals)
  const pairwise = makePairwise(keys.pairwise)
  const code = codeOf(db)
  await code.settle()
  return {
    stage,
    db,
    store: makeDecisionStore(db, vault.seals, code),
    code,
    log: openLog('silent'),
    isRestored: () => false,
    timeCheck: makeTimeCheck({ cosignedMs: () => undefined }),
    vault,
    notary: {
      vault,
      live,
      statements: statementsBy(keys),
      issuer,
      pairwise,
      vouched: identitySeals(keys),
      mandates: mandateSeals(keys),
      readFlows,
      log: openLog('silent'),
    },
    live,
    pairwise,
    turns: makeKeyedMutex(64),
    close: () => db.destroy(),
  }
}

/** What opens a question about a line. */
export function askingIn({ vault, live }: Load) {
  return { vault, register: live.current() }
}

export type Sharer = {
  readonly personId: string
  /** Her identifier at the holder. */
  readonly sub: string
  readonly browser: Browser
  /** The token of her session's forms. */
  readonly csrf: string
  /** The consent that she gave on the pages, `con_…`. */
  readonly consentId: string
  /** Of the service that she allowed it to, for a few minutes. */
  readonly accessToken: string
}

/** People who signed up at Student Aid and allowed what it asked, on the pages. */
export function newSharers(load: Load, count: number, change: Json = {}): Promise<Sharer[]> {
  return inFlight(Array.from({ length: count }), 2, () => newSharer(load, change))
}

// On a busy machine a page may be answered 503 half-way: somebody else signs up instead.
async function newcomer(stage: Stage, change: Json) {
  for (let tries = 1; ; tries++) {
    try {
      return await shareAsNewcomer(stage, change)
    } catch (cause) {
      if (tries === maxTries) throw cause
    }
  }
}

export async function newSharer({ stage, pairwise }: Load, change: Json = {}): Promise<Sharer> {
  const { browser, sub, consentId, accessToken } = await newcomer(stage, change)
  const page = await untilAnswered(() => browser.get(`/mes-partages/${consentId}/arret`))
  const personId = pairwise.person(sub, 'org_agence-revenu')
  if (personId === undefined) throw new Error('the identifier at the holder names nobody')
  return { browser, sub, consentId, accessToken, personId, csrf: formOf(page).fields['csrf'] ?? '' }
}

/** A yes of this person, by the deeds that the consent page calls. @returns `con_…` */
export async function allowAgain(load: Load, personId: string, change: Json = {}): Promise<string> {
  const asked = await transact(load.db, (tx) => showAgain(load, tx, personId, change))
  await transact(load.db, (tx) => answerShown(load, tx, asked))
  return writeId('con', asked.row.consentId)
}

/** Shows her a question, in a new visit. */
export async function showAgain(load: Load, tx: Transaction, personId: string, change: Json = {}) {
  const { vault, live } = load
  const register = await live.at(await registerEpoch(tx))
  const asked = detail(change)
  const now = new Date()
  const asking = { recipient: String(asked['recipient']), register, now }
  const [row] = newRequest([{ itemNo: 1, asked: readDetail(asked, asking) }], personId, now)
  if (row === undefined) throw new Error('nothing was asked')
  const visit = randomBytes(32)
  const recorded = await recordPresentation(tx, vault, register, {
    visit,
    clientId: 'aide-etudes',
    row,
    language: 'fr',
    region: '<p>Les mots de la page.</p>',
    labels: { grant: 'J’autorise', refuse: 'Je refuse' },
  })
  if (recorded === undefined) throw new Error('a new visit was answered already')
  const { presentationId } = recorded
  const proof = { acr: 'urn:accord:aal:2', amr: ['pop', 'user', 'mfa'], provedAt: now }
  const by = actorOfOwnAccess({ personId, ...proof, factorIds: [] as readonly string[] })
  const answer = { ...by, visit, presentationId, granted: true, chosen: [] as readonly string[] }
  return { row, register, answer }
}

/** She says yes to it. */
export function answerShown(
  { notary }: Load,
  tx: Transaction,
  { register, answer }: Awaited<ReturnType<typeof showAgain>>,
): Promise<void> {
  return answerRequest(tx, notary, register, answer)
}

/** Presses « Arrêter » on one of the processes. @returns its answer, 303 when it is done */
export function stopAt(sharer: Sharer, consentId: string, port: number): Promise<Answer> {
  const { browser, csrf } = sharer
  return untilAnswered(() => browser.post(`/mes-partages/${consentId}/arret`, { csrf }, { port }))
}

type Path = '/access/v1/evaluation' | '/disclosures'

/** A call to one of our own APIs, ready to go on the wire at once. */
export async function readyToCall(
  { revenue }: Stage,
  path: Path,
  token: string,
): Promise<(body: Json, port: number) => Promise<Answer>> {
  const proof = await revenue.proof({ method: 'POST', url: issuer + path, token })
  return (body, port) => revenue.api(path, token, body, { proof, port })
}

/** All at once, in turn to one process and the other, or to the one that is given. */
export async function callAtOnce(
  stage: Stage,
  path: Path,
  token: string,
  bodies: readonly Json[],
  only?: number,
): Promise<Answer[]> {
  const ready = await Promise.all(bodies.map(() => readyToCall(stage, path, token)))
  return Promise.all(
    bodies.map(async (body, i) => {
      const port = only ?? portOf(stage, i)
      const first = await at(ready, i)(body, port)
      if (first.status !== 503) return first
      return untilAnswered(async () => (await readyToCall(stage, path, token))(body, port))
    }),
  )
}

export async function decideAtOnce(
  stage: Stage,
  token: string,
  bodies: readonly Json[],
): Promise<Decision[]> {
  const answers = await callAtOnce(stage, '/access/v1/evaluation', token, bodies)
  return answers.map(decisionIn)
}

export function decisionIn(answer: Answer): Decision {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`)
  return json(answer) as unknown as Decision
}

export function reasonOf({ context }: Decision): unknown {
  return (context['reason_codes'] as readonly unknown[] | undefined)?.[0]
}

/**
 * On a busy machine a process may answer 503 instead of waiting. Nothing was promised then, and the same request is sent again, as
 * holders and people do.
 */
export async function untilAnswered(send: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; tries < maxTries; tries++) {
    const answer = await send()
    if (answer.status !== 503) return answer
  }
  throw new Error(`503, ${maxTries} times`)
}

/** Works on a list, so many at a time, in its order. */
export async function inFlight<T, R>(
  list: readonly T[],
  most: number,
  work: (item: T, i: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const left = list.entries()
  const worker = async () => {
    for (const [i, item] of left) results[i] = await work(item, i)
  }
  await Promise.all(Array.from({ length: most }, worker))
  return results
}

export async function wholeTimeline(
  { db, vault }: Load,
  personId: string,
): Promise<TimelineEvent[]> {
  const events: TimelineEvent[] = []
  for (let page = 0; page < maxPages; page++) {
    const after = events.at(-1)?.personSeq ?? 0
    const next = await readTimeline(db, vault, personId, { after, limit: pageSize })
    events.push(...next)
    if (next.length < pageSize) return events
  }
  throw new Error('a timeline without end')
}

/** Payloads of her events of one kind, oldest first. */
export async function eventsOf(load: Load, personId: string, kind: EventKind): Promise<Payload[]> {
  const events = await wholeTimeline(load, personId)
  return events.filter((event) => event.kind === kind).map(({ payload }) => payload ?? {})
}

export type CurrentRow = {
  readonly consentId: string
  readonly arrangementId: string
  readonly state: string
  readonly stateSeq: number
  readonly stateAt: Date
  readonly validFrom: Date
  readonly validUntil: Date
  readonly categories: string
  readonly uses: number
  readonly maxUses: number | null
  readonly frequencyCount: number | null
  readonly windowUses: number
  readonly usesReturned: number
  readonly windowReturned: number
  readonly lastUseAt: Date | null
}

/** Rows of `consent_current`, oldest first. */
export function currentRows({ db }: Load, personId: string): Promise<CurrentRow[]> {
  return db('consentCurrent').where({ personId }).orderBy('consentId')
}

export async function currentRow(load: Load, consentId: string): Promise<CurrentRow> {
  const rows: CurrentRow[] = await load.db('consentCurrent').where({ consentId: uuidOf(consentId) })
  return at(rows, 0)
}

export function idOf({ consentId }: CurrentRow): string {
  return writeId('con', consentId)
}

export type DecisionRow = {
  readonly decisionId: string
  readonly times: number
  readonly reasonCode: string
  readonly outcome: string
  readonly status: string | null
}

/** Her decisions, permits and denies, oldest first. */
export function decisionRows({ db }: Load, personId: string): Promise<DecisionRow[]> {
  return db('decision').where({ personId }).orderBy('decisionId')
}

export function uuidOf(id: string): string {
  const uuid = readId(id.slice(0, 3), id)
  if (uuid === undefined) throw new Error(`no id: ${id}`)
  return uuid
}

export function portOf({ ports }: Stage, i: number): number {
  return at(ports, i % ports.length)
}

export function at<T>(list: readonly T[], i: number): T {
  const item = list[i]
  if (item === undefined) throw new Error(`nothing at ${i}`)
  return item
}

export function repeated<T>(times: number, item: T): T[] {
  return Array.from({ length: times }, () => item)
}
