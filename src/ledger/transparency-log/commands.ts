import type { LogSecret } from '../../base/keys/log-keys.ts'
import type { Database } from '../../base/database/database.ts'
import type { CodeReport } from '../../base/migrating/code-report.ts'
import { openSession, readingSession } from '../../base/database/db-session.ts'
import type { OverdueDays } from '../../base/jobs/day-closing.ts'
import { systemClock } from '../../base/values/clock.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { NotProvedError, OperatorError } from '../../base/values/operator-error.ts'
import { nothingWrong } from '../../base/tlog/policy-trust.ts'
import type { Finding } from '../../base/tlog/verify-log.ts'
import type { Vault } from '../chain/index.ts'
import { originOf } from '../chain/index.ts'
import type { DoubtedPerson, WalkFigures } from '../fold/index.ts'
import { doubtPerson } from '../fold/index.ts'
import { FeedFault, openFeed } from '../heads/index.ts'
import {
  doesNotHold,
  noProgress,
  progressTo,
  saysLate,
  verifyFromOutside,
} from '../monitor/index.ts'
import type { Audit } from './audit.ts'
import { auditDatabase, auditLogs } from './audit.ts'
import { logClosing } from './closed-days.ts'
import type { RestoreAcknowledgement } from './restore-acknowledgement.ts'
import { openRestoresInWords, acknowledgeRestore } from './restore-acknowledgement.ts'
import { treesInFeed } from './feed-turn.ts'
import type { KnownTree } from './restore.ts'
import { restoreTime } from './restore-store.ts'
import { rebuildRecord } from './rebuild-record.ts'
import { verifiersOf } from './signers.ts'
import { logRows } from './store.ts'

type Told = {
  readonly findings: readonly Finding[]
  /** Of the database: how much rows and events say differently. */
  readonly differences?: number
  /** Of the database: the days that no worker has closed yet. */
  readonly notClosed?: readonly OverdueDays[]
  /** From outside: why this is not proved. */
  readonly notProved?: readonly string[]
  readonly says: readonly string[]
  /** About how many people something was found, and what follows. */
  readonly doubts?: string | undefined
  /** In how many objects the database runs something else, and what to do. */
  readonly code?: string | undefined
}

type Place = { readonly issuer: string; readonly ledgerDir: string }

/** Needed only by the form of the command that reads the database. */
export type DatabaseParts = {
  readonly db: Database
  readonly databaseUrl: string
  readonly secrets: readonly LogSecret[]
  readonly vault: Vault | undefined
  readonly parts: Audit['parts']
  readonly closings: Audit['closings']
  /** What the database runs, beside what was released. */
  readonly code: () => Promise<CodeReport>
  readonly publicLeaves: Audit['publicLeaves']
  /** What does not speak for the register’s brakes, and whether it bears its seal: a restore and an apply ask this by themselves. */
  readonly registerFindings: () => Promise<readonly Finding[]>
  readonly feed: Audit['feed']
  /**
   * Who answers for letting a database go on: signers of the register by their keys, or a name before it has two.
   * @returns lines to print where an order was only written down
   */
  readonly sayingsOf: (
    found: string,
    words: RestoredWords,
  ) => Promise<readonly RestoreAcknowledgement[] | { readonly lines: readonly string[] }>
}

export type RestoredWords = {
  readonly [Name in 'key' | 'order' | 'out' | 'operator' | 'reason']?: string
}

export type VerifyAsked = {
  readonly isJson: boolean
  /** A broker, or a log, from outside: else the database that is here. */
  readonly url?: string
  readonly policy?: string
  /** Keeps the policy that the address served first. */
  readonly pin?: string
  readonly since?: string
  /** The database is a copy beside the files of today. */
  readonly isCopy?: boolean
}

/** `accord ledger verify`. @returns the lines to print. @throws OperatorError where something does not hold */
export async function verifyLedger(
  place: Place,
  asked: VerifyAsked,
  inside: <T>(deed: (given: DatabaseParts) => Promise<T>) => Promise<T>,
): Promise<string[]> {
  const { url } = asked
  const told: Told =
    url === undefined
      ? await inside((given) => verifyHere(place, given, asked))
      : withoutCode(
          await verifyFromOutside({
            ...asked,
            url,
            now: systemClock(),
            progress: progressFor(asked),
          }),
        )
  return asked.isJson ? asJson(told) : inWords(told)
}

// Whoever looks from outside sees what was signed, and not what decides.
function withoutCode(told: Told): Told {
  return { ...told, says: [...told.says, 'Not looked at: what the database runs (from outside).'] }
}

/** @throws OperatorError, NotProvedError */
function asJson(told: Told): string[] {
  const { findings, differences, notClosed, says, doubts, notProved, code } = told
  const reasons = reasonsIn(told)
  const holds = findings.length === 0 && reasons.length === 0
  const members = { holds, findings, differences, doubts, code, notClosed, notProved, says }
  const lines = [JSON.stringify(members, null, 2)]
  if (findings.length > 0) throw new OperatorError('It does not hold.', { lines })
  if (reasons.length > 0) throw new NotProvedError(nothingWrong(reasons), { lines })
  return lines
}

/** @throws OperatorError, NotProvedError */
function inWords(told: Told): string[] {
  const { findings, differences = 0, says, doubts, code } = told
  const reasons = reasonsIn(told)
  if (findings.length === 0 && reasons.length === 0) return [...says, 'It holds.']
  if (findings.length === 0) throw new NotProvedError(nothingWrong(reasons), { lines: says })
  const counted =
    differences === 0
      ? []
      : [`  Differences between rows and events: ${differences}; the first hundred are named.`]
  throw new OperatorError(
    [
      ...doesNotHold(findings),
      ...(code === undefined ? [] : [`  ${code}`]),
      ...counted,
      ...(doubts === undefined ? [] : [`  ${doubts}`]),
      ...reasons,
    ].join('\n'),
  )
}

/** What is late, and what is not proved, in sentences. */
function reasonsIn({ notClosed = [], notProved = [] }: Told): string[] {
  return [...notClosed.map(saysNotClosed), ...notProved]
}

const mostDaysNamed = 7

function saysNotClosed(overdue: OverdueDays): string {
  const { closing, days } = overdue
  if (closing === logClosing.name) return saysLate(overdue)
  const named =
    days.length <= mostDaysNamed
      ? days.join(', ')
      : `${days[0]} to ${days.at(-1)} (${days.length} days)`
  return `Not closed yet, ${closing}: ${named}.`
}

/** `accord ledger remember` */
export async function rememberSigned(
  { issuer, ledgerDir }: Place,
  { databaseUrl, secrets, vault }: DatabaseParts,
  checkpoints: readonly string[],
): Promise<string[]> {
  if (vault === undefined) throw new OperatorError('KEYS_DIR is required for this command.')
  const { session, close } = await openSession(databaseUrl)
  const lease = await openSession(databaseUrl)
  try {
    const { seals } = vault
    const parts = { session, keeping: lease.session, issuer, ledgerDir, secrets, seals }
    return await rebuildRecord({ ...parts, checkpoints })
  } finally {
    await Promise.all([close(), lease.close()])
  }
}

/** `accord ledger restored`. @throws OperatorError where nobody answers for it */
export async function letDatabaseGoOn(
  { db, vault, sayingsOf }: DatabaseParts,
  words: RestoredWords,
): Promise<string[]> {
  if (vault === undefined) throw new OperatorError('KEYS_DIR is required for this command.')
  const sayings = await sayingsOf(await openRestoresInWords(db), words)
  if ('lines' in sayings) return [...sayings.lines]
  return acknowledgeRestore(db, vault.seals, sayings, await restoreTime(readingSession(db)))
}

// Whoever asks for JSON is a machine, which nobody watches.
function progressFor({ isJson }: VerifyAsked) {
  return isJson ? noProgress : progressTo((line) => process.stderr.write(line), Date.now)
}

/**
 * Refuses where the rows of the logs, their files and the signed trees contradict each other, or an entry belongs to nothing. The rows
 * about people are not looked at. @throws OperatorError
 */
export async function requireTrueLog(place: Place, given: DatabaseParts): Promise<void> {
  const findings = await inAudit(place, given, auditLogs)
  if (findings.length === 0) return
  throw new OperatorError(
    [
      'The register bears no seal, and gets none: the database is not what the public log says.',
      ...doesNotHold(findings),
    ].join('\n'),
  )
}

async function verifyHere(place: Place, given: DatabaseParts, asked: VerifyAsked): Promise<Told> {
  const tell = tellingFor(asked)
  const doubts = doubtsIn(given)
  const { doubt } = doubts
  const code = await given.code()
  const ofRegister = await given.registerFindings()
  const { isCopy = false } = asked
  // The feed of heads has what was written since a copy.
  const fed = isCopy ? [] : await readEnds(place, given)
  const told = await inAudit(place, given, (audit) =>
    auditDatabase({ ...audit, tell, doubt, isCopy, fed }),
  )
  return {
    ...told,
    // First: what follows was read by it.
    findings: [...code.differences.map(ofCode), ...ofRegister, ...told.findings],
    says: [...code.says, ...told.says],
    doubts: doubts.says(),
    code: saysCode(code),
  }
}

// Before the instant at which the rows are read, so that they have at least what the feed tells of them, and its trees. A fault of the feed is a finding of
// its own (`auditFeed`).
async function readEnds(
  { issuer }: Place,
  { feed, vault }: DatabaseParts,
): Promise<readonly KnownTree[]> {
  if (feed === undefined || vault === undefined) return []
  const reading = openFeed(feed.source, feed.keys, { heads: vault.heads })
  await reading.catchUp().catch(recoverFrom(FeedFault, () => undefined))
  return treesInFeed(issuer, reading)
}

function ofCode(because: string): Finding {
  return { where: 'code of the database', because }
}

function saysCode({ differences: { length } }: CodeReport): string | undefined {
  if (length === 0) return undefined
  return `The database runs other code than this version, in ${length} objects: docs/operate/incidents/code-untrusted.en.md says what to do.`
}

const readOnlyTransaction = '25006'

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === readOnlyTransaction
}

// What was found stays found. A copy that only reads takes no note: the house itself looks each night.
function doubtsIn({ db, vault }: DatabaseParts) {
  let [people, unnoted] = [0, 0]
  async function doubt(person: DoubtedPerson): Promise<void> {
    people++
    if (vault === undefined) return
    const log = { error: () => void unnoted++ }
    try {
      await doubtPerson({ db, vault, log }, person, 'verify')
    } catch (error) {
      // It must run on a copy that only reads: there nothing is permitted anyway.
      log.error()
      if (!isReadOnly(error)) throw error
    }
  }
  function says(): string | undefined {
    if (people === 0) return undefined
    return `${people} people: nothing is permitted about them until two settle it (accord person settle)${
      unnoted === 0 ? '' : `; of ${unnoted} it could not be written in their entries`
    }.`
  }
  return { doubt, says }
}

async function inAudit<T>(
  { issuer, ledgerDir }: Place,
  given: DatabaseParts,
  look: (audit: Audit) => Promise<T>,
): Promise<T> {
  const { session, close } = await openSession(given.databaseUrl)
  try {
    // Reads one instant: a deed that is written meanwhile is seen whole or not at all.
    await session.rows('begin isolation level repeatable read read only')
    const origins = (await logRows(session)).map(({ year, shard }) => originOf(issuer, year, shard))
    const verifiers = await Promise.all(origins.map((origin) => verifiersOf(given.secrets, origin)))
    const vkeys = verifiers.flat().map(({ vkey }) => vkey)
    return await look({ ...given, session, issuer, ledgerDir, vkeys })
  } finally {
    await close()
  }
}

const progressMs = 10_000

// Now and then how far the walk over people has come; as `progressFor`, nothing beside JSON.
function tellingFor({ isJson }: VerifyAsked): (walked: WalkFigures) => void {
  let last = performance.now()
  return ({ people, events, differences }) => {
    if (isJson || performance.now() - last < progressMs) return
    last = performance.now()
    process.stderr.write(`${people} people, ${events} events, ${differences} differences\n`)
  }
}
