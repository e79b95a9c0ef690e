import { dayAfter, dayBefore, dayOf, startOfDay } from '../../base/values/calendar.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { randomBase32 } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import type { CallOnBehalf } from '../../base/web/caller.ts'
import type { FlowGate } from '../../base/values/gate.ts'
import { openGate, recordActivity } from '../../people/accounts/index.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Book, Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { ComparisonResult, IdentityText } from '../../people/comparison/index.ts'
import { compareIdentities } from '../../people/comparison/index.ts'
import type { VerifiedIdentities } from '../../people/identity/index.ts'
import type { MatchingAnswer } from './rows.ts'
import type { MatchingAllowance } from './store.ts'
import {
  insertAnswer,
  insertStop,
  judgedStops,
  lockBody,
  matchingAllowance,
  stopsOf,
} from './store.ts'

// Does this file belong to the person who is signed in there? The file is compared with what a provider of identities vouches for of her
// (docs/matching.en.md). The answer holds no value of hers, and each is an event of her chain and a line that she reads.

/** Answers about one person, to all bodies together, a day of Québec: bodies that guess together have no more than one that guesses alone. */
export const triesADay = 5
/** "No match" about one person to one body, today and in thirty days before: whoever goes on is guessing. */
const mostAboutOne = 10
const [aboutOne, untilAgain] = ['P30D', 'P31D']
/** A body with more "no match" than this about the last hundred people, and than people without, gets no more: it tries names, or its files are wrong. */
const mostNoMatches = 50
// 50 random bits: a reference is found by nobody who does not have it.
const half = 5

type MatchingContext = {
  readonly db: Database
  readonly vault: Vault
  readonly log: Log
  readonly identities: VerifiedIdentities
  /** "No match" that one body may get in a day of Québec. */
  readonly noMatchesADay: number
}

export type MatchingOutcome =
  | { readonly is: 'answered'; readonly answer: MatchingAnswer }
  | { readonly is: 'stopped' }
  /** About her. */
  | { readonly is: 'too-many'; readonly retryAfterSeconds: number }
  /** About anybody, for today. */
  | { readonly is: 'day-over'; readonly retryAfterSeconds: number }

/**
 * Compares a file of a service with her verified identity. An answer tells something of her to whoever sits there, so it needs what a yes
 * of hers would need. @throws Refusal access.held (409); ProofNeeded
 */
export async function matchFile(
  { db, vault, log, identities, noMatchesADay }: MatchingContext,
  caller: CallOnBehalf,
  file: IdentityText,
  origin: Origin,
): Promise<MatchingOutcome> {
  const compared = await comparedWithHers(identities, caller.personId, file)
  const { answered, alarm } = await transact(db, async (tx) => {
    const book = await openBook(tx, vault, caller.personId)
    const gate = await openGate(tx, vault.seals, caller.actor, false, book.now)
    await lockBody(tx, caller.orgId)
    return answerOf({ tx, book, vault, gate, noMatchesADay }, caller, compared, origin)
  })
  if (alarm !== undefined)
    log.error({ outcome: alarm, why: caller.orgId, serviceId: caller.clientId }, alarms[alarm])
  return answered
}

const alarms = {
  'matching.stopped':
    'more than half of the files that a body asked about lately were of nobody: it is stopped',
  'matching.ceiling':
    'a body asked about as many files of nobody as it may in a day: it is answered again tomorrow',
} as const

async function comparedWithHers(
  identities: VerifiedIdentities,
  personId: string,
  file: IdentityText,
): Promise<ComparisonResult> {
  const { given_name: given, family_name: family, birthdate } = await identities.of(personId)
  // A person with one name has one of the two.
  if ((given ?? family) === undefined || birthdate === undefined)
    return { result: 'not_sure', reason: 'nothing_verified' }
  const hers = {
    givenName: given?.value ?? '',
    familyName: family?.value ?? '',
    birthDate: birthdate.value,
  }
  return compareIdentities(file, hers)
}

type Writing = {
  readonly tx: Transaction
  readonly book: Book
  readonly vault: Vault
  readonly gate: FlowGate
  readonly noMatchesADay: number
}
type Told = { readonly answered: MatchingOutcome; readonly alarm: keyof typeof alarms | undefined }

async function answerOf(
  writing: Writing,
  caller: CallOnBehalf,
  compared: ComparisonResult,
  origin: Origin,
): Promise<Told> {
  const { tx, book, vault, noMatchesADay } = writing
  const { now } = book
  const { orgId } = caller
  const { isStopped, lifted } = judgedStops(vault.seals, await stopsOf(tx, { orgId }))
  if (isStopped) return { answered: { is: 'stopped' }, alarm: undefined }
  const spans = spansAt(now)
  const standing = () => matchingAllowance(tx, caller, { ...spans, lifted }, mostAboutOne)
  const before = await standing()
  if (isGuessing(before)) {
    await stop(writing, orgId, before.noMatches)
    return { answered: { is: 'stopped' }, alarm: 'matching.stopped' }
  }
  const refused = refusalOf(before, spans, now, noMatchesADay)
  if (refused !== undefined) return { answered: refused, alarm: undefined }
  const answer = await write(writing, caller, compared, origin)
  const answered = { is: 'answered', answer } as const
  if (compared.result !== 'no_match') return { answered, alarm: undefined }
  const after = await standing()
  if (isGuessing(after)) {
    await stop(writing, orgId, after.noMatches)
    return { answered, alarm: 'matching.stopped' }
  }
  const isDayOver = after.noMatchesToday >= noMatchesADay
  return { answered, alarm: isDayOver ? 'matching.ceiling' : undefined }
}

type Spans = { readonly day: Date; readonly month: Date; readonly tomorrow: Date }

/** What is counted begins with a day of Québec, which has 23 or 25 hours twice a year. */
export function spansAt(now: Date): Spans {
  const today = dayOf(now)
  return {
    day: startOfDay(today),
    month: startOfDay(dayBefore(today, aboutOne)),
    tomorrow: startOfDay(dayAfter(today, 'P1D')),
  }
}

function isGuessing({ noMatches, matched }: MatchingAllowance): boolean {
  return noMatches > mostNoMatches && noMatches > matched
}

/** Whoever is over a limit learns nothing, neither a yes nor a no. */
function refusalOf(
  { tries, guessedAt, noMatchesToday }: MatchingAllowance,
  { tomorrow }: Spans,
  now: Date,
  noMatchesADay: number,
): MatchingOutcome | undefined {
  if (noMatchesToday >= noMatchesADay)
    return { is: 'day-over', retryAfterSeconds: secondsUntil(tomorrow, now) }
  if (guessedAt !== null) {
    const again = startOfDay(dayAfter(dayOf(guessedAt), untilAgain))
    return { is: 'too-many', retryAfterSeconds: secondsUntil(again, now) }
  }
  if (tries < triesADay) return undefined
  return { is: 'too-many', retryAfterSeconds: secondsUntil(tomorrow, now) }
}

function secondsUntil(at: Date, now: Date): number {
  return Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1000))
}

async function write(
  { tx, book, gate }: Writing,
  { personId, clientId: serviceId, orgId, acr }: CallOnBehalf,
  { result, reason }: ComparisonResult,
  origin: Origin,
): Promise<MatchingAnswer> {
  const reference = `${randomBase32(half)}-${randomBase32(half)}`
  const answeredAt = book.now
  const answer = { reference, personId, orgId, serviceId, result, reason, answeredAt }
  await insertAnswer(tx, gate, answer)
  await book.append({
    kind: 'file.compared',
    actor: { type: 'organisation', organisation: orgId },
    fields: { service: serviceId, reference, result, reason },
  })
  const line = { kind: 'file.compared', personId, serviceId, acr, result: 'done' } as const
  // What differs is for her page alone: the service gets the result, and one word for it.
  const told = `${result} ${reference} ${reason}`
  await recordActivity(tx, { ...line, reason: told }, origin, answeredAt)
  return answer
}

async function stop({ tx, book, vault }: Writing, orgId: string, noMatches: number): Promise<void> {
  const [stoppedAt, liftedAt, liftedBy] = [book.now, null, null]
  await insertStop(tx, vault.seals, { orgId, stoppedAt, noMatches, liftedAt, liftedBy })
}
