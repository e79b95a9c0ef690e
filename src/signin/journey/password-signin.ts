import { isKnownDevice } from '../../people/accounts/index.ts'
import type { Passwords } from '../factors/index.ts'
import {
  findByPassword,
  isHerBrowser,
  notePasswordUse,
  readAddress,
  readPassword,
  takeTotp,
} from '../factors/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newPersonId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { CountedTry, TryToCount, Tries } from '../../base/web/limits/tries.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Letters } from '../../people/notifications/index.ts'
import type { readAssertion } from '../../webauthn/index.ts'
import { authenticateSecurityKey, suspendIfCopied, useKey } from '../../webauthn/index.ts'
import type { Attempt } from './journey.ts'
import type { ProofContext } from './proofs.ts'
import { saveSignIn } from './proofs.ts'
import type { GivenPassword } from './store.ts'
import { saveGivenPassword } from './store.ts'

// The way in without a passkey: an address with a password, then a code of an application or a security key, always both pages.

export type AddressAndPassword = { readonly address: string; readonly password: string }

/** What the way without a passkey needs besides the visit. */
export type PasswordSignin = {
  readonly passwords: Passwords
  readonly letters: Letters
  readonly vault: Vault
  readonly tries: Tries
  readonly brand: string
}

/**
 * Takes a password, and notes whose it is for the page that follows; that page is the same if the password is nobody's. Every try
 * is counted, by address and by where it came from, since only the second page says that something was wrong.
 * @throws Refusal address.invalid, too-many-attempts; Unavailable
 */
export async function givePassword(
  at: ProofContext,
  { passwords, tries }: PasswordSignin,
  typed: AddressAndPassword,
): Promise<void> {
  const { visit } = at
  const given = { address: readAddress(typed.address), password: readPassword(typed.password) }
  const tried = await passwordTried(at, passwords, given.address)
  // Nobody learns before the second page whether the password was right: until then the try stays counted.
  const { value, taken } = await tries.judgeUnsaid(tried, async (counted) => {
    const made = await passwords.make(counted, given)
    return { made, proven: await findByPassword(counted, made, at) }
  })
  const { made, proven } = value
  const triesKey = present(made.proofs[0], 'a key of passwords').toString('base64url')
  const { addressMark } = made
  await saveGivenPassword(at, visit.id, { proven, addressMark, triesKey, taken }, visit.expiresAt)
}

async function passwordTried(
  { db, peer, device }: ProofContext,
  passwords: Passwords,
  address: string,
): Promise<TryToCount> {
  const isHers = await isHerBrowser(db, passwords, address, device.id)
  return { kind: 'password', peer, address, browser: isHers ? device.id : undefined }
}

/** A code after a password is counted by the pair of address and password, or by a browser that is known for their person. */
export async function tryOfCode(
  { db, seals, peer, device }: ProofContext,
  given: GivenPassword,
): Promise<TryToCount> {
  const isKnown = await isKnownDevice(db, seals, personOf(given), device.id)
  const browser = isKnown ? device.id : undefined
  return { kind: 'second-code', peer, account: given.triesKey, browser }
}

/**
 * The second page: a code of the application of the password's person.
 * @throws Refusal sign-in.refused, the same whether the password or the code was wrong
 */
export async function proveByCode(
  counted: CountedTry,
  at: ProofContext,
  { vault }: PasswordSignin,
  { given, token }: { readonly given: GivenPassword; readonly token: string },
): Promise<Attempt> {
  const personId = personOf(given)
  return transact(at.db, async (tx) => {
    const second = await takeTotp(counted, tx, vault, { personId, code: token }, at)
    return afterPassword(tx, at, given, { proof: 'password-totp', second })
  })
}

/**
 * The second page: a security key of the password's person.
 * @throws Refusal sign-in.refused as `proveByCode`; challenge.unusable; security-key.suspended, to a person who holds the key
 */
export async function proveBySecurityKey(
  counted: CountedTry,
  at: ProofContext,
  { given, response }: { given: GivenPassword; response: ReturnType<typeof readAssertion> },
): Promise<Attempt> {
  const { db, party, visit, origin, now } = at
  const personId = personOf(given)
  const using = { errand: visit.id, personId, response, origin }
  const answer = await authenticateSecurityKey(counted, db, party, using, now).catch(asRefused)
  const second = answer.key.passkeyId
  return suspendIfCopied(at, answer, () =>
    transact(db, async (tx) => {
      const attempt = await afterPassword(tx, at, given, { proof: 'password-key', second })
      await useKey(tx, answer, now)
      return attempt
    }),
  )
}

/** The person of a password. For a password of nobody a new id is made, so that the same work follows. */
export function personOf(given: GivenPassword): string {
  return given.proven?.personId ?? newPersonId()
}

type Second = {
  readonly proof: 'password-totp' | 'password-key'
  /** The application or the key; undefined: the code was not one of this person's. */
  readonly second: string | undefined
}

async function afterPassword(
  tx: Transaction,
  at: ProofContext,
  { proven }: GivenPassword,
  { proof, second }: Second,
): Promise<Attempt> {
  if (proven === undefined || second === undefined) {
    // A password of nobody is looked up too, so that the work is the same.
    await notePasswordUse(tx, proven?.factorId ?? newPersonId(), at.now)
    throw new Refusal('sign-in.refused')
  }
  const { personId, factorId: first, sessionEpoch } = proven
  const proved: Attempt = {
    personId,
    proof,
    codesDue: false,
    invitationDue: false,
    provedAt: at.now,
    factorIds: [first, second],
    sessionEpoch,
  }
  // These rows refer to the account: whoever takes a way in away locks the account first, and then the way.
  const attempt = await saveSignIn(tx, at, proved, true)
  if (!(await notePasswordUse(tx, first, at.now))) throw new Refusal('sign-in.refused')
  return attempt
}

// The answer does not tell whether the password or the key was wrong.
function asRefused(error: unknown): never {
  const isRefused = error instanceof Refusal && error.code === 'passkey.refused'
  throw isRefused ? new Refusal('sign-in.refused') : error
}
