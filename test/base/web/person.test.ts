import { expect, test } from 'vitest'
import { forPerson, makeRequirePerson } from '../../../src/base/web/person.ts'

const home = '/mes-partages'

async function sentBy(method: string, path: string, search = '') {
  const begun: string[] = []
  const entered: string[] = []
  const person = makeRequirePerson(
    { clock: () => new Date('2026-11-26T12:00:00Z') } as never,
    // Somebody is signed in, too long ago for what wants a fresh sign-in.
    () => Promise.resolve({ acr: '', authTime: new Date('2026-11-26T11:00:00Z') } as never),
    {
      begin: (_: unknown, { returnTo }: { returnTo: string }) => {
        begun.push(returnTo)
        return Promise.resolve()
      },
    } as never,
  )
  const { fresh } = forPerson({ person }, home)
  await fresh(() => void entered.push(path))({ method, path, search, state: {} } as never)
  expect(entered).toEqual([])
  return begun
}

test('a sign-in on the way to a page leads to that page, with its choices', async () => {
  expect(await sentBy('GET', '/mes-partages/con_1', '?sujet=impots')).toEqual([
    '/mes-partages/con_1?sujet=impots',
  ])
})

test('a sign-in in the place of a form leads to the first page of the room', async () => {
  expect(await sentBy('POST', '/mes-partages/con_1/arret')).toEqual([home])
})
