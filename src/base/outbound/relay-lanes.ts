// How many letters are on their way to a relay at once. A relay that has enough says so (421, or another 4yz reply), and says no number:
// half as many go on, and one more after each minute in which it said nothing more.

/** Answers that come together are one: each connection hears of it. */
const togetherMs = 1000
const widerAfterMs = 60_000

export type RelayLanes = {
  /** Waits for a lane, in the order of arrival. */
  take<T>(work: () => Promise<T>): Promise<T>
  narrow(): void
}

/**
 * @param most how many there are where the relay asks for nothing
 * @param told hears how many are left, when they are fewer
 * @param now in milliseconds, of a clock that only goes on
 */
export function makeRelayLanes(
  most: number,
  told: (lanes: number) => void,
  now: () => number = () => performance.now(),
): RelayLanes {
  const line: (() => void)[] = []
  let [lanes, taken, changedAt] = [most, 0, Number.NEGATIVE_INFINITY]

  function widen(): void {
    if (lanes === most || now() - changedAt < widerAfterMs) return
    lanes += 1
    changedAt = now()
  }

  function callNext(): void {
    widen()
    while (taken < lanes) {
      const call = line.shift()
      if (call === undefined) return
      taken += 1
      call()
    }
  }

  return {
    async take(work) {
      widen()
      if (taken < lanes && line.length === 0) taken += 1
      else await new Promise<void>((resolve) => line.push(resolve))
      try {
        return await work()
      } finally {
        taken -= 1
        callNext()
      }
    },
    narrow() {
      if (now() - changedAt < togetherMs && lanes < most) return
      changedAt = now()
      if (lanes === 1) return
      lanes >>= 1
      told(lanes)
    },
  }
}
