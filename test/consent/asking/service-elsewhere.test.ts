import { expect, test } from 'vitest'
import { serviceAddressOf } from '../../../src/consent/asking/service-elsewhere.ts'

const name = { fr: 'Aide aux études', en: 'Student Aid' }
const home = 'https://aide.exemple.test/'
const start = 'https://aide.exemple.test/connexion?de=accord'

test.each([
  ['its home page', { client_uri: home }, home],
  [
    'where a sign-in begins, which is told who leads there',
    { client_uri: home, initiate_login_uri: start },
    `${start}&iss=https%3A%2F%2Fid.test`,
  ],
  ['nowhere, where its file says neither', {}, undefined],
])('an answer given later leads on to %s', (_, metadata, href) => {
  const found = serviceAddressOf({ name, metadata }, 'https://id.test', 'en')
  expect(found).toEqual(href && { name: 'Student Aid', href })
})

test('a service that is no more leads nowhere', () => {
  expect(serviceAddressOf(undefined, 'https://id.test', 'fr')).toBeUndefined()
})
