import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, inject, test } from 'vitest'
import { processStartOf } from '../../src/base/settings/data-folder.ts'
import { postgresOf, until } from './fault-process.ts'
import { startOwnServer } from './own-server.ts'

test('a server of the tests ends with the process that started it, killed or not, and its folder goes', async () => {
  const file = join(import.meta.dirname, 'own-server-owner.ts')
  const owner = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(owner.stdout.setEncoding('utf8'), 'data')) as [string]
  const dataDir = said.trim()
  const server = postgresOf(dataDir)
  expect(server).toBeDefined()

  owner.kill('SIGKILL')

  await until('the server is gone', () => processStartOf(server ?? 0) === undefined)
  await until('its folder is gone', () => !existsSync(dataDir))
})

test('a server that was killed is started again over the same files, and a stop leaves nothing', async () => {
  const server = await startOwnServer('owned', { max_connections: '7' }, inject('cluster'))
  await ask(server.url(), 'create table kept as select 42 as answer')
  process.kill(postgresOf(server.dataDir) ?? 0, 'SIGKILL')

  await server.startAgain()

  const both = `select answer, current_setting('max_connections') as connections from kept`
  expect(await ask(server.url(), both)).toEqual([{ answer: 42, connections: '7' }])
  await server.stop()
  expect(existsSync(server.dataDir)).toBe(false)
})

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
