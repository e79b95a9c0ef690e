import type { KeyObject } from 'node:crypto'
import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto'
import { uuidBytes } from '../../base/values/ids.ts'
import type { DataKey } from '../../base/sealing/data-keys.ts'
import { kekIdOf, wrappingIv } from '../../base/sealing/data-keys.ts'
import { decrypt, encrypt, hmac, ivBytes } from '../../base/sealing/keyed-crypto.ts'
import type { Keys } from '../../base/keys/keys.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { makeRowSeals } from '../../base/sealing/row-seal.ts'
import type { KnownHeads } from './known-heads.ts'
import { makeKnownHeads } from './known-heads.ts'
import type { SignalMapping } from './signal-mapping.ts'

/** A sealed text does not open: wrong key, wrong place, or altered bytes. The error does not say which. */
export class SealError extends Error {}

/** Each person has one data key a year: destroying it erases the content of her events of that year, and nothing else. */
export type PersonYear = { readonly personId: string; readonly year: number }

/** A data key in the form that the database and its backups may hold. */
export type WrappedKey = { readonly wrappedKey: Buffer; readonly kekId: Buffer }

/** The place of a sealed body in the ledger: moved to another row, the body does not open. */
export type SealedPlace = { readonly eventId: string; readonly personSeq: number }

/** The salt is sealed together with the text, so that destroying one key also makes the commitment unlinkable. */
export type Content = { readonly salt: Buffer; readonly text: string }

export type NewDataKey = { readonly key: KeyObject; readonly wrapped: WrappedKey }

export type Vault = {
  /** Seals of rows, under keys of their own: of the end of each chain, and of what lives by it. */
  readonly seals: RowSeals
  /** Which signals the events that it seals make. */
  readonly signalMapping: SignalMapping
  /** What this process knows of the ends of chains. */
  readonly heads: KnownHeads
  newSalt(): Buffer
  /**
   * A secret of this event, by each key of purpose `seal`, newest first: of it the names of its signals are made. Who does not have it can
   * neither invent such a name nor tell that two are of one event.
   */
  signalSeeds(eventId: string): readonly Buffer[]
  /** @throws Unavailable where the key that wraps lies with a signer that cannot be asked now; so do the next two */
  newDataKey(owner: PersonYear): Promise<NewDataKey>
  /** The id of the key that wraps now. */
  readonly newestId: Buffer
  /** The same data key, wrapped by the newest key. @throws SealError */
  rewrap(owner: PersonYear, wrapped: WrappedKey): Promise<WrappedKey>
  /** @throws SealError */
  unwrap(owner: PersonYear, wrapped: WrappedKey): Promise<KeyObject>
  /** iv(12) ‖ AES-256-GCM(key, salt ‖ text) ‖ tag(16) */
  seal(key: KeyObject, content: Content, place: SealedPlace): Buffer
  /** @throws SealError */
  open(key: KeyObject, body: Buffer, place: SealedPlace): Content
  /** As `seal`, for a text that stands beside an event under an id of its own: it opens for no other id, and as no event. */
  sealBeside(key: KeyObject, text: string, id: string): Buffer
  /** @throws SealError */
  openBeside(key: KeyObject, body: Buffer, id: string): string
}

/** What rows are put under newer keys with. */
export type KeyedRows = { readonly keys: Pick<Keys, 'data' | 'seal'>; readonly vault: Vault }

const keyBytes = 32
const saltBytes = 32

/** @param keys `data`, the key-encryption keys, newest first: the newest wraps, each opens what it wrapped; `seal`, for the seals of rows */
export function makeVault(
  keys: Pick<Keys, 'data' | 'seal'>,
  signalMapping: SignalMapping,
  random: (bytes: number) => Buffer = randomBytes,
): Vault {
  const held = keys.data.map(kekOf)
  const [newest] = held
  if (newest === undefined) throw new TypeError('a vault needs a key')
  const namings = keys.seal.map((key) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', key, '', 'accord signal names', keyBytes))),
  )
  const keksById = new Map(held.map((kek) => [kek.id.toString('hex'), kek]))
  const wrap = async (owner: PersonYear, key: Buffer): Promise<WrappedKey> => ({
    wrappedKey: await newest.wrap(key, ownerBytes(owner)),
    kekId: newest.id,
  })
  const unwrapped = (owner: PersonYear, { wrappedKey, kekId }: WrappedKey) => {
    const kek = keksById.get(kekId.toString('hex'))
    if (kek === undefined) throw new SealError('wrapped under a key that is not here')
    return kek.unwrap(wrappedKey, ownerBytes(owner))
  }
  return {
    seals: makeRowSeals(keys.seal),
    signalMapping,
    heads: makeKnownHeads(),
    newestId: newest.id,
    newSalt: () => random(saltBytes),
    signalSeeds: (eventId) => namings.map((key) => hmac(key, uuidBytes(eventId))),
    async newDataKey(owner) {
      const key = random(keyBytes)
      return { key: createSecretKey(key), wrapped: await wrap(owner, key) }
    },
    rewrap: async (owner, wrapped) => wrap(owner, await unwrapped(owner, wrapped)),
    unwrap: async (owner, wrapped) => createSecretKey(await unwrapped(owner, wrapped)),
    seal(key, { salt, text }, place) {
      const plain = Buffer.concat([salt, Buffer.from(text)])
      return encrypt(key, random(ivBytes), plain, placeBytes(place))
    },
    open(key, body, place) {
      const plain = opened(key, body, placeBytes(place))
      return {
        salt: plain.subarray(0, saltBytes),
        text: plain.subarray(saltBytes).toString(),
      }
    },
    sealBeside: (key, text, id) =>
      encrypt(key, random(ivBytes), Buffer.from(text), besideBytes(id)),
    openBeside: (key, body, id) => opened(key, body, besideBytes(id)).toString(),
  }
}

type Kek = {
  /** Names a key without showing it, so that the right key is found for a data key that an older key wrapped. */
  readonly id: Buffer
  wrap(key: Buffer, bound: Buffer): Promise<Buffer> | Buffer
  /** @throws SealError */
  unwrap(wrapped: Buffer, bound: Buffer): Promise<Buffer> | Buffer
}

function kekOf(dataKey: DataKey): Kek {
  const id = kekIdOf(dataKey)
  if (!Buffer.isBuffer(dataKey))
    return {
      id,
      wrap: (key, bound) => dataKey.wrap(key, bound),
      async unwrap(wrapped, bound) {
        const key = await dataKey.unwrap(wrapped, bound)
        if (key === undefined) throw new SealError('does not open')
        return key
      },
    }
  const kek = createSecretKey(dataKey)
  return {
    id,
    wrap: (key, bound) => encrypt(kek, wrappingIv(key, bound), key, bound),
    unwrap: (wrapped, bound) => opened(kek, wrapped, bound),
  }
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

// These bytes have another length than those of an event's place, so that neither passes for the other.
function besideBytes(id: string): Buffer {
  return Buffer.concat([Buffer.from('beside:'), uuidBytes(id)])
}

function opened(key: KeyObject, sealed: Buffer, bound: Buffer): Buffer {
  try {
    return decrypt(key, sealed, bound)
  } catch (cause) {
    throw new SealError('does not open', { cause })
  }
}
