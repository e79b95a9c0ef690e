export type Stop = () => Promise<void>

/** The started servers, stopped in reverse order at the end, at a failure, and at Ctrl-C. */
export type Stops = {
  add(stop: Stop): void
  /** Stops everything. What is still being started stops as soon as it is added. */
  all(): Promise<void>
}

export function makeStops(): Stops {
  const stops: Stop[] = []
  let stopping: Promise<void> | undefined
  const all = () => (stopping = (stopping ?? Promise.resolve()).then(() => stopEach(stops)))
  return {
    add(stop) {
      stops.push(stop)
      if (stopping !== undefined) void all()
    },
    all,
  }
}

async function stopEach(stops: Stop[]): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop())
    await stop().catch((error: unknown) => say(String(error)))
}

/** One line of progress. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
