// What an adapter of the library has and a model does not need.

export const nothingElse = {
  destroy: absent,
  consume: absent,
  revokeByGrantId: absent,
  findByUid: absent,
  findByUserCode: absent,
}

export async function absent(): Promise<undefined> {
  await Promise.resolve()
  return undefined
}
