import { makeThrottledWriter } from '../../base/values/throttled-writer.ts'

/** Told now and then how far a long walk has come. */
export type Progress = (where: string, done: number, of: number) => void

const everyMs = 2000

/** Writes a line for the person who waits. */
export function progressTo(write: (line: string) => void, now: () => number): Progress {
  const say = makeThrottledWriter(write, everyMs, now)
  return (where, done, of) => say(`${where}: ${done} of ${of} entries\n`)
}

export const noProgress: Progress = () => undefined
