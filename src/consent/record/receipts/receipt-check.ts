import { createHash } from 'node:crypto'
import type { Claims, PublishedKeys, SignedKind } from '../../../base/keys/jws.ts'
import { readByPublishedKeys } from '../../../base/keys/jws.ts'
import { fromBase64, fromBase64url } from '../../../base/values/base64.ts'
import { systemClock } from '../../../base/values/clock.ts'
import { holdsProof, readProof } from '../../../base/tlog/log-proof.ts'
import type { LogPolicy } from '../../../base/tlog/log-policy.ts'
import { NoteError } from '../../../base/tlog/note-error.ts'
import { cosignaturesIn, judgeTree } from '../../../base/tlog/trusted-tree.ts'
import { commitmentTo, logEntry } from '../../../ledger/chain/index.ts'
import { checkKeyRuleLift, checkSigningKey } from './key-origin-check.ts'
import { checkPage, eventIn } from './page-check.ts'
import type { Members } from './signature-check.ts'
import { signedInWords, stillInWords } from '../../../ledger/verifier/index.ts'
import { membersOf, parseJson, signatureFault, signedTextOf, text } from './signature-check.ts'
import { contradictionIn, isAnswer } from './told-check.ts'

/** The result of a check of a receipt or an erasure certificate, which needs only its text and the published keys. */
export type ReceiptCheck =
  | { readonly holds: true; readonly says: readonly string[] }
  | { readonly holds: false; readonly because: string }

/** Checks the signature, then salt and payload against the entry, then the receipt's claims against the payload. Pure. */
export async function checkReceipt(jwt: string, published: PublishedKeys): Promise<ReceiptCheck> {
  const found = await signedBy(published, jwt)
  if (found === undefined)
    return wrong(
      'its signature does not hold: it was changed, or is no receipt, or none of these keys signed it',
    )
  const { claims, kind } = found
  const [event, ledger] = [kind.eventOf(claims), membersOf(claims['ledger'])]
  const { payload, salt, entry, payload_jcs_sha256: hash } = ledger
  if (typeof payload !== 'string' || typeof salt !== 'string' || typeof entry !== 'string')
    return wrong('it has no event of a ledger')
  if (createHash('sha256').update(payload).digest('hex') !== hash)
    return wrong('the hash of its event is of another event')
  const key = fromBase64(salt)
  if (key === undefined || logEntry(commitmentTo(key, payload)).toString('base64') !== entry)
    return wrong('its salt and its event make another entry of the ledger')
  const differing = kind.differenceOf(claims, event, payload)
  if (differing !== undefined) return wrong(`its event has another ${differing}`)
  const signing = signingOf(claims, payload)
  if (!signing.holds) return signing
  const says = [...kind.sentencesOf(claims, event, entry), ...helpSaid(claims), ...signing.says]
  return { holds: true, says }
}

function helpSaid(claims: Claims): readonly string[] {
  if (claims['helped_by'] === undefined) return []
  const { organisation, role } = membersOf(claims['helped_by'])
  return [`A desk saw with the person who answered: ${said(organisation)} (${said(role)}).`]
}

const nameless =
  'Its event names the sharing alone: neither the bodies nor the categories follow from it. Those of the receipt of the answer do.'

/** What a receipt shows of her key, where it is of an answer. */
function signingOf(claims: Claims, payload: string): ReceiptCheck {
  const event = membersOf(parseJson(payload))
  const { signed } = event
  if (!isAnswer(event))
    return { holds: true, says: claims['certificate_id'] === undefined ? [nameless] : [] }
  if (signed === undefined) return { holds: true, says: [] }
  const page = checkPage(claims['presented'], event)
  if (!page.holds) return page
  if (signed === null) {
    const lifting = checkKeyRuleLift(claims, event)
    if (!lifting.holds) return lifting
    return { holds: true, says: [unsignedSaid(event), ...lifting.says, ...page.says] }
  }
  const fault = signatureFault(event, eventIn(claims['presented']), said(claims['iss']))
  if (fault !== undefined) return wrong(fault)
  const own = 'A passkey signed this answer, at this site, after it verified who used it.'
  const origin = checkSigningKey(claims, event)
  if (!origin.holds) return origin
  return { holds: true, says: [own, namedSaid(signed), ...page.says, ...origin.says] }
}

function namedSaid(signed: unknown): string {
  return membersOf(signed)['text'] === undefined
    ? 'Its text names its categories and last day; agreement, purpose, bodies and limits by the page alone.'
    : 'Its text names all that was allowed, in nineteen lines.'
}

function unsignedSaid(event: Members): string {
  const { amr } = membersOf(event['collected_by'])
  const proofs = Array.isArray(amr) ? amr.map(said).join(', ') : '?'
  return `The answer has no signature of a passkey: the broker recorded it, after ${proofs}.`
}

type Checkable = {
  readonly typ: SignedKind
  readonly eventOf: (claims: Claims) => Members
  readonly differenceOf: typeof differenceOf
  readonly sentencesOf: typeof sentencesOf
}

const receipt: Checkable = {
  typ: 'consent-receipt+jwt',
  eventOf: (claims) => firstOf(claims['event']),
  differenceOf,
  sentencesOf,
}
const certificate: Checkable = {
  typ: 'erasure-certificate+jwt',
  eventOf: certified,
  differenceOf: differenceOfErasure,
  sentencesOf: sentencesOfErasure,
}

async function signedBy(published: PublishedKeys, jwt: string) {
  for (const kind of [receipt, certificate]) {
    const claims = await readByPublishedKeys(published, kind.typ, jwt)
    if (claims !== undefined) return { claims, kind }
  }
  return undefined
}

/** What a valid receipt does not show by itself, and how it is shown. */
export function unprovedSentences(jwt: string): readonly string[] {
  const { signing_key: key } = claimsOf(jwt)
  const keyToo = key === undefined ? '' : ', and had the event of her key before it'
  return [
    `Not checked here: whether a public log holds this entry${keyToo}. This file alone does not show it: whoever has the keys of the house can make one of any date.`,
    'To check it, give the proof that stands beside the receipt (.tlog-proof) and a policy of the log: accord receipt verify FILE PROOF --policy FILE|URL',
  ]
}

/** What a valid receipt of a stop says of what was left, in words. */
export function stillWords(jwt: string): readonly string[] {
  return stillInWords(claimsOf(jwt))
}

/** What the key of an answer signed, in words, of a receipt that holds; nothing where no key signed. */
export function signedWords(jwt: string): readonly string[] {
  const claims = claimsOf(jwt)
  const event = membersOf(parseJson(text(membersOf(claims['ledger'])['payload'])))
  if (!isAnswer(event) || (event['signed'] ?? null) === null) return []
  const signed = signedTextOf(event, eventIn(claims['presented']), text(claims['iss']))
  return signed.isKnown ? signedInWords(signed.text, claims) : []
}

function claimsOf(jwt: string): Members {
  const [, body = ''] = jwt.split('.')
  return membersOf(parseJson(fromBase64url(body)?.toString() ?? ''))
}

/**
 * Checks that the entry of a valid receipt is in the log that it names: the path, the log's signature, enough witnesses.
 * @param policy the log and the witnesses that the reader trusts
 * @param now of the reader: a day of the policy may be over
 */
export function checkProof(
  jwt: string,
  proofFile: string,
  policy: LogPolicy,
  now = systemClock(),
): ReceiptCheck {
  const claims = claimsOf(jwt)
  // The file of a signed answer has, after its own proof, those of the question, of its key, and of the keys that endorsed it.
  const [own = '', ...others] = proofFile.split(/(?=^c2sp\.org\/tlog-proof@v1$)/m)
  const answer = placeIn(membersOf(claims['ledger']), own, policy, now)
  if (typeof answer === 'string') return wrong(answer)
  const key = keyPlaces(claims, others, answer, policy, now)
  return typeof key === 'string' ? wrong(key) : { holds: true, says: [...answer.says, ...key] }
}

/** Where the log holds what tells of her key, in sentences; or what is wrong. */
function keyPlaces(
  claims: Members,
  proofs: readonly string[],
  answer: Place,
  policy: LogPolicy,
  now: Date,
): readonly string[] | string {
  const { presented, signing_key: key, endorsing_keys: endorsers } = claims
  if (key === undefined) return []
  const keys = [key, ...(Array.isArray(endorsers) ? (endorsers as readonly unknown[]) : [])]
  const told = presented === undefined ? keys : [presented, ...keys]
  if (proofs.length > told.length) return 'it has more proofs than the receipt has events'
  const places: Place[] = []
  for (const [n, proof] of proofs.entries()) {
    const place = placeIn(membersOf(told[n]), proof, policy, now)
    if (typeof place === 'string') return `of its key: ${place}`
    places.push(place)
  }
  const ofKeys = presented === undefined ? places : places.slice(1)
  const question = presented === undefined ? undefined : places[0]
  const fault = orderFault({ claims, answer, question, ofKeys })
  if (fault !== undefined) return fault
  return ofKeys.length < keys.length
    ? ['The proof does not show that the log had the event of its key before the answer.']
    : ofKeys.map(({ says }) => `Of its key: ${says.join(' ')}`)
}

type Placed = {
  readonly claims: Members
  readonly answer: Place
  readonly question: Place | undefined
  /** Of her key, of the one that endorsed it, and so on. */
  readonly ofKeys: readonly Place[]
}

/** Each stands in the log before what it made or signed, and her events in their own order. */
function orderFault({ claims, answer, question, ofKeys }: Placed): string | undefined {
  for (const [n, place] of ofKeys.entries())
    if (!isBefore(place, ofKeys[n - 1] ?? answer))
      return 'the event of its key comes after the answer, or after that of a key that it endorsed'
  if (question === undefined) return undefined
  if (!isBefore(question, answer)) return 'the question comes after the answer'
  const [own] = ofKeys
  if (own === undefined) return undefined
  const isOlder = instantIn(claims['signing_key']) < instantIn(claims['presented'])
  return isBefore(own, question) === isOlder
    ? undefined
    : 'the log has its key and the question in another order than the receipt'
}

function instantIn(told: unknown): string {
  return said(membersOf(parseJson(said(membersOf(told)['payload'])))['recorded_at'])
}

type Place = {
  readonly origin: string
  readonly index: number
  /** Whether a signature of Ed25519 or ES256 in the entry counts, by the policy's day. */
  readonly holdsClassical: boolean
  readonly says: readonly string[]
}

/** Where the log holds an event, or what is wrong with its proof. */
function placeIn(ledger: Members, proofFile: string, policy: LogPolicy, now: Date): Place | string {
  const entry = fromBase64(said(ledger['entry']))
  const entered = { entry, of: 'the receipt', log: said(ledger['origin']) }
  const place = placeOf(entered, proofFile, policy, now)
  if (typeof place === 'string' || place.holdsClassical) return place
  return 'its tree was signed after the day until which the policy counts signatures of Ed25519 and ES256'
}

type Entered = {
  readonly entry: Buffer | undefined
  /** What the entry is of. */
  readonly of: string
  /** The origin of the log that holds it; undefined: any log of the policy. */
  readonly log: string | undefined
}

/** Where a log holds an entry, or what is wrong with its proof. */
export function placeOf(
  entered: Entered,
  proofFile: string,
  policy: LogPolicy,
  now: Date,
): Place | string {
  try {
    return placeBy(entered, proofFile, policy, now)
  } catch (error) {
    if (error instanceof NoteError) return `it ${error.message}`
    throw error
  }
}

/** @throws NoteError */
function placeBy(
  { entry, of, log }: Entered,
  proofFile: string,
  policy: LogPolicy,
  now: Date,
): Place | string {
  const proof = readProof(proofFile)
  const judged = judgeTree(proof.checkpoint, policy, now)
  const { counting } = judged
  const { origin, size } = judged.tree
  if (!judged.isByLog) return 'its checkpoint is not signed by the log that it names'
  if (log !== undefined && origin !== log) return `it is of another log than ${of}`
  if (!judged.isQuorum) return 'too few of the witnesses have cosigned'
  if (entry === undefined || !holdsProof(proof, entry))
    return `its path does not lead from the entry of ${of} to the root`
  const seen = cosignaturesIn(counting, policy).flatMap(({ verifier: { name }, time }) =>
    time === undefined ? [] : [`Seen by ${name} at ${new Date(time * 1000).toISOString()}.`],
  )
  const { index } = proof
  const says = [
    `Entry ${index} of ${origin}, in the signed tree of ${size}.`,
    ...seen,
    ...judged.says,
  ]
  return { origin, index, holdsClassical: judged.holdsClassical, says }
}

// The origin ends with its year: of two logs, the one of the earlier year is older.
function isBefore(key: Place, answer: Place): boolean {
  return key.origin === answer.origin ? key.index < answer.index : key.origin < answer.origin
}

// The claims must equal the payload, even under a valid signature: else the receipt would say one thing and prove another.
function differenceOf(claims: Claims, event: Members, payload: string): string | undefined {
  const written = membersOf(parseJson(payload))
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['kind', written['kind'], event['event_kind']],
    ['event_id', written['event_id'], event['event_id']],
    ['recorded_at', written['recorded_at'], event['event_time']],
    ['consent_id', written['consent_id'], claims['record_id']],
  ]
  const differing = pairs.find(([, one, other]) => typeof one !== 'string' || one !== other)?.[0]
  return differing ?? contradictionIn(claims, event, written)
}

/** The event of an erasure certificate, in the form of a receipt's event. */
function certified(claims: Claims): Members {
  const { event_kind, event_id, erased_at: event_time } = claims
  return { event_kind, event_id, event_time }
}

function differenceOfErasure(claims: Claims, event: Members, payload: string): string | undefined {
  const written = membersOf(parseJson(payload))
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['kind', written['kind'], event['event_kind']],
    ['event_id', written['event_id'], event['event_id']],
    ['recorded_at', written['recorded_at'], event['event_time']],
    ...['rule', 'before', 'years', 'entries'].map(
      (name) => [name, JSON.stringify(written[name]), JSON.stringify(claims[name])] as const,
    ),
  ]
  const different = pairs.find(([, one, other]) => typeof one !== 'string' || one !== other)?.[0]
  return different ?? (saysOfFiles(claims) ? undefined : 'files_rewritten_at')
}

// Nothing is certified before no file of the database has what was erased.
function saysOfFiles(claims: Claims): boolean {
  const [erased, rewritten, until] = ['erased_at', 'files_rewritten_at', 'backups_until'].map(
    (name) => Date.parse(said(claims[name])),
  )
  const place = claims['write_ahead_log_until']
  const isPlace = typeof place === 'string' && /^[\dA-F]{1,8}\/[\dA-F]{1,8}$/.test(place)
  return isPlace && Number(erased) <= Number(rewritten) && Number(rewritten) <= Number(until)
}

function sentencesOfErasure(claims: Claims, _event: Members, entry: string): string[] {
  return [
    `The signature holds. Signed by ${said(claims['iss'])}, certificate ${said(claims['certificate_id'])}.`,
    `It says: content was erased, at ${said(claims['erased_at'])}. No file of the database had it by ${said(claims['files_rewritten_at'])}; its log of writes has it up to ${said(claims['write_ahead_log_until'])}, and backups lose it by ${said(claims['backups_until'])}.`,
    `Its salt and its event make its entry of the ledger: ${entry}`,
  ]
}

function sentencesOf(claims: Claims, event: Members, entry: string): string[] {
  return [
    `The signature holds. Signed by ${said(claims['iss'])}, receipt ${said(claims['receipt_id'])}.`,
    `It says: ${said(event['event_type'])}, at ${said(event['event_time'])}, sharing ${said(claims['record_id'])}, for ${said(event['entity_id'])}.`,
    `Its salt and its event make its entry of the ledger: ${entry}`,
  ]
}

function said(value: unknown): string {
  return typeof value === 'string' ? value : '?'
}

function firstOf(value: unknown): Members {
  return membersOf(Array.isArray(value) ? (value as readonly unknown[])[0] : undefined)
}

function wrong(because: string): ReceiptCheck {
  return { holds: false, because }
}
