import type { CallBroker } from './call-broker.ts'
import { told } from './log.ts'
import { isObject } from './shape.ts'

// Every few minutes would do: a stop holds before anybody hears of it. Here somebody may be watching.
const pauseMilliseconds = 5000
const atOnce = 100

/**
 * Asks the broker from time to time which stops wait for our word, and gives it. Nothing has to be kept between two rounds:
 * the broker's list forgets a stop once something was said of it.
 */
export function answerStops(issuer: string, call: CallBroker): { close(): void } {
  const address = `${issuer}/disclosures/effects`
  let isSilent = false

  async function round(): Promise<void> {
    try {
      const answer = await call(`${address}?limit=${atOnce}`, undefined)
      for (const consentId of stopsIn(await answer.json())) {
        // Nothing of ours goes on by itself: tokens are dead, and what was stopped is asked for no more.
        await call(address, { consent_id: consentId, effect: 'stopped' })
      }
      isSilent = false
    } catch (error) {
      if (!isSilent) console.error(`no word on stops: ${told(error)}`)
      isSilent = true
    }
  }

  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(round)
  }, pauseMilliseconds)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

function stopsIn(list: unknown): string[] {
  const items = isObject(list) && Array.isArray(list['items']) ? (list['items'] as unknown[]) : []
  return items.flatMap((item) =>
    isObject(item) && item['effect'] === null && typeof item['consent_id'] === 'string'
      ? [item['consent_id']]
      : [],
  )
}
