import type { Client } from 'oidc-provider'
import type { Fault, Service } from '../../registry/index.ts'
import { faultIf } from './metadata-errors.ts'

// Keys by which ID tokens and answers of /userinfo are encrypted: public keys of the service, which it publishes for that alone.

type Jwk = { readonly kty?: unknown; readonly use?: unknown; readonly alg?: unknown }

// The library's own store of a client's keys, which is not part of its public interface (client-jwks.ts).
type EncryptingStore = {
  selectForEncrypt(wanted: { readonly alg: string }): readonly Jwk[]
}

/** Which members name an algorithm of encryption. */
export const encryptionAlgMembers = [
  'id_token_encrypted_response_alg',
  'userinfo_encrypted_response_alg',
] as const

/** Lets the library encrypt to keys of `use` `enc` alone: it would take one that does not say what it is for. */
export function encryptToOwnKeys(client: Client): void {
  const { asymmetricKeyStore: store } = client as Client & { asymmetricKeyStore: EncryptingStore }
  const select = store.selectForEncrypt.bind(store)
  store.selectForEncrypt = (wanted) => select(wanted).filter(isForEncryption)
}

/** Faults of a file whose own keys fit no algorithm that it registers. What is at a `jwks_uri` is seen when it is used. */
export function encryptionFaults({ metadata }: Service): Fault[] {
  const { jwks } = metadata
  if (jwks === undefined) return []
  const { keys = [] } = jwks as { keys?: readonly Jwk[] } // as the schema has them
  return encryptionAlgMembers.flatMap((member) => {
    const alg = metadata[member]
    const isMissing = typeof alg === 'string' && !keys.some((key) => fits(key, alg))
    return faultIf(
      isMissing,
      [member],
      `${member} needs a key of use enc for ${String(alg)} in jwks`,
    )
  })
}

function fits(key: Jwk, alg: string): boolean {
  const types = alg.startsWith('RSA') ? ['RSA'] : ['EC', 'OKP']
  const isOfType = types.some((type) => type === key.kty)
  return isOfType && isForEncryption(key) && (key.alg === undefined || key.alg === alg)
}

function isForEncryption({ use }: Jwk): boolean {
  return use === 'enc'
}
