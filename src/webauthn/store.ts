import type { Ceremony, KeyKind } from './kinds.ts'
import type { Database, Transaction } from '../base/database/database.ts'
import { deleteBatch } from '../base/database/sweep.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import type { ListedWays, ProvenFactor, Waits, Way, WaysOf } from '../people/accounts/index.ts'
import type { AccessUse } from '../ledger/chain/index.ts'
import { addWays, dropWays, wayListing, wayOf } from '../people/accounts/index.ts'
import type { KeyCovered } from './seal.ts'
import { challengeTable, passkeyTable, userTable } from './seal.ts'

/** What a challenge is bound to. `errand` is a visit or a session: an answer from another errand is refused. */
export type ChallengeBinding = {
  readonly ceremony: Ceremony
  readonly errand: string
  readonly personId: string | undefined
  readonly userHandle: Buffer | undefined
}

type ChallengeRow = ChallengeBinding & { challenge: Buffer; expiresAt: Date }

// A page that is loaded again and again keeps its newest challenges only, this one among them.
const maxChallenges = 5

export async function insertChallenge(
  db: Database,
  seals: RowSeals,
  row: ChallengeRow,
): Promise<void> {
  const kept = { ...row, personId: row.personId ?? null, userHandle: row.userHandle ?? null }
  await db.raw(
    `with surplus as (
       select challenge from webauthn_challenges where errand = :errand
       order by expires_at desc offset :others for update skip locked
     ), dropped as (
       delete from webauthn_challenges where challenge in (select challenge from surplus)
     )
     insert into webauthn_challenges (challenge, ceremony, errand, person_id, user_handle, expires_at, seal)
     values (:challenge, :ceremony, :errand, :personId, :userHandle, :expiresAt, :seal)`,
    { ...kept, seal: seals.seal(challengeTable, kept), others: maxChallenges - 1 },
  )
}

export type ChallengeHeld = ChallengeBinding & {
  readonly expiresAt: Date
  /** Its row is not as this broker wrote it. */
  readonly isUntrusted: boolean
}

export async function deleteChallenge(
  db: Database,
  seals: RowSeals,
  challenge: Buffer,
): Promise<ChallengeHeld | undefined> {
  const [row]: {
    ceremony: Ceremony
    errand: string
    personId: string | null
    userHandle: Buffer | null
    expiresAt: Date
    seal: Buffer | null
  }[] = await db('webauthnChallenges')
    .where({ challenge })
    .delete()
    .returning(['ceremony', 'errand', 'personId', 'userHandle', 'expiresAt', 'seal'])
  if (row === undefined) return undefined
  const { seal, personId, userHandle, ...bound } = row
  const isUntrusted = !seals.holds(challengeTable, { challenge, ...row }, seal)
  const whose = { personId: personId ?? undefined, userHandle: userHandle ?? undefined }
  return { ...bound, ...whose, isUntrusted }
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
  /** It was taken away, and opens held sessions until then; undefined: it stands. */
  readonly waits: Waits | undefined
  /** Its row, or its person's, is not as this broker wrote it last: the key opens nothing. */
  readonly isUntrusted: boolean
}

/** With the number of times that sessions of the account were ended. */
export type PasskeyToProve = Passkey &
  Pick<ProvenFactor, 'sessionEpoch'> & {
    /** What its holder’s access is for: a work access opens nothing of a person. */
    readonly use: AccessUse
  }

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
  'passkeys.seal',
  'webauthnUsers.seal as userSeal',
  'waysListed.ways',
  'waysListed.waysSeal',
]

type Seals = ListedWays & { readonly seal: Buffer | null; readonly userSeal: Buffer | null }
type KeyRow = Omit<Passkey, 'isUntrusted' | 'waits'> & Seals

function passkeys(db: Database | Transaction) {
  return db('passkeys')
    .join('webauthnUsers', 'webauthnUsers.personId', 'passkeys.personId')
    .leftJoin('waysListed', 'waysListed.personId', 'passkeys.personId')
    .select(columns)
}

function judged<Row extends KeyRow>(seals: RowSeals, row: Row) {
  const { seal: _, userSeal: _of, ways, waysSeal, ...key } = row
  // A suspended key opens nothing, and is not listed any more.
  const as = wayListing(seals, key.personId, { ways, waysSeal }, wayBy(key))
  const isHers = key.suspendedAt !== null || as !== undefined
  return { ...key, waits: as?.waits, isUntrusted: !isHers || !isGenuine(seals, row) }
}

function isGenuine(seals: RowSeals, key: KeyRow): boolean {
  return seals.holds(passkeyTable, key, key.seal) && seals.holds(userTable, key, key.userSeal)
}

function wayBy({ passkeyId }: Pick<Passkey, 'passkeyId'>): Way {
  return wayOf('key', passkeyId)
}

export async function findByCredentialId(
  db: Database,
  seals: RowSeals,
  credentialId: Buffer,
  kind: KeyKind,
): Promise<PasskeyToProve | undefined> {
  const row: (KeyRow & Pick<PasskeyToProve, 'sessionEpoch' | 'use'>) | undefined = await passkeys(
    db,
  )
    .select('keyHolders.sessionEpoch', 'keyHolders.use')
    .join('keyHolders', 'keyHolders.personId', 'passkeys.personId')
    .where({ credentialId, kind })
    .first()
  return row && judged(seals, row)
}

/** A person has at most 20, security keys among them. */
export const maxPasskeys = 20

export async function passkeysOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<Passkey[]> {
  return (await keysOf(db, seals, personId)).filter(({ kind }) => kind === 'passkey')
}

export async function securityKeysOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<Passkey[]> {
  return (await keysOf(db, seals, personId)).filter(({ kind }) => kind === 'security-key')
}

/** Passkeys and security keys. */
export async function keysOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<Passkey[]> {
  const rows: KeyRow[] = await passkeys(db)
    .where('passkeys.personId', personId)
    .orderBy('passkeys.createdAt')
    .limit(maxPasskeys)
  return rows.map((row) => judged(seals, row))
}

/** Undefined too for a row that is not as this broker wrote it: the next key gets a handle of its own. */
export async function userHandleOf(
  db: Database,
  seals: RowSeals,
  personId: string,
): Promise<Buffer | undefined> {
  const row: { userHandle: Buffer; seal: Buffer | null } | undefined = await db('webauthnUsers')
    .select('userHandle', 'seal')
    .where({ personId })
    .first()
  const isTrue = row !== undefined && seals.holds(userTable, { personId, ...row }, row.seal)
  return isTrue ? row.userHandle : undefined
}

/**
 * Keeps the handle of a person who has none, and locks her row, so that two additions at once see each other.
 * @returns false when another handle is hers
 */
export async function holdUser(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  userHandle: Buffer,
): Promise<boolean> {
  const row = { personId, userHandle, seal: seals.seal(userTable, { personId, userHandle }) }
  await tx('webauthnUsers').insert(row).onConflict('personId').ignore()
  const held: { userHandle: Buffer; seal: Buffer | null } | undefined = await tx('webauthnUsers')
    .select('userHandle', 'seal')
    .where({ personId })
    .forUpdate()
    .first()
  if (held === undefined) return false
  if (seals.holds(userTable, { personId, ...held }, held.seal))
    return held.userHandle.equals(userHandle)
  // The keys of a handle that somebody wrote here open nothing: the new key begins anew.
  await tx('webauthnUsers').where({ personId }).update(row)
  return true
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

// The bodies of the services that she uses are told of a key that comes or goes, by the statement that writes or deletes it.
function toldOfKey(tx: Transaction, change: 'create' | 'delete') {
  return tx.raw('queue_credential_signal(person_id, credential_of_key(kind, backup_eligible), ?)', [
    change,
  ])
}

/** @returns false when the credential is registered already, for any person */
export async function insertPasskey(
  tx: Transaction,
  seals: RowSeals,
  passkey: NewPasskey & Pick<Passkey, 'passkeyId' | 'personId' | 'createdAt'>,
): Promise<boolean> {
  const { personId, createdAt } = passkey
  await addWays(tx, seals, personId, { add: [wayBy(passkey)] }, createdAt)
  const rows = await tx('passkeys')
    .insert({ ...passkey, seal: seals.seal(passkeyTable, { ...passkey, suspendedAt: null }) })
    .onConflict('credentialId')
    .ignore()
    .returning(['passkeyId', toldOfKey(tx, 'create')])
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
  seals: RowSeals,
  key: Passkey,
  now: Date,
): Promise<boolean> {
  await dropWays(tx, seals, key.personId, [wayBy(key)])
  const suspended: KeyCovered = { ...key, suspendedAt: now }
  const seal = key.isUntrusted ? null : seals.seal(passkeyTable, suspended)
  const working = tx('passkeys').where({ passkeyId: key.passkeyId, suspendedAt: null })
  return (await working.update({ suspendedAt: now, seal })) === 1
}

/** As `suspendPasskey`, for a key of this person by its id. */
export async function suspendKeyOf(
  tx: Transaction,
  seals: RowSeals,
  { personId, passkeyId }: { readonly personId: string; readonly passkeyId: string },
  now: Date,
): Promise<boolean> {
  const key = (await keysOf(tx, seals, personId)).find((one) => one.passkeyId === passkeyId)
  return key !== undefined && suspendPasskey(tx, seals, key, now)
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

/** Passkeys and security keys of one person, by their ids. @returns how many there were */
export async function deleteKeys(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  passkeyIds: readonly string[],
): Promise<number> {
  const gone = passkeyIds.map((passkeyId) => wayBy({ passkeyId }))
  await dropWays(tx, seals, personId, gone)
  const deleted: object[] = await tx('passkeys')
    .where({ personId })
    .whereIn('passkeyId', [...passkeyIds])
    .delete()
    .returning(toldOfKey(tx, 'delete'))
  return deleted.length
}

/** @returns how many there were */
export async function deleteSecurityKeys(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<number> {
  const keys = await securityKeysOf(tx, seals, personId)
  return deleteKeys(
    tx,
    seals,
    personId,
    keys.map(({ passkeyId }) => passkeyId),
  )
}

/** The keys of these people that open something. */
export const waysByKey: WaysOf = async (tx, seals, people) => {
  const rows: KeyRow[] = await passkeys(tx).whereIn('passkeys.personId', [...people])
  return rows
    .filter((key) => key.suspendedAt === null && isGenuine(seals, key))
    .map((key) => ({ personId: key.personId, way: wayBy(key) }))
}

export function sweepChallenges(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'webauthn_challenges', 'expires_at', before)
}

/** Every passkey of a person, and the opaque name under which her authenticators know her. */
export async function forgetPasskeys(tx: Transaction, personId: string): Promise<void> {
  for (const table of [
    'webauthnChallenges',
    'keyAttestations',
    'passkeys',
    'webauthnUsers',
  ] as const)
    await tx(table).where({ personId }).delete()
}
