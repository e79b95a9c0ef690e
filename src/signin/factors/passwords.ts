import type { ProvedPassword } from './password-store.ts'
import type { PasswordProof } from './seal.ts'
import type { KeyObject } from 'node:crypto'
import { createHash } from 'node:crypto'
import type { ProvenFactor, RowReader } from '../../people/accounts/index.ts'
import {
  deviceHash,
  readEmail,
  recordActivity,
  tellUntrusted,
} from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { DataKey } from '../../base/sealing/data-keys.ts'
import { pepperOf } from '../../base/sealing/data-keys.ts'
import { hmac } from '../../base/sealing/keyed-crypto.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { isCommon } from './common-passwords.ts'
import type { Hash } from './password-hash.ts'
import { makeHash } from './password-hash.ts'
import type { SealedSecret } from './sealed-secret.ts'
import { proofsUnder } from './peppers.ts'
import { openSecret, sealSecret } from './sealed-secret.ts'
import { findFactor } from './store.ts'
import {
  findProvedAddress,
  insertPassword,
  isAddressTaken,
  isBrowserOfAddress,
  personByProof,
} from './password-store.ts'

// Counted after NFC; the same figures are published at /.well-known/limits.
export const passwordCharacters = { least: 12, most: 128 }
const saltBytes = 16

/** What was typed, normalised: the password in NFC, the address without regard to case. */
export type TypedPassword = { readonly address: string; readonly password: string }

/** The values computed from an address and a password, before a row is looked up or written. */
export type PasswordProofs = {
  /** Under each key of `data`, newest first, and those that were retired: if the password is right, one of them is in the row. */
  readonly proofs: readonly Buffer[]
  readonly addressMark: Buffer
}

export type Passwords = {
  /** One hash, the same work whether or not anybody has the address. @throws Unavailable when too many wait */
  make(counted: CountedTry, given: TypedPassword): Promise<PasswordProofs>
  /** The row of a new password; written by `putPassword`. */
  rowOf(
    personId: string,
    given: TypedPassword,
    made: PasswordProofs,
    now: Date,
  ): Promise<SealedSecret & PasswordProof>
  /** The address that a person gave, opened. */
  addressOf(row: SealedSecret): Promise<string>
  /** The marks by which an address is found: under each key of `data`, newest first. */
  readonly addressMarks: AddressMarks
  /** By which rows of passwords are believed. */
  readonly seals: RowSeals
}

type Making = {
  readonly hash?: Hash
  /** The peppers of retired keys: passwords that were made under them are still checked. */
  readonly openKept: () => Promise<readonly KeyObject[]>
}

export type AddressMarks = (address: string) => readonly Buffer[]

/**
 * Passwords without a salt in the database (decision 0054): the salt follows from the address, so that one hash finds the row or
 * finds none. The database keeps an HMAC of the hash, under a key that is not in the database. A thief of the rows alone cannot test
 * guesses, and tables computed in advance do not help.
 */
export function makePasswords(
  dataKeys: readonly DataKey[],
  vault: Vault,
  { hash = makeHash(), openKept }: Making,
): Passwords {
  const peppers = dataKeys.map(pepperOf)
  const addressMarks = makeAddressMarks(dataKeys)
  return {
    addressMarks,
    seals: vault.seals,
    async make(_, { address, password }) {
      const salt = createHash('sha256').update(`accord password salt:${address}`).digest()
      const hashed = await hash(Buffer.from(password), salt.subarray(0, saltBytes))
      const proofs = proofsUnder([...peppers, ...(await openKept())], `proof:${address}`, hashed)
      const [addressMark] = addressMarks(address)
      return { proofs, addressMark: present(addressMark, 'a key of passwords') }
    },
    async rowOf(personId, { address }, { proofs, addressMark }, now) {
      const proof = present(proofs[0], 'a key of passwords')
      return { ...(await sealSecret(vault, personId, address, now)), proof, addressMark }
    },
    addressOf: (row) => openSecret(vault, row),
  }
}

export function makeAddressMarks(dataKeys: readonly DataKey[]): AddressMarks {
  const peppers = dataKeys.map(pepperOf)
  return (address) => peppers.map((pepper) => hmac(pepper, `address:${address}`))
}

/** An address to sign in by, one spelling for each mailbox. @throws Refusal address.invalid */
export function readAddress(typed: string): string {
  try {
    return readEmail(typed).toLowerCase()
  } catch (error) {
    throw error instanceof Refusal ? new Refusal('address.invalid') : error
  }
}

/** Reads a password typed to sign in. No rule of today judges it, so that an older password still opens the access. */
export function readPassword(typed: string): string {
  return typed.normalize('NFC')
}

/** A new password (NIST SP 800-63B-4, 3.1.1.2). @throws Refusal password.short, password.long, password.common */
export function readNewPassword(typed: string, address: string, brand: string): string {
  const password = readPassword(typed)
  const { length } = Array.from(password)
  if (length < passwordCharacters.least) throw new Refusal('password.short')
  if (length > passwordCharacters.most) throw new Refusal('password.long')
  if (isCommon(password, [address, ...address.split('@'), brand]))
    throw new Refusal('password.common')
  return password
}

/** The person of this address and password. A password that is suspended, or whose row was changed, is nobody's. */
export async function findByPassword(
  counted: CountedTry,
  { proofs }: PasswordProofs,
  at: RowReader,
): Promise<ProvenFactor | undefined> {
  const found = await personByProof(counted, at.db, at.seals, proofs, at.now)
  if (found === undefined) return undefined
  const { isUntrusted, ...proven } = found
  if (!isUntrusted) return proven
  const { personId, factorId: ref } = proven
  await tellUntrusted(at, { what: 'password', ref, personId }, { ...at.origin, now: at.now })
  return undefined
}

/** Whether an address opens an access. Tell this to nobody but the address itself. */
export function opensAccess(
  db: Database,
  addressMarks: AddressMarks,
  address: string,
  butOf?: string,
): Promise<boolean> {
  return isAddressTaken(db, addressMarks(address), butOf)
}

/** Whether the person who signs in by an address, whatever the password, did so before in this browser. Tell this to nobody. */
export async function isHerBrowser(
  db: Database,
  { addressMarks, seals }: Pick<Passwords, 'addressMarks' | 'seals'>,
  address: string,
  deviceId: string | undefined,
): Promise<boolean> {
  if (deviceId === undefined) return false
  return isBrowserOfAddress(db, seals, addressMarks(address), deviceHash(deviceId))
}

/** The address by which a person signs in, and when she showed that it is hers. */
export async function provedAddressOf(
  db: Database | Transaction,
  { addressOf, seals }: Pick<Passwords, 'addressOf' | 'seals'>,
  personId: string,
): Promise<{ readonly address: string; readonly provedAt: Date } | undefined> {
  const row = await findProvedAddress(db, seals, personId)
  return row && { address: await addressOf(row), provedAt: row.addressProvedAt }
}

/**
 * Sets a person's password, in place of an earlier one.
 * @param row `isChange`: an earlier one was just set aside for it
 * @returns whether she had one
 * @throws Refusal address.taken (409) when its address has come to open another access since its code was sent
 */
export async function putPassword(
  tx: Transaction,
  { addressOf, addressMarks, seals }: Pick<Passwords, 'addressOf' | 'addressMarks' | 'seals'>,
  { isChange = false, ...row }: ProvedPassword & { readonly isChange?: boolean },
  origin: Origin,
  now: Date,
): Promise<boolean> {
  const { personId } = row
  const isFirst = !isChange && (await findFactor(tx, seals, 'password', personId)) === undefined
  const marks = addressMarks(await addressOf(row))
  if (!(await insertPassword(tx, seals, { ...row, createdAt: now }, marks)))
    throw new Refusal('address.taken', 409)
  const kind = isFirst ? 'password.added' : 'password.changed'
  await recordActivity(tx, { kind, personId, result: 'done' }, origin, now)
  return !isFirst
}
