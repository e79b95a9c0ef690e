import type { Database, Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import { isSignedTree, newestTree } from '../../ledger/transparency-log/index.ts'
import type { Register } from '../../registry/index.ts'
import { objectsOf } from '../../registry/index.ts'
import type { KeySignature, RelyingParty, SignedChallenge } from '../../webauthn/index.ts'
import { readAssertion, readSignature, signingOptions, useSignature } from '../../webauthn/index.ts'
import type { KeyOrigin } from '../../people/accounts/index.ts'
import { originOfKey } from '../../people/accounts/index.ts'
import type { Payload, Vault } from '../../ledger/chain/index.ts'
import type { TextVersion } from '../record/index.ts'
import {
  categoriesIn,
  challengeOf,
  namesVersions,
  textHash,
  textOfAnswer,
} from '../record/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { readAnswer } from './read-answer.ts'
import type { ItemAnswer } from './choice.ts'
import type { PageEvent } from './page-event.ts'
import type { RequestRow } from './rows.ts'
import { sensitiveOf } from './terms.ts'

// Answers that their person signs with her passkey. What is signed is what is recorded: the text is made anew from the record and from the event of
// its page.

/** How long a page that an older process showed, which names no versions, may be answered in the first text. */
const firstTextSeconds = 3600

/** A page that an older process showed, too long ago: it is shown anew, with what she typed. */
export class OldPage extends Refusal {
  readonly row: RequestRow

  constructor(row: RequestRow) {
    super('consent.shown-anew', 409)
    this.row = row
  }
}

/** What a form brings of a signature: a key's, over a challenge that nobody compared yet. */
export type FormSignature = { readonly signed: SignedChallenge; readonly checkpoint: string }

type SigningParts = {
  readonly db: Database
  readonly tries: Tries
  readonly party: RelyingParty
}

type Given = {
  readonly personId: string
  readonly credential: string
  readonly checkpoint: string
  readonly peer: string
  readonly origin: Origin
  readonly now: Date
}

/** Reads the signature of a form; undefined where the form brings none. @throws Refusal passkey.refused */
export async function readFormSignature(
  { db, tries, party }: SigningParts,
  { credential, checkpoint, peer, now, ...whose }: Given,
): Promise<FormSignature | undefined> {
  if (credential === '') return undefined
  const response = readAssertion(credential)
  // The page names the newest tree: a text that names another would say something untrue about its own age.
  if (!(await isSignedTree(db, checkpoint))) throw new Refusal('passkey.refused')
  const given = { ...whose, response }
  const signed = await tries.verify(peer, (counted) =>
    readSignature(counted, db, party, given, now),
  )
  return { signed, checkpoint }
}

/** An answer that is about to be recorded, and the page that it answers. */
export type AnswerToRecord = {
  readonly row: RequestRow
  readonly answer: Omit<ItemAnswer, 'presentationId'>
  readonly page: PageEvent
}

/** Answers that one signature holds for. */
export type SignedAnswers = {
  readonly signature: KeySignature
  /** How the key became hers. */
  readonly origin: KeyOrigin
  readonly checkpoint: string
  /** Of the text of each answer, hex, sorted. */
  readonly hashes: readonly string[]
}

type Saying = { readonly issuer: string; readonly register: Register; readonly now: Date }
type Using = Saying & { readonly vault: Vault }

/** Uses a signature for these answers, if it was made for exactly them. @throws Refusal passkey.refused, passkey.suspended */
export function useSigning(
  tx: Transaction,
  answers: readonly AnswerToRecord[],
  { vault, ...saying }: Using,
  signing: FormSignature | undefined,
): Promise<SignedAnswers | undefined> {
  const { now } = saying
  const textsWith = (checkpoint: string) =>
    answers.map((answer) => textOf(answer, saying, checkpoint))
  return useTexts(tx, { vault, now, textsWith }, signing)
}

type Texts = Pick<Using, 'vault' | 'now'> & {
  readonly textsWith: (checkpoint: string) => readonly string[]
}

/** As `useSigning`, for a narrowing. */
export function useNarrowing(
  tx: Transaction,
  narrowing: NarrowedRequest,
  { vault, ...saying }: Using,
  signing: FormSignature | undefined,
): Promise<SignedAnswers | undefined> {
  const { now } = saying
  const textsWith = (checkpoint: string) => [narrowingText(narrowing, saying, checkpoint)]
  return useTexts(tx, { vault, now, textsWith }, signing)
}

async function useTexts(
  tx: Transaction,
  { vault, now, textsWith }: Texts,
  signing: FormSignature | undefined,
): Promise<SignedAnswers | undefined> {
  if (signing === undefined) return undefined
  const { signed, checkpoint } = signing
  const texts = textsWith(checkpoint)
  await useSignature(tx, signed, challengeOf(texts), now)
  const hashes = texts.map(textHash).toSorted()
  const { signature, key } = signed
  const { personId, passkeyId } = key
  const origin = await originOfKey(tx, { vault, personId }, passkeyId)
  return { signature, origin, checkpoint, hashes }
}

/** The text of an answer before it is recorded: pages name it to their script. @throws OldPage, and as `readChoice` */
export function textOf(
  { row, answer, page }: AnswerToRecord,
  { issuer, register, now }: Saying,
  checkpoint: string,
): string {
  const said = readAnswer(row, answer, register, now)
  const chosen = said.granted ? said.chosen : { granted: 0n, lastDay: row.validUntilLocal }
  const kind = said.granted ? 'consent.granted' : 'consent.refused'
  const choice = { kind, ...chosenFields(row, chosen, register) }
  return textToSign(choice, { row, page, at: { issuer, checkpoint } }, now)
}

/** The narrower sharing that a page shows. */
export type NarrowedRequest = { readonly row: RequestRow; readonly page: PageEvent }

/** The text of a narrowing: a yes to what the page shows, with nothing left to choose. @throws OldPage */
export function narrowingText(
  { row, page }: NarrowedRequest,
  { issuer, register, now }: Saying,
  checkpoint: string,
): string {
  const granted = row.categoriesRequired | row.categoriesOptional
  const chosen = { granted, lastDay: row.validUntilLocal }
  const choice = { kind: 'consent.granted', ...chosenFields(row, chosen, register) }
  return textToSign(choice, { row, page, at: { issuer, checkpoint } }, now)
}

function chosenFields(
  row: RequestRow,
  { granted, lastDay }: { readonly granted: bigint; readonly lastDay: string },
  register: Register,
) {
  const { dataset } = objectsOf(row, register)
  return {
    categories_granted: categoriesIn(dataset, granted),
    categories_express: categoriesIn(dataset, granted & sensitiveOf(row, register)),
    valid_until_local: lastDay,
  }
}

type Signing = {
  readonly row: RequestRow
  readonly page: PageEvent
  readonly at: { readonly issuer: string; readonly checkpoint: string }
}

// All that is no choice of hers is as its page says.
function textToSign(choice: object, { row, page, at }: Signing, now: Date): string {
  const { said, event } = page
  const version = versionFor(page)
  const isOld = now > secondsAfter(event.recordedAt, firstTextSeconds)
  if (version === 1 && isOld) throw new OldPage(row)
  return textOfAnswer({ ...said, ...choice }, said, at, version)
}

function versionFor({ said }: PageEvent): TextVersion {
  return namesVersions(said) ? 2 : 1
}

/** The members of an answer's event about its signature. @param said its other members, as they are recorded. @throws an error where the record is not what was signed */
export function signedFields(
  said: Payload,
  page: PageEvent,
  issuer: string,
  signed: SignedAnswers | undefined,
) {
  const { rendered_sha256 = '' } = page.said
  if (signed === undefined) return { rendered_sha256, signed: null }
  const { signature, checkpoint, hashes } = signed
  const version = versionFor(page)
  const text = textOfAnswer(
    { ...said, rendered_sha256 },
    page.said,
    { issuer, checkpoint },
    version,
  )
  const own = textHash(text)
  if (!hashes.includes(own)) throw new Error('the record is not what was signed')
  const others = hashes.filter((hash) => hash !== own)
  const { jwk, ...parts } = signature
  const which = version === 1 ? {} : { text: version }
  return {
    rendered_sha256,
    signed: { jwk: { ...jwk }, ...parts, checkpoint, others, ...which },
  }
}

/** What the script of a page signs with; undefined where this person has no key that can sign here. */
export async function signableBy(
  db: Database,
  party: RelyingParty,
  personId: string,
): Promise<{ readonly options: object; readonly checkpoint: string } | undefined> {
  const options = await signingOptions(db, party, personId)
  return options === undefined ? undefined : { options, checkpoint: await newestTree(db) }
}
