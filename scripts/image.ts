import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { DebianPackage } from './image-parts.ts'
import * as parts from './image-parts.ts'
import { lockedPackages } from './licences.ts'

// `npm run image`: an OCI archive of this tree, from nothing that is pulled but the packages of the lock. Node is the lock's, its libraries and
// the certificates are those of the Debian that builds. Twice the same files are twice the same bytes. umoci writes it, as a library of images
// would: no daemon, no registry, no right of root.

const root = join(import.meta.dirname, '..')
const commandMs = 300_000
const mostOutput = 16 * 1024 * 1024

const help = `npm run image [-- --out FILE]
  makes FILE, by default accord-VERSION-ARCHITECTURE.oci.tar, and prints its digest and how large it is.
  The time in it is that of the commit, or SOURCE_DATE_EPOCH.

Exit 0: it is made; 1: it is not; 2: wrong usage; 3: a program is missing, which is said.`

const needed = {
  umoci: 'umoci',
  tar: 'tar',
  ldd: 'libc-bin',
  'dpkg-query': 'dpkg',
} as const

process.exitCode = main(process.argv.slice(2))

function main(args: string[]): number {
  const given = optionsIn(args)
  if (given === undefined || given.help === true) {
    console.log(help)
    return given === undefined ? 2 : 0
  }
  const missing = missingHere()
  if (missing !== undefined) {
    console.error(`the image is not made: ${missing}`)
    return 3
  }
  const { version } = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string
  }
  const file = resolve(given.out ?? `accord-${version}-${process.arch}.oci.tar`)
  const folder = fs.mkdtempSync(join(tmpdir(), 'accord-image-'))
  try {
    console.log(JSON.stringify(makeImage(folder, file, version), null, 2))
    return 0
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

type Made = {
  readonly file: string
  /** Of the manifest: what a registry and a manifest of Kubernetes name. */
  readonly digest: string
  readonly sha256: string
  readonly archiveBytes: number
  readonly unpackedBytes: number
}

function makeImage(folder: string, file: string, version: string): Made {
  const seconds = commitSeconds()
  const files = join(folder, 'files')
  layFiles(files, version)
  const layer = join(folder, 'layer.tar')
  run('tar', parts.tarWords(layer, files, seconds))
  const layout = join(folder, 'layout')
  const image = `${layout}:${version}`
  const at = new Date(seconds * 1000).toISOString()
  run('umoci', ['init', '--layout', layout])
  run('umoci', ['new', '--image', image])
  const history = [`--history.created=${at}`, '--history.created_by=npm run image']
  run('umoci', ['raw', 'add-layer', ...history, '--image', image, layer])
  run('umoci', ['config', ...history, '--image', image, `--created=${at}`, ...configWords()])
  run('umoci', ['gc', '--layout', layout])
  run('tar', parts.tarWords(file, layout, seconds))
  const index = JSON.parse(fs.readFileSync(join(layout, 'index.json'), 'utf8')) as {
    readonly manifests: readonly { readonly digest: string }[]
  }
  const [manifest, ...more] = index.manifests
  if (manifest === undefined || more.length > 0) throw new Error('an image has one manifest')
  const bytes = fs.readFileSync(file)
  return {
    file: basename(file),
    digest: manifest.digest,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    archiveBytes: bytes.length,
    unpackedBytes: fs.statSync(layer).size,
  }
}

function configWords(): string[] {
  const { user, env, entrypoint, cmd, workingdir, exposedports, stopsignal } = parts.config
  const single = { user, workingdir, exposedports, stopsignal }
  return [
    `--architecture=${architecture()}`,
    '--os=linux',
    ...Object.entries(single).map(([name, value]) => `--config.${name}=${value}`),
    ...env.map((pair) => `--config.env=${pair}`),
    ...entrypoint.map((word) => `--config.entrypoint=${word}`),
    ...cmd.map((word) => `--config.cmd=${word}`),
  ]
}

function layFiles(files: string, version: string): void {
  const inside = (path: string) => join(files, path)
  for (const name of parts.emptyFolders) fs.mkdirSync(inside(name), { recursive: true })
  const program = join(root, `node_modules/node-linux-${process.arch}/bin/node`)
  const libraries = parts.librariesIn(run('ldd', [program]))
  copy(program, inside(parts.nodePath))
  copy(join(dirname(program), '../LICENSE'), inside(join(dirname(parts.nodePath), '../LICENSE')))
  // A link's file is copied under the name that the linker asks for.
  for (const path of libraries) copy(fs.realpathSync(path), inside(path))
  const owners = [...new Set([...libraries.map(packageOf), parts.authorityPackage])]
  const ofDebian = owners.map(debianPackage)
  for (const { name } of ofDebian) {
    const copyright = `/usr/share/doc/${name}/copyright`
    copy(fs.realpathSync(copyright), inside(copyright))
  }
  write(inside(parts.authorities), authoritiesOfDebian())
  write(inside('etc/nsswitch.conf'), parts.nameSwitch)

  const home = inside(parts.home)
  fs.mkdirSync(home, { recursive: true })
  for (const name of parts.readByNpm) fs.copyFileSync(join(root, name), join(home, name))
  npm(home)
  const packages = lockedPackages(join(home, 'node_modules/.package-lock.json'))
  for (const name of [...parts.readByNpm, 'node_modules/.package-lock.json', 'node_modules/.bin'])
    fs.rmSync(join(home, name), { recursive: true, force: true })
  for (const name of parts.copied)
    fs.cpSync(join(root, name), join(home, name), { recursive: true })
  const list = parts.componentsOf(packages, ofDebian, {
    version,
    nodeVersion: run(program, ['--version']).trim().slice(1),
    nodeBytes: fs.readFileSync(program),
  })
  write(inside(parts.list), `${JSON.stringify(list, null, 2)}\n`)
}

/** The certificates of Debian's package alone: none that somebody added to this machine. */
function authoritiesOfDebian(): string {
  const names = fs.readdirSync(parts.authorityFolder).filter((name) => name.endsWith('.crt'))
  return names
    .toSorted()
    .map((name) => fs.readFileSync(join(parts.authorityFolder, name), 'utf8').trimEnd())
    .join('\n')
    .concat('\n')
}

function packageOf(library: string): string {
  // dpkg knows a file by the place before or after /usr was merged.
  const said = [library, `/usr${library}`, fs.realpathSync(library)]
    .map((path) => attemptRun('dpkg-query', ['--search', path]))
    .find((text) => text !== undefined)
  const [, name] = /^([a-z0-9.+-]+)(?::\w+)?: /m.exec(said ?? '') ?? []
  if (name === undefined) throw new Error(`${library} is of no package of Debian`)
  return name
}

function debianPackage(name: string): DebianPackage {
  const shape = '${Version} ${Architecture}\n'
  const [line = ''] = run('dpkg-query', ['--show', `--showformat=${shape}`, name]).split('\n')
  const [version = '', of = ''] = line.split(' ')
  return { name, version, architecture: of }
}

function npm(cwd: string): void {
  const program = process.env['npm_execpath']
  if (program === undefined) run('npm', [...parts.npmWords], cwd)
  else run(process.execPath, [program, ...parts.npmWords], cwd)
}

function commitSeconds(): number {
  const said = process.env['SOURCE_DATE_EPOCH'] ?? attemptRun('git', ['show', '-s', '--format=%ct'])
  const seconds = Number(said ?? Number.NaN)
  if (Number.isInteger(seconds) && seconds > 0) return seconds
  throw new Error('no commit says when it was made: give SOURCE_DATE_EPOCH')
}

function architecture(): string {
  const name = parts.architectures[process.arch]
  if (name === undefined) throw new Error(`there is no Node in the lock for ${process.arch}`)
  return name
}

function missingHere(): string | undefined {
  for (const [program, of] of Object.entries(needed))
    if (attemptRun('which', [program]) === undefined)
      return `${program} is not installed here (apt-get install ${of})`
  if (!fs.existsSync(parts.authorityFolder))
    return `${parts.authorityFolder} is not there (apt-get install ${parts.authorityPackage})`
  return undefined
}

function copy(from: string, to: string): void {
  fs.mkdirSync(dirname(to), { recursive: true })
  fs.copyFileSync(from, to)
}

function write(to: string, text: string): void {
  fs.mkdirSync(dirname(to), { recursive: true })
  fs.writeFileSync(to, text)
}

function run(program: string, words: string[], cwd = root): string {
  return execFileSync(program, words, {
    cwd,
    encoding: 'utf8',
    timeout: commandMs,
    maxBuffer: mostOutput,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function attemptRun(program: string, words: string[]): string | undefined {
  try {
    return execFileSync(program, words, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return undefined
  }
}

function optionsIn(args: string[]) {
  try {
    return parseArgs({ args, options: { help: { type: 'boolean' }, out: { type: 'string' } } })
      .values
  } catch {
    return undefined
  }
}
