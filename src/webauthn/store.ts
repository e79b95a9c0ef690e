import type { Ceremony, KeyKind } from './kinds.ts'
import type { Database, Transaction } from '../base/platform/database.ts'
import { deleteBatch } from '../base/platform/sweep.ts'
import type { ProvenFactor } from '../people/accounts/index.ts'

/** What a challenge is bound to. `errand` is a visit or a session: an answer from another errand is refused. */
export type ChallengeBinding = {
  readonly ceremony: Ceremony
  readonly errand: string
  readonly personId: string | undefined
  readonly userHandle: Buffer | undefined
}

type ChallengeRow = ChallengeBinding & { challenge: Buffer; expiresAt: Date }

// A page that is loaded again and again keeps its newest challenges only.
const maxChallenges = 5

export async function insertChallenge(db: Database, row: ChallengeRow): Promise<void> {
  await db('webauthnChallenges').insert({
    challenge: row.challenge,
    ceremony: row.ceremony,
    errand: row.errand,
    personId: row.personId ?? null,
    userHandle: row.userHandle ?? null,
    expiresAt: row.expiresAt,
  })
  const surplus = db('webauthnChallenges')
    .select('challenge')
    .where({ errand: row.errand })
    .orderBy('expiresAt', 'desc')
    .offset(maxChallenges)
    .forUpdate()
    .skipLocked()
  await db('webauthnChallenges').whereIn('challenge', surplus).delete()
}

export async function deleteChallenge(
  db: Database,
  challenge: Buffer,
): Promise<(ChallengeBinding & { expiresAt: Date }) | undefined> {
  const [row]: {
    ceremony: Ceremony
    errand: string
    personId: string | null
    userHandle: Buffer | null
    expiresAt: Date
  }[] = await db('webauthnChallenges')
    .where({ challenge })
    .delete()
    .returning(['ceremony', 'errand', 'personId', 'userHandle', 'expiresAt'])
  return (
    row && { ...row, personId: row.personId ?? undefined, userHandle: row.userHandle ?? undefined }
  )
}

export type Passkey = {
  readonly passkeyId: string
  readonly personId: string
  readonly credentialId: Buffer
  readonly publicKey: Buffer
  readonly userHandle: Buffer
  readonly transports: readonly string[]
  readonly backupEligible: boolean
  readonly backupState: boolean
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly suspendedAt: Date | null
  readonly kind: KeyKind
}

/** With the number of times that sessions of the account were ended. */
export type PasskeyToProve = Passkey & Pick<ProvenFactor, 'sessionEpoch'>

const columns = [
  'passkeys.passkeyId',
  'passkeys.personId',
  'passkeys.credentialId',
  'passkeys.publicKey',
  'webauthnUsers.userHandle',
  'passkeys.transports',
  'passkeys.backupEligible',
  'passkeys.backupState',
  'passkeys.name',
  'passkeys.createdAt',
  'passkeys.lastUsedAt',
  'passkeys.suspendedAt',
  'passkeys.kind',
]

function passkeys(db: Database | Transaction) {
  return db('passkeys')
    .join('webauthnUsers', 'webauthnUsers.personId', 'passkeys.personId')
    .select(columns)
}

export async function findByCredentialId(
  db: Database,
  credentialId: Buffer,
  kind: KeyKind,
): Promise<PasskeyToProve | undefined> {
  const row: PasskeyToProve | undefined = await passkeys(db)
    .select('provingAccounts.sessionEpoch')
    .join('provingAccounts', 'provingAccounts.personId', 'passkeys.personId')
    .where({ credentialId, kind })
    .first()
  return row
}

/** A person has at most 20, security keys among them. */
export const maxPasskeys = 20

export async function passkeysOf(db: Database | Transaction, personId: string): Promise<Passkey[]> {
  return (await keysOf(db, personId)).filter(({ kind }) => kind === 'passkey')
}

export async function securityKeysOf(
  db: Database | Transaction,
  personId: string,
): Promise<Passkey[]> {
  return (await keysOf(db, personId)).filter(({ kind }) => kind === 'security-key')
}

/** Passkeys and security keys. */
export async function keysOf(db: Database | Transaction, personId: string): Promise<Passkey[]> {
  return passkeys(db)
    .where('passkeys.personId', personId)
    .orderBy('passkeys.createdAt')
    .limit(maxPasskeys)
}

export async function userHandleOf(db: Database, personId: string): Promise<Buffer | undefined> {
  const row: { userHandle: Buffer } | undefined = await db('webauthnUsers')
    .select('userHandle')
    .where({ personId })
    .first()
  return row?.userHandle
}

export async function insertUser(
  tx: Transaction,
  personId: string,
  userHandle: Buffer,
): Promise<void> {
  await tx('webauthnUsers').insert({ personId, userHandle }).onConflict('personId').ignore()
}

/** Locks the person's row, so that two additions or removals at once see each other. */
export async function lockUser(tx: Transaction, personId: string): Promise<void> {
  await tx('webauthnUsers').select('personId').where({ personId }).forUpdate()
}

export type NewPasskey = {
  readonly credentialId: Buffer
  readonly publicKey: Buffer
  readonly signCount: number
  readonly transports: readonly string[]
  readonly aaguid: string
  readonly backupEligible: boolean
  readonly backupState: boolean
  readonly name: string
  readonly kind: KeyKind
}

/** @returns false when the credential is registered already, for any person */
export async function insertPasskey(
  tx: Transaction,
  passkeyId: string,
  personId: string,
  passkey: NewPasskey,
  now: Date,
): Promise<boolean> {
  const rows = await tx('passkeys')
    .insert({ ...passkey, passkeyId, personId, createdAt: now })
    .onConflict('credentialId')
    .ignore()
    .returning('passkeyId')
  return rows.length === 1
}

/**
 * Notes a use, if the signature counter allows it: it must grow, or stay 0 on authenticators that keep none (WebAuthn 7.2 step 22).
 * @returns false when it does not: the key may have been copied
 */
export async function noteUse(
  tx: Transaction,
  passkeyId: string,
  counter: number,
  backupState: boolean,
  now: Date,
): Promise<boolean> {
  const updated = await tx('passkeys')
    .where({ passkeyId, suspendedAt: null })
    .whereRaw('(sign_count < ? or (sign_count = 0 and ? = 0))', [counter, counter])
    .update({ signCount: counter, backupState, lastUsedAt: now })
  return updated === 1
}

/** @returns false when it was suspended already, or is gone */
export async function suspendPasskey(
  tx: Transaction,
  passkeyId: string,
  now: Date,
): Promise<boolean> {
  const working = tx('passkeys').where({ passkeyId, suspendedAt: null })
  return (await working.update({ suspendedAt: now })) === 1
}

/** @returns which kind it was; undefined when it is not this person's key */
export async function renamePasskey(
  tx: Transaction,
  personId: string,
  passkeyId: string,
  name: string,
): Promise<KeyKind | undefined> {
  const [renamed]: { kind: KeyKind }[] = await tx('passkeys')
    .where({ personId, passkeyId })
    .update({ name })
    .returning('kind')
  return renamed?.kind
}

export async function deletePasskey(
  tx: Transaction,
  personId: string,
  passkeyId: string,
): Promise<boolean> {
  return (await tx('passkeys').where({ personId, passkeyId }).delete()) === 1
}

/** Passkeys and security keys of one person, by their ids. */
export async function deleteKeys(
  tx: Transaction,
  personId: string,
  passkeyIds: readonly string[],
): Promise<void> {
  await tx('passkeys')
    .where({ personId })
    .whereIn('passkeyId', [...passkeyIds])
    .delete()
}

/** @returns how many there were */
export async function deleteSecurityKeys(tx: Transaction, personId: string): Promise<number> {
  return tx('passkeys').where({ personId, kind: 'security-key' }).delete()
}

export function sweepChallenges(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'webauthn_challenges', 'expires_at', before)
}

/** Every passkey of a person, and the opaque name under which her authenticators know her. */
export async function forgetPasskeys(tx: Transaction, personId: string): Promise<void> {
  for (const table of ['webauthnChallenges', 'passkeys', 'webauthnUsers'] as const)
    await tx(table).where({ personId }).delete()
}
