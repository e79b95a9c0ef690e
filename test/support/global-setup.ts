import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { bornAt, readIfThere } from '../../src/base/platform/data-folder.ts'
import { startEmbedded } from '../../src/base/postgres/embedded.ts'
import { migrate } from '../../src/base/platform/migrate.ts'
import { closeSecrets, findSecrets, openSecrets } from './secrets.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL where the tests may create databases. */
    adminUrl: string
  }
}

const exitPolls = 500
const inMemory = '/dev/shm'
const roomBytes = 4e9

type Server = { readonly url: string; stop(): Promise<void> }

/** One server for the whole run, and in it the template that every test file's database is cloned from. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  refuseOldNode()
  const secrets = openSecrets()
  process.once('exit', () => closeSecrets(secrets))
  const server = await openServer(process.env['TEST_DATABASE_URL'])
  try {
    await makeTemplate(server.url)
  } catch (cause) {
    await server.stop()
    throw cause
  }
  project.provide('adminUrl', server.url)
  return async () => {
    await server.stop()
    refuseLoggedSecrets(secrets)
  }
}

function refuseLoggedSecrets(folder: string): void {
  const found = findSecrets(folder).map(({ file, kind }) => `${kind} in the log of ${file}`)
  if (found.length > 0) throw new Error(`secrets were logged:\n${found.join('\n')}`)
}

function refuseOldNode(): void {
  if (Number.parseInt(process.versions.node, 10) >= 24) return
  console.error(
    `The tests need Node 24 or later, this is ${process.versions.node}: run them with \`npm test\`.`,
  )
  process.exit(1)
}

async function openServer(url: string | undefined): Promise<Server> {
  if (url !== undefined) return { url, stop: () => Promise.resolve() }
  const dataDir = mkdtempSync(join(quickFolder(), 'accord-test-'))
  const embedded = await startEmbedded({ dataDir })
  const stopAtExit = () => stopAtOnce(dataDir)
  process.once('exit', stopAtExit)
  return {
    url: embedded.url,
    stop: async () => {
      await embedded.stop()
      process.off('exit', stopAtExit)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

// Where nothing waits for a disk, if there is room: each file has a database of its own, and a house refuses one that may forget.
function quickFolder(): string {
  if (!existsSync(inMemory)) return tmpdir()
  const { bavail, bsize } = statfsSync(inMemory)
  return bavail * bsize > roomBytes ? inMemory : tmpdir()
}

// After Ctrl-C vitest leaves without the teardown, and an exit handler cannot wait for a promise.
function stopAtOnce(dataDir: string): void {
  const pid = Number(readIfThere(join(dataDir, 'pg', 'postmaster.pid'))?.split('\n')[0])
  if (bornAt(pid) !== undefined) process.kill(pid, 'SIGQUIT')
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let i = 0; i < exitPolls && bornAt(pid) !== undefined; i++) Atomics.wait(clock, 0, 0, 10)
  rmSync(dataDir, { recursive: true, force: true })
}

async function makeTemplate(adminUrl: string): Promise<void> {
  const admin = new Client({ connectionString: adminUrl })
  await admin.connect()
  try {
    await admin.query('drop database if exists accord_template with (force)')
    await admin.query('create database accord_template')
    const url = new URL(adminUrl)
    url.pathname = '/accord_template'
    await migrate(url.href)
    // A session in the template would make `create database` fail.
    await admin.query('alter database accord_template with allow_connections false')
  } finally {
    await admin.end()
  }
}
