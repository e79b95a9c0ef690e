import { expect, test } from 'vitest'
import {
  bursaryCommunication,
  grantedOf,
  loanCommunication,
  renewalOf,
  standingOf,
} from '../../demo/applications/recipient/request.ts'

const income = 'cat_revenu-net'
const situation = 'cat_situation-familiale'
const dependants = 'cat_personnes-a-charge'
const asked = bursaryCommunication('https://accord.test', 'https://agence.test/api')

const { optional_datatypes: _, ...rest } = asked
const granted = {
  ...rest,
  datatypes: [income, situation, dependants],
  declined: [],
  identifier: 'dst_avis-cotisation@3',
  agreement: 'agr_2026-001@3',
  purpose: 'pur_calcul-aide@2',
  consent_id: 'con_1',
  status: 'active',
}

test.each([
  { what: 'all of it', datatypes: [income, situation, dependants] },
  { what: 'without what is optional', datatypes: [situation, income] },
])('a grant of the request, $what, is accepted', ({ datatypes }) => {
  expect(grantedOf(asked, [{ ...granted, datatypes }])).toEqual(datatypes)
})

test.each([
  { what: 'no details', details: undefined },
  { what: 'no list', details: granted },
  { what: 'an empty list', details: [] },
  { what: 'two items', details: [granted, granted] },
  { what: 'an item that is null', details: [null] },
  { what: 'another type', details: [{ ...granted, type: 'https://elsewhere.test/type' }] },
  { what: 'another recipient', details: [{ ...granted, recipient: 'org_autre' }] },
  { what: 'another holder', details: [{ ...granted, holder: 'org_autre' }] },
  { what: 'another purpose', details: [{ ...granted, purpose: 'pur_calcul-aide-2@2' }] },
  { what: 'another agreement', details: [{ ...granted, agreement: 'agr_2026-002@1' }] },
  { what: 'another dataset', details: [{ ...granted, identifier: 'dst_autre@3' }] },
  { what: 'no purpose', details: [{ ...granted, purpose: undefined }] },
  { what: 'another API', details: [{ ...granted, locations: ['https://elsewhere.test/api'] }] },
  { what: 'one more API', details: [{ ...granted, locations: [...asked.locations, 'x'] }] },
  { what: 'no API', details: [{ ...granted, locations: undefined }] },
  { what: 'another deed', details: [{ ...granted, actions: ['consult'] }] },
  { what: 'no deed', details: [{ ...granted, actions: undefined }] },
  { what: 'another status', details: [{ ...granted, status: 'suspended' }] },
  { what: 'no status', details: [{ ...granted, status: undefined }] },
  {
    what: 'more than was asked',
    details: [{ ...granted, datatypes: [income, situation, 'cat_x'] }],
  },
  { what: 'less than we need', details: [{ ...granted, datatypes: [income, dependants] }] },
  { what: 'no categories', details: [{ ...granted, datatypes: undefined }] },
  { what: 'categories that are no texts', details: [{ ...granted, datatypes: [1] }] },
])('$what is not accepted as a grant', ({ details }) => {
  expect(grantedOf(asked, details)).toBeUndefined()
})

const loan = loanCommunication('https://accord.test', 'https://agence.test/api')
const { optional_datatypes: _optional, ...loanGranted } = { ...loan, status: 'active' }

test('of two items asked at once each grant is checked by itself', () => {
  expect(grantedOf(asked, [loanGranted, granted])).toEqual(granted.datatypes)
  expect(grantedOf(loan, [loanGranted, granted])).toEqual([income])
  expect(grantedOf(loan, [granted])).toBeUndefined()
  expect(grantedOf(asked, [loanGranted])).toBeUndefined()
})

test('a grant can be renewed by its arrangement, for as long as the purpose allows', () => {
  const named = { ...granted, arrangement: 'arr_1', valid_until: '2027-08-25T04:00:00.000Z' }
  const standing = standingOf(asked, [named])
  expect(standing).toEqual({ arrangement: 'arr_1', until: new Date('2027-08-25T04:00:00.000Z') })
  if (standing === undefined) throw new Error('nothing stands')
  const { duration, ...renewal } = renewalOf(asked, standing)
  expect(renewal).toEqual({ ...asked, arrangement: 'arr_1' })
  expect(duration?.until).toMatch(/^\d{4}-\d\d-\d\d$/)
})

test.each([
  { what: 'no arrangement', details: [{ ...granted, valid_until: '2027-08-25T04:00:00.000Z' }] },
  { what: 'no end', details: [{ ...granted, arrangement: 'arr_1' }] },
  { what: 'what was not granted', details: [{ ...granted, status: 'suspended' }] },
])('$what cannot be renewed', ({ details }) => {
  expect(standingOf(asked, details)).toBeUndefined()
})
