import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import * as parts from '../../scripts/image-parts.ts'
import type { Locked } from '../../scripts/licences.ts'
import { shippedStart } from '../support/shipped-start.ts'
import { textOf } from './recipe.ts'

// What the image has and how it starts. It is built and started by `npm run drill -- image`.

const root = join(import.meta.dirname, '../..')
const manifests = ['migrate', 'web', 'work'].map((name) => `deploy/kubernetes/${name}.yaml`)
const linked = `	linux-vdso.so.1 (0x00007ffd3d7f2000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1b2ac00000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f1b2ae2b000)`

test('it starts Node as the scripts do, as a user without a name, and the manifests say the same', () => {
  const { user, env, entrypoint, cmd } = parts.config
  const { env: variables, flags, words } = shippedStart()
  expect([...entrypoint, ...cmd]).toEqual([parts.nodePath, ...flags, ...words])
  expect(cmd).toEqual(['src/main.ts', 'serve'])
  expect(env).toEqual(
    expect.arrayContaining([
      'NODE_ENV=production',
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ]),
  )
  expect(user).toMatch(/^(\d{5,}):\1$/)
  for (const path of manifests) {
    const said = parseAllDocuments(textOf(path))
      .map((one) => JSON.stringify(one.toJS()))
      .join('\n')
    const users = [...said.matchAll(/"runAs(?:User|Group)":(\d+)/g)].map(([, id]) => id)
    expect(new Set(users), path).toEqual(new Set(user.split(':')))
    expect([...said.matchAll(/"([^"]*\/node)"/g)].map(([, one]) => one)).toContain(parts.nodePath)
    expect(said, path).not.toMatch(/"\/(?!nodejs)[^"]*\/node"/)
  }
})

test('it has what a process reads, and nothing of a developer', () => {
  for (const name of [...parts.copied, ...parts.readByNpm])
    expect(existsSync(join(root, name)), name).toBe(true)
  const { dependencies } = JSON.parse(textOf('package.json')) as { readonly dependencies: object }
  expect(Object.keys(dependencies).length).toBeGreaterThan(20)
  expect([...parts.copied]).toEqual([
    'package.json',
    'LICENSE',
    'src',
    'migrations',
    'views',
    'public',
  ])
  expect(parts.npmWords).toEqual(
    expect.arrayContaining(['ci', '--omit=dev', '--omit=optional', '--ignore-scripts']),
  )
})

test('order, times, owners and rights of its archive are said, and nothing of the machine', () => {
  expect(parts.tarWords('a.tar', 'files', 7)).toEqual(
    expect.arrayContaining([
      '--sort=name',
      '--mtime=@7',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
    ]),
  )
  expect(parts.tarWords('a.tar', 'files', 7).join(' ')).toMatch(/go=rX.*delete=atime,delete=ctime/)
})

test('it has the libraries that the linker names, and is not made where one is missing', () => {
  expect(parts.librariesIn(linked)).toEqual([
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib64/ld-linux-x86-64.so.2',
  ])
  const without = linked.replace(
    '/lib/x86_64-linux-gnu/libc.so.6 (0x00007f1b2ac00000)',
    'not found',
  )
  expect(() => parts.librariesIn(without)).toThrow('libc.so.6 => not found')
})

test('its list names each component once, in one order, without a time or a number of its own', () => {
  const locked: Locked = {
    name: '@koa/router',
    version: '1.0.0',
    license: 'MIT OR ISC',
    isForDevelopment: false,
    integrity: 'sha512-AAEC',
  }
  const library = { name: 'libc6', version: '2.36-9+deb12u14', architecture: 'amd64' }
  const accord = { version: '0.2.0', nodeVersion: '24.0.0', nodeBytes: Buffer.from('node') }
  const list = parts.componentsOf([locked, locked], [library], accord)
  expect(list).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' })
  const { components } = list as { readonly components: readonly object[] }
  expect(components).toMatchObject([
    { purl: 'pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64' },
    { purl: 'pkg:generic/node@24.0.0' },
    {
      purl: 'pkg:npm/%40koa/router@1.0.0',
      licenses: [{ expression: 'MIT OR ISC' }],
      hashes: [{ alg: 'SHA-512', content: '000102' }],
    },
  ])
  expect(components).toHaveLength(3)
  expect(Object.keys(list)).not.toContain('serialNumber')
  expect(parts.componentsOf([locked], [library, library], accord)).toEqual(list)
})

test('each script starts Node with the same flags and variables, which its memory and its keys need', () => {
  const started = ['start', 'serve', 'work', 'migrate', 'accord'].map((script) => {
    const { env, flags } = shippedStart(script)
    return [env, flags]
  })
  const memory = [
    { MALLOC_ARENA_MAX: expect.stringMatching(/^\d$/) },
    [
      ...['--max-semi-space-size', '--heap-growing-percent'].map((flag) =>
        expect.stringMatching(new RegExp(`^${flag}=\\d+$`)),
      ),
      '--disable-sigusr1',
    ],
  ]
  expect(started).toEqual(started.map(() => memory))
  expect(new Set(started.map((one) => JSON.stringify(one))).size).toBe(1)
})
