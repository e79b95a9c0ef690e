import { setTimeout } from 'node:timers/promises'
import type { Server } from './servers.ts'

// What the primary knows of the processes that use it: whose lease of which duty it is, and how many connections each machine has.

export type Watch = {
  /** How often each duty passed to another process. */
  passes(): Readonly<Record<string, number>>
  /** Leases that two processes had, or that went back. */
  readonly wrong: readonly string[]
  /** The most connections that a machine had at once. */
  mostConnections(): number
  end(): Promise<void>
}

type Row = {
  readonly duty: string
  readonly number: number
  readonly holder: string
}

const paceMs = 500

export function startWatch(primary: () => Server): Watch {
  const over = new AbortController()
  const last = new Map<string, Row>()
  const passes: Record<string, number> = {}
  const wrong: string[] = []
  let most = 0

  async function look(): Promise<void> {
    const { ask } = primary()
    const leases = (await ask('select duty, number::float8, holder from duty_lease')) as Row[]
    for (const lease of leases) take(lease)
    const counts = await connectionsIn(primary())
    most = Math.max(most, ...Object.values(counts))
  }

  function take(lease: Row): void {
    const { duty, number, holder } = lease
    const before = last.get(duty)
    const isNext = before === undefined || number > before.number
    if (!isNext && (number < before.number || holder !== before.holder))
      wrong.push(`${duty} ${before.number}, then ${number} of another`)
    if (before !== undefined && holder !== before.holder) passes[duty] = (passes[duty] ?? 0) + 1
    last.set(duty, lease)
  }

  const watching = (async () => {
    while (!over.signal.aborted) {
      await look().catch(() => undefined) // no primary, for a while
      await setTimeout(paceMs)
    }
  })()
  return {
    passes: () => ({ ...passes }),
    wrong,
    mostConnections: () => most,
    async end() {
      over.abort()
      await watching
    },
  }
}

/** How many connections of ours each machine has, as the server believes. */
export async function connectionsIn({ ask }: Server): Promise<Readonly<Record<string, number>>> {
  const rows = await ask(
    `select host(client_addr) as address, count(*)::int as count from pg_stat_activity
     where application_name like 'accord%' group by client_addr`,
  )
  return Object.fromEntries(rows.map(({ address, count }) => [String(address), Number(count)]))
}

/** The machine whose process has the lease of a duty now. */
export async function holderOf({ ask }: Server, duty: string): Promise<string | undefined> {
  const [row] = await ask(
    `select host(a.client_addr) as address from duty_lease l
     join pg_stat_activity a on a.pid = l.backend and a.backend_start = l.backend_began where l.duty = $1`,
    [duty],
  )
  return row === undefined ? undefined : String(row['address'])
}

export async function signedIn({ ask }: Server): Promise<number> {
  const [row] = await ask('select coalesce(max(tree_size), 0)::int as size from checkpoint')
  return Number(row?.['size'])
}
