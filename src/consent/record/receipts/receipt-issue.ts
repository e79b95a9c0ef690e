import { createHash } from 'node:crypto'
import type { Pairwise } from '../../../people/accounts/index.ts'
import { makePairwise } from '../../../people/accounts/index.ts'
import { fromBase64url } from '../../../base/values/base64.ts'
import type { Database, Transaction } from '../../../base/database/database.ts'
import type { Log } from '../../../base/logging/log.ts'
import type { Foundation } from '../../../base/web/foundation.ts'
import { newUuid, readId } from '../../../base/values/ids.ts'
import type { StatementSigner } from '../../../base/keys/jws.ts'
import { present } from '../../../base/values/present.ts'
import { signStatement } from '../../../base/keys/jws.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import type { Book, Vault, WrittenEvent } from '../../../ledger/chain/index.ts'
import { openSealed } from '../../../ledger/chain/index.ts'
import { ownOrganisation } from '../../../registry/index.ts'
import type { IdentitySeals } from '../../../people/identity/index.ts'
import { identitySeals } from '../../../people/identity/index.ts'
import type { MandateSeals } from '../../../people/mandates/index.ts'
import { mandateSeals } from '../../../people/mandates/index.ts'
import type { LiveRegister, Register } from '../../../registry/index.ts'
import type { ReadFacts } from './receipt-store.ts'
import { findReceipt, insertReceipt, receiptFactsOf } from './receipt-store.ts'
import type { ReadFlows } from './flows-port.ts'
import type { ReceiptClaims } from './receipt-claims.ts'
import type { StillClaims } from './still-claims.ts'
import type { AnswerFacts, ReceiptFacts } from './receipt.ts'
import { receiptClaims } from './receipt.ts'

/** The parts that a deed needs to leave a receipt: the vault that seals, the keys that sign, the register. */
export type Notary = {
  readonly vault: Vault
  readonly live: LiveRegister
  readonly statements: StatementSigner
  readonly issuer: string
  readonly pairwise: Pairwise
  /** Opens what providers of identities vouch for: somebody’s age. */
  readonly vouched: IdentitySeals
  /** Opens the help that she has: an answer tells of it. */
  readonly mandates: MandateSeals
  /** What may flow about a person: a receipt says what a stop leaves. */
  readonly readFlows: ReadFlows
  readonly log: Log
}

type ConsentKey = Pick<ReceiptFacts, 'personId' | 'consentId'>

export function makeNotary(
  { keys, signer, config, log }: Pick<Foundation, 'keys' | 'signer' | 'config' | 'log'>,
  live: LiveRegister,
  vault: Vault,
  readFlows: ReadFlows,
): Notary {
  const { issuer } = config
  const vouched = identitySeals(keys)
  const mandates = mandateSeals(keys)
  const statements = { keys, signer }
  return {
    vault,
    live,
    statements,
    issuer,
    pairwise: makePairwise(keys.pairwise),
    vouched,
    mandates,
    readFlows,
    log,
  }
}

/** The name of a person in her receipts, and in what her chain tells of her access: no organisation has it, and without our key it is nobody’s. */
export function principalOf(
  { issuer, pairwise }: Pick<Notary, 'issuer' | 'pairwise'>,
  personId: string,
): string {
  return `iss_sub:${issuer}#${pairwise.subject(personId, ownOrganisation)}`
}

/**
 * Signs and seals the receipt of an event that this deed has just written in the person's book. Each event of a consent has one
 * receipt, written in the event's transaction, so that neither exists without the other.
 * @param consent the consent's key, or its facts where the deed has read them; for an answer also its effects, for a stop what it leaves
 */
export async function issueReceipt(
  tx: Transaction,
  book: Book,
  notary: Notary,
  written: WrittenEvent,
  consent: (ConsentKey | ReceiptFacts | ReadFacts) & {
    readonly answered?: AnswerFacts
    readonly still?: StillClaims | undefined
  },
): Promise<void> {
  const { issuer, statements } = notary
  const { answered, still } = consent
  const { facts, register } = await withRegister(tx, notary, consent)
  const { personId, consentId } = facts
  const receiptId = newUuid(book.now)
  const principal = principalOf(notary, personId)
  const told = { facts, answered, still }
  const claims = receiptClaims({ issuer, receiptId, principal, ...told, written, register })
  const jwt = await signStatement(statements, 'consent-receipt+jwt', claims)
  const { year, body } = await book.seal(receiptId, jwt)
  await insertReceipt(tx, {
    receiptId,
    personId,
    consentId,
    eventId: written.eventId,
    kind: claims.event[0].event_kind,
    dekYear: year,
    body,
    jwtSha256: fingerprintOf(jwt),
    issuedAt: book.now,
  })
}

async function withRegister(
  tx: Transaction,
  { live }: Notary,
  consent: ConsentKey | ReceiptFacts | ReadFacts,
) {
  // By what the row of a consent has not.
  const isRead = 'renderedSha256' in consent
  if (isRead && !('epoch' in consent)) return { facts: consent, register: live.current() }
  const { epoch, ...facts } = isRead ? consent : await receiptFactsOf(tx, consent)
  // The consent may name a version that this process has not loaded yet: it loads the register here, so that a stop need not wait.
  const register = holdsVersions(facts, live.current()) ? live.current() : await live.at(epoch)
  return { facts, register }
}

/** Whether this register holds every version that these facts name. Versions are never deleted, so a later register holds them too. */
function holdsVersions(facts: ReceiptFacts, register: Register): boolean {
  return (
    register.agreementByNo(facts.agreement) !== undefined &&
    register.purposeByNo(facts.purpose) !== undefined &&
    register.datasetByNo(facts.dataset) !== undefined &&
    register.textByNo(facts.text) !== undefined
  )
}

/**
 * The text of a person's own receipt, as it was signed. @param receiptId `rcp_…`
 * @throws Refusal receipt.not-found (404), receipt.erased (410) when that year's content is erased
 */
export async function readReceipt(
  db: Database,
  vault: Vault,
  personId: string,
  receiptId: string,
): Promise<string> {
  const id = readId('rcp', receiptId)
  const row = id === undefined ? undefined : await findReceipt(db, personId, id)
  if (id === undefined || row === undefined) throw new Refusal('receipt.not-found', 404)
  const jwt = await openSealed(db, vault, personId, { id, year: row.dekYear, body: row.body })
  if (jwt === undefined) throw new Refusal('receipt.erased', 410)
  return jwt
}

/** The claims of a receipt that the vault has opened. Its signature is not checked again: only this broker can seal a receipt. */
export function claimsOf(jwt: string): ReceiptClaims {
  const [, payload = ''] = jwt.split('.')
  const text = present(fromBase64url(payload), 'the payload of a receipt').toString()
  return JSON.parse(text) as ReceiptClaims // as `issueReceipt` wrote it
}

/** SHA-256 of a receipt's file. */
export function fingerprintOf(jwt: string): Buffer {
  return createHash('sha256').update(jwt).digest()
}
