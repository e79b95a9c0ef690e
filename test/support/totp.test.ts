import { afterEach, expect, test, vi } from 'vitest'
import { codeAt, giveEarlierCode } from './totp.ts'

// The clock of an application goes on while a test gives its code.

const seed = 'JBSWY3DPEHPK3PXP'

afterEach(() => {
  vi.useRealTimers()
})

test('an earlier code that came too late is given anew; one that is wrong is not', async () => {
  const half = Date.parse('2028-12-31T23:59:00Z')
  vi.useFakeTimers({ toFake: ['Date'], now: half + 29_000 })
  const given: string[] = []
  const give = (ms: number) => (code: string) => {
    given.push(code)
    vi.setSystemTime(Date.now() + ms)
    return Promise.resolve({ status: given.length === 1 ? 400 : 303 })
  }

  expect(await giveEarlierCode(seed, give(2_000))).toEqual({ status: 303 })

  // The second was the present code when the first was given.
  expect(given.length).toBe(2)
  expect(given[0]).not.toBe(given[1])
  vi.setSystemTime(half)
  expect(codeAt(seed)).toBe(given[1])
  given.length = 0
  expect(await giveEarlierCode(seed, give(1_000))).toEqual({ status: 400 })
  expect(given.length).toBe(1)
})
