// What a key costs in node:crypto that is not given as a KeyObject itself: bytes, or an object with a KeyObject in it; and what the
// signature format of JOSE (r ‖ s, IEEE P1363) costs beside DER. Run it under several versions of Node.
import {
  createCipheriv,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { types } from 'node:util'
import { compare } from './compare.mjs'

const bytes = randomBytes(32)
const secret = createSecretKey(bytes)
const iv = randomBytes(12)
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const data = Buffer.from('x'.repeat(400))
const dsaEncoding = 'ieee-p1363'
const raw = sign('sha256', data, { key: privateKey, dsaEncoding })
const der = sign('sha256', data, privateKey)
const curve = { name: 'ECDSA', namedCurve: 'P-256' }
const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
const forSubtle = await crypto.subtle.importKey(
  'jwk',
  publicKey.export({ format: 'jwk' }),
  curve,
  true,
  ['verify'],
)

await compare('what it is', {
  'util.types.isKeyObject(key)': () => types.isKeyObject(publicKey),
  'util.types.isKeyObject(bytes)': () => types.isKeyObject(bytes),
})
await compare('HMAC-SHA-256', {
  'createHmac(…, keyObject)': () => createHmac('sha256', secret).update(data).digest(),
  'createHmac(…, bytes)': () => createHmac('sha256', bytes).update(data).digest(),
})
await compare('AES-256-GCM', {
  'createCipheriv(…, keyObject, iv)': () => createCipheriv('aes-256-gcm', secret, iv).final(),
  'createCipheriv(…, bytes, iv)': () => createCipheriv('aes-256-gcm', bytes, iv).final(),
})
await compare('verify ES256', {
  'verify(…, key, der)': () => verify('sha256', data, publicKey, der),
  'verify(…, { key }, der)': () => verify('sha256', data, { key: publicKey }, der),
  'verify(…, { key, dsaEncoding }, r ‖ s)': () =>
    verify('sha256', data, { key: publicKey, dsaEncoding }, raw),
  'subtle.verify(…, r ‖ s), awaited one by one': () =>
    crypto.subtle.verify(algorithm, forSubtle, raw, data),
})
await compare('sign ES256', {
  'sign(…, key)': () => sign('sha256', data, privateKey),
  'sign(…, { key })': () => sign('sha256', data, { key: privateKey }),
  'sign(…, { key, dsaEncoding })': () => sign('sha256', data, { key: privateKey, dsaEncoding }),
})
