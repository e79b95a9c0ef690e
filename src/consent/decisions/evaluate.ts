import type {
  PreparedQuestion,
  Decision,
  Deny,
  Evaluation,
  UnwrittenPermit,
  Permit,
  Question,
  DenyVerdict,
  Verdict,
} from './question.ts'
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Pairwise } from '../../people/accounts/index.ts'
import { categoriesIn, maskOf } from '../record/index.ts'
import type { Caller } from '../../base/web/caller.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newUuid, uuidText, writeId } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { KeyedMutex } from '../../base/jobs/keyed-mutex.ts'
import type { EndComparison, Vault } from '../../ledger/chain/index.ts'
import { endOf, isOvertaken } from '../../ledger/chain/index.ts'
import type { Dataset, LiveRegister, Purpose, Register } from '../../registry/index.ts'
import type { CodeGuard, CodeStamp } from './code-guard.ts'
import { isByUntrustedRegister } from '../../registry/index.ts'
import { reportUntrusted } from './report-tampering.ts'
import type { TimeCheck } from './time-check.ts'
import { decide } from './decide.ts'
import { delayOf, lawfulFor, lawFactsQuery } from './decide-by-law.ts'
import { draftPermit, repeatUnderLock } from './permit.ts'
import type { DenyReason } from './reasons.ts'
import type { Facts, FactsQuery } from './rows.ts'
import type { DecisionStore } from './store.ts'
import { isStampOf } from './store.ts'

export type DecisionContext = {
  readonly db: Database
  readonly store: DecisionStore
  readonly vault: Vault
  readonly live: LiveRegister
  readonly pairwise: Pairwise
  readonly log: Log
  /** Whether this process found the database older than its log, whatever the database says of itself. */
  readonly isRestored: () => boolean
  /** Whether the database runs what this version was released with. */
  readonly code: CodeGuard
  /** Whether the time of the database is this moment. */
  readonly timeCheck: TimeCheck
  /** Queues the permits about one person in this process: of several at once, only one could write, and the others would be lost. */
  readonly turns: KeyedMutex
}

// A permit is decided again where the person's head has moved meanwhile: twice at once, then after a random pause.
const patienceMs = 1500
const roundsAtOnce = 2
const maxPauseMs = 16
// The register changes a few times a day: these rounds suffice.
const registerRounds = 4

/**
 * Decides by the facts that one statement reads at one instant, and records before answering: a deny as a grouped row; a permit with
 * its use and its ledger event, if the person's head is still the one that was read. Each change that she can make moves her
 * head, so that the facts of a permit still hold when it is written (docs/design/permit.md#head).
 * @throws Unavailable; Problem for categories that the dataset has not
 */
export async function evaluate(
  context: DecisionContext,
  caller: Caller,
  evaluation: Evaluation,
): Promise<Decision> {
  const first = await look(context, caller, evaluation)
  if ('decided' in first) return first.decided
  return context.turns.take(first.prepared.factsQuery.personId, async (waited) => {
    let seen: Seen | undefined = waited ? undefined : first
    const until = performance.now() + patienceMs
    for (let round = 0; performance.now() < until; round++) {
      seen ??= await look(context, caller, evaluation)
      if ('decided' in seen) return seen.decided
      const { permit, outcome } = await write(context, seen)
      if (outcome === 'written') return permit
      // Something was replaced: it is compared with the release, and all is read again by what stands now.
      if (outcome === 'other code' && !(await context.code.settle()))
        return nothingRecorded('RECORD_UNTRUSTED')
      if (outcome === 'reused') return nothingRecorded('REQUEST_ID_REUSED')
      seen = undefined
      if (round >= roundsAtOnce) await pause(1 + Math.random() * maxPauseMs)
    }
    return nothingRecorded('INTERNAL')
  })
}

/** The result of one reading: a decision, or a permit that is still to be written. */
type Seen = { readonly decided: Decision } | UnwrittenPermit

async function look(
  context: DecisionContext,
  caller: Caller,
  evaluation: Evaluation,
): Promise<Seen> {
  let isLate = false
  for (let round = 0; round < registerRounds; round++) {
    const stamp = await stampNow(context)
    // By code that nobody knows nothing is read, and no refusal is written.
    if (stamp === undefined) return { decided: nothingRecorded('RECORD_UNTRUSTED') }
    const by = { register: context.live.current(), stamp, isLate }
    const seen = await lookBy(context, caller, evaluation, by)
    if (seen !== 'register changed' && seen !== 'head put back') return seen
    isLate ||= seen === 'head put back'
  }
  return { decided: nothingRecorded('INTERNAL') }
}

type LookedBy = {
  readonly register: Register
  readonly stamp: CodeStamp
  readonly isLate: boolean
}

async function lookBy(
  context: DecisionContext,
  caller: Caller,
  evaluation: Evaluation,
  { register, stamp, isLate }: LookedBy,
): Promise<Seen | 'register changed' | 'head put back'> {
  const prepared = resolve(context, caller, evaluation, register)
  const facts = await factsNow(context, prepared?.factsQuery ?? nobody)
  if (facts.epoch !== register.epoch) return changedTo(context, facts.epoch)
  // A caller that is not the holder gets the same answer for an unknown dataset, and so cannot learn which datasets exist.
  if (prepared === undefined) return { decided: nothingRecorded('CALLER_NOT_HOLDER') }
  if (facts.standing === null) return { decided: nothingRecorded('PERSON_UNKNOWN') }
  // Of two readings at once the older one may arrive later: only one that began after the newer one had arrived tells the truth.
  const compared = compareHead(context.vault, prepared.factsQuery.personId, facts)
  if (compared === 'older' && !isLate) return 'head put back'
  const seen = overtakenBy(facts, compared)
  const known = {
    ...seen,
    isRestored: facts.isRestored || context.isRestored(),
    isBehind: context.vault.heads.isBehind(),
  }
  if (mayRepeat(known)) return repeated(context, prepared, register, stamp)
  const verdict = verdictOn(prepared, known, register)
  if (!verdict.permit) return { decided: await denyRecorded(context, prepared, seen, verdict) }
  const { epoch, head } = facts
  return { prepared, epoch, head, at: facts.at, register, verdict, stamp }
}

/** What a permit by the facts that are read next is written under; undefined while the database runs other code. */
async function stampNow({ code }: DecisionContext): Promise<CodeStamp | undefined> {
  if (code.now.stamp === undefined) await code.settle()
  return code.now.stamp
}

type FactsNow = Facts & {
  readonly isNow: boolean
  /** Whether a row was untrusted already before its time was looked at. */
  readonly isChanged: boolean
}

/** What is read at another time than this moment is not believed. */
export async function factsNow(
  { timeCheck, store }: Pick<DecisionContext, 'timeCheck' | 'store'>,
  query: FactsQuery,
): Promise<FactsNow> {
  const judge = timeCheck()
  const facts = await store.facts(query)
  const [isNow, isChanged] = [judge(facts.at), facts.isUntrusted]
  return { ...facts, isNow, isChanged, isUntrusted: isChanged || !isNow }
}

function overtakenBy(facts: FactsNow, compared: EndComparison): FactsNow {
  return isOvertaken(compared) ? { ...facts, isUntrusted: true, isChanged: true } : facts
}

/** A register that is not as it was applied permits nothing, and the one in memory is not of this epoch. */
async function changedTo({ live }: DecisionContext, epoch: number) {
  try {
    await live.at(epoch)
    return 'register changed'
  } catch (error) {
    if (!isByUntrustedRegister(error)) throw error
    return { decided: nothingRecorded('RECORD_UNTRUSTED') }
  }
}

/** How the end of her chain that was read compares with what this process knows. It is noted where it is newer. */
export function compareHead(
  { heads }: Pick<Vault, 'heads'>,
  personId: string,
  { head, at }: Pick<Facts, 'head' | 'at'>,
): EndComparison {
  const end = head === undefined ? { nextSeq: 1, commitment: null } : endOf(head)
  const compared = heads.compare(personId, end, at.getTime() - (head?.updatedAt ?? at).getTime())
  // Under a seal that does not fit any number may stand.
  if (compared === 'newer' && head?.live !== 'untrusted') heads.note(personId, end)
  return compared
}

type KnownFacts = Facts & { readonly isBehind: boolean }

function mayRepeat({ prior, isUntrusted, isRestored, isBehind }: KnownFacts): boolean {
  return prior !== undefined && !isUntrusted && !isRestored && !isBehind
}

function verdictOn({ question }: PreparedQuestion, facts: KnownFacts, register: Register): Verdict {
  if (facts.standing === 'deceased') return denied('PERSON_DECEASED')
  if (facts.isRestored) return denied('LEDGER_RESTORED')
  if (facts.isBehind) return denied('LOG_BEHIND')
  // A permit bears the head's time, which is later than every event in the person's book.
  return decide(question, facts, register, facts.head?.now ?? facts.at)
}

function denied(because: DenyReason): DenyVerdict {
  return { permit: false, because, consent: undefined, permitted: 0n }
}

async function repeated(
  context: DecisionContext,
  prepared: PreparedQuestion,
  register: Register,
  stamp: CodeStamp,
): Promise<Seen | 'register changed'> {
  // A repeat has a queue of its own: a permit that holds the person's turn may lead here, and would wait for itself.
  const again = await context.turns.take(`${prepared.factsQuery.personId} again`, () =>
    transact(context.db, async (tx) => {
      const answer = await repeatUnderLock(tx, context.vault, prepared, register)
      const isPermit = answer !== 'register changed' && answer.permit
      return isPermit && !(await isStampOf(tx, stamp)) ? 'other code' : answer
    }),
  )
  if (again === 'register changed') return again
  if (again === 'other code')
    return (await context.code.settle())
      ? 'register changed'
      : { decided: nothingRecorded('RECORD_UNTRUSTED') }
  if (again.permit) return { decided: again }
  if (again.because === 'REQUEST_ID_REUSED') return { decided: nothingRecorded(again.because) }
  return {
    decided: await denyRecorded(
      context,
      prepared,
      { at: again.at, isNow: true, isChanged: false },
      again,
    ),
  }
}

async function write({ vault, store, code }: DecisionContext, granting: UnwrittenPermit) {
  const drafted = await draftPermit(vault, granting)
  const decisionId = writeId('dec', drafted.decision.decisionId)
  code.now.permits.set(decisionId, performance.now())
  const outcome = await store.permit({ ...drafted, stamp: granting.stamp })
  if (outcome !== 'written') code.now.permits.delete(decisionId)
  const { entry } = drafted.draft
  if (outcome === 'written')
    vault.heads.note(drafted.chainId, {
      nextSeq: entry.personSeq + 1,
      commitment: entry.commitment,
    })
  const { usesLeft } = granting.verdict
  const permit: Permit = {
    permit: true,
    decision: drafted.decision,
    dataset: granting.prepared.question.dataset,
    commitment: drafted.draft.entry.commitment,
    usesLeft: usesLeft === undefined ? undefined : usesLeft - 1,
  }
  return { permit, outcome }
}

const noUuid = '00000000-0000-0000-0000-000000000000'
const nobody: FactsQuery = {
  personId: noUuid,
  recipient: 0,
  dataset: 0,
  purpose: 0,
  requestKey: noUuid,
  byLaw: undefined,
}

function resolve(
  { pairwise }: DecisionContext,
  { orgId }: Caller,
  evaluation: Evaluation,
  register: Register,
): PreparedQuestion | undefined {
  const dataset = register.dataset(evaluation.dataset)
  const holder = register.organisation(orgId)
  if (dataset === undefined || holder === undefined || dataset.holder !== orgId) return undefined
  const unknown = evaluation.categories.find((id) => !dataset.categories.includes(id))
  if (unknown !== undefined)
    throw new Problem(
      'request.malformed',
      400,
      `resource.properties.categories: ${dataset.ref} has no category ${unknown}`,
    )
  const purpose = register.purpose(evaluation.purpose)
  const recipient = register.organisation(evaluation.recipient)?.root
  const asked = maskOf(dataset, evaluation.categories)
  const lawful = lawfulFor({ dataset, asked }, { ...evaluation, purpose }, register)
  const question: Question = {
    holder: holder.root,
    recipient,
    dataset,
    purpose,
    asked,
    lawful,
    period: evaluation.period,
    isCaseNamed: evaluation.lawCase !== undefined,
    agreement: evaluation.agreement?.split('@', 1)[0],
    arrangement: evaluation.arrangement,
  }
  const factsQuery: FactsQuery = {
    // An identifier that does not decrypt is nobody's; one that decrypts may still be an unknown person's.
    personId: pairwise.person(evaluation.sub, orgId) ?? noUuid,
    recipient: recipient ?? 0,
    dataset: dataset.no,
    purpose: purpose?.no ?? 0,
    requestKey: requestKey(orgId, evaluation.requestId),
    byLaw: lawFactsQuery(question),
  }
  return {
    question,
    factsQuery,
    evaluation,
    contentSha256: contentOf(evaluation, dataset, purpose),
  }
}

// All members except the request's ids: a longer period or another agreement is another question (docs/design/domain.md#i14), and so is
// another version of the data or of the purpose, which a name without a version means once the register has changed.
function contentOf(
  { requestId: _id, queryId: _query, ...asked }: Evaluation,
  dataset: Dataset,
  purpose: Purpose | undefined,
) {
  const categories = [...asked.categories].toSorted()
  const why = purpose?.ref ?? asked.purpose
  const content = [asked.recipient, dataset.ref, why, categories, asked.sub]
  const text = JSON.stringify([
    ...content,
    asked.period ?? null,
    asked.agreement ?? null,
    ...(asked.lawCase === undefined ? [] : [asked.lawCase]),
    ...(asked.arrangement === undefined ? [] : [asked.arrangement]),
  ])
  return createHash('sha256').update(text).digest()
}

/** The key of a holder's request: another holder's request with the same `request_id` has another key. */
function requestKey(orgId: string, requestId: string): string {
  const hash = createHash('sha256').update(`${orgId} ${requestId}`).digest()
  return uuidText(hash.subarray(0, 16))
}

async function denyRecorded(
  { store, log }: DecisionContext,
  { question, factsQuery, evaluation }: PreparedQuestion,
  { at, isNow, isChanged }: Pick<FactsNow, 'at' | 'isNow' | 'isChanged'>,
  { because, consent, permitted, cause }: DenyVerdict,
): Promise<Deny> {
  if (because === 'RECORD_UNTRUSTED') reportUntrusted(log, { isNow, isChanged })
  // A row would bear a time that is not so, and the database refuses one of a day that is over.
  if (!isNow) return nothingRecorded(because)
  const decisionId = await store.deny({
    decisionId: newUuid(at),
    at,
    personId: factsQuery.personId,
    consentId: consent?.consentId ?? null,
    holder: question.holder,
    recipient: question.recipient ?? null,
    dataset: question.dataset.no,
    purpose: question.purpose?.no ?? null,
    asked: question.asked,
    reasonCode: because,
    queryId: evaluation.queryId ?? null,
    later: consent === undefined ? delayOf(question.lawful, at) : undefined,
  })
  return {
    permit: false,
    because,
    decisionId,
    permitted: categoriesIn(question.dataset, permitted),
    cause,
  }
}

function nothingRecorded(because: DenyReason): Deny {
  return { permit: false, because, decisionId: undefined, permitted: [] }
}
