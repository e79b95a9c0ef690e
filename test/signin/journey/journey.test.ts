import { expect, test } from 'vitest'
import type { Attempt, Step } from '../../../src/signin/journey/journey.ts'
import { invitesStill, nextStep } from '../../../src/signin/journey/journey.ts'

const personId = '4bd9bd9c-6f1e-4d0e-8c0e-1f1f3c2a9d11'

function attempt(proof: Attempt['proof'], codesDue: boolean, invitationDue = false): Attempt {
  const proved = { provedAt: new Date(0), factorIds: [], sessionEpoch: 0 }
  return { personId, proof, codesDue, invitationDue, ...proved }
}

test('a person who has proved nothing is led to the sign-in', () => {
  expect(nextStep(undefined)).toEqual({ show: 'sign-in' })
})

test.each<[Attempt['proof'], boolean, Step['show']]>([
  ['passkey', false, 'done'],
  ['new-passkey', false, 'done'],
  ['new-passkey', true, 'recovery-codes-left'],
  ['passkey', true, 'recovery-codes-left'],
  // A code alone never signs in, whatever else the row says.
  ['recovery-code', false, 'ways-back'],
  ['recovery-code', true, 'ways-back'],
  ['recovered', false, 'done'],
  ['password-totp', false, 'done'],
  ['new-password', true, 'recovery-codes-left'],
])('a proof by %s with codes due %j leads to %s', (proof, codesDue, show) => {
  expect(nextStep(attempt(proof, codesDue)).show).toBe(show)
})

test('after a proof only the same person is led to new codes and back', () => {
  expect(nextStep(attempt('recovery-code', false))).toMatchObject({ personId })
  expect(nextStep(attempt('new-passkey', true))).toMatchObject({ personId })
  expect(nextStep(attempt('passkey', false))).toMatchObject({ attempt: { personId } })
})

test('a person below the visit’s level is led to a step-up; an invitation waits until she is signed in', () => {
  const level = 'urn:accord:aal:2'

  expect(nextStep(attempt('recovered', false), level).show).toBe('step-up')
  expect(nextStep(attempt('recovered', false, true), level).show).toBe('step-up')
  expect(nextStep(attempt('password-totp', false, true), level).show).toBe('done')
  expect(nextStep(attempt('passkey', false), level).show).toBe('done')
})

test('somebody who came by an account elsewhere alone is asked for a passkey before the level is asked for', () => {
  const level = 'urn:accord:aal:2'
  expect(nextStep(attempt('upstream-one', false, true), level).show).toBe('invitation')
  expect(nextStep(attempt('upstream-one', false), level).show).toBe('step-up')
  expect(nextStep(attempt('upstream-two', false), level).show).toBe('done')
  expect(nextStep(attempt('upstream-one', false)).show).toBe('done')
})

test('a page that offers a passkey is no proof for ever: after a quarter of an hour none is added by it', () => {
  const provedAt = new Date('2026-11-24T18:00:00Z')

  expect(invitesStill({ provedAt }, new Date('2026-11-24T18:15:00Z'))).toBe(true)
  expect(invitesStill({ provedAt }, new Date('2026-11-24T18:15:01Z'))).toBe(false)
})
