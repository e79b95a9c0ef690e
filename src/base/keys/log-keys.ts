/** A secret from which the signing keys of logs follow: its bytes, or what a signer says of one that it holds. */
export type LogSecret = Buffer | LastingSecret | FarLogSecret
/** One of purpose `log-pq`: its keys are of ML-DSA-44. */
export type LastingSecret = { readonly lasting: Buffer }
export type FarLogSecret = {
  readonly check: string
  readonly purpose: 'log' | 'log-pq'
  /** That of the signer: the same for all its secrets, which sign together. */
  readonly log: FarLog
}
export type FarLog = {
  /** The public keys of a log, one for each secret, newest first. @throws SignerFault */
  publicKeys(origin: string): Promise<PublicLogKeys>
  /**
   * Its signatures over a tree, in the same order. The signer remembers the tree that it signed last, and signs none that does not contain
   * it. @param prove the proof from a smaller tree
   * @throws SignerFault
   */
  sign(tree: TreeToSign, prove: ProveFrom): Promise<TreeSignatures>
}

/** Raw public keys of Ed25519, and of ML-DSA-44. */
export type PublicLogKeys = { readonly log: readonly Buffer[]; readonly lasting: readonly Buffer[] }
/** In the order of the keys. `time`: that of the signatures by ML-DSA-44, in seconds since the epoch. */
export type TreeSignatures = PublicLogKeys & { readonly time: number }

export type TreeToSign = { readonly origin: string; readonly size: number; readonly root: Buffer }
export type ProveFrom = (old: number) => Promise<readonly Buffer[]>

/** All secrets by which a log signs. */
export function logSecretsOf(keys: {
  readonly log: readonly LogSecret[]
  readonly logPq?: readonly (Buffer | FarLogSecret)[]
}): readonly LogSecret[] {
  const lasting = (keys.logPq ?? []).map((secret) =>
    Buffer.isBuffer(secret) ? { lasting: secret } : secret,
  )
  return [...keys.log, ...lasting]
}
