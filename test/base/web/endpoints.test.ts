import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../../src/base/web/endpoints.ts'
import { errorFormsOf, isAmong, parameterIn, usualErrors } from '../../../src/base/web/endpoints.ts'
import { routes } from '../../../src/base/web/router.ts'

const endpoint = (
  path: string,
  audience: Endpoint['audience'],
  errors = usualErrors[audience],
) => ({
  path,
  audience,
  errors,
  rank: 'page' as const,
})

describe('the form of an error', () => {
  const formAt = errorFormsOf([
    endpoint('/', 'people'),
    endpoint('/acces/cles/:id', 'people'),
    endpoint('/me/consents/:id/:move', 'programs'),
    endpoint('/log/:year/tile/*path', 'programs'),
    endpoint('/api/docs', 'people'),
    endpoint('/api/openapi.json', 'programs'),
    endpoint('/access/v1/evaluation', 'programs', 'authzen'),
    endpoint('/token/revocation', 'protocol'),
    endpoint('/auth', 'protocol', 'page'),
    endpoint('/register/:list', 'people'),
    endpoint('/register/:list/:object.json', 'programs'),
  ])

  test.each([
    ['/', 'page'],
    ['/acces/cles/1', 'page'],
    ['/me/consents/1/pause', 'problem'],
    ['/log/2026/tile/0/000', 'problem'],
    ['/api/docs', 'page'],
    ['/api/openapi.json', 'problem'],
    ['/access/v1/evaluation', 'authzen'],
    ['/token/revocation', 'oauth'],
    ['/auth', 'page'],
    ['/register/agreements', 'page'],
    ['/register/agreements/a.json', 'problem'],
    ['/register/agreements/a', 'page'],
    ['/register/agreements/.json', 'page'],
  ])('is the one that the endpoint declares: %s', (path, form) => {
    expect(formAt(path)).toBe(form)
  })

  test.each([
    ['/me', 'problem'],
    ['/me/', 'problem'],
    ['/me/nothing/here', 'problem'],
    ['/api/openapi.json/more', 'problem'],
    ['/access/v2', 'authzen'],
    ['/token', 'oauth'],
    ['/token/', 'oauth'],
  ])('at an unknown path is that of the endpoints around it: %s', (path, form) => {
    expect(formAt(path)).toBe(form)
  })

  test.each([
    '/nowhere',
    '/api/nothing',
    '/mes',
    '/men',
    '/tokens',
    '',
    'x',
    `/${'/'.repeat(9000)}`,
  ])('elsewhere is a page: %.20s', (path) => {
    expect(formAt(path)).toBe('page')
  })
})

test('a room declares each of its endpoints once, for all methods', () => {
  const { endpoints } = routes('programs', '/things', 'authzen')
    .get('/:id', () => undefined)
    .post('/:id', () => undefined)
    .on({ method: 'put', path: '/:id/parts' }, () => undefined)
    .served('page')
  expect(endpoints).toEqual([
    endpoint('/things/:id', 'programs', 'authzen'),
    endpoint('/things/:id/parts', 'programs', 'authzen'),
  ])
})

describe('a path', () => {
  const some = [
    endpoint('/acces', 'people'),
    endpoint('/acces/cles/:id', 'people'),
    endpoint('/connexion/:visit', 'people'),
    endpoint('/partage/demande/:visit', 'people'),
    endpoint('/auth/:visit', 'protocol'),
  ]

  test.each([
    ['/acces', true],
    ['/acces/cles/1', true],
    ['/acces/cles/', false],
    ['/acces/cles/1/2', false],
    ['/acces/', false],
    ['//acces', false],
    ['/elsewhere', false],
    ['', false],
  ])('matches an endpoint only as a whole: %j %s', (path, expected) => {
    expect(isAmong(some)(path)).toBe(expected)
  })

  test.each([
    ['/connexion/x', 'x'],
    ['/connexion/x/code', 'x'],
    ['/partage/demande/x/questions/1', 'x'],
    ['/connexion', undefined],
    ['/connexion/', undefined],
    ['/acces/cles/1', undefined],
    // The protocol is nobody's page.
    ['/auth/x', undefined],
  ])('gives the parameter of the page with which it begins: %s', (path, expected) => {
    expect(parameterIn(some, 'visit')(path)).toBe(expected)
  })
})
