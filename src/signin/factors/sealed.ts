import { newUuid } from '../../base/platform/ids.ts'
import type { Vault } from '../../ledger/chain/index.ts'

/** A secret of a factor as it lies in the database: bound to its person and factor, under a data key of its own. */
export type SealedSecret = {
  readonly personId: string
  readonly factorId: string
  readonly sealed: Buffer
  readonly wrappedKey: Buffer
  readonly kekId: Buffer
  readonly sealedYear: number
}

export function sealSecret(
  vault: Vault,
  personId: string,
  secret: string,
  now: Date,
): SealedSecret {
  const sealedYear = now.getUTCFullYear()
  const factorId = newUuid(now)
  const { key, wrapped } = vault.newDataKey({ personId, year: sealedYear })
  const sealed = vault.sealBeside(key, secret, factorId)
  return { personId, factorId, sealed, ...wrapped, sealedYear }
}

/** @throws SealError when the secret was moved to another person or factor, or its key is missing */
export function openSecret(vault: Vault, secret: SealedSecret): string {
  const { personId, factorId, sealed, sealedYear } = secret
  return vault.openBeside(vault.unwrap({ personId, year: sealedYear }, secret), sealed, factorId)
}
