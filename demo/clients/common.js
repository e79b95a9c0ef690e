import { importJWK } from 'jose'

// What the samples share. Each exports `sample(settings)`, which gives an Express application. The settings are `issuer`; `clientId`
// and `key`, the private ES256 key as a JWK with its `kid`, whose public half the register has; `address`, where people reach the
// application; and `secret`, which signs or encrypts its cookies.

/** Asks for a level, and for a proof that is given now. */
export const freshProof = { acr_values: 'urn:accord:aal:2', prompt: 'login' }

export function signingKey({ key }) {
  return importJWK(key, 'ES256')
}

export function cookieOf({ headers }, name) {
  const pairs = (headers.cookie ?? '').split('; ')
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** A map that stays small: an entry lives a day, and the oldest goes first. Several processes need a store that they share. */
export function makeStore() {
  const [limit, lifetimeMs] = [10_000, 24 * 3600 * 1000]
  const kept = new Map()
  return {
    find: (key) => {
      const entry = kept.get(key)
      return entry !== undefined && entry.until > Date.now() ? entry.value : undefined
    },
    put(key, value) {
      kept.delete(key)
      if (kept.size >= limit) kept.delete(kept.keys().next().value)
      kept.set(key, { value, until: Date.now() + lifetimeMs })
    },
    remove: (key) => kept.delete(key),
    keys: () => [...kept.keys()],
  }
}
