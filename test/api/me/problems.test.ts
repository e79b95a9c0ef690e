import { expect, test } from 'vitest'
import { asToldToPrograms } from '../../../src/api/me/problems.ts'
import { UnauthorisedCall } from '../../../src/base/web/caller.ts'
import { ProofNeeded } from '../../../src/base/web/proof.ts'
import { Redirect, Problem, Refusal } from '../../../src/base/values/refusal.ts'
import { IllegalTransition } from '../../../src/consent/record/index.ts'

const consentId = '0197a2c4-0000-7000-8000-000000000001'

test.each([
  [new Refusal('sharing.not-found', 404), 'consent.not-found', 404],
  [new IllegalTransition(consentId, 'revoked', 'suspended'), 'illegal_transition', 409],
  [new IllegalTransition(consentId, 'active', 'resumed'), 'illegal_transition', 409],
  [new Refusal('access.held', 409, { nextHref: '/acces' }), 'access.held', 409],
  [new Refusal('contact.none', 409), 'contact.none', 409],
  [new Refusal('receipt.not-found', 404), 'receipt.not-found', 404],
  [new Refusal('receipt.erased', 410), 'receipt.erased', 410],
  [new Refusal('dispute.text'), 'dispute.text', 400],
  [new Refusal('dispute.too-many', 429), 'dispute.too-many', 429],
])('a refusal is answered to a program with a stable code: %s', (refusal, code, status) => {
  const problem = asToldToPrograms(refusal)
  expect(problem).toBeInstanceOf(Problem)
  expect(problem).toMatchObject({ code, status, detail: expect.stringMatching(/^.{10,}$/) })
})

test('where a proof is needed, the service is told to ask for a sign-in', () => {
  const needed = new ProofNeeded({ level: 'https://example.test/2', maxAgeSeconds: 300 } as never)
  const told = asToldToPrograms(needed)
  expect(told).toBeInstanceOf(UnauthorisedCall)
  expect(told).toMatchObject({
    error: 'insufficient_user_authentication',
    maxAgeSeconds: 300,
  })
})

test.each([
  new Refusal('data.too-often', 429),
  new Refusal('__proto__'),
  new Problem('consent.not-found', 404, 'no such consent'),
  new Redirect('/acces'),
  new Error('a bug'),
  'no error at all',
])('other errors are passed on unchanged: %s', (error) => {
  expect(asToldToPrograms(error)).toBe(error)
})
