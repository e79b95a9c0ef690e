import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { moved } from '../../demo/start.ts'

const register = new URL('../../demo/register/', import.meta.url)
const read = async (path: string): Promise<unknown> =>
  parse(await readFile(new URL(path, register), 'utf8'))

test.each([
  { service: 'aide-etudes', address: 'http://localhost:3001' },
  { service: 'agence-revenu', address: 'http://localhost:3002' },
])('$service is registered at $address with the strict profile', async ({ service, address }) => {
  expect(await read(`services/${service}.yaml`)).toMatchObject({
    client_id: service,
    organisation: `org_${service}`,
    redirect_uris: [`${address}/callback`],
    post_logout_redirect_uris: [`${address}/`],
    backchannel_logout_uri: `${address}/backchannel-logout`,
    jwks_uri: `${address}/jwks`,
    token_endpoint_auth_method: 'private_key_jwt',
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    subject_type: 'pairwise',
  })
})

test('each organisation stands in the file of its name', async () => {
  for (const file of await readdir(new URL('organisations/', register))) {
    expect(await read(`organisations/${file}`)).toMatchObject({
      org_id: file.replace('.yaml', ''),
      status: 'active',
    })
  }
})

test.each([
  ['http://localhost:3001/callback', 'http://localhost:4001/callback'],
  ['http://localhost:3000', 'http://localhost:4000'],
  [
    '- http://localhost:3005/\n- http://localhost:3002/',
    '- http://localhost:4005/\n- http://localhost:4002/',
  ],
  ['http://localhost:3006/', 'http://localhost:3006/'],
  ['http://localhost:2999/', 'http://localhost:2999/'],
  ['http://localhost:30011/', 'http://localhost:30011/'],
  ['https://localhost:3001/', 'https://localhost:3001/'],
  ['version: 3001', 'version: 3001'],
])('with port 4000, %j becomes %j', (written, read) => {
  expect(moved(written, 4000)).toBe(read)
})
