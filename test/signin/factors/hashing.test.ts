import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeHash } from '../../../src/signin/factors/hashing.ts'
import { makePasswords } from '../../../src/signin/factors/passwords.ts'
import { Unavailable } from '../../../src/base/platform/refusal.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import { counted } from '../../support/tries.ts'

// A hash is slow on purpose: how many are made, and how many may wait, is the whole of its cost.

test('fifty hashes may wait, a further one is refused, and later there is place again', async () => {
  const hash = makeHash()
  const make = () => hash(Buffer.from('a password'), randomBytes(16))

  const all = await Promise.allSettled(Array.from({ length: 60 }, make))

  const refused = all.filter((one) => one.status === 'rejected')
  expect(all.findIndex((one) => one.status === 'rejected')).toBe(50)
  expect(refused).toHaveLength(10)
  for (const { reason } of refused) expect(reason).toBeInstanceOf(Unavailable)
  expect(await make()).toHaveLength(32)
})

test('every password costs one hash, with one key or several', async () => {
  const keys = [randomBytes(32), randomBytes(32)]
  let hashes = 0
  const counting = () => {
    hashes += 1
    return Promise.resolve(Buffer.alloc(32))
  }
  for (const held of [keys.slice(0, 1), keys]) {
    const passwords = makePasswords(held, makeVault({ data: held, seal: held }), {
      hash: counting,
      openKept: () => Promise.resolve([]),
    })
    for (const address of ['marie@exemple.test', 'nobody@exemple.test', 'x']) {
      hashes = 0
      const made = await passwords.make(counted, {
        address,
        password: 'trois huards dorment debout',
      })
      expect([hashes, made.proofs.length]).toEqual([1, held.length])
    }
  }
})
