import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase64, fromBase64url, isCompact } from '../../../src/base/values/base64.ts'
import { isCompact as isCompactAtTheirs } from '../../../demo/applications/compact.ts'
import { anyCharacter, seeded } from '../../support/property.ts'

// One spelling for one sequence of bytes: what is compared as text is then compared as bytes.

test('encoded bytes are read back, and no other spelling reads as the same bytes', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 }).map((all) => Buffer.from(all))
  fc.assert(
    fc.property(bytes, (all) => {
      expect(fromBase64(all.toString('base64'))).toEqual(all)
      expect(fromBase64url(all.toString('base64url'))).toEqual(all)
    }),
    seeded(),
  )
  const bent = fc.string({ unit: anyCharacter, maxLength: 3 })
  fc.assert(
    fc.property(bytes, fc.nat(), bent, fc.nat(2), (all, at, put, cut) => {
      for (const [alphabet, read] of [
        ['base64', fromBase64],
        ['base64url', fromBase64url],
      ] as const) {
        const text = all.toString(alphabet)
        const place = at % (text.length + 1)
        const changed = text.slice(0, place) + put + text.slice(place + cut)
        if (changed !== text && read(changed)?.equals(all) === true) expect(changed).toBe(text)
      }
    }),
    seeded({ numRuns: 300 }),
  )
})

const loose: readonly (readonly [string, (text: string) => string])[] = [
  ['spare bits in the last letter', (text) => `${text.slice(0, -1)}R`],
  ['padding', (text) => `${text}==`],
  ['white space after', (text) => `${text}\n`],
  ['white space inside', (text) => `${text.slice(0, 1)} ${text.slice(1)}`],
  ['a length that no bytes have', (text) => `${text}AAA`],
  ['another alphabet', (text) => `+${text.slice(1)}`],
  ['a character of none', (text) => `${text}\u0000`],
  ['nothing', () => ''],
]

describe('refused', () => {
  test.each(loose)('%s', (_, change) => {
    // 0x41 is « QQ »: of the last letter four bits say nothing.
    expect(fromBase64url(change('QQ'))).toBeUndefined()
    const [head, body, signature] = ['e30', 'e30', 'QQ']
    const tokens = [
      [head, body, change(signature)],
      [head, change('QQ'), signature],
      [change('QQ'), body, signature],
    ].map((parts) => parts.join('.'))
    for (const is of [isCompact, isCompactAtTheirs]) {
      expect(is([head, body, signature].join('.'))).toBe(true)
      expect(tokens.map(is)).toEqual([false, false, false])
    }
  })

  test.each(['', 'e30', 'e30.e30', 'e30.e30.QQ.QQ', 'e30.e30.QQ.', '.e30.e30.QQ', 'e30..QQ'])(
    'a malformed compact signature: %s',
    (token) => {
      expect([isCompact(token), isCompactAtTheirs(token)]).toEqual([false, false])
    },
  )

  test.each(['QQ', 'QQ=', 'QR==', 'QQ==\n', ' QQ==', 'Q Q==', 'QQ==QQ==', '-Q==', ''])(
    'malformed base64 with padding: %j',
    (text) => expect(fromBase64(text)).toBeUndefined(),
  )
})
