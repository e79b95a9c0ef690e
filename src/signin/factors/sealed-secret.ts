import { newUuid } from '../../base/values/ids.ts'
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

export async function sealSecret(
  vault: Vault,
  personId: string,
  secret: string,
  now: Date,
): Promise<SealedSecret> {
  const sealedYear = now.getUTCFullYear()
  const factorId = newUuid(now)
  const { key, wrapped } = await vault.newDataKey({ personId, year: sealedYear })
  const sealed = vault.sealBeside(key, secret, factorId)
  return { personId, factorId, sealed, ...wrapped, sealedYear }
}

/** @throws SealError when the secret was moved to another person or factor, or its key is missing */
export async function openSecret(vault: Vault, secret: SealedSecret): Promise<string> {
  const { personId, factorId, sealed, sealedYear } = secret
  const key = await vault.unwrap({ personId, year: sealedYear }, secret)
  return vault.openBeside(key, sealed, factorId)
}
