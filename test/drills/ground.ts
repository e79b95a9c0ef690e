import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { issuer, ownEnv } from '../support/broker.ts'
import type { Launched } from '../support/fault-process.ts'
import { launch, newFolder, until } from '../support/fault-process.ts'
import { freePorts } from '../support/house.ts'
import type { RollingProxy } from '../support/rolling-proxy.ts'
import { openRollingProxy } from '../support/rolling-proxy.ts'
import { noteKeys } from '../support/secrets.ts'
import type { Site } from '../support/browser.ts'
import type { Service } from '../support/service.ts'
import type { Parties } from '../support/sharing.ts'
import { api, makeParties } from '../support/sharing.ts'

// A deployment of real processes for a drill: web processes behind a proxy that asks whether they are ready, and workers that
// sequence and sign, all started as the npm scripts start them. A process may be of another version, or on another machine.

const root = join(import.meta.dirname, '../..')
const before = ['--import', './src/guard.js']
const readyMs = 180_000
const lookLimitMs = 1000
const mostFaults = 20

/** Where a process runs: by default this version, on this machine, at a port that is free. */
export type Place = {
  readonly tree?: string
  readonly address?: string
  readonly port?: number
  readonly command?: readonly string[]
}

export type House = Launched & {
  readonly kind: 'serve' | 'work'
  readonly place: Place
  readonly port: number
  signal(what: NodeJS.Signals): void
  isReady(): Promise<boolean>
}

/** What people speak to. */
export type Front = RollingProxy & Pick<Site, 'address'>

export type Ground = {
  readonly dataDir: string
  readonly ledgerDir: string
  readonly front: Front
  readonly parties: Parties
  readonly houses: ReadonlySet<House>
  /** Processes that are started from now on use this database. */
  moveTo(databaseUrl: string): void
  /** Starts a process and waits until it is ready; a web process then gets requests. */
  open(kind: House['kind'], place?: Place): Promise<House>
  /** A process that may refuse to start. */
  tryToOpen(kind: House['kind'], place?: Place): Promise<House>
  /** SIGTERM, or what else. @returns its exit code, or the signal */
  close(house: House, how?: NodeJS.Signals): Promise<number | string>
  accord(args: readonly string[], place?: Place): Promise<Ran>
  /** A command that does not end by itself here, or is ended. */
  begin(args: readonly string[]): Launched
  migrate(place?: Place): Promise<Ran>
  /** What processes said of requests that failed by a fault of ours. */
  faults(): string[]
  end(): Promise<void>
}

export type Ran = { readonly code: number | string; readonly output: string }

export type Laying = {
  /** Of the version that makes the schema and the register. */
  readonly tree?: string
  /** What the processes get beside what all need. */
  readonly env?: Readonly<Record<string, string>>
  /** Whether bodies are told by streams. */
  readonly signals?: boolean
  /** Services beside the two parties; ID tokens may then be signed by RSA. */
  readonly services?: (site: Site) => Promise<readonly Service[]>
  /** By default a proxy in this process. */
  readonly openFront?: (host: string) => Promise<Front>
}

export async function layGround(
  databaseUrl: string,
  { tree = root, env = {}, signals = false, services, openFront = openRollingProxy }: Laying = {},
): Promise<Ground> {
  const dataDir = newFolder()
  const [keysDir, ledgerDir] = [join(dataDir, 'keys'), join(dataDir, 'ledger')]
  await createMissingKeys(keysDir, { rsa: services !== undefined, signals })
  noteKeys(keysDir)
  const front = await openFront(new URL(issuer).host)
  const { port: frontPort, address: frontAddress } = front
  const parties = await makeParties({
    issuer,
    ports: [frontPort],
    ...(frontAddress === undefined ? {} : { address: frontAddress }),
  })
  const more = (await services?.(parties)) ?? []
  const houses = new Set<House>()
  const all: House[] = []
  let url = databaseUrl
  const common = {
    DATA_DIR: dataDir,
    KEYS_DIR: keysDir,
    LEDGER_DIR: ledgerDir,
    ISSUER: issuer,
    LOG_LEVEL: 'info',
    STOP_GRACE: '5', // as in production
    ...ownEnv,
    ...env,
  }

  function begin(args: readonly string[], { tree: cwd = tree }: Place = {}): Launched {
    return launch([...before, ...args], { env: { ...common, DATABASE_URL: url }, cwd })
  }

  async function run(args: readonly string[], place?: Place): Promise<Ran> {
    const ran = begin(args, place)
    return { code: await ran.gone(), output: ran.output() }
  }

  async function tryToOpen(kind: House['kind'], place: Place = {}): Promise<House> {
    const { tree: cwd = tree, address = '127.0.0.1', command = [] } = place
    const port = place.port ?? (await freePorts(1))
    const own =
      kind === 'serve'
        ? { WORK: 'no', PORT: String(port), HOST: address }
        : { METRICS_PORT: String(port), METRICS_HOST: address }
    const process = launch([...before, 'src/main.ts', kind], {
      env: { ...common, ...own, DATABASE_URL: url },
      cwd,
      command: [...command, globalThis.process.execPath],
    })
    const host = new URL(issuer).host
    const house: House = {
      ...process,
      kind,
      place,
      port,
      signal: (what) => void process.process.kill(what),
      // An older version's worker says on no port how it is.
      isReady: async () => isWorking(process) || (await answersReady(address, port, host)),
    }
    houses.add(house)
    all.push(house)
    void process.gone().then(() => houses.delete(house))
    await until(
      'it is ready, or has ended',
      async () => !houses.has(house) || house.isReady(),
      readyMs,
    )
    if (kind === 'serve' && houses.has(house)) front.take(port, address)
    return house
  }

  async function close(house: House, how: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    const code = await house.end(how)
    front.drop(house.port)
    return code
  }

  const ground: Ground = {
    dataDir,
    ledgerDir,
    front,
    parties,
    houses,
    moveTo(movedTo) {
      url = movedTo
    },
    tryToOpen,
    async open(kind, place) {
      const house = await tryToOpen(kind, place)
      if (!houses.has(house)) throw new Error(`${kind} did not start:\n${house.output()}`)
      if (kind === 'serve')
        await until('it gets requests', () => front.ready().includes(house.port), readyMs)
      return house
    },
    close,
    begin,
    accord: (args, place) => run(['src/accord.ts', ...args], place),
    migrate: (place) => run(['src/main.ts', 'migrate'], place),
    faults: () => all.flatMap(({ output }) => faultsIn(output())).slice(0, mostFaults),
    async end() {
      await Promise.all([...houses].map((house) => close(house, 'SIGKILL')))
      await front.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  const register = join(dataDir, 'register')
  writeRegister(tree, register, [parties.aid, parties.revenue, ...more])
  for (const ran of [await ground.migrate(), await ground.accord(['register', 'apply', register])])
    if (ran.code !== 0) throw new Error(`the ground is not laid:\n${ran.output}`)
  return ground
}

/** The demonstration's register with the drill's own services. */
function writeRegister(tree: string, into: string, services: readonly Service[]): void {
  cpSync(join(tree, 'demo/register'), into, { recursive: true })
  rmSync(join(into, 'services'), { recursive: true })
  mkdirSync(join(into, 'services'))
  for (const { clientId, registered } of services)
    writeFileSync(join(into, 'services', `${clientId}.yaml`), JSON.stringify(registered)) // YAML holds JSON
  const datasets = join(into, 'datasets')
  for (const name of readdirSync(datasets)) {
    const text = readFileSync(join(datasets, name), 'utf8')
    const moved = text.replace(/^resource_server: .*$/m, `resource_server: ${api}`)
    writeFileSync(join(datasets, name), moved)
  }
}

/** The line of each fault, and that of its request, which names the route. */
function faultsIn(text: string): string[] {
  const lines = text.split('\n')
  const failed = lines.filter((line) => line.includes('"msg":"a request failed"'))
  return failed.flatMap((line) => {
    const [, id = ''] = /"requestId":"([^"]+)"/.exec(line) ?? []
    return lines.filter((one) => one.includes(id))
  })
}

function isWorking({ output }: Launched): boolean {
  return output().includes('"msg":"working"')
}

function answersReady(address: string, port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(lookLimitMs)
    const url = `http://${address}:${port}/readyz`
    const sent = get(url, { headers: { host }, agent: false, signal }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    sent.on('error', () => resolve(false))
  })
}
