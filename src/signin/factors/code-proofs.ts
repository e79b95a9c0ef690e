import type { KeyObject } from 'node:crypto'
import { createHash } from 'node:crypto'
import type { Database } from '../../base/database/database.ts'
import type { DataKey } from '../../base/sealing/data-keys.ts'
import { pepperOf } from '../../base/sealing/data-keys.ts'
import { randomBase32, readBase32 } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import { indexesTaken } from './code-store.ts'
import type { Hash } from './password-hash.ts'
import { proofsUnder } from './peppers.ts'

// There is no user name here: the first part of a code finds the access, the second proves it. Base32, five bits a character.
const indexLength = 6
const secretLength = 10
const characters = indexLength + secretLength
const charactersBefore = 24 // of codes that were made before, and open nothing any more
const setSize = 10
// Of a thousand million indexes a busy house has used some percent.
const mostDraws = 20
const saltBytes = 16

/** A code as it is shown, once, and what the database keeps of it. */
export type NewCode = {
  readonly shown: string
  readonly codeIndex: string
  readonly proof: Buffer
}

/** A code that somebody typed. Under each key of `data`, newest first: if the code is right, one of the proofs is in its row. */
export type TypedCode = { readonly codeIndex: string; readonly proofs: readonly Buffer[] }

export type CodeProofs = {
  /** Ten codes of no set yet, one slow hash each: call it before the transaction that keeps them. @throws Unavailable */
  newSet(db: Database): Promise<readonly NewCode[]>
  newOne(db: Database): Promise<NewCode>
  /**
   * One hash, the same work whether or not there is such a code.
   * @param code as `readRecoveryCode` gave it. @throws Unavailable when too many wait
   */
  prove(counted: CountedTry, code: string): Promise<TypedCode>
}

type Making = {
  /** The queue of hashes of this process, which passwords share. */
  readonly hash: Hash
  /** The peppers of retired keys: codes that were made under them are still checked. */
  readonly openKept: () => Promise<readonly KeyObject[]>
  readonly draw?: () => string
}

/**
 * Recovery codes are kept as passwords are (decision 0126): an HMAC of a slow hash, under a key that is not in the database. The salt
 * follows from the first part of the code, so that it stands nowhere.
 */
export function makeCodeProofs(
  dataKeys: readonly DataKey[],
  { hash, openKept, draw = () => randomBase32(characters) }: Making,
): CodeProofs {
  const peppers = dataKeys.map(pepperOf)
  const proofsOf = async (code: string, under: readonly KeyObject[]) =>
    proofsUnder(under, `recovery code:${indexOf(code)}`, await hashOf(hash, code))

  async function newCodes(db: Database, count: number): Promise<NewCode[]> {
    const made: NewCode[] = []
    // One after the other: between two of them somebody's password has its turn.
    for (const code of await drawCodes(db, count, draw)) {
      const [proof] = await proofsOf(code, peppers.slice(0, 1))
      const kept = present(proof, 'a key of recovery codes')
      made.push({ shown: shownCode(code), codeIndex: indexOf(code), proof: kept })
    }
    return made
  }

  return {
    newSet: (db) => newCodes(db, setSize),
    async newOne(db) {
      const [code] = await newCodes(db, 1)
      return present(code, 'the code that was made')
    },
    async prove(_, code) {
      const proofs = await proofsOf(code, [...peppers, ...(await openKept())])
      return { codeIndex: indexOf(code), proofs }
    },
  }
}

/** The part of a code that names its access. */
export function indexOf(code: string): string {
  return readBase32(code).slice(0, indexLength)
}

/**
 * Normalises a code that a person typed; a text that is no code is not judged.
 * @throws Refusal recovery.code-of-before, recovery.code-refused
 */
export function readRecoveryCode(typed: string): string {
  const code = readBase32(typed)
  if (code.length === charactersBefore) throw new Refusal('recovery.code-of-before')
  if (code.length !== characters) throw new Refusal('recovery.code-refused')
  return code
}

function hashOf(hash: Hash, code: string): Promise<Buffer> {
  const salt = createHash('sha256')
    .update(`accord recovery code salt:${indexOf(code)}`)
    .digest()
  return hash(Buffer.from(code.slice(indexLength)), salt.subarray(0, saltBytes))
}

function shownCode(code: string): string {
  return code.replaceAll(/.{4}(?=.)/g, '$&-')
}

/** Codes whose first parts name no access yet. Of two that are drawn in one instant the primary key refuses the second. */
async function drawCodes(
  db: Database,
  count: number,
  draw: () => string,
): Promise<readonly string[]> {
  const drawn = new Map<string, string>()
  for (let n = 0; n < mostDraws && drawn.size < count; n++) {
    const codes = Array.from({ length: count - drawn.size }, draw)
    const taken = await indexesTaken(db, codes.map(indexOf))
    for (const code of codes) if (!taken.has(indexOf(code))) drawn.set(indexOf(code), code)
  }
  if (drawn.size < count) throw new TypeError('no index is free')
  return [...drawn.values()]
}
