import type { Adapter } from 'oidc-provider'

/** An adapter that finds and writes nothing. Each model replaces the members that the library calls on it. */
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
