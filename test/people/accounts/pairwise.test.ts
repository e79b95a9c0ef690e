import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makePairwise } from '../../../src/people/accounts/index.ts'
import { seeded, seededBytes } from '../../support/property.ts'

const pairwise = makePairwise(seededBytes('pairwise'))
const uuid = fc.uuid()
const organisation = fc.stringMatching(/^org_[a-z0-9-]{1,20}$/)

test('an identifier leads back to its person, and is always the same', () => {
  fc.assert(
    fc.property(uuid, organisation, (personId, orgId) => {
      const subject = pairwise.subject(personId, orgId)

      expect(subject).toMatch(/^[\w-]{22}$/)
      expect(pairwise.person(subject, orgId)).toBe(personId)
      expect(pairwise.subject(personId, orgId)).toBe(subject)
    }),
    seeded(),
  )
})

test('every canonical identifier belongs to exactly one person', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(bytes, organisation, (block, orgId) => {
      const subject = Buffer.from(block).toString('base64url')
      const personId = pairwise.person(subject, orgId)

      expect(personId && pairwise.subject(personId, orgId)).toBe(subject)
    }),
    seeded(),
  )
})

test('two people never share an identifier, nor two organisations a person’s', () => {
  fc.assert(
    fc.property(uuid, uuid, organisation, organisation, (one, other, here, there) => {
      fc.pre(one !== other && here !== there)

      expect(pairwise.subject(one, here)).not.toBe(pairwise.subject(other, here))
      expect(pairwise.subject(one, here)).not.toBe(pairwise.subject(one, there))
      expect(pairwise.person(pairwise.subject(one, here), there)).not.toBe(one)
    }),
    seeded(),
  )
})

test('an identifier has one spelling', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  fc.assert(
    fc.property(uuid, organisation, (personId, orgId) => {
      const subject = pairwise.subject(personId, orgId)
      const stem = subject.slice(0, -1)
      // The last character has four spare bits: sixteen spellings of the same bytes.
      const read = alphabet
        .split('')
        .filter((last) => pairwise.person(stem + last, orgId) === personId)

      expect(read).toEqual([subject.at(-1)])
    }),
    seeded(),
  )
})

test.each([
  '',
  'A',
  `${'A'.repeat(22)}==`,
  'A'.repeat(21),
  'A'.repeat(23),
  `${'A'.repeat(21)}+`,
  ` ${'A'.repeat(22)}`,
  `${'A'.repeat(22)}\n`,
])('%j is refused as an identifier', (subject) => {
  expect(pairwise.person(subject, 'org_a')).toBeUndefined()
})

test('another key gives other identifiers', () => {
  const personId = '4bd9bd9c-6f1e-4d0e-8c0e-1f1f3c2a9d11'

  expect(makePairwise(randomBytes(32)).subject(personId, 'org_a')).not.toBe(
    pairwise.subject(personId, 'org_a'),
  )
})

// The key is escrowed for ever: a person's identifiers follow from the key by a rule that never changes.
test('a known key, person and organisation give the known identifier', () => {
  const known = makePairwise(Buffer.alloc(32, 7))

  expect(known.subject('4bd9bd9c-6f1e-4d0e-8c0e-1f1f3c2a9d11', 'org_a')).toBe(
    '-29Hd7MmYf2g_xdNx2DImw',
  )
})

test('a value that is no uuid has no identifier', () => {
  expect(() => pairwise.subject('not a uuid', 'org_a')).toThrow(TypeError)
})
