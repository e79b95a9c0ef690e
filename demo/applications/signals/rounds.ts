import { errorMessages } from '../log.ts'

export type Rounds = {
  /** Does a round soon, besides those of the clock. */
  soon(): void
  close(): void
}

// After the answer to the broker that calls us now.
const soonMilliseconds = 200

/** Does the same again and again, one round at a time. A fault is said once, until a round succeeds. */
export function inRounds(
  pauseMilliseconds: number,
  fault: string,
  round: () => Promise<void>,
): Rounds {
  let isSilent = false
  let isOpen = true
  let running = Promise.resolve()

  async function once(): Promise<void> {
    if (!isOpen) return
    try {
      await round()
      isSilent = false
    } catch (error) {
      // A round that was under way at the end finds nobody there any more.
      if (isOpen && !isSilent) console.error(`${fault}: ${errorMessages(error)}`)
      isSilent = true
    }
  }

  const begin = () => {
    running = running.then(once)
  }
  const timer = setInterval(begin, pauseMilliseconds)
  timer.unref()
  return {
    soon: () => void setTimeout(begin, soonMilliseconds).unref(),
    close() {
      isOpen = false
      clearInterval(timer)
    },
  }
}
