import type { Adapter } from 'oidc-provider'

/** Finds nothing and writes nothing: each model replaces the members that the library calls for it. */
export const emptyAdapter: Adapter = {
  upsert: nothing,
  find: nothing,
  findByUid: nothing,
  findByUserCode: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
}

async function nothing(): Promise<undefined> {
  await Promise.resolve()
  return undefined
}
