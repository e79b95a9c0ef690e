// A DPoP proof, verified as lib/helpers/validate_dpop.js of oidc-provider does: the JWK in its header is imported each time, and its
// thumbprint hashed in the thread pool. Beside it: the key of a header is remembered, and the thumbprint hashed at once.
import { generateKeyPairSync, hash, randomUUID, sign } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { compare } from './compare.mjs'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = publicKey.export({ format: 'jwk' })
const proofs = Array.from({ length: 50 }, proof)
const options = { algorithms: ['ES256'], typ: 'dpop+jwt' }

const maxKeys = 256
const remembered = new Map()

if ((await asItIs(0)) !== (await asProposed(0))) throw new Error('another thumbprint')

await compare('DPoP proof (RFC 9449), one client', {
  'jwtVerify(proof, EmbeddedJWK), calculateJwkThumbprint(jwk)': asItIs,
  'key and thumbprint remembered by the JWK': asProposed,
})
await compare('thumbprint (RFC 7638) alone', {
  'calculateJwkThumbprint(jwk)': () => calculateJwkThumbprint(jwk),
  'hash("sha256", …)': () => thumbprint(jwk),
})

async function asItIs(i) {
  const { protectedHeader } = await jwtVerify(proofs[i % proofs.length], EmbeddedJWK, options)
  return calculateJwkThumbprint(protectedHeader.jwk)
}

async function asProposed(i) {
  const { protectedHeader } = await jwtVerify(proofs[i % proofs.length], rememberedKey, options)
  return (await remembered.get(idOf(protectedHeader))).thumbprint
}

// What the import depends on, all of it: a header with another member is another key.
function idOf({ alg, jwk: key }) {
  return JSON.stringify([alg, key])
}

async function rememberedKey(header, token) {
  const id = idOf(header)
  let found = remembered.get(id)
  if (found === undefined) {
    const imported = await EmbeddedJWK(header, token)
    found = { key: imported, thumbprint: thumbprint(header.jwk) }
    if (remembered.size >= maxKeys) remembered.delete(remembered.keys().next().value)
    remembered.set(id, found)
  }
  return found.key
}

// As calculateJwkThumbprint, of an EC key that EmbeddedJWK has accepted.
function thumbprint({ crv, kty, x, y }) {
  return hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
}

function proof() {
  const header = { alg: 'ES256', typ: 'dpop+jwt', jwk }
  const iat = Math.floor(Date.now() / 1000)
  const payload = { jti: randomUUID(), htm: 'POST', htu: 'https://op.test/token', iat }
  const signed = `${part(header)}.${part(payload)}`
  const signature = sign('sha256', Buffer.from(signed), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${signed}.${signature.toString('base64url')}`
}

function part(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
