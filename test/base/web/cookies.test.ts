import Keygrip from 'keygrip'
import { expect, test } from 'vitest'
import { cookieKeys } from '../../../src/base/web/cookies.ts'

const cookie = ['newest', 'older']
const ours = cookieKeys({ cookie })
const keygrip = new Keygrip(cookie)
const data = 'sid=a-session'

test('cookies are signed and checked as keygrip does', () => {
  for (let turn = 0; turn < 50; turn++)
    expect(ours.sign(`${data}${turn}`)).toBe(keygrip.sign(`${data}${turn}`))
  for (const [place, key] of [...cookie, 'another'].entries()) {
    const signature = new Keygrip([key]).sign(data)
    const expected = place === 2 ? -1 : place
    expect([ours.index(data, signature), keygrip.index(data, signature)]).toEqual([
      expected,
      expected,
    ])
    expect(ours.verify(data, signature)).toBe(expected >= 0)
    expect(ours.index(`${data}x`, signature)).toBe(-1)
  }
})

test.each([
  '',
  'x',
  `${ours.sign(data)}=`,
  ours.sign(data).slice(1),
  ours.sign(data).toUpperCase(),
  'é'.repeat(27),
])('the signature %j is none', (signature) => {
  expect([ours.index(data, signature), keygrip.index(data, signature)]).toEqual([-1, -1])
})
