import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientMetadata } from 'oidc-provider'
import { vi } from 'vitest'
import { parse } from 'yaml'
import { type Demonstration, moved, startDemonstration } from '../../demo/start.ts'
import { type StandIn, startStandIn } from './stand-in-issuer.ts'

/** Both applications on free ports, with an issuer that is not there until it is called for. */
export async function startBoth(): Promise<
  Demonstration & { startIssuer(publishes?: 'other keys'): Promise<StandIn> }
> {
  // The library announces its defaults, and the applications report each trouble that the tests make.
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockReturnValue(undefined)
  const port = await threeFreePorts()
  const dataDir = await mkdtemp(join(tmpdir(), 'accord-demo-'))
  const demonstration = await startDemonstration({
    issuer: `http://localhost:${port}`,
    port,
    dataDir,
  })
  return {
    ...demonstration,
    startIssuer: async (publishes) => startStandIn(port, await registeredClients(port), publishes),
  }
}

async function registeredClients(port: number): Promise<ClientMetadata[]> {
  const folder = new URL('../../demo/register/services/', import.meta.url)
  const texts = await Promise.all(
    ['aide-etudes', 'agence-revenu'].map((id) => readFile(new URL(`${id}.yaml`, folder), 'utf8')),
  )
  return texts.map((text) => {
    // What the register adds to RFC 7591 is not for the library.
    const {
      name: _n,
      description: _d,
      organisation: _o,
      version: _v,
      ...metadata
    } = parse(moved(text, port))
    return metadata
  })
}

// Below the range from which the system takes the ports of outgoing connections: those come and go.
async function threeFreePorts(): Promise<number> {
  for (let count = 0; count < 20; count++) {
    const first = randomInt(10_000, 30_000)
    const isFree = await Promise.all([0, 1, 2].map((offset) => isPortFree(first + offset)))
    if (isFree.every(Boolean)) return first
  }
  throw new Error('no three free ports in a row')
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
