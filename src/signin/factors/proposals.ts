import type { ProposalRow, ProvedPassword } from './password-store.ts'
import { logUntrusted } from '../../people/accounts/index.ts'
import type { RowGuard } from '../../base/sealing/row-seal.ts'
import { createHash } from 'node:crypto'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Language } from '../../base/values/languages.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { CodeSent, Letters } from '../../people/notifications/index.ts'
import { codeSeconds } from '../../people/notifications/index.ts'
import type { TypedPassword, Passwords } from './passwords.ts'
import {
  countProposalTry,
  deleteProposal,
  findProposal,
  holdsProposal,
  markProved,
  putProposal,
} from './password-store.ts'

// A password at a new address becomes a person's only when the code that was sent there comes back, in the visit or session that
// asked for it. Until then the work and the time are the same, whether or not the address opens an access already.

// 40 bits: five tries of one code find nothing.
const maxTries = 5

type Making = {
  readonly db: Database
  readonly passwords: Passwords
  readonly letters: Letters
  readonly now: Date
}

export type NewProposal = {
  /** The visit or session in which the code is to come back. */
  readonly errand: string
  readonly personId: string
  /** Set where the person has an access already: her own address is no reason to send no code. */
  readonly isHers?: boolean
  readonly given: TypedPassword
  readonly language: Language
  readonly expiresAt: Date
}

/**
 * Keeps a password, and sends a code to its address. An earlier proposal of this errand is deleted, with its code.
 * @returns the message in which the code goes. @throws Unavailable
 */
export async function proposePassword(
  counted: CountedTry,
  { db, passwords, letters, now }: Making,
  { errand, personId, isHers, given, language, expiresAt }: NewProposal,
): Promise<CodeSent> {
  const made = await passwords.make(counted, given)
  const row = await passwords.rowOf(personId, given, made, now)
  const codeBy = secondsAfter(now, codeSeconds)
  return transact(db, async (tx) => {
    const butOf = isHers === true ? personId : undefined
    const letter = { address: given.address, language, butOf }
    const messageId = await letters.sendCode(tx, letter, now)
    const errandSha256 = hashOf(errand)
    await putProposal(tx, passwords.seals, { ...row, errandSha256, messageId, codeBy, expiresAt })
    return { messageId }
  })
}

type Proving = {
  readonly errand: string
  readonly code: string
  readonly guard: RowGuard
}

/** The proposal of this errand: it waits for its code, or, once the code came back, for the step that makes it a way in. */
export async function proposalOf(
  db: Database | Transaction,
  guard: RowGuard,
  errand: string,
  now: Date,
): Promise<ProposalRow | undefined> {
  const proposal = trusted(guard, await findProposal(db, hashOf(errand), now))
  const isOver = proposal?.provedAt === null && proposal.codeBy <= now
  return isOver ? undefined : proposal
}

/**
 * Takes the code that was sent to the address of this errand. A try is counted before it is judged, so that many tries at once
 * are five; one update decides between two right ones.
 * @returns the message whose code it was; a refusal instead of throwing it, so that the try stays counted: contact.code-refused,
 * contact.code-over (410)
 */
export async function proveAddress(
  counted: CountedTry,
  tx: Transaction,
  { isCodeOf }: Letters,
  { errand, code, guard }: Proving,
  now: Date,
): Promise<Refusal | CodeSent> {
  const waiting = trusted(guard, await countProposalTry(tx, hashOf(errand), maxTries, now))
  if (waiting === undefined) return new Refusal('contact.code-over', 410)
  if (!isCodeOf(counted, code, waiting.messageId)) return new Refusal('contact.code-refused')
  const isFirst = await markProved(tx, guard.seals, waiting, now)
  const { messageId } = waiting
  return isFirst ? { messageId } : new Refusal('contact.code-over', 410)
}

/** Takes the password whose address was proved in this errand; of two requests at once one gets it. */
export async function takeProposal(
  tx: Transaction,
  guard: RowGuard,
  errand: string,
  now: Date,
): Promise<ProvedPassword | undefined> {
  const taken = trusted(guard, await deleteProposal(tx, hashOf(errand), now))
  if (taken === undefined) return undefined
  const { personId, factorId, sealed, wrappedKey, kekId, sealedYear, proof, addressMark } = taken
  const secret = { personId, factorId, sealed, wrappedKey, kekId, sealedYear }
  return { ...secret, proof, addressMark, addressProvedAt: taken.provedAt }
}

// A proposal that somebody changed is gone for whoever made it.
function trusted<Row extends ProposalRow>(
  { seals, log }: RowGuard,
  row: Row | undefined,
): Row | undefined {
  if (row === undefined || holdsProposal(seals, row)) return row
  logUntrusted(log, 'password proposal')
  return undefined
}

// The browser's cookie holds the visit's id: the database holds only its hash.
function hashOf(errand: string): Buffer {
  return createHash('sha256').update(`password:${errand}`).digest()
}
