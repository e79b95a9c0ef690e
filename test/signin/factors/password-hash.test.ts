import { argon2Sync, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeHash } from '../../../src/signin/factors/password-hash.ts'
import { makePasswords } from '../../../src/signin/factors/passwords.ts'
import { Unavailable } from '../../../src/base/values/refusal.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import { buildApp } from '../../../src/house/app.ts'
import { readConfig } from '../../../src/base/settings/config.ts'
import { quickCost } from '../../support/codes.ts'
import { housePatience } from '../../support/patience.ts'
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
    const passwords = makePasswords(held, makeVault({ data: held, seal: held }, signalMapping), {
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

test('a hash is argon2id at the least cost that OWASP names, in every house but those of tests', async () => {
  const [message, nonce] = [Buffer.from('trois huards dorment debout'), randomBytes(16)]
  const named = { message, nonce, parallelism: 1, tagLength: 32, memory: 19 * 1024, passes: 2 }
  expect(await makeHash()(message, nonce)).toEqual(argon2Sync('argon2id', named))
  expect(await makeHash(quickCost)(message, nonce)).not.toEqual(argon2Sync('argon2id', named))
})

test.each(['production', 'staging'] as const)(
  'a house in %s takes no other cost, and no other patience',
  async (mode) => {
    const config = { ...readConfig({}), mode }
    for (const given of [{ hashCost: quickCost }, { patience: housePatience }])
      await expect(buildApp(config, 'postgres://nowhere.invalid', given)).rejects.toThrow(
        'a deployment hashes and waits as usual',
      )
  },
)
