import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  closingBody,
  closingOfEntry,
  entryClasses,
  houseBody,
  houseKinds,
  isLogEntry,
  logEntry,
  publicHashIn,
} from '../../../src/ledger/chain/log-entry.ts'

// The bytes of an entry, as docs/receipts.md#what-the-public-log-holds has them.

const bytes = randomBytes(32)
const closing = logEntry(closingBody({ through: '2026-11-30', days: 3 }), entryClasses.house)

test('an entry of a person and of the register are 34 bytes, one of the house has its sub-type besides', () => {
  expect(logEntry(bytes)).toEqual(Buffer.concat([Buffer.from([1, 0x50]), bytes]))
  expect(logEntry(bytes, entryClasses.register)).toHaveLength(34)
  expect(logEntry(houseBody('snapshot', bytes), entryClasses.house)).toEqual(
    Buffer.concat([Buffer.from([1, 0x48, 0x53]), bytes]),
  )
  expect(closing.toString('hex')).toBe(
    `014843${Buffer.from('2026-11-30').toString('hex')}00000003${'00'.repeat(18)}`,
  )
  expect(() => houseBody('snapshot', bytes.subarray(1))).toThrow(RangeError)
})

test('what is of a known class has its length; a sub-type that came later is passed over', () => {
  const later = Buffer.concat([Buffer.from([1, 0x48, 0x5a]), bytes])
  for (const entry of [logEntry(bytes), logEntry(bytes, entryClasses.register), closing, later])
    expect(isLogEntry(entry)).toBe(true)
  for (const entry of [
    Buffer.from([]),
    Buffer.concat([Buffer.from([2, 0x50]), bytes]),
    Buffer.concat([Buffer.from([1, 0x51]), bytes]),
    logEntry(bytes.subarray(1)),
    Buffer.concat([logEntry(bytes), Buffer.from([0])]),
    logEntry(bytes, entryClasses.house),
    Buffer.concat([closing, Buffer.from([0])]),
  ])
    expect(isLogEntry(entry)).toBe(false)
})

test('an entry of the house names no document, and says a day in one spelling alone', () => {
  expect(publicHashIn(closing)).toBeUndefined()
  expect(publicHashIn(logEntry(bytes, entryClasses.register))).toEqual(bytes)
  expect(closingOfEntry(closing)).toEqual({ through: '2026-11-30', days: 3 })
  expect(closingOfEntry(logEntry(bytes))).toBeUndefined()
  expect(closingOfEntry(logEntry(houseBody('snapshot', bytes), entryClasses.house))).toBeUndefined()
  const odd = Buffer.from(closing)
  odd[34] = 1
  const noDay = logEntry(closingBody({ through: '2026-02-30', days: 0 }), entryClasses.house)
  const ofSnapshot = Buffer.from(closing)
  ofSnapshot[2] = houseKinds.snapshot
  for (const entry of [odd, noDay, ofSnapshot]) expect(closingOfEntry(entry)).toBeUndefined()
})
