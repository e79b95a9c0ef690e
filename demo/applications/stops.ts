import type { CallBroker } from './call-broker.ts'
import { errorMessages } from './log.ts'
import { isObject } from './shape.ts'

// Every few minutes would be enough, because a stop counts before the bodies hear of it. In a demonstration a person may be watching.
const pauseMilliseconds = 5000
const atOnce = 100

/**
 * Asks the broker from time to time which stops wait for our report, and sends it. Nothing has to be kept between two rounds, because a
 * stop leaves the broker's list once it is reported.
 */
export function answerStops(issuer: string, call: CallBroker): { close(): void } {
  const address = `${issuer}/disclosures/effects`
  let isSilent = false

  async function round(): Promise<void> {
    try {
      const answer = await call(`${address}?limit=${atOnce}`, undefined)
      for (const consentId of stopsIn(await answer.json())) {
        // There is nothing else to stop: the tokens no longer work, and this application only asks when a person does.
        await call(address, { consent_id: consentId, effect: 'stopped' })
      }
      isSilent = false
    } catch (error) {
      if (!isSilent) console.error(`no word on stops: ${errorMessages(error)}`)
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
