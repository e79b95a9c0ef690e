import type { KeyObject } from 'node:crypto'
import { sign, verify } from 'node:crypto'

// ES256 as JWS has it: r and s side by side, 32 bytes each (RFC 7518, section 3.4). OpenSSL speaks DER (RFC 3279, section 2.2.3). Node
// converts too, and takes longer for it than for the signature (`dsaEncoding: 'ieee-p1363'`: 35 µs of CPU, 17 as DER). The other way there is
// less work, so that it is done at once: a thread of the pool, or WebCrypto, costs a signature 45 to 55 µs, and a check 59 to 78 instead
// of 44. A key is given bare: put into an object with its encoding, it costs 8 µs more.

const hash = 'sha256'
const half = 32

export function signEs256(key: KeyObject, bytes: Uint8Array): Buffer {
  return rawOf(sign(hash, bytes, key))
}

/** Whether a key of the curve P-256 has signed these bytes. */
export function isEs256(publicKey: KeyObject, bytes: Uint8Array, signature: Buffer): boolean {
  return signature.length === 2 * half && verify(hash, bytes, publicKey, derOf(signature))
}

/** SEQUENCE { INTEGER r, INTEGER s } of r ‖ s: each in as few bytes as it has, and none of them negative. */
export function derOf(raw: Buffer): Buffer {
  const der = Buffer.allocUnsafe(8 + raw.length)
  let at = 2
  for (const from of [0, half]) {
    let first = from
    while (first < from + half - 1 && raw[first] === 0) first++
    const padding = (raw[first] ?? 0) > 0x7f ? 1 : 0
    at = der.writeUInt8(0x02, at)
    at = der.writeUInt8(padding + from + half - first, at)
    if (padding > 0) at = der.writeUInt8(0, at)
    at += raw.copy(der, at, first, from + half)
  }
  der.writeUInt16BE(0x3000 + at - 2, 0)
  return der.subarray(0, at)
}

/** The inverse, for what OpenSSL has written. */
export function rawOf(der: Buffer): Buffer {
  const raw = Buffer.alloc(2 * half)
  let at = 2
  for (const end of [half, 2 * half]) {
    const length = der.readUInt8(at + 1)
    const from = at + 2 + Math.max(0, length - half)
    at += 2 + length
    der.copy(raw, end - (at - from), from, at)
  }
  return raw
}
