import { argon2 } from 'node:crypto'
import { makeKeyedMutex } from '../../base/jobs/keyed-mutex.ts'

/** Memory in KiB. */
export type HashCost = { readonly memory: number; readonly passes: number }

/** OWASP's smallest parameters for argon2id: 19 MiB, 2 passes; some 27 ms of one thread. */
export const hashCost: HashCost = { memory: 19_456, passes: 2 }
// One hash at a time, so that three of this process's four threads stay free for all other work. A request that would wait for more
// than a second and a half is told at once to come back.
const mostWaiting = 50

/** Argon2id (RFC 9106), bounded. @throws Unavailable when too many wait already */
export type Hash = (message: Buffer, salt: Buffer) => Promise<Buffer>

/** @param cost another one only for houses of tests, which make hundreds of hashes: what is kept under one cost opens nothing under another */
export function makeHash(cost: HashCost = hashCost): Hash {
  const turns = makeKeyedMutex(mostWaiting)
  return (message, nonce) =>
    turns.take(
      'argon2id',
      () =>
        new Promise<Buffer>((resolve, reject) => {
          const given = { message, nonce, parallelism: 1, tagLength: 32, ...cost }
          argon2('argon2id', given, (error, hash) => {
            if (error === null) resolve(hash)
            else reject(error)
          })
        }),
    )
}
