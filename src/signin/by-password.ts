import { inviteToPasskey } from '../accounts/index.ts'
import type { Passwords } from '../factors/index.ts'
import {
  findByPassword,
  notePasswordUse,
  readAddress,
  readPassword,
  takeTotp,
} from '../factors/index.ts'
import type { Transaction } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import { newPersonId } from '../foundation/ids.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { Vault } from '../ledger/index.ts'
import type { Letters } from '../notifications/index.ts'
import { authenticateBeside } from '../webauthn/index.ts'
import type { Attempt } from './journey.ts'
import type { Proving } from './prove.ts'
import { saveSignIn } from './prove.ts'
import type { GivenPassword } from './store.ts'
import { saveGivenPassword } from './store.ts'
import type { Tries } from './tries.ts'

// The way in without a passkey: an address with a password, then a code of an application or a security key, always both pages.

export type Typed = { readonly address: string; readonly password: string }

/** What the way without a passkey needs besides the visit. */
export type Locksmith = {
  readonly passwords: Passwords
  readonly letters: Letters
  readonly vault: Vault
  readonly tries: Tries
  readonly brand: string
}

/**
 * A password is given; whose it is, is noted for the page that follows, which is the same if it is nobody's. Every one is
 * counted, by address and where it came from, since only the second page says that something was wrong.
 * @throws Refusal address.invalid, too-many-attempts; Unavailable
 */
export async function givePassword(
  { db, visit, peer }: Proving,
  { passwords, tries }: Locksmith,
  typed: Typed,
): Promise<void> {
  const given = { address: readAddress(typed.address), password: readPassword(typed.password) }
  await tries.spend(passwordTries(peer, given.address))
  const made = await passwords.make(given)
  const proven = await findByPassword(db, made)
  const [proof] = made.proofs
  const triesKey = proof?.toString('base64url') ?? ''
  const { addressMark } = made
  await saveGivenPassword(db, visit.id, { proven, addressMark, triesKey }, visit.expiresAt)
}

/**
 * The second page: a code of the application of whoever the password is of.
 * @throws Refusal sign-in.refused, the same whichever of the two was wrong
 */
export async function proveByCode(
  at: Proving,
  { vault }: Locksmith,
  given: GivenPassword,
  code: string,
): Promise<Attempt> {
  const personId = personOf(given)
  return transact(at.db, async (tx) => {
    const second = await takeTotp(tx, vault, personId, code, at.now)
    return afterPassword(tx, at, given, { proof: 'password-totp', second })
  })
}

/**
 * The second page: a security key of whoever the password is of.
 * @throws Refusal sign-in.refused as `proveByCode`; challenge.unusable; security-key.suspended, to whoever holds the key
 */
export async function proveBySecurityKey(
  at: Proving,
  given: GivenPassword,
  json: string,
): Promise<Attempt> {
  const { db, party, visit, origin, now } = at
  const personId = personOf(given)
  const using = { errand: visit.id, personId, json, origin }
  const { factorId: second } = await authenticateBeside(db, party, using, now).catch(asRefused)
  return transact(db, (tx) => afterPassword(tx, at, given, { proof: 'password-key', second }))
}

/** Whose password it is. Nobody's is followed by the same work. */
export function personOf(given: GivenPassword): string {
  return given.proven?.personId ?? newPersonId()
}

type Second = {
  readonly proof: 'password-totp' | 'password-key'
  /** The application or the key; undefined: the code was not one of hers. */
  readonly second: string | undefined
}

async function afterPassword(
  tx: Transaction,
  at: Proving,
  { proven }: GivenPassword,
  { proof, second }: Second,
): Promise<Attempt> {
  // Nobody's password is looked for like anybody's.
  const first = proven?.factorId ?? newPersonId()
  const isUsed = await notePasswordUse(tx, first, at.now)
  if (proven === undefined || second === undefined || !isUsed) throw new Refusal('sign-in.refused')
  const { personId, sessionEpoch } = proven
  const invitationDue = await inviteToPasskey(tx, personId, at.now)
  const attempt: Attempt = {
    personId,
    proof,
    codesDue: false,
    invitationDue,
    provedAt: at.now,
    factorIds: [first, second],
    sessionEpoch,
  }
  await saveSignIn(tx, at, attempt)
  return attempt
}

// Of a password and a key nobody is told which was wrong.
function asRefused(error: unknown): never {
  const isRefused = error instanceof Refusal && error.code === 'passkey.refused'
  throw isRefused ? new Refusal('sign-in.refused') : error
}

function passwordTries(peer: string, address: string) {
  return [
    { of: 'peer', key: peer },
    { of: 'password-here', key: `${peer} ${address}` },
    { of: 'password-address', key: address },
  ] as const
}
