import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FreshDatabase } from '../../support/database.ts'
import { startMigratedServer } from '../../support/database.ts'
import { openFaultProxy } from '../../support/fault-proxy.ts'

/** A PostgreSQL that is nobody else's, at one address for as long as it lives: it may be killed. */
export type OwnCluster = FreshDatabase & {
  /** `kill -9` of the server, then at once another one over the same files, which recovers them. */
  killAndRestart(): Promise<void>
}

export async function openOwnCluster(): Promise<OwnCluster> {
  const server = await startMigratedServer('own')
  const proxy = await openFaultProxy(server.url())
  return {
    url: proxy.url,
    async killAndRestart() {
      const file = join(server.dataDir, 'pg', 'postmaster.pid')
      process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGKILL')
      await server.startAgain()
      proxy.leadTo(server.url())
    },
    async drop() {
      await proxy.close()
      await server.stop()
    },
  }
}
