import type { DataKey } from '../../base/sealing/data-keys.ts'
import { timingSafeEqual } from 'node:crypto'
import { readBase32 } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { makeSeals } from '../../base/sealing/encryption.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { MessageKind } from './kinds.ts'
import { kinds } from './kinds.ts'

/** The code in a message, which shows that it came from us. A key and the message's id give the code; it is stored nowhere. */
export type Codes = {
  /** `K3QF-7HX2`: 40 bits, for a page that limits tries. */
  codeOf(notificationId: string, kind: MessageKind): string
  /** Whether this is the code by which somebody shows that she reads the message: that of a message of another kind is not. */
  isCodeOf(counted: CountedTry, typed: string, notificationId: string): boolean
  /** The digests by which a code finds its message: under each key, the newest first. */
  digests(typed: string): readonly [Buffer, ...Buffer[]]
  /** The digest of the code of a message under the newest key; undefined where it is that, or is not of this message. */
  renewedDigest(notificationId: string, digest: Buffer): Buffer | undefined
  /** A name of the message for mail programs and gateways, which reveals nothing else. */
  nameOf(notificationId: string): string
}

/** Normalises a code that a person typed; a text that is no code is not judged. @throws Refusal contact.code-refused */
export function readCode(typed: string): string {
  const code = readBase32(typed)
  if (code.length !== length) throw new Refusal('contact.code-refused')
  return code
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 8

export function makeCodes(dataKeys: readonly DataKey[]): Codes {
  const seals = makeSeals(dataKeys, 'message')
  // Who writes to the database can have a message sent to an address of his own: its code then shows nothing. The code that shows
  // something stands in messages of two kinds alone, which go nowhere else (jobs.ts).
  const codesUnder = (prefix: 'proof' | 'code', id: string) => seals.digests(`${prefix}:${id}`)
  const codesOf = (id: string, kind: MessageKind) =>
    codesUnder(kinds[kind] === 'address' ? 'proof' : 'code', id)
  const digestsOf = (typed: string) => seals.digests(`message:${readBase32(typed)}`)
  return {
    codeOf: (id, kind) => written(codesOf(id, kind)[0]),
    isCodeOf(_: CountedTry, typed, id) {
      const given = Buffer.from(readBase32(typed))
      return codesOf(id, 'contact.confirm').some((code) => {
        const expected = Buffer.from(readBase32(written(code)))
        return given.length === expected.length && timingSafeEqual(given, expected)
      })
    },
    digests: digestsOf,
    renewedDigest(id, digest) {
      for (const prefix of ['proof', 'code'] as const)
        for (const code of codesUnder(prefix, id)) {
          const [newest, ...older] = digestsOf(written(code))
          if (older.some((one) => one.equals(digest))) return newest
        }
      return undefined
    },
    nameOf: (id) => seals.digests(`name:${id}`)[0].toString('hex').slice(0, 32),
  }
}

// One character of five bits from each byte.
function written(digest: Buffer): string {
  const text = Array.from(digest.subarray(0, length), (byte) => alphabet[byte & 31]).join('')
  return `${text.slice(0, length / 2)}-${text.slice(length / 2)}`
}
