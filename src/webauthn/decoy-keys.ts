import { generateKeyPairSync, hkdfSync } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { present } from '../base/values/present.ts'

// Decoys stand in the place of a missing key, so that neither a page nor its timing tells that there is no key.

/** A key as a request for an assertion names it (WebAuthn Level 3, 5.8.3). */
export type NamedCredential = { readonly id: Buffer; readonly transports: readonly string[] }

// Keys that store nothing wrap the private key into the id: 64 bytes with most keys on sale, more with some.
const shapes: readonly { readonly bytes: number; readonly transports: readonly string[] }[] = [
  { bytes: 64, transports: ['usb'] },
  { bytes: 64, transports: ['nfc', 'usb'] },
  { bytes: 64, transports: ['usb'] },
  { bytes: 64, transports: ['nfc', 'usb'] },
  { bytes: 64, transports: ['nfc', 'usb'] },
  { bytes: 48, transports: ['usb'] },
  { bytes: 80, transports: ['nfc', 'usb'] },
  { bytes: 96, transports: ['usb'] },
]
// Of 256 decoy lists, so many have a second key.
const withTwo = 64

/**
 * The keys that are shown for a person without a key: always the same for one mark, and different for every other mark.
 * @param mark nobody outside can compute it; otherwise the ids could be recognised as decoys
 */
export function decoyKeys(mark: string): NamedCredential[] {
  const bytes = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', mark, '', `security keys of nobody:${purpose}`, length))
  const [count = 0, ...chosen] = bytes('shapes', 3)
  return chosen.slice(0, count < withTwo ? 2 : 1).map((choice, i) => {
    const { bytes: length, transports } = present(shapes[choice % shapes.length], 'a shape')
    return { id: bytes(String(i), length), transports }
  })
}

/** A public key to verify against where there is no key. Its private key is deleted: no signature verifies. */
export const decoyPublicKey = makeDecoy()

function makeDecoy(): Uint8Array<ArrayBuffer> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // A SubjectPublicKeyInfo of P-256 ends with the point (RFC 5480 2.2): x, then y, 32 bytes each.
  const point = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-64))
  const cose = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, point.subarray(0, 32)],
    [-3, point.subarray(32)],
  ])
  return isoCBOR.encode(cose)
}
