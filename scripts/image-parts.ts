import { createHash } from 'node:crypto'
import { shippedStart } from '../test/support/shipped-start.ts'
import type { Locked } from './licences.ts'

// What is in the image, and how it starts: the one place where it is said. `image.ts` builds it; recipes and the drill follow.

const start = shippedStart()

/** Of npm's folder nothing but what a process reads; keys and data of a developer stay outside. */
export const copied = ['package.json', 'LICENSE', 'src', 'migrations', 'views', 'public'] as const
/** What `npm ci` reads, and the image does not have. */
export const readByNpm = ['package.json', 'package-lock.json', '.npmrc'] as const
/** Packages as the lock has them, by their SHA-512; none runs a script. */
export const npmWords = [
  'ci',
  '--omit=dev',
  '--omit=optional',
  '--ignore-scripts',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
] as const

/** Places that a process finds, and that are empty here: what starts the image mounts there what it has. */
export const emptyFolders = ['dev', 'proc', 'run', 'sys', 'tmp'] as const

export const home = '/opt/accord'
export const nodePath = '/nodejs/bin/node'
export const authorities = '/etc/ssl/certs/ca-certificates.crt'
/** Inside, and what it lists: packages, Node, and the packages of Debian that its libraries are of. */
export const list = `${home}/sbom.cdx.json`

/** Debian's package of certificates, and where its files are. */
export const authorityPackage = 'ca-certificates'
export const authorityFolder = '/usr/share/ca-certificates/mozilla'

/** Names are asked in files, then at name servers: without this file the C library has an order of its own. */
export const nameSwitch = 'hosts: files dns\n'

/** How a process is started. No line of /etc/passwd gives the user a name; files are owned by root, so a process cannot change its code. */
export const config = {
  user: '65532:65532',
  env: [
    'NODE_ENV=production',
    // The user has no name, so no home either: without this a library looks for one, and nothing starts.
    `HOME=${home}`,
    ...Object.entries(start.env).map(([name, value]) => `${name}=${value}`),
  ],
  entrypoint: [nodePath, ...start.flags, ...start.words.slice(0, 2)], // --import ./src/guard.js
  cmd: start.words.slice(2),
  workingdir: home,
  exposedports: '3000',
  // Node is the first process, and hears it itself (src/guard.js).
  stopsignal: 'SIGTERM',
} as const

/** Node's names of what the lock has a Node for, and those of images and of Debian. */
export const architectures: Readonly<Record<string, string>> = { arm64: 'arm64', x64: 'amd64' }

/** So that the same files are the same bytes: order, times, owners and rights are said, and nothing is told of the machine. */
export function tarWords(file: string, folder: string, seconds: number): string[] {
  return [
    '--create',
    `--file=${file}`,
    `--directory=${folder}`,
    '--sort=name',
    `--mtime=@${seconds}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
    '--format=posix',
    '--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f',
    '.',
  ]
}

/** The libraries that the dynamic linker names for a program, in its own words. @throws Error where one is not found */
export function librariesIn(said: string): string[] {
  const lines = said.split('\n').map((line) => line.trim())
  const lost = lines.filter((line) => line.endsWith('not found'))
  if (lost.length > 0) throw new Error(lost.join('; '))
  return lines.flatMap((line) => /(?:^|=> )(\/\S+) \(0x/.exec(line)?.[1] ?? []).toSorted()
}

export type DebianPackage = {
  readonly name: string
  readonly version: string
  readonly architecture: string
}

/** The components, in CycloneDX, without the number and the time that npm gives each of its own lists. */
export function componentsOf(
  packages: readonly Locked[],
  ofDebian: readonly DebianPackage[],
  accord: { readonly version: string; readonly nodeVersion: string; readonly nodeBytes: Buffer },
): object {
  const ofNpm = packages.map(({ name, version, license, integrity }) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licenses: [license.includes(' ') ? { expression: license } : { license: { id: license } }],
    hashes: [{ alg: 'SHA-512', content: hexOf(integrity) }],
  }))
  const debian = ofDebian.map(({ name, version, architecture }) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`,
  }))
  const own = {
    type: 'platform',
    name: 'node',
    version: accord.nodeVersion,
    purl: `pkg:generic/node@${accord.nodeVersion}`,
    hashes: [
      { alg: 'SHA-256', content: createHash('sha256').update(accord.nodeBytes).digest('hex') },
    ],
  }
  // A package stands in several places of the tree, in one version.
  const all = new Map([own, ...debian, ...ofNpm].map((one) => [one.purl, one]))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name: 'accord', version: accord.version } },
    components: [...all.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1)),
  }
}

function hexOf(integrity: string): string {
  return Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex')
}
