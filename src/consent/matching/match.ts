import { dayAfter, dayOf, startOfDay } from '../../base/platform/calendar.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { randomBase32 } from '../../base/platform/ids.ts'
import type { Log } from '../../base/platform/log.ts'
import type { AboutHer } from '../../base/web/caller.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Book, Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { recordActivity } from '../../people/accounts/index.ts'
import type { Compared, IdentityText } from '../../people/comparison/index.ts'
import { compareIdentities } from '../../people/comparison/index.ts'
import type { VerifiedIdentities } from '../../people/identity/index.ts'
import type { MatchingAnswer } from './rows.ts'
import { insertAnswer, insertStop, judgedStops, looked, standingNow, stopsOf } from './store.ts'

// Does this file belong to the person who is signed in there? The file is compared with what a provider of identities vouches for of her
// (docs/matching.en.md). The answer holds no value of hers, and each is an event of her chain and a line that she reads.

/** Answers about one person to one body, a day of Québec. */
export const triesADay = 5
/** A body with more "no match" than this among its last hundred answers gets no more: it tries names, or its files are wrong. */
export const mostNoMatches = 50
// 50 random bits: a reference is found by nobody who does not have it.
const half = 5

export type MatchingContext = {
  readonly db: Database
  readonly vault: Vault
  readonly log: Log
  readonly identities: VerifiedIdentities
}

export type Answered =
  | { readonly is: 'answered'; readonly answer: MatchingAnswer }
  | { readonly is: 'stopped' }
  | { readonly is: 'too-many'; readonly retryAfterSeconds: number }

/** Compares a file of a service with her verified identity. */
export async function matchFile(
  { db, vault, log, identities }: MatchingContext,
  caller: AboutHer,
  file: IdentityText,
  origin: Origin,
): Promise<Answered> {
  const compared = await comparedWithHers(identities, caller.personId, file)
  const { answered, hasStopped } = await transact(db, async (tx) => {
    // Her lock, and nobody else's: her tries are counted one after the other.
    const book = await openBook(tx, vault, caller.personId)
    return answerOf({ tx, book, vault }, caller, compared, origin)
  })
  if (hasStopped)
    log.error({ outcome: 'matching.stopped', why: caller.orgId, serviceId: caller.clientId }, alarm)
  return answered
}

const alarm =
  'more than half of the last hundred files that a body asked about were of nobody: it is stopped'

async function comparedWithHers(
  identities: VerifiedIdentities,
  personId: string,
  file: IdentityText,
): Promise<Compared> {
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

type Writing = { readonly tx: Transaction; readonly book: Book; readonly vault: Vault }
type Told = { readonly answered: Answered; readonly hasStopped: boolean }

async function answerOf(
  writing: Writing,
  caller: AboutHer,
  compared: Compared,
  origin: Origin,
): Promise<Told> {
  const { tx, book, vault } = writing
  const { now } = book
  const { orgId } = caller
  const { isStopped, lifted } = judgedStops(vault.seals, await stopsOf(tx, { orgId }))
  if (isStopped) return { answered: { is: 'stopped' }, hasStopped: false }
  const today = dayOf(now)
  const { tries, noMatches } = await standingNow(tx, caller, { day: startOfDay(today), lifted })
  // Calls about other people that were answered at the same moment.
  if (noMatches > mostNoMatches)
    return { answered: { is: 'stopped' }, hasStopped: await stop(writing, orgId, noMatches) }
  if (tries >= triesADay) {
    const seconds = (startOfDay(dayAfter(today, 'P1D')).getTime() - now.getTime()) / 1000
    const retryAfterSeconds = Math.ceil(seconds)
    return { answered: { is: 'too-many', retryAfterSeconds }, hasStopped: false }
  }
  const answer = await write(writing, caller, compared, origin)
  const count = noMatches + Number(compared.result === 'no_match')
  const hasStopped = count > mostNoMatches && (await stop(writing, orgId, Math.min(count, looked)))
  return { answered: { is: 'answered', answer }, hasStopped }
}

async function write(
  { tx, book }: Writing,
  { personId, clientId: serviceId, orgId, acr }: AboutHer,
  { result, reason }: Compared,
  origin: Origin,
): Promise<MatchingAnswer> {
  const reference = `${randomBase32(half)}-${randomBase32(half)}`
  const answeredAt = book.now
  const answer = { reference, personId, orgId, serviceId, result, reason, answeredAt }
  await insertAnswer(tx, answer)
  await book.append({
    kind: 'file.compared',
    actor: { type: 'organisation', organisation: orgId },
    fields: { service: serviceId, reference, result, reason },
  })
  const line = { kind: 'file.compared', personId, serviceId, acr, result: 'done' } as const
  await recordActivity(tx, { ...line, reason: `${result} ${reference}` }, origin, answeredAt)
  return answer
}

function stop({ tx, book, vault }: Writing, orgId: string, noMatches: number): Promise<boolean> {
  const [stoppedAt, liftedAt, liftedBy] = [book.now, null, null]
  return insertStop(tx, vault.seals, { orgId, stoppedAt, noMatches, liftedAt, liftedBy })
}
