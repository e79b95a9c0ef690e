import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as jose from 'jose'
import { expect, test } from 'vitest'
import { isEs256, signEs256 } from '../../../src/base/keys/signer.ts'

type Vectors = {
  readonly testGroups: readonly {
    readonly publicKeyDer: string
    readonly tests: readonly {
      readonly tcId: number
      readonly msg: string
      readonly sig: string
      readonly result: 'valid' | 'invalid'
    }[]
  }[]
}

const file = new URL('../vectors/ecdsa_secp256r1_sha256_p1363_test.json', import.meta.url)
const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as Vectors // as its schema has it
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

test('the signatures of Wycheproof that are valid hold, and no other', () => {
  const said = testGroups.flatMap(({ publicKeyDer, tests }) => {
    const key = createPublicKey({ key: hex(publicKeyDer), format: 'der', type: 'spki' })
    return tests.map(({ tcId, msg, sig }) => [tcId, isEs256(key, hex(msg), hex(sig))])
  })
  const right = testGroups.flatMap(({ tests }) =>
    tests.map(({ tcId, result }) => [tcId, result === 'valid']),
  )
  expect(said).toEqual(right)
  expect(said.length).toBe(262)
})

test('what we sign jose reads, and what others sign side by side holds here', async () => {
  for (let turn = 0; turn < 40; turn++) {
    const text = `${part({ alg: 'ES256' })}.${part({ turn })}`
    const ours = signEs256(privateKey, Buffer.from(text))
    await jose.compactVerify(`${text}.${ours.toString('base64url')}`, publicKey)
    const theirs = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    expect(isEs256(publicKey, Buffer.from(text), theirs)).toBe(true)
    expect(isEs256(publicKey, Buffer.from(`${text}x`), theirs)).toBe(false)
  }
})

test('a signature of another length is none, whatever it holds', () => {
  const [bytes, signature] = [Buffer.from('text'), signEs256(privateKey, Buffer.from('text'))]
  expect(isEs256(publicKey, bytes, signature)).toBe(true)
  const der = sign('sha256', bytes, privateKey)
  const zero = Buffer.alloc(1)
  for (const other of [
    Buffer.alloc(0),
    signature.subarray(0, 63),
    signature.subarray(1),
    Buffer.concat([signature, zero]),
    Buffer.concat([zero, signature]),
    Buffer.concat([signature, signature]),
    der,
  ])
    expect(isEs256(publicKey, bytes, other)).toBe(false)
})

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
