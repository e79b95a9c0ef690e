/** Told now and then how far a long walk has come. */
export type Progress = (where: string, done: number, of: number) => void

const everyMs = 2000

/** Writes a line for the person who waits, every two seconds at most; a short walk writes none. */
export function progressTo(write: (line: string) => void, now: () => number): Progress {
  let last = now()
  return (where, done, of) => {
    if (now() - last < everyMs) return
    last = now()
    write(`${where}: ${done} of ${of} entries\n`)
  }
}

export const noProgress: Progress = () => undefined
