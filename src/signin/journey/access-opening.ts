import { visitAddress } from './address.ts'
import type { SigninProof } from './assurance.ts'
import type { FactorEvent } from '../../people/accounts/index.ts'
import { openAccount, tellOpened } from '../../people/accounts/index.ts'
import type { NewCode, ProposalRow } from '../factors/index.ts'
import {
  confirmTotp,
  proposalOf,
  proposePassword,
  proveAddress,
  putPassword,
  putRecoveryCodes,
  readAddress,
  readNewPassword,
  takeProposal,
} from '../factors/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newPersonId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import { Redirect, Refusal } from '../../base/values/refusal.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { readRegistration } from '../../webauthn/index.ts'
import { addPasskey, toldKey, verifyCreation } from '../../webauthn/index.ts'
import type { PasswordSignin, AddressAndPassword } from './password-signin.ts'
import type { ProofContext } from './proofs.ts'
import { saveSignIn } from './proofs.ts'

// Makes an access without a passkey: an address and a password, the code that is sent there, then an application of codes or a
// security key. No account exists before the last of these steps.

/** What a password is made for, as the addresses of its pages name it: a new access, or one that is recovered. */
export type PasswordPurpose = 'creation' | 'retablissement'
export type AccessOpening = ProofContext & { readonly making: PasswordPurpose }

/** Under what a password of a visit waits: one that is made for a recovery opens no new access, nor the reverse. */
export function openingErrand({ id }: Pick<Visit, 'id'>, making: PasswordPurpose): string {
  return `${making}:${id}`
}

/**
 * Keeps the password in this visit, and sends the code. @param personId the person who has an access already
 *
 * @throws Refusal address.invalid, password.…, mail.absent, mail.failing, too-many-attempts; Unavailable
 */
export async function beginOpening(
  { db, visit, peer, now, making }: AccessOpening,
  { passwords, letters, tries, brand }: PasswordSignin,
  typed: AddressAndPassword,
  { language, personId }: { readonly language: Language; readonly personId: string | undefined },
): Promise<void> {
  const address = readAddress(typed.address)
  const given = { address, password: readNewPassword(typed.password, address, brand) }
  const mail = await letters.mail(now)
  if (mail !== 'in-service') throw new Refusal(`mail.${mail}`, 503)
  const errand = openingErrand(visit, making)
  const isHers = personId !== undefined
  const whose = { personId: personId ?? newPersonId(), isHers }
  const proposing = { errand, ...whose, given, language, expiresAt: visit.expiresAt }
  const tried = { kind: 'first-password', peer, visit: visit.id } as const
  await tries.judge(tried, (counted) =>
    letters.limits.sending({ personId, visit: visit.id, peer }, () =>
      proposePassword(counted, { db, passwords, letters, now }, proposing),
    ),
  )
}

/** A new access is counted until its person has noted her codes. @throws Refusal too-many-attempts, and what `open` throws */
export function countedAsNew<T>(
  { peer, visit }: Pick<ProofContext, 'peer' | 'visit'>,
  { tries }: Pick<PasswordSignin, 'tries'>,
  open: () => Promise<T>,
): Promise<T> {
  return tries.begin({ kind: 'new-access', peer, visit: visit.id }, () => visit.id, open)
}

/** The password that waits in this visit. @throws Refusal contact.code-over (410) when no password waits any more */
export async function passwordOfVisit({
  db,
  seals,
  log,
  visit,
  now,
  making,
}: AccessOpening): Promise<ProposalRow> {
  const opening = await proposalOf(db, { seals, log }, openingErrand(visit, making), now)
  if (opening === undefined)
    throw new Refusal('contact.code-over', 410, {
      nextHref: visitAddress(visit, making, 'mot-de-passe'),
    })
  return opening
}

/** The code that was sent to the address. @throws Refusal contact.code-refused, contact.code-over (410) */
export async function proveOpening(
  counted: CountedTry,
  at: AccessOpening,
  { letters }: PasswordSignin,
  code: string,
): Promise<void> {
  const errand = openingErrand(at.visit, at.making)
  const outcome = await transact(at.db, (tx) =>
    proveAddress(counted, tx, letters, { errand, code, guard: at }, at.now),
  )
  if (outcome instanceof Refusal) throw outcome
  await letters.limits.cameBack(outcome)
}

/** A new access by password and application. @returns its ten recovery codes, to be shown once */
export async function openByTotp(
  counted: CountedTry,
  at: ProofContext,
  { passwords, vault }: PasswordSignin,
  { token, language }: { readonly token: string; readonly language: Language },
): Promise<string[]> {
  const { db, visit, origin, log, now } = at
  const codes = await at.codeProofs.newSet(db)
  return transact(db, async (tx) => {
    const opened = await openAccess(tx, at, passwords, language)
    const { personId } = opened
    const confirming = { errand: visit.id, personId, code: token, origin, log }
    const totp = await confirmTotp(counted, tx, vault, confirming, now)
    const second: FactorEvent = { factorId: totp, factor: 'totp' }
    return finishOpening(tx, at, opened, { proof: 'new-password', second, codes })
  })
}

/** A new access by password and security key. @returns its ten recovery codes, to be shown once */
export async function openBySecurityKey(
  counted: CountedTry,
  at: ProofContext,
  { passwords }: PasswordSignin,
  creation: { readonly response: ReturnType<typeof readRegistration>; readonly name: string },
  language: Language,
): Promise<string[]> {
  const { db, party, visit, origin, now } = at
  const created = { kind: 'security-key', errand: visit.id, ...creation } as const
  const verified = await verifyCreation(counted, db, party, created, now)
  // The challenge must be made for nobody, like the challenge of a first passkey.
  if (verified.personId !== undefined) throw new Refusal('challenge.unusable', 409)
  const codes = await at.codeProofs.newSet(db)
  return transact(db, async (tx) => {
    const opened = await openAccess(tx, at, passwords, language)
    const key = await addPasskey(tx, opened.personId, verified, origin, now)
    const second = toldKey({ ...verified.passkey, passkeyId: key })
    return finishOpening(tx, at, opened, { proof: 'password-key', second, codes })
  })
}

type Opened = { readonly personId: string; readonly factorId: string }

async function openAccess(
  tx: Transaction,
  at: ProofContext,
  passwords: PasswordSignin['passwords'],
  language: Language,
): Promise<Opened> {
  const { seals, visit, origin, now } = at
  // Of two answers at once the second finds the proposal gone.
  const row = await takeProposal(tx, at, openingErrand(visit, 'creation'), now)
  if (row === undefined) throw new Redirect(visitAddress(visit))
  await openAccount(tx, seals, { language, origin, now, personId: row.personId })
  await putPassword(tx, passwords, row, origin, now)
  return row
}

type Finished = {
  readonly proof: SigninProof
  readonly second: FactorEvent
  readonly codes: readonly NewCode[]
}

async function finishOpening(
  tx: Transaction,
  at: ProofContext,
  { personId, factorId }: Opened,
  { proof, second, codes }: Finished,
): Promise<string[]> {
  const due = { codesDue: true, invitationDue: false }
  const factors = { factorIds: [factorId, second.factorId], sessionEpoch: 0 }
  const ways = [{ factorId, factor: 'password' } as const, second]
  await tellOpened(tx, { ...at, personId }, ways)
  await saveSignIn(tx, at, { personId, proof, ...due, ...factors, provedAt: at.now })
  return putRecoveryCodes(tx, at.seals, codes, { ...at, personId })
}
