import { expect, test } from 'vitest'
import { toldIn } from '../../demo/applications/told.ts'

const record = { type: 'urn:x', source: { name: 'Une autre province (démo)' } }
const verification = {
  trust_framework: 'urn:accord:vouched',
  time: '2026-11-28T17:00:00Z',
  evidence: [{ type: 'electronic_record', record }],
}
const claims = { given_name: 'Maëlle', family_name: 'Courtemanche-Exemple' }
const at = new Date('2026-11-28T17:00:00Z')
const source = 'Une autre province (démo)'
const whole = { name: 'Maëlle Courtemanche-Exemple', source, at }
const address = 'maelle@exemple.test'

test.each([
  ['nothing', {}, { email: undefined, names: [] }],
  ['an address', { email: address, email_verified: true }, { email: address, names: [] }],
  ['an address that is not confirmed', { email: address }, { email: undefined, names: [] }],
  [
    'one source',
    { verified_claims: { verification, claims } },
    { email: undefined, names: [whole] },
  ],
  [
    'one name alone',
    { verified_claims: { verification, claims: { family_name: 'Ô' } } },
    { email: undefined, names: [{ ...whole, name: 'Ô' }] },
  ],
  [
    'two sources',
    {
      verified_claims: [
        { verification, claims },
        { verification, claims },
      ],
    },
    { email: undefined, names: [whole, whole] },
  ],
  [
    'no source',
    { verified_claims: { verification: { time: '2026-11-28T17:00:00Z' }, claims } },
    none(),
  ],
  [
    'no day',
    { verified_claims: { verification: { ...verification, time: 'soon' }, claims } },
    none(),
  ],
  ['no name', { verified_claims: { verification, claims: {} } }, none()],
  ['another shape', { verified_claims: ['x', null, 7] }, none()],
])('of %s a service shows what it understands', (_, answer, told) => {
  expect(toldIn(answer)).toEqual(told)
})

function none() {
  return { email: undefined, names: [] }
}
