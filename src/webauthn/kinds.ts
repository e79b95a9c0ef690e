export type Ceremony = 'create' | 'get' | 'create-beside' | 'get-beside' | 'create-attested'

/** A passkey opens an access by itself; a security key only after the password, so that it needs no PIN or biometric. */
export type KeyKind = 'passkey' | 'security-key'

type Ceremonies = { readonly create: Ceremony; readonly get: Ceremony }

/** An answer to one of these ceremonies does not answer another: the challenge keeps which one the browser was asked for. */
export const ceremonies: Readonly<Record<KeyKind, Ceremonies>> = {
  passkey: { create: 'create', get: 'get' },
  'security-key': { create: 'create-beside', get: 'get-beside' },
}

/** A passkey whose maker attests of which model it is: it is used like any other. */
export const attestedCreation: Ceremony = 'create-attested'
