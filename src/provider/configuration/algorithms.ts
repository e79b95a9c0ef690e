import type { Configuration } from 'oidc-provider'
import { valuesOfAllProfiles } from '../clients/profiles.ts'

/** The library has one list for all; each service registers one, of those of its profile. */
export function algorithms(): Configuration['enabledJWA'] {
  // Of these the library takes those for which there is a key.
  const signed = valuesOfAllProfiles(({ idTokenAlgs }) => idTokenAlgs)
  const encrypted = valuesOfAllProfiles(({ encryptionAlgs }) => encryptionAlgs)
  const never = {
    // Nothing that a stranger sends is decrypted.
    requestObjectEncryptionAlgValues: [],
    authorizationEncryptionAlgValues: [],
    introspectionEncryptionAlgValues: [],
  }
  return {
    clientAuthSigningAlgValues: valuesOfAllProfiles(({ assertionAlgs }) => assertionAlgs),
    dPoPSigningAlgValues: ['ES256'],
    idTokenSigningAlgValues: signed,
    authorizationSigningAlgValues: signed,
    userinfoSigningAlgValues: signed,
    introspectionSigningAlgValues: valuesOfAllProfiles(
      ({ introspectionAlgs }) => introspectionAlgs,
    ),
    requestObjectSigningAlgValues: valuesOfAllProfiles(
      ({ requestObjectAlgs }) => requestObjectAlgs,
    ),
    idTokenEncryptionAlgValues: encrypted,
    idTokenEncryptionEncValues: ['A256GCM'],
    userinfoEncryptionAlgValues: encrypted,
    userinfoEncryptionEncValues: ['A256GCM'],
    ...never,
  }
}
