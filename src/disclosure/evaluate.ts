import { createHash } from 'node:crypto'
import type { Pairwise } from '../accounts/index.ts'
import type { ConsentState } from '../consent/index.ts'
import { categoriesIn, maskOf } from '../consent/index.ts'
import type { Caller } from '../foundation/caller.ts'
import type { Database } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import { newUuid, uuidText } from '../foundation/ids.ts'
import { Problem } from '../foundation/refusal.ts'
import type { Turns } from '../foundation/turns.ts'
import type { Vault } from '../ledger/index.ts'
import type { Dataset, LiveRegister, Register } from '../registry/index.ts'
import type { Question } from './decide.ts'
import { decide } from './decide.ts'
import type { Refused } from './permit.ts'
import { permitUnderLock } from './permit.ts'
import type { DenyReason } from './reasons.ts'
import type { DecisionRow, Looked } from './store.ts'
import { readFacts, recordDeny } from './store.ts'

export type Desk = {
  readonly db: Database
  readonly vault: Vault
  readonly live: LiveRegister
  readonly pairwise: Pairwise
  /** Decisions about one person, one at a time in this process: those who wait for her lock hold no connection. */
  readonly turns: Turns
}

/** An evaluation as AuthZEN carries it, parsed (DOMAIN 3.2). */
export type Evaluation = {
  readonly recipient: string
  readonly dataset: string
  readonly purpose: string
  readonly categories: readonly string[]
  /** The holder's own identifier of the person. */
  readonly sub: string
  readonly period: { readonly from: string; readonly to: string } | undefined
  readonly agreement: string | undefined
  readonly requestId: string
  readonly queryId: string | undefined
}

export type Permit = {
  readonly permit: true
  readonly decision: DecisionRow
  readonly consent: ConsentState
  readonly dataset: Dataset
  readonly commitment: Buffer
  readonly usesLeft: number | undefined
}
export type Denied = {
  readonly permit: false
  readonly because: DenyReason
  /** Undefined where nothing was recorded: about nobody, or asked by someone who may not ask. */
  readonly decisionId: string | undefined
  readonly permitted: readonly string[]
}
export type Decided = Permit | Denied

// The register changed under a decision: read and decide again. It changes a few times a day.
const maxRounds = 4
/**
 * Decides, and records before answering: a permit with its ledger event in one transaction under the person's lock, a
 * deny as a grouped row. A deny needs no lock: one statement shows one instant.
 * @throws Unavailable; Problem for categories that the dataset has not
 */
export async function evaluate(
  desk: Desk,
  caller: Caller,
  evaluation: Evaluation,
): Promise<Decided> {
  for (let round = 0; round < maxRounds; round++) {
    const decided = await decideByRegister(desk, caller, evaluation, desk.live.current())
    if (decided !== 'register changed') return decided
  }
  return nothingRecorded('INTERNAL')
}

export type About = {
  readonly question: Question
  readonly looked: Looked
  readonly evaluation: Evaluation
  /** SHA-256 of all that is asked. */
  readonly contentSha256: Buffer
}

async function decideByRegister(
  desk: Desk,
  caller: Caller,
  evaluation: Evaluation,
  register: Register,
): Promise<Decided | 'register changed'> {
  const about = resolve(desk, caller, evaluation, register)
  const facts = await readFacts(desk.db, about?.looked ?? nobody)
  if (facts.epoch !== register.epoch) {
    await desk.live.at(facts.epoch)
    return 'register changed'
  }
  // Whether the dataset exists is nothing that a stranger learns.
  if (about === undefined) return nothingRecorded('CALLER_NOT_HOLDER')
  if (!facts.isKnown) return nothingRecorded('PERSON_UNKNOWN')
  const verdict = decide(about.question, facts.consents, register, facts.at)
  if (!verdict.permit && facts.prior === undefined)
    return denyRecorded(desk, about, facts.at, verdict)
  const decided = await desk.turns.take(about.looked.personId, () =>
    transact(desk.db, (tx) => permitUnderLock(tx, desk.vault, about, register)),
  )
  if (decided === 'register changed' || decided.permit) return decided
  if (decided.because === 'REQUEST_ID_REUSED') return nothingRecorded(decided.because)
  return denyRecorded(desk, about, facts.at, decided)
}

const noUuid = '00000000-0000-0000-0000-000000000000'
const nobody: Looked = {
  personId: noUuid,
  recipient: 0,
  dataset: 0,
  purpose: 0,
  requestKey: noUuid,
}

function resolve(
  { pairwise }: Desk,
  { orgId }: Caller,
  evaluation: Evaluation,
  register: Register,
): About | undefined {
  const dataset = register.dataset(evaluation.dataset)
  const holder = register.organisation(orgId)
  if (dataset === undefined || holder === undefined || dataset.holder !== orgId) return undefined
  const unknown = evaluation.categories.find((id) => !dataset.categories.includes(id))
  if (unknown !== undefined)
    throw new Problem('request.malformed', 400, `${dataset.ref} has no category ${unknown}`)
  const purpose = register.purpose(evaluation.purpose)
  const recipient = register.organisation(evaluation.recipient)?.root
  const question: Question = {
    holder: holder.root,
    recipient,
    dataset,
    purpose,
    asked: maskOf(dataset, evaluation.categories),
    period: evaluation.period,
    agreement: evaluation.agreement?.split('@', 1)[0],
  }
  const looked: Looked = {
    // What decrypts to nobody is an unknown person; what does not decrypt is nobody at once.
    personId: pairwise.person(evaluation.sub, orgId) ?? noUuid,
    recipient: recipient ?? 0,
    dataset: dataset.no,
    purpose: purpose?.no ?? 0,
    requestKey: requestKey(orgId, evaluation.requestId),
  }
  return { question, looked, evaluation, contentSha256: contentOf(evaluation, dataset) }
}

// Everything but the request's own names: a longer period or another agreement is another question (I14).
function contentOf({ requestId: _id, queryId: _query, ...asked }: Evaluation, dataset: Dataset) {
  const categories = [...asked.categories].toSorted()
  const content = [asked.recipient, dataset.ref, asked.purpose, categories, asked.sub]
  const text = JSON.stringify([...content, asked.period ?? null, asked.agreement ?? null])
  return createHash('sha256').update(text).digest()
}

/** Names a holder's request for ever; another holder's equal request_id is another request. */
function requestKey(orgId: string, requestId: string): string {
  const hash = createHash('sha256').update(`${orgId} ${requestId}`).digest()
  return uuidText(hash.subarray(0, 16))
}

async function denyRecorded(
  { db }: Desk,
  { question, looked, evaluation }: About,
  at: Date,
  { because, consent, permitted }: Refused,
): Promise<Denied> {
  const decisionId = await recordDeny(db, {
    decisionId: newUuid(at),
    at,
    personId: looked.personId,
    consentId: consent?.consentId ?? null,
    holder: question.holder,
    recipient: question.recipient ?? null,
    dataset: question.dataset.no,
    purpose: question.purpose?.no ?? null,
    asked: question.asked,
    reasonCode: because,
    queryId: evaluation.queryId ?? null,
  })
  return {
    permit: false,
    because,
    decisionId,
    permitted: categoriesIn(question.dataset, permitted),
  }
}

function nothingRecorded(because: DenyReason): Denied {
  return { permit: false, because, decisionId: undefined, permitted: [] }
}
