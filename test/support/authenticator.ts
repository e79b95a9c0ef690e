import type { KeyObject } from 'node:crypto'
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type { CreatedCredential } from './chromium.ts'

/** A passkey in software. It makes what a browser's PublicKeyCredential.toJSON() gives, and forgeries of it. */
export type Authenticator = {
  readonly credentialId: Buffer
  /** The user handle of the last creation. */
  userHandle(): string
  create(optionsJson: string, forgery?: Forgery): string
  get(optionsJson: string, forgery?: Forgery): string
  /** The same key in a second device: the two keep their counters apart. */
  copy(): Authenticator
  /** The key as Chromium's virtual authenticators take it. */
  exported(rpId: string): CreatedCredential
}

export type AuthenticatorOptions = {
  readonly origin: string
  readonly isBackupEligible?: boolean
  /** undefined: an authenticator that keeps no counter. */
  readonly counter?: number
  readonly credentialId?: Buffer
  /** A security key of the plainest kind: it verifies nobody, and remembers nobody. */
  readonly isPlain?: boolean
  /** Of which model it is, and by which certificates its maker attests that; undefined: nobody does. */
  readonly model?: AttestingModel
}

export type AttestingModel = {
  readonly aaguid: string
  readonly privateKey: KeyObject
  /** DER, the leaf first */
  readonly chain: readonly Buffer[]
}

/** The members that an attacker changes. All others stay as the authenticator and the browser would have made them. */
export type Forgery = {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly ceremony?: string
  /** Merged over the client data; undefined removes a member. */
  readonly clientData?: Readonly<Record<string, unknown>>
  readonly clientDataJson?: string
  readonly isPresent?: boolean
  readonly isVerified?: boolean
  readonly isBackupEligible?: boolean
  readonly isBackedUp?: boolean
  readonly counter?: number
  readonly userHandle?: string | null
  readonly id?: string
  readonly rawId?: string
  readonly type?: string
  readonly leftover?: Buffer
  readonly signature?: Buffer
  /** COSE algorithm in the new public key. */
  readonly algorithm?: number
  /** Members of the new public key, in the place of its own (RFC 9053). */
  readonly cose?: readonly (readonly [label: number, value: number | Uint8Array])[]
  readonly format?: string
  readonly statement?: ReadonlyMap<string, unknown>
  readonly withoutKey?: boolean
  readonly aaguid?: string
  readonly transports?: unknown
  /** The members of the credential itself, at the very end; undefined removes one. */
  readonly credential?: Readonly<Record<string, unknown>>
  /** The members of `response`, at the very end. */
  readonly response?: Readonly<Record<string, unknown>>
}

type Options = {
  readonly attestation?: string
  readonly challenge: string
  readonly rpId?: string
  readonly rp?: { id: string }
}

const flag = { present: 1, verified: 4, backupEligible: 8, backedUp: 16, attested: 64 }
const es256 = -7

type Key = { readonly privateKey: KeyObject; readonly credentialId: Buffer; userHandle: string }

export function makeAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = options.credentialId ?? randomBytes(32)
  return device(options, { privateKey, credentialId, userHandle: '' }, options.counter)
}

function device(
  options: AuthenticatorOptions,
  key: Key,
  startCounter: number | undefined,
): Authenticator {
  let counter = startCounter
  const next = () => (counter === undefined ? 0 : ++counter)
  return {
    credentialId: key.credentialId,
    userHandle: () => key.userHandle,
    copy: () => device(options, key, counter),
    exported: (rpId) => ({
      credentialId: key.credentialId.toString('base64'),
      isResidentCredential: true,
      rpId,
      privateKey: key.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      userHandle: Buffer.from(key.userHandle, 'base64url').toString('base64'),
      signCount: counter ?? 0,
    }),
    create(optionsJson, forgery = {}) {
      const asked = JSON.parse(optionsJson) as Options & { user: { id: string } }
      key.userHandle = asked.user.id
      const data = authenticatorData(options, asked.rp?.id ?? '', next(), forgery, key)
      const client = clientData(options, 'webauthn.create', asked.challenge, forgery)
      const hash = createHash('sha256').update(Buffer.from(client, 'base64url')).digest()
      const attests = options.model !== undefined && asked.attestation === 'direct'
      const statement = attests ? packed(options.model, Buffer.concat([data, hash])) : new Map()
      const attestation = new Map<string, unknown>([
        ['fmt', forgery.format ?? (attests ? 'packed' : 'none')],
        ['attStmt', forgery.statement ?? statement],
        ['authData', new Uint8Array(data)],
      ])
      return credentialJson(key, forgery, {
        clientDataJSON: client,
        attestationObject: base64url(isoCBOR.encode(attestation as never)), // a Map of CBOR values
        transports: forgery.transports ?? [options.isPlain ? 'usb' : 'internal'],
      })
    },
    get(optionsJson, forgery = {}) {
      const asked = JSON.parse(optionsJson) as Options
      const client = clientData(options, 'webauthn.get', asked.challenge, forgery)
      const data = authenticatorData(options, asked.rpId ?? '', next(), forgery)
      const hash = createHash('sha256').update(Buffer.from(client, 'base64url')).digest()
      const signature = sign('sha256', Buffer.concat([data, hash]), key.privateKey)
      return credentialJson(key, forgery, {
        clientDataJSON: client,
        authenticatorData: base64url(data),
        signature: base64url(forgery.signature ?? signature),
        ...(forgery.userHandle === null || (options.isPlain && forgery.userHandle === undefined)
          ? {}
          : { userHandle: forgery.userHandle ?? key.userHandle }),
      })
    },
  }
}

function clientData(
  { origin }: AuthenticatorOptions,
  ceremony: string,
  challenge: string,
  forgery: Forgery,
): string {
  const data = {
    type: forgery.ceremony ?? ceremony,
    challenge: forgery.challenge ?? challenge,
    origin: forgery.origin ?? origin,
    crossOrigin: false,
    ...forgery.clientData,
  }
  return base64url(Buffer.from(forgery.clientDataJson ?? JSON.stringify(data)))
}

/** WebAuthn Level 3, 6.1; with a key: 6.5.1 too. */
function authenticatorData(
  options: AuthenticatorOptions,
  rpId: string,
  counter: number,
  forgery: Forgery,
  created?: Key,
): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(forgery.counter ?? counter)
  const attested =
    created === undefined || forgery.withoutKey === true
      ? []
      : [attestedData(created, forgery, options.model)]
  return Buffer.concat([
    createHash('sha256')
      .update(forgery.rpId ?? rpId)
      .digest(),
    Buffer.from([flagsOf(options, forgery, created !== undefined)]),
    count,
    ...attested,
    forgery.leftover ?? Buffer.alloc(0),
  ])
}

function flagsOf(options: AuthenticatorOptions, forgery: Forgery, isCreation: boolean): number {
  const { isPresent = true, isVerified = options.isPlain !== true } = forgery
  const isBackupEligible = forgery.isBackupEligible ?? options.isBackupEligible ?? false
  const set = {
    present: isPresent,
    verified: isVerified,
    backupEligible: isBackupEligible,
    backedUp: forgery.isBackedUp ?? isBackupEligible,
    attested: isCreation,
  }
  return (Object.keys(flag) as (keyof typeof flag)[]) // its own keys
    .filter((name) => set[name])
    .reduce((bits, name) => bits | flag[name], 0)
}

/** WebAuthn Level 3, 8.2: the maker's key signs. */
function packed({ privateKey, chain }: AttestingModel, data: Buffer): Map<string, unknown> {
  return new Map<string, unknown>([
    ['alg', es256],
    ['sig', new Uint8Array(sign('sha256', data, privateKey))],
    ['x5c', chain.map((der) => new Uint8Array(der))],
  ])
}

function attestedData(
  { privateKey, credentialId }: Key,
  { algorithm = es256, aaguid, cose: changed = [] }: Forgery,
  model?: AttestingModel,
): Buffer {
  const { x = '', y = '' } = privateKey.export({ format: 'jwk' })
  const cose = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, algorithm],
    [-1, 1],
    [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
    [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ...changed,
  ])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(credentialId.length)
  const named = (aaguid ?? model?.aaguid ?? '0'.repeat(32)).replaceAll('-', '')
  return Buffer.concat([Buffer.from(named, 'hex'), length, credentialId, isoCBOR.encode(cose)])
}

function credentialJson(key: Key, forgery: Forgery, response: object): string {
  const id = base64url(key.credentialId)
  return JSON.stringify({
    id: forgery.id ?? id,
    rawId: forgery.rawId ?? forgery.id ?? id,
    type: forgery.type ?? 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response: { ...response, ...forgery.response },
    ...forgery.credential,
  })
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
