import { createHash } from 'node:crypto'

/** The end of the chain of a person who never was: the same for the same seed. */
export function syntheticEnd(
  seed: string,
  n: number,
): { id: Buffer; nextSeq: number; commitment: Buffer } {
  const commitment = createHash('sha256').update(`${seed}:${n}`).digest()
  const id = Buffer.from(commitment.subarray(16))
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80
  return { id, nextSeq: 2 + (n % 1000), commitment }
}
