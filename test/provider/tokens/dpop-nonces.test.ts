import { Provider } from 'oidc-provider'
import instance from 'oidc-provider/lib/helpers/weak_cache.js'
import { expect, test } from 'vitest'
import { acceptNoncesOf, nonceSecret } from '../../../src/provider/tokens/dpop-nonces.ts'
import { seededBytes } from '../../support/property.ts'

const [old, fresh] = [seededBytes('old nonces'), seededBytes('fresh nonces')]

test('a process gives nonces under its first secret, and takes those of each that it holds', () => {
  const before = noncesOf([old])
  const announced = noncesOf([old, fresh])
  const used = noncesOf([fresh, old])
  const after = noncesOf([fresh])
  expect(announced.nextChallenge()).toBe(before.nextChallenge())
  expect(used.nextChallenge()).toBe(after.nextChallenge())
  for (const held of [announced, used]) {
    expect(held.checkChallenge(before.nextChallenge())).toBe(true)
    expect(held.checkChallenge(after.nextChallenge())).toBe(true)
    expect(held.checkChallenge('another')).toBe(false)
  }
  expect(after.checkChallenge(before.nextChallenge())).toBe(false)
  expect(() => nonceSecret([])).toThrow(TypeError)
})

function noncesOf(secrets: readonly Buffer[]) {
  const provider = new Provider('http://localhost:7413', {
    features: { dPoP: { enabled: true, nonceSecret: nonceSecret(secrets) } },
  })
  acceptNoncesOf(provider, secrets)
  return instance(provider).DPoPNonces
}
