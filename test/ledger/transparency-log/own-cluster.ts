import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../../src/base/postgres/embedded.ts'
import { migrate } from '../../../src/base/platform/migrate.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { openFaultProxy } from '../../support/fault-proxy.ts'

/** A PostgreSQL that is nobody else's, at one address for as long as it lives: it may be killed. */
export type OwnCluster = FreshDatabase & {
  /** `kill -9` of the server, then at once another one over the same files, which recovers them. */
  killAndRestart(): Promise<void>
}

export async function openOwnCluster(): Promise<OwnCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-own-'))
  let server = await startEmbedded({ dataDir })
  await migrate(server.url)
  const proxy = await openFaultProxy(server.url)
  return {
    url: proxy.url,
    async killAndRestart() {
      const file = join(dataDir, 'pg', 'postmaster.pid')
      process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGKILL')
      // Only gives back its folder: it is gone.
      await server.stop()
      server = await startEmbedded({ dataDir })
      proxy.leadTo(server.url)
    },
    async drop() {
      await proxy.close()
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
