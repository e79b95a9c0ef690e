import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { ClientMetadata } from 'oidc-provider'
import { vi } from 'vitest'
import { parse } from 'yaml'
import { type FindNotice } from '../../demo/applications/holder/notices.ts'
import { startRevenueAgency } from '../../demo/applications/revenue-agency.ts'
import type { Running } from '../../demo/applications/serve.ts'
import { startStudentAid } from '../../demo/applications/student-aid.ts'
import { type Demonstration, moved, startDemonstration } from '../../demo/start.ts'
import { newFolder } from '../support/fault-process.ts'
import { type StandIn, startStandIn } from './stand-in-issuer.ts'

/** Both applications, and another province, on free ports, with an issuer that is not there until it is called for. */
export async function startBoth(): Promise<
  Demonstration & { startIssuer(publishes?: 'other keys'): Promise<StandIn> }
> {
  const settings = await newSettings()
  const demonstration = await startDemonstration(settings)
  return {
    ...demonstration,
    startIssuer: async (publishes) =>
      startStandIn(settings.port, await registeredClients(settings), publishes),
  }
}

/** The same in pieces: each can be started and stopped while the others go on. */
export async function inPieces() {
  const { port, ...settings } = await newSettings()
  const running: Running[] = []
  async function kept<Piece extends Running>(starting: Promise<Piece>): Promise<Piece> {
    const piece = await starting
    let closing: Promise<void> | undefined
    const once = { ...piece, close: () => (closing ??= piece.close()) }
    running.push(once)
    return once
  }
  return {
    studentAid: `http://localhost:${port + 1}`,
    revenueAgency: `http://localhost:${port + 2}`,
    startIssuer: async () =>
      kept(startStandIn(port, await registeredClients({ ...settings, port }))),
    startStudentAid: () => kept(startStudentAid({ ...settings, port: port + 1 })),
    startRevenueAgency: (findNotice?: FindNotice) =>
      kept(startRevenueAgency({ ...settings, port: port + 2 }, findNotice)),
    closeToo: (close: () => Promise<void>) => void running.push({ close }),
    /** Closes what still runs. */
    async close() {
      await Promise.all(running.map((piece) => piece.close()))
    },
  }
}

async function newSettings() {
  // The library announces its defaults, and the applications report each trouble that the tests make.
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockReturnValue(undefined)
  const port = await freePortsOfAll()
  const dataDir = newFolder()
  return { issuer: `http://localhost:${port}`, port, dataDir }
}

async function registeredClients({
  issuer,
  port,
}: {
  readonly issuer: string
  readonly port: number
}): Promise<ClientMetadata[]> {
  const folder = new URL('../../demo/register/services/', import.meta.url)
  const texts = await Promise.all(
    ['aide-etudes', 'agence-revenu'].map((id) => readFile(new URL(`${id}.yaml`, folder), 'utf8')),
  )
  return texts.map((text) => {
    // What the register adds to RFC 7591 is not for the library.
    const {
      name: _n,
      description: _d,
      version: _v,
      status: _s,
      ...metadata
    } = parse(moved(text, port))
    return {
      ...metadata,
      authorization_details_types: [`${issuer}/rar/communication/v1`],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    }
  })
}

// Below the range from which the system takes the ports of outgoing connections: those come and go. Above 10080, the
// last port that fetch refuses to talk to.
async function freePortsOfAll(): Promise<number> {
  for (let count = 0; count < 20; count++) {
    const first = randomInt(11_000, 30_000)
    const isFree = await Promise.all([0, 1, 2, 4].map((offset) => isPortFree(first + offset)))
    if (isFree.every(Boolean)) return first
  }
  throw new Error('no free ports for the demonstration')
}

async function isPortFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, 'localhost')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
