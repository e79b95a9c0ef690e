import type { KeyObject } from 'node:crypto'
import type { JWKS } from 'oidc-provider'
import { ExternalSigningKey } from 'oidc-provider'
import type { Keys } from '../../base/keys/keys.ts'
import { present } from '../../base/values/present.ts'
import type { FarPurpose, SigningPort, SigningAlg } from '../../base/keys/signer.ts'
import { algsOf, publicKeyOf } from '../../base/keys/signer.ts'

// The library never sees a private key of ID tokens: it hands the bytes to the port of signing.

type Signs = {
  readonly purpose: FarPurpose
  readonly kid: string
  readonly alg: SigningAlg
  readonly publicKey: KeyObject
}

/** A key of the library that signs by the port. */
class PortKey extends ExternalSigningKey {
  readonly #signs: Signs
  readonly #signer: Pick<SigningPort, 'sign'>
  #isRegistered = false

  constructor(signs: Signs, signer: Pick<SigningPort, 'sign'>) {
    super()
    this.#signs = signs
    this.#signer = signer
  }

  // The library wants one algorithm of each key, and a name of its own. One pair of RSA signs by two algorithms under one name: it is
  // registered under two names, and known under its own from then on.
  override get kid(): string {
    const { kid, alg } = this.#signs
    return this.#isRegistered ? kid : `${kid} ${alg}`
  }

  override get alg(): SigningAlg {
    return this.#signs.alg
  }

  override keyObject(): KeyObject {
    return this.#signs.publicKey
  }

  override sign(bytes: Uint8Array): Promise<Buffer> {
    const { purpose, kid, alg } = this.#signs
    return this.#signer.sign({ purpose, kid, alg, bytes })
  }

  isRegistered(): void {
    this.#isRegistered = true
  }
}

type IdTokenKeys = Pick<Keys, 'idToken' | 'idTokenRsa'>

export type SigningKeys = {
  readonly jwks: JWKS
  /** To be called once the library has taken them. */
  readonly registered: () => void
}

/** The keys of ID tokens and logout tokens, the first of each purpose signs. */
export function signingKeys(
  { idToken, idTokenRsa }: IdTokenKeys,
  signer: Pick<SigningPort, 'sign'>,
): SigningKeys {
  const keys = (
    [
      ['id-token', idToken],
      ['id-token-rsa', idTokenRsa],
    ] as const
  ).flatMap(([purpose, pairs]) =>
    pairs.flatMap((jwk) => {
      const own = {
        purpose,
        kid: present(jwk.kid, 'the name of a key'),
        publicKey: publicKeyOf(jwk),
      }
      return algsOf[purpose].map((alg) => new PortKey({ ...own, alg }, signer))
    }),
  )
  return { jwks: { keys }, registered: () => keys.forEach((key) => key.isRegistered()) }
}

/** What `/jwks` says: the public halves, each once. An RSA pair names no algorithm, for it signs by two. */
export function publishedIdTokenKeys({ idToken, idTokenRsa }: IdTokenKeys): { keys: object[] } {
  const keys = [...idToken, ...idTokenRsa].map(({ kty, use, kid, alg, crv, e, n, x, y }) => ({
    kty,
    use,
    kid,
    alg,
    crv,
    e,
    n,
    x,
    y,
  }))
  return { keys }
}
