import type { Database, Transaction } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
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
import type { Vault } from '../../ledger/chain/index.ts'
import { answerText, categoriesIn, challengeOf, textHash } from '../record/index.ts'
import { readAnswer } from './read-answer.ts'
import type { ItemAnswer } from './choice.ts'
import type { Presentation, RequestRow } from './rows.ts'
import { sensitiveOf } from './terms.ts'

// Answers that their person signs with her passkey. What is signed is what is recorded: the text is made anew from the record.

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
  readonly shown: Presentation
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
  { vault, now, ...saying }: Using,
  signing: FormSignature | undefined,
): Promise<SignedAnswers | undefined> {
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

/** The text of an answer before it is recorded: pages name it to their script. @throws as `readChoice` */
export function textOf(
  { row, answer, shown }: AnswerToRecord,
  { issuer, register, now }: Saying,
  checkpoint: string,
): string {
  const said = readAnswer(row, answer, register, now)
  const { dataset } = objectsOf(row, register)
  const chosen = said.granted ? said.chosen : { granted: 0n, lastDay: row.validUntilLocal }
  return answerText({
    issuer,
    presentation: writeId('pre', shown.presentationId),
    renderedSha256: shown.renderedSha256.toString('hex'),
    choice: said.granted ? 'granted' : 'refused',
    categories: categoriesIn(dataset, chosen.granted),
    express: categoriesIn(dataset, chosen.granted & sensitiveOf(row, register)),
    lastDay: chosen.lastDay,
    checkpoint,
  })
}

/** The narrower sharing that a page shows. */
export type NarrowedRequest = {
  readonly row: RequestRow
  readonly shown: Pick<Presentation, 'presentationId' | 'renderedSha256'>
}

/** The text of a narrowing: a yes to what the page shows, with nothing left to choose. */
export function narrowingText(
  { row, shown }: NarrowedRequest,
  { issuer, register }: Omit<Saying, 'now'>,
  checkpoint: string,
): string {
  const { dataset } = objectsOf(row, register)
  const granted = row.categoriesRequired | row.categoriesOptional
  return answerText({
    issuer,
    presentation: writeId('pre', shown.presentationId),
    renderedSha256: shown.renderedSha256.toString('hex'),
    choice: 'granted',
    categories: categoriesIn(dataset, granted),
    express: categoriesIn(dataset, granted & sensitiveOf(row, register)),
    lastDay: row.validUntilLocal,
    checkpoint,
  })
}

/** Members of the answer's event, as `recordFields` makes them. */
type RecordSaid = Readonly<
  Record<'presentation_id' | 'valid_until_local', string> &
    Record<'categories_granted' | 'categories_express', readonly string[]>
>

/** The members of an answer's event about its signature. @throws an error where the record is not what was signed */
export function signedFields(
  said: RecordSaid,
  granted: boolean,
  { renderedSha256 }: Presentation,
  issuer: string,
  signed: SignedAnswers | undefined,
) {
  const rendered_sha256 = renderedSha256.toString('hex')
  if (signed === undefined) return { rendered_sha256, signed: null }
  const { signature, checkpoint, hashes } = signed
  const text = answerText({
    issuer,
    presentation: said.presentation_id,
    renderedSha256: rendered_sha256,
    choice: granted ? 'granted' : 'refused',
    categories: said.categories_granted,
    express: said.categories_express,
    lastDay: said.valid_until_local,
    checkpoint,
  })
  const own = textHash(text)
  if (!hashes.includes(own)) throw new Error('the record is not what was signed')
  const others = hashes.filter((hash) => hash !== own)
  const { jwk, ...parts } = signature
  return { rendered_sha256, signed: { jwk: { ...jwk }, ...parts, checkpoint, others } }
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
