import type { Ground, House, Laying } from './ground.ts'
import { layGround } from './ground.ts'
import type { Lives } from './lives.ts'
import { startLives } from './lives.ts'
import { seed, tell } from './report.ts'
import type { Server } from './servers.ts'
import { makeServer } from './servers.ts'

// What most drills begin with: a database, two web processes, two workers, and people who live.

export type Scene = { readonly server: Server; readonly ground: Ground; readonly lives: Lives }

type Settings = {
  readonly name: string
  /** Of PostgreSQL. */
  readonly settings?: Readonly<Record<string, string>>
  /** The folder in which the database lies. */
  readonly within?: string
  /** The version that begins. */
  readonly tree?: string
  /** Services beside the two parties, keys and settings. */
  readonly laying?: Pick<Laying, 'services' | 'signals' | 'env'>
  /** Before the first process starts. @returns what undoes it */
  readonly prepare?: (scene: Omit<Scene, 'lives'>) => Promise<() => Promise<void>>
}

/** Everything is ended afterwards, whatever becomes of the deed. */
export async function withScene(
  { name, settings = {}, within, tree, laying = {}, prepare }: Settings,
  deed: (scene: Scene) => Promise<void>,
): Promise<void> {
  const ends: (() => Promise<unknown>)[] = []
  try {
    const server = await makeServer({ name, settings, ...(within === undefined ? {} : { within }) })
    ends.push(() => server.remove())
    await server.start()
    const ground = await layGround(server.url, {
      ...(tree === undefined ? {} : { tree }),
      ...laying,
    })
    ends.push(() => ground.end())
    if (prepare !== undefined) ends.push(await prepare({ server, ground }))
    for (const kind of ['serve', 'serve', 'work', 'work'] as const) await ground.open(kind)
    const lives = startLives(ground.parties, seed)
    ends.push(() => lives.end())
    await lives.goOn()
    await deed({ server, ground, lives }).catch((error: unknown) => {
      tell({
        failed: String(error),
        ...ground.front.answers(),
        brokenLives: lives.told().brokenLives,
      })
      throw error
    })
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}

export function housesOf({ houses }: Ground, kind: House['kind']): House[] {
  return [...houses].filter((house) => house.kind === kind)
}
