import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint } from 'jose'
import { expect, test } from 'vitest'
import { openClientKey } from '../../demo/applications/client-key.ts'
import { newFolder } from '../support/fault-process.ts'

test('the key made at the first start is found at the second', async () => {
  const folder = newFolder()
  const first = await openClientKey(folder, 'aide-etudes')
  const second = await openClientKey(folder, 'aide-etudes')
  expect(second.publicJwk).toEqual(first.publicJwk)
})

test('two starts at once agree on one key', async () => {
  const folder = newFolder()
  const keys = await Promise.all([1, 2].map(() => openClientKey(folder, 'aide-etudes')))
  expect(keys[0]?.kid).toBe(keys[1]?.kid)
})

test('only the public half is published, under its thumbprint', async () => {
  const { publicJwk, kid, privateKey } = await openClientKey(newFolder(), 'aide-etudes')
  expect(Object.keys(publicJwk).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  expect(kid).toBe(await calculateJwkThumbprint(publicJwk))
  expect(privateKey.extractable).toBe(false)
})

test('only its owner can read the file', async () => {
  const folder = newFolder()
  await openClientKey(folder, 'aide-etudes')
  const file = join(folder, 'demo', 'aide-etudes.jwk.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('d')
})

test.each(['not JSON', '{}', '{"kty":"oct","k":"AAAA"}'])(
  'a file that holds %s is named, not replaced',
  async (content) => {
    const folder = newFolder()
    await mkdir(join(folder, 'demo'))
    await writeFile(join(folder, 'demo', 'aide-etudes.jwk.json'), content)
    await expect(openClientKey(folder, 'aide-etudes')).rejects.toThrow(
      'aide-etudes.jwk.json does not hold',
    )
  },
)
