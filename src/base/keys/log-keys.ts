/** A secret from which the signing keys of logs follow: its bytes, or what a signer says of one that it holds. */
export type LogSecret = Buffer | FarLogSecret
export type FarLogSecret = {
  readonly check: string
  /** That of the signer: the same for all its secrets, which sign together. */
  readonly log: FarLog
}
export type FarLog = {
  /** The public keys of a log, one for each secret, newest first. @throws SignerFault */
  publicKeys(origin: string): Promise<readonly Buffer[]>
  /**
   * Its signatures over a tree, in the same order. The signer remembers the tree that it signed last, and signs none that does not contain
   * it. @param prove the proof from a smaller tree
   * @throws SignerFault
   */
  sign(tree: TreeToSign, prove: ProveFrom): Promise<readonly Buffer[]>
}

export type TreeToSign = { readonly origin: string; readonly size: number; readonly root: Buffer }
export type ProveFrom = (old: number) => Promise<readonly Buffer[]>
