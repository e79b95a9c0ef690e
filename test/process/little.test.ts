import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client as Postgres } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { byServing } from '../support/database-roles.ts'
import { addService } from '../support/fault-service.ts'
import { send } from '../support/fault-client.ts'
import type { Launched } from '../support/fault-process.ts'
import { launch, newFolder, until } from '../support/fault-process.ts'
import { freePorts } from '../support/house.ts'
import { operatorEnv } from '../support/operator.ts'

// What a deployment has on its disk: the files without the demonstration, the tests, the measurements, the pictures of documents and the
// samples of pages, and the packages of `npm ci --omit=dev --omit=optional`. The operator brings Node.

const root = join(import.meta.dirname, '../..')
const absent = /^(demo|test|bench|docs\/(pictures|profile))\/|^views\/.*sample/
const mostBytes = 100e6

const main = ['--import', './src/guard.js', 'src/main.ts']
const accord = ['--import', './src/guard.js', 'src/accord.ts']
const proxied = { Host: 'accord.example.test', 'X-Forwarded-Proto': 'https' }

let installed: string
let keysDir: string
let ledgerDir: string
let compiled: string
let database: string
let url: string

beforeAll(async () => {
  installed = newPlace()
  keysDir = newFolder()
  ledgerDir = newFolder()
  compiled = newFolder()
  install([...gitFiles(), ...neededPackages().flatMap(filesOf)])
  database = `accord_test_little_${process.pid}`
  await administer(`create database ${database}`)
  url = Object.assign(new URL(inject('adminUrl')), { pathname: `/${database}` }).href
})

afterAll(async () => {
  await administer(`drop database if exists ${database} with (force)`)
  for (const folder of [installed, keysDir, ledgerDir, compiled])
    rmSync(folder, { recursive: true, force: true })
})

/** The same in each run, because what was compiled is kept by the path of its file; another one beside a run that has it. */
function newPlace(): string {
  const place = join(tmpdir(), `accord-little-${createHash('sha256').update(root).digest('hex')}`)
  try {
    mkdirSync(place)
    return place
  } catch {
    return newFolder()
  }
}

function gitFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  return listed.split('\0').filter((file) => file !== '' && !absent.test(file))
}

type Lock = {
  readonly packages: Readonly<Record<string, { dev?: true; optional?: true; devOptional?: true }>>
}

/** As npm reads the lock: what is needed neither for development nor by an optional dependency alone. */
function neededPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages).flatMap(([path, { dev, optional, devOptional }]) =>
    path === '' || dev === true || optional === true || devOptional === true ? [] : [path],
  )
}

/** The files of a package without the packages in it, which have names of their own in the lock. */
function filesOf(pack: string): string[] {
  return filesIn(pack).filter((file) => !file.startsWith(`${pack}/node_modules/`))
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const inside = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesIn(inside) : [inside]
  })
}

/** Each file under a second name: nobody writes into them, and ten thousand copies cost five seconds. */
function install(files: readonly string[]): void {
  const place = isSameDisk() ? linkSync : copyFileSync
  for (const folder of new Set(files.map((file) => dirname(file))))
    mkdirSync(join(installed, folder), { recursive: true })
  for (const file of files) place(join(root, file), join(installed, file))
}

function isSameDisk(): boolean {
  return statSync(root).dev === statSync(installed).dev
}

async function administer(statement: string): Promise<void> {
  const admin = new Postgres({ connectionString: inject('adminUrl') })
  await admin.connect()
  await admin.query(statement)
  await admin.end()
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Launched {
  const deployed = {
    NODE_ENV: 'production',
    ISSUER: 'https://accord.example.test',
    DATABASE_URL: args.includes('migrate') ? url : byServing(url),
    DURABILITY: 'single',
    KEYS_DIR: keysDir,
    LEDGER_DIR: ledgerDir,
    TRUSTED_PROXIES: '1',
    STOP_GRACE: '0',
    // Of paths that no other run has.
    NODE_COMPILE_CACHE: compiled,
    ...operatorEnv,
    ...env,
  }
  return launch(args, { env: deployed, cwd: installed })
}

async function done(args: readonly string[]): Promise<string> {
  const one = run(args)
  expect({ args, code: await one.gone(), said: one.complaint() }).toEqual({
    args,
    code: 0,
    said: '',
  })
  return one.output()
}

test('a deployment takes less than 100 MB', () => {
  const said = execFileSync('du', ['-s', '-B1', installed], { encoding: 'utf8' })
  expect(Number.parseInt(said, 10)).toBeLessThan(mostBytes)
})

test('a deployment migrates, makes its keys, and runs the tool', async () => {
  expect(await done([...main, 'migrate'])).toMatch(/\n[1-9]\d* migrations applied\n$/)
  expect(await done([...accord, 'keys', 'create'])).toMatch(/made cookie/)
  expect(await done([...accord, 'config'])).toContain('https://accord.example.test')
  expect(await done([...accord, 'ledger', 'verify'])).toMatch(/\nIt holds\.\n$|^It holds\.\n$/)
})

test('a deployment serves, and works', async () => {
  await addService(url, keysDir, 'bourses')
  const port = await freePorts(1)
  const [serve, work] = [
    run([...main, 'serve'], { PORT: String(port), WORK: 'no' }),
    run([...main, 'work']),
  ]
  const ask = (path: string) => send(port, path, { headers: proxied })
  await until(`it is ready: ${serve.output()}`, async () => {
    if (serve.process.exitCode !== null) throw new Error(serve.output())
    return ask('/readyz').then(
      (answer) => answer.status === 200,
      () => false,
    )
  })
  for (const path of ['/', '/aide', '/jwks', '/css/layout.css', '/api/docs', '/verifier'])
    expect([path, (await ask(path)).status]).toEqual([path, 200])
  await until('it works', () => work.output().includes('"msg":"working"'))
  for (const one of [serve, work])
    expect({ code: await one.end('SIGTERM'), said: one.complaint() }).toEqual({ code: 0, said: '' })
})

test('a deployment says in one sentence that it has no demonstration', async () => {
  const demo = run([...main, 'demo'])
  expect(await demo.gone()).toBe(1)
  expect(demo.complaint()).toMatch(/^The demonstration is not installed here.*\n$/)
})
