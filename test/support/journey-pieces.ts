import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRevenueAgency } from '../../demo/applications/revenue-agency.ts'
import { startStudentAid } from '../../demo/applications/student-aid.ts'
import { moved } from '../../demo/start.ts'
import { buildApp } from '../../src/house/app.ts'
import { readConfig } from '../../src/base/settings/config.ts'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { applyRegister, readRegister } from '../../src/registry/index.ts'
import { freshDatabase } from './database.ts'
import { freePorts } from './house.ts'
import { housePatience } from './patience.ts'
import { sealsOf } from './seals.ts'

const registerFolder = join(import.meta.dirname, '../../demo/register')

export type Pieces = {
  readonly issuer: string
  readonly port: number
  readonly databaseUrl: string
  readonly dataDir: string
  readonly studentAid: string
  readonly revenueAgency: string
  stopRevenueAgency(): Promise<void>
  startRevenueAgency(): Promise<void>
  stop(): Promise<void>
}

/** The demonstration put together inside this process, so that one application can be down while the rest goes on. */
export async function startInPieces(): Promise<Pieces> {
  const database = await freshDatabase()
  const port = await freePorts(6)
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-pieces-'))
  const config = readConfig({
    PORT: String(port),
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
  })
  await createMissingKeys(config.keysDir)
  const broker = await startBroker(config, database.url)
  const settings = { issuer: config.issuer, dataDir }
  const studentAid = await startStudentAid({ ...settings, port: port + 1 })
  let revenueAgency = await startRevenueAgency({ ...settings, port: port + 2 })
  return {
    issuer: config.issuer,
    port,
    databaseUrl: database.url,
    dataDir,
    studentAid: `http://localhost:${port + 1}`,
    revenueAgency: `http://localhost:${port + 2}`,
    stopRevenueAgency: () => revenueAgency.close(),
    async startRevenueAgency() {
      revenueAgency = await startRevenueAgency({ ...settings, port: port + 2 })
    },
    async stop() {
      await Promise.all([studentAid.close(), revenueAgency.close()])
      await broker.stop()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function startBroker(config: ReturnType<typeof readConfig>, databaseUrl: string) {
  await applyDemoRegister(databaseUrl, config.keysDir)
  const app = await buildApp(config, databaseUrl, {
    rewriteRegister: (text) => moved(text, config.port),
  })
  app.server.listen({ host: config.host, port: config.port })
  await once(app.server, 'listening')
  const worker = await app.startWork()
  return {
    async stop() {
      await worker.stop()
      const closed = once(app.server, 'close')
      app.server.close()
      app.server.closeAllConnections()
      await closed
      await app.close()
    },
  }
}

async function applyDemoRegister(databaseUrl: string, keysDir: string): Promise<void> {
  const db = openDatabase(databaseUrl, housePatience)
  const files = await readRegister(registerFolder)
  const seals = await sealsOf(keysDir)
  await transact(db, (tx) => applyRegister(tx, seals, files, new Date()))
  await db.destroy()
}
