import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A passkey in software: discoverable, with user verification, one key. */
export type SoftPasskey = {
  /** The credential that a browser would post after navigator.credentials.create(). */
  create(challenge: string, userId: string): string
  /** The same after navigator.credentials.get(). */
  get(challenge: string): string
}

export function makePasskey(origin: string): SoftPasskey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  const rpIdHash = createHash('sha256').update(new URL(origin).hostname).digest()
  let [counter, userHandle] = [0, '']

  function authData(attested: Buffer): Buffer {
    counter += 1
    const rest = Buffer.alloc(5)
    // User present and verified, and with a new key its description.
    rest.writeUInt8(attested.length > 0 ? 0x45 : 0x05, 0)
    rest.writeUInt32BE(counter, 1)
    return Buffer.concat([rpIdHash, rest, attested])
  }

  function credential(response: object): string {
    const name = id.toString('base64url')
    return JSON.stringify({
      id: name,
      rawId: name,
      type: 'public-key',
      clientExtensionResults: {},
      response,
    })
  }

  return {
    create(challenge, userId) {
      userHandle = userId
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const cose = Buffer.concat([
        Buffer.from([0xa5, 1, 2, 3, 0x26, 0x20, 1]),
        Buffer.from([0x21]),
        bytes(Buffer.from(x, 'base64url')),
        Buffer.from([0x22]),
        bytes(Buffer.from(y, 'base64url')),
      ])
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cose])
      const attestation = Buffer.concat([
        Buffer.from([0xa3]),
        text('fmt'),
        text('none'),
        text('attStmt'),
        Buffer.from([0xa0]),
        text('authData'),
        bytes(authData(attested)),
      ])
      return credential({
        clientDataJSON: clientData('webauthn.create', challenge, origin).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal'],
      })
    },
    get(challenge) {
      const client = clientData('webauthn.get', challenge, origin)
      const data = authData(Buffer.alloc(0))
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
      return credential({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', signed, privateKey).toString('base64url'),
        userHandle,
      })
    },
  }
}

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
}

// As much CBOR as this needs (RFC 8949): short texts, and byte strings up to 255.
function text(word: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + word.length]), Buffer.from(word)])
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x58, value.length]), value])
}
