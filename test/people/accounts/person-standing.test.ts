import { expect, test } from 'vitest'
import { afterEnd, isPast, ordersIn, readNumber } from '../../../src/people/accounts/index.ts'
import { keyText } from '../../../src/people/accounts/key-text.ts'
import { newStanding } from '../../../src/people/accounts/person-standing.ts'

// What is said of an access by values alone.

const standing = newStanding('0197a2c4-0000-7000-8000-000000000001', new Date(0), 'own')

test('a session of before the count of ends is past as soon as any was ended, unless it is the one that was kept', () => {
  expect(isPast(standing, 'a', null)).toBe(true)
  expect(isPast({ ...standing, sessionsFrom: 1 }, 'a', 0)).toBe(true)
  expect(isPast({ ...standing, sessionsFrom: 1, sessionKept: 'a' }, 'a', null)).toBe(false)
})

test('the session that was kept counts no more once it is ended itself; another end leaves it', () => {
  const kept = afterEnd(standing, { but: 'a' })
  expect(kept).toMatchObject({ sessionEpoch: 1, sessionsFrom: 1, sessionKept: 'a' })
  const one = { sessionEpoch: 2, sessionsFrom: 1 }
  expect(afterEnd(kept, { only: 'b' })).toMatchObject({ ...one, sessionKept: 'a' })
  expect(afterEnd(kept, { only: 'a' })).toMatchObject({ ...one, sessionKept: null })
  expect(afterEnd(kept, {})).toMatchObject({ sessionsFrom: 2, sessionKept: null })
})

// The examples of RFC 7638, section 3.1, and RFC 8037, appendix A.3.
const n =
  '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
test.each([
  [{ kty: 'RSA', n, e: 'AQAB' } as const, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'],
  [
    { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const,
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  ],
])('what an older key signs of a new one names it by its thumbprint: %j', (jwk, thumbprint) => {
  expect(keyText('https://a.test', jwk)).toBe(`accord.key.v1\nhttps://a.test\n${thumbprint}\n`)
})

test('a number is kept in one spelling; none that costs, of another country, or of too few digits is taken', () => {
  for (const typed of [
    '514 555-0199',
    '+1 (514) 555‑0199',
    '1.514.555.0199',
    '５１４５５５０１９９',
  ])
    expect(readNumber(typed)).toBe('+15145550199')
  for (const typed of [
    '',
    '911',
    '900 555-0199',
    '976 555-0199',
    '+33 6 12 34 56 78',
    '514 155-0199',
  ])
    expect(() => readNumber(typed)).toThrow(
      expect.objectContaining({ code: 'contact.number-invalid' }),
    )
})

test('a line of activity whose reason somebody changed leads to no order', async () => {
  const nobody = undefined as never // nothing is read for these
  const orders = await ordersIn(nobody, nobody, standing.personId, ['', 'order:x', 'standing'])
  expect(orders.size).toBe(0)
})
