import type { ProvedPassword, Proven } from './password-store.ts'
import { createHash, createHmac, hkdfSync } from 'node:crypto'
import type { ProvenFactor } from '../../people/accounts/index.ts'
import { readEmail, recordActivity } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Counted } from '../../base/web/tries.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { isCommon } from './common-passwords.ts'
import type { Hash } from './hashing.ts'
import { makeHash } from './hashing.ts'
import type { SealedSecret } from './sealed.ts'
import { openSecret, sealSecret } from './sealed.ts'
import { findFactor } from './store.ts'
import {
  findProvedAddress,
  insertPassword,
  isAddressTaken,
  personByProof,
  personOfAddress,
} from './password-store.ts'

// After NFC; the same figures are published at /.well-known/limits.
export const passwordCharacters = { least: 12, most: 128 }
const saltBytes = 16

/** What was typed, as it counts: the password in NFC, the address without regard to case. */
export type TypedPassword = { readonly address: string; readonly password: string }

/** What is made of an address and a password, before it is looked up or kept. */
export type Made = {
  /** Under each key of `data`, newest first: one of them is the row's, if there is one. */
  readonly proofs: readonly Buffer[]
  readonly addressMark: Buffer
}

export type Passwords = {
  /** One hash, the same work whether or not anybody has the address. @throws Unavailable when too many wait */
  make(counted: Counted, given: TypedPassword): Promise<Made>
  /** The row of a new password; written by `putPassword`. */
  rowOf(personId: string, given: TypedPassword, made: Made, now: Date): SealedSecret & Proven
  /** The address that a person gave, opened. */
  addressOf(row: SealedSecret): string
  /** What an address is found by: under each key of `data`, newest first. */
  readonly addressMarks: AddressMarks
}

export type AddressMarks = (address: string) => readonly Buffer[]

/**
 * Passwords without a salt of their own in the database (decision 0054): the salt follows from the address, so that one hash
 * finds the row or finds none. What is kept is an HMAC of the hash under a key that is not in the database: whoever steals the
 * rows alone has nothing to guess against, and nothing that was computed before helps.
 */
export function makePasswords(
  dataKeys: readonly Buffer[],
  vault: Vault,
  hash: Hash = makeHash(),
): Passwords {
  const peppers = peppersOf(dataKeys)
  const addressMarks = makeAddressMarks(dataKeys)
  return {
    addressMarks,
    async make(_, { address, password }) {
      const salt = createHash('sha256').update(`accord password salt:${address}`).digest()
      const hashed = await hash(Buffer.from(password), salt.subarray(0, saltBytes))
      const proofs = peppers.map((pepper) =>
        createHmac('sha256', pepper).update(`proof:${address}:`).update(hashed).digest(),
      )
      const [addressMark] = addressMarks(address)
      if (addressMark === undefined) throw new TypeError('passwords need a key')
      return { proofs, addressMark }
    },
    rowOf(personId, { address }, { proofs, addressMark }, now) {
      const [proof] = proofs
      if (proof === undefined) throw new TypeError('no proof was made')
      return { ...sealSecret(vault, personId, address, now), proof, addressMark }
    },
    addressOf: (row) => openSecret(vault, row),
  }
}

export function makeAddressMarks(dataKeys: readonly Buffer[]): AddressMarks {
  const peppers = peppersOf(dataKeys)
  return (address) =>
    peppers.map((pepper) => createHmac('sha256', pepper).update(`address:${address}`).digest())
}

function peppersOf(dataKeys: readonly Buffer[]): Buffer[] {
  return dataKeys.map((key) => Buffer.from(hkdfSync('sha256', key, '', 'password', 32)))
}

/** An address to sign in by, one spelling for each mailbox. @throws Refusal address.invalid */
export function readAddress(typed: string): string {
  try {
    return readEmail(typed).toLowerCase()
  } catch (error) {
    throw error instanceof Refusal ? new Refusal('address.invalid') : error
  }
}

/** As typed to sign in: nothing is judged, so that no rule of today locks out a password of before. */
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

/** Whose address and password these are. A suspended one is nobody's. */
export function findByPassword(
  counted: Counted,
  db: Database,
  { proofs }: Made,
  now: Date,
): Promise<ProvenFactor | undefined> {
  return personByProof(counted, db, proofs, now)
}

/** Whether an address opens an access. To be told to nobody but the address. */
export function opensAccess(
  db: Database,
  addressMarks: AddressMarks,
  address: string,
  butOf?: string,
): Promise<boolean> {
  return isAddressTaken(db, addressMarks(address), butOf)
}

/** Who signs in by an address, whatever the password. To be told to nobody. */
export function whoSignsInBy(
  db: Database,
  { addressMarks }: Pick<Passwords, 'addressMarks'>,
  address: string,
): Promise<string | undefined> {
  return personOfAddress(db, addressMarks(address))
}

/** The address by which a person signs in, and when she showed that it is hers. */
export async function provedAddressOf(
  db: Database | Transaction,
  { addressOf }: Pick<Passwords, 'addressOf'>,
  personId: string,
): Promise<{ readonly address: string; readonly provedAt: Date } | undefined> {
  const row = await findProvedAddress(db, personId)
  return row && { address: addressOf(row), provedAt: row.addressProvedAt }
}

/**
 * The password of a person, in place of one that she had before.
 * @returns whether she had one
 * @throws Refusal address.taken (409) when its address opens another access since its code was sent
 */
export async function putPassword(
  tx: Transaction,
  { addressOf, addressMarks }: Pick<Passwords, 'addressOf' | 'addressMarks'>,
  row: ProvedPassword,
  origin: Origin,
  now: Date,
): Promise<boolean> {
  const { personId } = row
  const isFirst = (await findFactor(tx, 'password', personId)) === undefined
  const marks = addressMarks(addressOf(row))
  if (!(await insertPassword(tx, row, marks, now))) throw new Refusal('address.taken', 409)
  const kind = isFirst ? 'password.added' : 'password.changed'
  await recordActivity(tx, { kind, personId, result: 'done' }, origin, now)
  return !isFirst
}
