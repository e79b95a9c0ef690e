export type Ceremony = 'create' | 'get' | 'create-beside' | 'get-beside'

/** A passkey opens an access by itself; a security key only after the password, and so without a PIN or a biometric. */
export type KeyKind = 'passkey' | 'security-key'

type Ceremonies = { readonly create: Ceremony; readonly get: Ceremony }

/** An answer to one of these is none to another: what the browser was asked is what is kept. */
export const ceremonies: Readonly<Record<KeyKind, Ceremonies>> = {
  passkey: { create: 'create', get: 'get' },
  'security-key': { create: 'create-beside', get: 'get-beside' },
}
