import { randomBytes, randomUUID } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A uuid v7 (RFC 9562 5.7): record ids are ordered by time, so that inserts stay at the right edge of an index. */
export function newUuid(now: Date): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now.getTime(), 0, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return uuidText(bytes)
}

/** The first id of an instant: it sorts before every id made at that instant or later, and after every older id. */
export function idAtTime(at: Date): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(at.getTime(), 0, 6)
  return uuidText(bytes)
}

/** The internal id of a person: a uuid v4, uniformly random, that never leaves. */
export function newPersonId(): string {
  return randomUUID()
}

/** `characters` of Crockford's base32, five random bits each. */
export function randomBase32(characters: number): string {
  return Array.from(randomBytes(characters), (byte) => alphabet[byte & 31]).join('')
}

/** Normalises a base32 code that a person typed: it forgives case, spaces, hyphens and look-alikes. */
export function readBase32(typed: string): string {
  const plain = typed.normalize('NFKC').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return plain.replaceAll(/[^0-9A-Z]/g, '')
}

/** `con` + uuid → `con_` + 26 base32 characters, the form in which ids leave. */
export function writeId(prefix: string, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = `${alphabet[Number(value & 31n)]}${text}`
    value >>= 5n
  }
  return `${prefix}_${text}`
}

/** The inverse of `writeId`; undefined for anything else. */
export function readId(prefix: string, id: string): string | undefined {
  const text = id.startsWith(`${prefix}_`) ? id.slice(prefix.length + 1) : ''
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)) return undefined
  const value = Array.from(text).reduce(
    (sum, letter) => sum * 32n + BigInt(alphabet.indexOf(letter)),
    0n,
  )
  return uuidText(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'))
}

/** @throws TypeError for anything that is not a uuid */
export function uuidBytes(uuid: string): Buffer {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex')
  if (bytes.length !== 16) throw new TypeError('not a uuid')
  return bytes
}

/** 16 bytes as a uuid. */
export function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
