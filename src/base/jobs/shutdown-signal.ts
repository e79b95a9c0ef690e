import { once } from 'node:events'

/** Waits until this process is told to stop: for a command that serves until then. */
export async function shutdownSignal(): Promise<void> {
  const heard = new AbortController()
  await Promise.race(
    ['SIGINT', 'SIGTERM'].map((told) => once(process, told, { signal: heard.signal })),
  )
  heard.abort()
}
