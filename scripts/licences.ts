import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// The licences of other people's work: of packages, by package-lock.json, and of files that are copied into the repository.

const root = join(import.meta.dirname, '..')
const document = join(root, 'docs/licences.md')

/** Licences of packages in production: all allow use, change and distribution with a mention. */
export const allowed = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
] as const

/** Further licences of packages for development, which we do not distribute. */
export const allowedInDevelopment = ['(MIT OR CC0-1.0)', 'MPL-2.0'] as const

export type Locked = {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly isForDevelopment: boolean
  readonly integrity: string
}

type Lock = {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string
        readonly license?: string
        readonly dev?: boolean
        readonly integrity?: string
      }
    >
  >
}

/** @param file a lock, or the list that npm leaves in a folder of packages */
export function lockedPackages(file = join(root, 'package-lock.json')): Locked[] {
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, { version = '', license = 'none', dev = false, integrity = '' }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
      isForDevelopment: dev,
      integrity,
    }))
}

/** docs/licences.md as it should be. */
export function licencesDocument(locked: readonly Locked[]): string {
  const [development, running] = [true, false].map((isForDevelopment) =>
    locked.filter((one) => one.isForDevelopment === isForDevelopment),
  )
  return `# Licences of others

Accord is under LiLiQ-R 1.1 (\`LICENSE\`). This page lists the licences of what others wrote; \`npm run licences\` writes it, and a test compares
it with \`package-lock.json\`. \`npm run sbom\` gives those of a deployment with versions and hashes, as CycloneDX.

## What runs

${tableOf(running ?? [])}

## What only helps to develop and test

${tableOf(development ?? [])}

## What is copied into the repository

| what | licence |
|---|---|
| \`public/fonts/\` Open Sans, Roboto | SIL OFL 1.1, in \`public/LICENSES/\` |
| \`public/css/layout.css\` values of qc-trousse-sdg | ISC, in \`public/LICENSES/\` |
| \`src/registry/objects/confusables.txt\` | Unicode License v3, \`src/registry/objects/confusables.LICENSE\` |
| \`src/signin/factors/common-passwords.txt\` made of the lists of @zxcvbn-ts | MIT |
| test vectors: AuthZEN's schemas and scenario, canonical JSON | MIT and Apache-2.0, the \`LICENSE\` beside each |
`
}

function tableOf(packages: readonly Locked[]): string {
  const byLicence = Map.groupBy(packages, ({ license }) => license)
  const rows = [...byLicence]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([license, those]) => {
      const names = [...new Set(those.map(({ name }) => name))].toSorted()
      return `| ${license} | ${names.join(', ')} |`
    })
  return ['| licence | packages |', '|---|---|', ...rows].join('\n')
}

/** `npm run licences` */
if (import.meta.main) writeFileSync(document, licencesDocument(lockedPackages()))
