/** A writer for whoever waits: at most one line in so many milliseconds, and none of a work that is shorter. */
export function makeThrottledWriter(
  write: (line: string) => void,
  everyMs: number,
  now: () => number,
): (line: string) => void {
  let last = now()
  return (line) => {
    if (now() - last < everyMs) return
    last = now()
    write(line)
  }
}
