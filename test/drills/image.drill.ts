import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { home, list, nodePath } from '../../scripts/image-parts.ts'
import { textOf } from '../deploy/recipe.ts'
import { until } from '../support/fault-process.ts'
import { freePorts } from '../support/house.ts'
import { noteKeys } from '../support/secrets.ts'
import type { ImageRoot } from './image-root.ts'
import { unpackImage, whyNoRoot } from './image-root.ts'
import { seed, skipped, tell } from './report.ts'
import type { Server } from './servers.ts'
import { makeServer } from './servers.ts'

// `npm run image` twice, byte for byte the same; then what docs/operate/begin.en.md asks of a first production, of processes that run in
// the image alone: its root read-only, its user, its variables, and a PostgreSQL with the three roles.

const buildMs = 300_000
const readyMs = 120_000
const answerMs = 20_000
const host = 'accord.exemple.test'
const isMissing = 3 // the exit code of `npm run image`

type Built = {
  readonly digest: string
  readonly sha256: string
  readonly archiveBytes: number
  readonly unpackedBytes: number
}

test(
  `the image is the same twice, and serves, works and migrates read-only, seed ${seed}`,
  {
    timeout: 900_000,
  },
  async () => {
    const folder = fs.mkdtempSync(join(tmpdir(), 'accord-image-drill-'))
    const ends: (() => Promise<unknown> | void)[] = [
      () => fs.rmSync(folder, { recursive: true, force: true }),
    ]
    try {
      const [one, other] = [build(join(folder, 'one.tar')), build(join(folder, 'other.tar'))]
      if (typeof one === 'string' || typeof other === 'string')
        return skipped(typeof one === 'string' ? one : 'it was not built')
      expect({ ...other, file: '' }).toEqual({ ...one, file: '' })
      const layout = join(folder, 'layout')
      fs.mkdirSync(layout)
      execFileSync('tar', ['-xf', join(folder, 'one.tar'), '-C', layout])
      const { version } = JSON.parse(textOf('package.json')) as { readonly version: string }
      const image = unpackImage(`${layout}:${version}`, folder)
      if (image === undefined) return skipped(whyNoRoot)
      requireListed(image.root)
      const server = await makeServer({ name: 'image' })
      ends.push(() => server.remove())
      await server.start()
      tell({ ...one, ...(await live(image, folder, server)) })
    } finally {
      for (const end of ends.toReversed()) await end()
    }
  },
)

/** @returns the sentence of a program that is missing */
function build(file: string): Built | string {
  try {
    const words = ['run', '--silent', 'image', '--', '--out', file]
    return JSON.parse(
      execFileSync('npm', words, { encoding: 'utf8', timeout: buildMs, stdio: 'pipe' }),
    ) as Built
  } catch (error) {
    const { status, stderr = '' } = error as { status?: number; stderr?: string }
    if (status === isMissing) return stderr.trim()
    throw error
  }
}

/** The list inside names what is inside, and nothing there is anybody's but root's. */
function requireListed(root: string): void {
  const { components } = JSON.parse(fs.readFileSync(join(root, list), 'utf8')) as {
    readonly components: readonly { readonly purl: string }[]
  }
  const listed = components.map(({ purl }) => purl).filter((purl) => purl.startsWith('pkg:npm/'))
  const inside = fs.globSync('**/package.json', { cwd: join(root, home, 'node_modules') })
  const packages = inside
    .filter((path) => /(?:^|node_modules\/)(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path))
    .map((path) => fs.readFileSync(join(root, home, 'node_modules', path), 'utf8'))
    .map((text) => JSON.parse(text) as { readonly name?: string; readonly version?: string })
    .flatMap(({ name, version }) =>
      name === undefined ? [] : [`pkg:npm/${name.replace('@', '%40')}@${version}`],
    )
  expect([...new Set(packages)].toSorted()).toEqual(listed.toSorted())
  for (const part of [
    'pkg:generic/node@',
    'pkg:deb/debian/libc6@',
    'pkg:deb/debian/ca-certificates@',
  ])
    expect(components.map(({ purl }) => purl).join(' ')).toContain(part)
  const all = fs.readdirSync(root, { recursive: true, withFileTypes: true })
  const loose = all.filter((entry) => {
    const { uid, gid, mode } = fs.lstatSync(join(entry.parentPath, entry.name))
    return uid !== 0 || gid !== 0 || (!entry.isSymbolicLink() && (mode & 0o6022) !== 0)
  })
  expect(loose.map(({ parentPath, name }) => join(parentPath, name))).toEqual([])
}

async function live(image: ImageRoot, folder: string, server: Server): Promise<object> {
  await makeRoles(server)
  const env = environment(server, 'accord_serve')
  const owner = environment(server, 'accord_owner')
  const tool = async (words: readonly string[], of = env, keys?: 'creates') => {
    const ran = image.start(words, of, keys)
    const code = await ran.gone()
    expect(code, `${words.join(' ')}\n${ran.output()}`).toBe(0)
    return ran.output()
  }

  // Who it is, and what it can write.
  const inside = `
    const fs = require('node:fs')
    const may = (path) => { try { fs.writeFileSync(path, ''); return path } catch (error) { return error.code } }
    console.log(JSON.stringify([process.pid, process.getuid(), process.getgid(), process.getgroups(), fs.existsSync('/bin/sh'),
      ...['/x', '/tmp/x', '${home}/src/main.ts', '${nodePath}', '/run/x', '/run/keys/x', '/run/register/x'].map(may)]))`
  const said = await tool(['--eval', inside], env)
  expect(JSON.parse(said.trim().split('\n').at(-1) ?? '')).toEqual([
    1,
    65532,
    65532,
    [65532],
    false,
    ...Array.from({ length: 7 }, () => 'EROFS'),
  ])

  await tool(['src/accord.ts', 'keys', 'create', '--log'], env, 'creates')
  noteKeys(join(folder, 'given/keys'))
  await tool(['src/accord.ts', 'config'])
  expect(await tool(['src/main.ts', 'migrate'], owner)).toContain('applied')

  const [webPort, workPort] = [await freePorts(1), await freePorts(1)]
  const web = image.start(image.config.process.args.slice(-2), {
    ...env,
    WORK: 'no',
    PORT: String(webPort),
  })
  const serveMs = await readyAfter(webPort)
  const workEnv = { ...env, METRICS_PORT: String(workPort), METRICS_HOST: '127.0.0.1' }
  const work = image.start(['src/main.ts', 'work'], workEnv)
  const workMs = await readyAfter(workPort)
  await tool(['src/accord.ts', 'register', 'apply', '/run/register'])
  const isShown = async () =>
    (await ask(webPort, '/register/services.csv')).text.includes('exemple')
  await until('the register is shown', isShown, readyMs)
  expect((await ask(webPort, '/.well-known/openid-configuration')).status).toBe(200)
  const isSigned = async () => {
    const { text } = await ask(webPort, '/log/policy')
    const [, log] = /^log \S+ (\S+)/m.exec(text) ?? []
    return (
      log !== undefined &&
      (await ask(webPort, `${new URL(log).pathname}/checkpoint`)).status === 200
    )
  }
  await until('the log is signed', isSigned, readyMs)
  expect((await ask(workPort, '/metrics')).text).toContain('accord_build_info')
  await until(
    'all is in the log',
    async () => (await image.start(['src/accord.ts', 'ledger', 'verify'], env).gone()) === 0,
    readyMs,
  )
  expect((await ask(webPort, '/')).status).toBe(200)
  const stops = await Promise.all([web, work].map((one) => one.stop('SIGTERM')))
  expect(stops).toEqual([0, 0])
  return { serveMs, workMs }
}

async function makeRoles({ ask: sql, url }: Server): Promise<void> {
  for (const role of ['accord_owner', 'accord_serve', 'accord_read'])
    await sql(`create role ${role} login password 'a-word-of-a-drill'`)
  await sql('grant pg_monitor to accord_read')
  await sql(`alter database ${new URL(url).pathname.slice(1)} owner to accord_owner`)
  await sql(
    'grant execute on function pg_ls_dir(text), pg_stat_file(text, boolean) to accord_owner, accord_serve',
  )
  await sql('grant maintain on pg_statistic, pg_statistic_ext_data to accord_serve')
}

/** That of the units, as the guide changes it. */
function environment({ url }: Server, role: string): Readonly<Record<string, string>> {
  const own = new URL(url)
  own.username = role
  own.password = 'a-word-of-a-drill'
  const lines = textOf('deploy/systemd/accord.env').split('\n')
  const pairs = lines.flatMap((line) => {
    const [, name = '', value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
    return name === '' ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(pairs),
    ISSUER: `https://${host}`,
    DATABASE_URL: own.href,
    DURABILITY: 'single',
    HOST: '127.0.0.1',
    KEYS_DIR: '/run/keys',
    LEDGER_DIR: '/run/ledger',
  }
}

async function readyAfter(port: number): Promise<number> {
  const began = performance.now()
  const isReady = async () => (await ask(port, '/readyz').catch(() => undefined))?.status === 200
  await until('it is ready', isReady, readyMs)
  return Math.round(performance.now() - began)
}

function ask(port: number, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host, 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' }
    const signal = AbortSignal.timeout(answerMs)
    const sent = get({ host: '127.0.0.1', port, path, headers, agent: false, signal }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
  })
}
