import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { uuidBytes } from '../../base/platform/ids.ts'

/** What was sealed does not open: another key, another place, or other bytes. Which of them is not said. */
export class SealError extends Error {}

/** Each person has one data key a year: to destroy it erases what she did in that year, and nothing else. */
export type PersonYear = { readonly personId: string; readonly year: number }

/** A data key as it may lie in the database and its backups. */
export type WrappedKey = { readonly wrappedKey: Buffer; readonly kekId: Buffer }

/** Where in the ledger a sealed body belongs: moved to another row, it does not open. */
export type SealedPlace = { readonly eventId: string; readonly personSeq: number }

/** The salt is sealed with the text, so that one destroyed key makes a commitment unlinkable too. */
export type Content = { readonly salt: Buffer; readonly text: string }

export type Vault = {
  newSalt(): Buffer
  newDataKey(owner: PersonYear): { readonly key: Buffer; readonly wrapped: WrappedKey }
  /** @throws SealError */
  unwrap(owner: PersonYear, wrapped: WrappedKey): Buffer
  /** iv(12) ‖ AES-256-GCM(key, salt ‖ text) ‖ tag(16) */
  seal(key: Buffer, content: Content, place: SealedPlace): Buffer
  /** @throws SealError */
  open(key: Buffer, body: Buffer, place: SealedPlace): Content
  /** The same for a text that stands beside an event, under an id of its own: it opens for no other id, and for no event. */
  sealBeside(key: Buffer, text: string, id: string): Buffer
  /** @throws SealError */
  openBeside(key: Buffer, body: Buffer, id: string): string
}

const cipher = 'aes-256-gcm'
const keyBytes = 32
const saltBytes = 32
const ivBytes = 12
const tagBytes = 16

/** @param keks the key-encryption keys, newest first: the newest wraps, each opens what it wrapped */
export function makeVault(
  keks: readonly Buffer[],
  random: (bytes: number) => Buffer = randomBytes,
): Vault {
  const [newest] = keks
  if (newest === undefined) throw new TypeError('a vault needs a key')
  const keksById = new Map(keks.map((kek) => [idOf(kek).toString('hex'), kek]))
  return {
    newSalt: () => random(saltBytes),
    newDataKey(owner) {
      const key = random(keyBytes)
      const wrappedKey = encrypt(newest, random(ivBytes), key, ownerBytes(owner))
      return { key, wrapped: { wrappedKey, kekId: idOf(newest) } }
    },
    unwrap(owner, { wrappedKey, kekId }) {
      const kek = keksById.get(kekId.toString('hex'))
      if (kek === undefined) throw new SealError('wrapped under a key that is not here')
      return decrypt(kek, wrappedKey, ownerBytes(owner))
    },
    seal(key, { salt, text }, place) {
      const plain = Buffer.concat([salt, Buffer.from(text)])
      return encrypt(key, random(ivBytes), plain, placeBytes(place))
    },
    open(key, body, place) {
      const plain = decrypt(key, body, placeBytes(place))
      return {
        salt: plain.subarray(0, saltBytes),
        text: plain.subarray(saltBytes).toString(),
      }
    },
    sealBeside: (key, text, id) =>
      encrypt(key, random(ivBytes), Buffer.from(text), besideBytes(id)),
    openBeside: (key, body, id) => decrypt(key, body, besideBytes(id)).toString(),
  }
}

// Names a key without showing it, so that what an older one wrapped still finds it.
function idOf(kek: Buffer): Buffer {
  return createHmac('sha256', kek).update('accord kek id').digest().subarray(0, 8)
}

function ownerBytes({ personId, year }: PersonYear): Buffer {
  const bytes = Buffer.concat([uuidBytes(personId), Buffer.alloc(2)])
  bytes.writeUInt16BE(year, 16)
  return bytes
}

function placeBytes({ eventId, personSeq }: SealedPlace): Buffer {
  const bytes = Buffer.concat([uuidBytes(eventId), Buffer.alloc(4)])
  bytes.writeUInt32BE(personSeq, 16)
  return bytes
}

// Of another length than the place of an event, so that neither passes for the other.
function besideBytes(id: string): Buffer {
  return Buffer.concat([Buffer.from('beside:'), uuidBytes(id)])
}

function encrypt(key: Buffer, iv: Buffer, plain: Buffer, bound: Buffer): Buffer {
  const gcm = createCipheriv(cipher, key, iv, { authTagLength: tagBytes }).setAAD(bound)
  return Buffer.concat([iv, gcm.update(plain), gcm.final(), gcm.getAuthTag()])
}

function decrypt(key: Buffer, sealed: Buffer, bound: Buffer): Buffer {
  try {
    const iv = sealed.subarray(0, ivBytes)
    const gcm = createDecipheriv(cipher, key, iv, { authTagLength: tagBytes })
    gcm.setAAD(bound).setAuthTag(sealed.subarray(-tagBytes))
    return Buffer.concat([gcm.update(sealed.subarray(ivBytes, -tagBytes)), gcm.final()])
  } catch (cause) {
    throw new SealError('does not open', { cause })
  }
}
